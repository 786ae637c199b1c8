"""How points are set aside, spent, lapse and go on to another card; and who may not spend for a time."""

from domain.bounds import NAME, TEXT, one_of, text, whole
from domain.deciding import local_day
from domain.messages import clear
from domain.points import ledger
from domain.points.account.commands import (
    Capture,
    Expire,
    Hold,
    LiftPenalty,
    Penalise,
    Release,
    TransferIn,
    TransferOut,
)
from domain.points.account.earning import Facts, next_entry
from domain.points.account.state import Held, Open, Unopened, unheld
from domain.points.facts import (
    CardTransferred,
    CreditScoreAdjusted,
    HoldReleased,
    PointsExpired,
    PointsHeld,
    PointsRedeemed,
    RedemptionRestored,
    RedemptionSuspended,
)
from domain.refusals import Refused
from domain.rule_books.tariffs import MOST
from domain.scene import Scene

RELEASES = ("cancelled", "timed_out", "suspended", "ruled")
CARDS = ("temporary", "household")
"""What a temporary card's points may go on to."""

# ------------------------------------------------------------------ holding


def hold(command: Hold, state: Open, scene: Scene) -> Facts:
    """An order needs all its points, free of debt; a dispute takes what there is."""
    text("hold", command.hold, NAME)
    one_of("purpose", command.purpose, ledger.HOLDS)
    whole("points", command.points, 1, MOST)
    if command.hold in state.holds:
        raise Refused("account.hold-exists", f"{command.hold} holds points already", hold=command.hold)
    until = None
    if command.purpose == "ordered":
        may_order(state, scene)
        until = scene.books.supervision(scene.now).held_until(scene.now)
        free = max(0, state.available - state.owed)
        if command.points > free:
            raise Refused(
                "account.too-few-points",
                f"{command.points} points are needed, {free} are available",
                help=f"an order of at most {free} points",
                points=command.points,
                available=free,
                owed=state.owed,
            )
    points = min(command.points, state.available)
    sub = ledger.held(scene.stream, command.purpose)
    postings = ledger.move((scene.stream, sub, points))
    return (PointsHeld(command.hold, command.purpose, points, command.points, until, postings),)


def may_order(state: Open, scene: Scene) -> None:
    """Refused while a ruling suspends ordering; possible again from 00:00 of the day it names."""
    until = state.suspended_until
    if until is not None and scene.now < until:
        raise Refused(
            "account.redemption-suspended",
            f"ordering is suspended until {local_day(scene, until)}",
            help=f"order from {local_day(scene, until)} on; earning goes on",
            until=until,
            day=local_day(scene, until).isoformat(),
            causes=tuple(state.suspensions),
        )


def release(command: Release, state: Open, scene: Scene) -> Facts:
    one_of("reason", command.reason, RELEASES)
    held = _hold(state, command.hold)
    sub = ledger.held(scene.stream, held.purpose)
    postings = ledger.move((sub, scene.stream, held.points))
    return (HoldReleased(command.hold, held.points, command.reason, postings),)


def capture(command: Capture, state: Open, scene: Scene) -> Facts:
    held = _hold(state, command.redemption)
    if held.purpose != "ordered":
        raise Refused(
            "account.hold-not-ordered",
            f"{command.redemption} is a dispute, not an order",
            hold=command.redemption,
        )
    sub = ledger.held(scene.stream, held.purpose)
    entry = next_entry(state, scene)
    postings = ledger.move((sub, ledger.REDEMPTION, held.points))
    return (PointsRedeemed(entry, command.redemption, held.points, postings),)


def _hold(state: Open, name: str) -> Held:
    held = state.holds.get(name)
    if held is None:
        raise Refused("account.no-hold", f"{name} holds no points here", hold=name)
    return held


# ------------------------------------------------------------------ penalty


