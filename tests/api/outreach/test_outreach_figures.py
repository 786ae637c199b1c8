"""Figures of outreach over HTTP: the sources' numbers recomputed from visits that were made, each with its
list; two coverages and the doors on one page; yesterday, as it was and as it was known."""

import io
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.answering import counted_cases, figure
from api.app import create_app
from api.bundles.judging import judge, unzipped
from api.questions import Asked
from bench.visits import TOGETHER
from domain.households.commands import MoveOut, Register, TakeOver
from domain.households.rules import stream_of
from domain.messages import Actor
from domain.steps import Step
from domain.visits import rounds, visiting
from domain.visits.rules import visit_stream
from engine.desk import Order
from scripts.setting_up import OPERATOR
from tests.api.conftest import GRID, Clock, Office, opened
from tests.api.test_pages_office import finished

COMMUNITY = "demo/north/sl"
OFFICER = Actor("street", "street", "demo/north")
MEMBER = Actor("gridworker", "gridworker", GRID)
DAY = datetime(2026, 11, 10, 3, tzinfo=UTC)


def saved(office: Office, by: Actor, steps: Sequence[Step], at: datetime | None = None) -> None:
    for first in range(0, len(steps), TOGETHER):
        office.engine.desk.do(Order(tuple(steps[first : first + TOGETHER]), by, occurred_at=at))


def lived_in(office: Office, sizes: Sequence[int | None]) -> None:
    steps = [
        Step("household", stream_of(f"h{n}"), TakeOver(GRID, "册子", people=size))
        for n, size in enumerate(sizes)
    ]
    saved(office, OPERATOR, steps)


def begun(office: Office, id: str, first: str, last: str) -> None:
    days = datetime.fromisoformat(first).date(), datetime.fromisoformat(last).date()
    saved(office, OFFICER, [Step("round", id, rounds.OpenRound("走千家", GRID, *days))])


def visited(office: Office, round: str, tries: Sequence[tuple[int, str, int]], at: datetime) -> None:
    """All in one order at one moment: (household, outcome, people met)."""
    steps = [
        Step(
            "visit",
            visit_stream(round, f"h{n}"),
            visiting.Attempt(round, visiting.Target(f"h{n}", GRID, 3), "day", "in_person", outcome, met, 12),
        )
        for n, outcome, met in tries
    ]
    saved(office, MEMBER, steps, at)


