"""Looking at the calendar of duties: between two days, series by series, period by period."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api import kinds, problems
from api.answers import page
from api.duty_calendar import coming
from api.duty_calendar.laid_out import ITEMS, Calendar
from api.duty_calendar.seeing import must_series, of_series
from api.duty_calendar.told import Opener, period_of, series_of, whole
from api.orders import AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.routing import READ, CaughtUp, Limit, Word
from api.sign_in import Caller
from engine.read import Condition, Filter, rows

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
    state: Annotated[str, Query(max_length=20, description="running or ended")] = "",
    what: Word = "",
    grid: Place = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    where: list[Condition] = list(of_series(caller))
    where += [Filter("state", "=", state)] if state else []
    where += [Filter("what", "=", what)] if what else []
    where += [Filter("place", "under", grid.strip("/"))] if grid else []

    def read() -> dict[str, Any]:
        try:
            with engine.views.read() as reading:
                got = rows(reading, "duties", where=where, order=("place", "asc"), after=cursor, limit=limit)
        except ValueError as error:
            raise problems.Problem(422, "cursor.unknown") from error
        return page([series_of(each) for each in got.items], got.next)

    return said(await asyncio.to_thread(read))


@router.get("/{duty}", summary="One series and its last periods", dependencies=[CaughtUp], responses=READ)
async def detail(duty: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language) -> Response:
    """With what the caller may do next."""

    def read() -> dict[str, Any]:
        return whole(engine, cases, caller, must_series(engine, caller, duty), lang)

    answer = await asyncio.to_thread(read)
    return said(answer, ETag=etag(answer["version"]))


@router.get(
    "/{duty}/periods", summary="Every period that was decided", dependencies=[CaughtUp], responses=READ
)
async def periods(
    duty: Id,
    engine: AtEngine,
    cases: AtCases,
    caller: Caller,
    state: Annotated[str, Query(max_length=20, description="done, missed, late or told_late")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """The latest first."""

    def read() -> dict[str, Any]:
        must_series(engine, caller, duty)
        where: list[Condition] = [Filter("series", "=", duty)]
        where += [Filter("state", "=", state)] if state else []
        opened = Opener(cases, caller, engine)
        try:
            with engine.views.read() as reading:
                got = rows(
                    reading, "duty_periods", where=where, order=("due_by", "desc"), after=cursor, limit=limit
                )
        except ValueError as error:
            raise problems.Problem(422, "cursor.unknown") from error
        return page([period_of(each, opened) for each in got.items], got.next)

    return said(await asyncio.to_thread(read))
