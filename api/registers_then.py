"""The registers as they were: the subjects of a page, each folded up to the moment and position asked about.

Nothing reads the whole log. Candidates come from the register of today, by what never changes of a subject.
One whose last fact was recorded long enough before the moment is as it was then; the others, which changed
since, are folded from their own facts, at most `FOLDED` a page: a page may hold less than asked for and have
a next. What the caller may know of is asked of today's rows: who has no right now has none to what was.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ParamSpec

from fastapi import Response

from api import sight
from api.answers import Reader, page
from api.listing import newest_of
from api.lists import LONGEST_WAIT, Asked, Course, conditions, course
from api.orders import said
from api.problems import Problem, not_found
from api.then import Then, lines_then, refused
from domain.messages import Actor
from engine.engine import Engine
from engine.fold import Projection
from engine.holding import holds
from engine.read import AllOf, AnyOf, Condition, Filter, rows
from engine.views import Reading
from projections.adding_up import AHEAD
from projections.case import micros, moment
from projections.cases import CASES, Cases
from projections.register import CASES_TABLE
from projections.views import Row

P = ParamSpec("P")
FOLDED = 1_000
CHUNK = 200
Shown = Callable[[Row], dict[str, Any]]
"""Tells a row to one caller."""

CURSOR = re.compile(r"(\d{1,18})\.(\d{1,18})\.([0-9A-Za-z._-]{1,300})")


def straight(reading: Reading, where: Sequence[Condition]) -> Course:
    """As an index finds them."""
    return Course(where)


@dataclass(frozen=True, slots=True)
class Register:
    """A table with one row for each subject, and what makes the row: the facts of the subject's own stream.

    `order` is a column that never changes and no two rows share, and `lasting` the others that never change
    in a subject's life: a filter that names another column is asked of the row of then. `first` holds the
    position of the subject's first fact, `begun` when it happened, each "" where no column does;
    `stream` makes a row's id its stream."""

    projection: Projection
    table: str
    order: tuple[str, str]
    lasting: frozenset[str]
    first: str = ""
    begun: str = ""
    stream: Callable[[str], str] = str
    course: Callable[[Reading, Sequence[Condition]], Course] = straight

    def changes(self, condition: Condition) -> bool:
        """Whether a subject may pass now and not have passed then."""
        match condition:
            case AnyOf(parts) | AllOf(parts):
                return any(self.changes(part) for part in parts)
            case Filter(column):
                return column not in self.lasting
        return True

    def place(self, last: str) -> int | str:
        """A place of its order, as a cursor holds it. Problem 422 for what is none."""
        (table,) = [each for each in self.projection.TABLES if each.name == self.table]
        if table.columns[self.order[0]] != "int":
            return last
        if not re.fullmatch(r"\d{1,18}", last):
            raise Problem(422, "cursor.unknown")
        return int(last)

    def state(self, engine: Engine, id: str, then: Then) -> Any:
        """The subject by the facts that had happened and were known; None where it was not there yet."""
        state: Any = None
        for line in lines_then(engine, self.stream(id), then):
            if type(line.fact) in self.projection.FACTS:
                state = self.projection.fold(state, line)
        return state

    def must(self, engine: Engine, id: str, then: Then) -> Any:
        """Problem 404 where it was not there yet."""
        state = self.state(engine, id, then)
        if state is None:
            raise not_found()
        return state

    def must_row(self, engine: Engine, id: str, then: Then) -> Row:
        """The row as it was then. Problem 404 as `must`."""
        was = self.row(engine, id, then, ())
        if was is None:
            raise not_found()
        return was

    def row(self, engine: Engine, id: str, then: Then, asked: Sequence[Condition]) -> Row | None:
        """The row as it was then, if it passes."""
        state = self.state(engine, id, then)
        if state is None:
            return None
        made = self.projection.rows(state)
        was = dict(made[self.table][0])
        related = {table: (lambda of=table: made[of]) for table in made}
        return was if all(holds(each, was, related) for each in asked) else None


@dataclass(frozen=True, slots=True)
class Found:
    """A page, and which moment it is of: all pages are of the first one's."""

    rows: list[Row]
    next: str | None
    then: Then


@dataclass(frozen=True, slots=True)
class Beside:
    """What a list asks of another register too: which of today's rows are left out unseen, and whether one
    found is kept, by its id."""

    where: Sequence[Condition]
    keeps: Callable[[str], bool]


