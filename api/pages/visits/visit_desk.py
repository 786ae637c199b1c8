"""What the pages of visit rounds share: who looks, what things are called before him, where a household
lives."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request

from api import stories
from api.households.told import Teller as HouseholdTeller
from api.pages.households.words import KINDS, MODES, WINDOWS
from api.pages.points.window import Window
from api.telling import Reading
from api.visits.bookings import AHousehold as AHousehold
from api.visits.lists import place, visits_of
from api.visits.rounds import Id as Id
from api.visits.seeing import COUNTS_ONLY
from api.visits.told import Teller, sentence
from domain.messages import Actor, Recorded
from domain.rule_books.visiting import Visiting
from domain.visits.planning import SATURDAY
from domain.visits.rounds import Round
from engine.read import Filter, rows
from projections.views import Row

HERE = "visits"
MEMBER = "gridworker"
KEEPERS = ("gridworker", "dispatcher", "street")
"""Who opens a round, plans a day and agrees a slot. At the door writes the grid member."""
OUTCOMES = {"opened": "开门", "no_answer": "无人应门", "refused": "拒访", "moved": "已搬走"}
STATUSES = {"unvisited": "还没走到", "reached": "已走到", "all": "全部在住", "vacant": "已迁出"}
STATES = {"open": ("handling", "进行中"), "closed": ("closed", "已结束")}
EVENING = 18
"""The hour from which a page offers the evening as the window; the visitor says which it was."""
TOGETHER = 400
"""Households asked for in one question to the views."""

Natural = tuple[tuple[int, int, str], ...]
_RUN = re.compile(r"\d+|\D+")


@dataclass(frozen=True, slots=True)
class Home:
    """A household as its register has it now. `address` is "" where it is not known, or not for who looks."""

    id: str
    grid: str
    compound: str
    address: str = ""
    name: str = ""
    people: int | None = None
    kind: str = "resident"
    vacant: bool = False

    @property
    def walking(self) -> tuple[str, Natural]:
        """Orders homes as one walks: compound, building, door; by id where the address is not known."""
        return self.compound, natural(self.address or self.id)


class VisitDesk(Window):
    """Whoever goes from door to door, sends somebody, or reads what came of it."""

    def __init__(self, request: Request, actor: Actor) -> None:
        super().__init__(request, actor, HERE)
        self.asked = Reading(self.engine, request.app.state.cases, actor, self.lang)
        self.teller = Teller(self.asked)
        self.counts_only = actor.role in COUNTS_ONLY
        self._speaker = stories.speaker(
            self.engine, self.lang, actor, request.app.state.cases if self.reads else None
        )

    # ------------------------------------------------------------------ words

    def sentence(self, line: Recorded) -> str:
        return sentence(line, self._speaker)

    def window(self, code: str | None) -> str:
        return self.say(WINDOWS[code]) if code else ""

    def outcome(self, code: str | None) -> str:
        return self.say(OUTCOMES[code]) if code else ""

    def mode(self, code: str | None) -> str:
        return self.say(MODES[code]) if code else ""

    def kind(self, code: str) -> str:
        return self.say(KINDS[code])

    def kind_options(self) -> tuple[tuple[str, str], ...]:
        return tuple((code, self.say(name)) for code, name in KINDS.items() if code != "unclassified")

    def options(self, named: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        return tuple((code, self.say(name)) for code, name in named.items())

    def state(self, code: str) -> dict[str, str]:
        ring, name = STATES[code]
        return {"ring": ring, "name": self.say(name)}

    def span_of(self, first: str, last: str) -> str:
        return self.say("{first}至{last}", first=self.day(first), last=self.day(last))

    # ------------------------------------------------------------------ the day

    def rules(self) -> Visiting:
        return self.books.supervision(self.engine.clock()).visits

    def usual_window(self) -> str:
        """What the page offers where no plan says it."""
        now = self.facing.local_now()
        if now.weekday() >= SATURDAY:
            return "weekend"
        return "evening" if now.hour >= EVENING else "day"

    def parsed(self, day: str) -> date:
        """The day asked for; today where none is, or none that there is."""
        try:
            return date.fromisoformat(day)
        except ValueError:
            return self.facing.today()

    # ------------------------------------------------------------------ homes

    def homes(self, ids: Sequence[str]) -> dict[str, Home]:
        """What each household is called: whose it is (masked), and where, as far as he may read it."""
        return {home.id: home for part in parts(ids) for home in self._homes(part)}

    def _homes(self, ids: Sequence[str]) -> Iterator[Home]:
        teller = HouseholdTeller(self.engine, self.actor)
        with self.engine.views.read() as reading:
            there = rows(reading, "households", where=[Filter("id", "in", ids)], limit=len(ids)).items
            at = [row["dwelling"] for row in there if row["dwelling"]]
            asked = [Filter("id", "in", at)]
            known = rows(reading, "dwellings", where=asked, limit=len(at)).items if at else []
        where = {row["id"]: teller.address(row["address"]) or "" for row in known}
        for row in there:
            yield home_of(row, where.get(row["dwelling"], ""), teller.household(row)["name"] or "")

    def home(self, round: Round, household: str) -> Home | None:
        """One household of the caller's part of the round; None where there is none."""
        with self.engine.views.read() as reading:
            where = [Filter("id", "=", household), place(self.actor, round, "")]
            if not rows(reading, "households", where=where, limit=1).items:
                return None
        return self.homes([household]).get(household)

    def visit(self, round: str, household: str) -> Row | None:
        with self.engine.views.read() as reading:
            return visits_of(reading, round, [household]).get(household)

    def tried(self, visit: Row | None) -> str:
        """What came of the last attempt, and when."""
        if not visit or not visit["attempts"]:
            return ""
        when = self.facing.short_day(self.facing.local(visit["last_at"]).date())
        return self.say(
            "上次 {when} {window}{outcome}", when=when,
            window=self.window(visit["last_window"]), outcome=self.outcome(visit["last_outcome"]),
        )  # fmt: skip

    def where(self, home: Home) -> str:
        """Its door: the address, else compound and id."""
        return home.address or " · ".join(part for part in (home.compound, home.id) if part)

    def size(self, home: Home) -> str:
        return self.say("人数没登记") if home.people is None else self.say("登记 {n} 人", n=home.people)


def home_of(row: Row, address: str, name: str) -> Home:
    return Home(
        row["id"], row["grid"], row["compound"] or "", address, name, row["people"], row["kind"],
        bool(row["vacant"]),
    )  # fmt: skip


def natural(text: str) -> Natural:
    """3-2-601 comes before 12-1-101: numbers by their size, everything else as text."""
    return tuple((0, int(run), "") if run.isdecimal() else (1, 0, run) for run in _RUN.findall(text))


def parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for n in range(0, len(ids), TOGETHER):
        yield ids[n : n + TOGETHER]


def figure(told: Mapping[str, Any]) -> dict[str, Any]:
    """A share with its two counts; `percent` is "" where there is nothing to divide by."""
    value = told["value"]
    percent = "" if value is None else f"{value * 100:.1f}"
    return {"n": told["numerator"], "of": told["denominator"], "percent": percent}
