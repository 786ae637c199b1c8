"""`huisheng duties`: the calendar as a table, as JSON, and series opened at once."""

import json
from datetime import UTC, datetime

from tests.scripts.test_cli import Terminal
from tests.scripts.test_cli import terminal as terminal

SAMPLES = "scripts/samples"


def test_a_calendar_is_opened_and_shown(terminal: Terminal) -> None:
    for file in ("community.toml", "duties.toml"):
        assert terminal.on_store("init", f"{SAMPLES}/{file}")[0] == 0
    code, out, err = terminal.on_store("duties", "--open", "--what", "listening", "--format", "json")
    assert code == 0 and "series opened" in err
    told = json.loads(out.splitlines()[-1])
    assert set(told) == {"from", "to", "counts", "items"}
    assert {each["what"] for each in told["items"]} <= {"listening"}
    again = terminal.on_store("duties", "--open", "--format", "json")
    assert "0 series opened" in again[2]
    year = datetime.now(UTC).year + 1
    coming = terminal.on_store(
        "duties", "--from", f"{year}-01-01", "--to", f"{year}-01-31", "--what", "listening", "--format", "csv"
    )
    assert [line.split(",")[0] for line in coming[1].splitlines()[1:]] == [
        f"{year}-01-05", f"{year}-01-15", f"{year}-01-25",
    ]  # fmt: skip


def test_a_day_that_is_none_is_wrong_usage(terminal: Terminal) -> None:
    assert terminal.on_store("init", f"{SAMPLES}/community.toml")[0] == 0
    for options in (("--from", "tomorrow"), ("--from", "2026-02-01", "--to", "2026-01-01")):
        code, _, err = terminal.on_store("duties", *options)
        assert code == 2 and err
