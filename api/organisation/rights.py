"""Who may act where, who holds which post, which bodies sit: given and taken back by administrators."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field, StringConstraints

from api import problems
from api.answers import z
from api.bodies import Body, Moment, StrictRoute
from api.orders import Ask, AtEngine, said
from api.organisation.places import ENTERED, Name, Scope, Under, give
from api.organisation.sight import must_be_enrolled, sees_place
from api.organisation.then import held_under, listed
from api.organisation.told import answered, name_of
from api.parameters import Cursor
from api.routing import COMMANDED, Limit, example
from api.sign_in import Caller
from api.then import AtThen
from domain.messages import Actor
from domain.organisation import (
    ROLES,
    STREAM,
    DissolveBody,
    FormBody,
    Grant,
    Granted,
    HeldGrant,
    LeavePost,
    Member,
    Organisation,
    PostTaken,
    RevokeGrant,
    TakePost,
    Tenure,
    within,
)
from domain.organisation import Body as Sitting
from engine.engine import Engine

router = APIRouter(prefix="/api/v1/organisation", tags=["organisation"], route_class=StrictRoute)

Person = Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,100}$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
GrantId = Annotated[str, Path(pattern=r"^g-\d{1,12}$", description="A grant's id, as listed.")]
TenureId = Annotated[str, Path(pattern=r"^t-\d{1,12}$", description="The id of somebody's time in a post.")]
UnitId = Annotated[str, Path(pattern=r"^[\w.-]{1,100}$", description="The id of the body's unit.")]
NUMBERS = 10**12


class Giving(Body):
    """`scope` is a node's path; for the role `unit` a unit's id; for `admin` also empty: everything. From now
    on, unless `from_at` lies ahead; until it is revoked, unless `until_at` says when."""

    person: Person
    role: Literal[ROLES]  # type: ignore[valid-type]
    scope: Scope
    reason: Reason
    from_at: Moment | None = None
    until_at: Moment | None = None


class Because(Body):
    reason: Reason


class Taking(Body):
    """`occurred_at`: since when; now if left out."""

    person: Person
    post: Name
    place: Scope
    occurred_at: Moment | None = None


class Leaving(Body):
    reason: Reason
    occurred_at: Moment | None = None


class Seat(Body):
    role: Name
    person: Person


class Forming(Body):
    """`template` is one of the rule book `templates`. Formed again under the same id, its members change."""

    id: Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,100}$")]
    name: Name
    place: Scope
    template: Name
    members: Annotated[list[Seat], Field(max_length=200)]


# ------------------------------------------------------------------ grants


@router.get("/grants", summary="Who may act where, newest first", responses=problems.responses(401, 403, 422))
async def grants(
    engine: AtEngine,
    caller: Caller,
    then: AtThen,
    person: Annotated[str, Query(max_length=100)] = "",
    role: Annotated[str, Query(max_length=40)] = "",
    under: Under = "",
    in_force: Annotated[Literal["true", "false", ""], Query(description="Now, or not (any more, yet).")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Of the administrator's own place. Read from the organisation itself: a revocation shows at once. With
    `as_of` or `known_at`: as they were, and in force then or not."""

    def picked(known: Organisation, now: datetime) -> list[HeldGrant]:
        found = [
            grant
            for grant in held_under(engine, known, caller, under.strip("/"), person)
            if (not role or grant.role == role) and (not in_force or grant.holds(now) == (in_force == "true"))
        ]
        return sorted(found, key=newest)

    def shown(grant: HeldGrant, _: Organisation, now: datetime) -> dict[str, Any]:
        return granted(engine, grant, now)

    return said(await asyncio.to_thread(listed, engine, then, cursor, limit, picked, newest, shown))


def newest(grant: HeldGrant) -> str:
    return f"{NUMBERS - int(grant.id.removeprefix('g-')):013}"


