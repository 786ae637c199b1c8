"""The queue: every condition stands in the address, views are addresses with a name, many cases are
dispatched at once after a page that says what would follow for each."""

import asyncio
import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api import searching
from api.answers import Reader
from api.answers import page as paged
from api.lists import Asked, Filters, complaints, nearest
from api.lists import conditions as narrowed
from api.orders import AtCases, AtEngine, said
from api.pages import asked as asking
from api.pages import conditions, facets, lately, looking_back
from api.pages.frame import Page, Viewer, address, signed_in
from api.pages.looking_back import Past
from api.pages.menu import STAFF, WORKERS
from api.problems import Problem
from api.registers_then import complaints_then
from api.routing import CaughtUp
from api.searching import Counted
from api.searching import counted as by_words
from domain.messages import Actor
from engine.engine import Engine
from engine.read import Condition, count, rows
from engine.read import Page as Rows

router = APIRouter(include_in_schema=False)

SHOWN = 40
MANY = 1_000
"""Up to here a view's cases are counted."""
SOONEST = ("next_by", "asc")
OPEN = ("received", "dispatched", "handling", "resolved")
DISPATCHERS = ("dispatcher", "street")
COOKIE, VIEWS, NAMED, STORED = "huisheng-views", 8, 24, 3_000
"""A person's own views stay in his browser: at most so many, names and cookie no longer."""
FIELDS = (
    "number", "external_number", "text", "address", "grid", "state", "round", "category", "track", "urgency",
    "lead", "channel", "origin", "registered_at", "next_clock", "next_by", "overdue",
)  # fmt: skip

Sort = Annotated[Literal["due", "newest", ""], Query(description="Soonest deadline, or newest first.")]


@dataclass(frozen=True, slots=True)
class View:
    """A named set of conditions. `says` heads the page of them, with their number; `none` where there are
    none."""

    name: str
    query: Mapping[str, str]
    late: bool = False
    says: str = "{n} 件工单"
    none: str = "没有符合条件的工单"
    roles: tuple[str, ...] = STAFF


VIEWS_FOR_ALL = (
    View("未结", {"state": "open"}, says="{n} 件工单未结", none="没有未结的工单"),
    View("待派单", {"state": "received"}, says="{n} 件工单等着派出去", none="没有等着派单的工单"),
    View(
        "被退单",
        {"returned": "true"},
        says="{n} 件工单被退回，等着重派",
        none="没有被退回的工单",
        roles=DISPATCHERS,
    ),
    View("今天到期", {"due": "today"}, says="{n} 件工单今天到期", none="今天没有要到期的工单"),
    View("已超时", {"overdue": "true"}, late=True, says="{n} 件工单已超时", none="没有超时的工单"),
    View("待回访", {"state": "resolved"}, says="{n} 件工单等着回访", none="没有等着回访的工单"),
)


@router.get("/complaints", dependencies=[CaughtUp])
async def register(
    request: Request,
    viewer: Viewer,
    engine: AtEngine,
    cases: AtCases,
    filters: Filters,
    sort: Sort = "",
    cursor: Annotated[str | None, Query(max_length=500)] = None,
    format: Annotated[Literal["html", "csv", "json"], Query()] = "html",
) -> Response:
    """`state=open` is every state that still waits for somebody; without any condition, staff see these."""
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)
    given = chosen(request)
    if not given and actor.role != "resident" and not sort:
        given, filters = {"state": "open"}, replace(filters, state=("open",))
    opened = replace(filters, state=tuple(OPEN if "open" in filters.state else filters.state))
    order = sort or ("due" if soonest_first(opened) else "newest")

    def read() -> Response:
        past = looking_back.looked(page)
        if filters.q and not past.now:
            past = looking_back.left_out(
                past, "q", "搜索只能搜现在的工单。下面不带搜索的词，再按一次就看那时的。"
            )
        if past.faults:
            return past.asked_again()
        reader = Reader(cases, actor, page.facing.now)
        seen = lately.seen(engine, reader)
        if past.then is None:
            found = of_order(engine, reader, actor, opened, cursor or None, order, seen)
        else:
            found = complaints_then(engine, reader, actor, opened, past.then, cursor or None, SHOWN)
        match format:
            case "csv":
                return as_csv(found["items"])
            case "json":
                return said(found)
        told, total = facets.counts(engine, reader, seen, opened) if past.now else ({}, None)
        known = None if total is None else Counted(total, total >= facets.LOOKED_AT)
        shown = queue(page, actor, found, given, order, cursor or "", known, seen, past)
        return page.show("complaints.html", **shown, facets=told)

    return await asyncio.to_thread(read)


