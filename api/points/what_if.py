"""What another tariff would have paid for the same facts. Nothing is written back."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api import problems
from api.bodies import Body, StrictRoute
from api.jobs import Move, accepted
from api.kinds import Day
from api.orders import AtEngine, said
from api.points.bodies import Id
from api.points.sight import must_account, of_accounts
from api.points.subjects import AtPoints, Points
from api.routing import example
from api.rule_books import VersionName, VersionText
from api.sign_in import Caller
from domain.messages import Actor
from domain.points import facts as f
from domain.refusals import Refused
from domain.rule_books import Books
from domain.rule_books.tariffs import Tariff, read_tariff
from engine.engine import Engine
from engine.read import rows
from projections.points.what_if import OtherAccount, plain, under

router = APIRouter(prefix="/api/v1", tags=["points: rules"], route_class=StrictRoute)

MOST = 10_000
"""Accounts named in one question."""

PAGE = 1_000


class Question(Body):
    """One account is answered at once; several, or all (neither `account` nor `accounts`), as a job. Only
    deeds done from `from` to `to` count, both included."""

    account: Id | None = None
    accounts: Annotated[list[Id], Field(min_length=1, max_length=MOST)] | None = None
    first: Annotated[Day | None, Field(alias="from")] = None
    last: Annotated[Day | None, Field(alias="to")] = None


class WhatIf(Question):
    """`tariff` is a version of the book, or the content of one that nobody proposed."""

    tariff: VersionText | dict[str, Any]


ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "`{accounts: [{account, actual, under, difference, entries}], total_difference}`"},
    202: {"description": "Several accounts: `{job}`, the address of the answer"},
    **problems.responses(400, 401, 404, 409, 413, 422, 503),
}


@router.post(
    "/points/what-if",
    summary="The same facts under another tariff",
    responses=ANSWERS,
    openapi_extra=example({"tariff": "2025-0", "account": "acct-resident"}),
)
async def what_if(
    body: WhatIf, request: Request, engine: AtEngine, points: AtPoints, caller: Caller
) -> Response:
    """`difference` is what it would have paid, less what was paid. Never written back."""
    return await answer(request, engine, points, caller, tariff_of(engine, body.tariff), body)


@router.post(
    "/rule-books/tariffs/{version}/what-if",
    summary="What a version of the tariff would have paid",
    responses=ANSWERS,
    openapi_extra=example({"account": "acct-resident"}),
)
async def what_if_version(
    version: VersionName,
    body: Question,
    request: Request,
    engine: AtEngine,
    points: AtPoints,
    caller: Caller,
) -> Response:
    return await answer(request, engine, points, caller, tariff_of(engine, version), body)


async def answer(
    request: Request, engine: Engine, points: Points, caller: Actor, tariff: Tariff, body: Question
) -> Response:
    named = [body.account] if body.account else list(dict.fromkeys(body.accounts or ()))
    for account in named:
        must_account(points, caller, account)
    if len(named) == 1:
        found = await asyncio.to_thread(one, engine, named[0], tariff, body.first, body.last)
        return said(plain([found]))

    def work(move: Move) -> dict[str, Any]:
        every = named or visible(engine, caller)
        move(0, len(every))
        found = []
        for done, account in enumerate(every, 1):
            found.append(one(engine, account, tariff, body.first, body.last))
            move(done, len(every))
        return plain(found)

    return accepted(request, caller, work)


def tariff_of(engine: Engine, tariff: str | dict[str, Any]) -> Tariff:
    """The version, or the content as a version of its own. Problem 404 for a version that was never proposed;
    BadContent."""
    if isinstance(tariff, dict):
        return read_tariff(tariff, "what-if")
    return known(engine.desk.stage().books, tariff)


def known(books: Books, version: str) -> Tariff:
    found = books.tariff_of(version)
    if found is None:
        there = ", ".join(each.version for each in books.versions("tariffs"))
        raise Refused(
            "tariff.unknown", f"there is no tariff {version!r}", help=f"tariff: {there}", version=version
        )
    return found


def one(engine: Engine, account: str, tariff: Tariff, first: date | None, last: date | None) -> OtherAccount:
    """With the claims that were ruled on: there stands what was proven."""
    lines = engine.log.stream(account)
    ruled = {line.fact.cause for line in lines if isinstance(line.fact, f.PointsReversed)}
    for claim in sorted(ruled):
        lines += engine.log.stream(claim)
    return under(account, lines, tariff, first=first, last=last)


def visible(engine: Engine, caller: Actor) -> Sequence[str]:
    """Every account the caller may know of, the newest first."""
    found: list[str] = []
    cursor: str | None = None
    where = (of_accounts(caller),)
    while True:
        with engine.views.read() as reading:
            page = rows(
                reading,
                "accounts",
                where=where,
                order=("opened_position", "desc"),
                after=cursor,
                limit=PAGE,
            )
        found += [row["id"] for row in page.items]
        cursor = page.next
        if cursor is None:
            return found