@router.post(
    "/grants",
    status_code=201,
    summary="Let somebody act in a role",
    responses=ENTERED,
    openapi_extra=example(
        {"person": "p-0193…", "role": "gridworker", "scope": "demo/north/sl/grid-01", "reason": "到岗"}
    ),
)
async def grant(body: Giving, ask: Ask) -> Response:
    """Never to oneself, and nowhere the giver does not administer himself. What he may already is not
    recorded again."""
    must_be_enrolled(ask.engine, ask.actor, [body.person])
    command = Grant(body.person, body.role, body.scope, body.reason, body.from_at, body.until_at)
    receipt = await give(ask, command, body)
    new = [line.fact.grant for line in receipt.lines if isinstance(line.fact, Granted)]
    known, now = ask.engine.desk.stage().organisation, ask.engine.clock()
    id = new[0] if new else standing(known, command, now)
    answer = {} if ask.dry_run else granted(ask.engine, known.grants[id], now)
    return answered(ask, receipt, STREAM, answer, created="/api/v1/organisation/grants")


def standing(known: Organisation, command: Grant, now: datetime) -> str:
    """The grant that lets him do so already."""
    return next(
        held.id
        for held in known.all_grants_of(command.person)
        if (held.role, held.scope) == (command.role, command.scope) and not held.ended(now)
    )


@router.post(
    "/grants/{grant}/revoke",
    summary="Take a grant back",
    responses=COMMANDED,
    openapi_extra=example({"reason": "离岗"}),
)
async def revoke(grant: GrantId, body: Because, ask: Ask) -> Response:
    """At once: the next request of that person already finds it gone."""
    held = ask.engine.desk.stage().organisation.grants.get(grant)
    if held is None or not administers(ask.actor, ask.engine, held.role, held.scope):
        raise problems.not_found()
    receipt = await give(ask, RevokeGrant(grant, body.reason), body)
    now = ask.engine.clock()
    after = ask.engine.desk.stage().organisation.grants[grant]
    return answered(ask, receipt, STREAM, granted(ask.engine, after, now))


def administers(actor: Actor, engine: Engine, role: str, scope: str) -> bool:
    """Whether a grant is of the actor's place: of others he need not know."""
    place = engine.desk.stage().organisation.place_of(role, scope)
    return actor.role == "admin" and within(place, actor.scope)


def granted(engine: Engine, grant: HeldGrant, now: datetime) -> dict[str, Any]:
    return {
        "id": grant.id,
        "person": grant.person,
        "name": name_of(engine, grant.person),
        "role": grant.role,
        "scope": grant.scope,
        "from_at": z(grant.from_at),
        "until_at": z(grant.until_at) if grant.until_at else None,
        "revoked_at": z(grant.revoked_at) if grant.revoked_at else None,
        "in_force": grant.holds(now),
        "reason": grant.reason,
        "granted_by": grant.granted_by,
    }


# ------------------------------------------------------------------ posts


@router.post(
    "/posts",
    status_code=201,
    summary="Somebody takes a post",
    responses=ENTERED,
    openapi_extra=example({"person": "p-0193…", "post": "grid_head", "place": "demo/north/sl/grid-01"}),
)
async def take(body: Taking, ask: Ask) -> Response:
    """A post (网格长, 楼栋长 …) gives no permission: a grant does."""
    must_be_enrolled(ask.engine, ask.actor, [body.person])
    receipt = await give(ask, TakePost(body.person, body.post, body.place), body)
    new = [line.fact.tenure for line in receipt.lines if isinstance(line.fact, PostTaken)]
    known = ask.engine.desk.stage().organisation
    held = [
        each.id
        for each in known.tenures_of(body.person)
        if (each.post, each.place, each.left_at) == (body.post, body.place, None)
    ]
    answer = {} if ask.dry_run else tenure(known.tenures[(new or held)[0]])
    return answered(ask, receipt, STREAM, answer, created=f"/api/v1/people/{body.person}")


