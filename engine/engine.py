"""The engine put together: one log, one vault, one desk, and everything that follows them."""

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import orjson

from engine.accounts import Accounts
from engine.blobs import Blobs
from engine.desk import Decider, Desk
from engine.errors import StoreUnavailable
from engine.failures import Failures
from engine.fold import Projection
from engine.follow import STUCK, Follower, Progress
from engine.forgetting import Forgetting, forget, forget_again
from engine.ledgerbook.trail import BESIDE, Setup, Trail
from engine.log import Log
from engine.loop import Loop
from engine.reactions import Reaction, Reactions, Recurrences
from engine.rebuild import drop_retired, rebuild
from engine.search import Search
from engine.vault import Vault
from engine.views import Views
from engine.watch import Duty, Watch

SEARCH_POLL = 0.5
TIDY_SECONDS = 20.0
COLLECT = (50_000, 20, 100)
"""How seldom the garbage collector looks. At its usual pace it walks the states in memory, which make no
cycles, again and again: a seventh of a command's time, a quarter of an import's."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class Engine:
    """One deployment, opened. Nothing runs in the background before `start`.

    The threads that follow the log run in one process at a time (the lease `views`); in the others they wait
    to take over.
    """

    def __init__(
        self,
        data_dir: Path,
        database: str | None,
        projections: Sequence[Projection] | Callable[[Log], Sequence[Projection]],
        deciders: Mapping[str, Decider],
        clock: Callable[[], datetime],
        *,
        watch: bool,
        reactions: Sequence[Reaction] = (),
        duties: Sequence[Duty] = (),
        audit: Setup = BESIDE,
        master: Path | None = None,
    ) -> None:
        self.data_dir = data_dir
        self.database = database
        self.clock = clock
        self.log = Log.open(database, data_dir)
        try:
            # With new keys everything in the log would read as erased.
            self.vault = Vault.open(data_dir, make=self.log.head() == 0, master=master)
            self.forgetting = Forgetting(self.log)
            self.vault.forgetting = self.forgetting
            self.accounts = Accounts(self.log, self.vault)
            self.failures = Failures(self.log, self.vault)
            self.blobs = Blobs.open(data_dir)
            self.search = Search.open(data_dir, database, self.log, self.vault)
            forget_again(self.forgetting, self.vault, self.forget)
            self.trail = Trail.open(data_dir, self.log, audit, clock)
            self.projections = tuple(projections(self.log) if callable(projections) else projections)
        except BaseException:
            self.log.close()
            raise
        specs = [table for projection in self.projections for table in projection.TABLES]
        makers = {projection.NAME: projection.VERSION for projection in self.projections}
        self.views = Views(self.log, specs, makers, data_dir, database)
        self.desk = Desk(self.log, self.vault, deciders, clock, at_once=self.trail.at_once)
        self.follower = Follower(self.log, self.views, self.projections)
        self.watch = Watch(
            self.log, self.views, self.desk, clock, self.leads, duties=duties, look=self.desk.state
        )
        self.reactions = [Reactions(self.log, self.desk, each, self.leads) for each in reactions]
        self.recurrences = Recurrences(self.log, self.views, self.desk, self.vault, self.leads)
        self.follower.renew = lambda: rebuild(self, swap=True)
        self.indexing = Loop("search", self._index)
        self.tidying = Loop("tidy", self._tidy)
        self._watching = watch

    @classmethod
    def open(
        cls,
        data_dir: Path | str,
        database: str | None = None,
        *,
        projections: Sequence[Projection] | Callable[[Log], Sequence[Projection]],
        deciders: Mapping[str, Decider],
        clock: Callable[[], datetime] | None = None,
        watch: bool = True,
        reactions: Sequence[Reaction] = (),
        duties: Sequence[Duty] = (),
        audit: Setup = BESIDE,
        master: Path | None = None,
    ) -> Self:
        """Open a deployment: the embedded store in `data_dir`, or PostgreSQL at the URL `database` (keys and
        evidence stay in `data_dir`). `projections` may be asked of the log once it is open. `clock` tells the
        time in UTC. `reactions` and `duties` are what the deciders want to follow from facts and from
        moments; the engine knows none of them. `audit` says where the audit trail's key stands, `master`
        where the master key of sealed values does, if not beside them.

        Raises StoreUnavailable if the store cannot be reached, StoreDamaged if a file is torn, or the keys
        of a log that is not empty are gone.
        """
        gc.set_threshold(*COLLECT)
        return cls(
            Path(data_dir),
            database,
            projections,
            deciders,
            clock or utc_now,
            watch=watch,
            reactions=reactions,
            duties=duties,
            audit=audit,
            master=master,
        )

    def forget(self, person: str, streams: Sequence[str] = ()) -> bool:
        """Make everything about an erased person unreadable: once the fact is recorded, and again whenever
        it was not finished. `streams`: his cases, where the caller knows more of them than the search index.
        False where his key was gone already."""
        cases = dict.fromkeys([*streams, *self.search.index.streams_of(person)])
        done = forget(self.log, self.vault, self.accounts, person, cases)
        self.search.forget(person)
        return done

    def leads(self) -> bool:
        """Whether this process is the one that follows the log."""
        return self.follower.leads

    def start(self) -> None:
        """Start the threads: views, search index, audit trail, recurrences and (unless opened without) the
        watch."""
        self.follower.start()
        self.indexing.start()
        self.tidying.start()
        self.trail.start()
        if self._watching:
            self.recurrences.start()
            for reaction in self.reactions:
                reaction.loop.start()
            self.watch.start()

    def _index(self) -> float:
        if not self.leads():
            return SEARCH_POLL
        self.log.wait(self.search.catch_up(), SEARCH_POLL)
        return 0.0

    def _tidy(self) -> float:
        if self.leads():
            drop_retired(self)
        return TIDY_SECONDS

    def catch_up(self, until: int | None = None, progress: Progress = lambda done, of: None) -> int:
        """Bring views and search index to the log's head (or the views to `until`); returns the position.

        For tests and commands that need today's rows. Raises Poison for a fact that cannot be folded,
        TimeoutError where another process leads and does not go on.
        """
        position = self.follower.catch_up(until, progress)
        self.search.catch_up()
        return position

    def health(self) -> dict[str, Any]:
        """How each part is doing, as plain data. `ok` is False when somebody should look.

        `views.stuck` names the fact that stops the views; `views.behind` counts positions to the head;
        `clock_stepped` is a step of the clock that holds the watch back; `audit.refused` says why no
        checkpoint is signed; `reactions` names the last wishes that were refused.
        """
        try:
            head, position = self.log.head(), self.views.position()
            stuck = self.log.setting(STUCK)
            stepped = self.watch.guard.stepped()
            outdated = self.views.outdated()
            audit = self.trail.health()
        except StoreUnavailable as error:
            return {"ok": False, "store": str(error)}
        told = None if stuck is None else orjson.loads(stuck)
        troubles = {
            loop.name: loop.trouble
            for loop in (
                self.follower.loop,
                self.indexing,
                self.recurrences.loop,
                *(each.loop for each in self.reactions),
                self.watch.loop,
                self.tidying,
                self.trail.loop,
            )
            if loop.trouble
        }
        return {
            "ok": told is None and stepped is None and not troubles and not outdated and not audit["refused"],
            "head": head,
            "leads": self.leads(),
            "views": {
                "generation": self.views.live().name,
                "position": position,
                "behind": max(0, head - position),
                "stuck": told if told is not None else _plain(self.follower.stuck),
                "outdated": outdated,
            },
            "search": {"position": self.search.position()},
            "reactions": {each.reaction.name: {"refused": each.refused()} for each in self.reactions},
            "audit": audit,
            "clock_stepped": stepped,
            "troubles": troubles,
        }

    def close(self) -> None:
        """Stop the threads, carry out the orders accepted, close every file. Safe to call twice."""
        reacting = [each.loop for each in self.reactions]
        loops = (
            self.watch.loop,
            self.recurrences.loop,
            *reacting,
            self.indexing,
            self.tidying,
            self.trail.loop,
            self.follower.loop,
        )
        for loop in loops:
            loop.ask_to_stop()
        self.trail.ask()  # it waits to be asked, the others for the log
        self.log.committed()
        for loop in loops:
            loop.stop()
        self.follower.stop()
        self.trail.close()
        self.desk.close()
        self.views.close()
        self.search.close()
        self.vault.close()
        self.log.close()


def _plain(stuck: Any) -> dict[str, Any] | None:
    return None if stuck is None else asdict(stuck)
