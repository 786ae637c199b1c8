"""What a round came to: attempts that opened a door, households reached, people met. Each has a base of its
own, and each names the list behind it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from api.outreach import coverage
from api.sight import everywhere
from api.visits.seeing import part_of
from domain.messages import Actor
from domain.organisation import within
from domain.visits.rounds import Round
from domain.visits.rules import MODES, OUTCOMES
from engine.engine import Engine
from engine.read import Condition, Filter, Join, rows, sums, totals
from engine.views import Reading
from projections.outreach.tables import CELLS, TALLIES
from projections.views import Row
from projections.visits.tables import COUNTED
from projections.visits.visits import ANY

AT_ONCE = 5_000

Counts = Mapping[tuple[str, str], int]
"""(mode, what) -> n, of one grid or of several."""

REGISTER = ("households", "people", "unknown", "vacant", "more_met")
"""What the register says of a grid: households that live there, their people as far as counted, households
nobody counted, those that moved out, and those where the round met more people than are registered."""


def coverage_of(
    engine: Engine,
    actor: Actor,
    id: str,
    round: Round,
    grid: str = "",
    *,
    by_grid: bool = True,
    as_of: str = "",
    known_at: str = "",
) -> dict[str, Any]:
    """The figures of the caller's part of the round, or of `grid` within it: now, or as of another moment, or
    as was known at one. BadQuestion."""
    part = part_of(actor, round)
    if grid:
        part = grid if everywhere(actor) or within(grid, part) else part
    then = coverage.moment_of(engine, as_of, known_at) if as_of or known_at else None
    with engine.views.read() as reading:
        counts: Mapping[str, Counter[tuple[str, str]]]
        if then is None:
            counts = counted(reading, id, part) if by_grid else {part: summed(reading, id, part)}
            register = registered(reading, id, part) if by_grid else {part: known_of(reading, id, part)}
        else:
            counts = coverage.counted(reading, then, id, part)
            register = coverage.registered(reading, then, id, part)
    grids = sorted({*counts, *register})
    whole: Counter[tuple[str, str]] = Counter()
    known: Counter[str] = Counter()
    for each in grids:
        whole.update(counts.get(each, {}))
        known.update(register.get(each, {}))
    said = {"round": id, "name": round.name, "grid": part} | figures(whole, known, id, part)
    if then is not None:
        said |= coverage.dated(then) | {"links": coverage.links(then, id, part)}
    if by_grid:
        none: Counter[tuple[str, str]] = Counter()
        said["by_grid"] = [
            {"grid": each}
            | figures(counts.get(each, none), register.get(each, Counter()), id, each)
            | ({} if then is None else {"links": coverage.links(then, id, each)})
            for each in grids
        ]
    return said


def every(reading: Reading, table: str, where: Sequence[Condition]) -> Iterator[Row]:
    """All rows that pass, some thousands at a time."""
    after: str | None = None
    while True:
        got = rows(reading, table, where=where, after=after, limit=AT_ONCE)
        yield from got.items
        if got.next is None:
            return
        after = got.next


def counted(reading: Reading, id: str, part: str) -> dict[str, Counter[tuple[str, str]]]:
    """By grid: the round's tallies, all windows together."""
    where = (Filter("round", "=", id), Filter("grid", "under", part))
    found: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row in every(reading, "visit_tallies", where):
        counts, mode = found[row["grid"]], row["mode"]
        for what in COUNTED:
            if (n := row[what]) and what != "people":
                counts[mode, what] += n
    for row in met(reading, id, part, "grid"):
        found[row["grid"]][mode_of(row), "people"] += row["n"]
    return found


def met(reading: Reading, id: str, part: str, *by: str) -> list[Row]:
    """People met, by mode and by whatever else."""
    people = Filter("part", "=", "people")
    return of_book(reading, id, part, ("reached", "reached_in_mode"), (*by, "mode", "part"), people)


def of_book(
    reading: Reading, id: str, part: str, families: Sequence[str], by: Sequence[str], *more: Condition
) -> list[Row]:
    """What the book of outreach counts of the round, where the register has to be asked beside the visits."""
    where = (Filter("family", "in", families), *more, Filter("round", "=", id), Filter("grid", "under", part))
    joins = (Join(CELLS.name, "cell", "cell"),)
    by = ("family", *by)
    return sums(reading, TALLIES.name, "n", by=by, where=where, joins=joins, straight=True)


def mode_of(row: Row) -> str:
    return ANY if row["family"] == "reached" else str(row["mode"])


