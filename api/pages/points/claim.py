"""One claim: its replay step by step, what may be done with it now, and the same deed under another
tariff."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api.pages import forms
from api.pages.forms import Sheet
from api.pages.frame import Viewer, signed_in
from api.pages.points import asked, replaying
from api.pages.points.checkpoint import last_signed
from api.pages.points.claims import row
from api.pages.points.window import Window
from api.pages.points.words import BUTTONS, CLAIM_STATES, COMMANDS, DIFFERS, OUTCOMES, VOTES
from api.points import claims as api
from api.points.permissions import of_claim
from api.points.sight import must_claim
from api.points.what_if import known, one
from api.problems import not_found
from api.routing import CaughtUp
from engine.desk import Receipt
from projections.points.claims import Claim

router = APIRouter(include_in_schema=False)


def DECIDES(name: str) -> bool:
    return name not in ("verify", "rule", "appeal-decision", "vote-objection")


Nth = Annotated[int, Query(ge=0, le=10_000)]
Command = Annotated[str, Path(max_length=40)]


@router.get("/points/claims/{claim}", dependencies=[CaughtUp])
async def detail(
    request: Request, claim: api.Id, viewer: Viewer, step: Nth = 0,
    every: Annotated[bool, Query(alias="all")] = False, done: Nth = 0,
    tariff: Annotated[str, Query(max_length=60)] = "",
) -> Response:  # fmt: skip
    """`step` from 1; the last one without it. `all` shows every step, for printing."""
    window = Window(request, signed_in(viewer), "points-claims")

    def read() -> Response:
        found = must_claim(window.points, window.actor, claim)
        steps = replaying.moments(window, claim)
        nth = step or len(steps)
        if nth > len(steps):
            raise not_found()
        item = window.answers().claim(found)
        may = of_claim(window.engine, window.actor, claim, window.lang)
        return window.show(
            "points/claim.html", item=item, row=row(window, item), heading=heading(window, found),
            labels=[replaying.label(window, moment) for moment in steps],
            now=replaying.told(window, steps, nth), known=replaying.knowledge(window, steps, nth),
            every=[replaying.told(window, steps, n) for n in range(1, len(steps) + 1)] if every else [],
            ruled=ruled(window, found, item, steps, nth), people=people(window, item),
            allowed=[(name, window.say(BUTTONS[name])) for name in sorted(may["allowed"], key=DECIDES)],
            refused=[no | {"name": window.say(COMMANDS[no["command"]])} for no in may["refused"]],
            said=window.said_since(claim, done), other=other(window, found, tariff),
            tariffs=[each.version for each in window.books.versions("tariffs")],
            checkpoint=last_signed(window),
        )  # fmt: skip

    return await asyncio.to_thread(read)


def heading(window: Window, claim: Claim) -> str:
    """代买菜：申报 3 次，认定 1 次."""
    filed = claim.filing
    said = window.say(
        "{deed}：申报 {many}", deed=window.deed(filed.activity), many=window.many(filed.quantity, filed.basis)
    )
    if claim.ruling is None:
        return said
    if claim.outcome == "overturned":
        return window.say("{said}，裁决已撤销", said=said)
    return window.say("{said}，认定 {many}", said=said, many=window.many(claim.ruling.proven, filed.basis))


def people(window: Window, item: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Whose matter it is."""
    named = [
        ("持有人", [item.get("holder", "")]),
        ("代报人", [item["filed_by"]] if item.get("on_behalf") else []),
        ("受益人", [item.get("beneficiary", "")]),
        ("见证人", item.get("witnesses", [])),
        ("核实人", [item.get("verified_by", "")]),
        ("异议人", [item.get("disputed_by", "")]),
    ]
    return [
        (window.say(title), window.say("、").join(window.who(who) for who in those if who))
        for title, those in named
        if any(those)
    ]


