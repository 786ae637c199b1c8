"""A figure of a past moment is kept, and made again when something became known that belongs before it."""

from typing import Any

import pytest

from api import lines
from tests.api.conftest import Office

PAST = "statistics/dispatch_on_time_rate?from=2026-11&to=2026-11&as_of=2026-11-18T12:00:00Z"


@pytest.fixture
def made(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The sums that were added up from the marks."""
    found: list[Any] = []
    added = lines.added

    def noticed(reading: Any, each: Any) -> Any:
        found.append(each)
        return added(reading, each)

    monkeypatch.setattr("api.figures.added", noticed)
    return found


def counted(office: Office, query: str = "") -> tuple[int, int]:
    office.caught_up()
    answer = office.get(PAST + query, "analyst").json()
    (row,) = answer["rows"]
    return row["numerator"], sum(row["excluded"].values()) + row["denominator"]


def test_the_second_look_adds_nothing_up(office: Office, made: list[Any]):
    office.registered()
    office.clock.later(days=2)
    first = counted(office)
    del made[:]
    assert counted(office) == first and made == []


def test_what_took_effect_later_leaves_it_as_it_is(office: Office, made: list[Any]):
    office.registered()
    office.clock.later(days=2)
    first = counted(office)
    office.registered()
    del made[:]
    assert counted(office) == first and made == []


def test_what_is_recorded_late_is_in_it(office: Office, made: list[Any]):
    case = office.registered()
    called = office.clock().isoformat()
    office.clock.later(days=2)
    assert counted(office)[0] == 0
    before = office.caught_up()
    office.case(case, "dispatch", {"lead": "property-co", "occurred_at": called})
    assert counted(office)[0] == 1
    assert counted(office, f"&known_at={before}")[0] == 0


def test_now_is_never_kept(office: Office, made: list[Any]):
    office.registered()
    office.caught_up()
    for _ in range(2):
        del made[:]
        assert office.get("statistics/dispatch_on_time_rate", "analyst").status_code == 200
        assert made


def test_a_position_that_is_not_yet_reached_is_refused(office: Office):
    """What it says would change when the position comes."""
    office.registered()
    office.caught_up()
    office.clock.later(days=2)
    answer = office.get(f"{PAST}&known_at=99999", "analyst")
    assert (answer.status_code, answer.json()["code"]) == (422, "query.invalid")
