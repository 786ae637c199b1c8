"""What may stand behind the question mark. A filter that was mistyped must not silently return everything."""

from typing import Annotated, get_origin

from fastapi import Depends, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api.problems import Problem

EVERYWHERE = frozenset({"lang", "min_position"})
"""Understood by every route: `lang` is read from the address itself (api/words.py); what is folded from the
log's own facts is never behind any `min_position`, and what is read from views declares it (api/lists.py)."""


async def known_parameters(request: Request) -> None:
    """Problem 422 for a query parameter the route does not declare, or one that stands twice and means
    one thing. Every api route has it."""
    route = request.scope.get("route")
    if not request.scope["query_string"] or not isinstance(route, APIRoute):
        return
    known = remembered(request).get(id(route))
    if known is None:
        known = remembered(request)[id(route)] = declared(route)
    said: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            raise Problem(422, "query.unknown", name=name[:60])
        if name in said and not known[name]:
            raise Problem(422, "query.twice", name=name)
        said.add(name)


def remembered(request: Request) -> dict[int, dict[str, bool]]:
    """What the routes of this application declare; they live as long as it does, and cannot be hashed."""
    found: dict[int, dict[str, bool]] = request.app.state.parameters
    return found


def declared(route: APIRoute) -> dict[str, bool]:
    """The query parameters of a route and of all it depends on, and whether each may be repeated."""
    found = dict.fromkeys(EVERYWHERE, False)
    waiting: list[Dependant] = [route.dependant]
    while waiting:
        one = waiting.pop()
        for field in one.query_params:
            found[field.alias] = get_origin(field.field_info.annotation) is list
        waiting += one.dependencies
    return found


async def cursor_of(
    next: Annotated[
        str | None, Query(max_length=500, description="`next` of the page before; the first without it.")
    ] = None,
    cursor: Annotated[str | None, Query(max_length=500, description="Another name of `next`.")] = None,
) -> str | None:
    """Problem 422 where both stand and differ. An empty one is the first page."""
    if next and cursor and next != cursor:
        raise Problem(422, "cursor.unknown")
    return next or cursor or None


Cursor = Annotated[str | None, Depends(cursor_of)]
"""Of every list: where it goes on."""