def ruled(
    window: Window, claim: Claim, item: Mapping[str, Any], steps: list[replaying.Moment], nth: int
) -> dict[str, Any] | None:
    """The ruling, once the replay has come to it: claimed against proven, the votes, the objections."""
    reached = any(each.fact == "claim.ruled" for moment in steps[:nth] for each in moment)
    ruling = item.get("ruling")
    if not reached or not ruling or claim.ruling is None:
        return None
    filed = claim.filing
    objected = {each["member"]: each["text"] for each in item.get("objections", [])}
    votes = [
        {"who": window.who(member), "vote": window.say(VOTES[vote]), "objected": objected.get(member)}
        for member, vote in ruling["votes"].items()
    ]
    votes += [{"who": window.who(one), "vote": "", "objected": None} for one in ruling["recused"]]
    appeal = item.get("appeal") or {}
    return {
        "claimed": window.many(filed.quantity, filed.basis), "claimed_points": filed.points,
        "proven": window.many(claim.ruling.proven, filed.basis),
        "proven_points": filed.points - claim.ruling.reversed,
        "reversed": ruling["reversed_points"], "false": ruling["false_claim"],
        "reasons": item.get("reasons"), "votes": votes,
        "final": window.when(ruling["final_at"]), "objections_until": window.when(ruling["objections_until"]),
        "grounds": appeal.get("grounds"), "outcome": OUTCOMES.get(appeal.get("outcome", ""), ""),
        "outcome_reasons": appeal.get("reasons"),
    }  # fmt: skip


def other(window: Window, claim: Claim, tariff: str) -> dict[str, Any] | None:
    """What another tariff would have paid for this claim. Refused for a version there is none of."""
    if not tariff:
        return None
    account = claim.filing.account
    found = one(window.engine, account, known(window.books, tariff), None, None)
    mine = next((each for each in found.entries if each.cause in (claim.filing.id, claim.filing.cause)), None)
    return {
        "tariff": tariff, "account": account,
        "entry": None if mine is None else {
            "actual": mine.actual, "under": mine.under, "difference": mine.difference,
            "why": window.say(DIFFERS[mine.reason]),
        },
    }  # fmt: skip


# ------------------------------------------------------------------ commands


def asking(window: Window, claim: Claim, name: str) -> str:
    """What the form asks, as a question where there is one to decide."""
    if name not in asked.QUESTION:
        return window.say(COMMANDS[name])
    filed = claim.filing
    return window.say(
        asked.QUESTION[name], deed=window.deed(filed.activity), many=window.many(filed.quantity, filed.basis)
    )


def shown(window: Window, claim: Claim, name: str, sheet: Sheet) -> Response:
    may = of_claim(window.engine, window.actor, claim.filing.id, window.lang)
    item = window.answers().claim(claim)
    back = window.to(f"/points/claims/{claim.filing.id}")
    title = asking(window, claim, name)
    about = [
        (window.say("状态"), window.say(CLAIM_STATES[claim.state])),
        (window.say("积分"), f"{claim.filing.points}"),
        *people(window, item),
    ]
    return window.form(
        sheet, title, window.say(BUTTONS[name]), back,
        no=None if sheet.wrong else next((no for no in may["refused"] if no["command"] == name), None),
        about=about, subject=heading(window, claim), short=window.say(COMMANDS[name]),
        crumbs=[(window.say("申报与异议"), window.to("/points/claims")), (heading(window, claim), back)],
        explain=asked.EXPLAINED.get(name, ""),
    )  # fmt: skip


@router.get("/points/claims/{claim}/do/{claim_command}")
async def form(request: Request, claim: api.Id, claim_command: Command, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-claims")

    def read() -> Response:
        found = must_claim(window.points, window.actor, claim)
        if claim_command not in asked.CLAIM:
            raise not_found()
        sheet = forms.blank(asked.CLAIM[claim_command](window, found), version=found.version)
        return shown(window, found, claim_command, sheet)

    return await asyncio.to_thread(read)


@router.post("/points/claims/{claim}/do/{claim_command}")
async def give(request: Request, claim: api.Id, claim_command: Command, viewer: Viewer) -> Response:
    window = Window(request, signed_in(viewer), "points-claims")
    found = await asyncio.to_thread(must_claim, window.points, window.actor, claim)
    if claim_command not in asked.CLAIM:
        raise not_found()
    fields = await asyncio.to_thread(asked.CLAIM[claim_command], window, found)

    async def record(ask: Any, body: Any) -> Receipt:
        return await api.given(ask, window.points, claim, claim_command, body)

    path = f"points/claims/{claim}/{claim_command}"
    made = await window.given(fields, api.COMMANDS[claim_command].body, path, record)
    if isinstance(made, Sheet):
        return await asyncio.to_thread(shown, window, found, claim_command, made)
    return window.done(f"/points/claims/{claim}", made, claim)
