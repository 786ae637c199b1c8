"""What happens to the cases of the demo: a story is told act by act, and looks at the case before each.

A story knows the promise it is to keep or break from the case itself, so its times follow the rule books.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from domain.calendar import WorkingCalendar
from domain.complaint.clocks import running
from domain.complaint.commands import (
    AttachEvidence,
    ChangeTrack,
    DecideExtension,
    Decline,
    Dispatch,
    DutyAsked,
    HoldSession,
    NoteProgress,
    Redact,
    ReportResolution,
    RequestExtension,
    Respond,
    Supervise,
    Urge,
)
from domain.complaint.state import Case
from domain.deadlines import Deadline
from domain.messages import Actor
from domain.steps import Step
from scripts.demo import texts
from scripts.demo.past import COMPLAINT, Act, Past, Story
from scripts.demo.people import DISPATCHER, STREET_OFFICER, Home, Neighbour, crew, grid_members
from scripts.demo.texts import Matter

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Fate:
    """What goes wrong, and what is unusual, in the first round of a case. Later rounds go well."""

    name: str = "plain"
    rounds: int = 1
    """How many rounds it takes until somebody is content."""


@dataclass(slots=True)
class Telling:
    """One case being told: its chance, its clock, its words."""

    past: Past
    stream: str
    chance: Random
    calendar: WorkingCalendar
    matter: Matter
    home: Home
    now: datetime
    photos: tuple[str, ...]
    reporter: Neighbour | None = None
    resident: Actor | None = None
    """Who urges, rates and reopens: the reporter, signed in."""

    @property
    def fast(self) -> bool:
        """Whether its clocks run by the wall clock: heating, water, emergencies."""
        return self.case.urgency == "emergency" or self.case.category in ("heating", "water")

    @property
    def case(self) -> Case:
        case: Case = self.past.state(self.stream).case
        return case

    def at(self, moment: datetime) -> datetime:
        """Move on to the moment, or a little past the last one if that lies behind."""
        earliest = self.now + self.chance.randint(60, 900) * timedelta(seconds=1)
        self.now = max(moment, earliest).replace(microsecond=0)
        return self.now

    def act(self, moment: datetime, actor: Actor, command: object) -> Act:
        return Act(self.at(moment), actor, (Step(COMPLAINT, self.stream, command),))

    def order(self, actor: Actor, command: object) -> Act:
        """An act at the moment the telling has come to."""
        return Act(self.now, actor, (Step(COMPLAINT, self.stream, command),))

    def say(self, text: str) -> str:
        return self.home.fill(text)

    def within(self, deadline: Deadline, low: float, high: float) -> datetime:
        """A moment when between `low` and `high` of the clock's own time is gone."""
        share = self.chance.uniform(low, high)
        return self.calendar.share(deadline.start, deadline.due, deadline.unit, share)

    def after(self, deadline: Deadline, hours: tuple[int, int]) -> datetime:
        """A moment in working time so many working hours after the deadline."""
        return self.calendar.add(deadline.due, self.chance.randint(*hours), "working_hours") - MINUTE * 7

    def neglected(self, deadline: Deadline | None) -> datetime:
        """When somebody at last takes up what was left lying: a working day or two after it was due, and
        three days at most. What fell due lately is still overdue when the past ends."""
        due = self.now if deadline is None else deadline.due
        later = self.calendar.add(due, self.chance.randint(10, 15), "working_hours")
        return min(max(later, due + DAY), due + 3 * DAY)

    def working(self, hours: int) -> datetime:
        """So many working hours on; a fast case does not wait for the morning."""
        if self.fast:
            return self.now + self.chance.randint(15, 40) * hours * MINUTE
        return self.calendar.add(self.now, hours, "working_hours") - MINUTE * self.chance.randint(1, 50)


# ------------------------------------------------------------------ from receiving to the report


def handled(t: Telling, fate: Fate) -> Story:
    """Dispatch, answers of the units, work, and the report of one round; the case waits for dispatch now."""
    steps = (
        ("stalled before dispatch", "dispatch", _dispatched),
        ("stalled before response", "response", _responded),
        ("", "", _worked),
        ("stalled in handling", "resolution", _reported),
    )
    for stall, clock, step in steps:
        if fate.name == stall:
            t.at(t.neglected(running(t.past.state(t.stream), clock)))
        yield from step(t, fate)


def _lead(t: Telling) -> str:
    return t.matter.lead or t.case.grid


def _dispatched(t: Telling, fate: Fate) -> Story:
    clock = t.case.round.dispatch
    assert clock is not None
    if fate.name == "dispatched late":
        when = t.after(clock, (1, 9))
    else:
        when = t.now + t.chance.randint(4, 25) * MINUTE if t.fast else t.within(clock, 0.05, 0.7)
    assisting = _assisting(t) if t.chance.random() < 0.22 and not t.fast else ()
    yield t.act(when, DISPATCHER, Dispatch(_lead(t), assisting))
    declines = {"declined": 1, "declined twice": 2}.get(fate.name, 0)
    lead = _lead(t)
    for n in range(declines):
        reason = t.chance.choice(texts.DECLINES)
        yield t.act(t.working(t.chance.randint(1, 3)), crew(lead), Decline(reason))
        if n == 0 and declines == 1:
            lead = "housing-bureau" if lead != "housing-bureau" else "street-office"
        if n + 1 < declines or declines == 1:
            yield t.act(t.working(t.chance.randint(1, 2)), DISPATCHER, Dispatch(lead))
    if declines == 2:
        yield t.act(t.working(t.chance.randint(2, 5)), DISPATCHER, _session(t, lead))


