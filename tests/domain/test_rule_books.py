"""Rule books: versions never change, adoption never reaches back, the sample says what lifecycle.md says."""

import copy
import tomllib
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

from domain import rule_books
from domain.messages import Actor, Envelope
from domain.organisation import Organisation
from domain.refusals import Refused
from domain.rule_books import (
    Adopt,
    BadContent,
    BookAdopted,
    BookProposed,
    Books,
    Difference,
    Propose,
    RuleBookState,
    diff,
    stream_of,
)
from domain.scene import Scene

SAMPLES = Path(__file__).parents[2] / "scripts" / "samples"
NOW = datetime(2025, 3, 3, 1, tzinfo=UTC)
TODAY = date(2025, 3, 3)
ADMIN = Actor("admin", "admin")


def sample(name: str) -> dict[str, Any]:
    return tomllib.loads((SAMPLES / name).read_text("utf-8"))


DEADLINES = sample("deadlines-2026-1.toml")
CATEGORIES = sample("categories-2026-1.toml")
CALENDAR = sample("calendar-cn-2026.toml")


def given(*facts) -> RuleBookState:
    envelope = Envelope(NOW - timedelta(days=1), ADMIN)
    return reduce(lambda state, fact: rule_books.evolve(state, fact, envelope), facts, rule_books.INITIAL)


def decide(command, *facts):
    scene = Scene(NOW, NOW, ADMIN, stream_of(command.book), Books(), Organisation())
    return rule_books.decide(command, given(*facts), scene)


def refusal(command, *facts) -> Refused:
    with pytest.raises(Refused) as no:
        decide(command, *facts)
    return no.value


ONE = BookProposed("deadlines", "1", DEADLINES)
TWO = BookProposed("deadlines", "2", DEADLINES)
LONG_AGO = BookAdopted("deadlines", "1", date(2020, 1, 1), None)

# ------------------------------------------------------------------ proposing and adopting


def test_a_version_is_proposed_once_and_never_changes():
    assert decide(Propose("deadlines", "1", DEADLINES)) == (ONE,)
    assert decide(Propose("deadlines", "1", DEADLINES), ONE) == ()
    other = copy.deepcopy(DEADLINES)
    other["settings"]["declines"] = 3
    assert refusal(Propose("deadlines", "1", other), ONE).rule == "rule-book.version-exists"
    assert decide(Propose("deadlines", "2", other), ONE) == (BookProposed("deadlines", "2", other),)


def test_only_the_first_adoption_may_start_in_the_past():
    assert decide(Adopt("deadlines", "1", date(2020, 1, 1)), ONE) == (LONG_AGO,)
    yesterday = Adopt("deadlines", "2", TODAY - timedelta(1))
    assert refusal(yesterday, ONE, TWO, LONG_AGO).rule == "rule-book.retroactive"


def test_versions_adopted_at_one_moment_are_one_set_up():
    """A community begins with a tariff of last year and this year's: nobody was promised anything between."""
    state = given(ONE, TWO)
    scene = Scene(NOW, NOW, ADMIN, stream_of("deadlines"), Books(), Organisation())
    for version, day in (("1", date(2024, 1, 1)), ("2", date(2025, 3, 1))):
        adopt = Adopt("deadlines", version, day)
        (adopted,) = rule_books.decide(adopt, state, scene)
        state = rule_books.evolve(state, adopted, Envelope(NOW, ADMIN))
    assert [adopted.version for adopted in state.adoptions] == ["1", "2"]
    adopted = BookAdopted("deadlines", "2", TODAY, None)
    assert decide(Adopt("deadlines", "2", TODAY), ONE, TWO, LONG_AGO) == (adopted,)


def test_adopting_again_records_nothing():
    assert decide(Adopt("deadlines", "1", date(2020, 1, 1)), ONE, LONG_AGO) == ()


