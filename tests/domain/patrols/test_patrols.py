"""Patrols, sweeps and watches by the real deciders: what holds, what is refused, and what adds up."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.complaint.commands import ReadingTaken
from domain.messages import ENGINE, Actor, Dated, Envelope, Recorded
from domain.patrols import commands as c
from domain.patrols import facts as f
from domain.patrols import finding, patrol, recurrence, route, sweep
from domain.refusals import Refused
from domain.scene import Scene
from projections.patrols import sweeps
from tests.domain import spec

GRID, OTHER, COMMUNITY = "demo/north/sl/grid-01", "demo/north/sl/grid-02", "demo/north/sl"
NOW = datetime(2025, 12, 1, 1, tzinfo=UTC)
"""A Monday, 09:00 in Shanghai."""
TODAY = date(2025, 12, 1)
MEMBER = Actor("gridworker", "gridworker", GRID)
DISPATCHER = Actor("dispatcher", "dispatcher", COMMUNITY)
RESIDENT = Actor("p-1", "resident", GRID)
CASE = c.CaseFound("c-1", "heating", GRID, 1, True)
WAY = c.SetRoute("管网", GRID, ("换热站", "管沟"), "daily", "heating")
WALK = c.RecordPatrol(GRID, (c.StopVisited("换热站"),), 30)


class Stream:
    """One stream of a kind. `lines` are what a view would read of it."""

    def __init__(self, decider: Any, id: str) -> None:
        self.decider, self.id, self.now = decider, id, NOW
        self.state = decider.INITIAL
        self.lines: list[Recorded] = []
        self.organisation = replace(spec.organisation(), by_person={"gridworker": ("g",)})

    def do(self, command: Any, by: Actor = DISPATCHER, told: datetime | None = None) -> list[Any]:
        scene = Scene(self.now, told or self.now, by, self.id, spec.books(), self.organisation)
        made = []
        for fact in self.decider.decide(command, self.state, scene):
            at = fact.occurred_at if isinstance(fact, Dated) else scene.occurred_at
            fact = fact.fact if isinstance(fact, Dated) else fact
            envelope = Envelope(at, by)
            self.state = self.decider.evolve(self.state, fact, envelope)
            n = len(self.lines) + 1
            self.lines.append(Recorded(n, self.id, n, self.now, envelope, fact))
            made.append(fact)
        return made

    def refused(self, command: Any, by: Actor = DISPATCHER) -> str:
        before = self.state
        with pytest.raises(Refused) as no:
            self.do(command, by)
        assert self.state is before
        return no.value.rule


def found(*complaints: str, grid: str = GRID) -> tuple[c.Hazard, ...]:
    return tuple(c.Hazard(each, "heating", grid) for each in complaints)


def opened(*grids: str, due_on: date = TODAY) -> Stream:
    of = Stream(sweep, "sweep-1")
    of.do(c.OpenSweep(grids or (GRID, OTHER), due_on, "同类都查", case=CASE))
    return of


def watched(until: date = date(2025, 12, 15), **told: Any) -> Stream:
    of = Stream(recurrence, recurrence.stream_of("c-1"))
    of.do(c.SetWatch(until, CASE, **told))
    return of


# ------------------------------------------------------------------ routes and patrols


def test_a_route_set_to_what_it_is_says_nothing_and_walks_no_more_once_retired():
    of = Stream(route, "patrol-route-1")
    (fact,) = of.do(WAY, MEMBER)
    assert fact == f.RouteSet("管网", GRID, "daily", "heating", ("换热站", "管沟"))
    assert of.do(WAY, MEMBER) == []
    assert route.walked("patrol-route-1", 1, of.state).stops == ("换热站", "管沟")
    of.do(c.RetireRoute("改造"), MEMBER)
    with pytest.raises(Refused, match="no route"):
        route.walked("patrol-route-1", 2, of.state)
    assert of.refused(WAY, MEMBER) == "patrol-route.state"


def test_what_was_walked_long_ago_is_told_no_more():
    walk = Stream(patrol, "patrol-9")
    with pytest.raises(Refused) as no:
        walk.do(WALK, MEMBER, datetime(1971, 1, 1, tzinfo=UTC))
    assert no.value.rule == "moment.long-past"
    assert walk.do(WALK, MEMBER, NOW - timedelta(days=300))[0].patrolled_on == date(2025, 2, 4)


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"grid": "demo/nowhere"}, "grid.unknown"),
        ({"grid": OTHER}, "patrol.outside-scope"),
        ({"kind": "yearly"}, "value.unknown"),
        ({"stops": ()}, "list.length"),
        ({"stops": ("a", "a")}, "list.twice"),
        ({"category": "no-such"}, "category.unknown"),
    ],
)
def test_a_route_that_is_none(told: dict[str, Any], rule: str):
    assert Stream(route, "patrol-route-1").refused(replace(WAY, **told), MEMBER) == rule


def test_a_walk_takes_its_route_as_it_was_and_says_what_was_left_out():
    way = c.Route("patrol-route-1", 4, "管网", GRID, "daily", "heating", ("换热站", "管沟"))
    read = (ReadingTaken("room_temperature", 15.0, "°C"),)
    walk = replace(WALK, stops=(c.StopVisited("换热站", read),), route=way)
    (fact,) = Stream(patrol, "patrol-1").do(walk, MEMBER)
    assert (fact.route_version, fact.kind, fact.missed, fact.out_of_range) == (4, "daily", ("管沟",), 1)
    assert fact.patrolled_on == TODAY
    elsewhere = replace(walk, stops=(c.StopVisited("别处"),))
    assert Stream(patrol, "patrol-1").refused(elsewhere, MEMBER) == "patrol.stop-unknown"


def test_a_reading_without_a_class_is_judged_by_nothing():
    read = (ReadingTaken("pressure", 0.2, "MPa"),)
    walk = replace(WALK, stops=(c.StopVisited("换热站", read),))
    (fact,) = Stream(patrol, "patrol-1").do(walk, MEMBER)
    assert fact.stops[0].readings[0].in_range is None and fact.out_of_range == 0


def test_a_walk_told_the_next_day_is_of_the_day_it_was_walked():
    yesterday = NOW - timedelta(hours=10)
    (fact,) = Stream(patrol, "patrol-1").do(WALK, MEMBER, told=yesterday)
    assert fact.patrolled_on == date(2025, 11, 30)


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"kind": "joint"}, "patrol.joint-alone"),
        ({"units": ("nobody",)}, "unit.unknown"),
        ({"participants": ("nobody",)}, "patrol.person-unknown"),
        ({"minutes": 0}, "number.out-of-bounds"),
        ({"stops": ()}, "list.length"),
        ({"hazards": found("c-9", grid=OTHER)}, "patrol.hazard-elsewhere"),
        ({"hazards": (c.Hazard("c-9", "heating", GRID, "别处"),)}, "patrol.stop-unknown"),
        ({"evidence": ("photo",)}, "evidence.id"),
    ],
)
def test_a_walk_that_is_refused(told: dict[str, Any], rule: str):
    assert Stream(patrol, "patrol-1").refused(replace(WALK, **told), MEMBER) == rule


def test_hazards_name_their_cases_and_more_may_follow_but_a_walk_is_told_once():
    of = Stream(patrol, "patrol-1")
    made = of.do(replace(WALK, hazards=found("c-8", "c-9")), MEMBER)
    assert [each.complaint for each in made[1:]] == ["c-8", "c-9"]
    of.do(c.NoteHazards(found("c-10")), MEMBER)
    assert of.state.complaints == ("c-8", "c-9", "c-10")
    assert of.refused(WALK, MEMBER) == "patrol.state"
    assert of.refused(WALK, RESIDENT) == "actor.role"


def test_the_case_of_a_hazard_names_what_found_it_and_nobody_reported_it():
    hazard = finding.Found(c.Hazard("c-9", "heating", GRID), "阀门渗水")
    (step,) = finding.registrations("patrol-1", [hazard])
    asked = step.command
    assert (step.stream, step.expected, asked.found_by) == ("c-9", 0, "patrol-1")
    assert (asked.channel, asked.origin, asked.reporter) == ("patrol", "proactive", None)


# ------------------------------------------------------------------ sweeps


def test_a_sweep_is_of_the_case_s_class_and_due_at_the_end_of_its_day():
    of = opened()
    assert (of.lines[0].fact.category, of.lines[0].fact.due) == (  # type: ignore[attr-defined]
        "heating", datetime(2025, 12, 1, 16, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"case": replace(CASE, ended=False)}, "sweep.case-open"),
        ({"case": c.CaseFound()}, "sweep.category-asked"),
        ({"due_on": TODAY - timedelta(days=1)}, "patrol.day-over"),
        ({"grids": (GRID, GRID)}, "list.twice"),
    ],
)
def test_a_sweep_that_is_refused(told: dict[str, Any], rule: str):
    asked = c.OpenSweep((GRID,), TODAY, "查", case=CASE)
    assert Stream(sweep, "sweep-1").refused(replace(asked, **told)) == rule
    assert Stream(sweep, "sweep-1").refused(asked, MEMBER) == "actor.role"


def test_a_grid_member_looks_through_his_own_grid_of_it():
    of = opened()
    of.do(c.CheckGrid(GRID, 5), MEMBER)
    assert of.refused(c.CheckGrid(OTHER, 5), MEMBER) == "patrol.outside-scope"
    assert opened(GRID).refused(c.CheckGrid(OTHER, 5)) == "sweep.grid-not-in-it"


def test_what_is_left_at_its_day_is_said_once_and_may_still_be_done():
    of = opened()
    of.do(c.CheckGrid(GRID, 5), MEMBER)
    assert of.do(c.NoticeSweepOverdue(), ENGINE) == []
    of.now += timedelta(days=2)
    (fact,) = of.do(c.NoticeSweepOverdue(), ENGINE)
    assert fact == f.SweepOverdue(datetime(2025, 12, 1, 16, tzinfo=UTC), (OTHER,))
    assert of.do(c.NoticeSweepOverdue(), ENGINE) == []
    assert of.refused(c.CloseSweep()) == "sweep.grids-left"
    of.do(c.CheckGrid(OTHER, 2))
    (closed,) = of.do(c.CloseSweep())
    assert (closed.checked, closed.unchecked, closed.looked_at) == ((GRID, OTHER), (), 7)
    assert of.refused(c.CheckGrid(GRID, 1)) == "sweep.state"


LOOKS = st.lists(
    st.tuples(st.sampled_from((GRID, OTHER)), st.integers(0, 50), st.integers(0, 3)), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(LOOKS)
def test_what_the_grids_yield_adds_up_to_the_sweep_and_to_the_view(looks: Sequence[tuple[str, int, int]]):
    of, n = opened(), 0
    for grid, looked_at, hazards in looks:
        names = [f"c-{n + i}" for i in range(hazards)]
        n += hazards
        of.do(c.CheckGrid(grid, looked_at, hazards=found(*names, grid=grid)))
    (closed,) = of.do(c.CloseSweep("到此为止"))
    assert (closed.found, closed.looked_at) == (n, sum(each for _, each, _ in looks))
    view = None
    for line in of.lines:
        view = sweeps.fold(view, line)
    assert view is not None
    row, grids = sweeps.row(view), sweeps.grid_rows(view)
    for column in ("looked_at", "found"):
        assert row[column] == getattr(closed, column) == sum(each[column] for each in grids)
    assert len(set(view.complaints)) == n == len(view.complaints)
    assert row["checked"] == len(closed.checked) == len({grid for grid, _, _ in looks})


# ------------------------------------------------------------------ looks after a closing


def test_a_watch_is_set_on_an_ended_case_until_a_day_to_come():
    fresh = Stream(recurrence, "recurrence-c-1")
    assert fresh.refused(c.SetWatch(date(2025, 12, 15), replace(CASE, ended=False))) == "recurrence.case-open"
    for until in (TODAY, TODAY + timedelta(days=367)):
        assert fresh.refused(c.SetWatch(until, CASE)) == "recurrence.until"
    late = c.SetWatch(date(2025, 12, 15), CASE, look_from=date(2025, 12, 16))
    assert fresh.refused(late) == "recurrence.look-from"
    assert watched().lines[0].fact.look_from == date(2025, 12, 12)  # type: ignore[attr-defined]
    assert watched(date(2025, 12, 2)).lines[0].fact.look_from == TODAY  # type: ignore[attr-defined]


def test_that_it_stayed_away_ends_the_watch_from_the_last_days_on():
    of = watched()
    (early,) = of.do(c.Look("stayed_away"), MEMBER)
    of.now = datetime(2025, 12, 12, 2, tzinfo=UTC)
    (last,) = of.do(c.Look("stayed_away"), MEMBER)
    assert (early.ends, last.ends, last.late) == (False, True, False)
    assert of.refused(c.Look("stayed_away"), MEMBER) == "recurrence.state"
    of.do(c.SetWatch(date(2025, 12, 20), CASE))
    assert isinstance(of.state, recurrence.Watching)


def test_what_came_back_ends_the_watch_at_once_and_names_where_it_is():
    of = watched()
    assert of.refused(c.Look("came_back"), MEMBER) == "recurrence.result"
    assert of.refused(c.Look("stayed_away", complaint="c-2"), MEMBER) == "recurrence.result"
    (fact,) = of.do(c.Look("came_back", complaint="c-1", reopened=True))
    assert fact.ends and fact.reopened


def test_nobody_looked_is_said_once_and_a_late_look_says_that_it_is_late():
    of = watched()
    assert of.do(c.NoticeLookMissed(), ENGINE) == []
    of.now = datetime(2025, 12, 15, 16, 0, 1, tzinfo=UTC)
    (fact,) = of.do(c.NoticeLookMissed(), ENGINE)
    assert fact.due == of.lines[-1].occurred_at == datetime(2025, 12, 15, 16, tzinfo=UTC)
    assert of.do(c.NoticeLookMissed(), ENGINE) == []
    (late,) = of.do(c.Look("stayed_away"), MEMBER)
    assert late.late and late.ends
