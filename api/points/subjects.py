"""One account, claim or redemption as it is now, folded from its own facts: never behind, whatever the views
have read. The fold is the projection's, so an answer and a list row say the same."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Annotated, Generic, Protocol, TypeVar

from fastapi import Depends, Request

from api import problems
from domain.messages import Clear, Recorded
from domain.organisation import Organisation
from engine.engine import Engine
from projections.case import Kept
from projections.points import account, attendance, claims, panel, redemptions

REMEMBERED = 5_000
"""Subjects of one kind folded and kept per application (about 2 kB each, nothing opened)."""


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


T = TypeVar("T", bound=Versioned)


class Subjects(Generic[T]):
    """All of one kind; their ids begin with `prefix`. Safe to use from several threads."""

    def __init__(self, engine: Engine, prefix: str, fold: Callable[[T | None, Recorded], T]) -> None:
        self._engine = engine
        self._prefix = prefix
        self._fold = fold
        self._known: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def find(self, id: str) -> T | None:
        """None if there is none of that id. Reads at most the facts it has not seen."""
        if not id.startswith(self._prefix):
            return None
        with self._lock:
            found = self._known.get(id)
        for line in self._engine.log.stream(id, found.version if found else 0):
            found = self._fold(found, line)
        if found is not None:
            with self._lock:
                known = self._known.get(id)
                if known is None or known.version < found.version:
                    self._known[id] = found
                self._known.move_to_end(id)
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return found

    def must(self, id: str) -> T:
        """Problem 404 if there is none."""
        found = self.find(id)
        if found is None:
            raise problems.not_found()
        return found

    def at(self, id: str, version: int) -> T:
        """As it was at a version. Problem 404 if it never was."""
        now = self.must(id)
        if now.version == version:
            return now
        found: T | None = None
        for line in self._engine.log.stream(id):
            if line.version <= version:
                found = self._fold(found, line)
        if found is None:
            raise problems.not_found()
        return found


class Points:
    """What the routes of the points share, one per application. `turns` lets orders that met somebody faster
    be composed anew one at a time, so that they do not run into each other again."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.accounts = Subjects(engine, "acct-", account.fold)
        self.claims = Subjects(engine, "clm-", claims.fold)
        self.redemptions = Subjects(engine, "rdm-", redemptions.fold)
        self.panels = Subjects(engine, "panel-", panel.fold)
        self.attendances = Subjects(engine, "att-", attendance.fold)
        self.turns = asyncio.Lock()

    def places(self) -> Organisation:
        return self.engine.desk.stage().organisation

    def opened(self, kept: Kept | None) -> str | None:
        """The clear value; None where there is none, or its key was destroyed. What a dry run has not yet
        sealed is said as it was given."""
        if kept is None:
            return None
        if isinstance(kept.sealed, Clear):
            return kept.sealed.text
        return self.engine.vault.open_kept(kept)


async def points_of(request: Request) -> Points:
    points: Points = request.app.state.points
    return points


AtPoints = Annotated[Points, Depends(points_of)]
