"""窗口: staff help somebody who does not use a phone. Large type, one thing a page, and what is done is
visibly done by them on his behalf.

Nobody's number is shown, and nothing of a person stays when the next one steps up: no page is kept by the
browser, and nothing about whom is being helped is in the session.
"""

import asyncio
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import RedirectResponse

from api import sight
from api.answers import Reader
from api.commands import Id
from api.complaints import RegisterBody, registered
from api.orders import AtCases, AtEngine
from api.pages import forms
from api.pages.forms import Fault, Field, Filled, Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.resident import claiming, redeeming, reporting
from api.pages.resident.following import Done
from api.pages.resident.my_points import claims_of, orders_of, trouble
from api.pages.resident.plain import ICONS, OTHER_ICON, Counted, status_of
from api.pages.resident.telling import promises, told
from api.points import bodies as b
from api.points import claims as claims_api
from api.points import redemptions as orders_api
from api.points.sight import sees_account, sees_claim, sees_redemption
from api.problems import Problem, not_found
from api.routing import CaughtUp
from api.sight import must_see
from domain.organisation import within
from domain.points.account import account_of
from engine.desk import Receipt
from engine.read import Filter, rows
from projections.points.account import Account

router = APIRouter(include_in_schema=False)

Person = Annotated[str, Path(pattern=r"^[\w.-]{1,100}$")]
Did = Annotated[str, Query(max_length=120)]
WHO = (
    Field("phone", "报手机号", "tel", hint="输入后不显示、不保存在这里，只用来找到人。"),
    Field("account", "或扫积分卡、输账户号", hint="acct- 开头。"),
)
NOBODY = "在您负责的范围里没有找到。请再核对一遍，或者直接替他反映。"
CASES_SHOWN = 6
FRAME = "resident/at_counter.html"
CLEAR = {"Clear-Site-Data": '"cache", "storage"'}


def window_of(request: Request, viewer: Viewer) -> Counted:
    return Counted(request, signed_in(viewer), "counter")


def helped(window: Counted, person: str) -> Account | None:
    """The person's account, if he has one the helper answers for; None for one who only has cases there.
    Problem 404 for anybody else."""
    found = window.points.accounts.find(account_of(person))
    if found is not None and sees_account(window.actor, found):
        return found
    if not reported(window, person, 1):
        raise not_found()
    return None


def reported(window: Counted, person: str, limit: int) -> list[dict[str, Any]]:
    """His newest cases that the helper may know of, in plain words."""
    cases = window.request.app.state.cases
    reader = Reader(cases, window.actor, window.facing.now)
    where = (*sight.condition(window.actor, reader.now, cases.places()), Filter("reporter", "=", person))
    with window.engine.views.read() as reading:
        found = rows(reading, "cases", where=where, order=("registered_position", "desc"), limit=limit).items
    return [
        told(window.facing, window.engine, cases.must(item["id"]), item) | {"id": item["id"]}
        for item in reader.of_rows(found)
    ]


# ------------------------------------------------------------------ who is it


@router.get("/counter", dependencies=[CaughtUp])
async def choose(request: Request, viewer: Viewer) -> Response:
    window = window_of(request, viewer)
    response = window.show("resident/counter.html", sheet=forms.blank(WHO), base=FRAME)
    response.headers.update(CLEAR)
    return response


@router.post("/counter")
async def chosen(request: Request, viewer: Viewer) -> Response:
    window = window_of(request, viewer)
    filled, _ = await forms.typed(request, window, WHO)
    account, phone = filled.one("account").strip(), filled.one("phone").strip()
    person = account.removeprefix("acct-") or window.engine.vault.person_known(phone) or ""

    def known() -> bool:
        try:
            helped(window, person)
        except Problem:
            return False
        return True

    if not person or not await asyncio.to_thread(known):
        fault = Fault("", WHO[0].id, window.say(NOBODY))
        empty = Sheet(WHO, Filled(), (fault,))
        return window.show("resident/counter.html", 422, sheet=empty, base=FRAME)
    return RedirectResponse(window.to(f"/counter/with/{person}"), 303)


