"""Figures over HTTP: every number with its parts, and the cases of each."""

import asyncio
import base64
import binascii
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api import answering, problems
from api.answers import page
from api.orders import AtEngine, Language, said
from api.parameters import Cursor
from api.questions import Asked, UnknownIndicator, within_month
from api.routing import READ, CaughtUp, Limit
from api.sign_in import Caller
from projections.asking import BadQuestion

T = TypeVar("T")

router = APIRouter(prefix="/api/v1/statistics", tags=["statistics"])

Name = Annotated[
    str, Path(max_length=80, examples=["on_time_closure_rate", "on_time_closure_rate@closed_only"])
]
When = Annotated[str, Query(max_length=40)]
Dimension = Annotated[str | None, Query(max_length=200)]
Cohort = Literal["deadline", "dispatched", "resolved", "closed"]


async def narrow(
    category: Dimension = None, first_category: Dimension = None, channel: Dimension = None,
    origin: Dimension = None,
    lead: Dimension = None, unit: Dimension = None, grid: Dimension = None, community: Dimension = None,
    street: Dimension = None, track: Dimension = None, urgency: Dimension = None,
    follow_up_method: Dimension = None, origin_of_record: Dimension = None, window: Dimension = None,
    mode: Dimension = None, round: Dimension = None, worker: Dimension = None, risk: Dimension = None,
    kind: Dimension = None,
) -> tuple[tuple[str, str], ...]:  # fmt: skip
    """Filters by dimension; of a grid, itself and below."""
    return tuple((name, value) for name, value in locals().items() if value is not None)


async def asked(
    indicator: Name,
    narrowed: Annotated[tuple[tuple[str, str], ...], Depends(narrow)],
    first: Annotated[str, Query(alias="from", max_length=40, examples=["2026-01"])] = "",
    last: Annotated[
        str, Query(alias="to", max_length=40, description="Included.", examples=["2026-10-31"])
    ] = "",
    cohort: Cohort = "deadline",
    as_of: Annotated[
        str, Query(max_length=40, description="The world as it was then; a day is included.")
    ] = "",
    known_at: Annotated[
        str, Query(max_length=40, description="What was recorded by then; also a position.")
    ] = "",
    exact: Annotated[bool, Query(description="A grid itself only.")] = False,
) -> Asked:
    return Asked(indicator, first, last, (), cohort, as_of, known_at, narrow=narrowed, exact=exact)


Question = Annotated[Asked, Depends(asked)]


@router.get("", summary="The indicators there are", responses=problems.responses(401))
async def indicators(lang: Language, caller: Caller) -> Response:
    return said(page(answering.listed(lang), None))


@router.get(
    "/{indicator}",
    summary="A figure, by group, with its numerator, denominator and exclusions",
    dependencies=[CaughtUp],
    responses=READ,
)
async def figure(
    request: Request,
    question: Question,
    engine: AtEngine,
    caller: Caller,
    lang: Language,
    group_by: Annotated[list[str], Query(description="A dimension; repeat it, or separate by commas.")] = [],  # noqa: B006
    compare_from: When = "",
    compare_to: When = "",
    minimum: Annotated[int, Query(ge=0, le=100_000, description="Smaller groups are listed apart.")] = 20,
) -> Response:
    groups = tuple(dict.fromkeys(name for part in group_by for name in part.split(",") if name))
    asked = replace(
        question, group_by=groups, compare_first=compare_from, compare_last=compare_to, minimum=minimum
    )

    def read() -> dict[str, Any]:
        return answering.figure(engine, asked, actor=caller, lang=lang)

    return said(await answered(read))


@router.get(
    "/{indicator}/cases",
    summary="The cases behind a figure",
    dependencies=[CaughtUp],
    responses=READ,
)
async def cases(
    question: Question,
    engine: AtEngine,
    caller: Caller,
    month: Annotated[
        str, Query(pattern=r"^\d{4}-\d{2}$", description="Of the period, this month only.")
    ] = "",
    part: Annotated[
        str,
        Query(
            pattern=r"^(numerator|denominator|excluded:\w{1,40}|beside:\w{1,40}|)$",
            description="`numerator`, `denominator` (the numerator included), `excluded:REASON`, "
            "`beside:PART`.",
        ),
    ] = "",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """One row per round counted (and unit, for a rate of units); a case in the numerator stands there
    once."""
    after = "" if cursor is None else read_cursor(cursor)

    def read() -> dict[str, Any]:
        asked = within_month(engine, question, month)
        items, more, total = answering.counted_cases(
            engine, asked, part, actor=caller, after=after, limit=limit
        )
        return page(items, None if more is None else write_cursor(more), total=total)

    return said(await answered(read))


async def answered(read: Callable[[], T]) -> T:
    """The reading, in a thread; what cannot be asked becomes a problem."""
    try:
        return await asyncio.to_thread(read)
    except UnknownIndicator as error:
        raise problems.not_found() from error
    except BadQuestion as error:
        raise problems.Problem(422, "query.invalid", message=f"{error.field}: {error}") from error


def write_cursor(place: str) -> str:
    return base64.urlsafe_b64encode(place.encode()).rstrip(b"=").decode()


def read_cursor(cursor: str) -> str:
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error) as error:
        raise problems.Problem(422, "cursor.unknown") from error
