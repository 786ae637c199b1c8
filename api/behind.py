"""The rounds behind a figure of complaints, a page at a time: the latest deadline first.

How many there are the figure tells, from its tallies. The marks are read from the end of the period
backwards, only as far as the page goes; of few rounds the tallies tell the days first.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api import lines
from api.problems import Problem
from engine import read
from engine.views import Reading
from projections import asking, rounds
from projections.asking import Counted, Question
from projections.indicators import Figure
from projections.lags import LAGS
from projections.rounds import Listed, Span
from projections.standing import NO_PERIOD
from projections.tallies import begins

MORE, WIDER = 1.5, 4
"""Times as many as are wanted are looked for, and that many times more again while it does not suffice."""
FEW = 10
"""Pages: of a list that short the days are looked up first."""

PLAIN = re.compile(r"\d{1,18}", re.ASCII)

Place = tuple[int, str, int, str]
Piece = tuple[int, int, float]
"""A stretch of time, and how many rounds it is expected to hold."""


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is where the next one begins, None after the last; `total`: how many are listed in all."""

    items: list[Counted]
    next: str | None
    total: int


def leafed(
    reading: Reading, question: Question, part: str, figure: Figure, after: str, limit: int | None,
    settled: Callable[[], bool],
) -> Page:  # fmt: skip
    """`figure` is the question's own; its cohort is that of the deadline. `settled`: whether nothing that is
    recorded counts only later. All of them without `limit`. Problem 422 for a cursor that is none."""
    place = place_of(after) if after else None
    total = rounds.total(question.indicator, figure, part)
    if total == 0:
        return Page([], None, 0)
    ahead = pieces(reading, question, total or 1)
    if (total is None or limit is None or total <= FEW * limit) and settled():
        ahead = by_days(reading, question, part, ahead)
    if total is None or limit is None:
        found = between(reading, question, part, [(first, last) for first, last, _ in ahead])
        return cut([each for each in found if beyond(each, place)], limit, len(found))
    if place is not None:
        ahead = before(ahead, 1 - place[0])
    looked_for, found = (limit + 1) * MORE, []
    while ahead and len(found) <= limit and (place is not None or len(found) < total):
        spans, ahead = taken(ahead, looked_for)
        found += [each for each in between(reading, question, part, spans) if beyond(each, place)]
        looked_for *= WIDER
    return cut(found, limit, total)


def cut(found: Sequence[Listed], limit: int | None, total: int) -> Page:
    chosen = found if limit is None else found[:limit]
    more = place_text(chosen[-1]) if len(chosen) < len(found) else None
    return Page([counted for _, counted in chosen], more, total)


# ------------------------------------------------------------------ where to look


def pieces(reading: Reading, question: Question, total: int) -> list[Piece]:
    """The period as far as it holds marks, as if its rounds came evenly; the latest first. What belongs to no
    period comes last, where none is asked for."""
    where = [lines.conditioned(each) for each in asking.span(question)]
    ends = read.ends(reading, "marks", "at", ("lag", LAGS), where)
    found: list[Piece] = []
    if ends is not None:
        first = max(ends[0], ends[0] if question.start is None else question.start)
        last = min(ends[1] + 1, ends[1] + 1 if question.end is None else question.end)
        found = [(first, last, total)] if first < last else []
    if question.start is None and question.end is None:
        found.append((NO_PERIOD, NO_PERIOD + 1, 1))
    return found


def by_days(reading: Reading, question: Question, part: str, ahead: Sequence[Piece]) -> list[Piece]:
    """Of these pieces the days that may hold any, the latest first."""
    if not ahead:
        return []
    sums = rounds.stretches(question, part, ahead[-1][0], ahead[0][1])
    days = rounds.expected(question, part, *(lines.added(reading, each) for each in sums))
    found: list[Piece] = []
    for first, last, n in ahead:
        if last == NO_PERIOD + 1:
            found.append((first, last, n))
            continue
        for day, n in days:
            begin, end = max(first, begins(day)), min(last, begins(day + 1))
            if begin < end:
                found.append((begin, end, n))
    return found


def before(ahead: Sequence[Piece], edge: int) -> list[Piece]:
    """What lies before a moment."""
    return [(first, min(last, edge), n) for first, last, n in ahead if first < edge]


def taken(ahead: Sequence[Piece], looked_for: float) -> tuple[list[Span], list[Piece]]:
    """So much of the pieces that it should hold as many rounds, and what is left of them."""
    spans: list[Span] = []
    for nth, (first, last, n) in enumerate(ahead):
        if n > looked_for:
            begin = max(first, last - 1 - int((last - first) * looked_for / n))
            rest = [(first, begin, n * (begin - first) / (last - first))] if first < begin else []
            return [*spans, (begin, last)], [*rest, *ahead[nth + 1 :]]
        spans.append((first, last))
        looked_for -= n
    return spans, []


# ------------------------------------------------------------------ looking


def between(reading: Reading, question: Question, part: str, spans: Sequence[Span]) -> list[Listed]:
    found = lines.added(reading, rounds.marks(question, part, joined(spans)))
    return rounds.listed(question, part, found)


def joined(spans: Sequence[Span]) -> list[Span]:
    """The same with those that touch made one. They come the latest first."""
    found: list[Span] = []
    for first, last in spans:
        if found and found[-1][0] == last:
            found[-1] = (first, found[-1][1])
        else:
            found.append((first, last))
    return found


def beyond(each: Listed, place: Place | None) -> bool:
    return place is None or rounds.order(each) > place


def place_text(each: Listed) -> str:
    at, counted = each
    return f"{at}#{counted.case}#{counted.round}#{counted.share}"


def place_of(text: str) -> Place:
    at, case, round, share = (*text.split("#", 3), "", "", "")[:4]
    if not (PLAIN.fullmatch(at) and PLAIN.fullmatch(round)):
        raise Problem(422, "cursor.unknown")
    return -int(at), case, int(round), share
