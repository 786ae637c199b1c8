"""How many cases stand behind each choice of the queue's filters, as far as that is counted cheaply."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from api.answers import Reader
from api.lists import Asked, conditions, nearest
from api.pages import lately
from engine.engine import Engine
from engine.read import Condition, spread

COLUMNS = ("state", "category", "grid", "lead")
MANY = 99
LOOKED_AT = 1_000
"""Cases looked at for one answer. Where there are more, a choice is told only if it has many among these."""
OPEN = ("received", "dispatched", "handling", "resolved")
Counts = Mapping[str, Mapping[str, str]]
"""By filter and value: `37`, or `99+`."""


def counts(
    engine: Engine, reader: Reader, seen: Sequence[Condition], asked: Asked
) -> tuple[Counts, int | None]:
    """What each choice would show, the other conditions staying as they are, and how many pass in all, up to
    LOOKED_AT, where that came out. Of two and more that are chosen already, a choice is not told. Nothing
    where words are searched: each case would have to be opened."""
    if asked.q:
        return {}, None
    chosen = [name for name in COLUMNS if any(getattr(asked, name))]
    free = [name for name in COLUMNS if name not in chosen]
    found, total = counted(engine, reader, seen, asked, free) if free else ({}, None)
    for name in chosen if len(chosen) == 1 else ():
        nothing: Any = "" if name == "grid" else ()
        found |= counted(engine, reader, seen, replace(asked, **{name: nothing}), [name])[0]
    return found, total


def counted(
    engine: Engine, reader: Reader, seen: Sequence[Condition], asked: Asked, by: Sequence[str]
) -> tuple[dict[str, dict[str, str]], int]:
    narrowed = [*conditions(engine, asked, reader.now, reads=reader.reads)]
    with engine.views.read() as reading:

        def look() -> list[dict[str, Any]]:
            where, checked = nearest(reading, asked, narrowed, seen)
            return spread(reading, "cases", by, where, LOOKED_AT, checked)

        if asked.overdue is None and not asked.due:
            rows = lately.counted(engine, reading, reader, (asked, tuple(by)), look)
        else:
            rows = look()
    total = sum(row["n"] for row in rows)
    return {name: dict(told(added(rows, name), total < LOOKED_AT)) for name in by}, total


def added(rows: Sequence[Mapping[str, Any]], name: str) -> Counter[str]:
    """Of a grid also for what lies above it; of an open state also for `open`."""
    found: Counter[str] = Counter()
    for row in rows:
        value = row[name]
        found[value] += row["n"]
        if name == "state" and value in OPEN:
            found["open"] += row["n"]
        while name == "grid" and "/" in value:
            value = value.rpartition("/")[0]
            found[value] += row["n"]
    return found


def told(found: Mapping[str, int], whole: bool) -> list[tuple[str, str]]:
    return [
        (value, f"{MANY}+" if n > MANY else str(n))
        for value, n in found.items()
        if value and (whole or n > MANY)
    ]
