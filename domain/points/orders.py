"""What must happen at once: the steps of one save over several streams, as plain tuples.

The api, the command line and the watch compose their orders here from states they have read. Where a step
rests on a state that may have moved meanwhile it carries the version `expected`; the desk then answers
Conflict, and the caller reads and composes anew. Everything else each stream decides for itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain

from domain.organisation import Organisation
from domain.points import account as accounts
from domain.points import claim as claims
from domain.points import panel as panels
from domain.points import redemption as redemptions
from domain.points import stock
from domain.points.account import commands as account
from domain.points.claim import commands as claim
from domain.points.redemption import Cancel, Fulfil, ItemAsked, Request, basket, total
from domain.points.stock import stock_of
from domain.refusals import Refused
from domain.scene import Scene
from domain.steps import Seen, Step, Steps

# ------------------------------------------------------------------ claims


def file(
    stream: str,
    account_stream: str,
    account_state: accounts.State,
    organisation: Organisation,
    *,
    activity: str,
    quantity: int,
    occurred_on: date,
    beneficiary: str = "",
    witnesses: tuple[str, ...] = (),
    evidence: tuple[str, ...] = (),
    note: str = "",
    cause: str = "",
) -> Steps:
    """A claim for the account's holder. Refused `account.unknown`."""
    holder = accounts.opened(account_state)
    command = claim.File(
        account=account_stream,
        holder=holder.holder,
        place=holder.place,
        opened_on=organisation.local_date(holder.opened_at),
        activity=activity,
        quantity=quantity,
        occurred_on=occurred_on,
        beneficiary=beneficiary,
        witnesses=witnesses,
        evidence=evidence,
        note=note,
        cause=cause,
    )
    return (Step("claim", stream, command),)


def verify(stream: str, claim_state: claims.State, account_seen: Seen) -> Steps:
    """The claim verified, its account credited."""
    filed = claims.filed(claim_state)
    holder = accounts.opened(account_seen.state)
    credit = account.Credit(
        points=filed.points,
        cause=filed.cause,
        cause_kind="claim" if filed.cause == stream else "record",
        activity=filed.activity,
        quantity=filed.quantity,
        occurred_on=filed.occurred_on,
        rule=filed.rule,
        filed_by=filed.filed_by,
    )
    entry = f"{filed.account}#{holder.entries + 1}"
    return (
        Step("claim", stream, claim.Verify(entry)),
        Step("account", filed.account, credit, account_seen.version),
    )


def dispute(stream: str, claim_state: claims.State, grounds: str) -> Steps:
    """The claim disputed, what is there of its points held."""
    filed = claims.filed(claim_state)
    return (
        Step("claim", stream, claim.Dispute(grounds)),
        Step("account", filed.account, account.Hold(stream, "disputed", filed.points)),
    )


def rule(
    stream: str,
    claim_state: claims.State,
    account_seen: Seen,
    panel_stream: str,
    panel_seen: Seen,
    pending: Mapping[str, redemptions.State],
    scene: Scene,
    *,
    proven_quantity: int,
    reasons: str,
    votes: Mapping[str, str],
    false_claim: bool | None = None,
) -> Steps:
    """The ruling, the reversal of what was not earned, and for a false claim the penalty: the score, and no
    ordering for a time. The orders still `pending` (by id, as the account holds for them) end before it, so
    that nobody owes what he has."""
    filed = claims.filed(claim_state)
    state = accounts.opened(account_seen.state)
    members = panels.members(panel_seen.state)
    ruling = claim.Rule(members, proven_quantity, reasons, votes, false_claim)
    short = type(proven_quantity) is int and 0 <= proven_quantity < filed.quantity
    points = claims.unearned(filed, proven_quantity, scene) if short else 0
    steps = [Step("account", filed.account, account.Reverse(filed.entry, points, stream, reasons))]
    if short if false_claim is None else false_claim:
        if set(state.orders()) != set(pending):
            raise ValueError(f"{filed.account} holds points for {state.orders()}, not {sorted(pending)}")
        ended = [_ended(order, each, "suspended", "suspended") for order, each in pending.items()]
        penalty = Step("account", filed.account, account.Penalise(stream))
        steps = [*chain.from_iterable(ended), *steps, penalty]
    return (
        Step("panel", panel_stream, panels.Sit(members)),
        Step("claim", stream, ruling),
        *_resting_on(account_seen.version, filed.account, steps),
    )


