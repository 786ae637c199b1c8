"""What a reporter may see and say with his tracking code, without an account. Nothing sealed is shown.

A code has 75 random bits; requests are rate-limited by address all the same, so that guessing costs time.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from api import problems, stories
from api.answers import Reader
from api.bodies import Body, StrictRoute, body_of, command_of
from api.cases import Cases
from api.limits import Bounded
from api.lists import LONGEST_WAIT, now_of
from api.orders import Asking, AtCases, AtEngine, DryRun, Language, asked_key, etag, said
from api.receipts import foreseen
from api.routing import route_each
from domain.complaint.commands import Rate, Reopen, Urge
from domain.messages import Actor
from domain.steps import Step
from engine.desk import Receipt
from engine.engine import Engine
from engine.read import Filter, one
from projections.case import Case

router = APIRouter(prefix="/api/v1/track", tags=["tracking"], route_class=StrictRoute)

Code = Annotated[str, Path(min_length=8, max_length=40, examples=["7K2QM-9XW4T-0H3CJ"])]

SHOWN = (
    "number", "state", "round", "category", "registered_at", "dispatch_by", "response_by", "resolve_by",
    "follow_up_by", "overdue", "lead", "result", "satisfaction", "version",
)  # fmt: skip


async def case_of(engine: Engine, cases: Cases, code: str) -> Case:
    """The case of a code. Problem 404 for any other; whoever has just been given his code need not wait for
    the views himself."""

    def known() -> Case | None:
        key = engine.vault.tracking_key(code)
        with engine.views.read() as reading:
            row = one(reading, "cases", [Filter("tracking_key", "=", key)]) if key else None
        return None if row is None else cases.must(row["id"])

    found = await asyncio.to_thread(known)
    if found is None:
        head = await asyncio.to_thread(engine.log.head)
        if engine.views.position() < head:
            await engine.views.reach(head, LONGEST_WAIT)
        found = await asyncio.to_thread(known)
    if found is None:
        raise problems.not_found()
    return found


def speaker(case: Case) -> Actor:
    """Whoever has the code speaks as the case's reporter."""
    return Actor(case.opening.reporter or f"holder-of-{case.opening.id}", "resident")


@router.get(
    "/{code}",
    summary="How a complaint is doing",
    dependencies=[Bounded],
    responses=problems.responses(404, 429),
)
async def track(code: Code, engine: AtEngine, cases: AtCases, lang: Language) -> Response:
    case = await case_of(engine, cases, code)
    return said(await asyncio.to_thread(shown, engine, cases, case, lang))


def shown(engine: Engine, cases: Cases, case: Case, lang: str) -> dict[str, Any]:
    answer = Reader(cases, speaker(case), now_of(engine)).of_case(case)
    may = stories.permissions(engine, speaker(case), case.opening.id, lang)["allowed"]
    return {name: answer[name] for name in SHOWN} | {
        "allowed": [name for name in ("rate", "urge", "reopen") if name in may],
        "history": stories.public_history(engine, case, lang),
    }


@dataclass(frozen=True, slots=True)
class Word:
    """What the holder of a code may say: `body` is made from `command`."""

    command: type
    says: str
    example: Mapping[str, Any]
    body: type[Body]


def word(command: type, says: str, example: Mapping[str, Any]) -> Word:
    return Word(command, says, example, body_of(command, without=("occurred_at",)))


WORDS: Mapping[str, Word] = {
    "rate": word(Rate, "Say how it was handled", {"satisfaction": "satisfied", "text": "谢谢"}),
    "urge": word(Urge, "Urge it", {"text": "请快一点"}),
    "reopen": word(Reopen, "Ask for it to be handled again", {"reason": "dissatisfied", "text": "又凉了"}),
}


def asking(engine: Engine, cases: Cases, case: Case, name: str, lang: str, key: str | None) -> Asking:
    """The holder's one word about the case; keys are scoped to the case, not to a spelling of its code."""
    path = f"/api/v1/track/{case.opening.id}/{name}"
    return Asking(engine, cases, speaker(case), lang, path, None, key, False)


async def spoken(ask: Asking, case: Case, name: str, body: Body) -> Receipt:
    """Give one of `WORDS`."""
    step = Step("complaint", case.opening.id, command_of(WORDS[name].command, body))
    return await ask.give(step, body=body)


def command(name: str) -> Callable[..., Any]:
    async def speak(
        code: Code,
        body: Body,
        request: Request,
        engine: AtEngine,
        cases: AtCases,
        lang: Language,
        key: Annotated[str | None, Depends(asked_key)],
        dry_run: DryRun = False,
    ) -> Response:
        case = await case_of(engine, cases, code)
        ask = replace(asking(engine, cases, case, name, lang, key), dry_run=dry_run)
        receipt = await spoken(ask, case, name, body)
        if dry_run:
            return said(foreseen(ask, receipt, sealed=False))
        answer = await asyncio.to_thread(shown, engine, cases, cases.must(case.opening.id), lang)
        version = receipt.versions[case.opening.id]
        return said(answer | {"version": version, "position": receipt.position}, ETag=etag(version))

    return speak


route_each(
    router,
    "/{code}",
    WORDS,
    command,
    "track_{}",
    dependencies=[Bounded],
    responses=problems.responses(400, 404, 409, 413, 422, 429, 503),
)
