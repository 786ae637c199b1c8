"""The cases behind a number."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import showing
from api.figures import within_month
from api.orders import AtCases, AtEngine
from api.pages.frame import Page, Viewer, signed_in
from api.statistics import Question, answered

router = APIRouter(include_in_schema=False)


@router.get("/statistics/{indicator}/cases")
async def counted(
    request: Request,
    viewer: Viewer,
    engine: AtEngine,
    cases: AtCases,
    question: Question,
    month: Annotated[str, Query(pattern=r"^(\d{4}-\d{2})?$")] = "",
    part: Annotated[str, Query(max_length=60)] = "",
    cursor: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)

    def read() -> Response:
        asked = within_month(engine, question, month)
        return page.show("counted.html", **showing.cases(engine, page.facing, actor, asked, part, cursor))

    return await answered(read)
