"""Proposing a version of a rule book, and putting it in force: a form, and a page that says what follows."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse

from api import rule_books as books
from api.bodies import Body
from api.orders import AtCases, AtEngine
from api.pages import forms
from api.pages.forms import Fault, Field, Filled, Sheet
from api.pages.frame import Page, Viewer, signed_in
from api.pages.office import differing, rendering, texts
from api.problems import not_found
from domain.rule_books import BadContent
from domain.rule_books.resolutions import RESOLVED

router = APIRouter(include_in_schema=False)

Name = Annotated[str, Path(pattern=r"^[a-z]{1,40}$")]
VersionName = Annotated[str, Path(min_length=1, max_length=60)]
LARGEST = 1_500_000
"""Bytes of an uploaded file that are looked at."""

PROPOSAL = (
    Field("version", "新版本叫什么", required=True, hint="字母、数字、点和短横线，例如 2026-2。以后不能改。"),
    Field("content", "内容（TOML 或 JSON）", "area", rows=22, asks=""),
)
ADOPTION = (
    Field(
        "effective_from", "从哪一天起施行", "day", required=True, hint="最早是今天；以前的事仍按以前的规则。"
    ),
    Field("resolution.held_on", "哪天开的会", "day"),
    Field("resolution.eligible", "应到（户）", "number"),
    Field("resolution.present", "实到（户）", "number"),
    Field("resolution.in_favour", "赞成（票）", "number"),
    Field("resolution.minutes", "会议记录", "area"),
)


class Naming(Body):
    """What a version is called; its content is read apart."""

    version: books.VersionText


# ------------------------------------------------------------------ proposing


@router.get("/office/rule-books/{book}/propose")
async def asked(request: Request, book: Name, viewer: Viewer, engine: AtEngine) -> Response:
    """Begins with the words of the version in force."""
    page = Page(request, viewer, "rule-books")
    signed_in(viewer)

    def read() -> Response:
        state, _ = books.book_of(engine, book)
        now = state.in_force(books.today(engine))
        text = texts.toml(now.content) if now else ""
        fields = (PROPOSAL[0], replace(PROPOSAL[1], value=text))
        return proposal(page, book, forms.blank(fields))

    return await asyncio.to_thread(read)


@router.post("/office/rule-books/{book}/propose")
async def propose(request: Request, book: Name, viewer: Viewer, engine: AtEngine, cases: AtCases) -> Response:
    page, actor = Page(request, viewer, "rule-books"), signed_in(viewer)
    await asyncio.to_thread(books.book_of, engine, book)
    filled, _ = await forms.typed(request, page, PROPOSAL)
    filled = await with_file(request, filled)
    sheet, text = Sheet(PROPOSAL, filled), filled.one("content")
    ask = forms.asking(page, cases, actor, f"/api/v1/rule-books/{book}", filled)
    try:
        content = content_of(page, text)
        named = forms.body_from(page, Naming, PROPOSAL[:1], filled)
        body = books.Proposal(version=named.version, content=content)
        await books.propose(book, body, ask)
    except BadContent as no:
        sheet = replace(sheet, faults=(unfit(page, text, no.field, no.message),))
        return await asyncio.to_thread(proposal, page, book, sheet)
    except Exception as error:
        return await asyncio.to_thread(proposal, page, book, forms.refused(page, sheet, error))
    return RedirectResponse(page.to(f"/rule-books/{book}/{body.version}", done="proposed"), 303)


def proposal(page: Page, book: str, sheet: Sheet) -> Response:
    return page.show(
        "office/propose.html", 422 if sheet.wrong else 200, book=book, sheet=sheet,
        name=page.say(rendering.TITLES[book][0]),
    )  # fmt: skip


async def with_file(request: Request, filled: Filled) -> Filled:
    """An uploaded file stands in place of what was typed."""
    upload = (await request.form()).get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return filled
    text = (await upload.read(LARGEST)).decode("utf-8", "replace").removeprefix("\ufeff")
    return replace(filled, values={**filled.values, "content": (text,)})


def content_of(page: Page, text: str) -> dict[str, Any]:
    """Unreadable, with the line, for what is no TOML and no JSON."""
    if not text.strip():
        raise forms.Unreadable([Fault("content", "f-content", page.say("请贴上内容，或选一个文件"))])
    try:
        return texts.content_of(text)
    except texts.BadText as no:
        says = page.say("第 {n} 行看不懂：{why}", n=no.line, why=no.why)
        raise forms.Unreadable([Fault("content", "f-content", says)]) from no


def unfit(page: Page, text: str, field: str, message: str) -> Fault:
    """What the book's own reader found, by its line and field."""
    line = texts.line_of(text, field)
    says = page.say("{field}：{why}", field=field, why=message)
    if line:
        says = page.say("第 {n} 行，{field}：{why}", n=line, field=field, why=message)
    return Fault("content", "f-content", says)


# ------------------------------------------------------------------ adopting


@router.get("/rule-books/{book}/{version}/adopt")
async def decide(
    request: Request, book: Name, version: VersionName, viewer: Viewer, engine: AtEngine
) -> Response:
    page = Page(request, viewer, "rule-books")
    signed_in(viewer)

    def read() -> Response:
        tomorrow = books.today(engine) + timedelta(days=1)
        fields = (replace(ADOPTION[0], value=tomorrow.isoformat()), *ADOPTION[1:])
        return adoption(page, book, version, forms.blank(fields))

    return await asyncio.to_thread(read)


@router.post("/rule-books/{book}/{version}/adopt")
async def adopt(
    request: Request, book: Name, version: VersionName, viewer: Viewer, engine: AtEngine, cases: AtCases
) -> Response:
    page, actor = Page(request, viewer, "rule-books"), signed_in(viewer)
    filled, _ = await forms.typed(request, page, ADOPTION)
    sheet = Sheet(ADOPTION, filled)
    ask = forms.asking(page, cases, actor, f"/api/v1/rule-books/{book}/{version}/adopt", filled)
    try:
        body = forms.body_from(page, books.Adoption, ADOPTION, filled)
        await books.adopt(book, version, body, ask)
    except Exception as error:
        return await asyncio.to_thread(adoption, page, book, version, forms.refused(page, sheet, error))
    return RedirectResponse(page.to(f"/rule-books/{book}/{version}", done="adopted"), 303)


def adoption(page: Page, book: str, version: str, sheet: Sheet) -> Response:
    """Everything it will do, before it is done."""
    state, _ = books.book_of(page.engine, book)
    if version not in state.versions:
        raise not_found()
    now = state.in_force(books.today(page.engine))
    needed = book in RESOLVED and bool(state.adoptions)
    if needed:  # what the domain asks for is not offered as optional
        sheet = replace(sheet, fields=(sheet.fields[0], *(replace(one, asks="") for one in sheet.fields[1:])))
    found = None
    if now is not None and now.version != version:
        found = differing.compared(page, now.content, state.versions[version].content)
    return page.show(
        "office/adopt.html", 422 if sheet.wrong else 200, book=book, version=version, sheet=sheet,
        name=page.say(rendering.TITLES[book][0]), now=now.version if now else "", found=found,
        minuted=needed or sheet.wrong or any(sheet.value(field) for field in ADOPTION[1:]), needed=needed,
    )  # fmt: skip
