"""What may have happened to points: accounts, claims, redemptions, stock, the panel.

Points are whole numbers. Every movement carries postings that sum to zero; the counter-accounts (`issuance`,
`redemption`, `expiry`, `transfer`, `opening`) are names in a posting, never streams. An account's own are
`<account>` (available), `<account>/disputed` and `<account>/ordered` (held). Nothing is edited or deleted,
only reversed by a fact that names the one it reverses.
"""

from dataclasses import dataclass
from datetime import date, datetime

from domain.messages import Sealed, fact


@dataclass(frozen=True, slots=True)
class Posting:
    account: str
    points: int


@dataclass(frozen=True, slots=True)
class Rule:
    """The line of a tariff or catalogue that decided: book, version, line, and its text as it then read."""

    book: str
    version: str
    line: str
    text: str


# ------------------------------------------------------------------ account


@fact("points.account-opened")
class AccountOpened:
    """`holder` is a person's or household's id; `kind` resident, household, temporary or staff; `place` the
    grid path the account belongs to."""

    holder: str
    kind: str
    place: str
    credit_score: int


@fact("points.credited")
class PointsCredited:
    """`entry` names this movement for ever (`<account>#<n>`). `cause` pays once per rule and account.
    `settled` of `points` went to what the account owed. `occurred_on` is the day of the deed."""

    entry: str
    points: int
    settled: int
    cause: str
    cause_kind: str
    activity: str
    quantity: int
    occurred_on: date
    rule: Rule
    filed_by: str
    verified_by: str
    postings: tuple[Posting, ...]


@fact("points.held")
class PointsHeld:
    """`hold` names the hold (a redemption's or a claim's id); `purpose` disputed or ordered. `asked` may be
    more than `points` where less was available (disputes only)."""

    hold: str
    purpose: str
    points: int
    asked: int
    until: datetime | None
    postings: tuple[Posting, ...]


@fact("points.hold-released")
class HoldReleased:
    """`reason`: cancelled, timed_out, suspended, ruled."""

    hold: str
    points: int
    reason: str
    postings: tuple[Posting, ...]


@fact("points.redeemed")
class PointsRedeemed:
    """The hold of a redemption was captured."""

    entry: str
    redemption: str
    points: int
    postings: tuple[Posting, ...]


@fact("points.reversed")
class PointsReversed:
    """Against the entry `reverses`, once or at most for the rest. `from_held` and `from_available` were
    taken, `owed` could not be. `effective_on` is not before the original's day."""

    entry: str
    reverses: str
    points: int
    from_held: int
    from_available: int
    owed: int
    cause: str
    effective_on: date
    reason: Sealed
    postings: tuple[Posting, ...]


@fact("points.reversal-undone")
class ReversalUndone:
    """An appeal overturned a ruling: the reversal `undoes` is itself reversed. `owed` is struck off first."""

    entry: str
    undoes: str
    points: int
    owed: int
    cause: str
    postings: tuple[Posting, ...]


@fact("points.expired")
class PointsExpired:
    """Only where the setting asks for it. `lots` are the entries, oldest first, of which something lapsed."""

    entry: str
    points: int
    lots: tuple[str, ...]
    postings: tuple[Posting, ...]


@fact("points.card-transferred")
class CardTransferred:
    """A temporary card's points went on (`points` negative: out; positive: in) to the next household."""

    entry: str
    other: str
    points: int
    reason: Sealed
    postings: tuple[Posting, ...]


@fact("points.redemption-suspended")
class RedemptionSuspended:
    """No ordering before `until` (00:00 of that local day); `cause` is the ruling's claim."""

    until: datetime
    cause: str


@fact("points.redemption-restored")
class RedemptionRestored:
    cause: str


@fact("points.credit-score-adjusted")
class CreditScoreAdjusted:
    """A ledger of its own. `score_entry` names it; `undoes` the one an appeal took back, or ""."""

    score_entry: str
    change: int
    after: int
    cause: str
    undoes: str


@fact("points.price-reached")
class PriceReached:
    """The balance first reached the price of `item`: a notice is due."""

    item: str
    price: int
    balance: int


AccountFact = (
    AccountOpened
    | PointsCredited
    | PointsHeld
    | HoldReleased
    | PointsRedeemed
    | PointsReversed
    | ReversalUndone
    | PointsExpired
    | CardTransferred
    | RedemptionSuspended
    | RedemptionRestored
    | CreditScoreAdjusted
    | PriceReached
)

# ------------------------------------------------------------------ claim


@fact("claim.filed")
class ClaimFiled:
    """`filed_by` may act for the holder (`on_behalf`), which is then shown. `points` is what the tariff in
    force on `occurred_on` pays for `quantity` of `activity`. `basis`: time, day, hours, case."""

    account: str
    holder: str
    place: str
    activity: str
    quantity: int
    basis: str
    occurred_on: date
    points: int
    rule: Rule
    beneficiary: str
    witnesses: tuple[str, ...]
    evidence: tuple[str, ...]
    note: Sealed | None
    filed_by: str
    on_behalf: bool
    cause: str


@fact("claim.verified")
class ClaimVerified:
    account: str
    points: int
    entry: str


@fact("claim.refused")
class ClaimRefused:
    reason: Sealed


@fact("claim.disputed")
class ClaimDisputed:
    grounds: Sealed
    account: str
    asked: int


