"""The supervision panel as its facts left it: who sits on it, its monthly reviews, the honours it granted.

States are NamedTuples (why: projections/views.py, STATE). Moments are microseconds since 1970 UTC.
"""

from typing import Any, NamedTuple

from domain.messages import Recorded
from domain.points import facts as f
from projections.case import Kept, micros
from projections.rowing import kept


class Review(NamedTuple):
    month: str
    checkpoint: int
    entries: int
    credited: int
    redeemed: int
    reversed: int
    sample: tuple[str, ...]
    opened_by: str
    opened_at: int
    findings: tuple[str, ...] = ()
    signed_by: tuple[str, ...] = ()
    reviewed_at: int = 0


class Honour(NamedTuple):
    honour: str
    title: str
    account: str
    period: str
    rule_version: str
    rule_line: str
    granted_by: str
    granted_at: int
    position: int
    revoked_by: str = ""
    revoked_at: int = 0
    reason: Kept | None = None


class Panel(NamedTuple):
    id: str
    version: int
    position: int
    place: str = ""
    members: tuple[str, ...] = ()
    quorum: int = 0
    reviews: tuple[Review, ...] = ()
    honours: tuple[Honour, ...] = ()


def fold(panel: Panel | None, line: Recorded) -> Panel:
    panel = panel or Panel(line.stream, 0, 0)
    panel = panel._replace(version=line.version, position=line.position)
    fact, at, by = line.fact, micros(line.recorded_at), line.actor.person
    match fact:
        case f.PanelAppointed():
            return panel._replace(place=fact.place, members=fact.members, quorum=fact.quorum)
        case f.ReviewOpened():
            review = Review(
                fact.month, fact.position, fact.entries, fact.credited, fact.redeemed, fact.reversed,
                fact.sample, by, at,
            )  # fmt: skip
            others = [each for each in panel.reviews if each.month != fact.month]
            return panel._replace(reviews=(*others, review))
        case f.FindingNoted():
            was = reviewed(panel, fact.month)
            return changed(panel, fact.month, findings=(*(was.findings if was else ()), fact.finding))
        case f.ReviewSigned():
            was = reviewed(panel, fact.month)
            return changed(panel, fact.month, signed_by=(*(was.signed_by if was else ()), fact.member))
        case f.LedgerReviewed():
            return changed(panel, fact.month, reviewed_at=at, signed_by=fact.signed_by)
        case f.HonourGranted():
            honour = Honour(
                fact.honour, fact.title, fact.account, fact.period, fact.rule.version, fact.rule.line, by, at,
                line.position,
            )  # fmt: skip
            return panel._replace(honours=(*panel.honours, honour))
        case f.HonourRevoked():
            reason = kept(line, fact.reason, "reason")
            honours = [
                each._replace(revoked_by=by, revoked_at=at, reason=reason)
                if each.honour == fact.honour
                else each
                for each in panel.honours
            ]
            return panel._replace(honours=tuple(honours))
    return panel


def reviewed(panel: Panel, month: str) -> Review | None:
    return next((each for each in panel.reviews if each.month == month), None)


def changed(panel: Panel, month: str, **changes: Any) -> Panel:
    """The panel with its review of the month changed."""
    found = [each._replace(**changes) if each.month == month else each for each in panel.reviews]
    return panel._replace(reviews=tuple(found))
