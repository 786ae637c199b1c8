"""Claims over HTTP: filing, verifying, disputing, ruling; the queue, and one claim with what may follow."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api import kinds, problems
from api.bodies import StrictRoute
from api.commands import kept
from api.listing import chosen
from api.lists import now_of
from api.orders import Ask, Asking, AtEngine, Language, etag, said
from api.parameters import Cursor
from api.points import bodies as b
from api.points.answers import Reader
from api.points.permissions import of_claim
from api.points.saves import save, scene_of, seen
from api.points.sight import must_account, must_claim, of_claims
from api.points.subjects import AtPoints, Points
from api.points.told import foreseen, recorded
from api.registers_then import Register, Shown
from api.registers_then import listed as page_of
from api.routing import OWN_COMMANDED, CaughtUp, Grid, Limit, Word, example, route_each
from api.sign_in import Caller
from api.then import AtThen
from domain.points import orders, panel
from domain.points.claim import commands as c
from domain.steps import Seen, Step, Steps
from engine.desk import Receipt
from engine.ids import new_id
from engine.read import Condition, Filter
from projections.points.claims import CLAIMS

router = APIRouter(prefix="/api/v1/points/claims", tags=["points: claims"], route_class=StrictRoute)

Id = Annotated[str, Path(pattern=r"^clm-[0-9a-z-]{1,60}$", description="A claim's id.")]
Words = Annotated[list[str], Query(max_length=20)]
Composing = Callable[[Asking, Points, str, Any], Steps]
DAY = "2025-03-04"

REGISTER = Register(
    CLAIMS,
    "claims",
    ("filed_position", "desc"),
    frozenset({"account", "holder", "place", "activity", "filed_by"}),
    first="filed_position",
    begun="filed_at",
)

# ------------------------------------------------------------------ filing


@router.post(
    "",
    status_code=201,
    summary="Claim points for a deed",
    responses=OWN_COMMANDED,
    openapi_extra=example(
        {
            "account": "acct-resident",
            "activity": "mediation",
            "quantity": 1,
            "occurred_on": DAY,
            "beneficiary": "hh-0007",
            "note": "三楼与四楼为漏水争执，已劝和",
        }
    ),
)
async def file(body: b.Filing, ask: Ask, points: AtPoints) -> Response:
    """By the holder, or by a grid member for him, which is then shown. The tariff in force on `occurred_on`
    fixes the points."""
    receipt = await filed(ask, points, body)
    claim = receipt.lines[0].stream
    return answered(ask, points, claim, receipt, created=f"/api/v1/points/claims/{claim}")


async def filed(ask: Asking, points: Points, body: b.Filing) -> Receipt:
    """File it; the first line's stream is the claim. Problem 404 for an account he may not know of."""
    must_account(points, ask.actor, body.account)
    await kept(ask, body)
    claim = new_id("clm")

    def compose() -> Steps:
        return orders.file(
            claim,
            body.account,
            seen(points, "account", body.account).state,
            points.engine.desk.stage().organisation,
            activity=body.activity,
            quantity=body.quantity,
            occurred_on=body.occurred_on,
            beneficiary=body.beneficiary,
            witnesses=tuple(body.witnesses),
            evidence=tuple(body.evidence),
            note=body.note,
        )

    return await save(ask, points, claim, compose, body, body.occurred_at)


def answered(ask: Asking, points: Points, claim: str, receipt: Receipt, *, created: str = "") -> Response:
    if ask.dry_run:
        return foreseen(ask, points, receipt)
    found = points.claims.at(claim, receipt.versions[claim])
    answer = Reader(points, ask.actor, now_of(ask.engine)).claim(found)
    answer |= of_claim(ask.engine, ask.actor, claim, ask.lang)
    return recorded(ask, points, receipt, claim, answer, created=created)


# ------------------------------------------------------------------ commands to a claim


def verify(ask: Asking, points: Points, claim: str, body: Any) -> Steps:
    state = seen(points, "claim", claim).state
    account = points.claims.must(claim).filing.account
    return orders.verify(claim, state, seen(points, "account", account))


def dispute(ask: Asking, points: Points, claim: str, body: b.Disputing) -> Steps:
    return orders.dispute(claim, seen(points, "claim", claim).state, body.grounds)


def rule(ask: Asking, points: Points, claim: str, body: b.RulingOn) -> Steps:
    """With the panel that judges there, and every order of the account that a penalty would end."""
    filed = points.claims.must(claim).filing
    account = seen(points, "account", filed.account)
    pending = {order: seen(points, "redemption", order).state for order in account.state.orders()}
    panel_stream, panel_seen = panel_over(points, filed.place)
    return orders.rule(
        claim,
        seen(points, "claim", claim).state,
        account,
        panel_stream,
        panel_seen,
        pending,
        scene_of(ask, claim, body.occurred_at),
        proven_quantity=body.proven_quantity,
        reasons=body.reasons,
        votes=body.votes,
        false_claim=body.false_claim,
    )


def panel_over(points: Points, place: str) -> tuple[str, Seen]:
    """The nearest panel that has members; that of the place itself where none has."""
    for stream in panel.panels_over(place):
        found = seen(points, "panel", stream)
        if found.state.members:
            return stream, found
    return panel.panel_of(place), Seen(panel.INITIAL, 0)


