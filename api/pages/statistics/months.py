"""Several indicators month by month, as a page with many charts needs them: the same rows as `api.figures`
gives for the grouping `month`, from a handful of sums instead of some for every indicator and month.

What is asked about now, by whole calendar months, and of what one face of the tallies tells, is read from the
tallies of all families at once. Whatever else is asked goes the way of a single figure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from api import figures
from api.figures import Asked
from domain.messages import Actor
from engine import read
from engine.engine import Engine
from engine.views import Reading
from projections import asking, indicators
from projections.adding_up import AHEAD, EARLIEST, LATER, faced, later
from projections.asking import Question, Sum, Where
from projections.case import moment
from projections.days import months, year_before
from projections.indicators import Indicator
from projections.standing import NEVER, TURNS_AFTER
from projections.tallies import STARTS, TURNS, month_of

MONTH = len("2026-10")
YEAR = 12
Parts = dict[tuple[str, int], dict[str, int]]
"""How many stand in each part, by family and month (counted from January 1970)."""


def monthly(
    engine: Engine, chosen: Sequence[Indicator], asked: Asked, actor: Actor, lang: str
) -> tuple[Asked, dict[str, list[dict[str, Any]]]]:
    """The question with its moment and position written out, and by indicator the rows of its months: the
    same moment and the same position for all of them. BadQuestion."""
    question, fixed = figures.frame(engine, replace(asked, group_by=()), chosen[0], actor)
    fixed = replace(fixed, compare_first="", compare_last="")
    with engine.views.read() as reading:
        parts = tallied(engine, reading, chosen, fixed, question)
    if parts is None:
        each_alone = replace(fixed, group_by=("month",))
        return fixed, {
            each.id: figures.figure(engine, replace(each_alone, indicator=each.id), actor=actor, lang=lang)[
                "rows"
            ]
            for each in chosen
        }
    return fixed, {each.id: list(rows(each, fixed, question, parts)) for each in chosen}


def rows(indicator: Indicator, fixed: Asked, question: Question, parts: Parts) -> Iterator[dict[str, Any]]:
    """The months in which anything stands, as the api gives them."""
    asked = replace(fixed, indicator=indicator.id, group_by=("month",))
    assert question.start is not None and question.end is not None
    for name, start, _ in months(question.start, question.end, question.zone):
        now = parts.get((indicator.family, month_of(start)), {})
        before = parts.get((indicator.family, month_of(start) - YEAR), {})
        if any(now.values()) or (indicator.versus_year_before and any(before.values())):
            made = indicators.figure(indicator, now, before if indicator.versus_year_before else None)
            yield figures.row(asking.Line({"month": name}, made), asked)


def tallied(
    engine: Engine, reading: Reading, chosen: Sequence[Indicator], fixed: Asked, question: Question
) -> Parts | None:
    """The parts of every family and month from the tallies; None where only marks can tell: another cohort,
    days, a time zone whose months are not those of the tallies, or facts that came after the moment."""
    found = faced(question)
    if found is None or question.cohort != "deadline" or question.start is None or question.end is None:
        return None
    if {len(fixed.first), len(fixed.last)} != {MONTH} or not aligned(question):
        return None
    settled = engine.log.position_at(moment(max(0, question.as_of - AHEAD)))
    if question.known_at is not None:
        settled = min(settled, question.known_at)
    families = list(dict.fromkeys(each.family for each in chosen))
    _, *beyond = later(question, settled)
    since = [figures.conditioned(each) for each in (Where("family", "in", families), *beyond)]
    if reading.position() - settled > LATER or read.count(reading, "marks", since, up_to=1):
        return None
    face, question = found
    first, last = month_of(question.start or 0), month_of(question.end or 0)
    old = [each.family for each in chosen if each.versus_year_before]
    parts: Parts = {}
    for which, span in ((families, (first, last)), (old, (first - YEAR, last - YEAR))):
        if which:
            add(parts, question, figures.added(reading, tallies(question, face, which, span)))
    for after in set(TURNS_AFTER.values()):
        turned = [family for family in families if TURNS_AFTER.get(family) == after]
        turn(parts, reading, question, turned, after)
    return parts


def aligned(question: Question) -> bool:
    """Whether the months where people live begin when those of the tallies do, a year before too."""
    assert question.start is not None and question.end is not None
    if year_before(question.start, question.zone) < EARLIEST:
        return False
    span = months(year_before(question.start, question.zone), question.end, question.zone)
    return (
        all(STARTS[month_of(start) - 1] == start for _, start, _ in span)
        and month_of(question.end) == month_of(span[-1][1]) + 1
    )


def tallies(question: Question, face: int, families: Sequence[str], span: tuple[int, int]) -> Sum:
    where = (
        Where("face", "=", face), Where("family", "in", list(families)), Where("month", ">=", span[0]),
        Where("month", "<", span[1]), *question.where,
    )  # fmt: skip
    return Sum(("family", "month", "moved_to", "part"), where, table="tallies")


def add(parts: Parts, question: Question, found: Sequence[Mapping[str, Any]]) -> None:
    """What time has turned is counted as such, but for the month that the turn goes through (`turn`)."""
    for row in found:
        family, month, part = row["family"], int(row["month"]), row["part"]
        start, end = STARTS[month - 1], STARTS[month]
        if part == "moved_out" and start <= row["moved_to"] < end:
            continue
        if TURNS in part:
            cut = question.as_of - TURNS_AFTER[family] + 1
            part = part.split(TURNS)[end <= cut or (start < cut and cut - start > end - cut)]
        counts = parts.setdefault((family, month), {})
        counts[part] = counts.get(part, 0) + int(row["n"])


def turn(parts: Parts, reading: Reading, question: Question, families: Sequence[str], after: int) -> None:
    """The month in which some have turned and some have not: taken as most of it is (`add`), and the others
    one mark by one."""
    cut = question.as_of - after + 1
    month = month_of(cut)
    start, end = STARTS[month - 1], STARTS[month]
    if not families or not (question.start or 0) <= start < (question.end or 0):
        return
    mostly = cut - start > end - cut
    first, last = (cut, end) if mostly else (start, cut)
    where = (
        Where("family", "in", list(families)), Where("at", ">=", first), Where("at", "<", last),
        Where("turns_at", "<", NEVER), *question.where,
    )  # fmt: skip
    for row in figures.added(reading, Sum(("family", "turns_to", "part"), where)):
        counts = parts.setdefault((row["family"], month), {})
        was, now = (row["turns_to"], row["part"]) if mostly else (row["part"], row["turns_to"])
        counts[was] = counts.get(was, 0) - int(row["n"])
        counts[now] = counts.get(now, 0) + int(row["n"])
