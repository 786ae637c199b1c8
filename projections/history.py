"""The story of a case: one sentence per fact, the round it belongs to, and what a decision will lead to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.complaint import facts as f
from domain.messages import Actor, Recorded
from projections import telling_outcome as outcome
from projections import telling_work as work
from projections.telling import Sentence, told
from projections.words import Quote, Speaker

SENTENCES: dict[type, Sentence] = {
    f.ComplaintRegistered: work.registered,
    f.ComplaintReclassified: work.reclassified,
    f.ComplaintMerged: work.merged,
    f.ComplaintJoined: work.joined,
    f.MergeUndone: work.merge_undone,
    f.ComplaintParted: work.parted,
    f.ComplaintSplit: work.split,
    f.ComplaintSupported: work.supported,
    f.ComplaintRejected: work.rejected,
    f.ComplaintWithdrawn: work.withdrawn,
    f.ComplaintAdopted: work.adopted,
    f.RecurrenceSuspected: work.recurred,
    f.ComplaintDispatched: work.dispatched,
    f.DispatchDeclined: work.declined,
    f.UnitResponded: work.responded,
    f.JointSessionHeld: work.session_held,
    f.TrackChanged: work.track_changed,
    f.ProgressNoted: work.progress_noted,
    f.EvidenceAttached: work.evidence_attached,
    f.ExtensionRequested: work.extension_requested,
    f.ExtensionGranted: work.extension_granted,
    f.ExtensionRefused: work.extension_refused,
    f.ResolutionReported: work.resolved,
    f.FollowUpAttempted: outcome.attempted,
    f.FollowUpRecorded: outcome.followed_up,
    f.ResidentRated: outcome.rated,
    f.SpotCheckRecorded: outcome.spot_checked,
    f.ComplaintClosed: outcome.closed,
    f.ComplaintLeftUnreached: outcome.left_unreached,
    f.HistoricallyClosed: outcome.historically_closed,
    f.ComplaintReopened: outcome.reopened,
    f.ComplaintUrged: outcome.urged,
    f.SupervisionRaised: outcome.supervision_raised,
    f.ComplaintEscalated: outcome.escalated,
    f.DispatchOverdue: outcome.dispatch_overdue,
    f.ResponseOverdue: outcome.response_overdue,
    f.ResolutionOverdue: outcome.resolution_overdue,
    f.FollowUpOverdue: outcome.follow_up_overdue,
    f.DeadlineRederived: outcome.deadline_rederived,
    f.PersonalDataRevealed: outcome.revealed,
    f.FieldRedacted: outcome.redacted,
}

MILESTONES = frozenset(
    {
        f.ComplaintRegistered,
        f.ComplaintReclassified,
        f.ComplaintMerged,
        f.MergeUndone,
        f.ComplaintSplit,
        f.ComplaintRejected,
        f.ComplaintWithdrawn,
        f.ComplaintDispatched,
        f.DispatchDeclined,
        f.UnitResponded,
        f.JointSessionHeld,
        f.ExtensionGranted,
        f.ResolutionReported,
        f.FollowUpRecorded,
        f.ComplaintClosed,
        f.ComplaintLeftUnreached,
        f.HistoricallyClosed,
        f.ComplaintReopened,
        f.ComplaintEscalated,
    }
)
"""The facts that a reader in a hurry wants (`?key=true`). An assisting unit's response is none."""

