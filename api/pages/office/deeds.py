"""What an administrator does, as data: a form, what it will cause, and the call of the api it becomes.

Each deed has a page of its own that says what follows before anything is recorded, and the page after it says
what was recorded, in the log's own words.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from fastapi import Response
from starlette.responses import RedirectResponse

from api.bodies import Body
from api.orders import Asking
from api.organisation.told import told
from api.pages import forms
from api.pages.forms import Field, Sheet
from api.pages.frame import Page, signed_in

At = Mapping[str, str]
"""What the address names: a person, a grant."""


@dataclass(frozen=True, slots=True)
class Deed:
    """`title` is what the page is called, `button` what the button does. `causes` are sentences about what
    will follow; `risk`: it takes something away. `api` is the address it stands for, which its key is kept
    under. `answer`: what the api said is shown once, instead of the page one came from."""

    title: str
    button: str
    body: type[Body]
    give: Callable[[Asking, At, Any], Awaitable[Response]]
    fields: Callable[[Page, At], Sequence[Field]]
    api: str
    causes: Sequence[str] = ()
    risk: bool = False


REASON = Field("reason", "为什么", required=True, hint="会和名字一起记下，以后查得到。")


def because(page: Page, at: At) -> Sequence[Field]:
    """Nothing but a reason."""
    return (REASON,)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a deed's page stands: its address, the page it leads back to, and the way there."""

    action: str
    back: str
    crumbs: Sequence[tuple[str, str]]
    about: Sequence[tuple[str, str]] = ()


def shown(page: Page, deed: Deed, place: Place, sheet: Sheet, *, status: int = 200) -> Response:
    return page.show(
        "office/deed.html", 422 if sheet.wrong else status, deed=deed, place=place, sheet=sheet,
        title=page.say(deed.title), button=page.say(deed.button),
        causes=[page.say(line) for line in deed.causes],
    )  # fmt: skip


def blank(page: Page, deed: Deed, place: Place, at: At) -> Response:
    return shown(page, deed, place, forms.blank(deed.fields(page, at)))


async def given(page: Page, deed: Deed, place: Place, at: At) -> tuple[Response, dict[str, Any] | None]:
    """The page that answers the form, and what the api said where it was recorded."""
    fields = tuple(deed.fields(page, at))
    filled, faults = await forms.typed(page.request, page, fields)
    sheet = Sheet(fields, filled, tuple(faults))
    state = page.request.app.state
    path = deed.api.format_map(dict(at))
    ask = forms.asking(page, state.cases, signed_in(page.viewer), path, filled)
    try:
        body = forms.body_from(page, deed.body, fields, filled)
        answer = orjson.loads(bytes((await deed.give(ask, at, body)).body))
    except Exception as error:
        return await asyncio.to_thread(shown, page, deed, place, forms.refused(page, sheet, error)), None
    if filled.preview:
        sheet = replace(sheet, foreseen=answer)
        return await asyncio.to_thread(shown, page, deed, place, sheet), None
    done = answer["position"] if answer.get("facts") else ""
    back = page.to(place.back, done=done or "nothing", min_position=answer["position"])
    return RedirectResponse(back, 303), answer


def flash(page: Page, beginnings: Sequence[str]) -> str:
    """What was just recorded, told again from the log: the line `?done=` names, if it is of these streams."""
    done = page.request.query_params.get("done", "")
    if done == "nothing":
        return page.say("本来就是这样，没有再记一次。")
    if not (done.isdecimal() and 0 < len(done) < 16):
        return ""
    lines = page.engine.log.read(int(done) - 1, 1)
    if not lines or lines[0].position != int(done) or not lines[0].stream.startswith(tuple(beginnings)):
        return ""
    return str(told(page.engine, lines, page.lang, signed_in(page.viewer))[0]["sentence"])


async def settled(page: Page) -> None:
    """Wait a moment for the views to show what was just recorded; a list that is late is no error here."""
    least = page.request.query_params.get("min_position", "")
    if least.isdecimal() and len(least) < 16:
        await asyncio.to_thread(page.engine.views.wait_for, int(least), 2.0)
