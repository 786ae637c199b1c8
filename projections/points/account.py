"""One account as its facts left it. Balances come from the postings, so that a row cannot say anything else
than the ledger does; what is owed stands beside them, for it was never the account's.

States are NamedTuples (why: projections/views.py, STATE). Moments are microseconds since 1970 UTC.
"""

from typing import NamedTuple

from domain.messages import Recorded
from domain.points import facts as f
from projections.case import micros
from projections.points.lots import Lot, Lots, consumed, lapsed

DISPUTED, ORDERED = "disputed", "ordered"
BROUGHT = "import"
"""The kind of cause of an opening balance from another ledger: nothing that was earned here."""


class Hold(NamedTuple):
    """Points set aside for a claim in dispute or an order. `until` 0: no end of its own."""

    hold: str
    purpose: str
    points: int
    asked: int
    until: int
    at: int
    position: int


class Score(NamedTuple):
    """A line of the credit score's own ledger. `undoes` names the one an appeal took back, or ""."""

    score_entry: str
    change: int
    after: int
    cause: str
    undoes: str
    at: int


class Account(NamedTuple):
    id: str
    holder: str
    kind: str
    place: str
    opened_at: int
    opened_position: int
    credit_score: int
    version: int
    position: int
    last_at: int
    available: int = 0
    disputed: int = 0
    ordered: int = 0
    owed: int = 0
    earned: int = 0
    """Credited, less what was reversed, plus what an appeal gave back; without opening balances."""
    redeemed: int = 0
    suspensions: tuple[tuple[str, int], ...] = ()
    """Until when, by the claim whose ruling said so."""
    holds: tuple[Hold, ...] = ()
    reached: tuple[str, ...] = ()
    """Items whose price the balance has reached, and was told so."""
    scores: tuple[Score, ...] = ()
    lots: Lots = ()
    """What is left of each entry, by when it came."""

    @property
    def held(self) -> int:
        return self.disputed + self.ordered

    @property
    def suspension(self) -> tuple[str, int]:
        """The claim and the moment that suspend ordering longest; ("", 0) where nothing does."""
        return max(self.suspensions, key=lambda each: each[1], default=("", 0))

    @property
    def balance(self) -> int:
        """What belongs to the holder, free or held."""
        return self.available + self.held


def fold(account: Account | None, line: Recorded) -> Account:
    """The account after the fact. ValueError for a stream that does not begin with its opening."""
    fact, at = line.fact, micros(line.recorded_at)
    if isinstance(fact, f.AccountOpened):
        return Account(
            id=line.stream,
            holder=fact.holder,
            kind=fact.kind,
            place=fact.place,
            opened_at=micros(line.occurred_at),
            opened_position=line.position,
            credit_score=fact.credit_score,
            version=line.version,
            position=line.position,
            last_at=at,
        )
    if account is None:
        raise ValueError(f"{line.stream} does not begin with its opening")
    account = account._replace(version=line.version, position=line.position, last_at=at)
    after = changed(posted(account, fact), fact, line)
    return after._replace(lots=lots_after(account, fact, line))


def lots_after(account: Account, fact: object, line: Recorded) -> Lots:
    """Of points an appeal gave back only the account's age is known here: they are looked at early."""
    lots, at = account.lots, micros(line.occurred_at)
    match fact:
        case f.PointsCredited() if fact.points > fact.settled:
            return (*lots, Lot(fact.entry, fact.points - fact.settled, at))
        case f.PointsRedeemed():
            return consumed(lots, fact.points)
        case f.PointsReversed():
            return consumed(lots, fact.from_held + fact.from_available, fact.reverses)
        case f.ReversalUndone() if fact.points > fact.owed:
            return (*lots, Lot(fact.entry, fact.points - fact.owed, account.opened_at))
        case f.PointsExpired():
            return lapsed(lots, account.held, fact.points)
        case f.CardTransferred() if fact.points < 0:
            return consumed(lots, -fact.points)
        case f.CardTransferred():
            return (*lots, Lot(fact.entry, fact.points, at))
    return lots


def posted(account: Account, fact: object) -> Account:
    """The account after the fact's postings; those of other accounts are not its business."""
    available, disputed, ordered = account.available, account.disputed, account.ordered
    for posting in getattr(fact, "postings", ()):
        name, _, part = posting.account.partition("/")
        if name != account.id:
            continue
        if part == "":
            available += posting.points
        elif part == DISPUTED:
            disputed += posting.points
        elif part == ORDERED:
            ordered += posting.points
    return account._replace(available=available, disputed=disputed, ordered=ordered)


def changed(account: Account, fact: object, line: Recorded) -> Account:
    """What a fact changes beside the balances."""
    match fact:
        case f.PointsCredited():
            gained = 0 if fact.cause_kind == BROUGHT else fact.points
            return account._replace(earned=account.earned + gained, owed=account.owed - fact.settled)
        case f.PointsHeld():
            until = 0 if fact.until is None else micros(fact.until)
            at = micros(line.recorded_at)
            hold = Hold(fact.hold, fact.purpose, fact.points, fact.asked, until, at, line.position)
            return account._replace(holds=(*account.holds, hold))
        case f.HoldReleased():
            return account._replace(holds=less(account.holds, fact.hold, fact.points))
        case f.PointsRedeemed():
            holds = less(account.holds, fact.redemption, fact.points)
            return account._replace(holds=holds, redeemed=account.redeemed + fact.points)
        case f.PointsReversed():
            return account._replace(
                holds=less(account.holds, fact.cause, fact.from_held),
                earned=account.earned - fact.points,
                owed=account.owed + fact.owed,
            )
        case f.ReversalUndone():
            earned = account.earned + fact.points
            return account._replace(earned=earned, owed=account.owed - fact.owed)
        case f.RedemptionSuspended():
            kept = without(account.suspensions, fact.cause)
            return account._replace(suspensions=(*kept, (fact.cause, micros(fact.until))))
        case f.RedemptionRestored():
            return account._replace(suspensions=without(account.suspensions, fact.cause))
        case f.CreditScoreAdjusted():
            said = Score(
                fact.score_entry, fact.change, fact.after, fact.cause, fact.undoes, micros(line.recorded_at)
            )
            return account._replace(credit_score=fact.after, scores=(*account.scores, said))
        case f.PriceReached():
            return account._replace(reached=(*account.reached, fact.item))
    return account


def without(suspensions: tuple[tuple[str, int], ...], cause: str) -> tuple[tuple[str, int], ...]:
    return tuple([each for each in suspensions if each[0] != cause])


def less(holds: tuple[Hold, ...], name: str, points: int) -> tuple[Hold, ...]:
    """The holds after `points` of one of them were taken or let go; a hold of nothing is none."""
    kept = []
    for hold in holds:
        if hold.hold == name:
            hold = hold._replace(points=hold.points - points)
        if hold.points > 0 or hold.hold != name:
            kept.append(hold)
    return tuple(kept)