TONES: dict[type, str] = {
    f.ComplaintReopened: "bad",
    f.ComplaintRejected: "bad",
    f.DispatchDeclined: "bad",
    f.ComplaintEscalated: "bad",
    f.ComplaintLeftUnreached: "bad",
    f.DispatchOverdue: "bad",
    f.ResponseOverdue: "bad",
    f.ResolutionOverdue: "bad",
    f.FollowUpOverdue: "bad",
    f.ComplaintClosed: "good",
    f.ExtensionRequested: "wait",
    f.ComplaintUrged: "wait",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One fact of the story. `tone` is "", key, good, bad or wait, as the pages colour it; `evidence` are ids
    of stored files, `caption` says when and why they were taken; `quotes` are the words that the speaker puts
    apart."""

    position: int
    version: int
    name: str
    sentence: str
    round: int
    milestone: bool
    tone: str
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    evidence: tuple[str, ...]
    caption: str = ""
    quotes: tuple[Quote, ...] = ()
    readings: tuple[f.Reading, ...] = ()


def sentence(line: Recorded, speaker: Speaker) -> str:
    """Who did what, and what follows. KeyError for a fact that is none of a complaint's."""
    return told(SENTENCES, line, speaker)


def is_milestone(fact: Any) -> bool:
    return type(fact) in MILESTONES and getattr(fact, "lead", True) is not False


def story(lines: Iterable[Recorded], speaker: Speaker, *, key: bool = False) -> list[Told]:
    """The facts of one case in the order recorded, `key` for the milestones only.

    A fact that opens a round belongs to it. Lines must begin with the registration, or rounds count from 1.
    """
    found: list[Told] = []
    number = 1
    for line in lines:
        fact = line.fact
        if isinstance(fact, f.ComplaintReopened):
            number = fact.round
        milestone = is_milestone(fact)
        if key and not milestone:
            continue
        said = sentence(line, speaker)
        found.append(
            Told(
                position=line.position,
                version=line.version,
                name=fact.NAME,  # type: ignore[attr-defined]
                sentence=said,
                round=number,
                milestone=milestone,
                tone=TONES.get(type(fact), "key" if milestone else ""),
                occurred_at=line.occurred_at,
                recorded_at=line.recorded_at,
                actor=line.actor,
                evidence=evidence_of(fact),
                caption=caption(line, speaker),
                quotes=tuple(speaker.apart or ()),
                readings=getattr(fact, "readings", ()),
            )
        )
        if speaker.apart:
            speaker.apart.clear()
    return found


def evidence_of(fact: Any) -> tuple[str, ...]:
    """The ids of stored files the fact names."""
    if isinstance(fact, f.EvidenceAttached | f.ResolutionReported):
        return fact.evidence
    if isinstance(fact, f.FollowUpRecorded | f.SpotCheckRecorded):
        return fact.photos
    return ()


def caption(line: Recorded, s: Speaker) -> str:
    """What the files of a fact show, as far as it says so; a camera's own time is not kept."""
    match line.fact:
        case f.EvidenceAttached(taken_at=at) if at is not None:
            return s.say("拍于 {at}", "taken {at}", at=s.at(at, line.occurred_at.astimezone(s.zone).year))
        case f.EvidenceAttached():
            return s.say("补交的", "added later")
        case f.ResolutionReported():
            return s.say("办结时交的", "with the answer")
        case f.FollowUpRecorded():
            return s.say("回访时拍的", "at the follow-up")
        case f.SpotCheckRecorded():
            return s.say("抽核时拍的", "at the spot check")
    return ""


# ------------------------------------------------------------------ what a decision will lead to


def consequences(lines: Iterable[Recorded], speaker: Speaker, *, declines: int = 2) -> list[str]:
    """What recording these facts would lead to, in sentences: deadlines, reopening, closing.

    For dry runs: `lines` are the hypothetical ones of one decision. After `declines` of a round (a setting
    of the rule book) only a joint session can dispatch it.
    """
    said: list[str] = []
    facts = [(line, line.fact) for line in lines]
    reopens = any(isinstance(fact, f.ComplaintReopened) for _, fact in facts)
    for line, fact in facts:
        made = _consequence(line, fact, reopens, declines, speaker)
        said += made if made else [sentence(line, speaker)]
    return said


def _consequence(line: Recorded, fact: Any, reopens: bool, declines: int, s: Speaker) -> list[str]:
    match fact:
        case f.FollowUpRecorded() | f.SpotCheckRecorded():
            bad = [reading for reading in fact.readings if reading.in_range is False]
            lost = [
                s.say(
                    "{r} 不达标，提交后会返工。",
                    "{r} is out of range and will reopen the case.",
                    r=s.reading(reading.quantity, reading.value, reading.unit),
                )
                for reading in bad
                if reopens
            ]
            return [sentence(line, s), *lost]
        case f.ComplaintReopened():
            own = [
                s.say(
                    "提交后这件诉求会返工，进入第 {n} 轮：{why}。",
                    "Submitting this reopens the case, into round {n}: {why}.",
                    n=fact.round,
                    why=s.word(fact.reason),
                )
            ]
            if fact.dispatch is not None:
                own.append(
                    s.say(
                        "新一轮要在 {by} 前派单。",
                        "The new round is to be dispatched by {by}.",
                        by=s.at(fact.dispatch.due, line.occurred_at.astimezone(s.zone).year),
                    )
                )
            return own
        case f.ComplaintClosed():
            return [s.say("提交后系统会自动结案。", "Submitting this closes the case, by rule.")]
        case f.ComplaintLeftUnreached():
            return [
                s.say(
                    "提交后系统会记为未联系上，不算满意。",
                    "Submitting this leaves the case as unreached, which is not satisfied.",
                )
            ]
        case f.ComplaintEscalated():
            return [s.say("由街道专班接手。", "The street's task force takes it over.")]
        case f.DispatchDeclined(lead=True, count=n) if n >= declines:
            return [
                sentence(line, s),
                s.say(
                    "已退单 {n} 次：之后只能由联办会商派单，不能再退。",
                    "It has been declined {n} times: from now on only a joint session can dispatch it.",
                    n=n,
                ),
            ]
    return []