def soonest_first(asked: Asked) -> bool:
    return asked.overdue is True or bool(asked.due) or (bool(asked.state) and set(asked.state) <= set(OPEN))


def chosen(request: Request) -> dict[str, str]:
    """The conditions as they stand in the address; an empty state is a choice: all of them."""
    given = request.query_params
    names = (*conditions.FILTERS, "q")
    found = {name: ",".join(given.getlist(name)) for name in names if given.get(name, "").strip()}
    return found | ({"state": ""} if "state" in given and "state" not in found else {})


def of_order(
    engine: Engine, reader: Reader, actor: Actor, asked: Asked, cursor: str | None, order: str,
    seen: Sequence[Condition],
) -> dict[str, Any]:  # fmt: skip
    """A page of the register: newest first as the api lists it, or soonest deadline first."""
    if order == "newest":
        return complaints(engine, reader, actor, asked, cursor, SHOWN, seen=seen)
    where = (*seen, *narrowed(engine, asked, reader.now, reads=reader.reads))
    try:
        with engine.views.read() as reading:

            def fetch(after: str | None, most: int) -> Rows:
                return rows(
                    reading, "cases", where=where, order=SOONEST, after=after, limit=most,
                    along=not (asked.q or asked.number or asked.external_number),
                )  # fmt: skip

            if asked.q:
                found = searching.page(engine, reading, asked.q, fetch, SOONEST, SHOWN, cursor)
            else:
                found = fetch(cursor, SHOWN)
    except ValueError as error:
        raise Problem(422, "cursor.unknown") from error
    return paged(reader.of_rows(found.items), found.next)


def queue(
    page: Page, actor: Actor, found: Mapping[str, Any], given: Mapping[str, str], order: str, cursor: str,
    known: Counted | None, seen: Sequence[Condition], past: Past,
) -> dict[str, Any]:  # fmt: skip
    """`known`: how many pass, where that is counted already. Of the past nothing else is counted."""
    views = list(tabs(page, actor, given, seen, past))
    total = next((view["counted"] for view in views if view["here"]), known)
    total = total or (counted(page, actor, given, seen) if past.now else None)
    total = total or Counted(len(found["items"]), bool(found["next"] or cursor))
    if past.now and actor.role in WORKERS:
        page.counted["complaints"] = views[0]["counted"].n
    listed = [past.facing.row(item) for item in found["items"]]
    here = next((view for view in views_of(actor) if dict(given) == dict(view.query)), View("", {}))
    by_hand = past.now and actor.role in DISPATCHERS
    return {
        "rows": listed, "next": found["next"], "cursor": cursor, "asked": given, "past": past,
        "order": order if past.now else "newest",
        "choices": conditions.choices(page.facing, actor, given), "more": conditions.more(page.facing),
        "extra": any(given.get(name) for name in conditions.MORE if name not in here.query),
        "applied": conditions.applied(page.facing, given), "views": views,
        "own": own_views(page.request, actor.person),
        "query": orjson.dumps(dict(given)).decode(), "total": total.n, "total_shown": shown(total),
        "heading": page.say(here.says if total.n else here.none, n=shown(total)),
        "waits": here.name if past.now else "",
        "units": asking.units(page) if by_hand else (), "ticks": by_hand,
        "may_register": past.now and actor.role in ("gridworker", "dispatcher", "street"),
    }  # fmt: skip


def views_of(actor: Actor) -> Iterator[View]:
    """What is usually looked at; what he leads himself, for whoever can."""
    if actor.role == "resident":
        return
    yield from (view for view in VIEWS_FOR_ALL if actor.role in view.roles)
    if actor.role in ("unit", "gridworker", "street"):
        mine = {"lead": actor.scope, "state": "open"}
        yield View("我主办的", mine, says="{n} 件工单由您主办", none="没有您主办的工单")
    yield View("全部", {"state": ""})


def tabs(
    page: Page, actor: Actor, given: Mapping[str, str], seen: Sequence[Condition], past: Past
) -> Iterator[dict[str, Any]]:
    for view in views_of(actor):
        known = (counted(page, actor, view.query, seen) or Counted(0, False)) if past.now else None
        yield {
            "name": page.say(view.name),
            "link": page.to("/complaints") + joined(page, {**view.query, **past.kept}),
            "here": dict(given) == dict(view.query), "counted": known,
            "late": view.late and known and known.n, "shown": shown(known) if known else "",
        }  # fmt: skip


