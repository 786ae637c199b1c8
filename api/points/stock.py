"""Stock over HTTP: what can still be ordered, what came, what was counted; and what partners handed out."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import problems
from api.bodies import StrictRoute
from api.kinds import Command
from api.orders import Ask, Asking, AtEngine, etag, said
from api.points.bodies import Counting, Receiving, Shelving
from api.points.saves import save, seen
from api.points.sight import at_home, of_settlements
from api.points.subjects import AtPoints, Points
from api.points.told import foreseen, told
from api.problems import Problem
from api.registers_then import Register
from api.routing import OWN_COMMANDED, CaughtUp, example
from api.sign_in import Caller
from api.then import AtThen, Then, lines_then
from domain import rule_books
from domain.messages import Actor
from domain.points.stock import Correct, Count, Receive, stock_of
from domain.refusals import Refused
from domain.rule_books.books import Books
from domain.rule_books.tariffs import Catalogue
from domain.steps import Step
from engine.desk import Receipt
from engine.engine import Engine
from engine.read import Condition, Filter, sums
from projections.case import moment
from projections.points.spans import month_bounds
from projections.points.stock import STOCK

router = APIRouter(prefix="/api/v1/points", tags=["points: orders"], route_class=StrictRoute)


REGISTER = Register(STOCK, "stock", ("id", "asc"), frozenset({"item"}))


@router.get("/stock", summary="What can still be ordered", responses=problems.responses(401, 422))
async def shelves(points: AtPoints, caller: Caller, then: AtThen) -> Response:
    """Every item of the catalogue in force, from its own facts: never behind. `available` (and `quantity`) is
    what can still be ordered, null for what is never counted. With `as_of` or `known_at`: as it was then, by
    the catalogue of then."""

    return said(await asyncio.to_thread(what_is_there, points, caller, then))


def what_is_there(points: Points, caller: Actor, then: Then | None = None) -> dict[str, Any]:
    """`{items, next, catalogue}`; empty for whoever is of another city, or where no catalogue is in force."""
    engine = points.engine
    more = {} if then is None else then.plain()
    nothing = {"items": [], "next": None, "catalogue": None} | more
    if not at_home(caller, engine.desk.stage().organisation):
        return nothing
    try:
        catalogue = catalogue_of(engine, then)
    except Refused:
        return nothing
    uncounted = {"available": None, "quantity": None}
    items = [
        {
            "item": item.item,
            "zh": item.zh,
            "en": item.en,
            "kind": item.kind,
            "price": item.price,
            "stocked": item.stocked,
            **(shelf(points, item.item, then) if item.stocked else uncounted),
        }
        for item in catalogue.items.values()
    ]
    return {"items": items, "next": None, "catalogue": catalogue.version} | more


def catalogue_of(engine: Engine, then: Then | None) -> Catalogue:
    """The one in force, now or then. Refused where none is."""
    books = engine.desk.stage().books
    if then is None:
        return books.catalogue(engine.clock())
    state = rule_books.INITIAL
    for line in lines_then(engine, rule_books.stream_of("catalogues"), then):
        state = rule_books.evolve(state, line.fact, line.envelope)  # type: ignore[arg-type]
    return Books.of([state], books.time_zone).catalogue(moment(then.as_of))


def shelf(points: Points, item: str, then: Then | None = None) -> dict[str, Any]:
    if then is not None:
        was = REGISTER.state(points.engine, stock_of(item), then)
        return counted(was.on_hand, was.reserved, was.version) if was else counted(0, 0, 0)
    state, version = seen(points, "stock", stock_of(item))
    return counted(state.on_hand, state.promised, version)


def counted(on_hand: int, reserved: int, version: int) -> dict[str, Any]:
    left = on_hand - reserved
    return {
        "on_hand": on_hand, "reserved": reserved, "available": left, "quantity": left, "version": version,
    }  # fmt: skip


@router.post(
    "/stock",
    status_code=201,
    summary="Book what came, or correct the book",
    responses=OWN_COMMANDED,
    openapi_extra=example({"item": "flour", "quantity": 20, "reason": "街道配送"}),
)
async def book(body: Shelving, ask: Ask, points: AtPoints) -> Response:
    """A positive number came in, a negative one corrects; never below what is promised to orders."""
    change = Receive if body.quantity > 0 else Correct
    return await shelve(ask, points, body.item, change(body.item, body.quantity, body.reason), body)


@router.post(
    "/stock/receipts",
    status_code=201,
    summary="Book what came",
    responses=OWN_COMMANDED,
    openapi_extra=example({"item": "salt", "quantity": 50, "reason": "超市捐赠"}),
)
async def receive(body: Receiving, ask: Ask, points: AtPoints) -> Response:
    return await shelve(ask, points, body.item, Receive(body.item, body.quantity, body.reason), body)


@router.post(
    "/stock/counts",
    status_code=201,
    summary="Count what lies there",
    responses=OWN_COMMANDED,
    openapi_extra=example({"item": "soap", "quantity": 47, "reason": "月度盘点"}),
)
async def count(body: Counting, ask: Ask, points: AtPoints) -> Response:
    """The difference to the book is recorded; where there is none, nothing is."""
    return await shelve(ask, points, body.item, Count(body.item, body.quantity, body.reason), body)


async def shelve(ask: Asking, points: Points, item: str, command: Any, body: Command) -> Response:
    stream = stock_of(item)
    receipt = await shelved(ask, points, (command,), body)
    if ask.dry_run:
        return foreseen(ask, points, receipt)
    version = receipt.versions[stream]
    answer = {
        "id": stream,
        "item": item,
        **shelf(points, item),
        "version": version,
        "position": receipt.position,
        "repeated": receipt.repeated,
        "facts": told(points, receipt.lines, ask.lang, ask.actor),
    }
    return said(answer, 201, ETag=etag(version), Location="/api/v1/points/stock")


async def shelved(ask: Asking, points: Points, commands: Sequence[Any], body: Command) -> Receipt:
    """Give stock commands, of one item each, together. Problem 404 for whoever is of another city."""
    if not at_home(ask.actor, ask.engine.desk.stage().organisation):
        raise problems.not_found()
    steps = tuple(Step("stock", stock_of(each.item), each) for each in commands)
    return await save(ask, points, steps[0].stream, lambda: steps, body, body.occurred_at)


@router.get(
    "/settlement",
    summary="What partners handed out in a month",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 422, 503),
)
async def settlement(
    engine: AtEngine,
    caller: Caller,
    month: Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", examples=["2025-03"])],
    partner: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """兑换结算: by partner, item and price; a partner sees its own."""
    return said(await asyncio.to_thread(settled, engine, month, partner, [of_settlements(caller)]))


def settled(engine: Engine, month: str, partner: str, where: list[Condition]) -> dict[str, Any]:
    zone = engine.desk.stage().organisation.zone
    try:
        first, after = month_bounds(month, zone)
    except (ValueError, OverflowError) as error:
        raise Problem(422, "query.invalid", message=f"month: {error}") from error
    where += [
        Filter("state", "=", "fulfilled"),
        Filter("fulfilled_at", ">=", first),
        Filter("fulfilled_at", "<", after),
    ]
    if partner:
        where.append(Filter("partner", "=", partner))
    by = ("partner", "item", "price")
    with engine.views.read() as reading:
        points = sums(reading, "redemption_lines", "points", by=by, where=where)
        many = sums(reading, "redemption_lines", "quantity", by=by, where=where)
    pieces = {tuple(row[name] for name in by): row["quantity"] for row in many}
    items = [
        {name: row[name] for name in (*by, "points")} | {"quantity": pieces[tuple(row[name] for name in by)]}
        for row in points
    ]
    items.sort(key=lambda row: (row["partner"], row["item"], row["price"]))
    return {"month": month, "items": items, "next": None, "total": sum(row["points"] for row in items)}
