"""The gate before every route: once it is known who comes (api/sign_in.py), may his role ask this?
And before the first comes: do the table of permissions and the routes know of each other?"""

import asyncio
from collections.abc import Callable, Iterator, Mapping

from fastapi import FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount

from api import problems
from api.organisation.sight import find, places_of, sees
from api.permissions import TABLE, Permit
from api.points.sight import must_account, must_attendance, must_claim, must_redemption
from api.sight import must_see
from api.sign_in import known, must_be_known
from domain.messages import Actor
from domain.refusals import Refused

Sight = Callable[[Request, Actor, Mapping[str, str]], object]
"""Problem 404 where the caller may not know of what the address names."""


def knows_person(asked: Request, who: Actor, at: Mapping[str, str]) -> None:
    """Where there is nobody of that id, the route says so."""
    engine = asked.app.state.engine
    found = find(engine, at["person"])
    if found is not None and not sees(who, found, places_of(engine, found.id)):
        raise problems.not_found()


SIGHTS: Mapping[str, Sight] = {
    "case": lambda asked, who, at: must_see(asked.app.state.cases, who, at["complaint"]),
    "account": lambda asked, who, at: must_account(asked.app.state.points, who, at["account"]),
    "claim": lambda asked, who, at: must_claim(asked.app.state.points, who, at["claim"]),
    "order": lambda asked, who, at: must_redemption(asked.app.state.points, who, at["redemption"]),
    "attendance": lambda asked, who, at: must_attendance(asked.app.state.points, who, at["attendance"]),
    "person": knows_person,
}
ALWAYS = ("person",)
"""Asked here even where the role is right: several rooms have routes that name a person."""
HIDDEN = ("evidence", "job", "person", "grant")
"""Whoever may not ask for one need not learn that it exists."""


class UndeclaredRoute(RuntimeError):
    """A route and the table of permissions do not know of each other; the application does not start."""


async def admit(request: Request, actor: Actor) -> None:
    """Refused `actor.role` where the route is not for his role; problem 404 where he may not even know of
    what it names. Where he is welcome, the route itself looks whether he may know of it."""
    route = request.scope.get("route")
    permit = TABLE.get(f"{request.method} {getattr(route, 'path', '')}")
    if permit is None:
        raise problems.not_found()
    if permit.open:
        return
    welcome = actor.role in permit.roles | permit.told
    if not welcome and permit.reach in HIDDEN:
        raise problems.not_found()
    sight = SIGHTS.get(permit.reach)
    if sight is not None and (not welcome or permit.reach in ALWAYS):
        await asyncio.to_thread(sight, request, actor, request.path_params)
    if not welcome:
        raise refused(permit, actor)


def refused(permit: Permit, actor: Actor) -> Refused:
    roles = tuple(sorted(permit.roles))
    wish = permit.command.__name__ if permit.command else "Ask"
    return Refused(
        "actor.role",
        f"{wish} is not for the role {actor.role!r}",
        help=f"role: {', '.join(roles)}",
        command=wish,
        role=actor.role,
        roles=roles,
    )


def check(app: FastAPI) -> None:
    """Raises UndeclaredRoute, which names what is missing and where it belongs."""
    found = dict(routes(app))
    for route in found:
        if route not in TABLE:
            raise UndeclaredRoute(f"{route} is in no row of api/permissions/: say who may ask it")
    for route, permit in TABLE.items():
        if route not in found:
            raise UndeclaredRoute(f"the row {route!r} of api/permissions/ has no route")
        asks = found[route]
        if not permit.open and asks is not None and not asks_who(asks, page="/api/" not in route):
            raise UndeclaredRoute(f"{route} is not open, but never asks who calls: take `Caller`")


def routes(app: FastAPI) -> Iterator[tuple[str, Dependant | None]]:
    """Every route as the table writes it; None for what depends on nothing (files)."""
    for each in iter_route_contexts(app.routes):
        path, methods = each.path or "", each.methods or {"GET"}
        original = each.original_route
        if isinstance(original, Mount):
            methods = {"GET"}
        for method in sorted(methods - {"HEAD"}):
            yield f"{method} {path}", original.dependant if isinstance(original, APIRoute) else None


def asks_who(dependant: Dependant, *, page: bool) -> bool:
    """Whether the route learns who calls. A page may show a stranger where to sign in, so it asks `known`."""
    wanted = (known, must_be_known) if page else (must_be_known,)
    return any(each.call in wanted or asks_who(each, page=page) for each in dependant.dependencies)
