"""What the pages of the care plans share: who is called how, what may be read, how a household is named."""

from typing import Any

from fastapi import Request

from api.care.told import Teller, sentence
from api.households.told import Teller as HouseholdTeller
from api.pages.points.window import Window
from api.telling import Reading
from domain.messages import Actor, Recorded
from engine.engine import Engine
from engine.read import Filter, rows
from projections.care.telling import word

HERE = "care"
OPENS = ("gridworker", "dispatcher")


class CareDesk(Window):
    """Whoever looks after key households, at a page of theirs; `id` is the plan the page is about."""

    def __init__(self, request: Request, actor: Actor, id: str = "") -> None:
        super().__init__(request, actor, HERE)
        self.asking = Reading(self.engine, request.app.state.cases, actor, self.lang)
        self.teller = Teller(self.asking, id)

    def sentence(self, line: Recorded) -> str:
        return sentence(line, self.teller.speaker)

    def word(self, code: str, kind: str = "") -> str:
        return word(self.teller.speaker, code, kind)

    def options(self, codes: tuple[str, ...], kind: str = "") -> tuple[tuple[str, str], ...]:
        return tuple((code, self.word(code, kind)) for code in codes)

    def workers(self, grid: str) -> tuple[tuple[str, str], ...]:
        """The grid members who answer for the place now."""
        organisation, now = self.facing.organisation, self.engine.clock()
        found: dict[str, str] = {}
        nodes = grid.split("/")
        for n in range(len(nodes), 0, -1):
            for person in sorted(organisation.holders("gridworker", "/".join(nodes[:n]), now)):
                found.setdefault(person, self.who(person))
        return tuple(found.items())

    def homes(self, ids: list[str]) -> dict[str, str]:
        """What each household is called: whose it is (masked), and where, as far as he may read it."""
        return homes(self.engine, self.actor, ids)


def homes(engine: Engine, actor: Actor, ids: list[str]) -> dict[str, str]:
    teller = HouseholdTeller(engine, actor)
    with engine.views.read() as reading:
        there = rows(reading, "households", where=[Filter("id", "in", ids)], limit=max(1, len(ids))).items
        at = [row["dwelling"] for row in there if row["dwelling"]]
        known = rows(reading, "dwellings", where=[Filter("id", "in", at)], limit=max(1, len(at))).items
    where = {row["id"]: teller.address(row["address"]) or "" for row in known}
    found: dict[str, str] = {}
    for row in there:
        told: dict[str, Any] = teller.household(row)
        place = where.get(row["dwelling"], "") or row["compound"]
        found[row["id"]] = " · ".join(each for each in (told["name"] or "", place) if each) or row["id"]
    return found
