"""Registering a household, keeping it right, and moving it: each move one save over household, tenancy and
dwelling."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints, model_validator

from api import erasing
from api.bodies import Body, Moment, StrictRoute
from api.households.homes import home_at
from api.households.register import Id
from api.households.seeing import must_dwelling, must_household
from api.households.told import Teller, allowed, answered
from api.kinds import Day
from api.orders import Ask, Asking
from api.routing import COMMANDED, example, route_each
from domain.households import commands as c
from domain.households import orders
from domain.households.orders import Home
from domain.households.rules import ADDRESS, COMPOUND, KINDS, PEOPLE, REASON, TENURES, stream_of
from domain.refusals import Refused
from domain.steps import Seen, Step, Steps
from engine.desk import Receipt
from engine.errors import Conflict, StoreUnavailable
from engine.ids import new_id
from projections.households.register import row

router = APIRouter(prefix="/api/v1/households", tags=["households"], route_class=StrictRoute)

AGAIN = 3
"""How often an order is composed anew before the caller is asked to come back."""

HouseholdId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$")]
Grid = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Compound = Annotated[str, StringConstraints(max_length=COMPOUND)]
Address = Annotated[str, StringConstraints(max_length=ADDRESS)]
Dwelling = Annotated[str, StringConstraints(max_length=64, pattern=r"^(dw-[0-9a-z-]{1,60}|)$")]
Name = Annotated[str, StringConstraints(max_length=120)]
Phone = Annotated[str, StringConstraints(max_length=40, pattern=r"^([+\d][\d ()-]{2,}|)$")]
People = Annotated[int, Field(ge=0, le=PEOPLE)]
Kind = Literal[KINDS]  # type: ignore[valid-type]
Tenure = Literal[TENURES]  # type: ignore[valid-type]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=REASON, pattern=r"\S")]
MaybeReason = Annotated[str, StringConstraints(max_length=REASON)]
PersonId = Annotated[str, StringConstraints(pattern=r"^[\w.-]{1,100}$")]


class Command(Body):
    """`occurred_at`: when it happened; now if left out."""

    occurred_at: Moment | None = None


class Entry(Command):
    """`id`: what the register calls it; a new one if left out. With `address`, or the id of a `dwelling` that
    is known, it lives there; `since` is the day it moved in."""

    id: HouseholdId | None = None
    grid: Grid
    compound: Compound = ""
    people: People | None = None
    kind: Kind | None = None
    name: Name = ""
    phone: Phone = ""
    address: Address = ""
    dwelling: Dwelling = ""
    tenure: Tenure | None = None
    since: Day | None = None


class Recounting(Command):
    people: People


class Reclassifying(Command):
    """`reason` is needed to open the file of a key household, and to close it."""

    kind: Kind
    reason: MaybeReason = ""


class Contact(Command):
    """The whole contact anew: what is left out is gone."""

    name: Name = ""
    phone: Phone = ""


class MovingIn(Command):
    """Either the id of a `dwelling`, or `grid` and `address`. Where it lived until now it moves out."""

    dwelling: Dwelling = ""
    grid: Annotated[str, StringConstraints(max_length=200)] = ""
    compound: Compound = ""
    address: Address = ""
    tenure: Tenure | None = None
    since: Day | None = None

    @model_validator(mode="after")
    def somewhere(self) -> "MovingIn":
        if not self.dwelling and not (self.grid.strip() and self.address.strip()):
            raise ValueError("say where: dwelling, or grid and address")
        return self


class MovingOut(Command):
    reason: Reason


class Joining(Command):
    person: PersonId


class Leaving(Command):
    person: PersonId
    reason: MaybeReason = ""


# ------------------------------------------------------------------ saving


async def save(ask: Asking, stream: str, compose: Callable[[], Steps], body: Command) -> Receipt:
    """Compose the steps and record them together; anew where somebody was faster. Raises Conflict where the
    caller's `If-Match` is not its version."""
    for _ in range(AGAIN):
        steps = list(await asyncio.to_thread(compose))
        if ask.expected is not None:
            steps[0] = replace(steps[0], expected=ask.expected)
        try:
            return await ask.give(*steps, body=body, occurred_at=body.occurred_at)
        except Conflict as conflict:
            if conflict.stream == stream and ask.expected is not None:
                raise
    raise StoreUnavailable("others keep changing the same household; nothing was recorded")


def seen(ask: Asking, household: str) -> Seen:
    return Seen(*ask.engine.desk.state("household", stream_of(household)))


async def shown(ask: Asking, household: str, receipt: Receipt, *, created: str = "") -> Response:
    """The household after the command."""

    def read() -> dict[str, Any]:
        found = row(must_household(ask.engine, ask.actor, household))
        return Teller(ask.engine, ask.actor).household(found) | allowed(
            ask.engine, ask.actor, household, ask.lang
        )

    answer = {} if ask.dry_run else await asyncio.to_thread(read)
    return answered(ask, receipt, stream_of(household), answer, created=created)


# ------------------------------------------------------------------ registering


