"""Setting up: from a file to facts, once; and every fault of a file named."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from domain import organisation, rule_books
from domain.refusals import Refused
from domain.rule_books import Adopt, Propose, stream_of
from engine.desk import Desk
from engine.log import Log
from engine.vault import Vault
from scripts.setting_up import BadSetup, apply, load

SAMPLES = Path(__file__).parents[2] / "scripts" / "samples"
COMMUNITY = "community.toml"
NOW = datetime(2026, 11, 20, 20, tzinfo=UTC)  # the 21st in Shanghai


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    log, vault = Log.open(None, tmp_path / "store"), Vault.open(tmp_path / "store")
    desk = Desk(log, vault, {"organisation": organisation, "rule-book": rule_books}, lambda: NOW)
    yield desk
    desk.close()
    vault.close()
    log.close()


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLES, tmp_path / "samples"))


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text("utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), "utf-8")


def test_the_sample_is_recorded_once(desk: Desk) -> None:
    setup = load(SAMPLES / COMMUNITY)
    first = apply(desk, setup)
    assert first.receipt is not None
    assert len(first.receipt.lines) == len(first.changes) == 1 + 11 + 5 + 2 * 9
    assert desk.stage().organisation.unit("heating-co") is not None
    assert desk.stage().books.categories(NOW).version == "2026-1"
    again = apply(desk, load(SAMPLES / COMMUNITY))
    assert not again
    assert again.receipt is None
    assert desk.log.head() == len(first.changes)


def test_a_dry_run_says_the_same_and_records_nothing(desk: Desk) -> None:
    setup = load(SAMPLES / COMMUNITY)
    dry = apply(desk, setup, dry_run=True)
    assert desk.log.head() == 0
    assert dry.receipt is None
    assert apply(desk, setup).sentences() == dry.sentences()


def test_a_change_is_shown_with_before_and_after(desk: Desk, samples: Path) -> None:
    apply(desk, load(samples / COMMUNITY))
    change(samples / COMMUNITY, "北苑供热公司", "北苑热力公司")
    change(
        samples / COMMUNITY,
        'book = "deadlines"\nversion = "2026-1"',
        'book = "deadlines"\nversion = "2026-2"',
    )
    change(samples / "deadlines-2026-1.toml", "declines = 2 ", "declines = 3 ")
    changed = apply(desk, load(samples / COMMUNITY))
    assert changed.sentences() == (
        "~ unit heating-co: 北苑供热公司 (company) → 北苑热力公司 (company)",
        "+ deadlines 2026-2 (against 2026-1: settings.declines: 2 → 3)",
        # The file's 2020 would be retroactive: a later version takes effect today, which is the 21st here.
        "+ deadlines 2026-2 takes effect on 2026-11-21",
    )
    assert desk.stage().books.deadlines(NOW).settings.declines == 3
    assert not apply(desk, load(samples / COMMUNITY))


def test_an_old_version_with_other_content_changes_nothing_at_all(desk: Desk, samples: Path) -> None:
    apply(desk, load(samples / COMMUNITY))
    head = desk.log.head()
    change(samples / COMMUNITY, "北苑供热公司", "北苑热力公司")
    change(samples / "deadlines-2026-1.toml", "declines = 2 ", "declines = 3 ")
    with pytest.raises(Refused) as no:
        apply(desk, load(samples / COMMUNITY))
    assert no.value.rule == "rule-book.version-exists"
    assert desk.log.head() == head


def test_a_day_that_stands_in_the_future_stays(desk: Desk, samples: Path) -> None:
    change(samples / COMMUNITY, "effective_from = 2020-01-01", "effective_from = 2027-01-01")
    setup = load(samples / COMMUNITY)
    steps = [change.step.command for change in apply(desk, setup).changes]
    assert Adopt("calendars", "cn-2026", date(2027, 1, 1)) in steps


def test_a_version_without_a_day_is_proposed_only(desk: Desk, samples: Path) -> None:
    change(samples / COMMUNITY, "effective_from = 2020-01-01\n", "")
    apply(desk, load(samples / COMMUNITY))
    state, version = desk.state("rule-book", stream_of("calendars"))
    assert version == 1
    assert isinstance(state.versions["cn-2026"], rule_books.Version)
    assert Propose("calendars", "cn-2026", state.versions["cn-2026"].content)


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (COMMUNITY, 'name = "示范市"', "name = 5", "community.toml: grids[0].name: is 5, but must be text"),
        (COMMUNITY, 'level = "city"', 'level = "planet"', "community.toml: grids[0].level: is 'planet'"),
        (COMMUNITY, 'name = "示范市"\n', "", "community.toml: grids[0].name: is missing"),
        (COMMUNITY, "[[units]]", "[[unit]]", "community.toml: unit: is not known here"),
        (COMMUNITY, "2020-01-01", "2020-01-01T00:00:00", "community.toml: books[0].effective_from: is 2020"),
        (COMMUNITY, "[organisation]", "[organisation", "community.toml: Expected ']'"),
        (COMMUNITY, "calendar-cn-2026.toml", "nowhere.toml", "nowhere.toml: No such file"),
        (
            COMMUNITY,
            "Asia/Shanghai",
            "Asia/Atlantis",
            "community.toml: organisation.time_zone: 'Asia/Atlantis'",
        ),
        (
            "calendar-cn-2026.toml",
            "08:30",
            "8 h",
            "calendar-cn-2026.toml: hours[0].from: '8 h' is no time of day",
        ),
        (
            "deadlines-2026-1.toml",
            "amount = 30",
            "amount = 0",
            "deadlines-2026-1.toml: lines[0].amount: is 0",
        ),
    ],
)
def test_a_fault_is_named_by_file_and_field(
    samples: Path, file: str, before: str, after: str, said: str
) -> None:
    change(samples / file, before, after)
    with pytest.raises(BadSetup) as no:
        load(samples / COMMUNITY)
    assert said in str(no.value)


def test_a_syntax_error_names_its_line(samples: Path) -> None:
    change(samples / COMMUNITY, "[organisation]", "[organisation")
    with pytest.raises(BadSetup, match="line 4"):
        load(samples / COMMUNITY)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetup, match="is not UTF-8"):
        load(file)