def decide_appeal(ask: Asking, points: Points, claim: str, body: b.DecidingAppeal) -> Steps:
    return orders.decide_appeal(claim, seen(points, "claim", claim).state, body.outcome, body.reasons)


def alone(make: Callable[[Any], Any]) -> Composing:
    """A command that concerns the claim only."""

    def steps(ask: Asking, points: Points, claim: str, body: Any) -> Steps:
        return (Step("claim", claim, make(body)),)

    return steps


@dataclass(frozen=True, slots=True)
class Kind:
    says: str
    body: type[kinds.Command]
    steps: Composing
    example: Mapping[str, Any]


COMMANDS: Mapping[str, Kind] = {
    "verify": Kind("Verify it: the points are credited", b.Verifying, verify, {}),
    "refuse": Kind(
        "Do not accept it", b.Refusing, alone(lambda x: c.Refuse(x.reason)), {"reason": "当天没有这次活动"}
    ),
    "dispute": Kind(
        "Dispute a credited claim: its points are held",
        b.Disputing,
        dispute,
        {"grounds": "邻居说只代买过一次"},
    ),
    "statement": Kind(
        "Take down what a witness says",
        b.Stating,
        alone(lambda x: c.TakeStatement(x.witness, x.text, x.proven_quantity)),
        {"witness": "p-0007", "text": "我只看见一次", "proven_quantity": 1},
    ),
    "recuse": Kind(
        "Step aside",
        b.Recusing,
        alone(lambda x: c.Recuse(x.member, x.reason)),
        {"reason": "与当事人是亲戚"},
    ),
    "rule": Kind(
        "Rule on a dispute: a minute by the signed-in member",
        b.RulingOn,
        rule,
        {
            "proven_quantity": 1,
            "reasons": "三次中能核实一次",
            "votes": {"panel": "agree", "panel2": "agree", "panel3": "abstain"},
        },
    ),
    "vote-objection": Kind(
        "Say that a minute has your vote wrong",
        b.Objecting,
        alone(lambda x: c.ObjectToVote(x.text)),
        {"text": "我投的是反对"},
    ),
    "appeal": Kind(
        "Appeal against a ruling",
        b.Appealing,
        alone(lambda x: c.Appeal(x.grounds)),
        {"grounds": "另两次有收据"},
    ),
    "appeal-decision": Kind(
        "Decide an appeal",
        b.DecidingAppeal,
        decide_appeal,
        {"outcome": "overturned", "reasons": "收据属实"},
    ),
}


async def given(ask: Asking, points: Points, claim: str, name: str, body: Any) -> Receipt:
    """Give one of `COMMANDS` to the claim. Problem 404 where the caller may not know of it."""
    must_claim(points, ask.actor, claim, disputing=name == "dispute")

    def compose() -> Steps:
        return COMMANDS[name].steps(ask, points, claim, body)

    return await save(ask, points, claim, compose, body, body.occurred_at)


def command(name: str) -> Callable[..., Any]:
    async def give(claim: Id, body: Any, ask: Ask, points: AtPoints) -> Response:
        return answered(ask, points, claim, await given(ask, points, claim, name, body))

    return give


route_each(router, "/{claim}", COMMANDS, command, "{}_claim", responses=OWN_COMMANDED)

# ------------------------------------------------------------------ reading


@router.get(
    "", summary="Claims, newest first", dependencies=[CaughtUp], responses=problems.responses(401, 422, 503)
)
async def listed(
    engine: AtEngine,
    points: AtPoints,
    caller: Caller,
    then: AtThen,
    state: Words = [],  # noqa: B006
    account: Word = "",
    activity: Word = "",
    filed_by: Word = "",
    grid: Grid = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """`state` may be repeated: filed, credited, refused, disputed, ruled, appealed, final."""
    named = {"account": account, "activity": activity, "filed_by": filed_by}
    where: list[Condition] = chosen(named, grid, "place")
    if wanted := [each for each in state if each]:
        where.append(Filter("state", "in", wanted))

    def shown(at: int) -> Shown:
        return Reader(points, caller, at).claim_row

    return await page_of(
        engine, REGISTER, [of_claims(caller)], where, shown, then=then, after=cursor, limit=limit
    )


@router.get(
    "/{claim}",
    summary="One claim, as it is now",
    dependencies=[CaughtUp],
    responses=problems.responses(401, 404, 422, 503),
)
async def detail(
    claim: Id, engine: AtEngine, points: AtPoints, caller: Caller, lang: Language, then: AtThen
) -> Response:
    """With its statements, its ruling, and what the caller may do next. With `as_of` or `known_at`: as it was
    then, and nothing is allowed."""

    def read() -> dict[str, Any]:
        found = must_claim(points, caller, claim)
        if then is not None:
            was = REGISTER.must(engine, claim, then)
            return Reader(points, caller, then.as_of).claim(was, then) | then.over()
        answer = Reader(points, caller, now_of(engine)).claim(found)
        return answer | of_claim(engine, caller, claim, lang)

    answer = await asyncio.to_thread(read)
    return said(answer) if then is not None else said(answer, ETag=etag(answer["version"]))