PRICES = {"items": [{"item": "salt", "zh": "食盐", "en": "Salt", "price": 5, "stocked": True}]}
CARRIED = {"held_on": "2025-01-10", "eligible": 40, "present": 30, "in_favour": 16, "minutes": "同意"}


@pytest.mark.parametrize(
    ("resolution", "rule"),
    [
        (None, "rule-book.resolution-missing"),
        (CARRIED | {"in_favour": 15}, "rule-book.not-carried"),
        (CARRIED | {"present": 0, "in_favour": 0}, "rule-book.not-carried"),
        (CARRIED | {"in_favour": 31}, "rule-book.resolution-unsound"),
        (CARRIED | {"eligible": 29}, "rule-book.resolution-unsound"),
        (CARRIED | {"held_on": str(TODAY + timedelta(1))}, "rule-book.resolution-unsound"),
    ],
)
def test_what_things_cost_changes_by_a_resolution_only(resolution: dict[str, Any] | None, rule: str):
    first, second = (BookProposed("catalogues", version, PRICES) for version in ("1", "2"))
    before = BookAdopted("catalogues", "1", date(2020, 1, 1), None)
    assert refusal(Adopt("catalogues", "2", TODAY, resolution), first, second, before).rule == rule
    carried = BookAdopted("catalogues", "2", TODAY, CARRIED)
    assert decide(Adopt("catalogues", "2", TODAY, CARRIED), first, second, before) == (carried,)
    assert decide(Adopt("catalogues", "1", date(2020, 1, 1)), first) == (before,)  # the set-up


@pytest.mark.parametrize("broken", [{"held_on": "soon"}, {"minutes": " "}, {"present": True}, {"note": "x"}])
def test_a_resolution_says_what_it_has_to(broken: dict[str, Any]):
    with pytest.raises(BadContent, match="resolution"):
        decide(Adopt("deadlines", "2", TODAY, CARRIED | broken), ONE, TWO, LONG_AGO)


def test_what_is_not_there_is_refused():
    assert refusal(Adopt("deadlines", "9", TODAY), ONE).rule == "rule-book.unknown-version"
    assert refusal(Propose("cookery", "1", {})).rule == "rule-book.unknown"


def test_a_command_in_the_wrong_stream_is_a_mistake_of_ours():
    scene = Scene(NOW, NOW, ADMIN, stream_of("calendars"), Books(), Organisation())
    with pytest.raises(ValueError, match="rule-book-calendars"):
        rule_books.decide(Propose("deadlines", "1", DEADLINES), given(), scene)


def test_a_book_without_a_reader_keeps_its_content():
    content = {"lines": [{"code": "patrol", "points": 5}]}
    assert decide(Propose("indicators", "1", content)) == (BookProposed("indicators", "1", content),)


# ------------------------------------------------------------------ what is in force

ADOPTED = (
    ONE,
    TWO,
    BookProposed("deadlines", "3", DEADLINES),
    BookAdopted("deadlines", "1", date(2025, 1, 1), None),
    BookAdopted("deadlines", "2", date(2025, 3, 10), None),
)


def in_force(day: date, *later) -> str:
    found = given(*ADOPTED, *later).in_force(day)
    assert found is not None
    return found.version


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2024, 6, 1), "1"),  # before the first took effect: that first one
        (date(2025, 1, 1), "1"),
        (date(2025, 3, 9), "1"),
        (date(2025, 3, 10), "2"),
        (date(2025, 12, 31), "2"),  # the third was never adopted
    ],
)
def test_the_version_in_force(day, version):
    assert in_force(day) == version


def test_of_two_adopted_for_one_day_the_later_decision_holds():
    again = BookAdopted("deadlines", "3", date(2025, 3, 10), None)
    assert in_force(date(2025, 3, 10), again) == "3"


def test_a_day_begins_at_midnight_of_the_time_zone():
    books = Books.of([given(*ADOPTED)], "Asia/Shanghai")
    midnight = datetime(2025, 3, 9, 16, tzinfo=UTC)
    assert books.deadlines(midnight).version == "2"
    assert books.deadlines(midnight - timedelta(microseconds=1)).version == "1"