@router.post(
    "",
    status_code=201,
    summary="Register a household",
    responses=COMMANDED,
    openapi_extra=example(
        {
            "grid": "demo/north/sl/grid-01",
            "compound": "松林苑",
            "address": "松林苑3号楼2单元602室",
            "people": 3,
            "kind": "resident",
            "name": "王某某",
            "phone": "13800000001",
            "tenure": "own",
        }
    ),
)
async def register(body: Entry, ask: Ask) -> Response:
    """Name and number are sealed under the household's key, the address under the dwelling's."""
    receipt, household = await entered(ask, body)
    return await shown(ask, household, receipt, created=f"/api/v1/households/{household}")


async def entered(ask: Asking, body: Entry) -> tuple[Receipt, str]:
    """Register it; the household's id beside the receipt."""
    household = body.id or new_id("hh").removeprefix("hh-")

    def compose() -> Steps:
        home = None
        if body.dwelling:
            home = known_home(ask, body.dwelling, body.tenure or "", body)
        elif body.address.strip():
            home = home_at(
                ask.engine.vault,
                household,
                body.grid,
                body.compound,
                body.address,
                tenure=body.tenure or "",
                since=body.since,
            )
        grid, compound = (home.grid, home.compound) if home else (body.grid, body.compound)
        entry = c.Register(
            grid,
            compound,
            body.people,
            body.kind or "",
            body.name,
            body.phone,
            home.dwelling if home else "",
            home.tenancy if home else "",
        )
        return orders.enter(stream_of(household), entry, home)

    receipt = await save(ask, stream_of(household), compose, body)
    if body.id is None:  # a retry names the one that was made
        household = next(name for name in receipt.versions if name.startswith("hh-")).removeprefix("hh-")
    return receipt, household


def known_home(ask: Asking, dwelling: str, tenure: str, body: Entry | MovingIn) -> Home:
    """A dwelling that is there already. Problem 404 where the caller may not know of it."""
    of = must_dwelling(ask.engine, ask.actor, dwelling)
    return Home(dwelling, new_id("ten"), of.grid, of.compound, None, tenure, body.since)


# ------------------------------------------------------------------ keeping it right


def moving_in(ask: Asking, household: str, body: MovingIn) -> Steps:
    tenure = body.tenure or ""
    if body.dwelling:
        home = known_home(ask, body.dwelling, tenure, body)
    else:
        found = home_at(
            ask.engine.vault,
            household,
            body.grid.strip("/ "),
            body.compound,
            body.address,
            tenancy=new_id("ten"),
            tenure=tenure,
            since=body.since,
        )
        if found is None:
            raise Refused("dwelling.no-address", "the address says no place", field="address")
        home = found
    return orders.move_in(stream_of(household), seen(ask, household), home)


def joining(ask: Asking, household: str, body: Joining) -> Steps:
    if erasing.person_named(ask.engine, body.person) != body.person:
        raise Refused(
            "person.unknown", f"nobody of the id {body.person!r} is enrolled", help="POST /api/v1/people"
        )
    return (Step("household", stream_of(household), c.JoinHousehold(body.person)),)


def one(make: Callable[[Any], Any]) -> "Compose":
    """A command that is one step."""
    return lambda ask, household, body: (Step("household", stream_of(household), make(body)),)


Compose = Callable[[Asking, str, Any], Steps]


@dataclass(frozen=True, slots=True)
class Given:
    says: str
    body: type[Command]
    compose: Compose
    example: Mapping[str, Any]


COMMANDS: Mapping[str, Given] = {
    "recount": Given("Count its people anew", Recounting, one(lambda x: c.Recount(x.people)), {"people": 4}),
    "reclassify": Given(
        "Say of which kind it is; open or close the file of a key household",
        Reclassifying,
        one(lambda x: c.Reclassify(x.kind, x.reason)),
        {"kind": "key", "reason": "独居老人，八十二岁"},
    ),
    "contact": Given(
        "Whom to ask for",
        Contact,
        one(lambda x: c.ChangeContact(x.name, x.phone)),
        {"name": "王某某", "phone": "13800000002"},
    ),
    "move-in": Given(
        "It lives there from now on",
        MovingIn,
        moving_in,
        {"grid": "demo/north/sl/grid-01", "address": "松林苑5号楼1单元301室", "tenure": "rent"},
    ),
    "move-out": Given(
        "It has moved out",
        MovingOut,
        lambda ask, household, x: orders.move_out(stream_of(household), seen(ask, household), x.reason),
        {"reason": "房子卖了"},
    ),
    "join": Given("Somebody belongs to it", Joining, joining, {"person": "p-0193"}),
    "leave": Given(
        "Somebody belongs to it no longer",
        Leaving,
        one(lambda x: c.LeaveHousehold(x.person, x.reason)),
        {"person": "p-0193", "reason": "外出工作"},
    ),
}


async def given(ask: Asking, household: str, name: str, body: Command) -> Receipt:
    """Give one of `COMMANDS`. Problem 404 where the caller may not know of the household."""
    await asyncio.to_thread(must_household, ask.engine, ask.actor, household)
    kind = COMMANDS[name]
    return await save(ask, stream_of(household), lambda: kind.compose(ask, household, body), body)


def command(name: str) -> Callable[..., Any]:
    async def give(household: Id, body: Any, ask: Ask) -> Response:
        return await shown(ask, household, await given(ask, household, name, body))

    return give


route_each(router, "/{household}", COMMANDS, command, "{}_household", responses=COMMANDED)