def penalise(command: Penalise, state: Open, scene: Scene) -> Facts:
    """虚报: ordering suspended, credit score down. Once per ruling; earning goes on."""
    if command.cause in state.suspensions or state.score_entry_of(command.cause):
        raise Refused(
            "account.penalised-already",
            f"{command.cause} was penalised already",
            cause=command.cause,
        )
    supervision = scene.books.supervision(scene.now)
    change = -supervision.penalty_score
    return (
        RedemptionSuspended(supervision.suspended_until(scene.now), command.cause),
        CreditScoreAdjusted(
            _score_entry(state, scene), change, state.credit_score + change, command.cause, ""
        ),
    )


def lift_penalty(command: LiftPenalty, state: Open, scene: Scene) -> Facts:
    """Both sides of the penalty, by their ids. What other rulings said stands."""
    undone = state.score_entry_of(command.cause)
    if undone is None or command.cause not in state.suspensions:
        raise Refused(
            "account.no-penalty", f"nobody was penalised because of {command.cause}", cause=command.cause
        )
    return (
        CreditScoreAdjusted(
            _score_entry(state, scene),
            -undone.change,
            state.credit_score - undone.change,
            command.cause,
            undone.score_entry,
        ),
        RedemptionRestored(command.cause),
    )


def _score_entry(state: Open, scene: Scene) -> str:
    return f"{scene.stream}#score-{len(state.score) + 1}"


# ------------------------------------------------------------------ lapsing and going on


def expire(command: Expire, state: Open | Unopened, scene: Scene) -> Facts:
    """By lots, oldest first; what is held counts as taken from the oldest, so an order never lapses."""
    if isinstance(state, Unopened):
        return ()
    before = scene.books.lapsed_before(scene.now)
    if before is None:
        return ()
    old = [lot for lot in unheld(state.lots, state.held) if lot.since < before]
    points = sum(lot.points for lot in old)
    if not points:
        return ()
    postings = ledger.move((scene.stream, ledger.EXPIRY, points))
    return (PointsExpired(next_entry(state, scene), points, tuple(lot.entry for lot in old), postings),)


def transfer_out(command: TransferOut, state: Open, scene: Scene) -> Facts:
    """临时积分卡: all or nothing, and nobody escapes a dispute, a debt or a suspension by moving out."""
    _switch(scene)
    if state.kind != "temporary":
        raise Refused("account.not-temporary", "only a temporary card's points go on", kind=state.kind)
    if command.to == scene.stream:
        raise Refused("account.transfer-to-itself", "a card's points go on to another account")
    if state.holds or state.owed:
        raise Refused(
            "account.not-settled",
            "points are held or owed",
            help="after the orders, disputes and debts of the card are settled",
            held=state.held,
            owed=state.owed,
        )
    may_order(state, scene)
    if whole("points", command.points, 1, MOST) != state.available:
        raise Refused(
            "account.transfer-in-part",
            f"all {state.available} points go on, or none",
            help=f"points: {state.available}",
            available=state.available,
        )
    reason = clear(state.holder, text("reason", command.reason, TEXT))
    postings = ledger.move((scene.stream, ledger.TRANSFER, command.points))
    entry = next_entry(state, scene)
    return (CardTransferred(entry, command.to, -command.points, reason, postings),)


def transfer_in(command: TransferIn, state: Open, scene: Scene) -> Facts:
    _switch(scene)
    if state.kind not in CARDS:
        raise Refused(
            "account.not-a-card",
            "a temporary card's points go on to a household or another temporary card",
            help=f"kind: {', '.join(CARDS)}",
            kind=state.kind,
        )
    whole("points", command.points, 1, MOST)
    reason = clear(state.holder, text("reason", command.reason, TEXT))
    postings = ledger.move((ledger.TRANSFER, scene.stream, command.points))
    entry = next_entry(state, scene)
    return (CardTransferred(entry, command.origin, command.points, reason, postings),)


def _switch(scene: Scene) -> None:
    if not scene.books.supervision(scene.now).card_transfer:
        raise Refused(
            "account.card-transfer-off",
            "the rules in force let no card's points go on",
            help="card_transfer in the rule book supervision",
        )
