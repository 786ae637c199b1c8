"""A round of visits through a whole street: its plan of a day, its lists and its coverage, without HTTP.

The real deciders make every fact: grids with a member each, households of them, and attempts at two thirds of
the doors, some hundreds in one order.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from api.cases import Cases
from api.listing import newest_of
from api.orders import Asking
from api.telling import Reading
from api.visits import counting, lists, planning
from api.visits.told import Teller
from bench.comparing import Move
from bench.figures import taken
from domain.households.commands import TakeOver
from domain.households.rules import stream_of
from domain.messages import Actor
from domain.organisation import STREAM, EstablishGrid, Grant
from domain.steps import Step
from domain.visits import rounds, visiting
from domain.visits.planning import SATURDAY
from domain.visits.rules import visit_stream
from engine.desk import Order
from engine.engine import Engine
from engine.read import Condition, Filter, rows
from scripts.importing import follow
from scripts.opening import opened
from scripts.setting_up import OPERATOR

GRIDS, COMMUNITIES, IN_A_GRID = 352, 8, 58
"""352 grids of 20,644 households are 58 in each; fewer households stand in fewer grids."""

STREET = "demo/north"
OFFICER = Actor("street", "street", STREET)
ROUND = "round-bench"
TOGETHER = 400
"""Households, or attempts, in one order."""
KINDS = ("resident",) * 6 + ("employed",) * 3 + ("key",)
OUTCOMES = ("opened",) * 13 + ("no_answer",) * 5 + ("refused", "moved")
"""Of twenty doors thirteen open."""
TRIED = 0.66
"""The share of households tried so far."""

Target = visiting.Target


def visits(folder: Path, households: int, times: int, move: Move) -> list[dict[str, Any]]:
    """What the plan of a day, each list and each figure of a round take, in milliseconds."""
    with opened(folder / "store") as engine:
        fill(engine, households, move)
        follow(engine)
        day = engine.desk.stage().organisation.local_date(engine.clock())
        asked = dict(questions(engine, day, grids_of(households)))
        found = []
        for name, ask in asked.items():
            found.append({"asked": name} | taken(ask, times))
        return found


# ------------------------------------------------------------------ the store


def fill(engine: Engine, households: int, move: Move) -> None:
    """A street of up to 352 grids, its households, a round, and attempts at two thirds of the doors."""
    _organised(engine, grids_of(households))
    homes = list(targets(households))
    done = 0
    for part in parts(homes):
        given(engine, OPERATOR, [Step("household", stream_of(home.id), entry(home)) for home in part])
        done += len(part)
        move(done, 2 * households)
    today = engine.desk.stage().organisation.local_date(engine.clock())
    opening = rounds.OpenRound(
        "走千家入万户", STREET, today - timedelta(days=20), today + timedelta(days=300)
    )
    given(engine, OFFICER, [Step("round", ROUND, opening)])
    chance = Random(households)
    tried = [home for home in homes if chance.random() < TRIED]
    for part in parts(tried):
        by = member(part[0].grid)
        steps = [Step("visit", visit_stream(ROUND, home.id), attempt(home, chance)) for home in part]
        given(engine, by, steps, engine.clock() - timedelta(days=chance.uniform(0, 20)))
        done += len(part)
        move(done, 2 * households)
    move(2 * households, 2 * households)


def grids_of(households: int) -> int:
    return max(COMMUNITIES, min(GRIDS, households // IN_A_GRID))


def _organised(engine: Engine, many: int) -> None:
    grids = [grid(n, many) for n in range(many)]
    communities = sorted({path.rpartition("/")[0] for path in grids})
    places = [("demo", "city"), (STREET, "street")]
    places += [(path, "community") for path in communities] + [(path, "grid") for path in grids]
    known = engine.desk.stage().organisation.grids
    wanted = [(path, level) for path, level in places if path not in known]
    given(
        engine, OPERATOR, [Step(STREAM, STREAM, EstablishGrid(path, path, level)) for path, level in wanted]
    )
    people = [member(path) for path in grids]
    granted = [Grant(who.person, "gridworker", who.scope, "bench") for who in people]
    given(engine, OPERATOR, [Step(STREAM, STREAM, grant) for grant in granted])


def grid(n: int, of: int) -> str:
    nth = n * COMMUNITIES // of
    return f"{STREET}/{f'community-{nth}' if nth else 'sl'}/grid-{n:03}"


def member(path: str) -> Actor:
    return Actor(f"member-{path[-3:]}", "gridworker", path)


def targets(households: int) -> Iterator[Target]:
    """Neighbours stand side by side in the register, as they do in the street."""
    many = grids_of(households)
    for n in range(households):
        home = grid(n * many // households, many)
        yield Target(f"h-{n:06}", home, 1 + n % 5, KINDS[n % len(KINDS)])


def entry(home: Target) -> TakeOver:
    return TakeOver(home.grid, "bench", people=home.people, kind=home.kind)


def attempt(home: Target, chance: Random) -> visiting.Attempt:
    outcome = chance.choice(OUTCOMES)
    met = chance.randint(1, home.people or 1) if outcome == "opened" else 0
    window = chance.choice(("day", "evening", "weekend"))
    mode = "online" if chance.random() < 0.1 else "in_person"
    return visiting.Attempt(ROUND, home, window, mode, outcome, met, chance.randint(2, 40))


def parts(homes: Sequence[Target]) -> Iterator[Sequence[Target]]:
    for first in range(0, len(homes), TOGETHER):
        yield homes[first : first + TOGETHER]


def given(engine: Engine, by: Actor, steps: Sequence[Step], at: datetime | None = None) -> None:
    engine.desk.do(Order(tuple(steps), by, occurred_at=at))


# ------------------------------------------------------------------ what is asked


def questions(engine: Engine, day: date, many: int) -> Iterator[tuple[str, Callable[[], object]]]:
    cases = Cases(engine)
    round = rounds.known(engine.desk.state("round", ROUND)[0])
    ask = Asking(engine, cases, OFFICER, "zh-CN", "/bench", None, None, False)
    coming = (day + timedelta(days=n) for n in range(300))
    working = (each for each in coming if each.weekday() < SATURDAY)

    def plan() -> object:
        """Another day each time: made again, a plan that says the same is nothing new."""
        outcome, steps = worked_out(next(working))
        engine.desk.do(Order(steps, OFFICER))
        return outcome

    def worked_out(on: date) -> Any:
        body = planning.Planning(day=on.isoformat())  # type: ignore[arg-type]
        return planning.worked_out(ask, ROUND, round, body)

    first = next(working)
    outcome, steps = worked_out(first)
    engine.desk.do(Order(steps, OFFICER))
    engine.catch_up()
    going = sum(len(share.households) for one in outcome.days for share in one.planned())
    yield f"plan of a day: {len(outcome.days)} workers, {going} households", plan
    last = member(grid(many - 1, many))
    for name, part in (("street", STREET), ("one grid", last.scope)):
        yield f"unvisited, {name}", listed(engine, "unvisited", part)
        yield f"reached, {name}", listed(engine, "reached", part)
        yield f"attempts, {name}", attempts(engine, part)
    yield "unvisited, the last page", listed(engine, "unvisited", STREET, last_page(engine))
    yield "coverage of the street, by grid", lambda: counting.coverage_of(engine, OFFICER, ROUND, round)
    yield "coverage of one grid", lambda: counting.coverage_of(engine, last, ROUND, round)
    yield "a worker's plan, with his stops", lambda: stops(engine, last, first)


def listed(engine: Engine, status: str, part: str, cursor: str | None = None) -> Callable[[], object]:
    where: list[Condition] = [Filter("grid", "under", part), Filter("vacant", "=", 0)]
    where += lists.how_far(ROUND, status)
    return lambda: lists.households_of(engine, ROUND, where, cursor, 50)


def last_page(engine: Engine) -> str | None:
    """Where the last page of the unvisited begins."""
    where: list[Condition] = [Filter("grid", "under", STREET), Filter("vacant", "=", 0)]
    where += lists.how_far(ROUND, "unvisited")
    cursor: str | None = None
    with engine.views.read() as reading:
        while True:
            got = rows(reading, "households", where=where, order=("id", "asc"), after=cursor, limit=50)
            if got.next is None:
                return cursor
            cursor = got.next


def attempts(engine: Engine, part: str) -> Callable[[], object]:
    where: list[Condition] = [Filter("round", "=", ROUND), Filter("grid", "under", part)]
    teller = Teller(Reading(engine, Cases(engine), OFFICER, "zh-CN"))
    return lambda: newest_of(
        engine, "visit_attempts", "position", where, teller.attempt, after=None, limit=50
    )


def stops(engine: Engine, who: Actor, day: date) -> object:
    with engine.views.read() as reading:
        where = [Filter("round", "=", ROUND), Filter("day", "=", day.isoformat())]
        mine = rows(reading, "visit_plans", where=[*where, Filter("worker", "=", who.person)]).items
        return [planning.stops_of(reading, ROUND, row["id"]) for row in mine]
