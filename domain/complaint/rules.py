"""What the decisions of several subjects have in common: bounds, time, and for whom somebody acts."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from domain.complaint.commands import ReadingTaken
from domain.complaint.facts import Fact, Reading
from domain.complaint.state import Case, Registered
from domain.deadlines import Deadline
from domain.messages import Dated, Sealed, clear
from domain.refusals import Refused
from domain.rule_books import TRACKS, Category
from domain.scene import Scene, precedes

Facts = tuple[Fact | Dated, ...]

TEXT = 4000
"""Characters of a free text (the Open311 bound too)."""

NAME = 200
"""Characters of a name, an id, a list's entry."""

ITEMS = 50
"""Entries of any list."""

AHEAD = timedelta(minutes=5)
"""How far a device's clock may run ahead of the engine's."""

EVIDENCE = re.compile(r"[0-9a-f]{64}")

# ------------------------------------------------------------------ bounds


def text(field: str, value: str, most: int = TEXT, *, least: int = 1) -> str:
    """The text, if it has from `least` to `most` characters (blank counts as empty)."""
    if not least <= len(value.strip()) or len(value) > most:
        raise Refused(
            "text.length",
            f"{field} must have from {least} to {most} characters",
            field=field,
            least=least,
            most=most,
            length=len(value),
        )
    return value


def said(subject: str, field: str, value: str, most: int = TEXT) -> Sealed:
    """A text that must be given, about `subject`."""
    return clear(subject, text(field, value, most))


def said_if(subject: str, field: str, value: str, most: int = TEXT) -> Sealed | None:
    """A text that may be left out."""
    return said(subject, field, value, most) if value.strip() else None


def items(field: str, values: Sequence[object], *, least: int = 0, most: int = ITEMS) -> None:
    if not least <= len(values) <= most:
        raise Refused(
            "list.length",
            f"{field} must have from {least} to {most} entries",
            field=field,
            least=least,
            most=most,
            length=len(values),
        )


def one_of(field: str, value: str, known: Sequence[str]) -> str:
    if value not in known:
        raise Refused(
            "value.unknown",
            f"{field} cannot be {value!r}",
            help=f"{field}: {', '.join(known)}",
            field=field,
            value=value,
            known=tuple(known),
        )
    return value


def evidence(field: str, ids: tuple[str, ...], *, least: int = 0) -> tuple[str, ...]:
    """Ids of stored evidence: SHA-256 in 64 lowercase hexadecimal digits."""
    items(field, ids, least=least)
    for each in ids:
        if not EVIDENCE.fullmatch(each):
            raise Refused(
                "evidence.id", f"{each!r} is not the id of stored evidence", field=field, value=each
            )
    return ids


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
    return since(case.milestone_at, scene, at)


def since(earliest: datetime, scene: Scene, at: datetime | None = None) -> datetime:
    """When it occurred, if not before what it speaks of: statements and attempts are no milestones."""
    moment = scene.occurred_at if at is None else at
    if precedes(moment, earliest):
        raise _out_of_order(moment, earliest)
    return moment


def not_ahead(field: str, moment: datetime, scene: Scene) -> None:
    if moment > scene.now + AHEAD:
        raise Refused(
            "moment.in-the-future",
            f"{field} lies in the future",
            field=field,
            told=moment,
            now=scene.now,
        )


def _out_of_order(told: datetime, earliest: datetime) -> Refused:
    return Refused(
        "moment.out-of-order",
        f"{told.isoformat()} is before {earliest.isoformat()}, when the step before it happened",
        help=f"occurred_at not before {earliest.isoformat()}",
        told=told,
        earliest=earliest,
    )


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
