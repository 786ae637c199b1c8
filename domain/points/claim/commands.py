"""What people may ask of a claim. Free text arrives plain and leaves sealed under the holder's key."""

from collections.abc import Mapping
from datetime import date

from domain.messages import command


@command
class File:
    """`holder`, `place` and `opened_on` are the account's, told by the engine (domain/points/orders.py).
    `cause` names the record that proves the deed where there is one; else the claim is its own cause."""

    account: str
    holder: str
    place: str
    opened_on: date
    activity: str
    quantity: int
    occurred_on: date
    beneficiary: str = ""
    witnesses: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    note: str = ""
    cause: str = ""


@command
class Verify:
    """`entry` is what the account will call it, told by the engine."""

    entry: str


@command
class Refuse:
    reason: str


@command
class Dispute:
    grounds: str


@command
class TakeStatement:
    """What a witness says; `proven_quantity` where he can confirm a number."""

    witness: str
    text: str
    proven_quantity: int | None = None


@command
class Recuse:
    """A member steps aside; the street may put another one aside. "" is the member who says so."""

    member: str = ""
    reason: str = ""


@command
class Rule:
    """A minute, signed by the member who gives the command (his vote is `agree` unless he says otherwise).
    `panel` are the members in office, told by the engine. `votes`: member -> agree, against, abstain.
    `false_claim` None: where less is proven than was claimed."""

    panel: tuple[str, ...]
    proven_quantity: int
    reasons: str
    votes: Mapping[str, str]
    false_claim: bool | None = None


@command
class ObjectToVote:
    """By a member the minute names: it has his vote wrong."""

    text: str


@command
class Appeal:
    grounds: str


@command
class DecideAppeal:
    outcome: str
    reasons: str


@command
class NoticeFinal:
    """By the watch: the time to appeal is over. The fact is dated at its end."""


Command = (
    File
    | Verify
    | Refuse
    | Dispute
    | TakeStatement
    | Recuse
    | Rule
    | ObjectToVote
    | Appeal
    | DecideAppeal
    | NoticeFinal
)
