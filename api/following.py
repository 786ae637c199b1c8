"""What follows without anybody asking, told to the engine: which facts ask accounts for points, and which
rows of the views ask for something once their moment has passed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from domain import care, complaint, reactions
from domain.care import reacting
from domain.care.commands import NoticeMissed as NoticeVisitMissed
from domain.complaint.facts import ComplaintRegistered
from domain.duties import NoticeMissed, doing
from domain.messages import Recorded
from domain.organisation import STREAM
from domain.patrols import recurrence, sweep
from domain.patrols.commands import NoticeLookMissed, NoticeSweepOverdue
from domain.points import orders
from domain.points.account.commands import Expire
from domain.points.claim import Ruled
from domain.points.claim.commands import NoticeFinal
from domain.points.redemption import Requested
from domain.rule_books import Books
from domain.steps import Step
from engine.desk import Stage
from engine.reactions import Earlier, Reaction
from engine.watch import Duty, Look


def points_asked(line: Recorded, earlier: Earlier, stage: Stage) -> Iterable[reactions.Wish]:
    """What a line of a complaint, an attendance list or a visit asks of accounts (domain/reactions.py)."""
    before: Any = complaint.INITIAL
    of_case = type(line.fact).NAME.startswith("complaint.")  # type: ignore[attr-defined]
    if of_case and not isinstance(line.fact, ComplaintRegistered):
        for each in earlier():
            before = complaint.evolve(before, each.fact, each.envelope)  # type: ignore[arg-type]
    return reactions.react(line, before)


def duties_asked(line: Recorded, earlier: Earlier, stage: Stage) -> Iterable[reactions.Wish]:
    """What a line asks of the calendar of duties (domain/duties/doing.py)."""
    return doing.asked(line, earlier, stage.books, stage.organisation)


def care_asked(line: Recorded, earlier: Earlier, stage: Stage) -> Iterable[reactions.Wish]:
    """What a household's move, or its erasure, asks of its care plan (domain/care/reacting.py)."""
    return reacting.asked(line)


def final(look: Look, claim: str) -> Sequence[Step]:
    """Nobody appealed in time. A view that is behind may still show a ruling that was appealed against."""
    state, _ = look("claim", claim)
    return (Step("claim", claim, NoticeFinal()),) if isinstance(state, Ruled) else ()


def lapsed(look: Look, redemption: str) -> Sequence[Step]:
    """Nobody came for the order in time: its points and goods are free again. As with a ruling, the view may
    be behind."""
    state, _ = look("redemption", redemption)
    if not isinstance(state, Requested):
        return ()
    return orders.time_out(redemption, state)


def lapse(look: Look, account: str) -> Sequence[Step]:
    """What was earned too long ago, by the rules in force."""
    return (Step("account", account, Expire()),)


def lapsed_before(look: Look, now: datetime) -> datetime | None:
    """Points older than this have lapsed; None where the supervision rules in force let none lapse."""
    book, _ = look("rule-book", "rule-book-supervision")
    organisation, _ = look("organisation", STREAM)
    return Books.of([book], organisation.time_zone).lapsed_before(now)


def missed(look: Look, series: str) -> Sequence[Step]:
    """A deadline of the calendar of duties has passed: the series knows which periods that are."""
    return (Step("duty", series, NoticeMissed()),)


def unvisited(look: Look, plan: str) -> Sequence[Step]:
    """Nobody came by the day a household was to be visited. As with a ruling, the view may be behind."""
    state, _ = look("care-plan", plan)
    return (Step("care-plan", plan, NoticeVisitMissed()),) if isinstance(state, care.Active) else ()


def sweep_overdue(look: Look, stream: str) -> Sequence[Step]:
    """A sweep's day is over, and grids are left. The view may be behind here too."""
    state, _ = look("sweep", stream)
    return (Step("sweep", stream, NoticeSweepOverdue()),) if isinstance(state, sweep.Sweeping) else ()


def not_looked(look: Look, stream: str) -> Sequence[Step]:
    """Nobody looked after a closed case by the day set."""
    state, _ = look("recurrence", stream)
    watching = isinstance(state, recurrence.Watching)
    return (Step("recurrence", stream, NoticeLookMissed()),) if watching else ()


REACTIONS = (
    Reaction("points", reactions.NAMES, points_asked),
    Reaction("duties", doing.NAMES, duties_asked),
    Reaction("care", reacting.NAMES, care_asked),
)
DUTIES = (
    Duty("final", "claims", "next_by", final),
    Duty("lapsed", "redemptions", "next_by", lapsed),
    Duty("missed", "duties", "next_by", missed),
    Duty("sweep", "sweeps", "next_by", sweep_overdue),
    Duty("recurrence", "recurrence_watches", "next_by", not_looked),
    Duty("unvisited", "care_plans", "next_by", unvisited),
    Duty("expiry", "accounts", "oldest_at", lapse, lapsed_before),
)
