"""Who may act where: given by somebody else, for a place he answers for, with a reason; never backwards."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.messages import Envelope
from domain.organisation import rules
from domain.organisation.commands import Grant, LeavePost, RevokeGrant, TakePost
from domain.organisation.facts import Granted, GrantRevoked, PostLeft, PostTaken
from domain.organisation.spread import put
from domain.organisation.state import POSTS, ROLES, HeldGrant, Organisation, Tenure
from domain.refusals import Refused

if TYPE_CHECKING:
    from domain.scene import Scene

MOST_GRANTS, MOST_POSTS = 50, 50
"""Grants not yet over, and posts held, by one person."""
ON_THE_WAY = timedelta(minutes=5)
"""A beginning this long past is now: the form was filled in a moment ago."""


def grant(command: Grant, state: Organisation, scene: "Scene") -> tuple[Granted, ...]:
    """Refused for his own rights, a scope that is none of the role's, or one beyond the giver's own."""
    rules.person(command.person)
    rules.known("role", command.role, ROLES)
    _scope_of_role(command, state)
    rules.reaches(scene, state.place_of(command.role, command.scope))
    if command.person == scene.actor.person:
        raise Refused("grant.self", "nobody grants himself anything", help="ask another administrator")
    begins = _beginning(command.from_at, scene.now)
    if command.until_at is not None and command.until_at <= begins:
        raise Refused("grant.ends-first", "a grant ends after it begins", until_at=command.until_at)
    standing = [held for held in state.all_grants_of(command.person) if not held.ended(scene.now)]
    if any(_covers(held, command, begins) for held in standing):
        return ()
    if len(standing) >= MOST_GRANTS:
        raise Refused("grant.too-many", f"one person has at most {MOST_GRANTS} grants", most=MOST_GRANTS)
    id = f"g-{len(state.grants) + 1}"
    said = rules.reason(command.reason)
    return (Granted(id, command.person, command.role, command.scope, begins, command.until_at, said),)


def _beginning(asked: datetime | None, now: datetime) -> datetime:
    """Permissions go by the engine's clock, whenever the order says it was given."""
    if asked is None or now - ON_THE_WAY <= asked < now:
        return now
    if asked < now:
        raise Refused("grant.backwards", "a grant begins now or later", from_at=asked)
    return asked


def _covers(held: HeldGrant, command: Grant, begins: datetime) -> bool:
    """Whether it lets him do all that is asked for, from its beginning to its end."""
    same = (held.role, held.scope) == (command.role, command.scope)
    longer = held.until_at is None or (command.until_at is not None and command.until_at <= held.until_at)
    return same and held.from_at <= begins and longer


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
    rules.reaches(scene, state.place_of(held.role, held.scope))
    if held.ended(scene.now):
        return ()
    if (held.role, held.scope) == ("admin", "") and _alone(held, state, scene.now):
        raise Refused(
            "grant.last-admin", "the last administrator stays one", help="grant another one the role first"
        )
    return (GrantRevoked(held.id, held.person, rules.reason(command.reason)),)


def _alone(held: HeldGrant, state: Organisation, now: datetime) -> bool:
    """Whether no other grant makes anybody an administrator of the whole deployment now."""
    others = (state.grants[id] for id in state.by_scope.get("", ()) if id != held.id)
    return held.holds(now) and not any(other.role == "admin" and other.holds(now) for other in others)


def take_post(command: TakePost, state: Organisation, scene: "Scene") -> tuple[PostTaken, ...]:
    """One person may hold several posts (双向进入、交叉任职)."""
    rules.person(command.person)
    rules.known("post", command.post, (*POSTS, *scene.books.posts(scene.now)))
    if state.grid(command.place) is None:
        raise Refused("grant.unknown-place", f"{command.place!r} is no node of the grid", scope=command.place)
    rules.reaches(scene, command.place)
    held = [tenure for tenure in state.tenures_of(command.person) if tenure.left_at is None]
    if any((tenure.post, tenure.place) == (command.post, command.place) for tenure in held):
        return ()
    if len(held) >= MOST_POSTS:
        raise Refused("post.too-many", f"one person holds at most {MOST_POSTS} posts", most=MOST_POSTS)
    return (PostTaken(f"t-{len(state.tenures) + 1}", command.person, command.post, command.place),)


def leave_post(command: LeavePost, state: Organisation, scene: "Scene") -> tuple[PostLeft, ...]:
    """Refused if he left before he came."""
    tenure = state.tenures.get(command.tenure)
    if tenure is None:
        raise Refused("post.unknown", f"nobody took the post {command.tenure!r}", tenure=command.tenure)
    rules.reaches(scene, tenure.place)
    if tenure.left_at is not None:
        return ()
    if scene.occurred_at < tenure.taken_at:
        raise Refused("post.left-first", "a post is left after it was taken", taken_at=tenure.taken_at)
    return (PostLeft(tenure.id, tenure.person, rules.reason(command.reason)),)


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
        grants=put(state.grants, fact.grant, held),
        by_person=put(state.by_person, fact.person, mine),
        by_scope=put(state.by_scope, fact.scope, here),
    )


def revoked(state: Organisation, fact: GrantRevoked, envelope: Envelope) -> Organisation:
    ended = replace(state.grants[fact.grant], revoked_at=envelope.occurred_at)
    return replace(state, grants=put(state.grants, fact.grant, ended))


def post_taken(state: Organisation, fact: PostTaken, envelope: Envelope) -> Organisation:
    tenure = Tenure(fact.tenure, fact.person, fact.post, fact.place, envelope.occurred_at)
    mine = (*state.posts_of.get(fact.person, ()), fact.tenure)
    return replace(
        state,
        tenures=put(state.tenures, fact.tenure, tenure),
        posts_of=put(state.posts_of, fact.person, mine),
    )


def post_left(state: Organisation, fact: PostLeft, envelope: Envelope) -> Organisation:
    left = replace(state.tenures[fact.tenure], left_at=envelope.occurred_at)
    return replace(state, tenures=put(state.tenures, fact.tenure, left))
