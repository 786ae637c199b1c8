"""What a walk, a sweep or a look brings home becomes a complaint in the same save: the steps of it."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.complaint.commands import Place, Register, Reopen
from domain.patrols.commands import Hazard, Look
from domain.steps import Step, Steps

CHANNEL = "patrol"


class Found(NamedTuple):
    """A hazard and what its case says; the keys are the engine's."""

    hazard: Hazard
    text: str
    address: str = ""
    urgency: str = "normal"
    photos: tuple[str, ...] = ()
    place_key: str = ""
    tracking_key: str = ""


def registrations(found_by: str, found: Sequence[Found]) -> Steps:
    """A proactive case for each, that nobody reported and that names what found it."""
    return tuple(
        Step(
            "complaint",
            each.hazard.complaint,
            Register(
                category=each.hazard.category,
                text=each.text,
                place=Place(each.hazard.grid, each.address),
                channel=CHANNEL,
                urgency=each.urgency,
                origin="proactive",
                place_key=each.place_key,
                tracking_key=each.tracking_key,
                photos=each.photos,
                found_by=found_by,
            ),
            0,
        )
        for each in found
    )


def came_back(stream: str, look: Look, found: Found | None, text: str) -> Steps:
    """The look, and with it the case reopened, or a new one (`found`)."""
    mine = Step("recurrence", stream, look)
    if look.reopened:
        return mine, Step("complaint", look.complaint, Reopen("recurrence", text))
    return (mine, *registrations(stream, [found] if found else []))
