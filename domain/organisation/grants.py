"""Who may act where: given by somebody else, for a place he answers for, with a reason; never backwards."""

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.messages import Envelope
from domain.organisation.commands import Grant, LeavePost, RevokeGrant, TakePost
from domain.organisation.facts import Granted, GrantRevoked, PostLeft, PostTaken
from domain.organisation.rules import known, reaches, reason
from domain.organisation.state import POSTS, ROLES, HeldGrant, Organisation, Tenure
from domain.refusals import Refused

if TYPE_CHECKING:
    from domain.scene import Scene


def grant(command: Grant, state: Organisation, scene: "Scene") -> tuple[Granted, ...]:
    """Refused for his own rights, a scope that is none of the role's, or one beyond the giver's own."""
    known("role", command.role, ROLES)
    _scope_of_role(command, state)
    reaches(scene, command.scope if command.role != "unit" else "", "grant.beyond-scope")
    if command.person == scene.actor.person:
        raise Refused("grant.self", "nobody grants himself anything", help="ask another administrator")
    begins = command.from_at or scene.now
    if begins < scene.occurred_at and begins < scene.now:
        raise Refused("grant.backwards", "a grant begins now or later", from_at=begins)
    if command.until_at is not None and command.until_at <= begins:
        raise Refused("grant.ends-first", "a grant ends after it begins", until_at=command.until_at)
    for held in state.grants_of(command.person, begins):
        if (held.role, held.scope, held.until_at) == (command.role, command.scope, command.until_at):
            return ()
    id = f"g-{len(state.grants) + 1}"
    said = reason(command.reason)
    return (Granted(id, command.person, command.role, command.scope, begins, command.until_at, said),)


def _scope_of_role(command: Grant, state: Organisation) -> None:
    scope = command.scope
    if command.role == "unit":
        if state.unit(scope) is None:
            raise Refused("grant.unknown-unit", f"{scope!r} is no unit", scope=scope)
    elif command.role == "admin" and not scope:
        return
    elif state.grid(scope) is None:
        raise Refused("grant.unknown-place", f"{scope!r} is no node of the grid", scope=scope)


def revoke(command: RevokeGrant, state: Organisation, scene: "Scene") -> tuple[GrantRevoked, ...]:
    """Refused for the last administrator of the whole deployment: nobody could give a grant any more."""
    held = state.grants.get(command.grant)
    if held is None:
        raise Refused("grant.unknown", f"there is no grant {command.grant!r}", grant=command.grant)
    reaches(scene, held.scope if held.role != "unit" else "", "grant.beyond-scope")
    if held.revoked_at is not None:
        return ()
    if (held.role, held.scope) == ("admin", "") and state.holders("admin", "", scene.now) <= {held.person}:
        raise Refused(
            "grant.last-admin", "the last administrator stays one", help="grant another one the role first"
        )
    return (GrantRevoked(held.id, held.person, reason(command.reason)),)


def take_post(command: TakePost, state: Organisation, scene: "Scene") -> tuple[PostTaken, ...]:
    vocabulary = scene.books.posts(scene.now)
    known("post", command.post, (*POSTS, *vocabulary))
    if state.grid(command.place) is None:
        raise Refused("grant.unknown-place", f"{command.place!r} is no node of the grid", scope=command.place)
    reaches(scene, command.place, "grant.beyond-scope")
    for tenure in state.tenures.values():
        same = (tenure.person, tenure.post, tenure.place) == (command.person, command.post, command.place)
        if same and tenure.left_at is None:
            return ()
    return (PostTaken(f"t-{len(state.tenures) + 1}", command.person, command.post, command.place),)


def leave_post(command: LeavePost, state: Organisation, scene: "Scene") -> tuple[PostLeft, ...]:
    tenure = state.tenures.get(command.tenure)
    if tenure is None:
        raise Refused("post.unknown", f"nobody took the post {command.tenure!r}", tenure=command.tenure)
    reaches(scene, tenure.place, "grant.beyond-scope")
    if tenure.left_at is not None:
        return ()
    return (PostLeft(tenure.id, tenure.person, reason(command.reason)),)


# ------------------------------------------------------------------ evolve


def granted(state: Organisation, fact: Granted, envelope: Envelope) -> Organisation:
    held = HeldGrant(
        fact.grant, fact.person, fact.role, fact.scope, fact.from_at, fact.until_at, fact.reason,
        envelope.actor.person,
    )  # fmt: skip
    mine = (*state.by_person.get(fact.person, ()), fact.grant)
    here = (*state.by_scope.get(fact.scope, ()), fact.grant)
    return replace(
        state,
        grants={**state.grants, fact.grant: held},
        by_person={**state.by_person, fact.person: mine},
        by_scope={**state.by_scope, fact.scope: here},
    )


def revoked(state: Organisation, fact: GrantRevoked, envelope: Envelope) -> Organisation:
    ended = replace(state.grants[fact.grant], revoked_at=envelope.occurred_at)
    return replace(state, grants={**state.grants, fact.grant: ended})


def post_taken(state: Organisation, fact: PostTaken, envelope: Envelope) -> Organisation:
    tenure = Tenure(fact.tenure, fact.person, fact.post, fact.place, envelope.occurred_at)
    return replace(state, tenures={**state.tenures, fact.tenure: tenure})


def post_left(state: Organisation, fact: PostLeft, envelope: Envelope) -> Organisation:
    left = replace(state.tenures[fact.tenure], left_at=envelope.occurred_at)
    return replace(state, tenures={**state.tenures, fact.tenure: left})
