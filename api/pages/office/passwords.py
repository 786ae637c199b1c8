"""Giving somebody a login and a password, which is shown once: to whoever gives it, on the answer to his
click."""

import asyncio
import secrets
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.orders import AtEngine
from api.organisation import people as register
from api.organisation.sight import must_person
from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Page, Viewer, signed_in
from api.sign_in import door_of
from api.signing_in.me import password_given
from domain.messages import Actor
from projections.people.register import row

router = APIRouter(include_in_schema=False)

Id = Annotated[str, Path(pattern=r"^[\w.-]{1,100}$")]


def questions(login: str) -> tuple[Field, ...]:
    first = Field("login", "登录名", required=True, hint="最多 64 个字，不带空格。他用它登录，以后不变。")
    return (
        *(() if login else (first,)),
        Field("new", "密码", hint="至少 10 个字。不填就由系统编一个，只在下一页显示一次。"),
    )


@router.get("/office/people/{person}/password")
async def asked(request: Request, person: Id, viewer: Viewer, engine: AtEngine) -> Response:
    page, actor = Page(request, viewer, "people"), signed_in(viewer)

    def read() -> Response:
        account = engine.accounts.of(person)
        return shown(page, actor, person, forms.blank(questions(account.login if account else "")))

    return await asyncio.to_thread(read)


@router.post("/office/people/{person}/password")
async def give(request: Request, person: Id, viewer: Viewer, engine: AtEngine) -> Response:
    """The answer itself holds what was made: it is kept nowhere, and a reload makes another."""
    page, actor = Page(request, viewer, "people"), signed_in(viewer)
    account = await asyncio.to_thread(engine.accounts.of, person)
    fields = questions(account.login if account else "")
    filled, _ = await forms.typed(request, page, fields)
    made = "" if filled.one("new") else secrets.token_urlsafe(12)
    login = account.login if account else filled.one("login").strip()
    try:
        if not login:
            raise forms.Unreadable(
                [forms.Fault("login", "f-login", page.say("请填写：{label}", label=page.say("登录名")))]
            )
        await password_given(door_of(request), actor, person, filled.one("new") or made, login)
    except Exception as error:
        sheet = forms.refused(page, Sheet(fields, forms.Filled({"login": (login,)}, filled.key)), error)
        return await asyncio.to_thread(shown, page, actor, person, sheet)
    return await asyncio.to_thread(shown, page, actor, person, None, made=made, login=login)


def shown(
    page: Page, actor: Actor, person: str, sheet: Sheet | None, *, made: str = "", login: str = ""
) -> Response:
    found = register.described(page.engine, actor, row(must_person(page.engine, actor, person).person))
    name = page.say("（内容已删除）") if found["erased"] else found["name"] or page.say("没有留名")
    status = 422 if sheet is not None and sheet.wrong else 200
    return page.show(
        "office/password.html", status, sheet=sheet, id=person, name=name, made=made, login=login
    )
