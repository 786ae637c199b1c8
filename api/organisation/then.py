"""The organisation as it was: who might act where, by the facts of its own stream."""

from collections.abc import Iterable
from datetime import datetime

from api.then import Then, lines_then
from domain.messages import Actor
from domain.organisation import INITIAL, STREAM, HeldGrant, Organisation, evolve, within
from engine.engine import Engine
from projections.case import moment

World = tuple[Organisation, datetime]
"""An organisation, and the moment it is asked about."""


def world_of(engine: Engine, then: Then) -> World:
    return organisation_then(engine, then), moment(then.as_of)


def organisation_then(engine: Engine, then: Then) -> Organisation:
    """Folded from the first fact on; a deployment has some thousands of them."""
    state = INITIAL
    for line in lines_then(engine, STREAM, then):
        state = evolve(state, line.fact, line.envelope)  # type: ignore[arg-type]
    return state


def held_under(
    engine: Engine, caller: Actor, under: str, person: str, then: Then | None
) -> Iterable[HeldGrant]:
    """The grants of a node, as far as the caller administers it: now, or as they were."""
    if not within(under, caller.scope) and not within(caller.scope, under):
        return ()
    place = max(under, caller.scope, key=len)
    today = engine.desk.stage().organisation
    known = today if then is None else organisation_then(engine, then)
    if person:
        held = (g for g in known.all_grants_of(person) if within(known.place_of(g.role, g.scope), place))
    else:
        held = (g for g in known.grants_under(place))
    return (g for g in held if within(today.place_of(g.role, g.scope), caller.scope))
