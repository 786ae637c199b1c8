"""The demo's round of visits: a fortnight of doors in eight grids, what was found behind them, a plan for
today and slots for the days to come. The points household is met and earns by it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from domain.households import household as register
from domain.households.rules import KIND_UNSAID
from domain.steps import Step
from domain.visits import planning, plans, rounds, visiting
from domain.visits.facts import Measured
from domain.visits.rules import plan_stream, visit_stream
from engine.ids import derived_id
from scripts.demo import texts
from scripts.demo.beginnings import registration
from scripts.demo.endings import CONTENT, told
from scripts.demo.households import PER_GRID, Entry, entries
from scripts.demo.past import COMPLAINT, Act, Past, Story
from scripts.demo.people import COMMUNITY, DISPATCHER, GRIDS, grid_members, home
from scripts.demo.plan import Beginning
from scripts.demo.stories import Telling

ROUND = derived_id("round", "demo", "1")
NAME = "走千家、入万户"
SINCE, UNTIL = 12, 18
"""Days before and after the day of loading between which the round goes."""

DAYS = (11, 9, 8, 6, 5, 3, 2, 1)
"""Days before the day of loading on which the members went from door to door."""

DOORS = 4
"""Households a member tries in one day of these."""

NEEDS = {3: "heating", 17: "property", 29: "streetlight", 41: "property", 47: "heating"}
"""Which opened doors brought a need, counted through the whole round, and of which class."""

FIRST_CASE = 900
"""The number of the first case a visit brought; the others of the demo stand far below."""

COMPANIONS = (("老党员", "孟祥云"), ("业委会成员", "白露"), ("热心居民", "钟鼎"))
NOTES = ("愿意加入楼栋微信群。", "子女在外地，周末回来。", "建议增设晾衣杆。", "希望有人教用手机缴费。")


def begin(past: Past, day: datetime, photos: tuple[str, ...]) -> None:
    """Let the round be told; `day` is the local midnight with which the day of loading begins."""
    opened = day - timedelta(days=SINCE, hours=-9)
    past.begin(opened, _opened(day, opened))
    doors = iter(range(10_000))
    for before in DAYS:
        date = day - timedelta(days=before)
        for nth, grid in enumerate(GRIDS):
            past.begin(date + timedelta(hours=9), _went(past, grid, nth, date, before, doors, photos))
    for nth, grid in enumerate(GRIDS[:3]):
        past.begin(day - timedelta(hours=7), _agreed(past, grid, nth, day))
    past.begin(day - timedelta(hours=6), _planned(past, day))


def _opened(day: datetime, at: datetime) -> Story:
    first, last = (day - timedelta(days=SINCE)).date(), (day + timedelta(days=UNTIL)).date()
    command = rounds.OpenRound(NAME, COMMUNITY, first, last)
    yield Act(at, DISPATCHER, (Step("round", ROUND, command),))


# ------------------------------------------------------------------ at the doors


def _homes(grid: int, before: int) -> Iterator[Entry]:
    """Whom a member tries: the next doors of his grid, and one of last time's again."""
    turn = DAYS.index(before)
    first = grid * PER_GRID + (20 if grid == 2 else 0)
    for n in range(DOORS - 1):
        yield Entry(first + turn * (DOORS - 1) + n)
    yield Entry(first + max(0, turn - 1) * (DOORS - 1))


def _target(past: Past, entry: Entry) -> visiting.Target | None:
    """None where nobody lives there any more."""
    state = past.seen("household", entry.stream).state
    if not isinstance(state, register.Living):
        return None
    of = state.household
    return visiting.Target(entry.id, of.grid, of.people, of.kind or KIND_UNSAID)


def _went(
    past: Past,
    grid: str,
    nth: int,
    date: datetime,
    before: int,
    doors: Iterator[int],
    photos: tuple[str, ...],
) -> Story:
    """One member's day: by day or in the evening, at weekends in the forenoon."""
    chance, who = Random(f"visits-{nth}-{before}"), grid_members(grid)[before % 2]
    weekend = date.weekday() >= planning.SATURDAY
    evening = not weekend and chance.random() < 0.5
    window = "weekend" if weekend else "evening" if evening else "day"
    at = date + timedelta(hours=19 if evening else 10)
    for entry in _homes(nth, before):
        target = _target(past, entry)
        at += timedelta(minutes=chance.randint(9, 25))
        if target is None:
            continue
        outcome = chance.choice(("opened",) * 13 + ("no_answer",) * 6 + ("refused",))
        command = _attempt(target, window, outcome, chance)
        steps = [Step("round", ROUND, rounds.Admit(target.grid, date.date()))]
        stream, need = visit_stream(ROUND, target.id), None
        if outcome == "opened" and (category := NEEDS.get(door := next(doors))):
            need = _need(at, grid, door, category)
            command = replace(command, complaints=(need.stream,))
        steps.append(Step("visit", stream, command))
        if need is None:
            yield Act(at, who, tuple(steps))
            continue
        t = _telling(past, need, photos)
        case = replace(registration(need, t, t.say(need.matter.said)), found_by=stream)
        yield Act(at, who, (*steps, Step(COMPLAINT, need.stream, case)))
        past.begin(at, told(t, CONTENT))


