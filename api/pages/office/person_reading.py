"""Reading a number or a full name out of the register of people: asked with a reason, recorded before it is
opened, shown on the answer alone."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request, Response

from api.orders import AtCases, AtEngine
from api.organisation import people as register
from api.organisation.sight import must_person
from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Page, Viewer, signed_in
from projections.people.register import row

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(pattern=r"^[\w.-]{1,100}$")]
READ = (("phone", "电话"), ("name", "姓名"))
FIELDS = (
    Field("field", "要看什么", "choice", options=READ, required=True, value="phone"),
    Field(
        "reason", "为什么要看", required=True,
        hint="例如：约上门时间。理由和您的名字会记下来，以后查得到。",
    ),
)  # fmt: skip


@router.get("/office/people/{person}/reveal")
async def asked(request: Request, person: Id, viewer: Viewer, engine: AtEngine) -> Response:
    page = Page(request, viewer, "people")
    return await asyncio.to_thread(shown, page, person, forms.blank(FIELDS))


@router.post("/office/people/{person}/reveal")
async def read(request: Request, person: Id, viewer: Viewer, engine: AtEngine, cases: AtCases) -> Response:
    """The value stands on this very answer and in no address; who read it is on the disk before."""
    page, actor = Page(request, viewer, "people"), signed_in(viewer)
    await asyncio.to_thread(must_person, engine, actor, person)
    filled, faults = await forms.typed(request, page, FIELDS)
    sheet = Sheet(FIELDS, filled, tuple(faults))
    ask = forms.asking(page, cases, actor, f"/api/v1/people/{person}/reveal", filled)
    try:
        body = forms.body_from(page, register.Reading, FIELDS, filled)
        answer = orjson.loads(bytes((await register.reveal(person, body, ask)).body))
    except Exception as error:
        return await asyncio.to_thread(shown, page, person, forms.refused(page, sheet, error))
    told = {
        "name": page.say(dict(READ)[body.field]), "value": answer["value"],
        "until": page.facing.when(answer["until_at"]),
    }  # fmt: skip
    return await asyncio.to_thread(shown, page, person, sheet, told)


def shown(page: Page, person: str, sheet: Sheet, told: dict[str, Any] | None = None) -> Response:
    actor = signed_in(page.viewer)
    found = register.described(page.engine, actor, row(must_person(page.engine, actor, person).person))
    name = page.say("（内容已删除）") if found["erased"] else found["name"] or page.say("没有留名")
    return page.show(
        "office/person_reveal.html", 422 if sheet.wrong else 200, id=person, who=name, sheet=sheet, told=told
    )
