"""反映一个问题: by anybody, without an account, in a minute.

Whoever is not signed in is known by his form only; the number he may leave is whom the case belongs to, as
with one who calls. What he gets is a code: the one thing with which he can follow it and say that it was not
done.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from api.bodies import usable
from api.complaints import RegisterBody, registered
from api.limits import Bounded, Seldom
from api.orders import AtCases, AtEngine
from api.pages import forms
from api.pages.codes import qr
from api.pages.forms import Fault, Field, Filled, Sheet
from api.pages.frame import Page, Viewer
from api.pages.resident import alike
from api.pages.resident.plain import ICONS, OTHER_ICON, Plain, resident, status_of
from api.pages.resident.telling import promises, told
from api.tracking import Code, case_of, shown
from domain.messages import Actor

router = APIRouter(include_in_schema=False)

PHONE = re.compile(r"[+0-9（）() -]{7,24}")
NO_PHONE = "一起反映要留个手机号：办完以后才能问您。"
BAD_PHONE = "手机号只填数字，例如 13800000000"


def questions(page: Page) -> tuple[Field, ...]:
    categories = page.engine.desk.stage().books.categories(page.engine.clock())
    kinds = tuple((code, page.facing.category(code)) for code in categories.codes())
    grids = tuple(pair for _, grids in neighbourhoods(page) for pair in grids)
    return (
        Field("category", "是哪方面的事", "tiles", options=kinds, required=True),
        Field("text", "说一说", "area", hint="什么情况、从什么时候开始。想到什么写什么。", required=True),
        Field("place.grid", "在哪一片", "select", options=grids, required=True),
        Field("place.address", "具体在哪里", hint="小区、楼、单元、门牌。", required=True),
        Field("photos", "拍张照片", "photos", hint="照片里的位置信息会自动去掉。"),
        Field(
            "reporter.phone", "手机号", "tel",
            hint="用来告诉您进展。不公开，只有办这件事的人能看，看一次记一次。",
        ),
    )  # fmt: skip


def neighbourhoods(page: Page) -> list[tuple[str, list[tuple[str, str]]]]:
    """The grids by their community, each by its name."""
    places = page.facing.organisation
    found: dict[str, list[tuple[str, str]]] = {}
    for grid in sorted(places.grids.values(), key=lambda grid: grid.path):
        if grid.level == "grid":
            found.setdefault(page.facing.grid(grid.path.rpartition("/")[0]), []).append(
                (grid.path, grid.name)
            )
    return list(found.items())


@router.get("/report")
async def form(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    page = Plain(request, viewer, "report")
    return await asyncio.to_thread(asked, page, forms.blank(questions(page)))


def asked(page: Plain, sheet: Sheet, alike: Sequence[dict[str, Any]] = ()) -> Response:
    chosen = sheet.filled.one("category")
    icons = {code: ICONS.get(code, OTHER_ICON) for code, _ in sheet.fields[0].options}
    return page.show(
        "resident/report.html", status_of(sheet), sheet=sheet, alike=alike, typing=False, icons=icons,
        places=neighbourhoods(page),
        promised=promises(page.facing, page.engine, chosen) if chosen in icons else [],
        every=[(word, promises(page.facing, page.engine, code)) for code, word in sheet.fields[0].options],
    )  # fmt: skip


@router.post("/report", dependencies=[Seldom])
async def report(request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases) -> Response:
    """Registers it; before that, once, shows what may be the same. `join` is the token of one of those."""
    page = Plain(request, viewer, "report")
    fields = questions(page)
    filled, faults = await forms.typed(request, page, fields)
    filled = replace(filled, preview=False)
    sheet = Sheet(fields, filled, (*faults, *phone_faults(page, fields, filled)))
    sent = await request.form()
    if isinstance(wanted := sent.get("join"), str):
        return await join(page, sheet, wanted)
    try:
        if sheet.faults:
            forms.body_from(page, RegisterBody, whole(fields), web(filled))
            return await asyncio.to_thread(asked, page, sheet)
        body: Any = forms.body_from(page, RegisterBody, whole(fields), web(filled))
        if "looked" not in sent and (found := await asyncio.to_thread(same, page, filled)):
            return await asyncio.to_thread(asked, page, sheet, found)
        complaint = await recorded(page, resident(viewer), filled, body)
    except Exception as error:
        return await asyncio.to_thread(asked, page, forms.refused(page, sheet, error))
    code = engine.vault.tracking_code(complaint)
    return RedirectResponse(page.to(f"/report/{code}"), 303)


@router.post("/report/alike", dependencies=[Bounded])
async def while_typing(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    """What may be the same, as a part of the page: asked for while somebody types. Nothing is recorded."""
    page = Plain(request, viewer, "report")
    sent = await request.form(max_files=0, max_fields=5)
    category, grid, text = (str(sent.get(name) or "") for name in ("category", "place.grid", "text"))
    usable(text)
    found = await asyncio.to_thread(alike.likely, page, category, grid, text)
    return page.show("resident/alike.html", alike=found, typing=True)


def whole(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    return (*fields, Field("channel", "", "hidden"))


def web(filled: Filled) -> Filled:
    """Where it came from is not for the form to say."""
    return replace(filled, values={**filled.values, "channel": ("web",)})


def phone_faults(page: Page, fields: Sequence[Field], filled: Filled) -> list[Fault]:
    phone = filled.one("reporter.phone").strip()
    if not phone or (PHONE.fullmatch(phone) and 5 <= len(alike.digits(phone)) <= 20):
        return []
    return [phone_fault(page, fields, BAD_PHONE)]


def phone_fault(page: Page, fields: Sequence[Field], says: str) -> Fault:
    return Fault("reporter.phone", fields[-1].id, page.say(says))


def same(page: Plain, filled: Filled) -> list[dict[str, Any]]:
    return alike.likely(page, filled.one("category"), filled.one("place.grid"), filled.one("text"))


async def recorded(page: Plain, known: Actor | None, filled: Filled, body: Any) -> str:
    """The id of the case. The form's key says who a stranger is, so that it is recorded once."""
    cases = page.request.app.state.cases
    vault = page.engine.vault
    actor = known or Actor(
        f"p-web-{vault.look_up('tracking-look-up', f'form {filled.key}')[:24]}", "resident"
    )
    ask = forms.asking(page, cases, actor, "/api/v1/complaints", filled)
    if known is not None:
        return (await registered(body, ask))[0]
    phone = filled.one("reporter.phone")
    reporter = await asyncio.to_thread(vault.person_for, phone) if phone else actor.person
    return (await registered(body, ask, reporter))[0]


