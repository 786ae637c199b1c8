"""The bodies of the points' commands. Whole numbers are whole and bounded, days are days, names are names."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from api.bodies import Body
from api.kinds import Command, Day, MaybeName, MaybeText, Name, Photos, Text
from domain.bounds import ITEMS
from domain.points.stock import SHELF
from domain.rule_books.tariffs import QUANTITY

Id = Annotated[str, StringConstraints(min_length=1, max_length=110, pattern=r"^[\w.-]+$")]
Quantity = Annotated[int, Field(ge=1, le=QUANTITY)]
Vote = Literal["agree", "against", "abstain"]
Proven = Annotated[int, Field(ge=0, le=QUANTITY)]


def some(quantity: int) -> int:
    """ValueError for 0: neither a delivery nor a correction."""
    if not quantity:
        raise ValueError("0 is neither a delivery nor a correction")
    return quantity


# ------------------------------------------------------------------ accounts


class Opening(Command):
    """An account belongs to the holder's place, else to its opener's, unless `place` names another."""

    holder: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[\w.-]+$")]
    kind: Literal["resident", "household", "temporary", "staff"] = "resident"
    place: MaybeName = ""


class Transfer(Command):
    to: Id
    reason: Text


# ------------------------------------------------------------------ claims


class Filing(Command):
    account: Id
    activity: Name
    quantity: Quantity
    occurred_on: Day
    beneficiary: MaybeName = ""
    witnesses: Annotated[list[Name], Field(max_length=ITEMS, default_factory=list)]
    evidence: Photos
    note: MaybeText = ""


class Verifying(Command):
    pass


class Refusing(Command):
    reason: Text


class Disputing(Command):
    grounds: Text


class Stating(Command):
    """`proven_quantity`: what the witness can confirm, where he can."""

    witness: Name
    text: Text
    proven_quantity: Proven | None = None


class Recusing(Command):
    """`member`: yourself if left out."""

    member: MaybeName = ""
    reason: MaybeText = ""


class RulingOn(Command):
    """A minute by the signed-in member. `false_claim`: where less is proven than was claimed, if left out."""

    proven_quantity: Proven
    reasons: Text
    votes: Annotated[
        dict[Name, Literal["agree", "against", "abstain"]], Field(max_length=ITEMS, default_factory=dict)
    ]
    false_claim: bool | None = None


class Objecting(Command):
    text: Text


class Appealing(Command):
    grounds: Text


class DecidingAppeal(Command):
    outcome: Literal["upheld", "overturned"]
    reasons: Text


# ------------------------------------------------------------------ orders and stock


class ItemWanted(Body):
    item: Name
    quantity: Quantity = 1


class Proxy(Body):
    """Who orders for the holder, with his consent: the id of evidence."""

    person: Name
    consent: Name


class Ordering(Command):
    account: Id
    items: Annotated[list[ItemWanted], Field(min_length=1, max_length=ITEMS)]
    beneficiary: MaybeName = ""
    proxy: Proxy | None = None


class Fulfilling(Command):
    """`delivery`: the id of evidence, needed where a proxy ordered. `partner`: the unit that served."""

    delivery: MaybeName = ""
    partner: MaybeName = ""


class Cancelling(Command):
    """By the holder or his proxy, or by the desk: left out, whichever you are."""

    reason: Literal["", "holder", "desk"] = ""


class Shelving(Command):
    """`quantity` pieces came; a negative number corrects."""

    item: Name
    quantity: Annotated[int, Field(ge=-SHELF, le=SHELF), AfterValidator(some)]
    reason: Name


class Receiving(Command):
    item: Name
    quantity: Annotated[int, Field(ge=1, le=SHELF)]
    reason: Name


class Counting(Command):
    """盘点: `quantity` pieces lie there, whatever the book says."""

    item: Name
    quantity: Annotated[int, Field(ge=0, le=SHELF)]
    reason: Name