@fact("claim.statement-taken")
class StatementTaken:
    """`proven_quantity` is what the witness can confirm; None where he only tells."""

    witness: str
    text: Sealed
    proven_quantity: int | None


@fact("claim.member-recused")
class MemberRecused:
    member: str
    reason: Sealed | None


@dataclass(frozen=True, slots=True)
class Vote:
    member: str
    vote: str


@fact("claim.ruled")
class ClaimRuled:
    """Claimed 3, proven 1. `reversed_points` go back, `penalty` tells what else follows; each is a fact of
    the account. `final_at` is when the time to appeal ends."""

    claimed_quantity: int
    proven_quantity: int
    reversed_points: int
    reasons: Sealed
    votes: tuple[Vote, ...]
    recused: tuple[str, ...]
    false_claim: bool
    suspended_until: datetime | None
    score_change: int
    rule: Rule
    final_at: datetime
    objections_until: datetime


@fact("claim.vote-objected")
class VoteObjected:
    """A member says the minute has his vote wrong."""

    member: str
    text: Sealed


@fact("claim.appealed")
class RulingAppealed:
    grounds: Sealed


@fact("claim.appeal-decided")
class AppealDecided:
    """`outcome`: upheld or overturned."""

    outcome: str
    reasons: Sealed
    decided_by: str


@fact("claim.final")
class ClaimFinal:
    """By the watch: nobody appealed in time."""

    ruled_at: datetime


ClaimFact = (
    ClaimFiled
    | ClaimVerified
    | ClaimRefused
    | ClaimDisputed
    | StatementTaken
    | MemberRecused
    | ClaimRuled
    | VoteObjected
    | RulingAppealed
    | AppealDecided
    | ClaimFinal
)

# ------------------------------------------------------------------ redemption and stock


@dataclass(frozen=True, slots=True)
class BasketLine:
    item: str
    quantity: int
    price: int
    points: int
    stocked: bool
    rule: Rule


@fact("redemption.requested")
class RedemptionRequested:
    """`proxy` orders for the holder with `consent` (an evidence id); `beneficiary` may be someone else."""

    account: str
    holder: str
    place: str
    lines: tuple[BasketLine, ...]
    total: int
    beneficiary: str
    proxy: str
    consent: str
    expires_at: datetime | None


@fact("redemption.fulfilled")
class RedemptionFulfilled:
    """`delivery` is the evidence id of a delivery, needed where a proxy ordered; `partner` who served."""

    delivery: str
    partner: str


@fact("redemption.cancelled")
class RedemptionCancelled:
    """`reason`: holder, desk, timed_out, suspended."""

    reason: str


RedemptionFact = RedemptionRequested | RedemptionFulfilled | RedemptionCancelled


@fact("stock.received")
class StockReceived:
    item: str
    quantity: int
    reason: str


@fact("stock.corrected")
class StockCorrected:
    """A count differed: `quantity` (may be negative) is added."""

    item: str
    quantity: int
    reason: str


@fact("stock.reserved")
class StockReserved:
    item: str
    redemption: str
    quantity: int


@fact("stock.released")
class StockReleased:
    item: str
    redemption: str
    quantity: int


@fact("stock.issued")
class StockIssued:
    item: str
    redemption: str
    quantity: int


StockFact = StockReceived | StockCorrected | StockReserved | StockReleased | StockIssued

# ------------------------------------------------------------------ panel


@fact("panel.appointed")
class PanelAppointed:
    place: str
    members: tuple[str, ...]
    quorum: int


@fact("panel.review-opened")
class ReviewOpened:
    """Figures the engine computed for the month, for the panel to look at: never typed."""

    month: str
    position: int
    entries: int
    credited: int
    redeemed: int
    reversed: int
    sample: tuple[str, ...]


@fact("panel.finding-noted")
class FindingNoted:
    month: str
    finding: str
    text: Sealed
    entry: str


@fact("panel.review-signed")
class ReviewSigned:
    month: str
    member: str


@fact("panel.ledger-reviewed")
class LedgerReviewed:
    """Enough members signed. `position` is the checkpoint the review looked at."""

    month: str
    position: int
    findings: tuple[str, ...]
    signed_by: tuple[str, ...]


@fact("panel.disclosure-published")
class DisclosurePublished:
    """`half_year` as 2025-H1; de-identified totals."""

    half_year: str
    position: int
    redemptions: int
    points: int


@dataclass(frozen=True, slots=True)
class Ranked:
    rank: int
    account: str
    points: int


@fact("panel.ranking-frozen")
class RankingFrozen:
    """`period` 2025-03, 2025-Q1 or 2025; earned points, at `position`. Equal points share a rank."""

    period: str
    position: int
    rule: Rule
    minimum: int
    ranked: tuple[Ranked, ...]


@fact("panel.honour-granted")
class HonourGranted:
    honour: str
    title: str
    account: str
    period: str
    rule: Rule


@fact("panel.honour-revoked")
class HonourRevoked:
    honour: str
    reason: Sealed


PanelFact = (
    PanelAppointed
    | ReviewOpened
    | FindingNoted
    | ReviewSigned
    | LedgerReviewed
    | DisclosurePublished
    | RankingFrozen
    | HonourGranted
    | HonourRevoked
)