def test_an_empty_book_is_refused_by_name():
    with pytest.raises(Refused) as no:
        Books().calendar(NOW)
    assert no.value.rule == "rule-book.none-in-force"
    assert no.value.facts == {"book": "calendars"}
    assert Books().categories_of("1") is None
    assert Books().versions("deadlines") == ()


def test_a_version_is_read_once():
    state = given(ONE, LONG_AGO)
    one, other = (Books.of([state], "Asia/Shanghai") for _ in range(2))
    assert one.deadlines(NOW) is other.deadlines(NOW)
    assert one.deadlines_of("1") is one.deadlines(NOW)


# ------------------------------------------------------------------ the sample's numbers

BOOKS = Books.of(
    [
        given(BookProposed(book, "1", content), BookAdopted(book, "1", date(2020, 1, 1), None))
        for book, content in (
            ("deadlines", DEADLINES),
            ("categories", CATEGORIES),
            ("calendars", CALENDAR),
        )
    ],
    "Asia/Shanghai",
)
RULES, CATALOGUE = BOOKS.deadlines(NOW), BOOKS.categories(NOW)


@pytest.mark.parametrize(
    ("clock", "category", "urgency", "assisting", "amount", "unit"),
    [
        ("dispatch", "heating", "emergency", False, 30, "minutes"),
        ("dispatch", "heating", "urgent", False, 4, "working_hours"),
        ("dispatch", "noise", "normal", False, 4, "working_hours"),
        ("response", "noise", "emergency", False, 2, "hours"),
        ("response", "noise", "emergency", True, 2, "hours"),
        ("response", "heating", "normal", False, 2, "hours"),
        ("response", "water", "normal", False, 2, "hours"),
        ("response", "heating", "normal", True, 1, "working_days"),
        ("response", "noise", "normal", False, 1, "working_days"),
        ("response", "consultation", "normal", False, 1, "working_days"),
        ("resolution", "noise", "emergency", False, 24, "hours"),
        ("resolution", "heating", "normal", False, 24, "hours"),
        ("resolution", "consultation", "normal", False, 3, "working_days"),
        ("resolution", "noise", "normal", False, 5, "working_days"),
        ("resolution", "never heard of", "normal", False, 5, "working_days"),
        ("decline", "heating", "emergency", False, 1, "working_days"),
        ("follow_up", "heating", "normal", False, 24, "hours"),
    ],
)
def test_the_samples_limits(clock, category, urgency, assisting, amount, unit):
    line = RULES.limit(clock, CATALOGUE.of(category), urgency, "whistle", assisting)
    assert (line.amount, line.unit) == (amount, unit)


def test_a_promise_carries_its_derivation():
    start = datetime(2025, 9, 29, 2, tzinfo=UTC)
    calendar = BOOKS.calendar(NOW)
    promise = RULES.derive(
        "resolution", category=CATALOGUE.of("noise"), urgency="normal", start=start, calendar=calendar
    )
    assert promise.due == datetime(2025, 10, 13, 10, tzinfo=UTC)
    assert promise.warn_at == calendar.share(start, promise.due, "working_days")
    assert (promise.book, promise.version, promise.line, promise.calendar) == (
        "deadlines",
        "1",
        "resolution",
        "1",
    )


def test_heating_asks_for_a_temperature_and_a_photo_on_site():
    heating = CATALOGUE.of("heating")
    (reading,) = heating.readings
    assert (reading.quantity, reading.unit) == ("room_temperature", "°C")
    assert [reading.accepts(value) for value in (17.9, 18, 26)] == [False, True, True]
    assert heating.photo_required
    assert heating.methods == ("on_site",)
    assert heating.needs_visit


def test_only_some_categories_close_by_a_rating():
    assert {c.code for c in CATALOGUE.entries.values() if not c.needs_visit} == {"consultation", "other"}


