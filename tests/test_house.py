"""The habits of the house that a machine can hold: size, finished work, nothing of one machine."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("domain", "projections", "engine", "api", "scripts", "bench", "tests")

LONGEST = 350
LONGEST_TEST = 500
"""Examples may stand in a long row; what they exercise may not."""

VOCABULARIES = {
    "domain/complaint/facts.py": 480,
    "domain/complaint/commands.py": 450,
    "domain/points/facts.py": 550,
}
"""Lists of declarations, read like a dictionary: splitting them would only scatter the words."""

MACHINE = re.compile(r"(?<![\w.])/(?:w[o]rk|r[o]ot|h[o]me/\w+)/")
HOST = re.compile(r"https?://", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b|NotImplemented[E]rror")
SWALLOWED = re.compile(r"except(?: Exception| BaseException)?:\s*\n\s*pass\b")
REGISTRIES = re.compile(r"(?:py[p]i\.org|pythonho[s]ted\.org|registry\.n[p]mjs|deb\.deb[i]an\.org)")


def tracked() -> list[Path]:
    """What git keeps or would keep, so that a new file is judged before it is committed."""
    answer = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in answer.stdout.splitlines() if (ROOT / name).is_file()]


def texts() -> list[tuple[Path, str]]:
    found = []
    for path in tracked():
        try:
            found.append((path, path.read_text("utf-8")))
        except UnicodeDecodeError:
            continue  # a picture or a packed sample says nothing a reader would follow
    return found


def python() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in ROOMS]


def test_no_file_is_longer_than_a_reader_likes() -> None:
    long = {}
    for path in python():
        name = str(path.relative_to(ROOT))
        lines = len(path.read_text("utf-8").splitlines())
        most = LONGEST_TEST if name.startswith("tests/") else VOCABULARIES.get(name, LONGEST)
        if lines > most:
            long[name] = lines
    assert long == {}


@pytest.mark.parametrize(
    ("pattern", "meaning"),
    [
        (MACHINE, "a path of one machine"),
        (REGISTRIES, "the host of a registry"),
    ],
)
def test_nothing_of_one_machine_is_in_the_project(pattern: re.Pattern[str], meaning: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path, text in texts()
        for match in pattern.finditer(text)
    ]
    assert found == [], meaning


def test_locks_carry_hashes_and_no_addresses() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text("utf-8")
        assert not HOST.search(text), lock.name
        pins = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,]+\])?==", text, re.MULTILINE)
        blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)
        assert len(pins) > 30
        assert [
            block.split("==")[0] for block in blocks if "==" in block and "--hash=sha256:" not in block
        ] == []


def test_the_test_lock_agrees_with_the_runtime_lock() -> None:
    pin = re.compile(r"^([a-z0-9][\w.-]*)(?:\[[\w,]+\])?==(\S+)", re.MULTILINE)
    runtime = dict(pin.findall((ROOT / "requirements.lock").read_text("utf-8")))
    everything = dict(pin.findall((ROOT / "requirements-test.lock").read_text("utf-8")))
    assert {name: version for name, version in runtime.items() if everything.get(name) != version} == {}


def test_work_is_finished_and_no_error_is_swallowed() -> None:
    found = []
    for path in python():
        text = path.read_text("utf-8")
        for pattern in (UNFINISHED, SWALLOWED):
            found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in pattern.finditer(text)]
    assert found == []


@pytest.mark.parametrize("name", [".ci/run", "scripts/server", "scripts/test", "scripts/huisheng"])
def test_the_commands_can_be_run(name: str) -> None:
    path = ROOT / name
    assert path.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(path)], check=True)
