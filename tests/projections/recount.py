"""The figures once more, slowly and straight from the facts: what the marks have to add up to.

Reads statistics.md only. For one moment and one position it takes the facts that had happened and were known
by then, tells each case from the beginning, and counts.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.messages import Recorded
from projections.asking import Question
from projections.case import micros
from projections.days import months, year_before
from projections.indicators import Figure, figure
from tests.projections.retelling import Round, told

DAY = 86_400_000_000
OUT = ("rejected", "withdrawn", "merged")


@dataclass(frozen=True)
class Item:
    """Something in a part, in the period of `at`; `was` are the periods it left."""

    family: str
    at: int
    part: str
    dims: tuple[tuple[str, str], ...]
    subject: tuple[str, int]
    n: int = 1
    was: tuple[int, ...] = ()


def items(lines: Sequence[Recorded], as_of: int) -> Iterable[Item]:
    """Everything one case is counted for, as of a moment its facts were chosen for."""
    first, registered, category, rounds = told(lines)
    stream = lines[0].stream
    common = {
        "first_category": first.category,
        "channel": first.channel,
        "origin": first.origin,
        "grid": first.grid,
        "community": "/".join(first.grid.split("/")[:3]),
        "street": "/".join(first.grid.split("/")[:2]),
        "urgency": first.urgency,
        "origin_of_record": first.record,
    }

    def dims(now: Round | None, lead: str = "", unit: str = "", method: str = "") -> tuple[Any, ...]:
        own = {"category": category, "lead": "", "unit": "", "track": "", "follow_up_method": method}
        if now is not None:
            lead = lead or now.lead
            own |= {"category": now.category, "lead": lead, "unit": unit or lead, "track": now.track}
        return tuple(sorted((common | own).items()))

    yield Item("intake", registered, first.origin, dims(None), (stream, 1))
    for now in rounds:
        subject = (stream, now.number)
        plain = dims(now)

        def late(due: int, done: int | None, plain: Any = plain, now: Round = now) -> str:
            return (
                ("not_due" if as_of <= due else "overdue")
                if done is None
                else ("on_time" if done <= due else "late")
            )

        def gone(due: int | None, now: Round = now) -> bool:
            return now.ended in OUT and (due is None or now.ended_at <= due)

        # dispatch
        due = now.dispatch_due
        at = due if due is not None else (now.ended_at if now.dispatched is None else now.dispatched)
        if gone(due):
            yield Item("dispatch", at, now.ended, plain, subject)
        elif now.dispatched is not None:
            judged = now.dispatch_judged
            part = "historic" if judged is None else "no_deadline" if due is None else late(due, judged)
            yield Item("dispatch", at, part, plain, subject)
            if judged not in (None, now.dispatched):
                yield Item("dispatch", at, "late_entries", plain, subject)
        elif due is not None:
            yield Item("dispatch", due, late(due, None), plain, subject)
        if now.dispatched is not None and now.dispatch_judged is not None:
            yield Item("dispatched", now.dispatched, "dispatched", plain, subject)

        # closure, against the deadline in force and the first
        for family, promised in (("closure", now.due), ("first_promise", now.dues[0] if now.dues else None)):
            was = tuple(d for d in now.dues if d != now.due) if family == "closure" else ()
            if gone(promised):
                at = now.ended_at if promised is None else promised
                yield Item(family, at, now.ended, plain, subject, was=was)
            elif now.resolved is not None:
                at = now.resolved if promised is None else promised
                part = "no_deadline" if promised is None else late(promised, now.resolved_judged)
                yield Item(family, at, part, plain, subject, was=was)
                if promised is not None and now.resolved_judged != now.resolved:
                    yield Item(family, at, "late_entries", plain, subject)
            elif now.unasked == "historic":
                at = now.unasked_at if promised is None else promised
                yield Item(family, at, "historic", plain, subject, was=was)
            elif promised is not None:
                yield Item(family, promised, late(promised, None), plain, subject, was=was)
            elif now.dispatched is not None:
                yield Item(family, 0, "no_deadline", plain, subject)

        yield from shares(now, subject, as_of, dims)
        yield from follow_ups(now, subject, as_of, dims)
        if now.resolved is not None:
            part = "reopened" if now.ended == "reopened" else "kept"
            yield Item("reopen", now.resolved, part, plain, subject)
        for at, result in now.checks:
            yield Item("spot_check", at, result, plain, subject)
        if now.closed is not None:
            part = "repeated" if now.repeated else "stayed"
            if not first.place_key and first.location is None:
                part = "place_not_comparable"
            elif as_of < now.closed + 30 * DAY:
                part = "not_due"
            yield Item("repeat", now.closed, part, dims(now, now.lead_when_closed), subject)


def shares(now: Round, subject: tuple[str, int], as_of: int, dims: Any) -> Iterable[Item]:
    for share in now.shares:
        due = share.due
        plain = dims(now, share.lead, share.unit)
        within = share.decline_due is None or share.judged <= share.decline_due
        when: int | None
        if share.declined is not None and within:
            part, when = "declined", share.declined
        elif now.ended in OUT and (due is None or now.ended_at <= due):
            part, when = now.ended, now.ended_at
        elif share.responded is not None:
            part = "no_deadline" if due is None else "on_time" if share.judged <= due else "late"
            when = share.responded
        elif share.taken_back is not None and (due is None or share.taken_back <= due):
            part, when = "replaced", share.taken_back
        elif due is not None:
            part, when = ("not_due" if as_of <= due else "overdue"), due
        else:
            part, when = "no_deadline", now.resolved or now.ended_at or now.unasked_at or None
        if when is None:
            continue
        yield Item("response", when if due is None else due, part, plain, subject)
        done = share.responded if share.declined is None else share.declined
        if done is not None and share.judged != done:
            yield Item("response", when if due is None else due, "late_entries", plain, subject)


def follow_ups(now: Round, subject: tuple[str, int], as_of: int, dims: Any) -> Iterable[Item]:
    due = now.follow_up_due
    if now.resolved is not None:
        plain = dims(now, method=now.answers[0][2].method if now.answers else "")
        at = now.resolved if due is None else due
        if due is None or (not now.answers and now.unasked == "historic"):
            yield Item("follow_up", at, "historic", plain, subject)
        elif now.answers:
            done, judged, _ = now.answers[0]
            yield Item("follow_up", at, "on_time" if judged <= due else "late", plain, subject)
            if judged != done:
                yield Item("follow_up", at, "late_entries", plain, subject)
        else:
            yield Item("follow_up", at, "not_due" if as_of <= due else "overdue", plain, subject)
        if due is not None and (attempts := sum(at <= due for at in now.attempts)):
            yield Item("follow_up", at, "attempts", plain, subject, n=attempts)
    for at, judged, answer in now.answers:
        plain = dims(now, method=answer.method)
        satisfaction = answer.satisfaction if answer.reporter else "no_reporter"
        verdict = {"yes": "solved", "partly": "partly", "no": "unsolved"}.get(answer.solved, "no_answer")
        yield Item("satisfaction", at, satisfaction, plain, subject)
        yield Item("solved", at, verdict if answer.reporter else "no_reporter", plain, subject)
        if judged != at:
            yield Item("satisfaction", at, "late_entries", plain, subject)
            yield Item("solved", at, "late_entries", plain, subject)
        if answer.measured is not None:
            yield Item("measured", at, "passed" if answer.measured else "failed", plain, subject)
    if now.unasked:
        for family in ("satisfaction", "solved"):
            yield Item(family, now.unasked_at, now.unasked, dims(now), subject)


def everything(lines: Sequence[Recorded], as_of: int, known_at: int | None) -> list[Item]:
    """The items of all cases."""
    cases: dict[str, list[Recorded]] = {}
    for line in lines:
        if micros(line.occurred_at) <= as_of and (known_at is None or line.position <= known_at):
            cases.setdefault(line.stream, []).append(line)
    return [item for case in cases.values() for item in items(case, as_of)]


def recount(lines: Sequence[Recorded], question: Question) -> dict[tuple[str, ...], Figure]:
    """The figure of every group that has anything in it."""
    found = everything(lines, question.as_of, question.known_at)
    periods = [("", question.start, question.end)]
    if "month" in question.group_by:
        assert question.start is not None and question.end is not None
        periods = [*months(question.start, question.end, question.zone)]
    sums: dict[tuple[str, ...], Counter[str]] = {}
    before: dict[tuple[str, ...], Counter[str]] = {}
    for month, start, end in periods:
        count(found, question, start, end, month, sums)
        if question.indicator.versus_year_before and start is not None and end is not None:
            a, b = year_before(start, question.zone), year_before(end, question.zone)
            count(found, question, a, b, month, before)
    compares = question.indicator.versus_year_before
    return {
        key: figure(
            question.indicator, sums.get(key, Counter()), before.get(key, Counter()) if compares else None
        )
        for key in {*sums, *before}
    }


def count(
    found: list[Item],
    question: Question,
    start: int | None,
    end: int | None,
    month: str,
    sums: dict[tuple[str, ...], Counter[str]],
) -> None:
    def inside(at: int) -> bool:
        if at == 0:  # belongs to no period
            return start is None and end is None
        return (start is None or at >= start) and (end is None or at < end)

    family = {"dispatched": "dispatched", "resolved": "reopen", "closed": "repeat"}.get(question.cohort, "")
    members = {item.subject for item in found if item.family == family and inside(item.at)}
    for item in found:
        if item.family != question.indicator.family:
            continue
        dims = dict(item.dims)
        key = tuple(month if dim == "month" else dims[dim] for dim in question.group_by)
        if family:
            if item.subject in members:
                sums.setdefault(key, Counter())[item.part] += item.n
        elif inside(item.at):
            sums.setdefault(key, Counter())[item.part] += item.n
        elif any(map(inside, item.was)):
            sums.setdefault(key, Counter())["moved_out"] += 1
