"""What follows from a fact without anybody asking: a registration that looks like a closed case come back,
and whatever else the rooms around the engine want to follow.

A reaction follows the log with a position of its own. Its command carries the id of the cause, so being
delivered twice decides nothing the second time: the position may be written after the effect.
"""

import json
import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Protocol

import structlog

from domain.complaint.commands import SuspectRecurrence
from domain.complaint.facts import ComplaintRegistered
from domain.messages import ENGINE, Recorded, Sealed
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Order, Receipt, Stage
from engine.log import Log, micros, recorded
from engine.loop import Loop
from engine.read import Filter, rows
from engine.vault import KeyDestroyed
from engine.views import Reading, Views
from engine.watch import TakesOrders

WITHIN = timedelta(days=30)
NEAR_METRES = 30.0
CANDIDATES = 500
"""Closed cases of the same class and community whose sealed location is opened for one registration."""
BATCH = 500
IDLE = 0.5
"""Seconds to wait for a commit before looking again."""
REFUSED = 20
"""Refused wishes remembered for whoever looks."""
GATHER = 0.05
"""Seconds after a turn in which further commits gather for the next one."""
POSITION = "reactions.recurrence"
REGISTERED = "complaint.registered"
EARTH_METRES = 6_371_000.0

report = structlog.get_logger("huisheng.reactions")


class Desk(Protocol):
    """What a reaction needs of the desk."""

    def do(self, order: Order, /) -> Receipt: ...
    def stage(self) -> Stage: ...


