"""核对收据: what a receipt is worth, told to whoever holds it. Nobody signs in for that."""

import asyncio
from datetime import datetime

from fastapi import APIRouter, Request, Response

from api.audit import Pasted, judged
from api.limits import Bounded
from api.orders import AtEngine
from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Viewer
from api.pages.resident.plain import Plain, status_of

router = APIRouter(include_in_schema=False)

RECEIPT = Field(
    "receipt",
    "收据",
    "area",
    hint="把整张收据贴进来，第一行是 c2sp.org/tlog-proof@v1。",
    rows=8,
    required=True,
)


@router.get("/receipts/check")
async def form(request: Request, viewer: Viewer) -> Response:
    return shown(Plain(request, viewer, "receipts"), forms.blank((RECEIPT,)), None)


def shown(page: Plain, sheet: Sheet, verdict: dict[str, object] | None) -> Response:
    when = ""
    if verdict and "recorded_at" in verdict:
        when = page.facing.when(datetime.fromisoformat(str(verdict["recorded_at"])))
    return page.show("resident/receipt.html", status_of(sheet), sheet=sheet, verdict=verdict, when=when)


@router.post("/receipts/check", dependencies=[Bounded])
async def check(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    page = Plain(request, viewer, "receipts")
    filled, faults = await forms.typed(request, page, (RECEIPT,))
    sheet = Sheet((RECEIPT,), filled, tuple(faults))
    try:
        body = forms.body_from(page, Pasted, (RECEIPT,), filled)
    except forms.Unreadable as error:
        return shown(page, forms.refused(page, sheet, error), None)
    given = body.receipt.replace("\r\n", "\n").strip() + "\n"
    return shown(page, sheet, await asyncio.to_thread(judged, engine, given, page.lang))