@router.post("/counter/next")
async def next_one(request: Request, viewer: Viewer) -> Response:
    """下一位: the page of the one before is gone from this browser."""
    window = window_of(request, viewer)
    return RedirectResponse(window.to("/counter"), 303, headers=CLEAR)


@router.get("/counter/with/{person}", dependencies=[CaughtUp])
async def together(
    request: Request, person: Person, viewer: Viewer, did: Did = "", done: Done = 0
) -> Response:
    window = window_of(request, viewer)

    def read() -> Response:
        account = helped(window, person)
        answer = None if account is None else window.answers().account(account)
        return window.show(
            "resident/together.html", base=FRAME, person=person, who=window.who(person), account=answer,
            trouble=trouble(window, answer) if answer else [], cases=reported(window, person, CASES_SHOWN),
            claims=claims_of(window, account.id) if account else [],
            orders=orders_of(window, account.id) if account else [],
            said=window.said_since(did, done) if done and his(window, did) else [],
        )  # fmt: skip

    return await asyncio.to_thread(read)


def his(window: Counted, did: str) -> bool:
    """Whether what was just done is something the helper may read of."""
    claim, order = window.points.claims.find(did), window.points.redemptions.find(did)
    if claim is not None:
        return sees_claim(window.actor, claim)
    return order is not None and sees_redemption(window.actor, order)


# ------------------------------------------------------------------ report


def questions(window: Counted) -> tuple[Field, ...]:
    scope = window.actor.scope
    fields = []
    for field in reporting.questions(window):
        if field.name == "place.grid":
            inside = tuple(pair for pair in field.options if within(pair[0], scope))
            field = replace(field, options=inside, value=inside[0][0] if len(inside) == 1 else "")
        fields.append(field)
    return (*fields[:-1], Field("reporter.name", "怎么称呼"), fields[-1])


@router.get("/counter/report")
async def form(request: Request, viewer: Viewer, person: Did = "") -> Response:
    window = window_of(request, viewer)

    def read() -> Response:
        if person:
            helped(window, person)
        return asked(window, person, forms.blank(questions(window)))

    return await asyncio.to_thread(read)


def asked(window: Counted, person: str, sheet: Sheet) -> Response:
    icons = {code: ICONS.get(code, OTHER_ICON) for code, _ in sheet.fields[0].options}
    return window.show(
        "resident/counter_report.html", status_of(sheet), base=FRAME, sheet=sheet, person=person,
        who=window.who(person) if person else "", icons=icons,
    )  # fmt: skip


@router.post("/counter/report")
async def report(
    request: Request, viewer: Viewer, engine: AtEngine, cases: AtCases, person: Did = ""
) -> Response:
    window = window_of(request, viewer)
    if person:
        await asyncio.to_thread(helped, window, person)
    fields = questions(window)
    filled, faults = await forms.typed(request, window, fields)
    filled = replace(filled, preview=False, values={**filled.values, "channel": ("counter",)})
    faults += reporting.phone_faults(window, fields, filled)
    sheet = Sheet(fields, filled, tuple(faults))
    ask = forms.asking(window, cases, window.actor, "/api/v1/complaints", filled)
    try:
        body: Any = forms.body_from(window, RegisterBody, reporting.whole(fields), filled)
        if faults:
            raise forms.Unreadable(())
        complaint, _ = await registered(body, ask, person or None)
    except Exception as error:
        return await asyncio.to_thread(asked, window, person, forms.refused(window, sheet, error))
    return RedirectResponse(window.to(f"/counter/reported/{complaint}", person=person), 303)


@router.get("/counter/reported/{complaint}")
async def after(
    request: Request, complaint: Id, viewer: Viewer, engine: AtEngine, cases: AtCases, person: Did = ""
) -> Response:
    """The number and what comes next, to take home on paper. The code is the reporter's alone."""
    window = window_of(request, viewer)

    def read() -> Response:
        case = must_see(cases, window.actor, complaint)
        answer = Reader(cases, window.actor, window.facing.now).of_case(case)
        return window.show(
            "resident/counter_reported.html", base=FRAME, person=person,
            case=told(window.facing, engine, case, answer),
            promised=promises(window.facing, engine, answer["category"]),
        )  # fmt: skip

    return await asyncio.to_thread(read)


