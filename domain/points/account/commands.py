"""What may be asked of an account. People ask through a claim or a redemption; domain/points/orders.py puts
the steps together that must happen at once. Free text arrives plain and leaves sealed."""

from datetime import date, datetime

from domain.messages import command
from domain.points.facts import Rule


@command
class Open:
    """`kind` resident, household, temporary or staff; `place` the holder's grid, else the opener's."""

    holder: str
    kind: str
    place: str


@command
class Credit:
    """Book a verified claim: `points` were fixed by `rule` when it was filed."""

    points: int
    cause: str
    cause_kind: str
    activity: str
    quantity: int
    occurred_on: date
    rule: Rule
    filed_by: str


@command
class Reward:
    """By the engine, for a record that proves a deed by itself (a complaint, an attendance list). The
    tariff in force on the local day of `done_at` (or on `done_on`, where the record tells the day itself)
    says what it pays. Nothing where there is no account, or it was paid already. `by` is who confirmed the
    record, `filed_by` who began it (the holder, if left out)."""

    activity: str
    quantity: int
    done_at: datetime
    cause: str
    cause_kind: str
    by: str = "engine"
    filed_by: str = ""
    done_on: date | None = None


@command
class RewardLinkage:
    """By the engine: linkage points for whoever resolved a case on time, where the switch is on."""

    cause: str
    done_at: datetime


@command
class CarryOver:
    """By the importer: the balance another ledger ended with, told by `source` of the day `occurred_on`."""

    points: int
    source: str
    occurred_on: date


@command
class Hold:
    """Set points aside under the name `hold` (a redemption's or a claim's id). An order (`purpose` ordered)
    needs all of them; a dispute takes what there is."""

    hold: str
    purpose: str
    points: int


@command
class Release:
    """Put held points back. `reason`: cancelled, timed_out, suspended, ruled."""

    hold: str
    reason: str


@command
class Capture:
    """Spend what a redemption held."""

    redemption: str


@command
class Reverse:
    """After a ruling on the claim `cause`: take back `points` (0 too) of the entry `reverses`, first from
    what the dispute holds, then from what is available; the rest is owed. What the hold still has is
    released."""

    reverses: str
    points: int
    cause: str
    reason: str


@command
class TakeBack:
    """By the engine: all that `cause` was paid as `cause_kind`, as far as it was not taken back yet. Nothing
    where nothing was paid."""

    cause: str
    cause_kind: str
    reason: str


@command
class Penalise:
    """A panel found a false claim (`cause`): no ordering for a time, credit score down."""

    cause: str


@command
class UndoReversal:
    """An appeal overturned the ruling on `cause`."""

    cause: str


@command
class LiftPenalty:
    """As UndoReversal, for what Penalise did."""

    cause: str


@command
class Expire:
    """By the watch, where the setting asks for it: what was earned too long ago lapses, oldest first."""


@command
class TransferOut:
    """A temporary card's holder moved out: all its points go to the account `to` in the same save."""

    to: str
    points: int
    reason: str


@command
class TransferIn:
    origin: str
    points: int
    reason: str


Command = (
    Open
    | Credit
    | Reward
    | RewardLinkage
    | CarryOver
    | Hold
    | Release
    | Capture
    | Reverse
    | TakeBack
    | Penalise
    | UndoReversal
    | LiftPenalty
    | Expire
    | TransferOut
    | TransferIn
)
