"""Needs found by whoever called at a door: each becomes a complaint in the same save, and names what found
it."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import StringConstraints

from api import kinds
from api.bodies import Body
from api.merging import reporter_id, tracking_key
from api.orders import Asking
from domain.complaint import commands as c
from domain.steps import Step


class Reporter(Body):
    name: Annotated[str, StringConstraints(max_length=120)] = ""
    phone: Annotated[str, StringConstraints(max_length=40)] = ""


class Need(Body):
    """`origin` is `proactive` unless the household itself complains; `reporter` whoever of it does."""

    category: kinds.Name
    text: kinds.Text
    urgency: Literal["normal", "urgent", "emergency"] = "normal"
    origin: Literal["proactive", "reactive"] = "proactive"
    address: Annotated[str, StringConstraints(max_length=300)] = ""
    reporter: Reporter | None = None


async def registrations(
    ask: Asking, needs: Sequence[Need], complaints: Sequence[str], grid: str, found_by: str
) -> tuple[Step, ...]:
    """The steps that register each need as the complaint of the same place in the list."""
    steps = []
    for need, complaint in zip(needs, complaints, strict=True):
        told = need.reporter
        reporter = None if told is None else c.Reporter(told.name, told.phone)
        command = c.Register(
            category=need.category,
            text=need.text,
            place=c.Place(grid, need.address),
            channel="visit",
            urgency=need.urgency,
            origin=need.origin,
            reporter=reporter,
            reporter_id=await reporter_id(ask, reporter),
            place_key=ask.engine.vault.place_key(need.address),
            tracking_key=tracking_key(ask.engine, complaint),
            found_by=found_by,
        )
        steps.append(Step("complaint", complaint, command, 0))
    return tuple(steps)
