"""What the pages of the households share: who looks, and what things are called before him."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from api.households.told import speaker as speaker_of
from api.pages.households.words import KINDS, LACKS, TENURES
from api.pages.points.window import Window
from domain.messages import Actor, Recorded
from projections.households.telling import sentence

HERE = "households"
KEEPERS = ("gridworker", "dispatcher", "admin")
READERS = ("gridworker", "dispatcher", "street", "admin")
REVEALERS = ("gridworker", "dispatcher", "street")


class Desk(Window):
    """Whoever looks at the register of households."""

    def __init__(self, request: Request, actor: Actor) -> None:
        super().__init__(request, actor, HERE)
        self.telling = speaker_of(self.engine, self.lang, actor)

    def sentence(self, line: Recorded) -> str:
        return sentence(line, self.telling)

    def grids(self) -> tuple[tuple[str, str], ...]:
        """The grids themselves, in which people live."""
        known = self.facing.organisation
        found = [one for one in self.grid_options() if not any(known.children(one[0]))]
        return tuple(found)

    def kind(self, item: Mapping[str, Any]) -> str:
        return self.say(KINDS[item["kind"] if item["classified"] else "unclassified"])

    def tenure(self, code: str) -> str:
        return self.say(TENURES[code]) if code in TENURES else ""

    def where(self, item: Mapping[str, Any]) -> str:
        named = self.facing.grid(item["grid"])
        return f"{named} · {item['compound']}" if item["compound"] else named

    def people(self, item: Mapping[str, Any]) -> str:
        n = item["people"]
        return self.say(LACKS["people"]) if n is None else self.say("{n} 人", n=n)

    def row(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """A household (api/households/told.py) as a line."""
        return {
            "id": item["id"], "where": self.where(item), "people": self.people(item), "kind": self.kind(item),
            "key": item["kind"] == "key", "vacant": item["vacant"], "erased": item["erased"],
            "name": item["name"] or "", "since": self.when(item["since"]),
        }  # fmt: skip