class Opens(Protocol):
    """What of the vault the reaction needs."""

    def open_sealed(
        self, sealed: Sealed, *, stream: str, version: int, name: str, field: str
    ) -> str | None: ...


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Between two points (latitude, longitude in degrees), along the ground."""
    lat, lat2 = math.radians(one[0]), math.radians(other[0])
    half_lat, half_long = (lat2 - lat) / 2, math.radians(other[1] - one[1]) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat) * math.cos(lat2) * math.sin(half_long) ** 2
    return 2 * EARTH_METRES * math.asin(min(1.0, math.sqrt(chord)))


def point(text: str | None) -> tuple[float, float] | None:
    """A location as it is sealed, `latitude,longitude`; None where it is gone or makes no sense."""
    try:
        lat, long = (float(part) for part in (text or "").split(","))
    except ValueError:
        return None
    return (lat, long) if abs(lat) <= 90 and abs(long) <= 180 else None


class Bookmark:
    """How far a reaction has come. It goes to the disk at most once in `EVERY` seconds and when nothing is
    left to do: each writing is a flush that the desk waits for, and what is done twice decides nothing."""

    EVERY = 1.0

    def __init__(self, log: Log, setting: str) -> None:
        self.log = log
        self.setting = setting
        self._reached = self._written = 0
        self._looked_at = self._kept_at = -self.EVERY

    def position(self) -> int:
        """Also what another process has reached, while that one led."""
        if time.monotonic() - self._looked_at >= self.EVERY:
            self._written = int(self.log.setting(self.setting) or 0)
            self._reached = max(self._reached, self._written)
            self._looked_at = time.monotonic()
        return self._reached

    def move(self, reached: int) -> None:
        self._reached = reached
        if time.monotonic() - self._kept_at >= self.EVERY:
            self.keep()

    def keep(self) -> None:
        if self._reached > self._written:
            self.log.set_setting(self.setting, str(self._reached))
            self._written, self._kept_at = self._reached, time.monotonic()


# ------------------------------------------------------------------ one stream asks another


class Wish(Protocol):
    """A command that a line asks another stream to be given; `caused_by` names the line."""

    @property
    def kind(self) -> str: ...
    @property
    def stream(self) -> str: ...
    @property
    def command(self) -> Any: ...
    @property
    def caused_by(self) -> str: ...


Earlier = Callable[[], list[Recorded]]
"""The lines of the same stream before the one that is handed in."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """`name` is where its position is kept. It hears the facts `names` (on disk); `asks` says what a line
    asks for, and may look at what happened to its stream before, and at the books and the organisation."""

    name: str
    names: tuple[str, ...]
    asks: Callable[[Recorded, Earlier, Stage], Iterable[Wish]]

    @property
    def setting(self) -> str:
        return f"reactions.{self.name}"


class Reactions:
    """Follows the log for one reaction, and gives each command it asks for. A wish that decides nothing (its
    stream does not exist, or knows the cause) is found out beside the writer, and never queued there."""

    def __init__(
        self, log: Log, desk: Desk, reaction: Reaction, leads: Callable[[], bool] = lambda: True
    ) -> None:
        self.log = log
        self.desk = desk
        self.reaction = reaction
        self.leads = leads
        self.loop = Loop(f"reactions-{reaction.name}", self._turn)
        self.bookmark = Bookmark(log, reaction.setting)
        self._read: tuple[str, list[Recorded]] = ("", [])

    def refused(self) -> list[dict[str, str]]:
        """The last wishes that were refused, the latest last. What was refused stays so, whoever asks again:
        the store failing is no refusal, and is tried until it works."""
        told: list[dict[str, str]] = json.loads(self.log.setting(self._refusals) or "[]")
        return told

    @property
    def _refusals(self) -> str:
        return f"{self.reaction.setting}.refused"

    def _remember(self, wish: Wish, error: Exception) -> None:
        told = {"cause": wish.caused_by, "stream": wish.stream, "error": str(error)}
        known = [
            each
            for each in self.refused()
            if (each["cause"], each["stream"]) != (wish.caused_by, wish.stream)
        ]
        self.log.set_setting(self._refusals, json.dumps([*known, told][-REFUSED:], ensure_ascii=False))

    def _turn(self) -> float:
        if not self.leads():
            return 1.0
        if self.turn():
            return GATHER
        self.bookmark.keep()
        self.log.wait(self.bookmark.position(), IDLE)
        return 0.0

    def turn(self) -> int:
        """React to the next lines; returns how many positions it went forward."""
        position, head = self.bookmark.position(), self.log.head()
        if position >= head:
            return 0
        found = self.log.rows(position, BATCH, head, self.reaction.names)
        stage = self.desk.stage()  # as of the head: as new as the last line
        for row in found:
            line = recorded(row)
            for wish in self.reaction.asks(line, lambda line=line: self._earlier(line), stage):  # type: ignore[misc]
                self._grant(line, wish)
        reached = found[-1][0] if len(found) >= BATCH else head
        self.bookmark.move(reached)
        return reached - position

    def _earlier(self, line: Recorded) -> list[Recorded]:
        """What is imported has a stream's lines side by side: the stream is read once for all of them."""
        stream, lines = self._read
        if stream != line.stream or not lines or lines[-1].version < line.version - 1:
            lines = self.log.stream(line.stream)
            self._read = (line.stream, lines)
        return [each for each in lines if each.version < line.version]

    def _grant(self, line: Recorded, wish: Wish) -> None:
        order = Order(
            (Step(wish.kind, wish.stream, wish.command),),
            ENGINE,
            occurred_at=line.occurred_at,
            command_id=f"{self.reaction.name}-{wish.caused_by}-{wish.stream}",
            caused_by=wish.caused_by,
        )
        try:
            if self.desk.do(replace(order, dry_run=True)).lines:
                self.desk.do(order)
        except (Refused, ValueError, KeyDestroyed) as error:
            report.warning("reaction.refused", stream=wish.stream, cause=wish.caused_by, error=str(error))
            self._remember(wish, error)


# ------------------------------------------------------------------ recurrences


