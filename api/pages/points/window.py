"""A page of the points: who looks, what people and deeds are called before him, and how a form is given.

Who is called how before him, api/naming.py says.
"""

import asyncio
import csv
import io
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from api.bodies import Body
from api.pages import conditions, forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Page
from api.points.answers import Reader
from api.points.subjects import Points
from api.points.told import speaker
from api.sight import reads
from api.words import ENGLISH
from domain.messages import Actor, Recorded
from engine.desk import Receipt
from projections.points.story import sentence
from projections.points.words import activities, activity, many
from projections.points.words import item as item_called

Give = Callable[[Any, Any], Awaitable[Receipt]]


class Window(Page):
    def __init__(self, request: Request, actor: Actor, here: str) -> None:
        super().__init__(request, actor, here)
        self.actor = actor
        self.points: Points = request.app.state.points
        self.books = self.engine.desk.stage().books
        self.reads = reads(actor, self.points.places())
        self.speaker = speaker(self.points, self.lang, actor)

    # ------------------------------------------------------------------ words

    def answers(self, at: int | None = None) -> Reader:
        """As of now, or of another moment."""
        return Reader(self.points, self.actor, self.facing.now if at is None else at)

    def who(self, person: str) -> str:
        if not person or person == "engine":
            return self.say("系统") if person else ""
        return self.speaker.names.people.get(person, person)

    def deed(self, code: str) -> str:
        return activity(self.speaker, code)

    def item(self, code: str) -> str:
        return item_called(self.speaker, code)

    def many(self, n: int, basis: str) -> str:
        return many(self.speaker, n, basis)

    def day(self, day: str) -> str:
        return self.facing.short_day(date.fromisoformat(day))

    def when(self, at: str | None) -> str:
        return self.facing.when(at) if at else ""

    def rule_text(self, text: str) -> str:
        """The reader's half of a rule in two languages."""
        zh, both, en = text.partition(" · ")
        return en if self.lang == ENGLISH and both else zh

    def sentence(self, line: Recorded) -> str:
        return sentence(line, self.speaker)

    def said_since(self, stream: str, done: int) -> list[str]:
        """What a command given from a page has just recorded, from the stream itself."""
        if not done:
            return []
        return [self.sentence(line) for line in self.engine.log.stream(stream, done - 1)]

    def activity_options(self) -> tuple[tuple[str, str], ...]:
        return tuple((code, self.deed(code)) for code in activities(self.books))

    def grid_options(self) -> tuple[tuple[str, str], ...]:
        """Places in the viewer's scope."""
        found = self.facing.organisation.grids.values()
        inside = [g for g in found if not self.actor.scope or f"{g.path}/".startswith(f"{self.actor.scope}/")]
        return tuple((g.path, g.name) for g in sorted(inside, key=lambda g: g.path))

    def grid_filter(self) -> tuple[tuple[str, str], ...]:
        """The same for a list that is narrowed to one of them (`grid` of the address): of many grids, those
        of the community that is chosen."""
        places, chosen = self.facing.organisation, self.request.query_params.get("grid", "")
        home = conditions.community(places, chosen) or conditions.community(places, self.actor.scope)
        return tuple(conditions.folded(places, self.grid_options(), home, chosen))

    # ------------------------------------------------------------------ forms

    async def given(
        self, fields: Sequence[Field], body: type[Body], path: str, give: Give
    ) -> Sheet | Receipt:
        """The form as it came, read into the api's body and given there; the sheet again where something has
        to be mended, or where it was asked what would happen."""
        filled, faults = await forms.typed(self.request, self, fields)
        sheet = Sheet(tuple(fields), filled, tuple(faults))
        ask = forms.asking(self, self.request.app.state.cases, self.actor, f"/api/v1/{path}", filled)
        try:
            read = forms.body_from(self, body, fields, filled)
            if faults:
                raise forms.Unreadable(())
            receipt = await give(ask, read)
        except Exception as error:
            return forms.refused(self, sheet, error)
        if not filled.preview:
            return receipt
        facts = await asyncio.to_thread(lambda: [{"sentence": self.sentence(line)} for line in receipt.lines])
        return replace(sheet, foreseen={"facts": facts, "consequences": []})

    def done(self, path: str, receipt: Receipt, stream: str, **query: object) -> Response:
        """On to the page that says what was recorded."""
        version = receipt.versions.get(stream, 0)
        since = min((line.version for line in receipt.lines if line.stream == stream), default=version)
        return RedirectResponse(self.to(path, done=since, min_position=receipt.position, **query), 303)

    def form(self, sheet: Sheet, title: str, button: str, back: str, **more: object) -> Response:
        """One form on a page of its own. `no` is the refusal that already stands against it."""
        shown: dict[str, object] = {
            "sheet": sheet, "title": title, "button": button, "back": back, "no": None, "about": (),
            "crumbs": (), "explain": "", "short": "",
        }  # fmt: skip
        return self.show("points/form.html", 422 if sheet.wrong else 200, **(shown | more))


def table(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A list as a CSV file that a spreadsheet opens; what would be taken for a formula is marked as text."""
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow(header)
    writer.writerows([[harmless(cell) for cell in row] for row in rows])
    disposition = f'attachment; filename="{name}.csv"'
    return Response(
        kept.getvalue().encode("utf-8-sig"),
        200,
        {"Content-Disposition": disposition},
        "text/csv; charset=utf-8",
    )


def harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
