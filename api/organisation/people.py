"""The register of people over HTTP: who there is, entering and correcting, barring, reading a sealed field.

Before others everybody is called by his masked name (王某), and nobody's number is said; the full values only
by `reveal`, which is recorded before it answers.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Path, Query, Response
from pydantic import StringConstraints

from api import problems
from api.answers import at, masked, z
from api.bodies import Body, Moment, StrictRoute
from api.listing import newest_of
from api.orders import Ask, Asking, AtEngine, etag, said
from api.organisation.places import Name, Scope, Under
from api.organisation.rights import Because, Reason, tenure
from api.organisation.sight import find, must_person, seen, wanted
from api.organisation.then import World, world_of
from api.organisation.told import answered, opened
from api.parameters import Cursor
from api.registers_then import Register, found_then
from api.registers_then import told as told_page
from api.routing import COMMANDED, CaughtUp, Limit, example
from api.sight import everywhere
from api.sign_in import Caller
from api.then import AtThen, Then
from domain import people
from domain.messages import Actor, clear
from domain.organisation import HeldGrant, within
from domain.people import FIELDS, PersonalDataRevealed, stream_of
from domain.steps import Step
from engine.desk import Receipt
from engine.engine import Engine
from engine.read import Condition
from projections.case import Kept
from projections.people.register import REGISTER as PEOPLE
from projections.people.register import row
from projections.views import Row

router = APIRouter(prefix="/api/v1/people", tags=["people"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^[\w.-]{1,100}$", description="A person's id.")]
REGISTER = Register(
    PEOPLE,
    "people",
    ("entered_position", "desc"),
    frozenset({"id"}),
    first="entered_position",
    stream=stream_of,
)
Phone = Annotated[str, StringConstraints(max_length=40, pattern=r"^[+\d][\d ()-]{2,}$")]


class Entry(Body):
    """`home` is the node he lives in; staff who only work here have none."""

    name: Name
    phone: Phone | None = None
    home: Scope = ""


class Reading(Body):
    field: Literal[FIELDS]  # type: ignore[valid-type]
    reason: Reason


class Holding(Body):
    reason: Reason
    until_at: Moment | None = None


class Lifting(Body):
    hold: Annotated[str, StringConstraints(pattern=r"^h-\d{1,9}$")]
    reason: Reason


# ------------------------------------------------------------------ who there is


@router.get(
    "", summary="The people of one's place, newest first", dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 422, 503),
)  # fmt: skip
async def listed(
    engine: AtEngine,
    caller: Caller,
    then: AtThen,
    under: Under = "",
    role: Annotated[str, Query(max_length=40, description="Who may act in it now.")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """For an administrator everybody who lives or serves in his place; for a dispatcher or a street those who
    serve in theirs. Name masked, no number."""

    def read() -> dict[str, Any]:
        known, now = engine.desk.stage().organisation, engine.clock()
        mine, asked = seen(known, now, caller), (caller, under.strip("/"), role)
        if then is not None:
            return people_then(engine, asked, mine, then, cursor, limit)
        where = [*wanted(known, now, *asked), *mine]

        def show(found: Row) -> dict[str, Any]:
            return described(engine, caller, found)

        return newest_of(engine, "people", "entered_position", where, show, after=cursor, limit=limit)

    return said(await asyncio.to_thread(read))


def people_then(
    engine: Engine,
    asked: tuple[Actor, str, str],
    mine: Sequence[Condition],
    then: Then,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """The same by the organisation of then: who served there, and as what."""

    def where(of: Then) -> Sequence[Condition]:
        known, now = world_of(engine, of)
        return wanted(known, now, *asked)

    found = found_then(engine, REGISTER, then, mine, where, after=cursor, limit=limit)
    world = world_of(engine, found.then)
    return told_page(found, lambda row: described(engine, asked[0], row, world))


@router.get("/{person}", summary="One person, as he is now", responses=problems.responses(401, 404, 422, 503))
async def detail(person: Id, engine: AtEngine, caller: Caller, then: AtThen) -> Response:
    """Folded from his own facts: never behind. With `as_of` or `known_at`: as he was then."""

    def read() -> dict[str, Any]:
        found = must_person(engine, caller, person).person
        if then is not None:
            was = REGISTER.must_row(engine, person, then)
            return described(engine, caller, was, world_of(engine, then)) | then.plain()
        return described(engine, caller, row(found))

    answer = await asyncio.to_thread(read)
    return said(answer) if then is not None else said(answer, ETag=etag(answer["version"]))


def described(engine: Engine, caller: Actor, found: Row, world: World | None = None) -> dict[str, Any]:
    """An administrator learns what keeps him and whether he is barred; who works beside him what he serves
    as, within the caller's own place, now or in the world of then."""
    known, now = world or (engine.desk.stage().organisation, engine.clock())
    id = found["id"]
    whole = caller.role == "admin" or caller.person == id
    name = None if found["name"] is None else opened(engine, Kept.of_json(found["name"]))
    answer: dict[str, Any] = {"id": id, "name": masked(name), "phone": None, "masked": True}
    answer["erased"] = bool(found["erased"])
    answer["roles"] = [
        served(grant)
        for grant in known.grants_of(id, now)
        if whole or within(known.place_of(grant.role, grant.scope), caller.scope)
    ]
    answer["posts"] = [
        tenure(held)
        for held in known.tenures_of(id)
        if held.left_at is None and (whole or within(held.place, caller.scope))
    ]
    if whole:
        answer |= {name: bool(found[name]) for name in ("enrolled", "barred", "demo")}
        answer |= {"home": found["home"], "enrolled_at": at(found["enrolled_at"] or None)}
    if caller.role == "admin":
        answer["holds"] = [
            {"hold": hold["hold"], "reason": hold["reason"], "until_at": at(hold["until"])}
            for hold in orjson.loads(found["holds"])
        ]
    return answer | {"version": found["version"], "position": found["position"]}


