"""Personal data: reading what is sealed with a reason, taking words out of sight by hand, forgetting a
person."""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field, StringConstraints

from api import erasing, problems
from api.answers import CommandAnswer, z
from api.bodies import Body, StrictRoute
from api.commands import Id
from api.orders import Ask, Asking, etag, said
from api.organisation.people import Id as PersonId
from api.organisation.rights import Reason
from api.organisation.told import answered as answered_of_person
from api.receipts import answered, foreseen, told
from api.routing import COMMANDED, example
from api.sight import must_see
from domain.complaint import commands as c
from domain.complaint.disclosure import FIELDS
from domain.complaint.facts import ComplaintRegistered, ComplaintSupported, PersonalDataRevealed
from domain.messages import Recorded, Sealed
from domain.people import stream_of
from domain.refusals import Refused
from domain.steps import Step

router = APIRouter(prefix="/api/v1", tags=["personal data"], route_class=StrictRoute)

PLACE_OF = {"name": "reporter_name", "phone": "reporter_phone"}
"""Which field of a fact holds what is asked for, where it is called otherwise."""


class Reading(Body):
    field: Literal[FIELDS]  # type: ignore[valid-type]
    reason: Reason
    reporter: Annotated[str, StringConstraints(max_length=120)] = ""


class Redacting(Body):
    """`version` of the entry in the history, and the field in it, as `text` or `duties.0.task`."""

    version: Annotated[int, Field(ge=1, le=2**31)]
    field: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}(\.\d{1,3}(\.[a-z_]{1,40})?)?$")]
    reason: Reason
    text: Annotated[str, StringConstraints(max_length=4000)] = ""


class Erasing(Body):
    reason: Reason


@router.post(
    "/complaints/{complaint}/reveal",
    summary="Read a sealed field, with a reason that everybody sees",
    responses=problems.responses(400, 401, 403, 404, 409, 412, 422, 503),
    openapi_extra=example({"field": "phone", "reason": "约上门时间"}),
)
async def reveal(complaint: Id, body: Reading, ask: Ask) -> Response:
    """Who read what, and why, is on the disk before the value is answered, and stands in the history. For 30
    minutes the same person reads the same field again without another entry."""
    must_see(ask.cases, ask.actor, complaint)
    command = c.Reveal(body.field, body.reason, body.reporter)
    receipt = await ask.give(Step("complaint", complaint, command, ask.expected), body=body)
    if ask.dry_run:
        return said(foreseen(ask, receipt))
    found = await asyncio.to_thread(revealed, ask, complaint, body)
    version = receipt.versions[complaint]
    answer = {"id": complaint, "field": body.field, **found}
    answer |= {"version": version, "position": receipt.position, "repeated": receipt.repeated}
    answer["facts"] = told(ask, receipt.lines, ask.cases)
    return said(answer, ETag=etag(version))


def revealed(ask: Asking, complaint: str, body: Reading) -> dict[str, Any]:
    """The value as it reads now, and until when it may be read again; null where it was erased. Nothing is
    opened without a reveal of this very caller that still holds."""
    lines = ask.engine.log.stream(complaint)
    field = PLACE_OF.get(body.field, body.field)
    mine = [
        line.fact
        for line in lines
        if isinstance(line.fact, PersonalDataRevealed)
        and line.fact.field == body.field
        and line.actor.person == ask.actor.person
        and line.fact.until_at > ask.engine.clock()
    ]
    if not mine:  # a retry of long ago
        return {"reporter": body.reporter, "value": None, "until_at": None}
    last = mine[-1]
    value = None
    for line in lines:
        if isinstance(line.fact, ComplaintRegistered | ComplaintSupported):
            first = isinstance(line.fact, ComplaintRegistered)
            if line.fact.reporter == last.reporter if last.reporter else first:
                sealed = getattr(line.fact, field, None)
                value = _opened(ask, line, field, sealed) if sealed is not None else value
    return {"reporter": last.reporter, "value": value, "until_at": z(last.until_at)}


def _opened(ask: Asking, line: Recorded, field: str, sealed: Sealed) -> str | None:
    name: str = line.fact.NAME  # type: ignore[attr-defined]
    return ask.engine.vault.open_sealed(
        sealed, stream=line.stream, version=line.version, name=name, field=field
    )


@router.post(
    "/complaints/{complaint}/redact",
    summary="Take words out of sight, and put others in their place or none",
    response_model=CommandAnswer,
    responses=problems.responses(400, 401, 403, 404, 409, 412, 422, 503),
    openapi_extra=example({"version": 1, "field": "text", "reason": "写了邻居姓名", "text": "楼道漏水"}),
)
async def redact(complaint: Id, body: Redacting, ask: Ask) -> Response:
    """Afterwards no list, page, history, search or export says the old words; the log keeps them sealed."""
    must_see(ask.cases, ask.actor, complaint)
    subject = await asyncio.to_thread(subject_of, ask, complaint, body.version, body.field)
    command = c.Redact(body.version, body.field, body.reason, body.text, subject)
    receipt = await ask.give(Step("complaint", complaint, command, ask.expected), body=body)
    if not ask.dry_run:
        await asyncio.to_thread(ask.engine.forgetting.look)
    return await answered(ask, complaint, receipt)


def subject_of(ask: Asking, complaint: str, version: int, field: str) -> str:
    """Whose value stands in the field. Refused where none does."""
    for line in ask.engine.log.stream(complaint, version - 1):
        if line.version == version:
            value: Any = line.fact
            for part in field.split("."):
                items = isinstance(value, tuple) and part.isdigit() and int(part) < len(value)
                value = value[int(part)] if items else getattr(value, part, None)
            if isinstance(value, Sealed):
                return value.subject
    raise Refused(
        "redact.no-such-field",
        f"entry {version} has no sealed {field!r}",
        help="the version of an entry of the history, and its text, address, note, answer …",
        line=version,
        field=field,
    )


@router.post(
    "/people/{person}/erase",
    summary="Forget a person",
    responses=COMMANDED,
    openapi_extra=example({"reason": "本人申请删除"}),
)
async def erase(request: Request, person: PersonId, body: Erasing, ask: Ask) -> Response:
    """His key is destroyed: nothing he said, and nothing said of him under it, can be read again. The history
    stays whole. `others` are cases of other people that name him or his number: redact them by hand;
    `households` are those he belongs or belonged to, whose name may be his: erase or rename them;
    `care_plans` named him, and have ended."""
    kept_for = request.app.state.retention
    if await asyncio.to_thread(erasing.person_named, ask.engine, person) != person:
        raise problems.not_found()
    plan = await asyncio.to_thread(erasing.planned, ask.engine, person, kept_for)
    receipt = await ask.give(*plan.steps(body.reason), body=body)
    if not ask.dry_run:
        await asyncio.to_thread(erasing.finish, ask.engine, plan)
    answer = {"id": person, "erased": not ask.dry_run, "cases": len(plan.cases), "others": list(plan.others)}
    answer["care_plans"] = list(plan.care)
    answer["households"] = await asyncio.to_thread(erasing.households_of, ask.engine, person)
    return answered_of_person(ask, receipt, stream_of(person), answer)
