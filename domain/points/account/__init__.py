"""An account (积分账户): what was earned, is held, was spent, was taken back. Never below zero.

Its stream is `acct-<holder>`, so nobody has two. Every entry names its cause and the rule that priced it;
nothing is edited, only reversed by a later entry that names it.
"""

from collections.abc import Mapping

from domain.deciding import Decision, in_order, permit
from domain.points.account import earning, spending
from domain.points.account.commands import (
    Capture,
    CarryOver,
    Command,
    Credit,
    Expire,
    Hold,
    LiftPenalty,
    Penalise,
    Release,
    Reverse,
    Reward,
    RewardLinkage,
    TakeBack,
    TransferIn,
    TransferOut,
    UndoReversal,
)
from domain.points.account.commands import Open as OpenAccount
from domain.points.account.state import INITIAL, Open, State, Unopened, evolve
from domain.points.facts import AccountFact
from domain.refusals import Refused
from domain.scene import Scene, precedes

__all__ = [
    "INITIAL", "KINDS", "Command", "LiftPenalty", "Open", "State", "Unopened",
    "account_of", "decide", "evolve", "opened",
]  # fmt: skip

KINDS = earning.KINDS
STAFF = frozenset({"gridworker", "dispatcher", "street", "panel"})
DESK = frozenset({"gridworker", "dispatcher"})
JUDGES = frozenset({"street", "panel"})
ENGINE = frozenset({"engine"})

ROLES: Mapping[type, frozenset[str]] = {
    OpenAccount: frozenset({"admin", "gridworker", "engine"}),
    Credit: STAFF,
    Reward: ENGINE,
    RewardLinkage: ENGINE,
    CarryOver: ENGINE | {"admin"},
    Hold: DESK | JUDGES | {"resident"},
    Release: DESK | JUDGES | ENGINE | {"resident"},
    Capture: DESK | {"unit"},
    Reverse: frozenset({"panel"}),
    TakeBack: ENGINE,
    Penalise: frozenset({"panel"}),
    UndoReversal: JUDGES,
    LiftPenalty: JUDGES,
    Expire: ENGINE,
    TransferOut: frozenset({"dispatcher", "street"}),
    TransferIn: frozenset({"dispatcher", "street"}),
}

WHERE_NOTHING_IS: Mapping[type, Decision] = {
    Reward: earning.reward,
    RewardLinkage: earning.reward_linkage,
    TakeBack: earning.take_back,
    Expire: spending.expire,
}
"""What reactions and the watch say: decided to nothing where there is no account, or was none yet. So a
reaction that comes late asks for the same as one that comes at once."""

TABLE: Mapping[type, Mapping[type, Decision]] = {
    Unopened: {
        OpenAccount: earning.open_account,
        **WHERE_NOTHING_IS,
    },
    Open: {
        Credit: earning.credit,
        CarryOver: earning.carry_over,
        Hold: spending.hold,
        Release: spending.release,
        Capture: spending.capture,
        Reverse: earning.reverse,
        Penalise: spending.penalise,
        UndoReversal: earning.undo_reversal,
        LiftPenalty: spending.lift_penalty,
        TransferOut: spending.transfer_out,
        TransferIn: spending.transfer_in,
        **WHERE_NOTHING_IS,
    },
}

NAMES: Mapping[type, str] = {Unopened: "unopened", Open: "open"}


def account_of(holder: str) -> str:
    """The stream of a holder's account. One holder has one account."""
    return f"acct-{holder}"


def opened(state: State) -> Open:
    """The account, if there is one."""
    if isinstance(state, Unopened):
        raise Refused("account.unknown", "there is no such account", help="open it first")
    return state


def decide(command: Command, state: State, scene: Scene) -> tuple[AccountFact, ...]:
    decision = permit("account", type(command), state, scene, tables=TABLE, roles=ROLES, names=NAMES)
    if isinstance(state, Open):
        if type(command) in WHERE_NOTHING_IS and precedes(scene.occurred_at, state.opened_at):
            return ()
        in_order(state.opened_at, scene)
    return decision(command, state, scene)
