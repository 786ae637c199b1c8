"""What a fact about one thing asks of another. Pure: the engine hands in each line once or more often.

Every wish carries its cause, and the stream it goes to knows what the cause was already paid for: told twice,
it decides nothing the second time. Imported history asks for nothing.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from domain import complaint
from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintRegistered,
    ComplaintReopened,
    ResolutionReported,
)
from domain.messages import Recorded
from domain.points.account import account_of
from domain.points.account.commands import Reward, RewardLinkage, TakeBack
from domain.points.account.earning import LINKAGE
from domain.points.attendance import CAUSE as ATTENDANCE
from domain.points.attendance.facts import AttendanceCancelled, AttendanceConfirmed, TakenOff
from domain.visits.facts import VisitAttempted

REPORTED = "mini-program-report"
HAZARD = "hazard-report"
VISITED = "visit-registration"
"""The tariff's lines for a report through the mini program, for a hazard that proved to be one, and for
helping with the registration at a home visit."""

NAMES = (
    "complaint.registered",
    "complaint.closed",
    "complaint.resolution-reported",
    "complaint.reopened",
    "attendance.confirmed",
    "attendance.taken-off",
    "attendance.cancelled",
    "visit.attempted",
)
"""The facts that ask for anything."""

NOT_THERE = "名单更正：未到场 · taken off the attendance list"
NO_LIST = "名单作废 · the attendance list was cancelled"
"""Why a list's points go back, as the statement says it; who said so, and why, stands on the list."""


class Wish(NamedTuple):
    """A command for a stream, by the engine; `caused_by` is the line (`stream@version`) that asks for it."""

    kind: str
    stream: str
    command: Any
    caused_by: str


def react(line: Recorded, before: complaint.State) -> Iterator[Wish]:
    """What the line asks of accounts. `before` is the case as it was just before the line of a case."""
    cause = f"{line.stream}@{line.version}"
    for account, command in (*_of_list(line), *_of_visit(line)):
        yield Wish("account", account, command, cause)
    for person, command in _asked(line, before):
        if person:
            yield Wish("account", account_of(person), command, cause)


def _of_list(line: Recorded) -> Iterator[tuple[str, Any]]:
    """What an attendance list asks of the accounts on it."""
    match line.fact:
        case AttendanceConfirmed() as fact:
            reward = Reward(
                activity=fact.activity,
                quantity=fact.quantity,
                done_at=line.occurred_at,
                cause=line.stream,
                cause_kind=ATTENDANCE,
                by=line.actor.person,
                filed_by=fact.opened_by,
                done_on=fact.occurred_on,
            )
            yield from ((account, reward) for account in fact.accounts)
        case TakenOff(account):
            yield account, TakeBack(line.stream, ATTENDANCE, NOT_THERE)
        case AttendanceCancelled(accounts):
            yield from ((each, TakeBack(line.stream, ATTENDANCE, NO_LIST)) for each in accounts)


def _of_visit(line: Recorded) -> Iterator[tuple[str, Any]]:
    """What a visit asks of those who helped with the registration: once a round and household, its stream."""
    if isinstance(line.fact, VisitAttempted):
        by, at = line.actor.person, line.occurred_at
        for holder in line.fact.registered:
            reward = Reward(VISITED, 1, at, line.stream, "visit", by=by, filed_by=by)
            yield account_of(holder), reward


def _asked(line: Recorded, before: complaint.State) -> Iterator[tuple[str, Any]]:
    fact = line.fact
    if isinstance(fact, ComplaintRegistered):
        if fact.record == "living" and fact.channel == "mini_program" and not fact.split_from:
            person = line.actor.person if line.actor.role == "resident" else fact.reporter
            yield person, Reward(REPORTED, 1, line.occurred_at, line.stream, "complaint")
        return
    if isinstance(before, complaint.Unregistered) or not before.case.living:
        return
    case = before.case
    match fact:
        case ComplaintClosed() if case.origin == "proactive" and case.round.result == "solved":
            reporter = case.registered_by or next(iter(case.own_reporters), "")
            confirmed_by = line.actor.person
            yield (
                reporter,
                Reward(HAZARD, 1, case.registered_at, line.stream, "complaint", confirmed_by),
            )
        case ResolutionReported(judged_at=judged_at):
            promise = case.round.resolution
            if promise is not None and judged_at <= promise.due:
                yield line.actor.person, RewardLinkage(line.stream, line.occurred_at)
        case ComplaintReopened(reason=reason):
            for person in sorted(case.round.handlers):
                yield person, TakeBack(line.stream, LINKAGE, f"reopened: {reason}")
