"""An account as its facts leave it. Available + held = what its lots still hold; debt stands beside."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar, assert_never

from domain.messages import Envelope
from domain.points.facts import (
    AccountFact,
    AccountOpened,
    CardTransferred,
    CreditScoreAdjusted,
    HoldReleased,
    PointsCredited,
    PointsExpired,
    PointsHeld,
    PointsRedeemed,
    PointsReversed,
    PriceReached,
    RedemptionRestored,
    RedemptionSuspended,
    ReversalUndone,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unopened:
    pass


@dataclass(frozen=True, slots=True)
class Held:
    purpose: str
    points: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Credited:
    """An entry that earned points; `reversed` of them were taken back (and not given back)."""

    entry: str
    points: int
    reversed: int
    cause: str
    cause_kind: str
    activity: str
    tariff: str
    occurred_on: date
    credited_at: datetime

    @property
    def rest(self) -> int:
        return self.points - self.reversed


@dataclass(frozen=True, slots=True)
class Reversal:
    """`undone` once an appeal took it back."""

    entry: str
    reverses: str
    points: int
    owed: int
    cause: str
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Lot:
    """What is left of the points of one entry, and since when they are there."""

    entry: str
    points: int
    since: datetime


@dataclass(frozen=True, slots=True)
class ScoreEntry:
    score_entry: str
    change: int
    cause: str
    undoes: str


@dataclass(frozen=True, slots=True)
class Open:
    """`suspensions`: until when, by the ruling that said so. `noticed`: (item, price) the holder was told of.
    `entries` counts the entries so far, which names the next one."""

    holder: str
    kind: str
    place: str
    opened_at: datetime
    credit_score: int
    available: int = 0
    owed: int = 0
    entries: int = 0
    holds: Mapping[str, Held] = field(default_factory=dict)
    credits: Mapping[str, Credited] = field(default_factory=dict)
    reversals: Mapping[str, Reversal] = field(default_factory=dict)
    lots: tuple[Lot, ...] = ()
    suspensions: Mapping[str, datetime] = field(default_factory=dict)
    score: tuple[ScoreEntry, ...] = ()
    noticed: frozenset[tuple[str, int]] = frozenset()
    transferred: bool = False

    @property
    def held(self) -> int:
        return sum(each.points for each in self.holds.values())

    @property
    def balance(self) -> int:
        return self.available + self.held

    @property
    def suspended_until(self) -> datetime | None:
        """The latest moment any ruling set; it may have passed."""
        return max(self.suspensions.values(), default=None)

    def held_for(self, purpose: str) -> int:
        return sum(each.points for each in self.holds.values() if each.purpose == purpose)

    def orders(self) -> tuple[str, ...]:
        """The redemptions that hold points."""
        return tuple(name for name, each in self.holds.items() if each.purpose == "ordered")

    def paid_for(self, cause: str) -> tuple[Credited, ...]:
        """The entries this cause was paid with."""
        return tuple(entry for entry in self.credits.values() if entry.cause == cause)

    def reversal_of(self, cause: str) -> Reversal | None:
        """What a ruling on this cause took back, if that still stands."""
        return next(
            (each for each in self.reversals.values() if each.cause == cause and not each.undone), None
        )

    def score_entry_of(self, cause: str) -> ScoreEntry | None:
        """What a ruling on this cause did to the score, if that still stands."""
        undone = {entry.undoes for entry in self.score}
        return next(
            (
                entry
                for entry in self.score
                if entry.cause == cause and not entry.undoes and entry.score_entry not in undone
            ),
            None,
        )


State = Unopened | Open
INITIAL: State = Unopened()


def unheld(lots: tuple[Lot, ...], held: int) -> tuple[Lot, ...]:
    """What of the lots nothing holds, oldest first: an order or a dispute stands for the oldest points."""
    free = []
    for lot in sorted(lots, key=lambda lot: lot.since):
        kept = min(held, lot.points)
        held -= kept
        if lot.points > kept:
            free.append(replace(lot, points=lot.points - kept))
    return tuple(free)


def lapse(lots: tuple[Lot, ...], held: int, points: int) -> tuple[Lot, ...]:
    """The lots after `points` of those nothing holds have lapsed, oldest first."""
    for lot in unheld(lots, held):
        taken = min(points, lot.points)
        lots = consume(lots, taken, lot.entry)
        points -= taken
    return lots


def consume(lots: tuple[Lot, ...], points: int, first: str = "") -> tuple[Lot, ...]:
    """The lots after `points` were taken: of the entry `first`, then oldest first."""
    left: list[Lot] = list(lots)
    order = sorted(range(len(left)), key=lambda n: (left[n].entry != first, left[n].since, n))
    for n in order:
        taken = min(points, left[n].points)
        left[n] = replace(left[n], points=left[n].points - taken)
        points -= taken
    return tuple(lot for lot in left if lot.points)


def evolve(state: State, fact: AccountFact, envelope: Envelope) -> State:
    at = envelope.occurred_at
    if isinstance(fact, AccountOpened):
        return Open(fact.holder, fact.kind, fact.place, at, fact.credit_score)
    assert isinstance(state, Open), "an account begins by being opened"
    match fact:
        case PointsCredited():
            return _credited(state, fact, at)
        case PointsReversed():
            return _reversed(state, fact)
        case ReversalUndone():
            return _undone(state, fact)
        case PointsHeld(hold, purpose, points, _, until):
            holds = {**state.holds, hold: Held(purpose, points, until)}
            return replace(state, available=state.available - points, holds=holds)
        case HoldReleased(hold, points):
            return replace(state, available=state.available + points, holds=_without(state.holds, hold))
        case PointsRedeemed(_, redemption, points):
            return replace(
                state,
                entries=state.entries + 1,
                holds=_without(state.holds, redemption),
                lots=consume(state.lots, points),
            )
        case PointsExpired(_, points):
            return replace(
                state,
                entries=state.entries + 1,
                available=state.available - points,
                lots=lapse(state.lots, state.held, points),
            )
        case CardTransferred(entry, _, points):
            lots = (*state.lots, Lot(entry, points, at)) if points > 0 else consume(state.lots, -points)
            return replace(
                state,
                entries=state.entries + 1,
                available=state.available + points,
                lots=lots,
                transferred=state.transferred or points < 0,
            )
        case RedemptionSuspended(until, cause):
            return replace(state, suspensions={**state.suspensions, cause: until})
        case RedemptionRestored(cause):
            return replace(state, suspensions=_without(state.suspensions, cause))
        case CreditScoreAdjusted(entry, change, after, cause, undoes):
            score = (*state.score, ScoreEntry(entry, change, cause, undoes))
            return replace(state, credit_score=after, score=score)
        case PriceReached(item, price):
            return replace(state, noticed=state.noticed | {(item, price)})
        case _:
            assert_never(fact)


def _without(entries: Mapping[str, T], name: str) -> Mapping[str, T]:
    return {key: value for key, value in entries.items() if key != name}


def _credited(state: Open, fact: PointsCredited, at: datetime) -> Open:
    gained = fact.points - fact.settled
    entry = Credited(
        fact.entry,
        fact.points,
        0,
        fact.cause,
        fact.cause_kind,
        fact.activity,
        fact.rule.version,
        fact.occurred_on,
        at,
    )
    return replace(
        state,
        available=state.available + gained,
        owed=state.owed - fact.settled,
        entries=state.entries + 1,
        credits={**state.credits, fact.entry: entry},
        lots=(*state.lots, Lot(fact.entry, gained, at)) if gained else state.lots,
    )


def _reversed(state: Open, fact: PointsReversed) -> Open:
    """`from_held` was taken from the dispute's hold, which is named as the cause is."""
    original = state.credits[fact.reverses]
    holds = state.holds
    if fact.from_held:
        hold = holds[fact.cause]
        left = hold.points - fact.from_held
        holds = {**holds, fact.cause: replace(hold, points=left)} if left else _without(holds, fact.cause)
    reversal = Reversal(fact.entry, fact.reverses, fact.points, fact.owed, fact.cause)
    return replace(
        state,
        available=state.available - fact.from_available,
        owed=state.owed + fact.owed,
        entries=state.entries + 1,
        holds=holds,
        credits={
            **state.credits,
            fact.reverses: replace(original, reversed=original.reversed + fact.points),
        },
        reversals={**state.reversals, fact.entry: reversal},
        lots=consume(state.lots, fact.from_held + fact.from_available, fact.reverses),
    )


def _undone(state: Open, fact: ReversalUndone) -> Open:
    """What comes back is as old as when it was earned."""
    reversal = state.reversals[fact.undoes]
    original = state.credits[reversal.reverses]
    gained = fact.points - fact.owed
    return replace(
        state,
        available=state.available + gained,
        owed=state.owed - fact.owed,
        entries=state.entries + 1,
        credits={
            **state.credits,
            reversal.reverses: replace(original, reversed=original.reversed - fact.points),
        },
        reversals={**state.reversals, fact.undoes: replace(reversal, undone=True)},
        lots=(*state.lots, Lot(fact.entry, gained, original.credited_at)) if gained else state.lots,
    )