class Recurrences:
    """Links a new living registration to cases of its class and place closed within 30 days (反弹回潮)."""

    def __init__(
        self,
        log: Log,
        views: Views,
        desk: TakesOrders,
        vault: Opens,
        leads: Callable[[], bool] = lambda: True,
        *,
        kind: str = "complaint",
    ) -> None:
        self.log = log
        self.views = views
        self.desk = desk
        self.vault = vault
        self.leads = leads
        self.kind = kind
        self.loop = Loop("reactions", self._turn)
        self.bookmark = Bookmark(log, POSITION)

    def start(self) -> None:
        self.loop.start()

    def stop(self) -> None:
        self.loop.stop()

    def _turn(self) -> float:
        if not self.leads():
            return 1.0
        if self.turn():
            return GATHER
        self.bookmark.keep()
        self.log.wait(self.bookmark.position(), IDLE)
        return 0.0

    def turn(self) -> int:
        """React to the next lines; returns how many positions it went forward."""
        position, head = self.bookmark.position(), min(self.log.head(), self.views.position())
        if position >= head:
            return 0
        found = self.log.rows(position, BATCH, head, [REGISTERED])
        for row in found:
            self.react(recorded(row))
        reached = found[-1][0] if len(found) >= BATCH else head
        self.bookmark.move(reached)
        return reached - position

    def react(self, line: Recorded) -> None:
        fact = line.fact
        if not isinstance(fact, ComplaintRegistered) or fact.record != "living" or fact.split_from:
            return
        for other, matched_by in self._closed_before(line, fact):
            command = SuspectRecurrence(other=line.stream, matched_by=matched_by)
            cause = f"{line.stream}@{line.version}"
            order = Order(
                (Step(self.kind, other, command),),
                ENGINE,
                occurred_at=line.occurred_at,
                command_id=f"recurrence-{line.stream}-{other}",
                caused_by=cause,
            )
            try:
                self.desk.do(order)
            except (Refused, ValueError) as error:
                report.warning("recurrence.refused", stream=other, cause=cause, error=str(error))

    def _closed_before(self, line: Recorded, fact: ComplaintRegistered) -> list[tuple[str, str]]:
        """(case, matched by `place` or `location`) for each case that seems to have come back."""
        at = micros(line.occurred_at)
        where = [
            Filter("category", "=", fact.category),
            Filter("state", "in", ("closed", "unreached")),
            Filter("ended_at", ">=", at - WITHIN // timedelta(microseconds=1)),
            Filter("ended_at", "<=", at),
            Filter("id", "!=", line.stream),
        ]
        with self.views.read() as reading:
            found: dict[str, str] = {}
            if fact.place_key:
                same = [Filter("place_key", "=", fact.place_key), Filter("grid", "=", fact.grid), *where]
                for row in rows(reading, "cases", where=same, limit=CANDIDATES).items:
                    found[row["id"]] = "place"
            for near in self._near(reading, line, fact, where):
                found.setdefault(near, "location")
        return sorted(found.items())

    def _near(
        self, reading: Reading, line: Recorded, fact: ComplaintRegistered, where: Sequence[Filter]
    ) -> list[str]:
        if fact.location is None:
            return []
        here = point(
            self.vault.open_sealed(
                fact.location, stream=line.stream, version=line.version, name=REGISTERED, field="location"
            )
        )
        if here is None:
            return []
        community = fact.grid.rpartition("/")[0]
        placed = [Filter("grid", "under", community), Filter("location", "null", False), *where]
        page = rows(reading, "cases", where=placed, order=("ended_at", "desc"), limit=CANDIDATES)
        return [row["id"] for row in page.items if self._is_near(here, row["location"])]

    def _is_near(self, here: tuple[float, float], kept: str) -> bool:
        there = point(self._opened(json.loads(kept)))
        return there is not None and metres(here, there) <= NEAR_METRES

    def _opened(self, kept: dict[str, Any]) -> str | None:
        stream, version, name, field = kept["h"].split("|")
        return self.vault.open_sealed(
            Sealed(kept["s"], kept["b"]), stream=stream, version=int(version), name=name, field=field
        )
