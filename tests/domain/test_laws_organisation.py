"""Laws of rights, over random walks of the real decider: whoever commands, in whatever order."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain import organisation
from domain.messages import Actor, Dated, Envelope
from domain.organisation import (
    Grant,
    Granted,
    GrantRevoked,
    LeavePost,
    Organisation,
    RevokeGrant,
    TakePost,
    within,
)
from domain.refusals import Refused
from domain.rule_books import Books
from domain.scene import Scene
from tests.domain.organisation_spec import GRID, HOUR, NOW, SL, SOUTH, granted
from tests.domain.organisation_spec import given as tree

PEOPLE = ("p-1", "p-2", "p-3", "p-4")
SCOPES = ("", "demo", "demo/north", SL, GRID, SOUTH, "heating-co", "demo/nowhere")
ROLES = ("admin", "dispatcher", "unit", "gridworker", "resident")


def acting(chance: Random, state: Organisation, now: datetime) -> Actor:
    """Somebody in a role he holds now; sometimes in none."""
    person = chance.choice(PEOPLE)
    held = state.grants_of(person, now)
    if not held or chance.random() < 0.1:
        return Actor(person, "resident", GRID)
    grant = chance.choice(held)
    return Actor(person, grant.role, grant.scope)


def command(chance: Random, state: Organisation, now: datetime) -> Any:
    match chance.randrange(6):
        case 0 | 1 | 2:
            until = now + chance.randint(-1, 9) * HOUR if chance.random() < 0.4 else None
            begins = now + chance.randint(-1, 3) * HOUR if chance.random() < 0.3 else None
            role, scope = chance.choice(ROLES), chance.choice(SCOPES)
            return Grant(chance.choice(PEOPLE), role, scope, "到岗", begins, until)
        case 3:
            return RevokeGrant(f"g-{chance.randint(1, len(state.grants) + 1)}", "离岗")
        case 4:
            return TakePost(chance.choice(PEOPLE), "liaison", chance.choice(SCOPES))
    return LeavePost(f"t-{chance.randint(1, len(state.tenures) + 1)}", "换届")


def may_give(state: Organisation, actor: Actor, role: str, scope: str, now: datetime) -> bool:
    """The rule said another way: one of his grants, in force now, makes him an administrator over it."""
    place = state.place_of(role, scope)
    mine = [held for held in state.grants_of(actor.person, now) if held.role == "admin"]
    return any(within(place, held.scope) for held in mine)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_rights_come_only_from_who_had_them_and_never_all_go(seed: int, length: int) -> None:
    chance, now = Random(seed), NOW
    state = tree(granted("g-1", "p-1", "admin", ""))
    for _ in range(length):
        now += timedelta(minutes=chance.randint(0, 90))
        actor, asked = acting(chance, state, now), command(chance, state, now)
        told = now + timedelta(minutes=chance.randint(-600, 5)) if chance.random() < 0.3 else now
        scene = Scene(now, told, actor, organisation.STREAM, Books(), state)
        try:
            facts = organisation.decide(asked, state, scene)
        except Refused:
            continue
        admins = state.holders("admin", "", now)
        for decided in facts:
            fact: Any = decided.fact if isinstance(decided, Dated) else decided
            at = decided.occurred_at if isinstance(decided, Dated) else told
            if isinstance(fact, Granted):
                assert may_give(state, actor, fact.role, fact.scope, now)
                assert fact.person != actor.person
                assert fact.from_at >= now == at
                assert fact.until_at is None or fact.until_at > fact.from_at
            if isinstance(fact, GrantRevoked):
                held = state.grants[fact.grant]
                assert may_give(state, actor, held.role, held.scope, now)
                assert at == now
            state = organisation.evolve(state, fact, Envelope(at, actor))
            if isinstance(fact, GrantRevoked):
                assert not state.grants[fact.grant].holds(now)
        assert not admins or state.holders("admin", "", now)
        again = Scene(now, told, actor, organisation.STREAM, Books(), state)
        if isinstance(asked, Grant | TakePost) and facts:
            assert organisation.decide(asked, state, again) == ()
