"""All rates at a glance."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api import showing
from api.orders import AtEngine
from api.pages.frame import Page, Viewer, signed_in
from api.statistics import answered

router = APIRouter(include_in_schema=False)


@router.get("/statistics")
async def statistics(
    request: Request,
    viewer: Viewer,
    engine: AtEngine,
    first: Annotated[str, Query(alias="from", max_length=40)] = "",
    last: Annotated[str, Query(alias="to", max_length=40)] = "",
    by: Annotated[str, Query(max_length=40)] = "month",
    as_of: Annotated[str, Query(max_length=40)] = "",
    known_at: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    page, actor = Page(request, viewer, "statistics"), signed_in(viewer)

    def read() -> Response:
        asked = showing.Asked(first, last, by, as_of, known_at)
        return page.show("statistics.html", **showing.overview(engine, page.facing, actor, asked))

    return await answered(read)
