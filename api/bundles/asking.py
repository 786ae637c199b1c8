"""Proof packs over HTTP: of a claim, a month of an account, a case, a published figure, for whoever may know
of it."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api import problems, published
from api.audit import LARGEST, signed
from api.bodies import StrictRoute
from api.bundles import contents
from api.bundles.contents import Contents
from api.bundles.packing import MOST, pack_of_lines
from api.commands import Id as CaseId
from api.orders import AtCases, AtEngine
from api.points.accounts import Id as AccountId
from api.points.claims import Id as ClaimId
from api.points.sight import must_account, must_claim
from api.points.subjects import AtPoints, Points
from api.publishing import Id as FigureId
from api.publishing import counts_there
from api.sight import must_see
from api.sign_in import Caller
from engine.engine import Engine

router = APIRouter(prefix="/api/v1/audit/bundles", tags=["audit"], route_class=StrictRoute)

Size = Annotated[int | None, Query(ge=1, le=LARGEST, description="Of a checkpoint; the last.")]
Month = Annotated[str, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="As 2025-03.")]
ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}, "description": "The pack."}}


@router.get(
    "/claim/{claim}",
    summary="The proof pack of a claim",
    response_class=Response,
    responses=ZIP | problems.responses(401, 404, 422, 503),
)
async def of_claim(
    claim: ClaimId, engine: AtEngine, points: AtPoints, caller: Caller, size: Size = None
) -> Response:
    """Every entry of the claim and what it moved on the account, with receipts, the checkpoint, and a page
    that verifies them without network. Sealed values stay sealed."""

    def read() -> Contents:
        must_claim(points, caller, claim)
        return contents.of_claim(points, claim)

    return await packed(engine, points, read, claim, size)


@router.get(
    "/account/{account}",
    summary="The proof pack of a month's statement",
    response_class=Response,
    responses=ZIP | problems.responses(401, 404, 422, 503),
)
async def of_account(
    account: AccountId, engine: AtEngine, points: AtPoints, caller: Caller, month: Month, size: Size = None
) -> Response:
    """What was recorded on the account in the month, with the entry before and the one after it."""

    def read() -> Contents:
        must_account(points, caller, account)
        return contents.of_account(points, account, month)

    return await packed(engine, points, read, f"{account}-{month}", size)


@router.get(
    "/complaint/{complaint}",
    summary="The proof pack of a case",
    response_class=Response,
    responses=ZIP | problems.responses(401, 404, 422, 503),
)
async def of_case(
    complaint: CaseId,
    engine: AtEngine,
    cases: AtCases,
    points: AtPoints,
    caller: Caller,
    size: Size = None,
) -> Response:
    """Every entry of the case."""
    return await packed(
        engine,
        points,
        lambda: contents.of_case(engine, must_see(cases, caller, complaint)),
        complaint,
        size,
    )


@router.get(
    "/figure/{figure}",
    summary="The proof pack of a published figure",
    response_class=Response,
    responses=ZIP | problems.responses(401, 403, 404, 422, 503),
)
async def of_figure(
    figure: FigureId, engine: AtEngine, points: AtPoints, caller: Caller, size: Size = None
) -> Response:
    """The publication (numerators, denominators, what was left out, formula, position), the entries it was
    counted from, and the proof that the checkpoint it names grew into this one. For who may count all that it
    counts: it holds small groups and entries of cases."""

    def read() -> Contents:
        fact, _ = published.must(engine, figure)
        if not counts_there(caller, fact.scope):
            raise problems.Problem(403, "figure.scope", scope=fact.scope)
        return contents.of_figure(engine, figure, MOST)

    try:
        return await packed(engine, points, read, figure, size)
    except published.NoSuchFigure as error:
        raise problems.not_found() from error


async def packed(
    engine: Engine, points: Points, read: Callable[[], Contents], name: str, size: int | None
) -> Response:
    found = await asyncio.to_thread(read)
    tell = contents.teller(points)
    pack = await signed(engine, lambda: pack_of_lines(engine, found, tell, size=size))
    named = f'attachment; filename="{name}.zip"'
    return Response(pack, 200, {"Content-Disposition": named}, "application/zip")
