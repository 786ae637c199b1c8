"""The documents say what is there: their commands run; no route, command or package is missing from them."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
READMES = ("README.md", "README.zh-CN.md")


def text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


# ------------------------------------------------------------------ the first five minutes


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a demo server, started as an operator starts it."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    store = tmp_path_factory.mktemp("demo") / "var"
    command = [
        sys.executable,
        "-m",
        "scripts.cli",
        "serve",
        "--demo",
        "--port",
        str(port),
        "--data",
        str(store),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        await_ready(server, port)
        yield port
    finally:
        server.send_signal(signal.SIGINT)
        _, said = server.communicate(timeout=60)
    assert server.returncode == 0, "Ctrl-C stops cleanly"
    assert f"http://127.0.0.1:{port}" in said
    assert "gridworker2" in said, "a demo names its users"


def await_ready(server: subprocess.Popen[str], port: int) -> None:
    ends = time.monotonic() + 120
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError("the demo did not start")


def bash(script: str, port: int) -> str:
    """What the commands print, put to the demo."""
    assert "127.0.0.1:8000" in script
    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("127.0.0.1:8000", f"127.0.0.1:{port}")],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


WALKED = ("visits", "care", "capture", "duties", "audit", "spot-checks")


def test_the_requests_of_the_documents_work_after_the_readmes_helpers(demo: int) -> None:
    (readme,) = re.findall(r"```bash\n(.*?)```", text("README.md"), re.DOTALL)
    script = readme.partition("\n\n")[0] + "\n"
    for name in WALKED:
        (asked,) = re.findall(r"```bash\n(.*?)```", text(f"docs/{name}.md"), re.DOTALL)
        script += asked
    ran = bash(script, demo)
    assert "'result': 'recorded'" in ran and "'result': 'already'" in ran and "coming" in ran


@pytest.mark.parametrize("name", READMES)
def test_the_commands_of_the_readme_work_as_they_stand(demo: int, name: str) -> None:
    (script,) = re.findall(r"```bash\n(.*?)```", text(name), re.DOTALL)
    ran = bash(script, demo)
    deadline, *states = ran.splitlines()[:4]
    assert re.match(r"\d{4}-\d\d-\d\dT", deadline)
    assert states == ["handling", "resolved", "closed"]
    assert '"sentences"' in ran
    assert '"numerator"' in ran


@pytest.mark.parametrize("name", [*READMES, *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_every_link_leads_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)]+)\)", text(name))]
    assert [t for t in targets if t and not t.startswith("http") and not (folder / t).exists()] == []


# ------------------------------------------------------------------ nothing is missing


def test_every_dependency_has_its_reason_and_licence() -> None:
    rows = re.findall(r"^\| ([\w.-]+) \|(.+)\|(.+)\|(.+)\|$", text("docs/dependencies.md"), re.MULTILINE)
    told = {row[0]: row[1:] for row in rows}
    for source in ("requirements.in", "requirements-test.in"):
        for name in re.findall(r"^([a-z][\w.-]*)", text(source), re.MULTILINE):
            assert name in told, f"{name} of {source} has no line in docs/dependencies.md"
            assert all(cell.strip() for cell in told[name])


def test_every_command_is_documented() -> None:
    from scripts.cli import command_names

    document = text("docs/cli.md")
    assert [name for name in command_names() if f"`huisheng {name}`" not in document] == []


def test_every_route_is_documented(tmp_path: Path) -> None:
    from api.app import create_app
    from api.compose import open_engine

    engine = open_engine(tmp_path / "var")
    try:
        described = create_app(engine).openapi()["paths"]
    finally:
        engine.close()
    document = text("docs/api.md")
    routes = {f"`{method.upper()} {path}`" for path, methods in described.items() for method in methods}
    assert sorted(route for route in routes if route not in document) == []
    named = set(re.findall(r"`(?:GET|POST|PUT|DELETE) /[^`]*`", document))
    assert sorted(named - routes) == [], "documented, but not there"


def test_the_version_is_the_same_everywhere() -> None:
    from api.app import VERSION

    project = tomllib.loads(text("pyproject.toml"))["project"]
    assert project["version"] == VERSION
    assert f"## {VERSION} " in text("CHANGELOG.md")
