"""The patrols of the demo: a route with its readings, a joint inspection, walks of other grids; a sweep of
the class of a closed case; one closed case that is still looked after, and one that stayed well."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from random import Random

from domain.complaint.commands import ReadingTaken
from domain.complaint.state import Closed
from domain.patrols import commands as c
from domain.patrols.recurrence import stream_of
from domain.steps import Step
from engine.ids import derived_id
from scripts.demo import texts
from scripts.demo.beginnings import registration
from scripts.demo.endings import CONTENT, told
from scripts.demo.past import COMPLAINT, Act, Past, Story
from scripts.demo.people import COMMUNITY, DISPATCHER, GRIDS, grid_members, home
from scripts.demo.plan import CASES, Beginning, case_id
from scripts.demo.stories import DAY, HOUR, MINUTE, Telling

ROUTE = derived_id("patrol-route", "demo", "1")
SWEEP = derived_id("sweep", "demo", "1")
NAME = "公共场所测温"
STOPS = ("社区活动室", "党群服务中心大厅", "换热站值班室", "三号楼一层门厅")
MEASURED = "heating"

WALKS = ((8, 0), (6, 1), (4, 0), (3, 1), (2, 0), (1, 1))
"""Days before the day of loading on which the route was walked, and by which member of the grid."""
COLD = 3
"""The walk so many days ago read too little at one stop, left out the last one, and found a hazard."""
ELSEWHERE = ((7, 1), (5, 2), (2, 3), (1, 5))
"""Walks without a route: days ago, and the grid."""
SEEN = ("消防通道畅通", "充电棚两处，无飞线", "配电箱已上锁", "楼道堆物已劝离")

FIRST_CASE = 950
"""The number of the first case a patrol or a sweep brought."""
FOUND = 5
SWEPT = "property"
YIELD = ((0, 5, 14, 1), (1, 3, 9, 2))
"""Of the sweep: the grid, days ago, places looked at, cases found. A third grid is still to be done."""


def streams() -> Iterator[str]:
    """Those whose words are sealed under keys of their own."""
    yield from (case_id(FIRST_CASE + n) for n in range(FOUND))
    yield from (ROUTE, SWEEP, _patrol("joint"))
    yield from (_patrol(f"route-{before}") for before, _ in WALKS)
    yield from (_patrol(f"walk-{grid}") for _, grid in ELSEWHERE)


def _patrol(name: str) -> str:
    return derived_id("patrol", "demo", name)


def begin(past: Past, day: datetime, photos: tuple[str, ...]) -> None:
    """Let them be told; `day` is the local midnight with which the day of loading begins."""
    past.begin(day - 20 * DAY + 9 * HOUR, _route(day))
    past.begin(day - 8 * DAY + 14 * HOUR, _walked(past, day, photos))
    for before, grid in ELSEWHERE:
        past.begin(day - before * DAY + 15 * HOUR, _looked_around(grid, before, day))
    past.begin(day - 5 * DAY + 9 * HOUR, _together(past, day, photos))
    past.begin(day - 9 * DAY + 10 * HOUR, _swept(past, day, photos))
    past.begin(day - 16 * DAY + 11 * HOUR, _stayed_away(past, day))
    past.begin(day - 9 * DAY + 11 * HOUR, _watched(past, day))


# ------------------------------------------------------------------ walks


def _route(day: datetime) -> Story:
    command = c.SetRoute(NAME, GRIDS[0], STOPS, "daily", MEASURED)
    yield Act(day - 20 * DAY + 9 * HOUR, grid_members(GRIDS[0])[0], (Step("patrol-route", ROUTE, command),))


def _walked(past: Past, day: datetime, photos: tuple[str, ...]) -> Story:
    way = c.Route(ROUTE, 1, NAME, GRIDS[0], "daily", MEASURED, STOPS)
    for before, member in WALKS:
        chance = Random(f"patrol-{before}")
        at = day - before * DAY + 14 * HOUR + chance.randint(0, 40) * MINUTE
        stops = tuple(_read(stop, chance, cold=before == COLD and n == 1) for n, stop in enumerate(STOPS))
        command = c.RecordPatrol(
            GRIDS[0], stops[:-1] if before == COLD else stops, chance.randint(30, 55), route=way
        )
        stream = _patrol(f"route-{before}")
        cases: tuple[Step, ...] = ()
        if before == COLD:
            need = _need(at, FIRST_CASE, GRIDS[0], SWEPT)
            command = replace(
                command, hazards=(c.Hazard(need.stream, SWEPT, GRIDS[0], STOPS[1]),), evidence=photos[:1]
            )
            cases = (_registered(past, need, stream, photos),)
        yield Act(at, grid_members(GRIDS[0])[member], (Step("patrol", stream, command), *cases))


def _read(stop: str, chance: Random, *, cold: bool) -> c.StopVisited:
    value = chance.uniform(15.5, 16.9) if cold else chance.uniform(18.4, 22.4)
    return c.StopVisited(stop, (ReadingTaken("room_temperature", round(value, 1), "°C"),))


def _looked_around(grid: int, before: int, day: datetime) -> Story:
    at = day - before * DAY + 15 * HOUR + grid * 5 * MINUTE
    stops = tuple(c.StopVisited(f"{n + 1}号楼", note=SEEN[(n + grid) % len(SEEN)]) for n in range(3))
    command = c.RecordPatrol(GRIDS[grid], stops, 25 + 5 * grid, kind="daily")
    yield Act(at, grid_members(GRIDS[grid])[0], (Step("patrol", _patrol(f"walk-{grid}"), command),))


def _together(past: Past, day: datetime, photos: tuple[str, ...]) -> Story:
    """A joint inspection of the community with two units; it brings a case home too."""
    at, stream = day - 5 * DAY + 10 * HOUR, _patrol("joint")
    need = _need(at, FIRST_CASE + 1, GRIDS[3], "streetlight")
    command = c.RecordPatrol(
        COMMUNITY,
        (c.StopVisited("社区配电房", note=SEEN[2]), c.StopVisited("小区北侧道路", note="路灯三盏不亮")),
        90,
        kind="joint",
        participants=(grid_members(GRIDS[0])[0].person,),
        units=("property-co", "street-office"),
        evidence=photos[1:3],
        note="联合物业和街道办逐处查看。",
        hazards=(c.Hazard(need.stream, need.category, GRIDS[3], "小区北侧道路"),),
    )
    yield Act(at, DISPATCHER, (Step("patrol", stream, command), _registered(past, need, stream, photos)))


# ------------------------------------------------------------------ what is found


def _need(at: datetime, number: int, grid: str, category: str) -> Beginning:
    chance = Random(f"hazard-{number}")
    matter = chance.choice(texts.matters().hazards[category])
    where = replace(home(chance), grid=grid)
    return Beginning(number, at, chance, CONTENT, category, matter, where, None, "patrol", "normal")


def _registered(past: Past, need: Beginning, found_by: str, photos: tuple[str, ...]) -> Step:
    """The case of a hazard, which is told on like any other."""
    calendar = past.stage.books.calendar(need.at)
    t = Telling(past, need.stream, need.chance, calendar, need.matter, need.home, need.at, photos)
    past.begin(need.at + MINUTE, told(t, CONTENT))
    return Step(
        COMPLAINT, need.stream, replace(registration(need, t, t.say(need.matter.said)), found_by=found_by)
    )


# ------------------------------------------------------------------ a sweep


def _swept(past: Past, day: datetime, photos: tuple[str, ...]) -> Story:
    def opened() -> tuple[Step, ...]:
        case = _ended(past, SWEPT)
        command = c.OpenSweep(
            GRIDS[:3], (day + 3 * DAY).date(), "外墙、消火栓、楼道充电，同类部位都查一遍。", case=case
        )
        return (Step("sweep", SWEEP, command),)

    yield Act(day - 9 * DAY + 10 * HOUR, DISPATCHER, opened)
    number = FIRST_CASE + 2
    for grid, before, looked_at, many in YIELD:
        at = day - before * DAY + 10 * HOUR
        needs = [_need(at, number + n, GRIDS[grid], SWEPT) for n in range(many)]
        number += many
        hazards = tuple(c.Hazard(need.stream, SWEPT, GRIDS[grid]) for need in needs)
        check = c.CheckGrid(GRIDS[grid], looked_at, photos[:1], hazards=hazards)
        cases = tuple(_registered(past, need, SWEEP, photos) for need in needs)
        yield Act(at, grid_members(GRIDS[grid])[1], (Step("sweep", SWEEP, check), *cases))
    for place, status in (("消火栓-01", "完好"), ("消火栓-02", "缺水带")):
        row = c.SurveyPlace(GRIDS[1], place, status)
        yield Act(day - 3 * DAY + 11 * HOUR, grid_members(GRIDS[1])[1], (Step("sweep", SWEEP, row),))


# ------------------------------------------------------------------ looks after a closing


def _ended(past: Past, category: str) -> c.CaseFound:
    """The latest closed case of the class in the first grid that nobody looks after yet."""
    for number in reversed(range(CASES)):
        stream = case_id(number)
        state = past.state(stream)
        if not isinstance(state, Closed) or past.seen("recurrence", stream_of(stream)).version:
            continue
        if (state.case.category, state.case.grid) == (category, GRIDS[0]):
            return c.CaseFound(stream, category, GRIDS[0], state.case.round.number, ended=True)
    raise LookupError(f"the demo has no closed case of {category} in {GRIDS[0]}")


def _watch(past: Past, chosen: list[str], category: str, command: c.SetWatch) -> tuple[Step, ...]:
    case = _ended(past, category)
    chosen.append(stream_of(case.id))
    return (Step("recurrence", chosen[-1], replace(command, case=case)),)


def _stayed_away(past: Past, day: datetime) -> Story:
    """Looked after for twelve days, and well on the last."""
    chosen: list[str] = []
    worker = grid_members(GRIDS[0])[1]
    until = (day - 4 * DAY).date()
    command = c.SetWatch(until, c.CaseFound(), looker=worker.person, note="雨后再看一次。")
    yield Act(day - 16 * DAY + 11 * HOUR, DISPATCHER, lambda: _watch(past, chosen, SWEPT, command))
    look = c.Look("stayed_away", note="现场完好。")
    yield Act(day - 5 * DAY + 16 * HOUR, worker, (Step("recurrence", chosen[0], look),))


def _watched(past: Past, day: datetime) -> Story:
    """Its last look is due from the day of loading on."""
    chosen: list[str] = []
    command = c.SetWatch((day + 3 * DAY).date(), c.CaseFound(), day.date(), note="夜里十点以后再看一次。")
    yield Act(day - 9 * DAY + 11 * HOUR, DISPATCHER, lambda: _watch(past, chosen, SWEPT, command))
    look = c.Look("stayed_away", note="白天看过，没有再出现。")
    yield Act(day - 4 * DAY + 16 * HOUR, grid_members(GRIDS[0])[0], (Step("recurrence", chosen[0], look),))
