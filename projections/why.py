"""Why a deadline falls when it does: its start, its rule, each day that does not count, every extension and
decline, and the four clocks of the case, in figures and in sentences.

Everything is read from the facts and from the versions of the books they name; today's rules are not asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from domain.calendar import WALL_CLOCK
from domain.complaint import facts as f
from domain.deadlines import Deadline
from domain.messages import Recorded
from domain.rule_books import Books
from projections.telling import at
from projections.words import Speaker

CLOCKS = ("dispatch", "response", "decline", "resolution", "follow_up")
ENDS = (
    f.ComplaintClosed
    | f.ComplaintLeftUnreached
    | f.HistoricallyClosed
    | f.ComplaintRejected
    | f.ComplaintWithdrawn
    | f.ComplaintMerged
)


@dataclass(slots=True)
class Course:
    """What the facts of the current round say about one clock, and about the four clocks of the case."""

    clock: str
    unit: str
    called_at: datetime
    round: int = 1
    lead: str = ""
    promises: list[tuple[Recorded, Deadline]] = field(default_factory=list)
    extensions: list[tuple[Recorded, f.ExtensionGranted]] = field(default_factory=list)
    declines: list[tuple[Recorded, f.DispatchDeclined]] = field(default_factory=list)
    dispatched_at: datetime | None = None
    responded_at: datetime | None = None
    declined_at: datetime | None = None
    ended_at: datetime | None = None

    def begin_round(self, number: int, dispatch: Deadline | None, line: Recorded) -> None:
        self.round = number
        self.promises, self.extensions, self.declines = [], [], []
        self.dispatched_at = self.responded_at = self.declined_at = self.ended_at = None
        self.promise("dispatch", "", dispatch, line)

    def promise(self, clock: str, unit: str, deadline: Deadline | None, line: Recorded) -> None:
        if deadline is None or clock != self.clock or (unit and unit != (self.unit or self.lead)):
            return
        if not self.promises or self.promises[-1][1] != deadline:
            self.promises.append((line, deadline))

    def take(self, line: Recorded) -> None:
        match line.fact:
            case f.ComplaintRegistered(dispatch=dispatch):
                self.promise("dispatch", "", dispatch, line)
            case f.ComplaintReopened(round=number, dispatch=dispatch):
                self.begin_round(number, dispatch, line)
            case f.ComplaintDispatched() as fact:
                self._dispatched(fact, line)
            case f.DispatchDeclined() as fact:
                self.declines.append((line, fact))
                self.declined_at = line.occurred_at
            case f.UnitResponded(lead=True):
                self.responded_at = line.occurred_at
            case f.ExtensionGranted(resolution=resolution) as fact:
                self.extensions.append((line, fact))
                self.promise("resolution", "", resolution, line)
            case f.ResolutionReported(follow_up=follow_up):
                self.promise("follow_up", "", follow_up, line)
            case f.DeadlineRederived(clock=clock, unit=unit, deadline=deadline):
                self.promise(clock, unit, deadline, line)
            case f.MergeUndone():
                self.ended_at = None
            case fact if isinstance(fact, ENDS):
                self.ended_at = line.occurred_at

    def _dispatched(self, fact: f.ComplaintDispatched, line: Recorded) -> None:
        self.lead = fact.lead
        self.dispatched_at = line.occurred_at if fact.judged_at is not None else None
        self.responded_at = None
        if self.clock in ("response", "decline"):
            asked = self.unit or fact.lead
            if any(task.unit == asked for task in fact.tasks):
                self.promises = []
        for task in fact.tasks:
            self.promise("response", task.unit, task.response, line)
            self.promise("decline", task.unit, task.decline, line)
        self.promise("resolution", "", fact.resolution, line)


def why(
    lines: Sequence[Recorded], clock: str, unit: str, books: Books, speaker: Speaker, now: datetime
) -> dict[str, Any] | None:
    """The derivation of a clock of the current round; None where it never started.

    `lines` are all facts of the case. `unit` "" is the lead (response, decline). Moments in the answer are
    datetimes in UTC, days are dates, `elapsed` is in whole seconds until `now` or the end of the case, null
    where it has not begun. KeyError for a clock there is none of.
    """
    if clock not in CLOCKS:
        raise KeyError(clock)
    course = Course(clock, unit, lines[0].occurred_at)
    for line in lines:
        course.take(line)
    if not course.promises:
        return None
    deadline = course.promises[-1][1]
    skipped = skipped_days(deadline, books)
    return {
        "clock": clock,
        "unit": (unit or course.lead) if clock in ("response", "decline") else "",
        "start": deadline.start,
        "rule": {
            "book": deadline.book,
            "version": deadline.version,
            "line": deadline.line,
            "calendar": deadline.calendar,
            "amount": deadline.amount,
            "unit": deadline.unit,
        },
        "skipped": [{"date": day, "reason": speaker.word(reason, "off")} for day, reason in skipped],
        "extensions": [
            {
                "extension": fact.extension,
                "granted_at": line.occurred_at,
                "until": fact.resolution.due,
                "working_days": fact.working_days,
            }
            for line, fact in (course.extensions if clock == "resolution" else ())
        ],
        "declines": [
            {"unit": fact.unit, "lead": fact.lead, "at": line.occurred_at} for line, fact in course.declines
        ],
        "first_promise": course.promises[0][1].due,
        "in_force": deadline.due,
        "warn_at": deadline.warn_at,
        "elapsed": elapsed(course, now),
        "sentences": sentences(course, deadline, skipped, books, speaker),
    }


def skipped_days(deadline: Deadline, books: Books) -> tuple[tuple[date, str], ...]:
    """The days that do not count, by the calendar version the promise names; none by the wall clock."""
    calendar = books.calendar_of(deadline.calendar) if deadline.calendar else None
    if calendar is None or deadline.unit in WALL_CLOCK:
        return ()
    return calendar.skipped(deadline.start, deadline.due)


def elapsed(course: Course, now: datetime) -> dict[str, int | None]:
    until = course.ended_at or now
    moments = {
        "since_call": course.called_at,
        "since_dispatch": course.dispatched_at,
        "since_response": course.responded_at,
        "since_last_decline": course.declined_at,
    }
    return {
        name: None if begun is None else max(0, int((until - begun).total_seconds()))
        for name, begun in moments.items()
    }


# ------------------------------------------------------------------ sentences


def sentences(
    course: Course,
    deadline: Deadline,
    skipped: tuple[tuple[date, str], ...],
    books: Books,
    s: Speaker,
) -> list[str]:
    line, first = course.promises[0]
    said = [_start(course, first, line, s), _rule(first, books, s), *_skipped(first, skipped, line, s)]
    calendar = books.calendar_of(deadline.calendar)
    if calendar is not None and skipped and calendar.provisional(deadline.start, deadline.due):
        said.append(
            s.say(
                "工作日历还没有收录其中一年的放假安排，那一年只按周末推算。",
                "The calendar does not know the holidays of one of these years yet, only its weekends.",
            )
        )
    if len(course.promises) > 1:
        due = at(first.due, line, s)
        said.append(
            s.say(
                "首次承诺：{due}；后来的改动不抹掉它，统计时两个期限都算。",
                "The first promise: {due}. Later changes do not erase it; both are counted.",
                due=due,
            )
        )
    said += [_changed(changed, each, s) for changed, each in course.promises[1:]]
    said += _declines(course, line, s)
    if course.clock == "follow_up":
        said.append(s.say("回访不能延期。", "A follow-up cannot be extended."))
    said.append(
        s.say(
            "终点：{due}。到这一刻为止都算按时。",
            "It ends at {due}. Exactly then is still on time.",
            due=at(deadline.due, line, s),
        )
    )
    return said


def _start(course: Course, first: Deadline, line: Recorded, s: Speaker) -> str:
    start = at(first.start, line, s)
    unit = s.unit(course.unit or course.lead)
    match course.clock:
        case "response" | "decline":
            return s.say("起点：{at} 派单给{u}。", "It starts at {at}: dispatched to {u}.", at=start, u=unit)
        case "follow_up":
            return s.say("起点：{at} 报告办结。", "It starts at {at}, the report that it was done.", at=start)
    if course.round == 1:
        return s.say("起点：{at} 受理登记。", "It starts at {at}, the registration.", at=start)
    return s.say(
        "起点：{at} 返工，第 {n} 轮开始。",
        "It starts at {at}, when round {n} began.",
        at=start,
        n=course.round,
    )


def _rule(first: Deadline, books: Books, s: Speaker) -> str:
    if first.book == "import":
        return s.say(
            "规则：期限由来源系统（{v}）给出，照原样保留。",
            "The rule: the date was promised by the source ({v}) and is kept as it was.",
            v=first.version,
        )
    rules = books.deadlines_of(first.version)
    found = rules.line(first.line) if rules is not None else None
    words = (found.en if s.english else found.zh) if found is not None else ""
    counted = (
        s.say(
            "按自然时间算，夜里、周末和节假日都不扣除",
            "by the wall clock: nights, weekends and holidays count",
        )
        if first.unit in WALL_CLOCK
        else s.say("按工作日历 {c} 算", "by the working calendar {c}", c=first.calendar)
    )
    if first.unit == "working_days":
        counted += s.say(
            "，起始当天不计，到最后一个工作日下班为止",
            "; the first day is not counted, the last ends with its work",
        )
    return s.say(
        "规则：{words}{amount}，{counted}（时限规则 {version}，“{line}”一条）。",
        "The rule: {words}{amount}, {counted} (deadline rules {version}, line “{line}”).",
        words=words + s.say("，", ", ") if words else "",
        amount=s.amount(first.amount, first.unit),
        counted=counted,
        version=first.version,
        line=first.line,
    )


def _skipped(first: Deadline, skipped: tuple[tuple[date, str], ...], line: Recorded, s: Speaker) -> list[str]:
    if first.unit in WALL_CLOCK:
        return [s.say("没有跳过的日子。", "No day is skipped.")]
    if not skipped:
        return [s.say("其间没有休息日，没有跳过的日子。", "No day off lies in between: none is skipped.")]
    year = line.occurred_at.astimezone(s.zone).year
    return [
        s.say(
            "{day}不计：{reason}。",
            "{day} does not count: {reason}.",
            day=s.day(day, year),
            reason=s.word(reason, "off"),
        )
        for day, reason in skipped
    ]


def _changed(line: Recorded, deadline: Deadline, s: Speaker) -> str:
    when, due = at(line.occurred_at, line, s), at(deadline.due, line, s)
    who = s.person(line.actor)
    match line.fact:
        case f.ExtensionGranted(working_days=days):
            return s.say(
                "{when} {who}同意延期 {days}：期限改为 {due}。",
                "{when}: {who} granted {days} more; the deadline became {due}.",
                when=when,
                who=who,
                days=s.amount(days, "working_days"),
                due=due,
            )
        case f.DeadlineRederived():
            return s.say(
                "{when} {who}按时限规则 {v}、工作日历 {c} 重算：期限改为 {due}。",
                "{when}: {who} derived it again under rules {v}, calendar {c}; the deadline became {due}.",
                when=when,
                who=who,
                v=deadline.version,
                c=deadline.calendar,
                due=due,
            )
    return s.say(
        "{when} 再次派单：期限为 {due}。", "{when}: dispatched again; due {due}.", when=when, due=due
    )


def _declines(course: Course, line: Recorded, s: Speaker) -> list[str]:
    if course.clock != "resolution":
        return []
    if not course.declines:
        return [s.say("没有退过单。", "Nobody declined it.")]
    return [
        s.say(
            "{when} {u}退单；时限不停。",
            "{when}: {u} declined it; the clock ran on.",
            when=at(each.occurred_at, line, s),
            u=s.unit(fact.unit),
        )
        for each, fact in course.declines
    ]
