"""The rule books as pages: which there are, their versions, what a version says, and how two differ."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api import rule_books as books
from api.orders import AtEngine
from api.pages.frame import Page, Viewer, signed_in
from api.pages.office import differing, rendering, texts, trying
from api.permissions import ADOPTERS, PROPOSERS
from api.problems import not_found
from api.sight import STAFF
from domain import rule_books
from domain.rule_books import RuleBookState

router = APIRouter(include_in_schema=False)

Name = Annotated[str, Path(pattern=r"^[a-z]{1,40}$")]
VersionName = Annotated[str, Path(min_length=1, max_length=60)]
Job = Annotated[str, Query(pattern=r"^(job-[0-9a-z]{1,40})?$")]
SAID: Mapping[str, str] = {
    "proposed": "{version} 已经提出，还没有施行。先和现在的比一比，再定从哪天起。",
    "adopted": "{version} 已经通过，{when}起施行。",
}


def titled(page: Page, book: str) -> tuple[str, str]:
    title, about = rendering.TITLES[book]
    return page.say(title), page.say(about)


def told(page: Page, state: RuleBookState, name: str) -> dict[str, Any]:
    """A version with when it holds, in words. It ends the day before the next one begins."""
    found = books.described(state, name)
    today = books.today(page.engine)
    current = state.in_force(today)
    adopted = state.adoption(name)
    found |= {"status": "draft", "from": "", "until": "", "resolved": ""}
    if adopted is None:
        return found
    later = sorted(
        other.effective_from for other in state.adoptions if other.effective_from > adopted.effective_from
    )
    ends = later[0] if later else None
    found["status"] = (
        "now" if current is not None and current.version == name
        else "coming" if adopted.effective_from > today else "past"
    )  # fmt: skip
    found["from"] = on(page, adopted.effective_from)
    found["until"] = on(page, ends) if ends is not None else ""
    found["resolved"] = resolved(page, adopted.resolution)
    return found


def on(page: Page, day: date) -> str:
    return f"{day:%-d %b %Y}" if page.lang == "en" else f"{day.year}年{day.month}月{day.day}日"


def resolved(page: Page, resolution: Mapping[str, Any] | None) -> str:
    if not resolution:
        return ""
    day = date.fromisoformat(resolution["held_on"])
    return page.say(
        "{day}居民代表会通过：应到 {eligible}，实到 {present}，赞成 {in_favour}",
        day=on(page, day), **{key: f"{resolution[key]:,}" for key in ("eligible", "present", "in_favour")},
    )  # fmt: skip


@router.get("/rule-books")
async def all_books(request: Request, viewer: Viewer, engine: AtEngine) -> Response:
    page = Page(request, viewer, "rule-books")
    signed_in(viewer)

    def read() -> Response:
        found = []
        for book in rule_books.BOOKS:
            state, _ = books.book_of(engine, book)
            title, about = titled(page, book)
            current = state.in_force(books.today(engine))
            drafts = [name for name in state.versions if state.adoption(name) is None]
            found.append({
                "book": book, "title": title, "about": about, "versions": len(state.versions),
                "now": told(page, state, current.version) if current else None, "drafts": drafts,
            })  # fmt: skip
        return page.show("office/books.html", books=found)

    return await asyncio.to_thread(read)


@router.get("/rule-books/{book}")
async def versions(request: Request, book: Name, viewer: Viewer, engine: AtEngine) -> Response:
    page, actor = Page(request, viewer, "rule-books"), signed_in(viewer)

    def read() -> Response:
        state, _ = books.book_of(engine, book)
        title, about = titled(page, book)
        names = list(reversed(tuple(state.versions)))
        found = [told(page, state, name) for name in names]
        for n, each in enumerate(found):
            each["before"] = names[n + 1] if n + 1 < len(names) else None
        current = state.in_force(books.today(engine))
        return page.show(
            "office/book.html", book=book, name=title, about=about, versions=found,
            now=current.version if current else "", may_propose=actor.role in PROPOSERS,
            may_adopt=actor.role in ADOPTERS,
        )  # fmt: skip

    return await asyncio.to_thread(read)


@router.get("/rule-books/{book}/{version}")
async def version(
    request: Request, book: Name, version: VersionName, viewer: Viewer, engine: AtEngine,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:  # fmt: skip
    page, actor = Page(request, viewer, "rule-books"), signed_in(viewer)

    def read() -> Response:
        state, found = must_version(page, book, version)
        title, _ = titled(page, book)
        typed = state.versions[version].typed(page.facing.organisation.time_zone)
        said = page.say(SAID[done], version=version, when=found["from"]) if fits(done, found) else ""
        return page.show(
            "office/version.html", book=book, name=title, version=found, sheets=rendering.sheets(page, typed),
            text=texts.toml(state.versions[version].content), said=said,
            others=[name for name in state.versions if name != version],
            now=current(page, state), may_adopt=actor.role in ADOPTERS,
            may_rehearse=book == "deadlines" and actor.role in STAFF,
        )  # fmt: skip

    return await asyncio.to_thread(read)


def fits(done: str, found: Mapping[str, Any]) -> bool:
    """Whether the address says what is so: nobody is told of what did not happen."""
    return done == "proposed" or (done == "adopted" and found["adopted"])


def current(page: Page, state: RuleBookState) -> str:
    found = state.in_force(books.today(page.engine))
    return found.version if found else ""


def must_version(page: Page, book: str, version: str) -> tuple[RuleBookState, dict[str, Any]]:
    state, _ = books.book_of(page.engine, book)
    if version not in state.versions:
        raise not_found()
    return state, told(page, state, version)


@router.get("/rule-books/{book}/{version}/diff/{other}")
async def difference(
    request: Request, book: Name, version: VersionName, other: VersionName, viewer: Viewer, engine: AtEngine,
    job: Job = "",
) -> Response:  # fmt: skip
    """From `version` to `other`. For the points: what the one would have paid for what was done."""
    page, actor = Page(request, viewer, "rule-books"), signed_in(viewer)

    def read() -> Response:
        state, before = must_version(page, book, version)
        _, after = must_version(page, book, other)
        title, _ = titled(page, book)
        found = differing.compared(page, state.versions[version].content, state.versions[other].content)
        return page.show(
            "office/diff.html", book=book, name=title, before=before, after=after, found=found,
            names=list(state.versions), title=headline(page, title, version, other),
            tried=trying.shown(page, actor, job) if book == "tariffs" else None, months=trying.months(page),
            to_try=trying.choices(state.versions, version, current(page, state)),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def headline(page: Page, title: str, one: str, other: str) -> str:
    return page.say("{book}：{a} 和 {b} 有什么不同", book=title, a=one, b=other)
