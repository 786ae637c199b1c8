"""The follow-up on a phone: whom to see and where, what the unit says it did, and what a reading will cause
before it is sent."""

from collections.abc import Mapping, Sequence
from typing import Any

from api import stories
from api.pages.forms import Fault, Field, Filled
from api.pages.frame import Page
from domain.complaint.facts import ResolutionReported
from projections import history as telling
from projections.case import Case, micros

MUST_SAY = ("satisfaction", "solved")
"""What is asked of whoever was met; of nobody where nobody opened."""


def gaps(page: Page, fields: Sequence[Field], filled: Filled) -> list[Fault]:
    """What is missing where somebody was met: named beside its field before the domain is asked."""
    if filled.one("reached") != "true":
        return []
    missing = [one for one in fields if one.name in MUST_SAY and not filled.one(one.name)]
    return [
        Fault(one.name, one.id, page.say("请选择：{label}", label=page.say(one.label))) for one in missing
    ]


def about(page: Page, case: Case, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What stands above the form and beside the readings."""
    reader = page.reader()
    speaker = stories.speaker(page.engine, page.lang, reader.actor, reader.cases if reader.reads else None)
    lines = page.engine.log.stream(case.opening.id)
    reports = [line for line in lines if isinstance(line.fact, ResolutionReported)]
    last = reports[-1] if reports else None
    reporter = answer["reporter"] or {}
    why = stories.clocks(page.engine, case, page.lang, reader.actor)
    running = next((clock for clock in why if clock["clock"] == "follow_up"), None)
    return {
        "address": answer["place"]["address"] or page.facing.grid(answer["grid"]),
        "who": reporter.get("name") or "",
        "told": telling.sentence(last, speaker) if last else "",
        "told_at": page.facing.when(micros(last.occurred_at)) if last else "",
        "span": page.facing.gone(running) if running and answer["next_clock"] == "follow_up" else None,
        "why": running["sentences"] if running else [],
        "next_round": answer["round"] + 1,
    }
