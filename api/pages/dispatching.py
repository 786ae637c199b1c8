"""Dispatching many cases at once: first a page that says what would follow for each, then the answers, one
by one. Each case is decided on its own, as if it had been dispatched alone (api/bulk.py)."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from api import bulk
from api.answers import Reader
from api.commands import COMMANDS
from api.orders import Asking, AtCases, AtEngine
from api.pages import asked
from api.pages.frame import Page, Viewer, signed_in
from api.problems import Problem

router = APIRouter(include_in_schema=False)

COMMAND = "dispatch"
MOST = 50
"""As many as a page of the queue holds."""


@router.post("/complaints/bulk")
async def dispatch(request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases) -> Response:
    """Without `confirm` nothing is recorded."""
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)
    form = await request.form(max_files=0, max_fields=MOST + 20)
    ids = list(dict.fromkeys(str(id) for id in form.getlist("id")))[:MOST]
    lead, known = str(form.get("lead", "")), dict(asked.units(page))
    confirmed = bool(form.get("confirm"))
    if not ids or lead not in known:
        return page.show("bulk_ask.html", 422, ids=ids, units=known.items(), lead=lead)
    key = key_of(form)
    path = request.url.path
    ask = Asking(engine, cases, actor, page.lang, path, None, key if confirmed else None, not confirmed)
    body = COMMANDS[COMMAND].body.model_validate({"lead": lead})
    items = await bulk.each(ask, ids, COMMAND, body)
    lines = await asyncio.to_thread(told, page, items)
    done = [line for line in lines if not line["no"]]
    return page.show(
        "bulk_done.html" if confirmed else "bulk_confirm.html", key=key, lead=lead, unit=known[lead],
        yes=done, no=[line for line in lines if line["no"]],
        reached=max((item["answer"]["position"] for item in items if "answer" in item), default=0),
    )  # fmt: skip


def key_of(form: FormData) -> str:
    key = form.get("key")
    return key if isinstance(key, str) and key.isalnum() and len(key) == 32 else uuid4().hex


def told(page: Page, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each case with what it records and what follows, or with the rule against it."""
    reader: Reader = page.reader()
    lines: list[dict[str, Any]] = []
    for item in items:
        case = reader.cases.find(item["id"])
        row = page.facing.row(reader.of_case(case)) if case is not None else None
        answer, problem = item.get("answer"), item.get("problem")
        if problem is not None and problem["status"] == 404:
            row = None
        if answer is None and problem is None:
            raise Problem(404, "not-found")
        lines.append(
            {
                "id": item["id"], "row": row, "no": problem,
                "says": answer.get("consequences") or [fact["sentence"] for fact in answer["facts"]]
                if answer
                else [],
            }
        )  # fmt: skip
    return lines
