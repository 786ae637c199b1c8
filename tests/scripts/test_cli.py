"""The command line as scripts rely on it: exit codes, one line for what is wrong, answers that are HTTP's."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from api import answering
from api.questions import Asked
from bench.ours import fill
from scripts.cli import command_names, run
from scripts.opening import opened

SAMPLE = Path(__file__).parents[2] / "scripts" / "samples" / "community.toml"


class Terminal:
    """Runs command lines against one store."""

    def __init__(self, store: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.store = store
        self.capfd = capfd

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        """(exit code, stdout, stderr)."""
        code = run(arguments)
        out, err = self.capfd.readouterr()
        return code, out, err

    def on_store(self, *arguments: str) -> tuple[int, str, str]:
        return self(*arguments, "--data", str(self.store))

    def answer(self, *arguments: str) -> Any:
        """The last line of a command that must succeed, as JSON."""
        code, out, err = self.on_store(*arguments, "--format", "json")
        assert code == 0, err
        return json.loads(out.splitlines()[-1])


@pytest.fixture
def terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path / "store", capfd)


@pytest.fixture
def office(terminal: Terminal) -> Terminal:
    """A store with a few resolved cases."""
    terminal.on_store("init", str(SAMPLE))
    with opened(terminal.store) as engine:
        fill(engine, 3)
    return terminal


def one_line(err: str) -> bool:
    return err.startswith("huisheng: ") and err.count("\n") == 1 and "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("serve", "--port", "many"),
        ("serve", "--demo", "--host", "0.0.0.0"),
        ("init", "nowhere.toml"),
        ("export", "pictures", "-o", "x"),
        ("bench", "reads", "--sizes", "some"),
    ],
)
def test_wrong_usage_is_exit_2_and_one_line(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    code, out, err = terminal(*arguments)
    assert (code, out) == (2, "")
    assert one_line(err)


def test_help_shows_an_example_of_every_command(terminal: Terminal) -> None:
    for name in command_names():
        code, out, _ = terminal(*name.split(), "--help")
        assert code == 0
        assert f"huisheng {name}" in out, name


def test_bad_input_is_exit_3_and_names_the_place(terminal: Terminal, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("[organisation]\ntime_zone =\n", "utf-8")
    code, _, err = terminal.on_store("init", str(bad))
    assert code == 3
    assert one_line(err)
    assert "bad.toml" in err
    assert "line 2" in err


@pytest.mark.parametrize("command", [("rebuild",), ("statistics", "response_rate"), ("backup", "file")])
def test_no_store_is_exit_4_and_makes_none(terminal: Terminal, command: tuple[str, ...]) -> None:
    code, _, err = terminal.on_store(*command)
    assert code == 4
    assert one_line(err)
    assert not (terminal.store / "log.db").exists()


def test_a_damaged_store_is_exit_4(office: Terminal) -> None:
    log = office.store / "log.db"
    content = bytearray(log.read_bytes())
    content[4096:12288] = b"\xa5" * 8192
    log.write_bytes(content)
    for command in (("serve", "--port", "0"), ("statistics", "response_rate"), ("rebuild",)):
        code, _, err = office.on_store(*command)
        assert code == 4, command
        assert one_line(err)
        assert "damaged" in err


def test_setting_up_twice_records_nothing(terminal: Terminal) -> None:
    first = terminal.answer("init", str(SAMPLE))
    again = terminal.answer("init", str(SAMPLE))
    assert first["recorded"] > 10
    assert again == {"changes": [], "recorded": 0, "position": None}


def test_a_figure_is_what_http_answers(office: Terminal) -> None:
    said = office.answer("statistics", "response_rate", "--by", "lead", "--as-of", "2026-11-21")
    with opened(office.store) as engine:
        asked = Asked("response_rate", group_by=("lead",), as_of="2026-11-21")
        assert said == json.loads(json.dumps(answering.figure(engine, asked)))


def test_a_number_opens_its_cases(office: Terminal) -> None:
    figure = office.answer("statistics", "response_rate")["rows"][0]
    cases = office.answer("statistics", "response_rate", "--cases", "--part", "numerator")
    assert figure["numerator"] == cases["total"] == len(cases["items"]) == 3
    assert {item["part"] for item in cases["items"]} == {"numerator"}


@pytest.mark.parametrize(
    "options", [("--from", "someday"), ("--by", "colour"), ("--where", "grid"), ("--known-at", "x")]
)
def test_a_question_that_makes_no_sense_is_exit_2(office: Terminal, options: tuple[str, ...]) -> None:
    code, _, err = office.on_store("statistics", "response_rate", *options)
    assert code == 2
    assert one_line(err)


def test_rebuilding_verifies_and_names_a_planted_difference(office: Terminal) -> None:
    assert office.answer("rebuild", "--verify")["verified"] is True
    (views,) = office.store.glob("views.*.db")
    with sqlite3.connect(views) as planted:
        (case,) = planted.execute("SELECT id FROM cases LIMIT 1").fetchone()
        planted.execute("UPDATE cases SET lead = 'nobody' WHERE id = ?", (case,))
    planted.close()

    code, out, err = office.on_store("rebuild", "--verify", "--swap", "--format", "json")

    assert code == 1
    assert one_line(err)
    for answer in (err, json.loads(out)["difference"]):
        assert case in answer
        assert "lead" in answer
    assert office.answer("rebuild", "--swap")["swapped"] is True
    assert office.answer("rebuild", "--verify")["verified"] is True


def test_a_case_is_replayed_by_its_number(office: Terminal) -> None:
    case = office.answer("statistics", "response_rate", "--cases")["items"][0]
    by_number = office.answer("replay", "complaint", case["number"])["items"]
    assert by_number == office.answer("replay", "complaint", case["id"])["items"]
    assert [step["version"] for step in by_number] == [1, 2, 3, 4]
    assert all(step["sentence"] for step in by_number)
    assert office.answer("replay", "complaint", case["id"], "--until", "2020-01-01")["items"] == []


def test_what_is_exported_is_everybodys_own(office: Terminal, tmp_path: Path) -> None:
    answer = office.answer("export", "cases", "--as", "csv", "-o", str(tmp_path / "cases.csv"))
    assert answer == {"file": str(tmp_path / "cases.csv"), "rows": 3}
    assert (tmp_path / "cases.csv").stat().st_mode & 0o077 == 0
    assert len((tmp_path / "cases.csv").read_text("utf-8").splitlines()) == 4


def test_importing_names_what_it_cannot_use(terminal: Terminal, tmp_path: Path) -> None:
    tickets = tmp_path / "tickets.csv"
    tickets.write_text("number,round\n1,1\n", "utf-8")
    code, _, err = terminal.on_store("import", "complaints", str(tickets), "--mapping", "no-such")
    assert (code, one_line(err)) == (2, True)
    assert "plain" in err, "it names the mappings that are shipped"
    code, _, err = terminal.on_store("import", "complaints", str(SAMPLE), "--mapping", "plain")
    assert (code, one_line(err)) == (3, True)