def _assisting(t: Telling) -> tuple[str, ...]:
    others = [unit for unit in ("property-co", "street-office", "housing-bureau") if unit != _lead(t)]
    return tuple(t.chance.sample(others, 1))


def _session(t: Telling, lead: str) -> HoldSession:
    unit = t.past.stage.organisation.unit(lead)
    said = t.chance.choice(texts.SESSIONS).format(lead=unit.name if unit else lead)
    helper = "street-office" if lead != "street-office" else "property-co"
    duties = (
        DutyAsked(lead, "牵头整改并每两天通报", None),
        DutyAsked(helper, "现场配合，提供图纸资料", None),
    )
    return HoldSession(
        (DISPATCHER.person, STREET_OFFICER.person, lead, helper), said, STREET_OFFICER.person, duties, lead
    )


def _responded(t: Telling, fate: Fate) -> Story:
    this = t.case.round
    start = t.now
    moments = []
    for task in this.tasks:
        assert task.response is not None
        t.now = start
        slow = fate.name == "responded late" and (task.lead or t.chance.random() < 0.5)
        when = t.after(task.response, (1, 5)) if slow else t.within(task.response, 0.1, 0.85)
        moments.append((t.at(when), task.unit))
    t.now = start
    for when, unit in sorted(moments):
        yield t.act(
            when, crew(unit), Respond(unit, "已联系居民，约定上门时间。" if unit == this.lead else "")
        )


def _worked(t: Telling, fate: Fate) -> Story:
    """Progress, photographs, urging, an extension: what happens between report-in and report."""
    case = t.case
    deadline = case.round.resolution
    assert deadline is not None
    lead = crew(case.round.lead)
    if t.chance.random() < 0.75:
        yield t.act(_soon(t, deadline), lead, NoteProgress(t.say(t.matter.done), t.chance.random() < 0.6))
    if t.chance.random() < 0.3:
        yield t.act(t.now + 5 * MINUTE, lead, AttachEvidence((t.chance.choice(t.photos),), t.now))
    if fate.name in ("extended", "extension refused", "extended twice") and not t.fast:
        yield from _extended(t, fate, deadline, lead)
    if t.resident is not None and t.chance.random() < (0.5 if fate.name == "late" else 0.06):
        yield t.act(t.now + 2 * HOUR, t.resident, Urge(t.chance.choice(texts.URGES)))
    if case.category == "noise" and not case.escalated and t.chance.random() < 0.15:
        yield t.act(t.now + HOUR, DISPATCHER, ChangeTrack("mediation", "双方各执一词，转入调解。"))
    if fate.name == "supervised":
        words = "群众反映强烈，请两日内报送进展。"
        yield t.act(t.now + HOUR, STREET_OFFICER, Supervise("street", words))
        yield from _named_a_neighbour(t, lead)


def _named_a_neighbour(t: Telling, lead: Actor) -> Story:
    """The crew writes down what everybody who follows the case would read; the dispatcher covers the name."""
    said, instead = texts.COVERED
    noted = yield t.act(t.now + HOUR, lead, NoteProgress(t.say(said), True))
    cover = Redact(noted[0].version, "text", "记录中写了邻居的姓名和房号。", instead)
    yield t.act(t.now + 20 * MINUTE, DISPATCHER, cover)


def _soon(t: Telling, deadline: Deadline) -> datetime:
    return t.now + (deadline.due - t.now) * t.chance.uniform(0.05, 0.3)


def _extended(t: Telling, fate: Fate, deadline: Deadline, lead: Actor) -> Story:
    for _ in range(2 if fate.name == "extended twice" else 1):
        in_force = t.case.round.resolution or deadline
        until = t.calendar.add(in_force.due, t.chance.randint(2, 4), "working_days")
        ask = RequestExtension(until, t.chance.choice(texts.EXTENSIONS))
        yield t.act(t.now + (in_force.due - t.now) * 0.4, lead, ask)
        asked = t.case.round.asked
        assert asked is not None
        grant = fate.name != "extension refused"
        reason = "" if grant else t.chance.choice(texts.EXTENSION_REFUSALS)
        decision = DecideExtension(asked.extension, grant, None, reason)
        yield t.act(t.now + (in_force.due - t.now) * 0.3, DISPATCHER, decision)


def _reported(t: Telling, fate: Fate) -> Story:
    case = t.case
    deadline = case.round.resolution
    assert deadline is not None
    when = t.after(deadline, (2, 30)) if fate.name == "late" else t.within(deadline, 0.35, 0.95)
    share = t.chance.random()
    result = "explained" if case.category == "consultation" else "solved" if share < 0.86 else "partly"
    evidence = (t.chance.choice(t.photos),) if t.chance.random() < 0.4 else ()
    yield t.act(when, crew(case.round.lead), ReportResolution(result, t.say(t.matter.answer), evidence))


def visitors(t: Telling) -> tuple[Actor, ...]:
    """The grid's members who may follow this round up: those who did not act in it."""
    return tuple(m for m in grid_members(t.case.grid) if m.person not in t.case.round.handlers)
