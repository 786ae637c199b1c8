"""A panel as its facts leave it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from domain.messages import Envelope
from domain.points.facts import (
    DisclosurePublished,
    FindingNoted,
    HonourGranted,
    HonourRevoked,
    LedgerReviewed,
    PanelAppointed,
    PanelFact,
    RankingFrozen,
    ReviewOpened,
    ReviewSigned,
)


@dataclass(frozen=True, slots=True)
class Review:
    """One month's. `done` once enough members signed."""

    position: int
    findings: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    done: bool = False


@dataclass(frozen=True, slots=True)
class Honour:
    account: str
    period: str
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """No members: nobody was appointed yet."""

    place: str = ""
    members: tuple[str, ...] = ()
    quorum: int = 0
    reviews: Mapping[str, Review] = field(default_factory=dict)
    disclosed: frozenset[str] = frozenset()
    rankings: Mapping[str, RankingFrozen] = field(default_factory=dict)
    honours: Mapping[str, Honour] = field(default_factory=dict)


State = Panel
INITIAL = Panel()


def evolve(state: Panel, fact: PanelFact, envelope: Envelope) -> Panel:
    match fact:
        case PanelAppointed(place, members, quorum):
            return replace(state, place=place, members=members, quorum=quorum)
        case ReviewOpened(month, position):
            return replace(state, reviews={**state.reviews, month: Review(position)})
        case FindingNoted(month, finding):
            review = state.reviews[month]
            return _with(state, month, replace(review, findings=(*review.findings, finding)))
        case ReviewSigned(month, member):
            review = state.reviews[month]
            return _with(state, month, replace(review, signed_by=(*review.signed_by, member)))
        case LedgerReviewed(month):
            return _with(state, month, replace(state.reviews[month], done=True))
        case DisclosurePublished(half_year):
            return replace(state, disclosed=state.disclosed | {half_year})
        case RankingFrozen(period):
            return replace(state, rankings={**state.rankings, period: fact})
        case HonourGranted(honour, _, account, period):
            return replace(state, honours={**state.honours, honour: Honour(account, period)})
        case HonourRevoked(honour):
            revoked = replace(state.honours[honour], revoked=True)
            return replace(state, honours={**state.honours, honour: revoked})
        case _:
            assert_never(fact)


def _with(state: Panel, month: str, review: Review) -> Panel:
    return replace(state, reviews={**state.reviews, month: review})
