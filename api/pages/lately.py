"""What the queue asks of the views, kept while nothing is recorded: its pages ask the same over and over."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from api import sight
from api.answers import Reader
from engine.engine import Engine
from engine.read import Among, Condition, Filter, spread
from engine.views import Reading

COUNTS = 2_000
"""Counts kept in memory."""
UNITS = 8
"""Units whose cases are kept by name."""
NAMED = 5_000
"""Tasks of a unit up to which its cases are named one by one."""
MINUTE = 60_000_000
"""Microseconds after which time itself may have changed what a caller sees (api/sight.py)."""
T = TypeVar("T")


class Lately:
    """The latest answers, at most so many. Safe to use from several threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def once(self, key: Hashable, ask: Callable[[], T]) -> T:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                kept: T = self._kept[key]
                return kept
        found = ask()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found


OF_COUNTS: WeakKeyDictionary[Engine, Lately] = WeakKeyDictionary()
OF_UNITS: WeakKeyDictionary[Engine, Lately] = WeakKeyDictionary()


def counted(engine: Engine, reading: Reading, reader: Reader, asked: Hashable, ask: Callable[[], T]) -> T:
    """What this caller was told where the views have come no further since, at the same minute; else asked.
    `asked` names all of the question, and nothing in it may hang on the second."""
    kept = OF_COUNTS.setdefault(engine, Lately(COUNTS))
    return kept.once((*here(reading, reader), asked), ask)


def here(reading: Reading, reader: Reader) -> tuple[Hashable, ...]:
    actor = reader.actor
    caller = (actor.role, actor.scope, actor.person)
    return (reading.generation.name, reading.position(), reader.now // MINUTE, *caller)


def seen(engine: Engine, reader: Reader) -> Sequence[Condition]:
    """What a list of this caller is narrowed to, for who asks several times of one page: a unit's tasks are
    gone through once, and its cases named, where they are not too many."""
    told = sight.condition(reader.actor, reader.now, reader.cases.places())
    match told:
        case [Among(column, table, select, where, False)]:
            with engine.views.read() as reading:

                def ask() -> Sequence[Condition]:
                    found = spread(reading, table, [select], where, NAMED)
                    if sum(row["n"] for row in found) == NAMED:
                        return told
                    return (Filter(column, "in", [row[select] for row in found]),)

                return OF_UNITS.setdefault(engine, Lately(UNITS)).once(here(reading, reader), ask)
    return told