# ------------------------------------------------------------------ claim and redeem


def must_have_account(window: Counted, person: str) -> Account:
    found = helped(window, person)
    if found is None:
        raise not_found()
    return found


@router.get("/counter/with/{person}/claim")
async def claim_form(request: Request, person: Person, viewer: Viewer) -> Response:
    window = window_of(request, viewer)

    def read() -> Response:
        account = must_have_account(window, person)
        return claim_shown(window, person, forms.blank(claiming.questions(window, account.id)))

    return await asyncio.to_thread(read)


def claim_shown(window: Counted, person: str, sheet: Sheet) -> Response:
    back = f"/counter/with/{person}"
    return window.show("resident/claim_form.html", status_of(sheet), base=FRAME, sheet=sheet, back=back)


@router.post("/counter/with/{person}/claim")
async def claim(request: Request, person: Person, viewer: Viewer) -> Response:
    window = window_of(request, viewer)
    account = await asyncio.to_thread(must_have_account, window, person)

    async def give(ask: Any, body: Any) -> Receipt:
        return await claims_api.filed(ask, window.points, body.model_copy(update={"account": account.id}))

    fields = claiming.questions(window, account.id)
    answer = await window.given(fields, b.Filing, "points/claims", give)
    if isinstance(answer, Sheet):
        return await asyncio.to_thread(claim_shown, window, person, answer)
    filed = answer.lines[0].stream
    return window.done(f"/counter/with/{person}", answer, filed, did=filed)


CONSENT = Field(
    "consent",
    "本人同意的凭证",
    "photos",
    required=True,
    hint="拍下本人签字的同意书，或本人和您的合影。",
    asks="",
)


@router.get("/counter/with/{person}/redeem")
async def redeem_form(request: Request, person: Person, viewer: Viewer) -> Response:
    window = window_of(request, viewer)

    def read() -> Response:
        account = must_have_account(window, person)
        fields = (*redeeming.questions(window), CONSENT)
        return redeem_shown(window, person, account, forms.blank(fields))

    return await asyncio.to_thread(read)


def redeem_shown(window: Counted, person: str, account: Account, sheet: Sheet) -> Response:
    back = f"/counter/with/{person}"
    return redeeming.shown(window, account, sheet, base=FRAME, back=back, post=f"{back}/redeem")


@router.post("/counter/with/{person}/redeem")
async def redeem(request: Request, person: Person, viewer: Viewer) -> Response:
    window = window_of(request, viewer)
    account = await asyncio.to_thread(must_have_account, window, person)
    fields = (*redeeming.questions(window), CONSENT)
    filled, faults = await forms.typed(request, window, fields)
    sheet = Sheet(fields, filled, tuple(faults))
    ask = forms.asking(window, request.app.state.cases, window.actor, "/api/v1/points/redemptions", filled)
    try:
        consent = filled.one("consent")
        if not consent or faults:
            says = window.say(CONSENT.ask, label=window.say(CONSENT.label))
            raise forms.Unreadable([] if faults else [Fault(CONSENT.name, CONSENT.id, says)])
        proxy = b.Proxy(person=window.actor.person, consent=consent)
        order = redeeming.basket(window, account.id, filled, proxy)
        receipt = await orders_api.ordered(ask, window.points, order)
    except Exception as error:
        sheet = forms.refused(window, sheet, error)
        return await asyncio.to_thread(redeem_shown, window, person, account, sheet)
    if filled.preview:
        sheet = await asyncio.to_thread(redeeming.foreseen, window, ask, sheet, receipt)
        return await asyncio.to_thread(redeem_shown, window, person, account, sheet)
    made = receipt.lines[0].stream
    return window.done(f"/counter/with/{person}", receipt, made, did=made)
