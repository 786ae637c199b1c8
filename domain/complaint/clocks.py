"""Pushing: by people, and by the watch when a clock's time runs out.

What the watch notices is decided again here, so noticing twice, or too late, records nothing.
"""

from dataclasses import replace
from datetime import datetime

from domain.bounds import one_of, said, said_if
from domain.calendar import WALL_CLOCK, WorkingCalendar
from domain.complaint.commands import NoticeOverdue, NoticeWarning, Rederive, Supervise, Urge
from domain.complaint.facts import (
    ComplaintUrged,
    DeadlineRederived,
    DispatchOverdue,
    Fact,
    FollowUpOverdue,
    ResolutionOverdue,
    ResponseOverdue,
    SupervisionRaised,
)
from domain.complaint.rules import Facts, category_of
from domain.complaint.state import (
    OPEN,
    AwaitingDispatch,
    AwaitingFollowUp,
    AwaitingResponse,
    BeingHandled,
    Case,
    Noticed,
    Open,
    State,
)
from domain.deadlines import Deadline
from domain.deciding import in_order
from domain.messages import Dated
from domain.refusals import Refused
from domain.rule_books import Category, DeadlineRules
from domain.scene import Scene

CLOCKS = ("dispatch", "response", "resolution", "follow_up")
LEVELS = ("community", "street")


def running(state: State, clock: str, unit: str = "") -> Deadline | None:
    """The deadline of a clock that runs now; None if it has been stopped, or was never started."""
    if not isinstance(state, OPEN):
        return None
    this = state.case.round
    match clock:
        case "dispatch":
            runs = isinstance(state, AwaitingDispatch) and not this.dispatched
        case "response":
            waiting = isinstance(state, AwaitingResponse | BeingHandled)
            runs = waiting and this.responded_at(unit or this.lead) is None
        case "resolution":
            runs = not isinstance(state, AwaitingFollowUp)
        case "follow_up":
            runs = isinstance(state, AwaitingFollowUp) and not this.answers
        case _:
            runs = False
    return this.deadline(clock, unit) if runs else None


# ------------------------------------------------------------------ people


def urge(command: Urge, state: Open, scene: Scene) -> Facts:
    """催办."""
    in_order(state.case.registered_at, scene)
    words = said_if(state.case.subject(scene.stream), "text", command.text)
    return (ComplaintUrged(automatic=False, clock="", unit="", text=words),)


def supervise(command: Supervise, state: Open, scene: Scene) -> Facts:
    """督办."""
    in_order(state.case.registered_at, scene)
    one_of("level", command.level, LEVELS)
    words = said(state.case.subject(scene.stream), "text", command.text)
    return (SupervisionRaised(command.level, automatic=False, clock="", text=words),)


# ------------------------------------------------------------------ the watch


def _noticed(command: NoticeWarning | NoticeOverdue, state: State) -> tuple[Deadline, Noticed] | None:
    """The deadline the watch speaks of, if it still runs in a case that lives."""
    deadline = running(state, command.clock, command.unit)
    if (
        deadline is None
        or deadline.due != command.due
        or not isinstance(state, OPEN)
        or not state.case.living
    ):
        return None
    unit = (command.unit or state.case.round.lead) if command.clock == "response" else ""
    return deadline, Noticed(command.clock, unit, deadline.due)


def notice_warning(command: NoticeWarning, state: State, scene: Scene) -> Facts:
    """Urges once per clock and deadline, when 80 % of its own time is gone and it has not passed."""
    found = _noticed(command, state)
    if found is None or not isinstance(state, OPEN):
        return ()
    deadline, noticed = found
    if noticed in state.case.round.warned or not deadline.warn_at <= scene.now <= deadline.due:
        return ()
    return (ComplaintUrged(automatic=True, clock=noticed.clock, unit=noticed.unit, text=None),)


def notice_overdue(command: NoticeOverdue, state: State, scene: Scene) -> Facts:
    """Once, with the time it became true. Raises supervision: to the community at a round's first breach,
    to the street afterwards. Exactly at the deadline is in time."""
    found = _noticed(command, state)
    if found is None or not isinstance(state, OPEN):
        return ()
    deadline, noticed = found
    this = state.case.round
    if noticed in this.overdue or scene.now <= deadline.due:
        return ()
    level = "street" if this.supervised else "community"
    return (
        Dated(_overdue(noticed), deadline.due),
        SupervisionRaised(level, automatic=True, clock=noticed.clock, text=None),
    )


def _overdue(noticed: Noticed) -> Fact:
    match noticed.clock:
        case "dispatch":
            return DispatchOverdue(noticed.due)
        case "response":
            return ResponseOverdue(noticed.unit, noticed.due)
        case "resolution":
            return ResolutionOverdue(noticed.due)
        case _:
            return FollowUpOverdue(noticed.due)


# ------------------------------------------------------------------ a deadline derived again


def rederive(command: Rederive, state: Open, scene: Scene) -> Facts:
    """Under the rules and the calendar now in force; the working days granted stay granted. A calendar
    published later moves no promise by itself: somebody says so, with the reason."""
    case = state.case
    in_order(case.registered_at, scene)
    one_of("clock", command.clock, CLOCKS)
    unit = (command.unit or case.round.lead) if command.clock == "response" else ""
    was = running(state, command.clock, unit)
    if was is None:
        raise Refused("rederive.not-running", f"no {command.clock} clock runs", clock=command.clock)
    rules, calendar = scene.books.deadlines(scene.now), scene.books.calendar(scene.now)
    deadline = derived(case, command.clock, unit, was.start, category_of(case, scene), rules, calendar)
    if command.clock == "resolution" and case.round.granted:
        days = sum(granted.working_days for granted in case.round.granted)
        due = calendar.add(deadline.due, days, "working_days") if days else max(deadline.due, was.due)
        measure = deadline.unit if deadline.unit in WALL_CLOCK else "working_days"
        deadline = replace(deadline, due=due, warn_at=rules.warn_at(was.start, due, measure, calendar))
    if deadline.due == was.due:
        raise Refused("rederive.unchanged", "the rules now in force promise the same", due=was.due)
    reason = said(case.subject(scene.stream), "reason", command.reason)
    return (DeadlineRederived(command.clock, unit, was.due, deadline, reason),)


def derived(
    case: Case,
    clock: str,
    unit: str,
    start: datetime,
    category: Category,
    rules: DeadlineRules,
    calendar: WorkingCalendar,
) -> Deadline:
    """A promise made again from its own start, under other rules or another calendar; without what was
    granted beyond it."""
    return rules.derive(
        clock,
        category=category,
        urgency=case.urgency,
        track=case.track,
        assisting=clock == "response" and unit != case.round.lead,
        start=start,
        calendar=calendar,
    )
