"""Cases found by their words, a page at a time: the index names what may have them, and only what a page is
about to show is opened to see whether it does."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from engine import search
from engine.engine import Engine
from engine.read import AnyOf, Condition, Filter, Page, count, cursor_after
from engine.views import Reading
from projections.views import Row

CHUNK = 50
"""Rows fetched at once, so that words few of the candidates have do not ask for each alone."""
Fetch = Callable[[str | None, int], Page]
"""The rows after a cursor, at most so many."""


@dataclass(frozen=True, slots=True)
class Counted:
    """How many pass; `more`: at least so many."""

    n: int
    more: bool


def candidates(engine: Engine, q: str) -> list[str]:
    """The cases that may have the words, the latest first; to be opened, by `page`."""
    return engine.search.candidates(q) if engine.search.searchable(q) else []


def numbers(q: str) -> tuple[Filter, ...]:
    """A query may be a number instead: the case's own, or that of where it came from."""
    own = [Filter(column, "=", q.upper()) for column in ("number", "external_number")]
    return (Filter("external_number", "=", q), *own)


def page(
    engine: Engine, reading: Reading, q: str, fetch: Fetch, order: tuple[str, str], limit: int,
    cursor: str | None = None,
) -> Page:  # fmt: skip
    """Of the rows that `fetch` finds, as many as a page holds in whose words the query occurs. `next` is None
    exactly if there is no other."""
    found: list[Row] = []
    for row in kept(engine, q, fetch, cursor, max(CHUNK, limit + 1)):
        if len(found) == limit:
            return Page(found, cursor_after(reading, "cases", order, found[-1]))
        found.append(row)
    return Page(found, None)


def kept(engine: Engine, q: str, fetch: Fetch, cursor: str | None, chunk: int) -> Iterator[Row]:
    while True:
        got = fetch(cursor, chunk)
        numbered = {row["id"] for row in got.items if is_numbered(row, q)}
        others = [row["id"] for row in got.items if row["id"] not in numbered]
        having = engine.search.confirm(q, others)
        following = next(having, None)
        for row in got.items:
            if row["id"] in numbered:
                yield row
            elif row["id"] == following:
                yield row
                following = next(having, None)
        if got.next is None:
            return
        cursor = got.next


def is_numbered(row: Row, q: str) -> bool:
    return q == row["external_number"] or q.upper() in (row["number"], row["external_number"])


def counted(engine: Engine, reading: Reading, q: str, where: Sequence[Condition]) -> Counted | None:
    """How many pass `where`, by the index; None where it alone cannot tell."""
    if not engine.search.proven(q):
        return None
    n = count(reading, "cases", where, up_to=search.CANDIDATES)
    return Counted(n, max(map(named, where), default=0) >= search.CANDIDATES)


def named(condition: Condition) -> int:
    """How many cases the index has named in the condition of `q`."""
    parts = condition.conditions if isinstance(condition, AnyOf) else ()
    return max((len(each.value) for each in parts if isinstance(each, Filter) and each.op == "in"), default=0)
