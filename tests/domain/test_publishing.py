"""A published figure: one fact, never said twice, with nothing in it that points at people."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain import publishing
from domain.messages import Actor, Envelope
from domain.publishing import Counted, FigurePublished, Line, Publish
from domain.refusals import Refused
from domain.rule_books import Books
from domain.scene import Scene
from tests.domain.spec import (
    ADMIN,
    ANALYST,
    DISPATCHER,
    GRIDWORKER,
    HEATING,
    PANEL,
    RESIDENT,
    STREET,
    organisation,
)

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
LINE = Line(("heating-co",), 41, 50, (Counted("rejected", 2),), (Counted("moved_out", 1),), False)
ASKED = Publish(
    "response_rate@1", "公式", "formula", "2026-02", "2026-02", "deadline", ("lead",), (), "demo/north", 20,
    NOW, 812, (LINE,), 812, "cm9vdA==", "社区公告栏", "二月通报",
)  # fmt: skip


def publish(
    asked: Publish, actor: Actor = STREET, state: publishing.Figure = publishing.INITIAL
) -> tuple[FigurePublished, ...]:
    return publishing.decide(asked, state, Scene(NOW, NOW, actor, "fig-1", Books(), organisation()))


def test_what_is_published_is_what_was_counted():
    (fact,) = publish(ASKED)
    assert all(getattr(fact, each.name) == getattr(ASKED, each.name) for each in fields(fact))
    assert publishing.evolve(publishing.INITIAL, fact, Envelope(NOW, STREET)).published is fact


def test_it_is_said_once():
    (fact,) = publish(ASKED)
    with pytest.raises(Refused) as no:
        publish(ASKED, state=publishing.Figure(fact))
    assert no.value.rule == "figure.published-already"


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"minimum": 9}, "figure.minimum"),
        ({"rows": (LINE,) * (publishing.ROWS + 1)}, "figure.too-many"),
        ({"where": " "}, "text.length"),
        ({"reason": ""}, "text.length"),
        ({"size": 0}, "number.out-of-bounds"),
    ],
)
def test_what_hides_nobody_or_says_nothing_is_refused(told: dict[str, Any], rule: str):
    with pytest.raises(Refused) as no:
        publish(replace(ASKED, **told))
    assert no.value.rule == rule


def test_who_publishes():
    for actor in (DISPATCHER, STREET, PANEL, ADMIN):
        assert publish(ASKED, actor)
    for actor in (RESIDENT, GRIDWORKER, HEATING, ANALYST):
        with pytest.raises(Refused) as no:
            publish(ASKED, actor)
        assert no.value.rule == "actor.role"
