"""Who may know of a place, a grant, a person. What one may not know of is not found.

An administrator knows the people of his place: who lives there, who serves there, and who has neither home
nor office yet. Who works in a place knows of its people; everybody of himself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api import problems
from api.sight import everywhere
from domain.messages import Actor
from domain.organisation import Organisation, within
from domain.people import READERS, stream_of
from domain.refusals import Refused
from engine.engine import Engine
from engine.read import AnyOf, Condition, Filter
from projections.people.register import Person, fold


@dataclass(frozen=True, slots=True)
class Known:
    """A person as he stands, and the places he serves in ("" the whole deployment)."""

    person: Person
    places: tuple[str, ...]


def find(engine: Engine, id: str) -> Person | None:
    """As he stands in his own facts, never behind; None for nobody."""
    found: Person | None = None
    for line in engine.log.stream(stream_of(id)):
        found = fold(found, line)
    return found


def places_of(engine: Engine, id: str) -> tuple[str, ...]:
    return engine.desk.stage().organisation.places_of(id, engine.clock())


def sees(actor: Actor, person: Person, places: tuple[str, ...]) -> bool:
    if everywhere(actor) or actor.person == person.id:
        return True
    bound = ((person.home,) if person.home else ()) + places
    if actor.role == "admin":
        return not bound or any(within(place, actor.scope) for place in bound if place)
    near = any(within(place, actor.scope) for place in bound if place)
    return actor.role in READERS and bool(actor.scope) and near and person.enrolled


def must_person(engine: Engine, actor: Actor, id: str) -> Known:
    """Problem 404 if there is nobody of that id, or the caller may not know of him."""
    found = find(engine, id)
    if found is None:
        raise problems.not_found()
    known = Known(found, places_of(engine, id))
    if not sees(actor, found, known.places):
        raise problems.not_found()
    return known


def must_be_enrolled(engine: Engine, actor: Actor, ids: list[str]) -> None:
    """Refused for a body that names somebody who is not entered, was erased, or is unknown to the caller."""
    for id in dict.fromkeys(ids):
        found = find(engine, id)
        if found is None or not found.enrolled or not sees(actor, found, places_of(engine, id)):
            raise Refused(
                "person.unknown", f"nobody of the id {id!r} is enrolled", help="POST /api/v1/people"
            )
        if found.erased:
            raise Refused("person.erased", f"{id} was erased", help="nothing can be said about him")


def sees_place(actor: Actor, path: str, organisation: Organisation) -> bool:
    """A node of his scope, or one above it; a unit is called to any place."""
    if everywhere(actor):
        return True
    if actor.role == "unit":
        return organisation.unit(actor.scope) is not None
    return bool(actor.scope) and (within(path, actor.scope) or within(actor.scope, path))


# ------------------------------------------------------------------ lists


def wanted(known: Organisation, now: datetime, actor: Actor, under: str, role: str) -> Sequence[Condition]:
    """What the list is narrowed to; the people who serve are asked of the organisation."""
    where: list[Condition] = [Filter("enrolled", "=", 1)]
    if role:
        where.append(Filter("id", "in", serving(known, now, under, role)))
    elif under:
        lives = [Filter("home", "under", under)] if actor.role == "admin" else []
        where.append(AnyOf((*lives, Filter("id", "in", serving(known, now, under)))))
    return where


def seen(known: Organisation, now: datetime, actor: Actor) -> Sequence[Condition]:
    """The same as `sees`, for a list."""
    if everywhere(actor):
        return ()
    mine: list[Condition] = [Filter("id", "in", serving(known, now, actor.scope))]
    if actor.role == "admin":
        mine.append(Filter("home", "under", actor.scope))
    return (AnyOf(mine if actor.scope else ()),)


def serving(known: Organisation, now: datetime, scope: str, role: str = "") -> list[str]:
    """Who may act now, or holds a post, within the scope."""
    found = {
        grant.person
        for grant in known.grants_under(scope)
        if grant.holds(now) and (not role or grant.role == role)
    }
    if not role:
        found |= {
            held.person
            for held in known.tenures.values()
            if held.left_at is None and within(held.place, scope)
        }
    return sorted(found)