def _attempt(target: visiting.Target, window: str, outcome: str, chance: Random) -> visiting.Attempt:
    opened = outcome == "opened"
    readings: tuple[Measured, ...] = ()
    if opened and chance.random() < 0.4:
        readings = (Measured("room_temperature", round(chance.uniform(17.0, 22.5), 1), "°C"),)
    team: tuple[visiting.Companion, ...] = ()
    if chance.random() < 0.25:
        capacity, name = chance.choice(COMPANIONS)
        team = (visiting.Companion(capacity, name=name),)
    return visiting.Attempt(
        ROUND,
        target,
        window,
        "online" if chance.random() < 0.08 else "in_person",
        outcome,
        people_met=chance.randint(1, target.people or 2) if opened else 0,
        minutes=chance.randint(8, 35) if opened else chance.randint(1, 3),
        team=team,
        readings=readings,
        note=chance.choice(NOTES) if opened and chance.random() < 0.3 else "",
    )


def _need(at: datetime, grid: str, door: int, category: str) -> Beginning:
    """The case a door brought."""
    chance = Random(f"need-{door}")
    matter = chance.choice(texts.matters().complaints[category])
    number = FIRST_CASE + list(NEEDS).index(door)
    where = replace(home(chance), grid=grid)
    return Beginning(number, at, chance, CONTENT, category, matter, where, None, "visit", "normal")


def _telling(past: Past, need: Beginning, photos: tuple[str, ...]) -> Telling:
    """It is told on like any other."""
    calendar = past.stage.books.calendar(need.at)
    return Telling(past, need.stream, need.chance, calendar, need.matter, need.home, need.at, photos)


# ------------------------------------------------------------------ what is to come


def _agreed(past: Past, grid: str, nth: int, day: datetime) -> Story:
    """A slot with a household nobody has tried yet."""
    entry = Entry(GRIDS.index(grid) * PER_GRID + 60 + nth)
    target = _target(past, entry)
    if target is None:
        return
    on = day.date() + timedelta(days=nth)
    window = "weekend" if on.weekday() >= planning.SATURDAY else "evening"
    steps = (
        Step("round", ROUND, rounds.Admit(target.grid, on, booking=True)),
        Step(
            "visit",
            visit_stream(ROUND, target.id),
            visiting.Book(ROUND, target, on, window, note="下班后在家，先打电话。"),
        ),
    )
    yield Act(day - timedelta(hours=7), grid_members(grid)[0], steps)


def _planned(past: Past, day: datetime) -> Story:
    """The day of loading, for the first member of each grid, as the book says."""

    def steps() -> tuple[Step, ...]:
        rules = past.stage.books.supervision(day)
        workers = {grid_members(grid)[0].person: (grid,) for grid in GRIDS}
        outcome = planning.planned(day.date(), _candidates(past), workers, rules.visits)
        made = [
            Step(
                "plan",
                plan_stream(ROUND, each.worker, day.date()),
                plans.MakePlan(ROUND, each.worker, day.date(), each.grids, each.planned(), rules.version),
            )
            for each in outcome.days
        ]
        return (Step("round", ROUND, rounds.AdmitPlan(day.date())), *made)

    yield Act(day - timedelta(hours=6), DISPATCHER, steps)


def _candidates(past: Past) -> Iterator[planning.Candidate]:
    for entry in entries():
        target = _target(past, entry)
        visit: visiting.Visit = past.seen("visit", visit_stream(ROUND, entry.id)).state
        if target is None or visit.opened() or (visit.tried and visit.tried[-1].outcome == "moved"):
            continue
        failed = tuple(each.window for each in visit.tried if each.mode == "in_person")
        slot = min(((s.day.isoformat(), s.window, "in_person") for s in visit.slots.values()), default=None)
        yield planning.Candidate(entry.id, target.grid, target.kind, failed, slot)