def test_every_clock_of_the_sample_is_said_in_two_languages():
    assert all(line.zh and line.en for line in RULES.lines)


# ------------------------------------------------------------------ bad content


def broken(content: dict[str, Any], *path, value=None, remove=False) -> dict[str, Any]:
    wrong = copy.deepcopy(content)
    node = wrong
    for key in path[:-1]:
        node = node[key]
    if remove:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return wrong


@pytest.mark.parametrize(
    ("book", "content", "field"),
    [
        ("deadlines", {}, "lines"),
        ("deadlines", broken(DEADLINES, "lines", 3, "amount", value=0), "lines[3].amount"),
        ("deadlines", broken(DEADLINES, "lines", 3, "amount", value=True), "lines[3].amount"),
        ("deadlines", broken(DEADLINES, "lines", 3, "amount", value="2"), "lines[3].amount"),
        ("deadlines", broken(DEADLINES, "lines", 3, "unit", value="weeks"), "lines[3].unit"),
        ("deadlines", broken(DEADLINES, "lines", 3, "line", value="dispatch"), "lines[3].line"),
        ("deadlines", broken(DEADLINES, "lines", 3, "colour", value="red"), "lines[3].colour"),
        ("deadlines", broken(DEADLINES, "lines", 0, "urgency", value=["dire"]), "lines[0].urgency"),
        ("deadlines", broken(DEADLINES, "lines", 1, remove=True), "lines"),
        ("deadlines", broken(DEADLINES, "settings", "declines", value=0), "settings.declines"),
        ("deadlines", broken(DEADLINES, "settings", "typo", value=0), "settings.typo"),
        ("categories", broken(CATEGORIES, "categories", 1, "code", value="heating"), "categories[1].code"),
        ("categories", broken(CATEGORIES, "categories", 1, "track", value="x"), "categories[1].track"),
        (
            "categories",
            broken(CATEGORIES, "categories", 1, "methods", value=["fax"]),
            "categories[1].methods",
        ),
        (
            "categories",
            broken(CATEGORIES, "categories", 0, "readings", 0, "max", value=1),
            "categories[0].readings[0].min",
        ),
        ("calendars", broken(CALENDAR, "hours", value=[]), "hours"),
        ("calendars", broken(CALENDAR, "hours", 0, "to", value="15:00"), "hours"),
        ("calendars", broken(CALENDAR, "hours", 0, "from", value="25:00"), "hours[0].from"),
        ("calendars", broken(CALENDAR, "weekend", value=[1, 2, 3, 4, 5, 6, 7]), "weekend"),
        ("calendars", broken(CALENDAR, "weekend", value=[0]), "weekend"),
        ("calendars", broken(CALENDAR, "known_years", value=[2025, 2026]), "known_years"),
        ("calendars", broken(CALENDAR, "holidays", "2025-02-30", value="x"), "holidays.2025-02-30"),
        ("calendars", broken(CALENDAR, "make_up", "2025-10-01", value="x"), "make_up.2025-10-01"),
        ("tariffs", {"adopted": date(2025, 1, 1)}, "adopted"),
    ],
)
def test_bad_content_names_its_field(book, content, field):
    no = refusal(Propose(book, "x", content))
    assert isinstance(no, BadContent)
    assert no.field == field


# ------------------------------------------------------------------ differences


def test_a_difference_names_the_line_it_is_in():
    other = broken(DEADLINES, "lines", 1, "amount", value=8)
    assert diff(DEADLINES, DEADLINES) == ()
    assert diff(DEADLINES, other) == (Difference("lines[dispatch].amount", 4, 8),)


def test_what_stands_on_one_side_only_is_a_difference():
    assert diff({"a": 1, "b": [1, 2]}, {"b": [1], "c": {"d": 2}}) == (
        Difference("a", 1, None),
        Difference("b[1]", 2, None),
        Difference("c", None, {"d": 2}),
    )
