"""What may be asked of a complaint that exists: one route per command, the command being the body.

A row of `COMMANDS` is a route: its name in the address, its command, and an example. What takes more than one
step (merge, unmerge, split, support) or no `occurred_at` of its own (follow-up) says so in `steps_of`.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from api.answers import CommandAnswer
from api.bodies import Body, StrictRoute, body_of, command_of
from api.merging import merge_steps, split_body, split_steps, support_steps, unmerge_steps
from api.orders import Ask, Asking
from api.receipts import answered
from api.routing import OWN_COMMANDED, route_each
from api.sight import must_see
from domain.complaint import commands as c
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Receipt
from projections.case import Case

router = APIRouter(prefix="/api/v1/complaints", tags=["complaint commands"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^[a-z]+-[0-9a-z-]{1,60}$", description="A complaint's id.")]


@dataclass(frozen=True, slots=True)
class Kind:
    """`says` is the summary; `body` the schema, made from `command` unless it is another shape."""

    command: type
    says: str
    example: Mapping[str, Any]
    body: type[Body]


def kind(command: type, says: str, example: Mapping[str, Any], body: type[Body] | None = None) -> Kind:
    return Kind(command, says, example, body or body_of(command))


VISITED = "2026-11-18T16:20:00+08:00"

COMMANDS: Mapping[str, Kind] = {
    "reclassify": kind(
        c.Reclassify, "Put it into another class", {"category": "property", "reason": "门禁归物业"}
    ),
    "merge": kind(c.Merge, "Merge it into another case", {"into": "c-0193…", "reason": "同一处漏水"}),
    "unmerge": kind(c.UndoMerge, "Undo its merge", {"reason": "不是同一处"}),
    "split": kind(
        c.Split,
        "Split further cases off",
        {"parts": [{"category": "water", "text": "三楼也漏水"}], "reason": "两件事"},
        split_body(),
    ),
    "reject": kind(c.Reject, "Reject it", {"reason": "in_court", "note": "正在诉讼"}),
    "withdraw": kind(c.Withdraw, "Withdraw it", {"reason": "已自行解决"}),
    "dispatch": kind(
        c.Dispatch,
        "Dispatch it to a lead and assisting units",
        {"lead": "heating-co", "assisting": ["property-co"], "track": "whistle"},
    ),
    "decline": kind(c.Decline, "Decline a dispatch", {"reason": "不属于我单位管线"}),
    "respond": kind(c.Respond, "Respond to a dispatch", {"note": "维修员今晚上门"}),
    "progress": kind(
        c.NoteProgress, "Note progress", {"text": "已换阀门，明天复测", "visible_to_resident": True}
    ),
    "evidence": kind(c.AttachEvidence, "Attach evidence", {"ids": ["<sha-256>"], "taken_at": VISITED}),
    "session": kind(
        c.HoldSession,
        "Hold a joint session",
        {
            "attendees": ["heating-co", "property-co"],
            "decision": "供热换阀，物业开井",
            "chair": "street",
            "duties": [{"unit": "heating-co", "task": "换阀", "due": "2026-11-20T18:00:00+08:00"}],
            "lead": "heating-co",
        },
    ),
    "extension": kind(
        c.RequestExtension, "Ask for more time", {"until": "2026-11-21T18:00:00+08:00", "reason": "等料"}
    ),
    "extension-decision": kind(
        c.DecideExtension, "Decide about more time", {"extension": "1-1", "grant": True}
    ),
    "urge": kind(c.Urge, "Urge it", {"text": "老人怕冷，请快一点"}),
    "supervise": kind(c.Supervise, "Raise supervision", {"level": "street", "text": "请今天办结"}),
    "resolution": kind(
        c.ReportResolution, "Report it as handled", {"result": "solved", "answer": "已更换回水阀，客厅 19.2℃"}
    ),
    "follow-up": kind(
        c.FollowUp,
        "Record a follow-up",
        {
            "method": "on_site",
            "satisfaction": "satisfied",
            "solved": "yes",
            "visited_at": VISITED,
            "readings": [{"quantity": "room_temperature", "value": 19.2, "unit": "°C"}],
            "photos": ["<sha-256>"],
            "reached": True,
        },
    ),
    "reopen": kind(c.Reopen, "Reopen it in the next round", {"reason": "dissatisfied", "text": "又凉了"}),
    "spot-check": kind(c.SpotCheck, "Record a spot check", {"result": "confirmed", "text": "实测 19.0℃"}),
    "rate": kind(c.Rate, "The resident's own rating", {"satisfaction": "satisfied"}),
    "track": kind(
        c.ChangeTrack, "Change the handling track", {"track": "mediation", "reason": "双方愿意调解"}
    ),
    "adopt": kind(c.Adopt, "Make an imported case a living one", {"how": "adopted by the dispatcher"}),
    "rederive": kind(c.Rederive, "Derive a deadline again", {"clock": "resolution", "reason": "新日历"}),
    "support": kind(
        c.Support,
        "Me too: a further reporter",
        {"reporter": {"name": "李四", "phone": "13900000000"}},
        body_of(c.Support, without=("reporter_id",)),
    ),
}


async def steps_of(ask: Asking, case: Case, name: str, body: Body) -> tuple[Step, ...]:
    """The steps of one command: together, or none of them."""
    match name:
        case "merge":
            return merge_steps(ask, case, command_of(c.Merge, body))
        case "unmerge":
            return unmerge_steps(ask, case, command_of(c.UndoMerge, body))
        case "split":
            return split_steps(ask, case, body)
        case "support":
            return await support_steps(ask, case, body)
        case _:
            command: object = command_of(COMMANDS[name].command, body)
            return (Step("complaint", case.opening.id, command, ask.expected),)


async def kept(ask: Asking, body: Body) -> None:
    """Refused for evidence nobody has handed in."""
    named = [id for field in ("ids", "photos", "evidence") for id in getattr(body, field, ())]
    for id in named:
        if not await asyncio.to_thread(ask.engine.blobs.has, id):
            raise Refused(
                "evidence.unknown", f"no evidence {id!r} is kept", help="POST /api/v1/evidence", value=id
            )


def happened(name: str, body: Body) -> datetime | None:
    """A visit happened when it was made, whatever the body's `occurred_at` says."""
    return getattr(body, "visited_at", None) or getattr(body, "occurred_at", None)


async def recorded(ask: Asking, complaint: str, name: str, body: Body) -> Receipt:
    """Give the command; what it left behind is not told yet."""
    case = must_see(ask.cases, ask.actor, complaint)
    await kept(ask, body)
    steps = await steps_of(ask, case, name, body)
    return await ask.give(*steps, body=body, occurred_at=happened(name, body))


async def give(ask: Asking, complaint: str, name: str, body: Body) -> Response:
    return await answered(ask, complaint, await recorded(ask, complaint, name, body))


def command(name: str) -> Callable[..., Any]:
    async def give(complaint: Id, body: Body, ask: Ask) -> Response:
        return await answered(ask, complaint, await recorded(ask, complaint, name, body))

    kind = COMMANDS[name]
    give.__doc__ = kind.command.__doc__ if kind.body.__doc__ else None
    return give


route_each(
    router, "/{complaint}", COMMANDS, command, "{}", response_model=CommandAnswer, responses=OWN_COMMANDED
)
