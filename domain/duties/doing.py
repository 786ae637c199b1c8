"""What a fact asks of the calendar of duties: that a period is done by it, or that a series is opened.

Pure: the engine hands in each line once or more often, and a period knows what has done it already.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time

from domain.duties import stream_of
from domain.duties.commands import DoneBy, OpenSeries
from domain.messages import Recorded
from domain.organisation import GridEstablished, Organisation
from domain.patrols.facts import PatrolRecorded
from domain.points.facts import (
    DisclosurePublished,
    HonourGranted,
    LedgerReviewed,
    PanelAppointed,
    RankingFrozen,
)
from domain.reactions import Wish
from domain.rule_books import BookAdopted, Books
from domain.rule_books.duty_rules import DOING, DutyRules
from domain.sampling.facts import FrameFixed
from domain.visits.facts import PlanMade

NAMES = ("organisation.grid-established", "rule-book.adopted", *DOING)
"""The facts that ask for anything."""

Earlier = Callable[[], list[Recorded]]


def asked(line: Recorded, earlier: Earlier, books: Books, organisation: Organisation) -> Iterator[Wish]:
    """What the line asks of series; nothing where no calendar of duties was ever adopted."""
    if not books.adopted("duties"):
        return
    cause = f"{line.stream}@{line.version}"
    match line.fact:
        case GridEstablished(path, _, level):
            rules = books.duties(organisation.local_date(line.recorded_at))
            yield from (_open(each.code, path, None, cause) for each in rules.of_level(level))
        case BookAdopted("duties", version, effective_from):
            found = books.duties_of(version)
            if found is not None:
                yield from _everywhere(found, effective_from, organisation, cause)
        case BookAdopted():
            pass
        case _:
            yield from _done(line, cause, earlier, books, organisation)


def _everywhere(rules: DutyRules, since: date, organisation: Organisation, cause: str) -> Iterator[Wish]:
    for path in sorted(organisation.grids):
        for line in rules.of_level(organisation.grids[path].level):
            yield _open(line.code, path, since, cause)


def _open(what: str, place: str, since: date | None, cause: str) -> Wish:
    return Wish("duty", stream_of(what, place), OpenSeries(what, place, since), cause)


def _done(
    line: Recorded, cause: str, earlier: Earlier, books: Books, organisation: Organisation
) -> Iterator[Wish]:
    """Of the place the fact names, every series of a line it does; which period, the fact says."""
    name = str(type(line.fact).NAME)  # type: ignore[attr-defined]
    lines = books.duties(organisation.local_date(line.recorded_at)).done_by(name)
    if not lines:
        return
    places, at, period = _told(line, earlier, organisation)
    for place in places:
        for each in lines:
            yield Wish("duty", stream_of(each.code, place), DoneBy(name, cause, at, period), cause)


def _told(
    line: Recorded, earlier: Earlier, organisation: Organisation
) -> tuple[tuple[str, ...], datetime | None, str]:
    """(places, a moment in the period or None, the period's key or "")."""
    match line.fact:
        case PatrolRecorded() as patrol:
            return _up(patrol.grid), line.occurred_at, ""
        case PlanMade() as plan:
            noon = datetime.combine(plan.day, time(12), organisation.zone)
            return plan.grids, noon, ""
        case FrameFixed() as frame:
            return (frame.place,), None, frame.week
        case LedgerReviewed(month):
            return _panel_place(earlier), None, month
        case DisclosurePublished(half_year):
            return _panel_place(earlier), None, half_year
        case RankingFrozen(period) | HonourGranted(period=period):
            return _panel_place(earlier), None, period
    return (), None, ""


def _up(path: str) -> tuple[str, ...]:
    """A patrol of a grid is one of its community and street too, where those owe one."""
    names = path.split("/")
    return tuple("/".join(names[:n]) for n in range(len(names), 0, -1))


def _panel_place(earlier: Earlier) -> tuple[str, ...]:
    """Where the panel sits, by its own appointment."""
    found = [each.fact.place for each in earlier() if isinstance(each.fact, PanelAppointed)]
    return tuple(found[-1:])
