"""The points in sentences: one per fact, in the order recorded."""

from typing import Any

from domain.messages import Recorded
from domain.points import facts as f
from domain.points.attendance import facts as lists
from projections.points import telling_account as account
from projections.points import telling_attendance as attendance
from projections.points import telling_claim as claim
from projections.points import telling_panel as panel
from projections.telling import Sentence, told
from projections.words import Speaker

SENTENCES: dict[type, Sentence] = {
    f.AccountOpened: account.opened,
    f.PointsCredited: account.credited,
    f.PointsHeld: account.held,
    f.HoldReleased: account.released,
    f.PointsRedeemed: account.redeemed,
    f.PointsReversed: account.reversed,
    f.ReversalUndone: account.undone,
    f.PointsExpired: account.expired,
    f.CardTransferred: account.transferred,
    f.RedemptionSuspended: account.suspended,
    f.RedemptionRestored: account.restored,
    f.CreditScoreAdjusted: account.score_adjusted,
    f.PriceReached: account.price_reached,
    f.ClaimFiled: claim.filed,
    f.ClaimVerified: claim.verified,
    f.ClaimRefused: claim.refused,
    f.ClaimDisputed: claim.disputed,
    f.StatementTaken: claim.statement_taken,
    f.MemberRecused: claim.recused,
    f.ClaimRuled: claim.ruled,
    f.VoteObjected: claim.vote_objected,
    f.RulingAppealed: claim.appealed,
    f.AppealDecided: claim.appeal_decided,
    f.ClaimFinal: claim.final,
    f.RedemptionRequested: panel.requested,
    f.RedemptionFulfilled: panel.fulfilled,
    f.RedemptionCancelled: panel.cancelled,
    f.StockReceived: panel.received,
    f.StockCorrected: panel.corrected,
    f.StockReserved: panel.reserved,
    f.StockReleased: panel.stock_released,
    f.StockIssued: panel.issued,
    f.PanelAppointed: panel.appointed,
    f.ReviewOpened: panel.review_opened,
    f.FindingNoted: panel.finding_noted,
    f.ReviewSigned: panel.review_signed,
    f.LedgerReviewed: panel.ledger_reviewed,
    f.DisclosurePublished: panel.disclosed,
    f.RankingFrozen: panel.ranking_frozen,
    f.HonourGranted: panel.honour_granted,
    f.HonourRevoked: panel.honour_revoked,
    lists.AttendanceOpened: attendance.opened,
    lists.PresentNoted: attendance.present,
    lists.AbsentNoted: attendance.absent,
    lists.AttendanceConfirmed: attendance.confirmed,
    lists.TakenOff: attendance.taken_off,
    lists.AttendanceCancelled: attendance.cancelled,
}


def sentence(line: Recorded, speaker: Speaker) -> str:
    """Who did what, and what follows. KeyError for a fact that is none of the points'."""
    return told(SENTENCES, line, speaker)


def evidence_of(fact: Any) -> tuple[str, ...]:
    """The ids of stored files the fact names."""
    if isinstance(fact, f.ClaimFiled):
        return fact.evidence
    if isinstance(fact, f.RedemptionRequested):
        return (fact.consent,) if fact.consent else ()
    if isinstance(fact, f.RedemptionFulfilled):
        return (fact.delivery,) if fact.delivery else ()
    return ()
