"""Several indicators month by month, as a page with many charts needs them: the same rows as the api gives
for the grouping `month`, from a handful of sums (api/pages/statistics/parts.py). Whatever else is asked goes
the way of a single figure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from api import answering, figures, lines
from api.pages.statistics.parts import Across, Parts, counted
from api.questions import Asked
from domain.messages import Actor
from engine.engine import Engine
from projections import asking, indicators
from projections.asking import Question
from projections.days import months
from projections.indicators import Indicator
from projections.tallies import month_of

YEAR = 12


def monthly(
    engine: Engine, chosen: Sequence[Indicator], asked: Asked, actor: Actor | None, lang: str,
    seen: Across | None = None,
) -> tuple[Asked, dict[str, list[dict[str, Any]]]]:  # fmt: skip
    """The question with its moment and position written out, and by indicator the rows of its months: the
    same moment and the same position for all of them. BadQuestion. `seen`: as `counted` shares it."""
    question, fixed = figures.frame(engine, replace(asked, group_by=()), chosen[0], actor)
    fixed = replace(fixed, compare_first="", compare_last="")
    with engine.views.read() as reading:
        parts = counted(engine, reading, chosen, question, seen)
    if parts is None:
        each_alone = replace(fixed, group_by=("month",))
        return fixed, {
            each.id: answering.figure(engine, replace(each_alone, indicator=each.id), actor=actor, lang=lang)[
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
            yield lines.row(asking.Line({"month": name}, made), asked)
