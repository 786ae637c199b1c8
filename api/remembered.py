"""Answers about a moment that is past, kept: what was true by then, as known at a position, never changes.

An answer known at a later position is the same if nothing was recorded in between that took effect by that
moment; one look at the marks of those positions tells.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from engine import read
from engine.engine import Engine
from engine.read import Filter
from engine.views import Reading
from projections.asking import Answer, Question, period_family

MOST = 2_000
"""Answers kept in memory: a dozen rows each at most of what is asked by month."""
ROWS = 200
"""Answers with more rows are not kept."""
LATER = 50_000
"""Positions between the two that are looked at, at most."""


T = TypeVar("T")


class Past:
    """The answers of one engine. Safe to use from several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._lock = Lock()

    def answer(
        self, reading: Reading, question: Question, families: Sequence[str], named: Hashable,
        make: Callable[[], T], size: Callable[[T], int],
    ) -> T:  # fmt: skip
        """The answer kept, or made now. `question` has a position, and an `as_of` that is past; `families`
        are those whose marks it counts, `named` what it asks of them."""
        known = question.known_at
        if known is None or known > reading.position():
            return make()
        key = (named, *key_of(reading, question))
        with self._lock:
            kept = self._kept.get(key)
        told: T
        if kept is not None and unchanged(reading, question, families, *sorted((kept[0], known))):
            told = kept[1]
        else:
            told = make()
            if size(told) > ROWS:
                return told
        with self._lock:
            self._kept[key] = known, told
            self._kept.move_to_end(key)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)
        return told


def key_of(reading: Reading, question: Question) -> tuple[Hashable, ...]:
    """All of the question but its indicator and position, and the making of the views that answered it."""
    asked = replace(question, known_at=None)
    own = (getattr(asked, name) for name in asked.__slots__ if name != "indicator")
    return (reading.generation.name, *own)


def unchanged(reading: Reading, question: Question, families: Sequence[str], first: int, last: int) -> bool:
    """Whether no mark that counts by the moment asked about was recorded after `first`, up to `last`."""
    if first == last:
        return True
    if last - first > LATER:
        return False
    between = [Filter("position", ">", first), Filter("position", "<=", last)]
    told = [Filter("family", "in", list(families)), *between, Filter("effective", "<=", question.as_of)]
    return not read.count(reading, "marks", told, up_to=1)


OF: WeakKeyDictionary[Engine, Past] = WeakKeyDictionary()


def remembered(engine: Engine, reading: Reading, question: Question, make: Callable[[], Answer]) -> Answer:
    """The rows of one figure."""
    families = sorted({question.indicator.family, period_family(question)})

    def size(answer: Answer) -> int:
        return len(answer.lines) + len(answer.small_groups)

    past = OF.setdefault(engine, Past())
    return past.answer(reading, question, families, question.indicator.id, make, size)


def remembered_parts(
    engine: Engine, reading: Reading, question: Question, families: Sequence[str], make: Callable[[], T],
) -> T:  # fmt: skip
    """What stands in the parts of several families by month."""
    named = ("parts", *families)
    return OF.setdefault(engine, Past()).answer(reading, question, families, named, make, lambda _: 0)