def served(grant: HeldGrant) -> dict[str, Any]:
    return {
        "grant": grant.id,
        "role": grant.role,
        "scope": grant.scope,
        "until_at": z(grant.until_at) if grant.until_at else None,
    }


# ------------------------------------------------------------------ entering and correcting


@router.post(
    "",
    status_code=201,
    summary="Enter somebody in the register",
    responses=problems.responses(400, 401, 403, 409, 412, 413, 422, 503),
    openapi_extra=example({"name": "王某某", "phone": "13800000001", "home": "demo/north/sl/grid-01"}),
)
async def enter(body: Entry, ask: Ask) -> Response:
    """Name and number are sealed under the new person's own key. A password is set apart from it."""
    id = await asyncio.to_thread(new_person, ask, body)
    receipt = await give(ask, id, entry(id, body), body)
    id = people.person_of(next(iter(receipt.versions)))
    await asyncio.to_thread(numbered, ask, id, body)
    answer = {} if ask.dry_run else shown(ask, id)
    return answered(ask, receipt, stream_of(id), answer, created=f"/api/v1/people/{id}")


def new_person(ask: Asking, body: Entry) -> str:
    """Somebody new. For an administrator of the whole deployment one who has reported by that number before
    is the same person; others would get hold of cases of other places."""
    vault = ask.engine.vault
    known = vault.person_known(body.phone) if body.phone else None
    if known is not None and everywhere(ask.actor):
        found = find(ask.engine, known)
        if found is None or not (found.enrolled or found.erased):
            return known
    return vault.new_id("p")


def numbered(ask: Asking, id: str, body: Entry) -> None:
    """Whose number it is from now on; who had it before keeps it. Again on a retry: it is safe."""
    if body.phone and not ask.dry_run:
        ask.engine.vault.enter_person(body.phone, id)


def entry(id: str, body: Entry) -> people.Enrol:
    phone = clear(id, body.phone) if body.phone else None
    return people.Enrol(clear(id, body.name), phone, body.home)


