"""The projection of the supervision panel: its members, its monthly reviews with their findings, the
disclosures, the frozen rankings, the honours."""

from collections.abc import Mapping, Sequence

from domain.messages import Recorded
from domain.points import facts as f
from projections.case import micros
from projections.points.panel import Honour, Panel, Review, fold
from projections.rowing import kept, listed
from projections.views import Row, Table

PANELS = Table(
    "panels",
    {"id": "text", "place": "text", "members": "text", "quorum": "int", "version": "int", "position": "int"},
    key=("id",),
    indexes=(("place",),),
)
"""`members` is a JSON list of people."""

REVIEWS = Table(
    "reviews",
    {
        "panel": "text",
        "month": "text",
        "state": "text",
        "place": "text",
        "checkpoint": "int",
        "entries": "int",
        "credited": "int",
        "redeemed": "int",
        "reversed": "int",
        "sample": "text",
        "findings": "text",
        "signed_by": "text",
        "quorum": "int",
        "opened_by": "text",
        "opened_at": "int",
        "reviewed_at": "int",
    },
    key=("panel", "month"),
    indexes=(("month",), ("state",)),
)
"""`state`: open, reviewed (enough members signed). `checkpoint` is the position of the log it looks at; the
figures are the engine's, as of it. `sample` (entries), `findings` (their codes) and `signed_by` are JSON
lists."""

FINDINGS = Table(
    "findings",
    {
        "panel": "text",
        "version": "int",
        "month": "text",
        "finding": "text",
        "text": "text",
        "entry": "text",
        "by": "text",
        "recorded_at": "int",
    },
    key=("panel", "version"),
    indexes=(("month",),),
    grows=True,
)

DISCLOSURES = Table(
    "disclosures",
    {
        "panel": "text",
        "half_year": "text",
        "place": "text",
        "checkpoint": "int",
        "redemptions": "int",
        "points": "int",
        "published_by": "text",
        "published_at": "int",
        "position": "int",
    },
    key=("panel", "half_year"),
    indexes=(("half_year",),),
    once=True,
)

RANKINGS = Table(
    "rankings",
    {
        "panel": "text",
        "period": "text",
        "account": "text",
        "rank": "int",
        "points": "int",
        "minimum": "int",
        "place": "text",
        "checkpoint": "int",
        "rule_book": "text",
        "rule_version": "text",
        "rule_line": "text",
        "frozen_at": "int",
    },
    key=("panel", "period", "account"),
    indexes=(("period", "rank"), ("account",)),
    once=True,
)
"""Frozen as of `checkpoint`; what is frozen stays."""

HONOURS = Table(
    "honours",
    {
        "panel": "text",
        "honour": "text",
        "title": "text",
        "account": "text",
        "period": "text",
        "place": "text",
        "state": "text",
        "rule_version": "text",
        "rule_line": "text",
        "granted_by": "text",
        "granted_at": "int",
        "granted_position": "int",
        "revoked_by": "text",
        "revoked_at": "int",
        "reason": "text",
    },
    key=("panel", "honour"),
    indexes=(("granted_position",), ("account",), ("period",)),
)
"""`state`: granted or revoked. `reason`, why it was revoked, is `Kept` JSON."""


class Panels:
    NAME = "panel"
    VERSION = 1
    TABLES = (PANELS, REVIEWS, FINDINGS, DISCLOSURES, RANKINGS, HONOURS)
    FACTS: frozenset[type] = frozenset(f.PanelFact.__args__)
    STATE = Panel

    def subject(self, line: Recorded) -> str:
        """A panel is its stream."""
        return line.stream

    def fold(self, state: Panel | None, line: Recorded) -> Panel:
        return fold(state, line)

    def rows(self, state: Panel) -> Mapping[str, Sequence[Row]]:
        return {
            "panels": [panel_row(state)],
            "reviews": [review_row(state, each) for each in state.reviews],
            "honours": [honour_row(state, each) for each in state.honours],
        }

    def marks(self, before: Panel | None, after: Panel, line: Recorded) -> Mapping[str, Sequence[Row]]:
        fact = line.fact
        match fact:
            case f.FindingNoted():
                return {"findings": [finding_row(fact, line)]}
            case f.DisclosurePublished():
                return {"disclosures": [disclosure_row(after, fact, line)]}
            case f.RankingFrozen():
                return {"rankings": ranking_rows(after, fact, line)}
        return {}


def panel_row(panel: Panel) -> Row:
    return {
        "id": panel.id,
        "place": panel.place,
        "members": listed(panel.members),
        "quorum": panel.quorum,
        "version": panel.version,
        "position": panel.position,
    }


def review_row(panel: Panel, review: Review) -> Row:
    return {
        "panel": panel.id,
        "month": review.month,
        "state": "reviewed" if review.reviewed_at else "open",
        "place": panel.place,
        "checkpoint": review.checkpoint,
        "entries": review.entries,
        "credited": review.credited,
        "redeemed": review.redeemed,
        "reversed": review.reversed,
        "sample": listed(review.sample),
        "findings": listed(review.findings),
        "signed_by": listed(review.signed_by),
        "quorum": panel.quorum,
        "opened_by": review.opened_by,
        "opened_at": review.opened_at,
        "reviewed_at": review.reviewed_at or None,
    }


def honour_row(panel: Panel, honour: Honour) -> Row:
    return {
        "panel": panel.id,
        "honour": honour.honour,
        "title": honour.title,
        "account": honour.account,
        "period": honour.period,
        "place": panel.place,
        "state": "revoked" if honour.revoked_at else "granted",
        "rule_version": honour.rule_version,
        "rule_line": honour.rule_line,
        "granted_by": honour.granted_by,
        "granted_at": honour.granted_at,
        "granted_position": honour.position,
        "revoked_by": honour.revoked_by,
        "revoked_at": honour.revoked_at or None,
        "reason": None if honour.reason is None else honour.reason.json,
    }


def finding_row(fact: f.FindingNoted, line: Recorded) -> Row:
    return {
        "panel": line.stream,
        "version": line.version,
        "month": fact.month,
        "finding": fact.finding,
        "text": kept(line, fact.text, "text").json,
        "entry": fact.entry,
        "by": line.actor.person,
        "recorded_at": micros(line.recorded_at),
    }


def disclosure_row(panel: Panel, fact: f.DisclosurePublished, line: Recorded) -> Row:
    return {
        "panel": panel.id,
        "half_year": fact.half_year,
        "place": panel.place,
        "checkpoint": fact.position,
        "redemptions": fact.redemptions,
        "points": fact.points,
        "published_by": line.actor.person,
        "published_at": micros(line.recorded_at),
        "position": line.position,
    }


def ranking_rows(panel: Panel, fact: f.RankingFrozen, line: Recorded) -> list[Row]:
    return [
        {
            "panel": panel.id,
            "period": fact.period,
            "account": ranked.account,
            "rank": ranked.rank,
            "points": ranked.points,
            "minimum": fact.minimum,
            "place": panel.place,
            "checkpoint": fact.position,
            "rule_book": fact.rule.book,
            "rule_version": fact.rule.version,
            "rule_line": fact.rule.line,
            "frozen_at": micros(line.recorded_at),
        }
        for ranked in fact.ranked
    ]


PANEL = Panels()