def summed(reading: Reading, id: str, part: str) -> Counter[tuple[str, str]]:
    """As `counted`, of the whole part at once: the store adds up what nobody asked for by grid."""
    where = (Filter("round", "=", id), Filter("grid", "under", part))
    found: Counter[tuple[str, str]] = Counter()
    for row in totals(reading, "visit_tallies", COUNTED, by="mode", where=where):
        found.update({(row["mode"], what): row[what] for what in COUNTED if row[what] and what != "people"})
    for row in met(reading, id, part):
        found[mode_of(row), "people"] += row["n"]
    return found


def registered(reading: Reading, id: str, part: str) -> dict[str, Counter[str]]:
    """By grid: what the register counts there now. Whoever was met and has left since was a target when he
    was met, and stays one."""
    under = Filter("grid", "under", part)
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for row in every(reading, "household_counts", (under,)):
        known = found[row["grid"]]
        if row["vacant"]:
            known["vacant"] += row["households"]
            continue
        known["households"] += row["households"]
        known["people"] += row["people"]
        if not row["counted"]:
            known["unknown"] += row["households"]
    for row in of_book(reading, id, part, ("left", "over"), ("grid", "part")):
        left_since(found[row["grid"]], row)
    return found


def known_of(reading: Reading, id: str, part: str) -> Counter[str]:
    """As `registered`, of the whole part at once."""
    known: Counter[str] = Counter()
    under, add = Filter("grid", "under", part), ("households", "people")
    for row in totals(reading, "household_counts", add, by="vacant", where=(under,)):
        known.update({"vacant": row["households"]} if row["vacant"] else {each: row[each] for each in add})
    uncounted = (under, Filter("vacant", "=", 0), Filter("counted", "=", 0))
    for row in totals(reading, "household_counts", add, by="counted", where=uncounted):
        known["unknown"] += row["households"]
    for row in of_book(reading, id, part, ("left", "over"), ("part",)):
        left_since(known, row)
    return known


def left_since(known: Counter[str], row: Row) -> None:
    """Who was met and has left since, and where more were met than are registered."""
    if row["family"] == "over":
        known["more_met"] += row["n"]
        return
    known[row["part"]] += row["n"]
    known["vacant"] -= row["n"] if row["part"] == "households" else 0


def figures(counts: Counts, register: Counter[str], id: str, part: str) -> dict[str, Any]:
    households, people = register["households"], register["people"]

    def n(mode: str, what: str) -> int:
        if mode == ANY and what not in ("households", "people"):
            return sum(counts.get((each, what), 0) for each in MODES)
        return counts.get((mode, what), 0)

    def parts(above: str, below: Any) -> dict[str, Any]:
        whole = share(n(ANY, above), below(ANY))
        return whole | {mode: share(n(mode, above), below(mode)) for mode in MODES}

    return {
        "door_open_rate": parts("opened", lambda mode: n(mode, "attempts")),
        "coverage_households": parts("households", lambda _: households),
        "coverage_people": parts("people", lambda _: people),
        "minutes_per_visit": parts("minutes", lambda mode: n(mode, "timed")),
        "outcomes": {mode: {each: n(mode, each) for each in OUTCOMES} for mode in MODES},
        "needs": n(ANY, "needs"),
        "bookings": {what: n(ANY, what) for what in ("booked", "kept", "cancelled")},
        "excluded": {"vacant": register["vacant"], "people_unknown": register["unknown"]},
        "more_met": register["more_met"],
        "links": links(id, part),
    }


def share(numerator: int, denominator: int) -> dict[str, Any]:
    """`value` is None where there is nothing to divide by."""
    value = round(numerator / denominator, 6) if denominator else None
    return {"numerator": numerator, "denominator": denominator, "value": value}


def links(id: str, part: str) -> dict[str, str]:
    """The lists that the figures count."""
    base, grid = f"/api/v1/visits/rounds/{id}", quote(part, safe="/")
    return {
        "attempts": f"{base}/attempts?grid={grid}",
        "opened": f"{base}/attempts?outcome=opened&grid={grid}",
        "reached": f"{base}/households?status=reached&grid={grid}",
        "unvisited": f"{base}/households?status=unvisited&grid={grid}",
        "vacant": f"{base}/households?status=vacant&grid={grid}",
        "more_met": f"{base}/households?status=more_met&grid={grid}",
        "bookings": f"{base}/bookings?grid={grid}",
    }