async def join(page: Plain, sheet: Sheet, wanted: str) -> Response:
    """我也是这个问题."""
    complaint = alike.offered(page.engine.vault, wanted[:200])
    phone = sheet.filled.one("reporter.phone").strip()
    if not phone:
        sheet = replace(sheet, faults=(phone_fault(page, sheet.fields, NO_PHONE),))
    if sheet.fault("reporter.phone") or not complaint:
        kept = replace(sheet, faults=tuple(one for one in sheet.faults if one.name == "reporter.phone"))
        found = await asyncio.to_thread(same, page, sheet.filled)
        return await asyncio.to_thread(asked, page, kept, found)
    step, person = alike.me_too(page.engine, complaint, phone)
    path = f"/api/v1/complaints/{complaint}/support"
    ask = forms.asking(page, page.request.app.state.cases, Actor(person, "resident"), path, sheet.filled)
    try:
        await ask.give(replace(step, expected=None), body={"phone": alike.digits(phone)})
    except Exception as error:
        return await asyncio.to_thread(asked, page, forms.refused(page, sheet, error))
    return RedirectResponse(page.to("/report/joined"), 303)


@router.get("/report/joined")
async def joined(request: Request, viewer: Viewer) -> Response:
    return Plain(request, viewer, "report").show("resident/joined.html")


@router.get("/report/{code}", dependencies=[Bounded])
async def done(request: Request, viewer: Viewer, code: Code, engine: AtEngine, cases: AtCases) -> Response:
    """Its number, the code, a slip to take home, and what happens now."""
    page = Plain(request, viewer, "report")
    case = await case_of(engine, cases, code)

    def read() -> Response:
        answer = shown(engine, cases, case, page.lang)
        written = engine.vault.tracking_code(case.opening.id)
        address = f"{request.base_url}track/{written}"
        return page.show(
            "resident/reported.html", code=written, address=address,
            case=told(page.facing, engine, case, answer),
            picture=qr(address, page.say("二维码：扫码看进展")),
            promised=promises(page.facing, engine, answer["category"]),
        )  # fmt: skip

    return await asyncio.to_thread(read)
