"""A figure by the name of its indicator, whichever book it is counted from: complaints, or outreach.

HTTP, pages and the command line ask here.
"""

from typing import Any

from api import figures
from api.figures import Asked
from api.outreach import figures as outreach
from api.outreach import lists
from domain.messages import Actor
from engine.engine import Engine
from projections.indicators import INDICATORS, Indicator
from projections.outreach.indicators import OUTREACH_INDICATORS, knows

EVERY_INDICATOR = (*INDICATORS, *OUTREACH_INDICATORS)


def figure(
    engine: Engine, asked: Asked, *, actor: Actor | None = None, lang: str = "zh-CN"
) -> dict[str, Any]:
    """The answer of `GET /statistics/{indicator}`. UnknownIndicator, BadQuestion. Reads."""
    make = outreach.figure if knows(asked.indicator) else figures.figure
    return make(engine, asked, actor=actor, lang=lang)


def counted_cases(
    engine: Engine,
    asked: Asked,
    part: str = "",
    *,
    actor: Actor | None = None,
    after: str = "",
    limit: int | None = None,
) -> tuple[list[dict[str, Any]], str | None, int]:
    """(items, cursor of the next page, how many in all): what the figure counts. All without `limit`."""
    count = lists.counted if knows(asked.indicator) else figures.counted_cases
    return count(engine, asked, part, actor=actor, after=after, limit=limit)


def indicator_of(name: str) -> Indicator:
    """UnknownIndicator."""
    return outreach.indicator_of(name) if knows(name) else figures.indicator_of(name)


def listed(lang: str = "zh-CN") -> list[dict[str, Any]]:
    """The indicators there are."""
    return [each | {"unit": "percent"} for each in figures.listed(lang)] + outreach.listed(lang)
