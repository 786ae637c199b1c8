"""The conditions of the queue in words: what may be chosen, and what has been."""

from collections.abc import Mapping, Sequence
from typing import Any

from api.facing import CHANNELS, ORIGINS, STATES, TRACKS, URGENCIES, Facing
from domain.messages import Actor
from domain.organisation import Organisation, within

CHOICES = ("state", "category", "grid", "lead", "overdue")
MORE = ("due", "returned", "track", "urgency", "channel", "origin", "registered_from", "registered_to")
FILTERS = (*CHOICES, *MORE)
"""As the address names them; MORE stand behind a click."""
FOLDED = 100
"""More grids than these are not listed in one choice: they are folded under their communities."""
OVERDUE = {"true": "已超时", "false": "没有超时"}
DUE, RETURNED = {"today": "今天"}, {"true": "等着重派"}
LABELS = {
    "state": "状态", "category": "类别", "grid": "网格", "lead": "主办", "overdue": "期限",
    "due": "到期", "returned": "被退单", "track": "办理方式", "urgency": "轻重", "channel": "来源",
    "origin": "来路", "registered_from": "受理从", "registered_to": "受理到", "q": "搜索",
}  # fmt: skip
TABLES: Mapping[str, Mapping[str, str]] = {
    "state": {"open": "未结"} | STATES, "overdue": OVERDUE, "due": DUE, "returned": RETURNED,
    "track": TRACKS, "urgency": URGENCIES, "channel": CHANNELS, "origin": ORIGINS,
}  # fmt: skip


def choices(facing: Facing, actor: Actor, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """What stands in sight. Grids of his scope only; whoever leads may lie anywhere. Of many grids those of
    the community that is chosen (`given`) stand there, and what is chosen already."""
    places = facing.organisation
    grids = [(g.path, g.name) for g in places.grids.values() if g.level in ("community", "grid")]
    inside = [one for one in grids if actor.scope and within(one[0], actor.scope)]
    units = [(unit.id, unit.name) for unit in places.units.values()]
    teams = [(g.path, g.name) for g in places.grids.values() if g.level == "grid"]
    paths = (given.get("grid", ""), given.get("lead", ""), actor.scope)
    home = next((found for path in paths if (found := community(places, path))), "")
    options = {
        "category": [(code, facing.category(code)) for code in facing.categories()],
        "grid": sorted(folded(places, inside or grids, home, given.get("grid", ""))),
        "lead": units + sorted(folded(places, teams, home, given.get("lead", ""))),
    }
    whole = {"grid": len(inside or grids), "lead": len(units) + len(teams)}
    whole = {"grid": len(inside or grids), "lead": len(units) + len(teams)}
    return [one(facing, name, options.get(name), whole.get(name, 0)) for name in CHOICES]


def community(places: Organisation, path: str) -> str:
    """The community that the path is or lies in; empty for what lies above one."""
    while path and ((found := places.grids.get(path)) is None or found.level != "community"):
        path = path.rpartition("/")[0]
    return path


def folded(
    places: Organisation, listed: Sequence[tuple[str, str]], home: str, chosen: str
) -> list[tuple[str, str]]:
    """Of many places the communities, what lies in no community, in the one called `home`, or is chosen."""
    if len(listed) <= FOLDED:
        return [*listed]
    return [
        (path, name)
        for path, name in listed
        if path == chosen or (inside := community(places, path)) in ("", path) or inside == home
    ]


def more(facing: Facing) -> list[dict[str, Any]]:
    """What narrows further; without options it is a day."""
    return [one(facing, name) for name in MORE]


def one(
    facing: Facing, name: str, options: list[tuple[str, str]] | None = None, whole: int = 0
) -> dict[str, Any]:
    """`whole`: how many options there are, listed or folded."""
    found = facing.words(TABLES.get(name, {})) if options is None else options
    label = facing.say(LABELS[name])
    return {"name": name, "label": label, "options": found, "folded": len(found) < whole}


def applied(facing: Facing, given: Mapping[str, str]) -> list[dict[str, str]]:
    """Each condition as a chip that takes it away."""
    return [
        {
            "name": name,
            "text": facing.say(LABELS[name]) + facing.say("：") + chosen(facing, name, given[name]),
        }
        for name in (*FILTERS, "q")
        if given.get(name)
    ]


def chosen(facing: Facing, name: str, value: str) -> str:
    """The value as people say it; several of one kind are joined."""
    named = {"category": facing.category, "grid": facing.grid, "lead": facing.unit}
    if name in TABLES:
        return "、".join(facing.named(TABLES[name], one) for one in value.split(","))
    return "、".join(named[name](one) for one in value.split(",")) if name in named else value