def asked(office: Office, name: str, who: str = "street", **query: Any) -> dict[str, Any]:
    office.caught_up()
    answer = office.get(f"statistics/{name}", who, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def whole(office: Office, name: str, **query: Any) -> tuple[int, int]:
    (row,) = asked(office, name, **query)["rows"]
    return row["numerator"], row["denominator"]


def behind(
    office: Office, row: dict[str, Any], part: str, who: str = "street"
) -> tuple[list[dict[str, Any]], int]:
    """The first page of the list behind a number, and how many there are in all."""
    answer = office.call("GET", f"{row['cases']}&part={part}&limit=200", who)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"], answer.json()["total"]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """2,641 households of 7,378 people; 2,285 of them met, 3,952 people. In either kind of store."""
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    url = server.new_database() if server else None
    clock = Clock()
    office = Office(None, opened(tmp_path_factory.mktemp("town") / "store", clock, url), clock)  # type: ignore[arg-type]
    office.http = TestClient(create_app(office.engine, demo=True), client=("127.0.0.1", 50000))
    lived_in(office, [3] * 2096 + [2] * 545)
    begun(office, "round-1", "2026-11-01", "2026-12-01")
    visited(office, "round-1", [(n, "opened", 2 if n < 1667 else 1) for n in range(2285)], DAY)
    shut = [(n, "no_answer", 0) for n in range(2285, 2641)]
    visited(office, "round-1", shut, DAY + timedelta(days=1))
    again = [(n, "opened", 1) for n in range(100)]
    visited(office, "round-1", again, DAY + timedelta(days=2))
    office.caught_up()
    yield office
    office.engine.close()
    if server:
        server.leave_database(url)


def test_the_two_coverages_of_the_source_are_recomputed_and_never_mixed(town: Office):
    assert whole(town, "coverage_households") == (2285, 2641)
    assert whole(town, "coverage_people") == (3952, 7378)
    assert whole(town, "door_open_rate") == (2385, 2741)
    assert (round(2285 / 2641 * 100, 1), round(3952 / 7378 * 100, 1)) == (86.5, 53.6)
    assert whole(town, "minutes_per_visit") == (12 * 2385, 2385)
    told = asked(town, "minutes_per_visit")
    assert (told["unit"], told["rows"][0]["value"]) == ("minutes", 12)


def test_each_number_opens_what_it_counts(town: Office):
    (row,) = asked(town, "coverage_people")["rows"]
    met, n = behind(town, row, "numerator")
    assert (n, behind(town, row, "denominator")[1]) == (2285, 2641)
    assert met[0]["link"].startswith("/api/v1/visits/rounds/round-1/households/h")
    items, _, _ = counted_cases(town.engine, Asked("coverage_people"), "denominator")
    people = sum(each["n"] for each in items if each["part"] == "numerator")
    assert (len(items), people) == (2641, 3952)
    (row,) = asked(town, "door_open_rate", **{"from": "2026-11-11", "to": "2026-11-11"})["rows"]
    tried, n = behind(town, row, "denominator")
    assert (row["no_answer"], n, {each["part"] for each in tried}) == (356, 356, {"denominator"})


def test_who_only_counts_reads_bare_rows(town: Office):
    (row,) = asked(town, "coverage_households", "analyst")["rows"]
    items, n = behind(town, row, "numerator", "analyst")
    assert n == 2285 and len({each["id"] for each in items}) == 200
    assert {(each["household"], each["link"]) for each in items} == {(None, None)}


def test_pages_of_a_list_follow_each_other(office: Office):
    lived_in(office, [3] * 5)
    office.caught_up()
    found, cursor = [], ""
    while cursor is not None:
        query = {"part": "denominator", "limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = office.get("statistics/coverage_households/cases", "street", params=query).json()
        found += [each["id"] for each in answer["items"]]
        cursor = answer["next"]
    assert found == [f"h{n}" for n in range(5)]


def test_figures_by_day_and_by_dimension_add_up(town: Office):
    days = [
        whole(town, "door_open_rate", **{"from": f"2026-11-{n}", "to": f"2026-11-{n}"}) for n in (10, 11, 12)
    ]
    assert days == [(2285, 2285), (0, 356), (100, 100)]
    for dim in ("grid", "community", "street", "window", "mode", "round", "worker", "kind", "month"):
        for name in ("door_open_rate", "coverage_people", "minutes_per_visit"):
            found = asked(town, name, group_by=dim, minimum=0)["rows"]
            assert sum(row["numerator"] for row in found) == whole(town, name)[0], (name, dim)


def test_a_figure_as_of_a_day_between_counts_what_had_happened(town: Office):
    assert whole(town, "door_open_rate", as_of="2026-11-11") == (2285, 2641)
    assert whole(town, "door_open_rate", as_of="2026-11-09") == (0, 0)
    head = town.engine.log.head()
    assert whole(town, "door_open_rate", known_at=head - 100) == (2285, 2641)
    assert whole(town, "door_open_rate", as_of="2026-11-10", known_at=head - 200) == (2285, 2285)


def test_the_round_s_own_page_and_the_statistics_say_the_same(town: Office):
    town.caught_up()
    plain = town.get("visits/coverage", params={"round": "round-1"}).json()
    then = town.get("visits/coverage", params={"round": "round-1", "known_at": town.engine.log.head()}).json()
    for name in ("door_open_rate", "coverage_households", "coverage_people", "minutes_per_visit"):
        assert plain[name] == then[name]
        assert plain["by_grid"][0][name] == then["by_grid"][0][name]
    assert (plain["outcomes"], plain["excluded"]) == (then["outcomes"], then["excluded"])
    early = town.get("visits/coverage", params={"round": "round-1", "as_of": "2026-11-11"}).json()
    assert early["door_open_rate"]["numerator"] == 2285
    assert town.get("visits/coverage", params={"round": "round-1", "as_of": "x"}).status_code == 422
    listed = town.call("GET", then["links"]["reached"]).json()
    assert listed["total"] == 2285


def test_what_cannot_be_asked_is_refused_by_name(town: Office):
    for query in ({"group_by": "risk"}, {"category": "heating"}, {"cohort": "closed"}):
        answer = town.get("statistics/door_open_rate", params=query)
        assert answer.status_code == 422, query
    assert town.get("statistics/door_open_rate@other").status_code == 404
    assert town.get("statistics/response_rate", params={"window": "day"}).status_code == 422


def test_a_unit_counts_no_households_and_a_grid_member_his_own(town: Office):
    assert asked(town, "coverage_households", "property")["rows"][0]["numerator"] == 0
    assert asked(town, "coverage_households", "gridworker")["rows"][0]["numerator"] == 2285


def test_the_command_line_asks_the_same(town: Office):
    town.caught_up()
    asked = figure(town.engine, Asked("coverage_people", group_by=("grid",)))
    assert [(row["numerator"], row["denominator"]) for row in asked["rows"]] == [(3952, 7378)]


# ------------------------------------------------------------------ a smaller place


def test_coverage_rises_beside_the_doors_and_neither_contradicts_the_other(office: Office):
    """10.4 % of households and 30 % of doors in October; 66 % and 65 % in November."""
    lived_in(office, [3] * 500)
    begun(office, "round-a", "2026-10-01", "2026-10-31")
    begun(office, "round-b", "2026-11-01", "2026-11-30")
    october, november = datetime(2026, 10, 9, 3, tzinfo=UTC), DAY
    first = [(n, "opened", 1) for n in range(52)] + [(n, "no_answer", 0) for n in range(52, 173)]
    visited(office, "round-a", first, october)
    again = [(n, "opened", 1) for n in range(2)] + [(n, "no_answer", 0) for n in range(52, 57)]
    visited(office, "round-a", again, october + timedelta(days=1))
    second = [(n, "opened", 2) for n in range(330)] + [(n, "no_answer", 0) for n in range(330, 500)]
    visited(office, "round-b", second, november)
    visited(office, "round-b", [(n, "no_answer", 0) for n in range(330, 338)], november + timedelta(days=1))
    both = {"from": "2026-11", "to": "2026-11", "compare_from": "2026-10", "compare_to": "2026-10"}
    (households,) = asked(office, "coverage_households", **both)["rows"]
    (doors,) = asked(office, "door_open_rate", **both)["rows"]

    def shown(row: dict[str, Any]) -> tuple[int, int, float]:
        return row["numerator"], row["denominator"], round(row["numerator"] / row["denominator"] * 100, 1)

    assert (shown(households["compare"]), shown(households)) == ((52, 500, 10.4), (330, 500, 66.0))
    assert (shown(doors["compare"]), shown(doors)) == ((54, 180, 30.0), (330, 508, 65.0))


def test_an_attempt_told_a_day_late_changes_yesterday_and_not_what_was_known_then(office: Office):
    """It is Wednesday, 18 November; somebody was met on Tuesday evening, and his device had no signal."""
    lived_in(office, [3, 2])
    begun(office, "round-1", "2026-11-01", "2026-12-01")
    office.clock.later(hours=2)
    visited(office, "round-1", [(0, "opened", 2)], office.clock.now)
    office.clock.later(days=1)
    late = (office.clock.now - timedelta(days=1)).astimezone(UTC).replace(hour=12)
    visited(office, "round-1", [(1, "opened", 1)], late)
    today, yesterday = "2026-11-19", "2026-11-18"

    def doors(**query: str) -> int:
        return whole(office, "door_open_rate", **query)[0]

    assert doors(as_of=yesterday) == 2, "what happened yesterday, as we know it now"
    assert doors(as_of=yesterday, known_at=yesterday) == 1, "as it was known yesterday"
    assert doors(known_at=yesterday) == 1
    assert doors(**{"from": yesterday, "to": yesterday}) == 2
    assert doors(**{"from": today, "to": today}) == 0
    met = (
        whole(office, "coverage_people", as_of=yesterday),
        whole(office, "coverage_people", as_of=yesterday, known_at=yesterday),
    )
    assert met == ((3, 5), (2, 5))


def test_who_moved_out_is_no_target_and_who_was_met_before_stays_one(office: Office):
    lived_in(office, [3, 2, None])
    entry = Register(GRID, "柳园", 4, "resident")
    saved(office, OPERATOR, [Step("household", stream_of("gone"), entry)])
    begun(office, "round-1", "2026-11-01", "2026-12-01")
    visited(office, "round-1", [(0, "opened", 2)], office.clock.now)
    for id in ("h0", "gone"):
        saved(office, OPERATOR, [Step("household", stream_of(id), MoveOut("搬走"))])
    (row,) = asked(office, "coverage_households")["rows"]
    assert (row["numerator"], row["denominator"]) == (1, 3)
    assert row["excluded"] == {"people_unknown": 1, "vacant": 1}
    assert whole(office, "coverage_people") == (2, 5)
    for part, n in (("denominator", 3), ("excluded:vacant", 1), ("excluded:people_unknown", 1)):
        assert behind(office, row, part)[1] == n


def test_two_rounds_in_a_period_visit_each_household_twice(office: Office):
    lived_in(office, [3] * 4)
    for n in (1, 2):
        begun(office, f"round-{n}", "2026-11-01", "2026-12-01")
        visited(office, f"round-{n}", [(0, "opened", n)], office.clock.now)
    assert whole(office, "coverage_households") == (2, 8)
    assert whole(office, "coverage_households", round="round-1") == (1, 4)
    found = asked(office, "coverage_people", group_by="round", minimum=0)["rows"]
    assert [(row["group"], row["numerator"], row["denominator"]) for row in found] == [
        ("round-1", 1, 12),
        ("round-2", 2, 12),
    ]


def test_slots_needs_and_hazards_are_counted_and_open_what_they_count(office: Office):
    lived_in(office, [3, 2])
    begun(office, "round-1", "2026-11-01", "2026-12-01")
    slot = {"household": "h0", "day": "2026-11-20", "window": "evening"}
    office.done("visits/rounds/round-1/bookings", slot)
    need = {"needs": [{"category": "heating", "text": "暖气不热"}], "outcome": "opened", "people_met": 1}
    tried = {"household": "h0", "window": "day", "mode": "in_person", "minutes": None}
    office.done("visits/rounds/round-1/attempts", tried | need, "gridworker")
    walk = {
        "grid": GRID,
        "stops": [{"stop": "柳园换热站"}],
        "minutes": 30,
        "hazards": [{"category": "heating", "text": "井盖破损"}],
    }
    (case,) = office.done("patrols", walk, "gridworker")["complaints"]
    for name in ("visits_booked", "needs_found", "hazards_found"):
        told = asked(office, name)
        assert (told["unit"], told["rows"][0]["value"]) == ("count", 1), name
        ((item,), _) = behind(office, told["rows"][0], "numerator")
        assert office.get(item["link"], "gridworker").status_code == 200
    assert item["number"] == case
    (row,) = asked(office, "minutes_per_visit")["rows"]
    assert (row["denominator"], row["value"], row["excluded"]) == (0, None, {"untimed": 1})


def test_live_and_rebuilt_are_the_same(office: Office):
    lived_in(office, [3, 2, None])
    begun(office, "round-1", "2026-11-01", "2026-12-01")
    visited(office, "round-1", [(0, "opened", 2), (1, "no_answer", 0)], office.clock.now)
    office.caught_up()
    visited(office, "round-1", [(1, "opened", 1), (0, "opened", 1)], office.clock.now - timedelta(days=2))
    saved(office, OPERATOR, [Step("household", stream_of("h0"), MoveOut("搬走"))])
    office.caught_up()
    job = office.call("POST", "projections/outreach/verify", "analyst", json={})
    told = finished(office, job.headers["location"], "analyst")
    assert (told["result"]["outcome"], told["result"]["difference"]) == ("same", None)


def test_groups_of_few_are_listed_apart(office: Office):
    lived_in(office, [3] * 4)
    begun(office, "round-1", "2026-11-01", "2026-12-01")
    found = asked(office, "coverage_households", group_by="grid")
    assert (found["rows"], len(found["small_groups"])) == ([], 1)
    assert found["small_groups"][0]["denominator"] == 4


# ------------------------------------------------------------------ on the notice board


def test_a_published_coverage_stays_said_is_counted_again_and_names_what_moved(office: Office):
    lived_in(office, [3] * 12)
    begun(office, "round-1", "2026-11-01", "2026-12-01")
    noon = office.clock.now
    visited(office, "round-1", [(0, "opened", 2), (1, "no_answer", 0)], noon)
    office.clock.later(hours=2)
    office.caught_up()
    question = {"minimum": 10, "where": "社区公告栏", "reason": "十一月通报"}
    names = ("coverage_people", "minutes_per_visit")
    said = {
        name: office.done(f"statistics/{name}/publish", question | {"filters": {"window": "day"}})
        for name in names
    }
    coverage = said["coverage_people"]
    (row,) = coverage["rows"]
    assert (coverage["unit"], row["numerator"], row["denominator"]) == ("percent", 2, 36)
    assert coverage["checkpoint"]["position"] >= coverage["known_at"]
    visited(office, "round-1", [(1, "opened", 1)], noon)
    office.caught_up()
    again = office.get(f"figures/{coverage['id']}/recompute", "street").json()
    assert again["rows"][0]["difference"] == {"numerator": 1, "denominator": 0}
    (moved,) = again["moved"]
    assert (moved["household"], moved["published"], moved["today"]) == ("h1", "denominator", "numerator")
    (bare,) = office.get(f"figures/{coverage['id']}/recompute", "analyst").json()["moved"]
    assert (bare["household"], bare["link"]) == (None, None)
    for lang, shown in (("zh", "12.0 分钟"), ("en", "12.0 min")):
        assert shown in office.get(f"/figures/{said['minutes_per_visit']['id']}?lang={lang}", "").text
    pack = office.get(f"audit/bundles/figure/{coverage['id']}", "street")
    entries = judge(unzipped(io.BytesIO(pack.content))).entries
    assert {entry.name.partition(".")[0] for entry in entries} == {"household", "visit", "figure"}


def test_what_is_published_names_no_worker(office: Office):
    question = {"minimum": 10, "where": "公告栏", "reason": "通报"}
    for asked in ({"group_by": ["worker"]}, {"filters": {"worker": "gridworker"}}):
        answer = office.post("statistics/door_open_rate/publish", question | asked, "street")
        assert (answer.status_code, answer.json()["code"]) == (422, "query.invalid")
