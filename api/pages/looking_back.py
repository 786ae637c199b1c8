"""A page of a register on the two clocks: what its address asks, how that is said, and the way back to now.

The fields and their words are those of the figures (templates/then.html). Looking back allows nothing: the
page hides what may be done. Its lists are those of the api (api/registers_then.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from api.facing import Facing
from api.pages import moments
from api.pages.forms import Fault
from api.pages.frame import Page
from api.questions import Asked
from api.then import TO_COME, TOO_LATE, Then, Unknowable, resolved

NAMES = tuple(f"{clock}{half}" for clock in moments.CLOCKS for half in ("", "_time"))
ELSEWHERE = (*NAMES, "lang", "cursor", "done", "min_position", "format")
"""What a question of another moment does not keep of an address."""
LONGEST = 40
WHYS = {TO_COME: "还没到那时候。", TOO_LATE: "晚于“当时已知”：那时谁也不可能知道。"}
NO_POSITION = "日志还没有记到这个位置。"


NOTHING: Mapping[str, Any] = {"allowed": (), "refused": ()}
"""What may be done in the past."""


@dataclass(frozen=True, slots=True)
class Past:
    """How a page looks at its register: as it is now (`then` None), or as it was. `typed` is what stands in
    the fields, `says` a sentence of what it means; `without` names what can be asked of now only."""

    page: Page
    then: Then | None = None
    typed: Mapping[str, str] | None = None
    faults: tuple[Fault, ...] = ()
    says: str = ""
    without: tuple[str, ...] = ()

    @property
    def now(self) -> bool:
        return self.then is None

    @property
    def facing(self) -> Facing:
        """Says deadlines as they stood then, and days as seen from today."""
        if self.then is None:
            return self.page.facing
        return Facing(self.page.engine, self.page.lang, self.then.as_of, self.page.facing.now)

    @property
    def picked(self) -> dict[str, dict[str, str]]:
        return {name: moments.picker(self.typed or {}, name) for name in moments.CLOCKS}

    @property
    def kept(self) -> dict[str, str]:
        """What an address keeps that shows another list of the same moment."""
        return dict(self.typed or {})

    @property
    def clocks(self) -> dict[str, str]:
        """The moment written out, as the api takes it: of a day that is not over too."""
        found = {} if self.then is None else self.then.plain()
        return {name: str(value) for name, value in found.items()}

    @property
    def written(self) -> dict[str, str | None]:
        """The same for this page's own address."""
        return {} if self.then is None else dict.fromkeys(NAMES) | self.clocks

    @property
    def back(self) -> str:
        """This page as of now."""
        return self.page.same(**dict.fromkeys((*NAMES, "cursor")))

    @property
    def others(self) -> list[tuple[str, str]]:
        """The other conditions of the address, that can be asked of the past too."""
        given = self.page.request.query_params.multi_items()
        return [(name, value) for name, value in given if name not in (*ELSEWHERE, *self.without)]

    def asked_again(self) -> Response:
        """The fields as they were filled, with what does not fit beside them."""
        return self.page.show("then_asked.html", 422, past=self, action=self.page.request.url.path)


def looked(page: Page) -> Past:
    """What the address asks."""
    query = page.request.query_params
    typed = {name: value for name in NAMES if (value := query.get(name, "").strip()[:LONGEST])}
    if not typed:
        return Past(page)
    read = {name: moments.typed_moment(page, typed, name, moments.LABELS[name]) for name in moments.CLOCKS}
    faults = tuple(fault for _, found in read.values() for fault in found)
    if faults:
        return Past(page, typed=typed, faults=faults)
    as_of, known_at = (read[name][0] for name in moments.CLOCKS)
    try:
        then = resolved(page.engine, as_of, known_at)
    except Unknowable as error:
        label = moments.LABELS[error.name]
        wrong = moments.beside(page, error.name, label, WHYS.get(error.why, NO_POSITION))
        return Past(page, typed=typed, faults=(wrong,))
    says = moments.shown_as(page.facing, Asked("", as_of=as_of, known_at=known_at))
    return Past(page, then, typed, says=says)


def left_out(past: Past, name: str, text: str) -> Past:
    """The same without a condition that cannot be asked of the past (`text` says so); asked again."""
    return Past(past.page, typed=past.typed, faults=(Fault(name, "", past.page.say(text)),), without=(name,))
