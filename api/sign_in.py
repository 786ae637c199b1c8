"""Who acts, until sign-in exists: the header `X-Dev-Actor`, believed only with `--demo` and only from this
machine.

Sign-in replaces this file; nothing else knows the header.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated

from fastapi import Depends, Header, Request

from api.problems import Problem
from domain.messages import Actor

COMMUNITY = "demo/north/sl"
GRID = "demo/north/sl/grid-01"


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A user of the demo community. `zh` and `en` say who he is, `may` what he typically does."""

    actor: Actor
    zh: str
    en: str


def user(name: str, role: str, scope: str, zh: str, en: str) -> DemoUser:
    return DemoUser(Actor(name, role, scope), zh, en)


USERS: Mapping[str, DemoUser] = {
    found.actor.person: found
    for found in (
        user("resident", "resident", GRID, "居民", "resident"),
        user("gridworker", "gridworker", GRID, "网格员（第 01 网格）", "grid member of grid 01"),
        user("gridworker2", "gridworker", GRID, "网格员（第 01 网格）", "another grid member of grid 01"),
        user("dispatcher", "dispatcher", COMMUNITY, "社区派单员", "community dispatcher"),
        user("heating", "unit", "heating-co", "承办单位：供热公司", "handling unit: heating company"),
        user("property", "unit", "property-co", "承办单位：物业公司", "handling unit: property company"),
        user("street", "street", "demo/north", "街道", "street office"),
        user("panel", "panel", COMMUNITY, "监督小组", "supervision panel"),
        user("panel2", "panel", COMMUNITY, "监督小组", "supervision panel"),
        user("panel3", "panel", COMMUNITY, "监督小组", "supervision panel"),
        user("analyst", "analyst", COMMUNITY, "分析员", "analyst"),
        user("admin", "admin", "", "管理员", "administrator"),
        user(
            "elsewhere", "dispatcher", "faraway", "外地派单员（看不到本社区）", "a dispatcher of another city"
        ),
    )
}


def from_this_machine(request: Request) -> bool:
    host = request.client.host if request.client else ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def caller(request: Request, named: str | None) -> Actor | None:
    """The demo user of that name; None where none is named. Problem 401 for an unknown or unbelievable
    one."""
    if named is None:
        return None
    found = USERS.get(named)
    if found is None or not request.app.state.demo or not from_this_machine(request):
        raise Problem(401, "actor.unknown", headers={"WWW-Authenticate": "X-Dev-Actor"})
    return found.actor


async def signed_in(
    request: Request,
    x_dev_actor: Annotated[
        str | None, Header(description="A demo user; only with --demo and from this machine.", max_length=40)
    ] = None,
) -> Actor:
    actor = caller(request, x_dev_actor)
    if actor is None:
        raise Problem(401, "actor.unknown", headers={"WWW-Authenticate": "X-Dev-Actor"})
    return actor


Caller = Annotated[Actor, Depends(signed_in)]
"""Every route but the public ones takes it: without an actor the answer is 401."""
