"""What the pages of the spot checks share: whose week it is, what it is called, how a form is given."""

from datetime import timedelta
from typing import Any

from fastapi import Request

from api import stories
from api.framing import Signed, demo_pack, signed_by, tickets_of
from api.pages.points.window import Window
from api.rechecks import WEEKS
from api.sampling import own
from api.sight import everywhere
from domain.messages import Actor, Recorded
from domain.sampling import days_of, stream_of, week_of
from projections.cells import street
from projections.sampling.telling import sentence

HERE = "spot-checks"
WEEKS_OPEN = WEEKS
"""So many weeks that are over are offered."""
FIXES = ("panel", "street", "admin")
DAY = timedelta(days=1)


class Desk(Window):
    """Whoever looks after the spot checks, at a page of theirs."""

    def __init__(self, request: Request, actor: Actor) -> None:
        super().__init__(request, actor, HERE)

    def sentence(self, line: Recorded) -> str:
        return sentence(line, stories.speaker(self.engine, self.lang, self.actor))

    def place(self) -> str | None:
        """Whose cases he samples; None where that has to be said."""
        return None if everywhere(self.actor) and not self.actor.scope else own(self.actor)

    def places(self) -> tuple[tuple[str, str], ...]:
        """The streets, for who answers for all of them."""
        return tuple(one for one in self.grid_options() if street(one[0]) == one[0] and "/" in one[0])

    def week(self, week: str) -> str:
        """2026-W47, 16 to 22 November."""
        return week_called(self, week)

    def weeks_over(self) -> list[str]:
        today = self.facing.today()
        return [week_of(today - n * 7 * DAY) for n in range(1, WEEKS_OPEN + 1)]

    def missing(self, framed: set[str]) -> list[dict[str, str]]:
        """Weeks of his own place that are over and have no frame, for who may fix it."""
        place = self.place()
        if place is None or self.role not in FIXES:
            return []
        found = [(week, stream_of(week, place)) for week in self.weeks_over()]
        return [{"week": self.week(week), "id": id} for week, id in found if id not in framed]

    def demo(self, id: str) -> dict[str, Any] | None:
        """The demo draw of a week of his own place that has no frame, as its pack tells it. None where there
        is no such week. Reads the week out of the log: in a thread."""
        place, kept = self.place(), self.engine.trail.book.last()
        weeks = self.weeks_over() if place is not None and self.role in FIXES else []
        week = next((week for week in weeks if stream_of(week, place or "") == id), "")
        if not week or place is None:
            return None
        signed = signed_by(self.engine, kept) if kept else Signed(0, "", "", self.engine.log.head(), ())
        return demo_pack(
            self.engine, week, place, tickets_of(self.engine, week, place, signed.position), signed
        )


def week_called(page: Any, week: str) -> str:
    first, after = days_of(week)
    return str(
        page.say(
            "{week}（{first}至{last}）", week=page.facing.week(week), first=page.facing.short_day(first),
            last=page.facing.short_day(after - DAY),
        )
    )  # fmt: skip
