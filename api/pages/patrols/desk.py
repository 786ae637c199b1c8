"""What the pages of patrols, sweeps and watches share: names, states, fields, and how a sentence reads."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from api import stories
from api.pages.forms import Field
from api.pages.points.window import Window
from api.patrols.told import Teller
from api.sight import reads
from api.telling import Reading
from domain.messages import Actor, Recorded
from projections.history import sentence as of_case
from projections.patrols.telling import SENTENCES, sentence

KINDS = {"daily": "日常巡查", "joint": "联合巡检", "sweep": "拉网式排查"}
SWEEP_STATES = {"sweeping": ("handling", "排查中"), "closed": ("closed", "已结束")}
GRID_STATES = {
    "due": ("received", "未排查"),
    "checked": ("closed", "已排查"),
    "left": ("ended", "未查即结束"),
}
WATCH_STATES = {
    "watching": ("handling", "复看中"),
    "stayed_away": ("closed", "没有反弹"),
    "came_back": ("disputed", "反弹了"),
    "ended": ("ended", "已停止"),
}
COMMANDS = {
    "hazards": "补记隐患", "checks": "记录网格排查", "places": "逐处登记", "close": "结束排查",
    "set": "设定复看", "look": "记录复看", "end": "停止复看",
}  # fmt: skip
HAZARDS = 2
"""Hazards asked for on one form; more are added from the patrol's own page."""


class Desk(Window):
    """Whoever patrols, or reads of it."""

    def __init__(self, request: Request, actor: Actor, here: str) -> None:
        super().__init__(request, actor, here)
        self.asked = Reading(self.engine, request.app.state.cases, actor, self.lang)
        self.teller = Teller(self.asked)

    def sentence(self, line: Recorded) -> str:
        opens = reads(self.actor, self.facing.organisation)
        cases = self.request.app.state.cases if opens else None
        speaker = stories.speaker(self.engine, self.lang, self.actor, cases)
        return sentence(line, speaker) if type(line.fact) in SENTENCES else of_case(line, speaker)

    def kind_options(self) -> tuple[tuple[str, str], ...]:
        return tuple((code, self.say(name)) for code, name in KINDS.items())

    def category_options(self) -> tuple[tuple[str, str], ...]:
        return tuple((code, self.facing.category(code)) for code in self.facing.categories())

    def unit_options(self) -> tuple[tuple[str, str], ...]:
        return tuple((unit.id, unit.name) for unit in self.facing.organisation.units.values())

    def state(self, states: Mapping[str, tuple[str, str]], code: str) -> dict[str, str]:
        ring, name = states[code]
        return {"ring": ring, "name": self.say(name)}

    def at_work(self, grid: str) -> tuple[tuple[str, str], ...]:
        """Who could be asked to look there now: the members and dispatchers who answer for it."""
        organisation, now = self.facing.organisation, self.engine.clock()
        nodes = grid.split("/")
        above = ["/".join(nodes[:n]) for n in range(len(nodes), 0, -1)]
        found = dict.fromkeys(
            person
            for role in ("gridworker", "dispatcher")
            for node in above
            for person in sorted(organisation.holders(role, node, now))
        )
        return tuple((person, self.who(person)) for person in found)

    def may(self, item: Mapping[str, Any], names: Mapping[str, str] = COMMANDS) -> dict[str, Any]:
        """What the card of actions shows."""
        refused = [no for no in item["refused"] if no["command"] in names]
        return {
            "allowed": [(name, self.say(names[name])) for name in item["allowed"]],
            "refused": [no | {"name": self.say(names[no["command"]])} for no in refused],
        }


def hazards(desk: Desk, *, required: bool = False) -> tuple[Field, ...]:
    """Rows for what was found."""
    found: list[Field] = []
    for n in range(HAZARDS):
        first = required and n == 0
        found += [
            Field(
                f"hazards[{n}].category", "隐患是哪一类", "select", options=desk.category_options(),
                required=first,
            ),
            Field(
                f"hazards[{n}].text", "隐患是什么", "area", rows=2, required=first,
                hint="每一条登记为一件没有诉求人的工单，与这次记录一起保存。",
            ),
        ]  # fmt: skip
    return tuple(found)