def shown(counted: Counted) -> str:
    return f"{counted.n:,}{'+' if counted.more else ''}"


def joined(page: Page, query: Mapping[str, str]) -> str:
    """The conditions behind an address that may have a language already; an empty one is said, too."""
    text = address("", query)
    return text.replace("?", "&") if "?" in page.to("/complaints") else text


def counted(page: Page, actor: Actor, given: Mapping[str, str], seen: Sequence[Condition]) -> Counted | None:
    """How many pass, up to MANY; None where words would have to be looked for in each."""
    state = given.get("state", "")

    def several(name: str) -> tuple[str, ...]:
        return tuple(given.get(name, "").split(","))

    asked = Asked(
        state=OPEN if state == "open" else tuple(state.split(",")),
        category=several("category"), lead=several("lead"), channel=several("channel"),
        track=several("track"), urgency=several("urgency"),
        grid=given.get("grid", ""), origin=given.get("origin", ""),
        overdue={"true": True, "false": False}.get(given.get("overdue", "")),
        due=given.get("due", ""), returned=given.get("returned") == "true",
        registered_from=given.get("registered_from", ""), registered_to=given.get("registered_to", ""),
        q=given.get("q", "").strip(),
    )  # fmt: skip
    reader = Reader(page.request.app.state.cases, actor, page.facing.now)
    where = list(narrowed(page.engine, asked, reader.now, reads=reader.reads))
    with page.engine.views.read() as reading:
        if asked.q:
            return by_words(page.engine, reading, asked.q, [*where, *seen])

        def passing() -> int:
            found, held = nearest(reading, asked, where, seen)
            return count(reading, "cases", found, up_to=MANY, checked=held)

        timed = asked.overdue is not None or asked.due
        n = passing() if timed else lately.counted(page.engine, reading, reader, asked, passing)
        return Counted(n, n >= MANY)


def as_csv(items: Sequence[Mapping[str, Any]]) -> Response:
    """The page as a spreadsheet opens it: UTF-8 with its mark, no cell that could be taken for a formula."""
    flat = [dict(item) | {"address": item["place"]["address"]} for item in items]
    lines = [FIELDS, *(tuple(cell(item[name]) for name in FIELDS) for item in flat)]
    text = "\r\n".join(",".join(line) for line in lines) + "\r\n"
    headers = {"Content-Disposition": 'attachment; filename="complaints.csv"'}
    return Response(text.encode("utf-8-sig"), headers=headers, media_type="text/csv; charset=utf-8")


def cell(value: object) -> str:
    text = "" if value is None else str(value)
    text = f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\r\n') else text


# ------------------------------------------------------------------ a person's own views


def own_views(request: Request, person: str) -> list[dict[str, Any]]:
    """Those of this person in this browser; what cannot be read is none."""
    try:
        kept = orjson.loads(base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")))
        if kept["of"] != person:
            return []
        return [
            {
                "name": str(name)[:NAMED],
                "query": dict(query),
                "link": address("/complaints", {str(k): str(v) for k, v in query.items()}),
            }
            for name, query in list(kept["views"].items())[:VIEWS]
        ]
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        return []


@router.post("/complaints/views")
async def keep_view(request: Request, viewer: Viewer) -> Response:
    """Keep the conditions under a name, or drop the view of that name (`drop`)."""
    page, actor = Page(request, viewer, "complaints"), signed_in(viewer)
    form = await request.form(max_files=0, max_fields=5)
    name, query = str(form.get("name", "")).strip()[:NAMED], str(form.get("query", "{}"))
    try:
        kept = orjson.loads(base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")))
        views: dict[str, Any] = dict(kept["views"]) if kept["of"] == actor.person else {}
    except (binascii.Error, ValueError, KeyError, TypeError):
        views = {}
    asked: Any = {}
    try:
        asked = orjson.loads(query)
    except ValueError:
        name = ""
    views.pop(name, None)
    if name and isinstance(asked, dict) and not form.get("drop"):
        allowed = (*conditions.FILTERS, "q")
        views[name] = {k: v[:200] for k, v in asked.items() if k in allowed and isinstance(v, str)}
    latest = dict(list(views.items())[-VIEWS:])
    value = base64.urlsafe_b64encode(orjson.dumps({"of": actor.person, "views": latest})).decode()
    back = page.to("/complaints", **views.get(name, {}))
    response = RedirectResponse(back, 303)
    if len(value) <= STORED:
        secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, value, max_age=365 * 86_400, httponly=True, samesite="lax", secure=secure)
    return response
