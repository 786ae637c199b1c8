"""Captures in lists and one by one, and how one that was refused is settled by a person."""

import asyncio
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import StringConstraints

from api import problems, words
from api.answers import at
from api.bodies import Body, Moment, StrictRoute
from api.capture.naming import naming
from api.capture.settings import Settings
from api.care import seeing as cared
from api.cases import Cases
from api.facing import HOUR, Facing
from api.listing import chosen
from api.orders import Ask, Asking, AtCases, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.registers_then import Register
from api.registers_then import listed as page_of
from api.routing import COMMANDED, CaughtUp, Limit, example
from api.sight import everywhere, must_see, reads
from api.sign_in import Caller
from api.stories import speaker
from api.then import AtThen, Then
from api.visits.seeing import of_line
from domain import capture, care
from domain.capture import SettleCapture
from domain.messages import Actor
from domain.organisation import within
from domain.steps import Step
from domain.visits.rules import visit_stream
from engine.desk import Receipt
from engine.engine import Engine
from engine.read import AnyOf, Condition, Filter, rows
from projections.capture import CAPTURED, Capture, fold, row
from projections.capture.telling import sentence
from projections.case import Kept
from projections.views import Row

router = APIRouter(prefix="/api/v1/capture", tags=["capture"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=f"^cap-{capture.ID}$", description="A capture's id.")]
Word = Annotated[str, Query(max_length=40)]
PLAIN = (
    "id", "state", "what", "about", "grid", "person", "offset", "refusal", "how", "recorded_as",
    "settled_by", "version", "position",
)  # fmt: skip
MOMENTS = ("device_at", "taken_at", "uploaded_at", "settled_at")
SAYS = "处理没能记入的离线记录"


REGISTER = Register(
    CAPTURED,
    "captures",
    ("opened_position", "desc"),
    frozenset({"what", "about", "person"}),
    first="opened_position",
)


class Settling(Body):
    """`recorded_as`: the case or the visit it was recorded as by hand, by id, by the case's number or by the
    household's id; left out where it is dropped."""

    how: Literal["recorded", "dropped"]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"\S")]
    recorded_as: Annotated[str, StringConstraints(max_length=120)] = ""
    occurred_at: Moment | None = None


# ------------------------------------------------------------------ who may know of one


def of_captures(actor: Actor) -> Condition:
    """What he noted himself, and what was noted in his place."""
    if everywhere(actor):
        return Filter("position", ">=", 0)
    return AnyOf((Filter("person", "=", actor.person), Filter("grid", "under", actor.scope or "-")))


def sees(actor: Actor, found: Capture) -> bool:
    mine = found.person == actor.person or everywhere(actor)
    there = actor.role in capture.FIELD and bool(actor.scope) and within(found.grid, actor.scope)
    return mine or there


def must_capture(engine: Engine, actor: Actor, id: str) -> Capture:
    """Folded from its own facts. Problem 404 for none, or none of his."""
    found: Capture | None = None
    for line in engine.log.stream(id):
        found = fold(found, line)
    if found is None or not sees(actor, found):
        raise problems.not_found()
    return found


# ------------------------------------------------------------------ reading


def readable(engine: Engine, actor: Actor, found: Capture) -> bool:
    """Whether he reads the words. What was noted of somebody who is looked after is for whoever reads the
    plan, and for who noted it."""
    if not reads(actor, engine.desk.stage().organisation):
        return False
    if found.what != "care-visit" or found.person == actor.person:
        return True
    return cared.readable(engine, actor, found.about) == frozenset(care.FIELDS)


def plain(found: Row) -> dict[str, Any]:
    told: dict[str, Any] = {name: found[name] for name in PLAIN}
    return told | {name: at(found[name]) for name in MOMENTS}


def answer(
    engine: Engine, cases: Cases, actor: Actor, found: Capture, lang: str, then: Then | None = None
) -> dict[str, Any]:
    """With what was noted, opened for whoever may read words, and its story, up to then."""
    may = readable(engine, actor, found)
    content = opened(engine, found.content) if may else None
    s = speaker(engine, lang, actor, cases if may else None)
    lines = list(engine.log.stream(found.id))
    return plain(row(found)) | {
        "content": None if content is None else json.loads(content),
        "erased": bool(found.content) and may and content is None,
        "photos": list(found.photos),
        "reason": opened(engine, found.reason) if may else None,
        "why": refused(found.refusal, lang),
        "history": [
            {"at": line.recorded_at.isoformat(), "sentence": sentence(line, s)}
            for line in (lines if then is None else then.kept(lines))
        ],
    }


def opened(engine: Engine, sealed: str) -> str | None:
    return engine.vault.open_kept(Kept.of_json(sealed)) if sealed else None


def refused(code: str, lang: str) -> str:
    """What the rule that refused is about, as far as it can be said without the facts of that moment."""
    if not code:
        return ""
    told = words.rule(code, words.CHINESE, code, {}) if lang != words.ENGLISH else code
    return told if told != code else problems.document(409, code, lang)["detail"]