def _resting_on(version: int, account_stream: str, steps: Sequence[Step]) -> Iterator[Step]:
    """The steps, the first for that account expecting its version."""
    expected: int | None = version
    for step in steps:
        if step.stream == account_stream and expected is not None:
            yield replace(step, expected=expected)
            expected = None
        else:
            yield step


def decide_appeal(stream: str, claim_state: claims.State, outcome: str, reasons: str) -> Steps:
    """The decision; overturned, everything the ruling did is taken back by its id."""
    filed = claims.filed(claim_state)
    steps = [Step("claim", stream, claim.DecideAppeal(outcome, reasons))]
    if outcome == "overturned" and filed.ruling is not None:
        if filed.ruling.reversed_points:
            steps.append(Step("account", filed.account, account.UndoReversal(stream)))
        if filed.ruling.false_claim:
            steps.append(Step("account", filed.account, account.LiftPenalty(stream)))
    return tuple(steps)


# ------------------------------------------------------------------ redemptions


def request(
    stream: str,
    account_stream: str,
    account_state: accounts.State,
    scene: Scene,
    *,
    items: Sequence[ItemAsked],
    beneficiary: str = "",
    proxy: str = "",
    consent: str = "",
) -> Steps:
    """The order, its points held, its goods reserved."""
    holder = accounts.opened(account_state)
    lines = basket(items, scene.books, scene.now)
    command = Request(
        account=account_stream,
        holder=holder.holder,
        place=holder.place,
        items=tuple(items),
        total=total(lines),
        beneficiary=beneficiary,
        proxy=proxy,
        consent=consent,
    )
    reserved = tuple(
        Step("stock", stock_of(line.item), stock.Reserve(line.item, stream, line.quantity))
        for line in lines
        if line.stocked
    )
    return (
        Step("redemption", stream, command),
        Step("account", account_stream, account.Hold(stream, "ordered", total(lines))),
        *reserved,
    )


def fulfil(stream: str, state: redemptions.State, *, delivery: str = "", partner: str = "") -> Steps:
    """Handed out: the points are spent, the goods are gone."""
    order = redemptions.requested(state)
    issued = tuple(Step("stock", stock_of(line.item), stock.Issue(stream)) for line in order.stocked)
    return (
        Step("redemption", stream, Fulfil(delivery, partner)),
        Step("account", order.account, account.Capture(stream)),
        *issued,
    )


def cancel(stream: str, state: redemptions.State, *, reason: str) -> Steps:
    """Cancelled by the `holder` or the `desk`: points and goods are free again."""
    return tuple(_ended(stream, state, reason, "cancelled"))


def time_out(stream: str, state: redemptions.State) -> Steps:
    """By the watch: nobody came for it in time."""
    return tuple(_ended(stream, state, "timed_out", "timed_out"))


def _ended(stream: str, state: redemptions.State, reason: str, released: str) -> Iterator[Step]:
    order = redemptions.requested(state)
    yield Step("redemption", stream, Cancel(reason))
    yield Step("account", order.account, account.Release(stream, released))
    for line in order.stocked:
        yield Step("stock", stock_of(line.item), stock.Release(stream))


# ------------------------------------------------------------------ cards


def transfer(origin: str, target: str, origin_seen: Seen, reason: str) -> Steps:
    """A temporary card's points go on to the next household: both sides or neither."""
    state = accounts.opened(origin_seen.state)
    if not state.available:
        raise Refused("account.nothing-to-transfer", "the card has no points", account=origin)
    return (
        Step("account", origin, account.TransferOut(target, state.available, reason), origin_seen.version),
        Step("account", target, account.TransferIn(origin, state.available, reason)),
    )
