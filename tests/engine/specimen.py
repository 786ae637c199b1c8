"""A projection small enough to check by hand, and a log to feed it: what the engine's own tests run on.

It folds three facts: an escalation puts a subject into a class (its reason), urging counts, withdrawing
ends it. Marks: `moves` (append-only), `totals` (additive), `classes` (the first row of a key stays).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.complaint.facts import (
    ComplaintAdopted,
    ComplaintEscalated,
    ComplaintUrged,
    ComplaintWithdrawn,
)
from domain.messages import Actor, Envelope, Recorded
from engine.codec import encode
from engine.log import Log, micros
from engine.views import Views

START = datetime(2025, 9, 1, tzinfo=UTC)
BY = Actor("tester", "admin")


@dataclass(frozen=True, slots=True)
class Spec:
    name: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    adds: tuple[str, ...] = ()
    once: bool = False
    grows: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    kind: str
    urged: int
    ended: bool
    changed: int
    clocks: tuple[str, ...]


class Specimen:
    """Refuses to fold an urging whose clock is `poison`."""

    NAME = "specimen"
    VERSION = 1
    STATE = Item
    FACTS: frozenset[type] = frozenset({ComplaintEscalated, ComplaintUrged, ComplaintWithdrawn})
    TABLES = (
        Spec(
            "items",
            {
                "id": "text",
                "kind": "text",
                "urged": "int",
                "share": "float",
                "changed": "int",
                "blob": "bytes",
            },
            ("id",),
            (("kind", "changed"), ("changed",)),
        ),
        Spec("clocks", {"id": "text", "clock": "text", "at": "int"}, ("id", "clock"), (("at",),)),
        Spec(
            "moves",
            {"id": "text", "position": "int", "kind": "text", "day": "int", "sign": "int"},
            ("id", "position", "kind"),
            (("kind", "day"),),
            grows=True,
        ),
        Spec("totals", {"kind": "text", "day": "int", "n": "int"}, ("kind", "day"), adds=("n",)),
        Spec("classes", {"kind": "text", "first_seen": "int"}, ("kind",), once=True),
    )

    def subject(self, line: Recorded) -> str:
        return line.stream

    def fold(self, state: Item | None, line: Recorded) -> Item:
        state = state or Item(line.stream, "", 0, False, 0, ())
        state = replace(state, changed=micros(line.recorded_at))
        match line.fact:
            case ComplaintEscalated(reason=reason):
                return replace(state, kind=reason)
            case ComplaintUrged(clock="poison"):
                raise ZeroDivisionError("this cannot be folded")
            case ComplaintUrged(clock=clock):
                clocks = tuple(sorted({*state.clocks, clock}))
                return replace(state, urged=state.urged + 1, clocks=clocks)
        return replace(state, ended=True, clocks=())

    def rows(self, state: Item) -> Mapping[str, Sequence[dict[str, Any]]]:
        row = {
            "id": state.id,
            "kind": state.kind or None,
            "urged": state.urged,
            "share": state.urged / 4,
            "changed": state.changed,
            "blob": state.id.encode(),
        }
        return {
            "items": [] if state.ended else [row],
            "clocks": [{"id": state.id, "clock": clock, "at": len(clock)} for clock in state.clocks],
        }

    def marks(
        self, before: Item | None, after: Item, line: Recorded
    ) -> Mapping[str, Sequence[dict[str, Any]]]:
        was, now = before.kind if before else "", "" if after.ended else after.kind
        if was == now:
            return {}
        day = line.occurred_at.date().toordinal()
        moved = [
            {"id": after.id, "position": line.position, "kind": kind, "day": day, "sign": sign}
            for kind, sign in ((was, -1), (now, 1))
            if kind
        ]
        return {
            "moves": moved,
            "totals": [{"kind": move["kind"], "day": day, "n": move["sign"]} for move in moved],
            "classes": [{"kind": now, "first_seen": line.position}] if now else [],
        }


SPECIMEN = Specimen()


def escalated(reason: str) -> ComplaintEscalated:
    return ComplaintEscalated(reason)


def urged(clock: str = "response") -> ComplaintUrged:
    return ComplaintUrged(True, clock, "", None)


def withdrawn() -> ComplaintWithdrawn:
    return ComplaintWithdrawn(None)


def ignored() -> ComplaintAdopted:
    """A fact the specimen does not fold."""
    return ComplaintAdopted("test")


def append(log: Log, facts: Iterable[tuple[str, object]], *, day: int = 0) -> int:
    """Append facts (stream, fact), a second apart; returns the head."""
    told = list(facts)
    with log.writing() as writing:
        position, last = writing.head()
        known = writing.streams({stream for stream, _ in told})
        versions = {stream: len(rows) for stream, rows in known.items()}
        rows = []
        for offset, (stream, fact) in enumerate(told, 1):
            versions[stream] = versions.get(stream, 0) + 1
            moment = START + timedelta(days=day, seconds=offset)
            name, body = encode(fact, Envelope(moment, BY))
            at = max(micros(moment), last)
            rows.append((position + offset, stream, versions[stream], name, at, body))
        writing.insert(rows)
    log.committed()
    return position + len(rows)


def story(subjects: int, *, first: int = 0) -> list[tuple[str, object]]:
    """A few facts for each of many subjects, mixed."""
    facts: list[tuple[str, object]] = []
    for n in range(first, first + subjects):
        facts.append((f"c-{n:06}", escalated("abc"[n % 3])))
    for n in range(first, first + subjects):
        facts.append((f"c-{n:06}", urged(("response", "closure")[n % 2])))
        if n % 5 == 0:
            facts.append((f"c-{n:06}", escalated("d")))
        if n % 7 == 0:
            facts.append((f"c-{n:06}", withdrawn()))
        if n % 3 == 0:
            facts.append((f"c-{n:06}", ignored()))
    return facts


def views_of(log: Log, data_dir: Path, database: str | None = None) -> Views:
    return Views(log, SPECIMEN.TABLES, {SPECIMEN.NAME: SPECIMEN.VERSION}, data_dir, database)


def everything(views: Views) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every view, sorted."""
    with views.read() as reading:
        return {
            name: sorted(map(tuple, reading.connection.execute(table.select())), key=repr)
            for name, table in reading.tables.items()
        }