@router.get(
    "",
    summary="What was brought in, the latest first",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 403, 422, 503),
)
async def listed(
    engine: AtEngine,
    caller: Caller,
    then: AtThen,
    state: Word = "",
    what: Word = "",
    about: Annotated[str, Query(max_length=200)] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """`state`: recorded, kept (it waits for somebody), settled. The caller's own, and those of his place."""
    where = chosen({"state": state, "what": what, "about": about})
    return await page_of(
        engine, REGISTER, [of_captures(caller)], where, lambda _: plain, then=then, after=cursor, limit=limit
    )


@router.get(
    "/{capture_id}",
    summary="One capture: what was noted, why it was refused",
    responses=problems.responses(401, 403, 404, 422, 503),
)
async def one(
    capture_id: Id, engine: AtEngine, cases: AtCases, caller: Caller, lang: Language, then: AtThen
) -> Response:
    def read() -> dict[str, Any]:
        found = must_capture(engine, caller, capture_id)
        if then is None:
            return answer(engine, cases, caller, found, lang)
        was = REGISTER.must(engine, capture_id, then)
        return answer(engine, cases, caller, was, lang, then) | then.plain()

    told = await asyncio.to_thread(read)
    return said(told) if then is not None else said(told, ETag=etag(told["version"]))


# ------------------------------------------------------------------ settling


@router.post(
    "/{capture_id}/settle",
    summary="Settle what was refused: recorded anew by hand, or dropped",
    responses=COMMANDED,
    openapi_extra=example({"how": "dropped", "reason": "同事已经回访过"}),
)
async def settle(capture_id: Id, body: Settling, ask: Ask) -> Response:
    receipt = await settled(ask, capture_id, body)
    return await asyncio.to_thread(told_of, ask, capture_id, receipt)


async def settled(ask: Asking, id: str, body: Settling) -> Receipt:
    """Problem 404 where the caller may not know of it, or of what it is said to be recorded as."""
    found = await asyncio.to_thread(must_capture, ask.engine, ask.actor, id)
    named = await asyncio.to_thread(meant, ask.engine, found, body.recorded_as.strip())
    if named:
        await asyncio.to_thread(must_know, ask, named)
    command = SettleCapture(body.how, body.reason, named)
    step = Step("capture", id, command, ask.expected)
    return await ask.give(step, body=body, occurred_at=body.occurred_at)


def meant(engine: Engine, found: Capture, named: str) -> str:
    """The id of what it was recorded as, by what people call it: a case by its number, a household of the
    round, or one that is looked after, by its id. Anything else stays what it is."""
    if not named or named.startswith(("c-", "care-", "visit-")):
        return named
    with engine.views.read() as reading:
        cases = rows(reading, "cases", where=[Filter("number", "=", named)], limit=1).items
    if cases:
        return str(cases[0]["id"])
    if found.what == "care-visit":
        return care.stream_of(named)
    round, _, household = found.about.partition("/")
    return visit_stream(round, named) if household else named


def must_know(ask: Asking, recorded_as: str) -> None:
    """Problem 404 where there is no such case, care plan or attempt, or the caller may not know of it."""
    if recorded_as.startswith("c-"):
        must_see(ask.cases, ask.actor, recorded_as)
    elif recorded_as.startswith("care-"):
        cared.must_plan(ask.engine, ask.actor, recorded_as)
    elif not _visited(ask, recorded_as):
        raise problems.not_found()


def _visited(ask: Asking, named: str) -> bool:
    """A household's visits in a round, or one attempt of them, as its answer calls it: visit-…-h1-2."""
    streams = (named, named.rpartition("-")[0]) if named.startswith("visit-") else ()
    lines = (line for each in streams for line in ask.engine.log.stream(each))
    return any(of_line(ask.engine, ask.actor, line) for line in lines)


def told_of(ask: Asking, id: str, receipt: Receipt) -> Response:
    found = must_capture(ask.engine, ask.actor, id)
    told = answer(ask.engine, ask.cases, ask.actor, found, ask.lang)
    told |= {"version": receipt.versions[id], "position": receipt.position, "repeated": receipt.repeated}
    return said(told | {"dry_run": ask.dry_run}, ETag=etag(receipt.versions[id]))


# ------------------------------------------------------------------ duties


def captures_due(
    engine: Engine, cases: Cases, actor: Actor, now: int, lang: str, settings: Settings, limit: int
) -> list[dict[str, Any]]:
    """As the other duties (api/duties.py): what was refused, for whoever noted it, or answers there."""
    if actor.role not in capture.ROLES[SettleCapture]:
        return []
    where: list[Condition] = [of_captures(actor), Filter("state", "=", "kept")]
    with engine.views.read() as reading:
        found = rows(reading, "captures", where=where, order=("opened_position", "asc"), limit=limit).items
    called = naming(engine, cases, actor, Facing(engine, lang, now))
    return [duty(each, called(each["about"]), now, lang, settings) for each in found]


def duty(found: Row, called: str, now: int, lang: str, settings: Settings) -> dict[str, Any]:
    due = found["uploaded_at"] + settings.settle_hours * HOUR
    return {
        "kind": "capture",
        "due_by": at(due),
        "overdue": due < now,
        "why": words.say("{what}：{number}", lang, what=words.say(SAYS, lang), number=called),
        "command": "settle",
        "link": f"/api/v1/capture/{found['id']}",
        "state": found["state"],
        "grid": found["grid"],
        "capture": found["id"],
    }


def settings_of(request: Request) -> Settings:
    found: Settings = request.app.state.capture
    return found
