"""Looking at the calendar of duties: between two days, series by series, period by period."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api import kinds, problems
from api.answers import page
from api.duty_calendar import coming
from api.duty_calendar.laid_out import ITEMS, Calendar
from api.duty_calendar.seeing import must_series, of_series
from api.duty_calendar.then import REGISTER, listed_then, whole_then
from api.duty_calendar.told import Opener, period_of, series_of, whole
from api.listing import chosen
from api.orders import AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.registers_then import listing
from api.routing import READ, CaughtUp, Limit, Word
from api.sign_in import Caller
from api.then import AtThen
from engine.read import rows

router = APIRouter(prefix="/api/v1/duties", tags=["duties"])

Id = Annotated[
    str,
    Path(
        pattern=r"^duty-[a-z][a-z0-9_]{0,29}-[^/]{1,200}$",
        description="A series: its duty and its place.",
        examples=["duty-patrol-demo.north.sl.grid-01"],
    ),
]
Place = Annotated[str, Query(max_length=200, description="A grid's path: itself and below.")]


@router.get("/calendar", summary="The calendar between two days", dependencies=[CaughtUp], responses=READ)
async def calendar(
    engine: AtEngine,
    caller: Caller,
    first: Annotated[kinds.Day | None, Query(alias="from", description="This month if left out.")] = None,
    last: Annotated[kinds.Day | None, Query(alias="to", description="Included.")] = None,
    grid: Place = "",
    what: Word = "",
    cursor: Annotated[str, Query(max_length=400)] = "",
    limit: Annotated[int, Query(ge=1, le=ITEMS)] = ITEMS,
) -> Response:
    """By the day each is due, then by place: `done`, `missed`, `late` (missed, then done), `told_late` (done
    in time, told afterwards), `open`, and without a fact yet `coming` and `skipped` (left out by the working
    calendar). `counts` are those of the whole span; `next` is the cursor of the next page."""

    def read() -> dict[str, Any]:
        asked = coming.asked(engine, first, last, grid, what)
        found = Calendar(engine, caller, asked)
        try:
            entries, next = found.page(cursor, limit)
        except ValueError as error:
            raise problems.Problem(422, "cursor.unknown") from error
        span = {"from": asked.first.isoformat(), "to": asked.last.isoformat()}
        return page(entries, next, **span, counts=found.counts())

    return said(await asyncio.to_thread(read))


@router.get("/series", summary="What recurs, by place", dependencies=[CaughtUp], responses=READ)
async def listed(
    engine: AtEngine,
    caller: Caller,
    then: AtThen,
    state: Annotated[str, Query(max_length=20, description="running or ended")] = "",
    what: Word = "",
    grid: Place = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """With `as_of` or `known_at`: as they were then, in the order of their ids."""
    seen, asked = of_series(caller), chosen({"state": state, "what": what}, grid, "place")

    def read() -> dict[str, Any]:
        if then is not None:
            return listing(
                engine, REGISTER, seen, asked, lambda _: series_of, then=then, after=cursor, limit=limit
            )
        where = [*seen, *asked]
        try:
            with engine.views.read() as reading:
                got = rows(reading, "duties", where=where, order=("place", "asc"), after=cursor, limit=limit)
        except ValueError as error:
            raise problems.Problem(422, "cursor.unknown") from error
        return page([series_of(each) for each in got.items], got.next)

    return said(await asyncio.to_thread(read))


@router.get("/{duty}", summary="One series and its last periods", dependencies=[CaughtUp], responses=READ)
async def detail(
    duty: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language, then: AtThen
) -> Response:
    """With what the caller may do next; with `as_of` or `known_at` as it was then, and nothing is allowed."""

    def read() -> dict[str, Any]:
        series = must_series(engine, caller, duty)
        if then is not None:
            return whole_then(engine, cases, caller, duty, then)
        return whole(engine, cases, caller, series, lang)

    answer = await asyncio.to_thread(read)
    return said(answer) if then is not None else said(answer, ETag=etag(answer["version"]))


@router.get(
    "/{duty}/periods", summary="Every period that was decided", dependencies=[CaughtUp], responses=READ
)
async def periods(
    duty: Id,
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    then: AtThen,
    state: Annotated[str, Query(max_length=20, description="done, missed, late or told_late")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """The latest first. With `as_of` or `known_at`: what had become of them by then."""

    def read() -> dict[str, Any]:
        must_series(engine, caller, duty)
        opened = Opener(cases, caller, engine)
        if then is not None:
            return listed_then(engine, opened, duty, state, then, cursor, limit)
        where = chosen({"series": duty, "state": state})
        try:
            with engine.views.read() as reading:
                got = rows(
                    reading, "duty_periods", where=where, order=("due_by", "desc"), after=cursor, limit=limit
                )
        except ValueError as error:
            raise problems.Problem(422, "cursor.unknown") from error
        return page([period_of(each, opened) for each in got.items], got.next)

    return said(await asyncio.to_thread(read))
