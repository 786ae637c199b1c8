"""The register as it was: the cases of a page, each folded up to the moment and position asked about.

Nothing reads the whole log. Candidates come from the register of today, by what never changes of a case. One
whose last fact was recorded long enough before the moment is as it was then; the others, which changed since,
are folded from their own facts, at most `FOLDED` a page: a page may hold less than asked for and have a next.
"""

import re
from collections.abc import Sequence
from typing import Any

from api import sight
from api.answers import Reader, page
from api.lists import Asked, conditions, course
from api.problems import Problem
from api.then import Then, case_then, refused
from domain.messages import Actor
from engine.engine import Engine
from engine.holding import holds
from engine.read import AllOf, AnyOf, Condition, Filter, rows
from projections.adding_up import AHEAD
from projections.case import micros, moment
from projections.register import case_row
from projections.views import Row

FOLDED = 1_000
CHUNK = 200
CHANGING = frozenset({"state", "category", "lead", "track", "next_by"})
"""The columns a filter may name that change in a case's life; grid, channel, origin, urgency and the moment
of registration do not."""
CURSOR = re.compile(r"(\d{1,18})\.(\d{1,18})\.(\d{1,18})")


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
    today's. The cursor holds the moment and the position, so that all pages are of one register."""
    if asked.q:
        raise refused("q", "words are searched in the register of today only")
    before = None
    if cursor is not None:
        then, before = read_cursor(engine, cursor)
    settled = min(then.known_at, engine.log.position_at(moment(max(0, then.as_of - AHEAD))))
    every = list(conditions(engine, asked, then.as_of))
    changing = [each for each in every if columns(each) & CHANGING]
    lasting = [each for each in every if each not in changing]
    found: list[Row] = []
    folded, last, more = 0, before, True
    with engine.views.read() as reading:
        seen = sight.condition(actor, reader.now, reader.cases.places())
        way = course(reading, (*seen, *lasting))
        as_it_is = AllOf((Filter("position", "<=", settled), *changing))
        checked = [
            *way.checked,
            Filter("registered_at", "<=", then.as_of),
            Filter("registered_position", "<=", then.known_at),
            AnyOf((as_it_is, Filter("position", ">", settled))),
        ]
        while more and len(found) <= limit and folded < FOLDED:
            beyond = [] if last is None else [Filter("registered_position", "<", last)]
            got = rows(
                reading,
                "cases",
                where=[*way.where, *beyond],
                order=("registered_position", "desc"),
                limit=CHUNK,
                checked=checked,
                few=way.few,
                alone=True,
            )
            more = got.next is not None
            for row in got.items:
                last = row["registered_position"]
                if row["position"] > settled:
                    folded += 1
                was = row if row["position"] <= settled else changed(engine, reader, row, then, changing)
                if was is not None:
                    found.append(was)
                if len(found) > limit or folded >= FOLDED:
                    more = more or row is not got.items[-1]
                    break
    following = None
    if len(found) > limit:
        following = write_cursor(then, found[limit - 1]["registered_position"])
    elif more and last is not None:
        following = write_cursor(then, last)
    answer = Reader(reader.cases, reader.actor, then.as_of)
    return page(answer.of_rows(found[:limit]), following, **then.plain())


def changed(
    engine: Engine, reader: Reader, row: Row, then: Then, changing: Sequence[Condition]
) -> Row | None:
    """The row as it was then, if it passes."""
    case = case_then(engine, reader.cases, row["id"], then)
    if case is None:
        return None
    was = case_row(case)
    return was if all(holds(each, was) for each in changing) else None


def columns(condition: Condition) -> frozenset[str]:
    """The columns of the register that the condition names."""
    match condition:
        case AnyOf(parts) | AllOf(parts):
            return frozenset().union(*(columns(part) for part in parts))
        case _:
            return frozenset({condition.column})


def write_cursor(then: Then, position: int) -> str:
    return f"{then.as_of}.{then.known_at}.{position}"


def read_cursor(engine: Engine, cursor: str) -> tuple[Then, int]:
    """Problem 422 for one this list did not give out."""
    found = CURSOR.fullmatch(cursor)
    if found is None:
        raise Problem(422, "cursor.unknown")
    as_of, known, before = (int(part) for part in found.groups())
    if known > engine.log.head() or as_of > micros(engine.clock()):
        raise Problem(422, "cursor.unknown")
    return Then(as_of, known), before
