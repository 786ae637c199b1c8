"""What the decisions on a case have in common: its books, its time, for whom
somebody acts, what was measured."""

from datetime import datetime

from domain.bounds import NAME, items, text
from domain.complaint.commands import ReadingTaken
from domain.complaint.facts import Fact, Reading
from domain.complaint.state import Case, Registered
from domain.deadlines import Deadline
from domain.deciding import in_order
from domain.messages import Dated
from domain.refusals import Refused
from domain.rule_books import TRACKS, Category
from domain.scene import Scene

Facts = tuple[Fact | Dated, ...]

# ------------------------------------------------------------------ what the books and the organisation know


def category_in_force(code: str, at: datetime, scene: Scene) -> Category:
    found = scene.books.categories(at).get(code)
    if found is None:
        known = scene.books.categories(at).codes()
        raise Refused(
            "category.unknown",
            f"there is no category {code!r}",
            help=f"category: {', '.join(known)}",
            category=code,
        )
    return found


def category_of(case: Case, scene: Scene) -> Category:
    """The case's category as it was when the case was put into it: a later version changes no case."""
    version = scene.books.categories_of(case.category_version)
    return (version or scene.books.categories(scene.occurred_at)).of(case.category)


def check_unit(unit: str, scene: Scene) -> str:
    if scene.organisation.unit(unit) is None:
        raise Refused("unit.unknown", f"there is no unit {unit!r}", unit=unit)
    return unit


def check_track(track: str) -> str:
    if track not in TRACKS:
        help = f"track: {', '.join(TRACKS)}"
        raise Refused("track.unknown", f"there is no handling track {track!r}", help=help, track=track)
    return track


def derive(clock: str, case: Case, start: datetime, scene: Scene, *, assisting: bool = False) -> Deadline:
    """The promise for one clock, under the rules and the calendar in force when it starts."""
    return scene.books.deadlines(start).derive(
        clock,
        category=category_of(case, scene),
        urgency=case.urgency,
        track=case.track,
        assisting=assisting,
        start=start,
        calendar=scene.books.calendar(start),
    )


# ------------------------------------------------------------------ time


def follows(case: Case, scene: Scene, at: datetime | None = None) -> datetime:
    """When a milestone occurred, if it does not precede the latest one."""
    return in_order(case.milestone_at, scene, at)


def judged_at(scene: Scene, at: datetime | None = None) -> datetime:
    """By which moment a deadline is judged: when it happened, or, if told too late, when it was recorded."""
    moment = scene.occurred_at if at is None else at
    late = scene.now - moment > scene.books.settings(scene.now).late_entry
    return scene.now if late else moment


# ------------------------------------------------------------------ for whom somebody acts


def own_units(case: Case, scene: Scene) -> frozenset[str]:
    """The units of this dispatch the actor acts for: his scope; the street also leads every task force."""
    actor = scene.actor
    mine = {actor.scope} if actor.scope else set()
    if actor.role == "street" and case.track == "task_force" and case.round.lead:
        mine.add(case.round.lead)
    return frozenset(task.unit for task in case.round.tasks if task.unit in mine)


def acting_for(case: Case, scene: Scene, unit: str = "") -> str:
    """The unit the actor acts for: the one he names, if it is his own, else his own (the lead first)."""
    mine = own_units(case, scene)
    if not mine or (unit and unit not in mine):
        raise Refused(
            "actor.not-of-unit",
            f"you do not act for {unit or 'a unit of this dispatch'}",
            help=f"somebody of {', '.join(task.unit for task in case.round.tasks) or 'a dispatched unit'}",
            unit=unit,
            scope=scene.actor.scope,
        )
    if unit:
        return unit
    return case.round.lead if case.round.lead in mine else min(mine)


def of_a_dispatched_unit(state: Registered, scene: Scene) -> None:
    acting_for(state.case, scene)


def of_the_lead(state: Registered, scene: Scene) -> None:
    case = state.case
    if acting_for(case, scene) != case.round.lead:
        raise Refused(
            "actor.not-the-lead",
            f"only the lead ({case.round.lead}) may do this",
            help=f"somebody of {case.round.lead}",
            lead=case.round.lead,
        )


def his_own_case(state: Registered, scene: Scene) -> None:
    """A resident speaks for the cases he reported."""
    if scene.actor.role == "resident" and not state.case.reported_by(scene.actor.person):
        raise Refused("actor.not-reporter", "only somebody who reported this may do that")


# ------------------------------------------------------------------ readings


def readings(taken: tuple[ReadingTaken, ...], category: Category) -> tuple[Reading, ...]:
    """What was measured, with what the category requires of it. Bounds belong to the accepted range."""
    items("readings", taken)
    found = []
    for each in taken:
        text("readings.quantity", each.quantity, NAME)
        text("readings.unit", each.unit, NAME)
        if each.value - each.value != 0:  # not a number, or infinite
            raise Refused("reading.value", f"{each.quantity} has no finite value", quantity=each.quantity)
        asked = category.reading(each.quantity)
        if asked is not None and each.unit != asked.unit:
            raise Refused(
                "reading.unit",
                f"{each.quantity} is measured in {asked.unit}",
                quantity=each.quantity,
                unit=asked.unit,
            )
        in_range = None if asked is None else asked.accepts(each.value)
        if asked is not None and asked.min is None and asked.max is None:
            in_range = None
        found.append(Reading(each.quantity, each.value, each.unit, asked is not None, in_range))
    return tuple(found)
