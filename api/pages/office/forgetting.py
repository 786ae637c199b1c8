"""Forgetting a person: a page that says what will go and what stays, and afterwards which cases of others
still name him."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request, Response

from api.erasing import planned
from api.orders import AtCases, AtEngine
from api.organisation import people as register
from api.organisation.sight import must_person
from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Page, Viewer, signed_in
from api.pages.office.deeds import REASON
from api.revealing import Erasing, erase
from domain.messages import Actor
from projections.people.register import row

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(pattern=r"^[\w.-]{1,100}$")]
FIELDS = (REASON, Field("sure", "我知道删除以后谁也恢复不了", "tick", required=True))


@router.get("/office/people/{person}/erase")
async def asked(request: Request, person: Id, viewer: Viewer, engine: AtEngine) -> Response:
    page, actor = Page(request, viewer, "people"), signed_in(viewer)
    return await asyncio.to_thread(shown, page, actor, person, forms.blank(FIELDS))


@router.post("/office/people/{person}/erase")
async def forget(request: Request, person: Id, viewer: Viewer, engine: AtEngine, cases: AtCases) -> Response:
    page, actor = Page(request, viewer, "people"), signed_in(viewer)
    filled, _ = await forms.typed(request, page, FIELDS)
    sheet = Sheet(FIELDS, filled)
    ask = forms.asking(page, cases, actor, f"/api/v1/people/{person}/erase", filled)
    try:
        await asyncio.to_thread(must_person, engine, actor, person)
        if not filled.one("sure"):
            raise forms.Unreadable([forms.Fault("sure", "f-sure", page.say("先勾选这一条，再删除"))])
        body = forms.body_from(page, Erasing, FIELDS[:1], filled)
        answer = orjson.loads(bytes((await erase(request, person, body, ask)).body))
    except Exception as error:
        return await asyncio.to_thread(shown, page, actor, person, forms.refused(page, sheet, error))
    return await asyncio.to_thread(done, page, person, answer)


def shown(page: Page, actor: Actor, person: str, sheet: Sheet) -> Response:
    """What would be touched is looked up anew: it is said before, and again beside a refusal."""
    found = register.described(page.engine, actor, row(must_person(page.engine, actor, person).person))
    plan = planned(page.engine, person, page.request.app.state.retention)
    return page.show(
        "office/erase.html", 422 if sheet.wrong else 200, sheet=sheet, id=person,
        name=page.say("（内容已删除）") if found["erased"] else found["name"] or page.say("没有留名"),
        erased=found["erased"], cases=len(plan.cases), others=len(plan.others), holds=found.get("holds", []),
        disputes=len(plan.disputes),
    )  # fmt: skip


def done(page: Page, person: str, answer: dict[str, Any]) -> Response:
    """Shown once, as the answer: the list is looked up again by erasing nobody."""
    why = {"name": page.say("有他的名字"), "phone": page.say("有他的号码")}
    others = [
        {"id": each["id"], "why": why.get(each["matches"], each["matches"])} for each in answer["others"]
    ]
    return page.show("office/erased.html", id=person, others=others, cases=answer["cases"])