def found_then(
    engine: Engine,
    register: Register,
    then: Then,
    seen: Sequence[Condition],
    asked: Callable[[Then], Iterable[Condition]],
    *,
    after: str | None,
    limit: int,
    beside: Callable[[Then, int], Beside] | None = None,
) -> Found:
    """`seen` is what the caller may know of today; `asked` makes the filters of then; `beside` is told the
    moment, and up to which position all of today's rows are as they were. The cursor holds
    the moment and the position. Problem 422 for a cursor of another list, 503 where the register of today
    has not come as far as what is asked about."""
    last: Any = None
    if after is not None:
        then, last = read_cursor(engine, after)
        last = register.place(last)
    if not engine.views.wait_for(then.known_at, LONGEST_WAIT):
        raise Problem(503, "views.behind", headers={"Retry-After": "1"})
    settled = min(then.known_at, engine.log.position_at(moment(max(0, then.as_of - AHEAD))))
    every = list(asked(then))
    changing = [each for each in every if register.changes(each)]
    as_it_is = AllOf((Filter("position", "<=", settled), *changing))
    checked: list[Condition] = [AnyOf((as_it_is, Filter("position", ">", settled)))]
    if register.first:
        checked.append(Filter(register.first, "<=", then.known_at))
    if register.begun:
        checked.append(Filter(register.begun, "<=", then.as_of))
    other = beside(then, settled) if beside else Beside((), lambda _: True)
    checked += other.where
    by, direction = register.order
    found: list[Row] = []
    folded, more = 0, True
    with engine.views.read() as reading:
        way = register.course(reading, (*seen, *(each for each in every if each not in changing)))
        while more and len(found) <= limit and folded < FOLDED:
            beyond = [] if last is None else [Filter(by, "<" if direction == "desc" else ">", last)]
            got = rows(
                reading,
                register.table,
                where=[*way.where, *beyond],
                order=register.order,
                limit=CHUNK,
                checked=[*way.checked, *checked],
                few=way.few,
                alone=True,
            )
            more = got.next is not None
            for row in got.items:
                last = row[by]
                was: Row | None = row
                if row["position"] > settled:
                    folded += 1
                    was = register.row(engine, row["id"], then, changing)
                if was is not None and other.keeps(row["id"]):
                    found.append(was)
                if len(found) > limit or folded >= FOLDED:
                    more = more or row is not got.items[-1]
                    break
    following = None
    if len(found) > limit:
        following = write_cursor(then, found[limit - 1][by])
    elif more and last is not None:
        following = write_cursor(then, last)
    return Found(found[:limit], following, then)


def listing(
    engine: Engine,
    register: Register,
    seen: Sequence[Condition],
    asked: Sequence[Condition],
    shown: Callable[[int], Shown],
    *,
    then: Then | None,
    after: str | None,
    limit: int,
    total: bool = False,
) -> dict[str, Any]:
    """A page of a register in its order: of today, or as it was then. `shown` makes what tells a row as of a
    moment. `total`: how many pass in all, which is told of today only."""
    if then is not None:
        found = found_then(engine, register, then, seen, lambda _: asked, after=after, limit=limit)
        return told(found, shown(found.then.as_of))
    return newest_of(
        engine, register.table, register.order[0], (*seen, *asked), shown(micros(engine.clock())),
        after=after, limit=limit, alone=True, total=total,
    )  # fmt: skip


def told(found: Found, shown: Shown) -> dict[str, Any]:
    return page([shown(row) for row in found.rows], found.next, **found.then.plain())


# ------------------------------------------------------------------ complaints

COMPLAINTS = Register(
    CASES,
    CASES_TABLE.name,
    ("registered_position", "desc"),
    frozenset(CASES_TABLE.columns) - {"state", "category", "lead", "track", "next_by"},
    first="registered_position",
    begun="registered_at",
    course=course,
)
"""Of what a filter may name, grid, channel, origin, urgency, the numbers and the moment of registration
never change."""


def complaints_then(
    engine: Engine,
    reader: Reader,
    actor: Actor,
    asked: Asked,
    then: Then,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """A page, newest first, of what the caller may know of today. Problem 422 for `q`: the index of words is
    today's."""
    if asked.q:
        raise refused("q", "words are searched in the register of today only")
    return cases_then(
        engine, reader, actor, lambda of: conditions(engine, asked, of.as_of), then, cursor, limit
    )


def cases_then(
    engine: Engine,
    reader: Reader,
    actor: Actor,
    asked: Callable[[Then], Iterable[Condition]],
    then: Then,
    cursor: str | None,
    limit: int,
) -> dict[str, Any]:
    """The same by conditions on their table."""
    zone = engine.desk.stage().organisation.zone
    found = found_then(
        engine,
        replace(COMPLAINTS, projection=Cases(zone.key)),
        then,
        sight.condition(actor, reader.now, reader.cases.places()),
        asked,
        after=cursor,
        limit=limit,
    )
    answer = Reader(reader.cases, reader.actor, found.then.as_of)
    return page(answer.of_rows(found.rows), found.next, **found.then.plain())


# ------------------------------------------------------------------ cursors


def write_cursor(then: Then, last: int | str) -> str:
    return f"{then.as_of}.{then.known_at}.{last}"


def read_cursor(engine: Engine, cursor: str) -> tuple[Then, str]:
    """Problem 422 for one no register of then gave out."""
    found = CURSOR.fullmatch(cursor)
    if found is None:
        raise Problem(422, "cursor.unknown")
    as_of, known, last = int(found[1]), int(found[2]), found[3]
    if known > engine.log.head() or as_of > micros(engine.clock()):
        raise Problem(422, "cursor.unknown")
    return Then(as_of, known), last


def answering(read: Callable[P, dict[str, Any]]) -> Callable[P, Coroutine[Any, Any, Response]]:
    """What is read, as an answer, beside whoever else is answered."""

    async def answer(*asked: P.args, **told: P.kwargs) -> Response:
        return said(await asyncio.to_thread(read, *asked, **told))

    return answer


listed = answering(listing)
