"""The two clocks of every answer about the past: the world as of a moment, as it was known at a position.

`as_of` goes by when things happened, `known_at` by when they were recorded. What a counter enters late shows
in the first and not yet in the second.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query

from api import periods, problems
from api.answers import at
from api.cases import Cases
from api.orders import AtEngine
from domain.complaint.facts import ComplaintRegistered
from domain.messages import Recorded
from engine.engine import Engine
from projections.case import Case, micros, moment
from projections.points import account as accounts


@dataclass(frozen=True, slots=True)
class Then:
    """`as_of` in microseconds, `known_at` a position of the log; both are included."""

    as_of: int
    known_at: int

    def keeps(self, line: Recorded) -> bool:
        return line.position <= self.known_at and micros(line.occurred_at) <= self.as_of

    def kept(self, lines: Iterable[Recorded]) -> list[Recorded]:
        return [line for line in lines if self.keeps(line)]

    def plain(self) -> dict[str, Any]:
        return {"as_of": at(self.as_of), "known_at": self.known_at}

    def over(self) -> dict[str, Any]:
        """What one subject's answer ends with: what is past allows nothing."""
        return {"allowed": [], "refused": []} | self.plain()


TO_COME = "it lies in the future"
TOO_LATE = "it lies after known_at: nobody could know it then"


class Unknowable(problems.Problem):
    """422: nobody can know it. `name` is the clock that does not fit."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(422, "query.invalid", message=f"{name}: {why}")
        self.name, self.why = name, why


def refused(name: str, why: str) -> problems.Problem:
    return problems.Problem(422, "query.invalid", message=f"{name}: {why}")


def resolved(engine: Engine, as_of: str, known_at: str) -> Then | None:
    """None where neither is asked for. Today means up to now. Problem 422 for what nobody can know: a moment
    to come, a position the log has not reached, the world as of a day after what was known."""
    if not as_of and not known_at:
        return None
    zone, now = engine.desk.stage().organisation.zone, micros(engine.clock())
    first, last = now, now
    if as_of:
        first, last = (micros(each) for each in periods.span(as_of, "as_of", zone))
        if first > now:
            raise Unknowable("as_of", TO_COME)
    known, knew = position_of(engine, known_at, now)
    if as_of and first > knew:
        raise Unknowable("as_of", TOO_LATE)
    return Then(min(last, now), known)


def position_of(engine: Engine, known_at: str, now: int) -> tuple[int, int]:
    """The position, and the last moment at which no more than that was known."""
    head = engine.log.head()
    if not known_at:
        return head, now
    if known_at.isascii() and known_at.isdigit():
        position = int(known_at)
        if position > head:
            raise Unknowable("known_at", f"the log ends at {head}")
        following = engine.log.rows(position, 1)
        return position, following[0][4] if following else now
    zone = engine.desk.stage().organisation.zone
    first, last = (micros(each) for each in periods.span(known_at, "known_at", zone))
    if first > now:
        raise Unknowable("known_at", TO_COME)
    return engine.log.position_at(moment(min(last, now))), last


async def then(
    engine: AtEngine,
    as_of: Annotated[
        str, Query(max_length=40, description="The world as it was then: a moment, or a day, included.")
    ] = "",
    known_at: Annotated[
        str, Query(max_length=40, description="What was recorded by then; also a position of the log.")
    ] = "",
) -> Then | None:
    return await asyncio.to_thread(resolved, engine, as_of, known_at) if as_of or known_at else None


AtThen = Annotated[Then | None, Depends(then)]


# ------------------------------------------------------------------ subjects as they were


def lines_then(engine: Engine, stream: str, then: Then) -> list[Recorded]:
    """The facts of one stream that had happened and were known; none where its first had not."""
    lines = then.kept(engine.log.stream(stream, until=then.known_at))
    return lines if lines and lines[0].version == 1 else []


def case_then(engine: Engine, cases: Cases, complaint: str, then: Then) -> Case | None:
    """The case by the facts that had happened and were known; None where it was not registered yet."""
    lines = lines_then(engine, complaint, then)
    return cases.after(None, lines) if lines and isinstance(lines[0].fact, ComplaintRegistered) else None


def account_then(engine: Engine, account: str, then: Then) -> accounts.Account:
    """The same of an account. Problem 404 where it was not opened yet."""
    found: accounts.Account | None = None
    for line in lines_then(engine, account, then):
        found = accounts.fold(found, line)
    if found is None:
        raise problems.not_found()
    return found
