"""The projection of the book of outreach: what a household, plan, patrol or sweep counts for, and the marks
that bring what was counted before a fact to what counts after it.

What was done goes by when it happened, whenever it became known: an attempt told a day late takes the place
it would have had. Its marks carry the position at which it was told, so that both days can be asked for.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from domain.messages import Recorded
from projections.outreach import state as states
from projections.outreach.state import UNCHANGED, UNCOUNTED, Change, Standing, Tried
from projections.outreach.tables import CELLS, MARKS, TALLIES, Dims, cell_id, cell_row
from projections.tallies import month_of
from projections.views import Row

Entry = tuple[str, int, int, Dims, str, str, str]
"""family, at, effective, where, part, subject, share."""

Lived = tuple[int, str, str, int, int]
"""From when on, in which grid, of what kind, how many people (UNCOUNTED), whether it had moved out."""


def entries(state: Standing) -> Counter[Entry]:
    """All that the state counts for."""
    found: Counter[Entry] = Counter()
    for entry, n in _every(state):
        if n:
            found[entry] += n
    return found


def _every(state: Standing) -> Iterator[tuple[Entry, int]]:
    lived = lives(state.changes)
    if lived:
        yield from _registered(state.id, lived)
    for tried in state.attempts:
        yield from _attempt(state.id, tried)
    for round in sorted({tried.round for tried in state.attempts}):
        yield from _reached(state.id, round, state.attempts, lived)
    for slot in state.slots:
        dims = (slot.grid, slot.window, slot.mode, slot.round, slot.worker, "", "")
        yield ("slots", slot.at, slot.at, dims, slot.part, f"{slot.round}/{state.id}", slot.booking), 1
    for each in state.periods:
        dims = (each.grid, "", "", "", each.worker, each.risk, "")
        yield ("care", each.at, each.effective, dims, each.part, state.id, each.due_on), 1
    for find in state.finds:
        dims = (find.grid, "", "", "", find.worker, "", "")
        yield (find.family, find.at, find.at, dims, find.part, state.id, find.share), find.n


def lives(changes: Sequence[Change]) -> list[Lived]:
    """How the household stood in the register, from when on each: by when it happened, not before it was
    registered."""
    if not changes:
        return []
    begun = min((each for each in changes if each.vacant == 0 and each.grid), default=None)
    if begun is None:
        return []
    found: list[Lived] = []
    grid, kind, people, vacant = begun.grid, begun.kind, begun.people, 0
    for each in sorted(changes, key=lambda change: (max(change.at, begun.at), change.position)):
        grid, kind = each.grid or grid, each.kind or kind
        people = people if each.people == UNCHANGED else each.people
        vacant = vacant if each.vacant == UNCHANGED else each.vacant
        at = max(each.at, begun.at)
        if found and found[-1][0] == at:
            found.pop()
        found.append((at, grid, kind, people, vacant))
    return found


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


def _reached(
    id: str, round: str, attempts: Sequence[Tried], lived: Sequence[Lived]
) -> Iterator[tuple[Entry, int]]:
    """Once a household and round: reached with the first door that opened, people met as far as an attempt
    met more than any before it. `in_mode` tells the same of each mode apart."""
    opened = sorted(
        [each for each in attempts if each.round == round and each.outcome == "opened"],
        key=lambda each: (each.at, each.position),
    )
    for family, chosen in (("reached", opened), *_by_mode(opened)):
        best = 0
        for first, tried in enumerate(chosen):
            dims, at, whose = _dims(tried), tried.at, (f"{round}/{id}", "")
            yield (family, at, at, dims, "households", *whose), int(first == 0)
            yield (family, at, at, dims, "people", *whose), max(0, tried.met - best)
            best = max(best, tried.met)
    if opened:
        yield from _left(id, round, opened[0], lived)


def _by_mode(opened: Sequence[Tried]) -> Iterator[tuple[str, list[Tried]]]:
    for mode in sorted({each.mode for each in opened}):
        yield "reached_in_mode", [each for each in opened if each.mode == mode]


def _left(id: str, round: str, met: Tried, lived: Sequence[Lived]) -> Iterator[tuple[Entry, int]]:
    """Who was met and has moved out since was a target when he was met, and stays one."""
    for nth, (since, grid, kind, people, vacant) in enumerate(lived):
        until = lived[nth + 1][0] if nth + 1 < len(lived) else None
        begin = max(since, met.at)
        if not vacant or (until is not None and begin >= until):
            continue
        dims = (grid, "", "", round, "", "", kind)
        for at, sign in ((begin, 1), (until, -1)):
            if at is not None:
                yield ("left", at, at, dims, "households", f"{round}/{id}", ""), sign
                yield ("left", at, at, dims, "people", f"{round}/{id}", ""), sign * max(0, people)


class Outreach:
    NAME = "outreach"
    VERSION = 1
    TABLES = (MARKS, TALLIES, CELLS)
    FACTS = states.FACTS
    STATE = Standing

    def subject(self, line: Recorded) -> str:
        return states.subject(line)

    def fold(self, state: Standing | None, line: Recorded) -> Standing:
        return states.fold(state, line)

    def rows(self, state: Standing) -> Mapping[str, Sequence[Row]]:
        return {}

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
