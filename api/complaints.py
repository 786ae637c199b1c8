"""Complaints: registering one, reading them, their story, and why a deadline falls when it does."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api import answers, problems, stories
from api.answers import CommandAnswer, Complaint, Reader
from api.bodies import StrictRoute, body_of, command_of
from api.commands import Id, kept
from api.lists import Filters, complaints, now_of
from api.merging import reporter_id, tracking_key
from api.orders import Ask, Asking, AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.receipts import answered
from api.registers_then import complaints_then
from api.routing import CaughtUp, Limit, example
from api.sight import covers, must_see
from api.sign_in import Caller
from api.similar import similar_to
from api.then import AtThen, case_then, refused
from domain.complaint.commands import Register
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Receipt

router = APIRouter(prefix="/api/v1/complaints", tags=["complaints"], route_class=StrictRoute)

INSIDE = ("reporter_id", "place_key", "tracking_key", "split_from", "found_by")
RegisterBody = body_of(Register, without=INSIDE)
EXAMPLE = {
    "category": "heating",
    "text": "客厅只有 15℃，暖气片上面烫、下面凉",
    "place": {"grid": "demo/north/sl/grid-01", "address": "槐荫小区 3 号楼 2 单元 601"},
    "channel": "hotline",
    "urgency": "normal",
    "origin": "reactive",
    "reporter": {"name": "王小明", "phone": "13800000000"},
    "external_number": "12345-20261112-38117",
}


async def register(body: Any, ask: Ask) -> Response:
    """The reporter is known again by his number; name, number, text and address are sealed. A likely
    duplicate is found by `/complaints/similar`, and never merged by itself."""
    complaint, receipt = await registered(body, ask)
    return await answered(ask, complaint, receipt, created=True)


async def registered(body: Any, ask: Asking, reporter: str | None = None) -> tuple[str, Receipt]:
    """The id it got, and what was recorded: for a repeated key, those of the first time. `reporter`: whose
    case it is, where that is known otherwise than by who asks and the number."""
    if not covers(ask.actor, body.place.grid):
        raise Refused(
            "register.outside-scope",
            "the place lies outside what you answer for",
            help=ask.actor.scope,
            grid=body.place.grid,
        )
    await kept(ask, body)
    complaint = ask.engine.vault.new_id("c")
    command = command_of(
        Register,
        body,
        reporter_id=await reporter_id(ask, body.reporter) if reporter is None else reporter,
        place_key=ask.engine.vault.place_key(body.place.address),
        tracking_key=tracking_key(ask.engine, complaint),
    )
    step = Step("complaint", complaint, command, 0)
    receipt = await ask.give(step, body=body, occurred_at=body.occurred_at)
    if receipt.lines:
        complaint = receipt.lines[0].stream
    return complaint, receipt


register.__annotations__["body"] = RegisterBody
router.add_api_route(
    "",
    register,
    methods=["POST"],
    status_code=201,
    summary="Register a complaint",
    response_model=CommandAnswer,
    responses=problems.responses(400, 401, 409, 413, 422, 503),
    openapi_extra=example(EXAMPLE),
)


@router.get(
    "",
    summary="The register, newest first",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 422, 503),
)
async def listed(
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    filters: Filters,
    then: AtThen,
    cursor: Cursor = None,
    limit: Limit = 50,
    total: Annotated[bool, Query(description="Count all that pass, too.")] = False,
) -> Response:
    """With `as_of` or `known_at`: as it was then; a page may hold less than `limit` and have a `next`."""
    reader = Reader(cases, caller, now_of(engine))
    if then is not None:
        if total:
            raise refused("total", "only the register of today is counted")
        past = await asyncio.to_thread(complaints_then, engine, reader, caller, filters, then, cursor, limit)
        return said(past)
    return said(await asyncio.to_thread(complaints, engine, reader, caller, filters, cursor, limit, total))


@router.get(
    "/similar", summary="Open and recent cases like this text", responses=problems.responses(401, 422)
)
async def similar_texts(
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    text: Annotated[str, Query(min_length=2, max_length=1000)],
    grid: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    reader = Reader(cases, caller, now_of(engine))
    return said(await asyncio.to_thread(similar_to, engine, reader, caller, text, grid, ""))


@router.get(
    "/{complaint}",
    response_model=Complaint,
    summary="One complaint, as it is now",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 404, 422, 503),
)
async def detail(
    complaint: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language, then: AtThen
) -> Response:
    """Folded from its own facts: never behind. With `as_of` or `known_at`: as it was then, and nothing is
    allowed to what is past."""

    def read() -> dict[str, Any]:
        case = must_see(cases, caller, complaint)
        if then is not None:
            was = case_then(engine, cases, complaint, then)
            if was is None:
                raise problems.not_found()
            past = Reader(cases, caller, then.as_of).of_case(was)
            return past | then.over()
        answer = Reader(cases, caller, now_of(engine)).of_case(case)
        return answer | stories.permissions(engine, caller, complaint, lang)

    found = await asyncio.to_thread(read)
    return said(found) if then is not None else said(found, ETag=etag(found["version"]))


@router.get(
    "/{complaint}/history", summary="What happened, in sentences", responses=problems.responses(401, 404, 422)
)
async def history(
    complaint: Id,
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    lang: Language,
    then: AtThen,
    key: Annotated[bool, Query(description="Only the milestones.")] = False,
) -> Response:
    """With `as_of` or `known_at`: what had happened and was known then."""

    def read() -> dict[str, Any]:
        case = must_see(cases, caller, complaint)
        items = stories.history(engine, cases, caller, case, lang, key=key, then=then)
        return answers.page(items, None, **({} if then is None else then.plain()))

    return said(await asyncio.to_thread(read))


@router.get(
    "/{complaint}/clocks/{clock}/why",
    summary="Why a deadline falls when it does",
    responses=problems.responses(401, 404),
)
async def why(
    complaint: Id,
    clock: Annotated[
        str, Path(examples=["resolution"], description="dispatch, response, resolution or follow_up")
    ],
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    lang: Language,
    unit: Annotated[
        str, Query(max_length=120, description="Of `response`: whose; the lead's if left out.")
    ] = "",
) -> Response:
    def read() -> dict[str, Any]:
        case = must_see(cases, caller, complaint)
        return stories.why(engine, case, clock, unit, lang, caller)

    return said(await asyncio.to_thread(read))


@router.get("/{complaint}/similar", summary="Cases like this one", responses=problems.responses(401, 404))
async def similar(complaint: Id, engine: AtEngine, cases: AtCases, caller: Caller) -> Response:
    def read() -> dict[str, Any]:
        case = must_see(cases, caller, complaint)
        reader = Reader(cases, caller, now_of(engine))
        text = cases.opened(case.opening.text) or ""
        return similar_to(
            engine, reader, caller, text, case.opening.grid, case.opening.place_key, without=complaint
        )

    return said(await asyncio.to_thread(read))
