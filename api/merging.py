"""Commands that concern more than one case, or a person: their steps stand or fall together."""

import asyncio
from typing import Annotated, Any

from pydantic import Field

from api.answers import located
from api.bodies import Body, body_of, command_of
from api.orders import Asking
from api.sight import must_see
from domain.complaint import commands as c
from domain.steps import Step
from engine.engine import Engine
from engine.terms import normal_phone
from engine.vault import Vault
from projections.case import Case

MAX_PARTS = 20
JOINER = "p-too-"
"""What begins the id of a stranger who joined a case with a number."""
MARK = 24


def merge_steps(ask: Asking, case: Case, asked: c.Merge) -> tuple[Step, ...]:
    """The case ends in the other; its reporters are followed up there."""
    other = must_see(ask.cases, ask.actor, asked.into)
    mine = Step("complaint", case.opening.id, asked, pinned(ask, case))
    return mine, Step("complaint", other.opening.id, c.Join(case.opening.id, case.reporters))


def unmerge_steps(ask: Asking, case: Case, asked: c.UndoMerge) -> tuple[Step, ...]:
    mine = Step("complaint", case.opening.id, asked, pinned(ask, case))
    if not case.merged_into:
        return (mine,)
    return mine, Step("complaint", case.merged_into, c.Part(case.opening.id, case.reporters))


def pinned(ask: Asking, case: Case) -> int:
    """The version the reporters were read at, so that nobody who joins meanwhile is lost."""
    return case.version if ask.expected is None else ask.expected


class PartAsked(Body):
    category: Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
    text: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]


def split_body() -> type[Body]:
    parts = (Annotated[list[PartAsked], Field(min_length=1, max_length=MAX_PARTS)], ...)
    return body_of(c.Split, parts=parts)


def split_steps(ask: Asking, case: Case, body: Any) -> tuple[Step, ...]:
    """Each part is a new case at the same place, by the same reporter."""
    o = case.opening
    ids = tuple(ask.engine.vault.new_id("c") for _ in body.parts)
    lat, long = located(ask.cases.opened(o.location))
    place = c.Place(o.grid, ask.cases.opened(o.address) or "", lat, long)
    reporter = c.Reporter(ask.cases.opened(o.reporter_name) or "", ask.cases.opened(o.reporter_phone) or "")
    steps = [Step("complaint", o.id, c.Split(ids, body.reason), ask.expected)]
    for part, asked in zip(ids, body.parts, strict=True):
        register = c.Register(
            category=asked.category,
            text=asked.text,
            place=place,
            channel=o.channel,
            urgency=o.urgency,
            origin=o.origin,
            reporter=reporter if o.reporter else None,
            reporter_id=o.reporter,
            place_key=o.place_key,
            tracking_key=tracking_key(ask.engine, part),
            split_from=o.id,
        )
        steps.append(Step("complaint", part, register, 0))
    return tuple(steps)


async def support_steps(ask: Asking, case: Case, body: Any) -> tuple[Step, ...]:
    command = command_of(c.Support, body, reporter_id=await reporter_id(ask, body.reporter))
    return (Step("complaint", case.opening.id, command, ask.expected),)


async def reporter_id(ask: Asking, reporter: Any) -> str:
    """Who reports: a resident himself, else whoever has the number, else someone new; "" for nobody."""
    if ask.actor.role == "resident":
        return ask.actor.person
    if reporter is None:
        return ""
    phone = reporter.phone
    if ask.dry_run:
        return ask.engine.vault.person_known(phone) or "p-somebody-new"
    return await asyncio.to_thread(ask.engine.vault.person_for, phone)


def joiner(vault: Vault, complaint: str, phone: str) -> str:
    """Who a stranger is called who joins a case with this number. He is no person that can sign in: joining
    a case opens nothing of it to anybody. The same number joins a case once."""
    return f"{JOINER}{vault.look_up('tracking-look-up', f'joined {complaint} {normal_phone(phone)}')[:MARK]}"


def tracking_key(engine: Engine, complaint: str) -> str:
    return engine.vault.tracking_key(engine.vault.tracking_code(complaint))
