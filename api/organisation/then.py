"""The organisation as it was: who might act where, by the facts of its own stream."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from api.answers import page
from api.organisation.told import paged, uncoded
from api.registers_then import read_cursor, write_cursor
from api.then import Then, lines_then
from domain.messages import Actor
from domain.organisation import INITIAL, STREAM, HeldGrant, Organisation, evolve, within
from engine.engine import Engine
from projections.case import moment

T = TypeVar("T")
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


def listed(
    engine: Engine,
    then: Then | None,
    cursor: str | None,
    limit: int,
    picked: Callable[[Organisation, datetime], Sequence[T]],
    key: Callable[[T], str],
    shown: Callable[[T, Organisation, datetime], dict[str, Any]],
) -> dict[str, Any]:
    """A page of what the organisation holds, now or then: `picked` sorted by `key`. All pages of then are of
    the first one's moment. Problem 422 for a cursor of another list."""
    of, after = then, cursor
    if of is not None and cursor:
        of, after = read_cursor(engine, cursor)
        uncoded(after)
    known, now = (engine.desk.stage().organisation, engine.clock()) if of is None else world_of(engine, of)
    items, next = paged(picked(known, now), key, after, limit)
    if of is not None:
        next = next and write_cursor(of, next)
    return page([shown(each, known, now) for each in items], next, **(of.plain() if of else {}))


def held_under(
    engine: Engine, known: Organisation, caller: Actor, under: str, person: str
) -> Iterable[HeldGrant]:
    """The grants of a node, as far as the caller administers it: of today, or as they were (`known`)."""
    if not within(under, caller.scope) and not within(caller.scope, under):
        return ()
    place = max(under, caller.scope, key=len)
    today = engine.desk.stage().organisation
    if person:
        held = (g for g in known.all_grants_of(person) if within(known.place_of(g.role, g.scope), place))
    else:
        held = (g for g in known.grants_under(place))
    return (g for g in held if within(today.place_of(g.role, g.scope), caller.scope))
