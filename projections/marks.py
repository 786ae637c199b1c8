"""The marks of a complaint's facts: which families a fact can move, and the rows it appends."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.complaint import facts as f
from domain.messages import Recorded
from projections import standing as s
from projections.case import Case, micros
from projections.cells import Dims, answer_dims, cell_rows, intake_dims, round_dims, share_dims
from projections.lags import AHEAD, lag_of
from projections.tallies import TURNS, UNTALLIED, Tally, day_of
from projections.views import Row, Table

MARKS = Table(
    "marks",
    {
        "family": "text",
        "lag": "int",
        "at": "int",
        "position": "int",
        "seq": "int",
        "cell": "int",
        "part": "text",
        "turns_at": "int",
        "turns_to": "text",
        "moved_to": "int",
        "subject": "text",
        "share": "text",
        "effective": "int",
        "n": "int",
    },
    key=("family", "lag", "at", "position", "seq"),
    indexes=(("family", "position"),),
    grows=True,
)
"""A signed mark. `at` is the moment whose period it belongs to (the family's deadline), `effective` when it
became true, `position` when it became known, `lag` how far apart the first two are (projections/lags.py): who
wants a family's marks by `at` names all lags. As of a moment D its part is `turns_to` if
`turns_at` ≤ D, else `part`. `subject` is `<case>#<round>`; `share` is the unit, where a round counts once a
unit. `n` is added up. Rows are made as tuples of these columns: there are millions."""

_ROUND: tuple[s.Family, ...] = (s.dispatch, s.closure, s.first_promise, s.response)
_ANSWERED: tuple[s.Family, ...] = (s.follow_up, s.satisfaction, s.solved, s.measured)
_ALL = (*_ROUND, *_ANSWERED, s.reopen, s.spot_check)

MOVES: dict[type, tuple[s.Family, ...]] = {
    f.ComplaintRegistered: (s.dispatch, s.intake),
    f.ComplaintReclassified: (*_ALL, s.intake),
    f.TrackChanged: _ALL,
    f.ComplaintEscalated: _ALL,
    f.ComplaintMerged: _ROUND,
    f.MergeUndone: _ROUND,
    f.ComplaintRejected: _ROUND,
    f.ComplaintWithdrawn: _ROUND,
    f.RecurrenceSuspected: (s.repeat,),
    f.ComplaintDispatched: (*_ROUND, s.dispatched),
    f.DispatchDeclined: _ROUND,
    f.UnitResponded: (s.response,),
    f.ExtensionGranted: (s.closure, s.first_promise),
    f.ResolutionReported: (s.closure, s.first_promise, s.response_undated, s.follow_up, s.reopen),
    f.FollowUpAttempted: (s.follow_up,),
    f.FollowUpRecorded: _ANSWERED,
    f.SpotCheckRecorded: (s.spot_check,),
    f.ComplaintClosed: (s.repeat,),
    f.ComplaintLeftUnreached: (s.satisfaction, s.solved),
    f.HistoricallyClosed: (*_ROUND, *_ANSWERED, s.repeat),
    f.ComplaintReopened: (s.reopen,),
    f.DeadlineRederived: (*_ROUND, s.follow_up),
}
"""The families whose entries a fact can change. What is not named changes no figure."""

Marked = Mapping[str, Sequence[Row | tuple[Any, ...]]]
NOTHING: Marked = {}


def marks(before: Case | None, after: Case, line: Recorded) -> Marked:
    """The marks of one fact, the same added up by month, and the cells they name."""
    kind = type(line.fact)
    families = MOVES.get(kind)
    if families is None:
        return NOTHING
    if kind is f.ComplaintReopened and before is not None:
        changes = _reopened(before, after)
    elif kind is f.ComplaintClosed or (kind is f.HistoricallyClosed and before is not None):
        changes = _closed(before, after, families)
    else:
        changes = []
        for of in families:
            new = of(after, after.round)
            old = [] if before is None else of(before, before.round)
            if old != new:
                changes += s.difference(old, new)
    if not changes:
        return NOTHING
    effective = takes_effect(before, after, line)
    late = effective < micros(line.recorded_at) - AHEAD
    case, position, now = after.opening.id, line.position, after.round.number
    subject = f"{case}#{now}"
    rows: list[tuple[Any, ...]] = []
    tallies: list[Tally] = []
    for (family, at, cell, part, turns_at, turns_to, moved_to, number, unit, _), n in changes:
        whose = subject if number == now else f"{case}#{number}"
        rows.append(
            (family, lag_of(at, effective, late), at, position, len(rows), cell[0], part, turns_at, turns_to,
             moved_to, whose, unit, effective, n)
        )  # fmt: skip
        if family not in UNTALLIED:
            told = f"{part}{TURNS}{turns_to}" if turns_to else part
            tallies.append(((family, day_of(at), cell[1], told, moved_to), n))
    cells = CELLS_OF.get(kind)
    if kind is f.UnitResponded and before is not None and len(after.shares) > len(before.shares):
        cells = _shares
    if cells is None:
        return {"marks": rows, "tallies": tallies}
    named = [row for dims in cells(after) for row in cell_rows(dims)]
    return {"marks": rows, "tallies": tallies, "cells": named}


def takes_effect(before: Case | None, after: Case, line: Recorded) -> int:
    """From when on the marks hold: from when it happened, unless what they replace began later."""
    at = micros(line.envelope.occurred_at)
    if before is None or at >= before.effective:
        return at
    match line.fact:
        case f.FollowUpAttempted() | f.SpotCheckRecorded():
            return at  # adds a mark, replaces none
        case f.RecurrenceSuspected():
            return at if after.closing is None else max(at, after.closing.at)
        case f.UnitResponded(unit=unit) | f.DispatchDeclined(unit=unit, lead=False):
            asked = [share.at for share in before.shares_now() if share.unit == unit]
            return max(at, before.moved_at, *asked)
    return before.effective


def _reopened(before: Case, after: Case) -> list[tuple[s.Entry, int]]:
    """The round before ends by reopening; the new one begins to wait for its dispatch."""
    ended = before.round._replace(ended="reopened", ended_at=after.round.at)
    changes = s.difference(s.reopen(before, before.round), s.reopen(before, ended))
    return changes + s.difference([], s.dispatch(after, after.round))


def _closed(before: Case | None, after: Case, families: tuple[s.Family, ...]) -> list[tuple[s.Entry, int]]:
    """A further closing adds to the former ones: each stays in the period it happened in."""
    changes = s.difference([], s.repeat(after, after.round))
    for of in families:
        if of is not s.repeat and before is not None:
            changes += s.difference(of(before, before.round), of(after, after.round))
    return changes


# ------------------------------------------------------------------ cells a fact can be the first to name


def _round(case: Case) -> list[Dims]:
    return [round_dims(case, case.round)]


def _shares(case: Case) -> list[Dims]:
    now = case.round
    found = []
    for share in case.shares_now():
        then = now if share.leader == now.lead else now._replace(lead=share.leader)
        found.append(share_dims(case, then, share.unit))
    return found


def _answers(case: Case) -> list[Dims]:
    return [answer_dims(case, case.round, answer.method) for answer in case.round.answers]


CELLS_OF: dict[type, Callable[[Case], list[Dims]]] = {
    f.ComplaintRegistered: lambda case: [*_round(case), intake_dims(case)],
    f.ComplaintDispatched: lambda case: [*_round(case), *_shares(case)],
    f.DispatchDeclined: lambda case: [*_round(case), *_shares(case)],
    f.FollowUpRecorded: _answers,
    f.ComplaintReopened: _round,
    f.ComplaintReclassified: lambda case: [
        *_round(case),
        *_shares(case),
        *_answers(case),
        intake_dims(case),
    ],
    f.TrackChanged: lambda case: [*_round(case), *_shares(case), *_answers(case)],
    f.ComplaintEscalated: lambda case: [*_round(case), *_shares(case), *_answers(case)],
}
