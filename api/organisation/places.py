"""The tree of places and the units over HTTP: what there is, and naming what is new."""

import asyncio
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from api import problems
from api.bodies import Body, StrictRoute
from api.orders import Ask, Asking, AtEngine, said
from api.organisation.sight import sees_place
from api.organisation.then import listed
from api.organisation.told import answered
from api.parameters import Cursor
from api.points.sight import at_home
from api.routing import Limit, example
from api.sign_in import Caller
from api.then import AtThen
from domain import organisation
from domain.organisation import KINDS, LEVELS, EstablishGrid, EstablishUnit, Grid, Organisation, Unit, within
from domain.steps import Step
from engine.desk import Receipt

router = APIRouter(prefix="/api/v1/organisation", tags=["organisation"], route_class=StrictRoute)

ENTERED = problems.responses(400, 401, 403, 409, 412, 413, 422, 503)
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S")]
Path = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Scope = Annotated[str, StringConstraints(max_length=200)]
Under = Annotated[str, Query(max_length=200, description="A node's path: itself and below.")]


class Node(Body):
    """Said again of the same path, it renames the node. `level` is a canonical one, or a name that the
    vocabulary in force gives a level at this place (`楼院`)."""

    path: Path
    name: Name
    level: Name


class NewUnit(Body):
    """Said again of the same id, it renames the unit. A body is formed, at `/organisation/bodies`."""

    id: Path
    name: Name
    kind: Literal["company", "office"]


# ------------------------------------------------------------------ places


@router.get("/grids", summary="The tree of places, by path", responses=problems.responses(401, 422))
async def grids(
    engine: AtEngine,
    caller: Caller,
    then: AtThen,
    under: Under = "",
    level: Annotated[str, Query(max_length=40, description="A canonical level.", examples=["grid"])] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """The caller's own part of it, and the nodes above that. Never behind: read from the organisation
    itself. With `as_of` or `known_at`: the tree as it was, by the names of then."""
    asked, today = under.strip("/"), engine.desk.stage().organisation

    def picked(known: Organisation, _: datetime) -> list[str]:
        return [
            path
            for path in sorted(known.grids)
            if within(path, asked)
            and (not level or known.grids[path].level == level)
            and sees_place(caller, path, today)
        ]

    def shown(path: str, known: Organisation, _: datetime) -> dict[str, Any]:
        return node(known.grids[path], known)

    return said(await asyncio.to_thread(listed, engine, then, cursor, limit, picked, str, shown))


@router.post(
    "/grids",
    status_code=201,
    summary="Establish or rename a node",
    responses=ENTERED,
    openapi_extra=example({"path": "demo/north/sl/grid-09", "name": "第九网格", "level": "grid"}),
)
async def establish_grid(body: Node, ask: Ask) -> Response:
    """By an administrator of the place. Its team is a unit of the same id from then on."""
    stage = ask.engine.desk.stage()
    level = body.level
    if level not in LEVELS:
        level = stage.books.vocabulary(ask.engine.clock()).level(level, body.path) or level
    receipt = await give(ask, EstablishGrid(body.path, body.name, level), body)
    answer = node(Grid(body.path, body.name, level), ask.engine.desk.stage().organisation)
    return answered(ask, receipt, organisation.STREAM, answer, created="/api/v1/organisation/grids")


def node(grid: Grid, known: Organisation) -> dict[str, Any]:
    return {
        "path": grid.path,
        "name": grid.name,
        "level": grid.level,
        "parent": organisation.parent(grid.path),
        "children": len(known.below.get(grid.path, ())),
    }


# ------------------------------------------------------------------ units


@router.get("/units", summary="The units cases go to, by id", responses=problems.responses(401, 422))
async def units(
    engine: AtEngine,
    caller: Caller,
    then: AtThen,
    kind: Annotated[Literal["company", "office", "grid_team", "body", ""], Query()] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """A grid's team stands under `/organisation/grids`. With `as_of` or `known_at`: those there were, by the
    names of then."""
    at_home_here = at_home(caller, engine.desk.stage().organisation)

    def picked(known: Organisation, _: datetime) -> list[Unit]:
        found = sorted(known.units.items()) if at_home_here else ()
        return [unit for _, unit in found if not kind or unit.kind == kind]

    def shown(unit: Unit, known: Organisation, _: datetime) -> dict[str, Any]:
        return described(unit, known)

    return said(
        await asyncio.to_thread(listed, engine, then, cursor, limit, picked, lambda unit: unit.id, shown)
    )


@router.post(
    "/units",
    status_code=201,
    summary="Establish or rename a unit",
    responses=ENTERED,
    openapi_extra=example({"id": "gas-co", "name": "北苑燃气公司", "kind": "company"}),
)
async def establish_unit(body: NewUnit, ask: Ask) -> Response:
    """By an administrator of the whole deployment: a unit serves any place."""
    assert body.kind in KINDS
    receipt = await give(ask, EstablishUnit(body.id, body.name, body.kind), body)
    answer = described(Unit(body.id, body.name, body.kind), ask.engine.desk.stage().organisation)
    return answered(ask, receipt, organisation.STREAM, answer, created="/api/v1/organisation/units")


def described(unit: Unit, known: Organisation) -> dict[str, Any]:
    return {"id": unit.id, "name": unit.name, "kind": unit.kind, "place": known.place_of_unit(unit.id)}


async def give(ask: Asking, command: object, body: Body) -> Receipt:
    step = Step("organisation", organisation.STREAM, command, ask.expected)
    return await ask.give(step, body=body, occurred_at=getattr(body, "occurred_at", None))
