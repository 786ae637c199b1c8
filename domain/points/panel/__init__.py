"""The panel (监督小组) of a place: who sits on it, its monthly reviews, disclosures, rankings and honours.

Figures come from the log, told by the engine; people look at them, note findings and sign. Its stream is
`panel-<place>`, with dots for slashes.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domain.bounds import NAME, TEXT, names, text, whole
from domain.deciding import check_role, local_day
from domain.messages import clear
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
    Rule,
)
from domain.points.panel import periods
from domain.points.panel.commands import (
    Appoint,
    Command,
    Earned,
    FreezeRanking,
    GrantHonour,
    NoteFinding,
    OpenReview,
    PublishDisclosure,
    RevokeHonour,
    SignReview,
    Sit,
)
from domain.points.panel.rankings import ranked
from domain.points.panel.state import INITIAL, Panel, Review, State, evolve
from domain.refusals import Refused
from domain.scene import Scene

__all__ = [
    "INITIAL", "Appoint", "Command", "Earned", "FreezeRanking", "GrantHonour", "NoteFinding", "OpenReview",
    "Panel", "PublishDisclosure", "RevokeHonour", "SignReview", "Sit", "State",
    "decide", "evolve", "members", "panel_of", "panels_over", "periods", "ranked",
]  # fmt: skip

LARGEST = 10**12
"""Of a sum or a position told by the engine."""

ACCOUNTS = 1_000_000

ROLES: Mapping[type, frozenset[str]] = {
    Appoint: frozenset({"street", "admin"}),
    Sit: frozenset({"panel"}),
    OpenReview: frozenset({"panel", "engine"}),
    NoteFinding: frozenset({"panel"}),
    SignReview: frozenset({"panel"}),
    PublishDisclosure: frozenset({"panel"}),
    FreezeRanking: frozenset({"panel", "engine"}),
    GrantHonour: frozenset({"panel"}),
    RevokeHonour: frozenset({"panel"}),
}


def panel_of(place: str) -> str:
    """The stream of the panel of a grid path."""
    return f"panel-{place.replace('/', '.')}"


def panels_over(place: str) -> Iterator[str]:
    """The streams of the panels that may judge what happens there, the nearest first."""
    while place:
        yield panel_of(place)
        place = place.rpartition("/")[0]


def members(state: Panel) -> tuple[str, ...]:
    """Who sits on it. Refused `panel.not-appointed` where nobody does."""
    if not state.members:
        raise Refused("panel.not-appointed", "no panel is appointed there", help="the street appoints one")
    return state.members


def decide(command: Command, state: Panel, scene: Scene) -> tuple[PanelFact, ...]:
    """Every member acts for himself; what is so already records nothing."""
    check_role(type(command), scene, ROLES[type(command)])
    if not isinstance(command, Appoint):
        seated = members(state)
        if scene.actor.role == "panel" and scene.actor.person not in seated:
            raise Refused(
                "panel.not-a-member",
                f"{scene.actor.person} is not of the panel of {state.place}",
                help=f"members: {', '.join(seated)}",
                member=scene.actor.person,
            )
    decision: Callable[[Any, Panel, Scene], tuple[PanelFact, ...]] = DECISIONS[type(command)]
    return decision(command, state, scene)


def _appoint(command: Appoint, state: Panel, scene: Scene) -> tuple[PanelFact, ...]:
    if scene.organisation.grid(command.place) is None:
        raise Refused("grid.unknown", f"there is no grid {command.place!r}", grid=command.place)
    if scene.stream != panel_of(command.place):
        raise ValueError(f"{command.place} was sent to the stream {scene.stream}")
    seated = names("members", command.members, least=1)
    quorum = whole("quorum", command.quorum, 0, len(seated)) or len(seated) // 2 + 1
    if (seated, quorum) == (state.members, state.quorum):
        return ()
    return (PanelAppointed(command.place, seated, quorum),)


def _sit(command: Sit, state: Panel, scene: Scene) -> tuple[PanelFact, ...]:
    if command.members != state.members:
        raise Refused(
            "panel.changed",
            "the panel has other members by now",
            help=f"members: {', '.join(state.members)}",
            members=state.members,
        )
    return ()


# ------------------------------------------------------------------ the monthly review


def _open_review(command: OpenReview, state: Panel, scene: Scene) -> tuple[PanelFact, ...]:
    month = periods.check("month", command.month, ("month",))
    periods.check_over(month, local_day(scene))
    if month in state.reviews:
        return ()
    return (
        ReviewOpened(
            month=month,
            position=_told("position", command.position),
            entries=_told("entries", command.entries),
            credited=_told("credited", command.credited),
            redeemed=_told("redeemed", command.redeemed),
            reversed=_told("reversed", command.reversed),
            sample=names("sample", command.sample),
        ),
    )


def _note_finding(command: NoteFinding, state: Panel, scene: Scene) -> tuple[PanelFact, ...]:
    review = _under_way(state, command.month)
    if len(review.findings) >= 50:
        raise Refused("list.length", "a review has at most 50 findings", field="findings", least=0, most=50)
    if review.signed_by:
        raise Refused(
            "panel.signed-already",
            "somebody has signed the review as it stands",
            help="note it in next month's review",
            signed_by=review.signed_by,
        )
    said = clear(scene.stream, text("text", command.text, TEXT))
    entry = text("entry", command.entry, NAME, least=0)
    return (FindingNoted(command.month, f"{command.month}-{len(review.findings) + 1}", said, entry),)


def _sign_review(command: SignReview, state: Panel, scene: Scene) -> tuple[PanelFact, ...]:
    """The signature that makes the quorum ends the review."""
    review = _under_way(state, command.month)
    member = scene.actor.person
    if member in review.signed_by:
        return ()
    signed_by = (*review.signed_by, member)
    signed = ReviewSigned(command.month, member)
    if len(signed_by) < state.quorum:
        return (signed,)
    return (signed, LedgerReviewed(command.month, review.position, review.findings, signed_by))


def _under_way(state: Panel, month: str) -> Review:
    review = state.reviews.get(month)
    if review is None:
        raise Refused("panel.no-review", f"no review of {month} is open", help="open it first", month=month)
    if review.done:
        raise Refused("panel.reviewed-already", f"{month} has been reviewed", month=month)
    return review


def _publish_disclosure(command: PublishDisclosure, state: Panel, scene: Scene) -> tuple[PanelFact, ...]:
    half_year = periods.check("half_year", command.half_year, ("half_year",))
    periods.check_over(half_year, local_day(scene))
    if half_year in state.disclosed:
        return ()
    position = _told("position", command.position)
    redemptions, points = _told("redemptions", command.redemptions), _told("points", command.points)
    return (DisclosurePublished(half_year, position, redemptions, points),)


def _told(field: str, value: int) -> int:
    return whole(field, value, 0, LARGEST)


# ------------------------------------------------------------------ rankings and honours


def _freeze_ranking(command: FreezeRanking, state: Panel, scene: Scene) -> tuple[PanelFact, ...]:
    """A ranking once published stays as it is, whatever is reversed later."""
    period = periods.check("period", command.period, ("month", "quarter", "year"))
    periods.check_over(period, local_day(scene))
    if period in state.rankings:
        return ()
    whole("earned", len(command.earned), 0, ACCOUNTS)
    supervision = scene.books.supervision(scene.now)
    kind = periods.kind_of(period)
    ranking = supervision.rankings[kind]
    line = (
        f"{ranking.zh}：前 {ranking.top} 名，至少 {ranking.minimum} 分 · "
        f"{ranking.en}: the first {ranking.top}, from {ranking.minimum} points"
    )
    return (
        RankingFrozen(
            period=period,
            position=_told("position", command.position),
            rule=Rule("supervision", supervision.version, f"rankings.{kind}", line),
            minimum=ranking.minimum,
            ranked=ranked(command.earned, top=ranking.top, minimum=ranking.minimum),
        ),
    )


def _grant_honour(command: GrantHonour, state: Panel, scene: Scene) -> tuple[PanelFact, ...]:
    frozen = state.rankings.get(command.period)
    if frozen is None:
        raise Refused("panel.no-ranking", f"no ranking of {command.period} is frozen", help="freeze it first")
    if not any(each.account == command.account for each in frozen.ranked):
        raise Refused(
            "panel.not-ranked",
            f"{command.account} is not among the first of {command.period}",
            help=f"account: {', '.join(each.account for each in frozen.ranked)}",
            account=command.account,
            period=command.period,
        )
    honour = f"{command.period}-{command.account}"
    if honour in state.honours:
        if state.honours[honour].revoked:
            raise Refused("panel.honour-taken-back", f"{honour} was granted and revoked", honour=honour)
        return ()
    ranking = scene.books.supervision(scene.now).rankings[periods.kind_of(command.period)]
    title = text("title", command.title or f"{ranking.zh} · {ranking.en}", NAME)
    return (HonourGranted(honour, title, command.account, command.period, frozen.rule),)


def _revoke_honour(command: RevokeHonour, state: Panel, scene: Scene) -> tuple[PanelFact, ...]:
    honour = state.honours.get(command.honour)
    if honour is None:
        raise Refused("panel.no-honour", f"{command.honour} was never granted", honour=command.honour)
    if honour.revoked:
        return ()
    return (HonourRevoked(command.honour, clear(scene.stream, text("reason", command.reason, TEXT))),)


DECISIONS: Mapping[type, Callable[..., tuple[PanelFact, ...]]] = {
    Appoint: _appoint,
    Sit: _sit,
    OpenReview: _open_review,
    NoteFinding: _note_finding,
    SignReview: _sign_review,
    PublishDisclosure: _publish_disclosure,
    FreezeRanking: _freeze_ranking,
    GrantHonour: _grant_honour,
    RevokeHonour: _revoke_honour,
}
