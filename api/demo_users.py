"""The users of the demo community: who they are, and what each may do. Their password is `demo`.

Their ids are their names, so that a script can say `resident` and mean the holder of `acct-resident`. They
are marked in the log (`person.enrolled`, `demo`), and sign in only where the server runs with `--demo`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.messages import Actor, clear
from domain.organisation import STREAM, EstablishGrid, Grant
from domain.people import Enrol, SetPassword, stream_of
from domain.steps import Step
from engine.desk import Desk, Order
from engine.engine import Engine

COMMUNITY = "demo/north/sl"
GRID = "demo/north/sl/grid-01"
FARAWAY = EstablishGrid("faraway", "远方市", "city")
"""Another city of the same deployment: who works there sees nothing of the community."""

PASSWORD = "demo"
REASON = "演示数据"
OPERATOR = Actor("operator", "admin")


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A user of the demo community. `zh` and `en` say who he is; `name` is invented. `home`: where he lives,
    if he may also act as a resident."""

    actor: Actor
    name: str
    zh: str
    en: str
    home: str = ""


def user(id: str, role: str, scope: str, name: str, says: tuple[str, str], home: str = "") -> DemoUser:
    return DemoUser(Actor(id, role, scope), name, *says, home)


USERS: Mapping[str, DemoUser] = {
    found.actor.person: found
    for found in (
        user("resident", "resident", GRID, "沈秋禾", ("居民", "resident"), GRID),
        user("gridworker", "gridworker", GRID, "陆远", ("网格员（第 01 网格）", "grid member of grid 01")),
        user(
            "gridworker2", "gridworker", GRID, "夏清",
            ("网格员（第 01 网格）", "another grid member of grid 01"), GRID,
        ),
        user("dispatcher", "dispatcher", COMMUNITY, "程岚", ("社区派单员", "community dispatcher")),
        user("heating", "unit", "heating-co", "佟暖", ("承办单位：供热公司", "unit: heating company")),
        user("property", "unit", "property-co", "吴桐", ("承办单位：物业公司", "unit: property company")),
        user("street", "street", "demo/north", "方正", ("街道", "street office")),
        user("panel", "panel", COMMUNITY, "白鹭", ("监督小组", "supervision panel")),
        user("panel2", "panel", COMMUNITY, "安宁", ("监督小组", "supervision panel")),
        user("panel3", "panel", COMMUNITY, "柳青", ("监督小组", "supervision panel")),
        user("analyst", "analyst", COMMUNITY, "简明", ("分析员", "analyst")),
        user("admin", "admin", "", "常管", ("管理员", "administrator")),
        user(
            "elsewhere", "dispatcher", "faraway", "海天",
            ("外地派单员（看不到本社区）", "a dispatcher of another city"),
        ),
    )
}  # fmt: skip


def entries(users: Mapping[str, DemoUser] = USERS) -> Iterator[Step]:
    """What the log says about them: enrolled, granted, and that a password was set."""
    yield Step("organisation", STREAM, FARAWAY)
    for id, found in users.items():
        stream = stream_of(id)
        yield Step("person", stream, Enrol(clear(id, found.name), None, found.home, demo=True))
        yield Step("person", stream, SetPassword())
        if found.actor.role != "resident":
            grant = Grant(id, found.actor.role, found.actor.scope, REASON)
            yield Step("organisation", STREAM, grant)


def enrol(engine: Engine) -> None:
    """Enter them in a store that has the community: one order. `keep_accounts` lets them sign in."""
    desk: Desk = engine.desk
    engine.vault.ensure_keys(USERS)
    desk.do(Order(tuple(entries()), OPERATOR))


def keep_accounts(engine: Engine, hash: str, at: datetime) -> None:
    """Give each of them an account under his name, with the hash of their password."""
    for id in USERS:
        engine.accounts.keep(id, id, hash, at)
