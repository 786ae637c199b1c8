"""Figures of one case, for examples."""

from typing import Any

from projections.asking import Question, from_text, to_text
from projections.indicators import Figure, find
from tests.projections.adding import asked_of, tables
from tests.projections.story import ZONE, Story, µs


def asked(
    story: Story, indicator: str, period: str = "2026-11", *, as_of: str = "2027-01-31", **others: Any
) -> Figure:
    question = Question(
        find(indicator),
        as_of=to_text(as_of, ZONE) - 1 if len(as_of) == len("2026-11-09") else µs(as_of),
        zone=ZONE,
        start=from_text(period, ZONE) if period else None,
        end=to_text(period, ZONE) if period else None,
        **others,
    )
    return asked_of(tables(story.log), question).lines[0].figure


def counts(story: Story, indicator: str, *others: Any, **more: Any) -> tuple[int, int, dict[str, int]]:
    figure = asked(story, indicator, *others, **more)
    return figure.numerator, figure.denominator, dict(figure.excluded)


def dispatched() -> Story:
    return Story().registered().dispatched()


def handled() -> Story:
    return dispatched().responded()
