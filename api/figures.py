"""The book of complaints: which marks a figure of them counts, who may count them, and the rounds behind it.

`frame`, `evaluate`, `row`, `counted`, `roles`, `named` and `behind` make a module a book (api/answering.py).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from api import lines
from api.behind import Page, beyond, cut, leafed, place_of
from api.lines import added
from api.questions import Asked, indicator_of, question_of
from api.remembered import remembered
from api.settled import then_of
from api.sight import everywhere
from domain.messages import Actor
from engine import read
from engine.engine import Engine
from engine.views import Reading
from projections import asking
from projections.adding_up import AHEAD, by_tallies
from projections.asking import BadQuestion, Counted, Question, Where
from projections.case import micros
from projections.indicators import Figure, Indicator
from projections.lags import LAGS
from projections.rounds import MISSED, order
from projections.standing import AGAIN

DIMENSIONS = (
    "category", "first_category", "channel", "origin", "lead", "unit", "grid", "community", "street", "track",
    "urgency", "follow_up_method", "origin_of_record",
)  # fmt: skip
GROUPS = (*DIMENSIONS, "month")
CHUNK = 500

Round = tuple[str, int, str]
"""What is counted: case, round, and the share of it."""


def frame(engine: Engine, asked: Asked, indicator: Indicator, actor: Actor | None) -> tuple[Question, Asked]:
    """The question, narrowed to what the caller may count, and the asked one with *now* written out.
    BadQuestion."""
    for name in asked.group_by:
        if name not in GROUPS:
            raise BadQuestion("group_by", f"{name!r} is no dimension; there are {', '.join(GROUPS)}")
    return question_of(engine, asked, indicator, (*narrowed(asked), *scope_of(actor)))


def narrowed(asked: Asked) -> Iterator[Where]:
    for name, value in asked.narrow:
        if name not in DIMENSIONS:
            raise BadQuestion(name, "is no dimension")
        under = name in ("grid", "community", "street") and not asked.exact
        yield Where(name, "under" if under else "=", value)


def scope_of(actor: Actor | None) -> tuple[Where, ...]:
    """What a caller's figures are narrowed to: a unit's own shares, a node of the grid tree and below."""
    if actor is None or everywhere(actor):
        return ()
    if actor.role == "unit":
        return (Where("unit", "=", actor.scope),)
    return (Where("grid", "under", actor.scope or "-"),)


def evaluate(engine: Engine, reading: Reading, question: Question) -> asking.Answer:
    question = with_ends(reading, question)

    def made() -> asking.Answer:
        planned = sums(engine, reading, question)
        return asking.answer(question, [(each, added(reading, each)) for each in planned])

    if question.as_of > micros(engine.clock()) - AHEAD:
        return made()
    return remembered(engine, reading, question, made)


def sums(engine: Engine, reading: Reading, question: Question) -> tuple[asking.Sum, ...]:
    """From tallies where they can answer; else from marks."""
    quick = by_tallies(question, then_of(engine, reading, question, (question.indicator.family,)))
    return asking.plan(question) if quick is None else quick


def with_ends(reading: Reading, question: Question) -> Question:
    """The months of an open period are those that hold marks."""
    if not asking.needs_span(question):
        return question
    where = [lines.conditioned(each) for each in asking.span(question)]
    ends = read.ends(reading, "marks", "at", ("lag", LAGS), where)
    return asking.bounded(question, *(ends or (question.as_of, question.as_of)))


def row(indicator: Indicator, line: asking.Line, asked: Asked) -> dict[str, Any]:
    return lines.row(line, asked)


# ------------------------------------------------------------------ the cases behind a figure


def counted(
    engine: Engine, asked: Asked, part: str = "", *, actor: Actor | None = None, after: str = "",
    limit: int | None = None, figure: Figure | None = None,
) -> tuple[list[dict[str, Any]], str | None, int]:  # fmt: skip
    """(items, cursor of the next page, how many in all): the rounds a figure counts, those with the latest
    deadlines first; of a cohort by case. `figure`: what it says, for who knows already.

    Each has `id, number, external_number, round, part`. All of them without `limit`. `part`: also `missed`,
    the denominator without the numerator.
    """
    indicator = indicator_of(asked.indicator)
    question, _ = frame(engine, replace(asked, group_by=()), indicator, actor)
    with engine.views.read() as reading:
        if question.cohort != "deadline":
            found = cohort(reading, question, part, after, limit)
        else:
            if figure is None:
                (line,) = evaluate(engine, reading, question).lines
                figure = line.figure

            def settled() -> bool:
                return then_of(engine, reading, question, (indicator.family,)) is None

            found = leafed(reading, question, part, figure, after, limit, settled)
        items = described(reading, found.items, of_units=indicator.family == "response")
    return items, found.next, found.total


def cohort(reading: Reading, question: Question, part: str, after: str, limit: int | None) -> Page:
    """Who belongs to a cohort only all marks of its rounds tell."""
    place = place_of(after) if after else None
    entries = entries_of(reading, question, "denominator" if part == MISSED else part)
    found = [(0, each) for each in entries if part != MISSED or each.role == "denominator"]
    rest = sorted((each for each in found if beyond(each, place)), key=order)
    return cut(rest, limit, len(found))


def entries_of(reading: Reading, question: Question, part: str = "") -> list[Counted]:
    question = with_ends(reading, question)
    sums = [(each, added(reading, each)) for each in asking.listing(question)]
    return asking.counted(question, sums, part)


def described(
    reading: Reading, entries: Sequence[Counted], *, of_units: bool = False
) -> list[dict[str, Any]]:
    """The entries with what the register says of their cases. `of_units`: a share is a unit's."""
    known = registered(reading, [entry.case for entry in entries])
    return [
        {
            "id": entry.case,
            "number": known[entry.case]["number"],
            "external_number": known[entry.case]["external_number"],
            "round": entry.round,
            "part": entry.role,
            "unit": entry.share.partition(AGAIN)[0] if of_units else None,
            "state": known[entry.case]["state"],
            "category": known[entry.case]["category"],
            "grid": known[entry.case]["grid"],
        }
        for entry in entries
    ]


def registered(reading: Reading, cases: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The rows of the register, by id."""
    wanted = list(dict.fromkeys(cases))
    known: dict[str, dict[str, Any]] = {}
    for begin in range(0, len(wanted), CHUNK):
        chunk = wanted[begin : begin + CHUNK]
        page = read.rows(reading, "cases", where=[read.Filter("id", "in", chunk)], limit=CHUNK)
        known |= {found["id"]: found for found in page.items}
    return known


# ------------------------------------------------------------------ what a published figure was counted from


def roles(reading: Reading, question: Question) -> Mapping[Round, str]:
    """What each round (and share) is to the figure."""
    return {(each.case, each.round, each.share): each.role for each in entries_of(reading, question)}


def named(
    reading: Reading, indicator: Indicator, keys: Sequence[Round], actor: Actor | None
) -> list[dict[str, Any]]:
    """The rounds of these keys, with the numbers of their cases."""
    known = registered(reading, [case for case, _, _ in keys])
    return [
        {"id": case, "number": known[case]["number"], "round": round, "share": share}
        for case, round, share in keys
    ]


def behind(reading: Reading, question: Question) -> Iterator[int]:
    """The positions of the entries that put a case into a part of it, or took one out again."""
    for each in asking.listing(with_ends(reading, question)):
        for row in added(reading, replace(each, by=("position", each.by[-1]))):
            yield int(row["position"])
