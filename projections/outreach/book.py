"""The projection of the book of outreach: what a household, plan, patrol or sweep counts for, and the marks
that bring what was counted before a fact to what counts after it.

What was done goes by when it happened, whenever it became known: an attempt told a day late takes the place
it would have had. Its marks carry the position at which it was told, so that both days can be asked for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from domain.messages import Recorded
from projections.outreach import state as states
from projections.outreach.met import Lived, Met, lives, over, standings
from projections.outreach.state import UNCOUNTED, Standing, Tried
from projections.outreach.tables import CELLS, MARKS, OVER, TALLIES, Dims, cell_id, cell_row
from projections.tallies import month_of
from projections.views import Row

Entry = tuple[str, int, int, Dims, str, str, str]
"""family, at, effective, where, part, subject, share."""


def entries(state: Standing) -> Counter[Entry]:
    """All that the state counts for."""
    found: Counter[Entry] = Counter()
    for entry, n in _every(state):
        if n:
            found[entry] += n
    return found


def _every(state: Standing) -> Iterator[tuple[Entry, int]]:
    lived = lives(state.changes)
    yield from _registered(state.id, lived)
    for tried in state.attempts:
        yield from _attempt(state.id, tried)
    for round in sorted({tried.round for tried in state.attempts}):
        yield from _reached(state, round, lived)
    for slot in state.slots:
        dims = (slot.grid, slot.window, slot.mode, slot.round, slot.worker, "", "")
        yield ("slots", slot.at, slot.at, dims, slot.part, f"{slot.round}/{state.id}", slot.booking), 1
    for each in state.periods:
        dims = (each.grid, "", "", "", each.worker, each.risk, "")
        yield ("care", each.at, each.effective, dims, each.part, state.id, each.due_on), 1
    for find in state.finds:
        dims = (find.grid, "", "", "", find.worker, "", "")
        yield (find.family, find.at, find.at, dims, find.part, state.id, find.share), find.n


def _registered(id: str, lived: Sequence[Lived]) -> Iterator[tuple[Entry, int]]:
    was: Lived | None = None
    for now in lived:
        at = now[0]
        for standing, sign in ((was, -1), (now, 1)):
            if standing is not None:
                for part, n in _counts(standing):
                    dims = (standing[1], "", "", "", "", "", standing[2])
                    yield ("register", at, at, dims, part, f"/{id}", ""), sign * n
        was = now


def _counts(standing: Lived) -> Iterator[tuple[str, int]]:
    _, _, _, people, vacant = standing
    if vacant:
        yield "vacant", 1
        return
    yield "households", 1
    if people == UNCOUNTED:
        yield "people_unknown", 1
    else:
        yield "people", people


def _attempt(id: str, tried: Tried) -> Iterator[tuple[Entry, int]]:
    dims, at = _dims(tried), tried.at
    whose = (f"{tried.round}/{id}", str(tried.number))
    yield ("attempts", at, at, dims, tried.outcome, *whose), 1
    yield ("needs", at, at, dims, "found", *whose), tried.needs
    if tried.outcome == "opened":
        timed = tried.minutes >= 0
        yield ("minutes", at, at, dims, "timed" if timed else "untimed", *whose), 1
        yield ("minutes", at, at, dims, "minutes", *whose), tried.minutes if timed else 0


def _dims(tried: Tried) -> Dims:
    return (tried.grid, tried.window, tried.mode, tried.round, tried.worker, "", tried.kind)


def _reached(state: Standing, round: str, lived: Sequence[Lived]) -> Iterator[tuple[Entry, int]]:
    """Once a household and round: reached with the first door that opened; people met as far as more count
    than before. `in_mode` tells the same of each mode apart."""
    opened, whose = opened_in(state, round), (f"{round}/{state.id}", "")
    for family, chosen in (("reached", opened), *_by_mode(opened)):
        before = 0
        for nth, met in enumerate(standings(chosen, lived, state.changes)):
            dims = _dims(met.by)
            yield (family, met.at, met.at, dims, "households", *whose), int(nth == 0)
            yield (family, met.at, met.at, dims, "people", *whose), met.counted - before
            before = met.counted
    yield from _beside(round, whose, list(standings(opened, lived, state.changes)))


def opened_in(state: Standing, round: str) -> list[Tried]:
    """The attempts of a round that opened the door, in the order in which they happened."""
    opened = [each for each in state.attempts if each.round == round and each.outcome == "opened"]
    return sorted(opened, key=lambda each: (each.at, each.position))


def _by_mode(opened: Sequence[Tried]) -> Iterator[tuple[str, list[Tried]]]:
    for mode in sorted({each.mode for each in opened}):
        yield "reached_in_mode", [each for each in opened if each.mode == mode]


def _beside(round: str, whose: tuple[str, str], found: Sequence[Met]) -> Iterator[tuple[Entry, int]]:
    """What the base has beside the register: who was met and is gone; and where the register is to be looked
    after."""
    was: Counter[tuple[str, Dims, str]] = Counter()
    for met in found:
        dims = (met.lived[1], "", "", round, "", "", met.lived[2])
        now = Counter({
            ("left", dims, "households"): met.left,
            ("left", dims, "people"): met.gone,
            ("over", dims, "households"): int(met.over),
        })  # fmt: skip
        for family, dims, part in {*was, *now}:
            n = now[family, dims, part] - was[family, dims, part]
            yield (family, met.at, met.at, dims, part, *whose), n
        was = now


def _over(state: Standing) -> Iterator[Row]:
    lived = lives(state.changes)
    for round in sorted({tried.round for tried in state.attempts}):
        met = over(opened_in(state, round), lived, state.changes)
        if met is not None:
            known = met.lived[3]
            yield {
                "round": round, "household": state.id, "grid": met.lived[1], "met": met.by.met,
                "people": None if known == UNCOUNTED else known, "open": int(met.over), "since": met.by.at,
            }  # fmt: skip


class Outreach:
    NAME = "outreach"
    VERSION = 2
    TABLES = (MARKS, TALLIES, CELLS, OVER)
    FACTS = states.FACTS
    STATE = Standing

    def subject(self, line: Recorded) -> str:
        return states.subject(line)

    def fold(self, state: Standing | None, line: Recorded) -> Standing:
        return states.fold(state, line)

    def rows(self, state: Standing) -> Mapping[str, Sequence[Row]]:
        """Where a round has met more people than are registered, or had."""
        return {OVER.name: list(_over(state))}

    def marks(self, before: Standing | None, after: Standing, line: Recorded) -> Mapping[str, Sequence[Row]]:
        change = entries(after)
        if before is not None:
            change.subtract(entries(before))
        marks: list[Row] = []
        tallies: list[Row] = []
        cells: dict[int, Row] = {}
        for (family, at, effective, dims, part, subject, share), n in change.items():
            if not n:
                continue
            cell = cell_id(dims)
            cells.setdefault(cell, cell_row(dims))
            tallies.append({"family": family, "month": month_of(at), "cell": cell, "part": part, "n": n})
            marks.append(
                {
                    "family": family,
                    "at": at,
                    "position": line.position,
                    "seq": len(marks),
                    "cell": cell,
                    "part": part,
                    "subject": subject,
                    "share": share,
                    "effective": effective,
                    "n": n,
                }
            )
        return {MARKS.name: marks, TALLIES.name: tallies, CELLS.name: list(cells.values())}


OUTREACH = Outreach()
