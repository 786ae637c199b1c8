"""Several indicators month by month, as a page with many charts needs them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from api import figures
from api.figures import Asked
from domain.messages import Actor
from engine.engine import Engine
from projections.indicators import Indicator


def monthly(
    engine: Engine, indicators: Sequence[Indicator], asked: Asked, actor: Actor, lang: str
) -> tuple[Asked, dict[str, list[dict[str, Any]]]]:
    """The question with its moment and position written out, and by indicator the rows of `api.figures` for
    the grouping `month`: the same moment and the same position for all of them."""
    _, fixed = figures.frame(engine, replace(asked, group_by=()), indicators[0], actor)
    rows = {}
    for each in indicators:
        question = replace(fixed, indicator=each.id, group_by=("month",), compare_first="", compare_last="")
        rows[each.id] = figures.figure(engine, question, actor=actor, lang=lang)["rows"]
    return fixed, rows