@router.post(
    "/posts/{tenure_id}/leave",
    summary="Somebody leaves a post",
    responses=COMMANDED,
    openapi_extra=example({"reason": "换届"}),
)
async def leave(tenure_id: TenureId, body: Leaving, ask: Ask) -> Response:
    held = ask.engine.desk.stage().organisation.tenures.get(tenure_id)
    if held is None or not administers(ask.actor, ask.engine, "", held.place):
        raise problems.not_found()
    receipt = await give(ask, LeavePost(tenure_id, body.reason), body)
    return answered(ask, receipt, STREAM, tenure(ask.engine.desk.stage().organisation.tenures[tenure_id]))


def tenure(held: Tenure) -> dict[str, Any]:
    return {
        "id": held.id,
        "person": held.person,
        "post": held.post,
        "place": held.place,
        "taken_at": z(held.taken_at),
        "left_at": z(held.left_at) if held.left_at else None,
    }


# ------------------------------------------------------------------ bodies


@router.get("/bodies", summary="The bodies that sit, by id", responses=problems.responses(401, 403, 422))
async def bodies(
    engine: AtEngine, caller: Caller, then: AtThen, under: Under = "", cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:  # fmt: skip
    """With `as_of` or `known_at`: which sat then, and who in them."""
    today = engine.desk.stage().organisation

    def picked(known: Organisation, _: datetime) -> list[Sitting]:
        return [
            body
            for _, body in sorted(known.bodies.items())
            if within(body.place, under.strip("/")) and sees_place(caller, body.place, today)
        ]

    def shown(body: Sitting, known: Organisation, _: datetime) -> dict[str, Any]:
        return sitting(engine, body, known)

    return said(
        await asyncio.to_thread(listed, engine, then, cursor, limit, picked, lambda body: body.unit, shown)
    )


@router.post(
    "/bodies",
    status_code=201,
    summary="Form a body after a template",
    responses=ENTERED,
    openapi_extra=example(
        {
            "id": "sl-1-4",
            "name": "松林社区“1+4”小组",
            "place": "demo/north/sl",
            "template": "one-plus-four",
            "members": [{"role": "gridworker", "person": "p-0193…"}],
        }
    ),
)
async def form(body: Forming, ask: Ask) -> Response:
    """Its id is a unit's from then on: cases can be dispatched to it."""
    must_be_enrolled(ask.engine, ask.actor, [seat.person for seat in body.members])
    members = tuple(Member(seat.role, seat.person) for seat in body.members)
    receipt = await give(ask, FormBody(body.id, body.name, body.place, body.template, members), body)
    known = ask.engine.desk.stage().organisation
    answer = {} if ask.dry_run else sitting(ask.engine, known.bodies[body.id], known)
    return answered(ask, receipt, STREAM, answer, created="/api/v1/organisation/bodies")


@router.post(
    "/bodies/{unit}/dissolve",
    summary="Dissolve a body",
    responses=COMMANDED,
    openapi_extra=example({"reason": "改组"}),
)
async def dissolve(unit: UnitId, body: Because, ask: Ask) -> Response:
    """Its unit stays, so that the cases it had keep the name of their lead."""
    known = ask.engine.desk.stage().organisation
    found = known.unit(unit)
    if found is None or found.kind != "body" or not administers(ask.actor, ask.engine, "unit", unit):
        raise problems.not_found()
    receipt = await give(ask, DissolveBody(unit, body.reason), body)
    return answered(ask, receipt, STREAM, {"id": unit, "name": found.name})


def sitting(engine: Engine, body: Sitting, known: Organisation) -> dict[str, Any]:
    unit = known.unit(body.unit)
    return {
        "id": body.unit,
        "name": unit.name if unit else body.unit,
        "place": body.place,
        "template": body.template,
        "templates": body.templates,
        "members": [
            {"role": each.role, "person": each.person, "name": name_of(engine, each.person)}
            for each in body.members
        ],
    }
