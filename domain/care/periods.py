"""The due periods of a plan: which one a visit keeps, when one is missed, and what runs then.

The day decides, never the hour: a period ends with a local day of the deployment, and a visit belongs to the
local day it was made on, whenever it is entered.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from domain.bounds import names, one_of, said_if, whole
from domain.care.commands import NoticeMissed, RecordVisit
from domain.care.facts import CareVisitMissed, CareVisitRecorded
from domain.care.state import Active, Closed, Period, Plan
from domain.deciding import local_day
from domain.messages import Dated
from domain.refusals import Refused
from domain.scene import Scene

MODES = ("in_person", "online")
CONDITIONS = ("unchecked", "ok", "fault")
"""Of water and electricity at home."""

NOTE = 2000
AT_ONCE = 366
"""Misses the watch records in one save."""

Facts = tuple[CareVisitMissed | CareVisitRecorded | Dated, ...]


def later(day: date, days: int) -> date:
    return day + timedelta(days=days)


def end_of(day: date, scene: Scene) -> datetime:
    """The last microsecond of the deployment's day, in UTC: what is due by then is on time."""
    midnight = datetime.combine(later(day, 1), time.min, scene.organisation.zone)
    return midnight.astimezone(UTC) - timedelta(microseconds=1)


def due_after_change(plan: Plan, days: int, scene: Scene) -> date:
    """When the running period ends under a new cadence."""
    running = plan.running
    if days < plan.cadence_days:
        return min(running.until, later(local_day(scene), days))
    return max(running.until, later(running.after, days))


# ------------------------------------------------------------------ missed


def notice_missed(command: NoticeMissed, state: Active, scene: Scene) -> Facts:
    """Every period whose end, and the grace after it, has passed."""
    grace = scene.books.care(scene.now).grace
    plan, found = state.plan, list[Dated]()
    if scene.now <= plan.next_by:
        return ()
    while end_of(plan.running.until, scene) + grace < scene.now and len(found) < AT_ONCE:
        told, plan = _missed(plan, scene)
        found.append(told)
    return tuple(found)


def caught_up(plan: Plan, day: date, scene: Scene) -> tuple[Facts, Plan]:
    """The periods that were over when the day began, which nobody has recorded yet, and the plan after it."""
    found: list[Dated] = []
    while plan.running.until < day:
        told, plan = _missed(plan, scene)
        found.append(told)
    return tuple(found), plan


def _missed(plan: Plan, scene: Scene) -> tuple[Dated, Plan]:
    due, follows = plan.running.until, later(plan.running.until, plan.cadence_days)
    end = end_of(follows, scene)
    fact = CareVisitMissed(
        household=plan.household,
        grid=plan.grid,
        risk=plan.risk,
        cadence_days=plan.cadence_days,
        worker=plan.worker,
        due_on=due,
        due=end_of(due, scene),
        next_on=follows,
        next_due=end,
        next_by=end + scene.books.care(scene.now).grace,
    )
    missed = (*plan.missed, replace(plan.running, worker=plan.worker))
    after = replace(plan, missed=missed, running=Period(due, follows))
    return Dated(fact, fact.due), after


# ------------------------------------------------------------------ visited


def record_visit(command: RecordVisit, state: Active | Closed, scene: Scene) -> Facts:
    """Periods that were over by then are missed first; a late entry mends the one its day lies in."""
    plan, day = state.plan, local_day(scene, scene.occurred_at)
    one_of("mode", command.mode, MODES)
    for field in ("water", "electricity"):
        one_of(field, getattr(command, field), CONDITIONS)
    if command.minutes is not None:
        whole("minutes", command.minutes, 0, 1_440)
    if day < plan.opened_on:
        raise Refused(
            "care.before-opening",
            f"the plan was opened on {plan.opened_on}, the visit was on {day}",
            opened_on=plan.opened_on.isoformat(),
            on=day.isoformat(),
        )
    before: Facts = ()
    if isinstance(state, Active):
        before, plan = caught_up(plan, day, scene)
    elif day > local_day(scene, state.closed_at):
        raise Refused("care.after-closing", "the plan was closed before that day", on=day.isoformat())
    return (*before, _visit(command, plan, day, scene, runs=isinstance(state, Active)))


def _visit(command: RecordVisit, plan: Plan, day: date, scene: Scene, *, runs: bool) -> CareVisitRecorded:
    care = scene.books.care(scene.occurred_at)
    counts = command.met and (command.mode == "in_person" or care.online)
    mends = next((each for each in plan.missed if each.holds(day)), None) if counts else None
    kept = counts and (mends is not None or plan.running.holds(day))
    due = (mends or plan.running).until
    follows = _follows(plan, day, mends) if kept and runs else None
    end = None if follows is None else end_of(follows, scene)
    subject = plan.subject
    return CareVisitRecorded(
        household=plan.household,
        grid=plan.grid,
        risk=plan.risk,
        cadence_days=plan.cadence_days,
        worker=plan.worker,
        visited_on=day,
        due_on=due,
        due=end_of(due, scene),
        kept=kept,
        mended=mends is not None,
        next_on=follows,
        next_due=end,
        next_by=None if end is None else end + care.grace,
        mode=command.mode,
        met=command.met,
        minutes=command.minutes,
        chat=command.chat,
        water=command.water,
        electricity=command.electricity,
        health=said_if(subject, "health", command.health, NOTE),
        safety=said_if(subject, "safety", command.safety, NOTE),
        wishes=said_if(subject, "wishes", command.wishes, NOTE),
        complaints=names("complaints", command.complaints),
    )


def _follows(plan: Plan, day: date, mends: Period | None) -> date | None:
    """When the next visit is due after one on that day; None where what runs stays as it was told: a later
    day has kept or missed a period already, or the cadence got shorter since."""
    if mends is None:
        return later(day, plan.cadence_days)
    follows = later(day, plan.cadence_days)
    newer = plan.last_on is not None and plan.last_on > day
    if newer or follows <= mends.until or any(each.until > mends.until for each in plan.missed):
        return None
    return min(follows, plan.running.until)