@router.post(
    "/{person}/enrol",
    summary="Correct his entry",
    responses=COMMANDED,
    openapi_extra=example({"name": "王某某", "phone": "13800000002", "home": "demo/north/sl/grid-02"}),
)
async def correct(person: Id, body: Entry, ask: Ask) -> Response:
    """The whole entry anew: what is left out is gone."""
    response = await done(ask, person, entry(person, body), body)
    await asyncio.to_thread(numbered, ask, person, body)
    return response


# ------------------------------------------------------------------ barring, holding


@router.post(
    "/{person}/bar", summary="He cannot sign in any more", responses=COMMANDED,
    openapi_extra=example({"reason": "离职"}),
)  # fmt: skip
async def bar(person: Id, body: Because, ask: Ask) -> Response:
    """His tokens and sessions end at once."""
    return await done(ask, person, people.Bar(body.reason), body)


@router.post(
    "/{person}/readmit", summary="He may sign in again", responses=COMMANDED,
    openapi_extra=example({"reason": "返岗"}),
)  # fmt: skip
async def readmit(person: Id, body: Because, ask: Ask) -> Response:
    return await done(ask, person, people.Readmit(body.reason), body)


@router.post(
    "/{person}/sign-out", summary="End every token and session he has", responses=COMMANDED,
    openapi_extra=example({"reason": "丢了手机"}),
)  # fmt: skip
async def sign_out(person: Id, body: Because, ask: Ask) -> Response:
    return await done(ask, person, people.SignOut(body.reason), body)


@router.post(
    "/{person}/hold", summary="Place a legal hold", responses=COMMANDED,
    openapi_extra=example({"reason": "诉讼中，保留至结案"}),
)  # fmt: skip
async def hold(person: Id, body: Holding, ask: Ask) -> Response:
    """Nothing about him is erased while it stands. A reporter nobody entered is held by an administrator of
    the whole deployment."""
    command = people.PlaceHold(body.reason, body.until_at)
    return await done(ask, person, command, body, anybody=everywhere(ask.actor))


@router.post(
    "/{person}/hold-lift", summary="Lift a legal hold", responses=COMMANDED,
    openapi_extra=example({"hold": "h-1", "reason": "已结案"}),
)  # fmt: skip
async def lift(person: Id, body: Lifting, ask: Ask) -> Response:
    return await done(ask, person, people.LiftHold(body.hold, body.reason), body)


# ------------------------------------------------------------------ reading a sealed field


@router.post(
    "/{person}/reveal",
    summary="Read a sealed field",
    responses=COMMANDED,
    openapi_extra=example({"field": "phone", "reason": "约定上门时间"}),
)
async def reveal(person: Id, body: Reading, ask: Ask) -> Response:
    """For who serves the place he lives or serves in, and for himself. Who read what, and why, is recorded
    before the value is opened; it may be used for 30 minutes."""
    must_person(ask.engine, ask.actor, person)
    receipt = await give(ask, person, people.Reveal(body.field, body.reason), body)
    until = next(line.fact.until_at for line in receipt.lines if isinstance(line.fact, PersonalDataRevealed))
    answer: dict[str, Any] = {"id": person, "field": body.field, "value": None, "until_at": z(until)}
    if not ask.dry_run and ask.engine.clock() < until:
        found = await asyncio.to_thread(find, ask.engine, person)
        assert found is not None
        answer["value"] = await asyncio.to_thread(opened, ask.engine, getattr(found, body.field))
    return answered(ask, receipt, stream_of(person), answer)


# ------------------------------------------------------------------ giving a command


async def done(ask: Asking, person: str, command: Any, body: Body, *, anybody: bool = False) -> Response:
    """`anybody`: also somebody of whom nothing was recorded yet."""
    if not anybody:
        must_person(ask.engine, ask.actor, person)
    receipt = await give(ask, person, command, body)
    answer = {} if ask.dry_run else shown(ask, person)
    return answered(ask, receipt, stream_of(person), answer)


async def give(ask: Asking, person: str, command: Any, body: Body) -> Receipt:
    return await ask.give(Step("person", stream_of(person), command, ask.expected), body=body)


def shown(ask: Asking, person: str) -> dict[str, Any]:
    found = find(ask.engine, person)
    assert found is not None
    return described(ask.engine, ask.actor, row(found))
