"""Tickets kept elsewhere become real facts with their own times.

A line is compared with what its round already knows: what is new is appended, what is known is left, what
contradicts a recorded fact is refused with both values. Policies play no part: a round that was reopened says
so by its next line. Needs no rule book: the promises are the source's own.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.bounds import not_ahead
from domain.complaint.commands import HistoricRound, RecordHistory
from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintDispatched,
    ComplaintMerged,
    ComplaintReclassified,
    ComplaintRegistered,
    ComplaintRejected,
    ComplaintReopened,
    ComplaintWithdrawn,
    ExtensionGranted,
    FollowUpRecorded,
    HistoricallyClosed,
    ResolutionReported,
    UnitResponded,
    UnitTask,
)
from domain.complaint.rules import Facts
from domain.complaint.state import (
    Case,
    Merged,
    Registered,
    Rejected,
    Round,
    State,
    Unregistered,
    Withdrawn,
)
from domain.deadlines import Deadline
from domain.messages import Dated, clear
from domain.refusals import Refused
from domain.scene import Scene

FOLLOW_UP_WITHIN = timedelta(hours=24)
"""By the wall clock, from the report on: what every follow-up is measured by."""

ENDINGS = ("rejected", "withdrawn", "merged")
SATISFIED = ("satisfied", "basically_satisfied")

STEPS = ("registered_at", "dispatched_at", "responded_at", "resolved_at", "followed_up_at", "ended_at")
"""The moments of a line, in the order in which they must have happened."""


def record(command: RecordHistory, state: State, scene: Scene) -> Facts:
    """What the line tells and the log does not know; nothing if it knows all of it."""
    line = command.line
    _check(line, scene)
    number = 0 if isinstance(state, Unregistered) else state.case.round.number
    if line.round > number + 1:
        raise Refused("history.round-missing", f"round {number + 1} was never told", round=number + 1)
    if isinstance(state, Unregistered):
        opened = Dated(_registration(command, scene), line.registered_at)
        return (opened, *_untold(command, Round(1, line.registered_at), scene))
    if line.round == number + 1:
        return (
            *_reopening(command, state, scene),
            *_untold(command, Round(line.round, line.registered_at), scene),
        )
    case = state.case
    known = case.round if line.round == number else _past(case, line.round)
    _agree(command, case, known)
    told = tuple(_untold(command, known, scene))
    if told and line.round < number:
        raise Refused(
            "history.round-over",
            f"round {line.round} is over; nothing can be added to it",
            round=line.round,
            missing=tuple(type(each.fact).__name__ for each in told),
        )
    return told


def _check(line: HistoricRound, scene: Scene) -> None:
    """What no log could hold: later steps before earlier ones, and steps without what they rest on."""
    before, earliest = STEPS[0], line.registered_at
    for step in STEPS:
        moment: datetime | None = getattr(line, step)
        if moment is None:
            continue
        not_ahead(step, moment, scene)
        if moment < earliest:
            raise Refused(
                "moment.out-of-order",
                f"{step} {moment.isoformat()} is before {before} {earliest.isoformat()}",
                help=f"{step} not before {before}",
                field=step,
                told=moment,
                earliest=earliest,
            )
        before, earliest = step, moment
    if line.ended and line.ended not in ENDINGS:
        raise Refused(
            "value.unknown", f"ended cannot be {line.ended!r}", field="ended", value=line.ended, known=ENDINGS
        )
    needs = (
        ("ended_at", line.ended, line.ended_at),
        ("resolved_at", line.followed_up_at, line.resolved_at),
        ("lead", line.responded_at, line.lead),
    )
    for field, given, needed in needs:
        if given and not needed:
            raise Refused("history.incomplete", f"{field} is missing", field=field)


def _past(case: Case, number: int) -> Round:
    return next(each for each in case.past if each.number == number)


# ------------------------------------------------------------------ what a line contradicts


def _agree(command: RecordHistory, case: Case, known: Round) -> None:
    for field, recorded, told in _compared(command, case, known):
        if told and recorded and told not in recorded:
            raise Refused(
                "history.contradicts",
                f"{field} is {told}, but {', '.join(map(str, recorded))} is recorded",
                field=field,
                recorded=recorded[-1],
                told=told,
            )


def _compared(
    command: RecordHistory, case: Case, known: Round
) -> Iterator[tuple[str, tuple[object, ...], object]]:
    """(field, the recorded values that agree, what the line tells); empty where one side is silent."""
    line = command.line

    def given(*values: object) -> tuple[object, ...]:
        return tuple(value for value in values if value)

    if known.number == 1:
        yield "channel", given(case.channel), command.channel
        yield "origin", given(case.origin), command.origin
        yield "grid", given(case.grid), command.grid
        yield "category", given(case.first_category, case.category), command.category
    yield "registered_at", (known.began_at,), line.registered_at
    yield "lead", given(known.lead), line.lead
    yield "dispatched_at", given(known.dispatched_at), line.dispatched_at
    response = known.deadline("response")
    yield "respond_by", given(response and response.due), line.respond_by
    yield "responded_at", given(known.responded_at(known.lead)), line.responded_at
    promise, resolution = known.promise, known.resolution
    yield "first_resolve_by", given(promise and promise.due), line.first_resolve_by
    if not _extends(line, known):
        yield "resolve_by", given(resolution and resolution.due), line.resolve_by
        yield "extended_at", tuple(granted.at for granted in known.granted), line.extended_at
    yield "resolved_at", given(known.resolved_at), line.resolved_at
    yield "result", given(known.result), line.result
    yield "followed_up_at", tuple(answer.at for answer in known.answers), line.followed_up_at
    yield "satisfaction", given(*(answer.satisfaction for answer in known.answers)), line.satisfaction
    yield "solved", given(*(answer.solved for answer in known.answers)), line.solved
    if known.ended in ENDINGS:
        yield "ended", (known.ended,), line.ended
        yield "ended_at", given(known.ended_at), line.ended_at


def _extends(line: HistoricRound, known: Round) -> bool:
    """Whether the line tells of an extension nobody knew: a later date, and that it is not the first one."""
    if line.resolve_by is None or known.resolution is None or line.resolve_by <= known.resolution.due:
        return False
    return line.extended_at is not None or line.first_resolve_by not in (None, line.resolve_by)


# ------------------------------------------------------------------ what a line adds


def _registration(command: RecordHistory, scene: Scene) -> ComplaintRegistered:
    return ComplaintRegistered(
        channel=command.channel,
        origin=command.origin,
        category=command.category,
        category_version=_category_version(command.line.registered_at, scene),
        urgency="normal",
        grid=command.grid,
        text=command.text,
        address=command.address,
        location=command.location,
        place_key=command.place_key,
        reporter="",
        reporter_name=None,
        reporter_phone=None,
        tracking_key="",
        source=command.source,
        external_number=command.external_number,
        record="import",
        split_from="",
        dispatch=None,
    )


def _category_version(at: datetime, scene: Scene) -> str:
    try:
        return scene.books.categories(at).version
    except Refused:  # a store that was never set up imports too
        return ""


def _reopening(command: RecordHistory, state: Registered, scene: Scene) -> Facts:
    case, line = state.case, command.line
    if isinstance(state, Rejected | Withdrawn | Merged):
        raise Refused(
            "history.contradicts",
            f"round {line.round} follows a round that is recorded as {case.round.ended}",
            field="ended",
            recorded=case.round.ended,
            told="",
        )
    if line.registered_at < case.milestone_at:
        raise Refused(
            "moment.out-of-order",
            f"round {line.round} begins before round {case.round.number} is over",
            field="registered_at",
            told=line.registered_at,
            earliest=case.milestone_at,
        )
    reopened = Dated(ComplaintReopened(line.round, "import", None, None), line.registered_at)
    if command.category == case.category:
        return (reopened,)
    version = _category_version(line.registered_at, scene)
    reason = clear(scene.stream, command.source)
    changed = ComplaintReclassified(command.category, version, case.category, reason)
    return (reopened, Dated(changed, line.registered_at))


def _untold(command: RecordHistory, known: Round, scene: Scene) -> Iterator[Dated]:
    """The facts of the line that its round lacks, in the order they happened."""
    line, source = command.line, command.source
    yield from _dispatch(line, known, source)
    if line.responded_at is not None and known.responded_at(line.lead) is None:
        yield Dated(UnitResponded(line.lead, True, None, line.responded_at), line.responded_at)
    yield from _extension(line, known, source, scene)
    if line.resolved_at is not None and known.resolved_at is None:
        due = line.resolved_at + FOLLOW_UP_WITHIN
        follow_up = _promise("follow_up", line.resolved_at, due, source) if command.follow_up_known else None
        answer = clear(scene.stream, "")
        reported = ResolutionReported(line.lead, line.result, answer, (), follow_up, line.resolved_at)
        yield Dated(reported, line.resolved_at)
        if not command.follow_up_known and not known.ended and not line.ended:
            yield Dated(HistoricallyClosed(",".join(command.mended)), line.resolved_at)
    if line.followed_up_at is not None and not known.answers:
        yield from _answer(line, known, line.followed_up_at)
    if line.ended and line.ended_at is not None and not known.ended:
        yield Dated(_ending(line.ended, scene), line.ended_at)


def _dispatch(line: HistoricRound, known: Round, source: str) -> Iterator[Dated]:
    """The dispatch with its promises; told again where a later line knows its moment or a promise."""
    first = line.first_resolve_by or line.resolve_by
    learnt = (
        (line.lead and not known.lead)
        or (line.dispatched_at and known.dispatched_at is None)
        or (first and known.promise is None)
        or (line.respond_by and known.lead and known.deadline("response") is None)
        or (line.resolved_at and not known.dispatched)
    )
    if not learnt:
        return
    began = line.registered_at
    at = line.dispatched_at or known.dispatched_at
    response = known.deadline("response")
    if response is None and line.respond_by is not None:
        response = _promise("response", at or began, line.respond_by, source)
    resolution = known.resolution
    if resolution is None and first is not None:
        resolution = _promise("resolution", began, first, source)
    lead = line.lead or known.lead
    tasks = [UnitTask(lead, True, response, None)] if lead else []
    tasks += [UnitTask(unit, False, None, None) for unit in line.assisting if unit != lead]
    dispatched = ComplaintDispatched(known.number, lead, "", tuple(tasks), resolution, False, at)
    yield Dated(dispatched, at or began)


def _extension(line: HistoricRound, known: Round, source: str, scene: Scene) -> Iterator[Dated]:
    """A first date and a later one. Where nobody wrote down when it was granted: at the last moment it could
    have been."""
    first = known.resolution.due if known.resolution else line.first_resolve_by
    if line.resolve_by is None or first is None or line.resolve_by <= first:
        return
    last = min(first, line.resolved_at or first, scene.now)
    at = max(line.extended_at or last, line.registered_at)
    days = _working_days(first, line.resolve_by, scene)
    deadline = _promise("resolution", line.registered_at, line.resolve_by, source)
    yield Dated(ExtensionGranted(f"{known.number}-{len(known.granted) + 1}", deadline, days), at)


def _working_days(start: datetime, end: datetime, scene: Scene) -> int:
    """Working days by the calendar; calendar days where there is none."""
    try:
        return scene.books.calendar(start).working_days(start, end)
    except Refused:
        return (end - start).days


def _answer(line: HistoricRound, known: Round, at: datetime) -> Iterator[Dated]:
    """Who answered is not known; that somebody did, the answer tells. A good answer closes, as ours do."""
    recorded = FollowUpRecorded(
        "", line.satisfaction, line.solved, (), (), None, reporter="", note=None, reason=None, judged_at=at
    )
    yield Dated(recorded, at)
    if known.ended or line.ended or line.solved == "no":
        return
    if line.satisfaction in SATISFIED:
        yield Dated(ComplaintClosed("satisfied"), at)
    elif not line.satisfaction and line.solved:
        yield Dated(ComplaintClosed("verified"), at)


def _ending(ended: str, scene: Scene) -> ComplaintRejected | ComplaintWithdrawn | ComplaintMerged:
    if ended == "rejected":
        return ComplaintRejected("import", None)
    if ended == "withdrawn":
        return ComplaintWithdrawn(None)
    return ComplaintMerged("", clear(scene.stream, ""))


def _promise(clock: str, start: datetime, due: datetime, source: str) -> Deadline:
    """A date another system promised, as one of our deadlines: counted in whole hours by the wall clock."""
    warn_at = start + (due - start) * 0.8 if due > start else due
    hours = max(0, int((due - start) / timedelta(hours=1)))
    return Deadline(clock, start, due, warn_at, hours, "hours", "import", source, "target", "")
