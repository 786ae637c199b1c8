"""Rebuilds the views from the log into a side store, compares them with the live ones, and swaps.

The desk keeps working: the side store catches up with what was recorded meanwhile before it goes live, in one
step. The old generation is deleted a while later, when nobody can still be reading it.
"""

import multiprocessing
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson

from engine.bulk import SHARE_EVENTS, Folded, Load, Scattered, Work, fold_share, packed, part_file
from engine.compare import Difference, first_difference
from engine.fold import Projection
from engine.follow import Applier
from engine.log import Log
from engine.views import Generation, Views

LEASE = "rebuild"
LEASE_SECONDS = 30.0
LAST = "views.last"
BUILDING = "views.building"
RETIRED = "views.retired"
GRACE_SECONDS = 60.0
"""How long the generation before a swap stays: longer than any read takes."""
NEAR = 200
"""A side store goes live once fewer positions than this came while it caught up; the follower does the
rest."""

Progress = Callable[[int, int], None]
"""Called with (events done, events in all) now and then."""


class RebuildUnderway(Exception):
    """Another process is rebuilding the views of this store."""


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """`events`: lines of the log up to the position reached. `seconds`: until the side store was loaded and
    had caught up. `difference`: the first one a verification found; None also when none was asked.
    `generation`: what was built; it is live when `swapped`, deleted otherwise."""

    events: int
    seconds: float
    events_per_second: float
    difference: Difference | None
    generation: str
    swapped: bool


class Deployment(Protocol):
    """What of the engine a rebuild needs."""

    @property
    def log(self) -> Log: ...
    @property
    def views(self) -> Views: ...
    @property
    def projections(self) -> tuple[Projection, ...]: ...
    @property
    def data_dir(self) -> Path: ...
    @property
    def database(self) -> str | None: ...


def rebuild(
    engine: Deployment,
    projections: Sequence[Projection] | None = None,
    *,
    until: int | None = None,
    jobs: int = 1,
    verify: bool = False,
    swap: bool = False,
    progress: Progress | None = None,
) -> RebuildReport:
    """Rebuild views from the log. `until` is a position (default: the head); `jobs` processes share the work.

    Without `swap` the side store is deleted again. A difference found by `verify` forbids the swap.
    Raises ValueError for what makes no sense together, RebuildUnderway, Poison, StoreUnavailable.
    """
    chosen = tuple(projections or engine.projections)
    if swap and (until is not None or {p.NAME for p in chosen} != {p.NAME for p in engine.projections}):
        raise ValueError("what goes live has every projection, up to the head of the log")
    if verify and until is not None and until != engine.views.position():
        raise ValueError(f"the live views stand at {engine.views.position()}: they say nothing of {until}")
    rebuilding = _Rebuilding(engine, chosen, max(1, jobs), progress)
    with rebuilding:
        return rebuilding.run(until, verify, swap)


class _Rebuilding:
    def __init__(
        self, engine: Deployment, projections: tuple[Projection, ...], jobs: int, progress: Progress | None
    ) -> None:
        self.engine = engine
        self.log = engine.log
        self.projections = projections
        self.jobs = jobs
        self.progress = progress or (lambda done, of: None)
        self.holder = uuid.uuid4().hex
        self._renewed = 0.0

    def __enter__(self) -> None:
        self._hold()

    def __exit__(self, *_: object) -> None:
        self.log.release(LEASE, self.holder)

    def _hold(self) -> None:
        if time.monotonic() - self._renewed > LEASE_SECONDS / 3:
            if self.log.lease(LEASE, self.holder, LEASE_SECONDS) is None:
                raise RebuildUnderway
            self._renewed = time.monotonic()

    def run(self, until: int | None, verify: bool, swap: bool) -> RebuildReport:
        target = until
        if target is None:
            target = self.engine.views.position() if verify else self.log.head()
        side = self._new_generation()
        keep = False
        began = time.perf_counter()
        try:
            self._build(side, target)
            if until is None and not verify:
                target = self._catch_up(side)
            seconds = time.perf_counter() - began
            difference = self._verify(side) if verify else None
            if swap and difference is None:
                self._catch_up(side)
                self._swap(side)
                keep = True
        finally:
            self._clear_parts(side)
            if not keep:
                side.drop()
            self.log.set_setting(BUILDING, None)
        return RebuildReport(target, seconds, target / seconds, difference, side.name, keep)

    # ------------------------------------------------------------------ building

    def _new_generation(self) -> Generation:
        """The next free name. What a killed rebuild left behind is deleted."""
        views = self.engine.views
        live = int(views.live().name)
        if (left := self.log.setting(BUILDING)) is not None and int(left) != live:
            abandoned = views.generation(left)
            self._clear_parts(abandoned)
            abandoned.drop()
        name = str(max(live, int(self.log.setting(LAST) or 0)) + 1)
        self.log.set_setting(LAST, name)
        self.log.set_setting(BUILDING, name)
        specs = [table for projection in self.projections for table in projection.TABLES]
        side = Generation(name, specs, self.engine.data_dir, self.engine.database)
        side.drop()
        return side

    def _build(self, side: Generation, target: int) -> None:
        makers = {projection.NAME: projection.VERSION for projection in self.projections}
        side.create(makers, loading=True)
        rounds = -(-max(target, 1) // (self.jobs * SHARE_EVENTS))
        try:
            folded = self._fold(side, target, self.jobs * rounds)
        except Scattered:
            side.drop()
            side.create(makers, loading=True)
            folded = self._fold(side, target, 1)
        Load(side, self._hold).finish(folded, target)

    def _works(self, side: Generation, target: int, shares: int) -> list[Work]:
        told = packed(self.projections)
        engine = self.engine
        return [
            Work(engine.data_dir, engine.database, side.name, told, share, shares, target)
            for share in range(shares)
        ]

    def _fold(self, side: Generation, target: int, shares: int) -> list[Folded]:
        works = self._works(side, target, shares)
        done = 0

        def told(more: int) -> None:
            nonlocal done
            done += more
            self._hold()
            self.progress(done, target)

        if self.jobs == 1 or shares == 1:
            return [fold_share(work, told) for work in works]
        # A fresh interpreter for each: forking a process with threads and open databases is not safe.
        context = multiprocessing.get_context("spawn")
        counter = context.Value("q", 0)
        with ProcessPoolExecutor(self.jobs, context, _begin_worker, (counter,)) as pool:
            futures = [pool.submit(_fold_in_worker, work) for work in works]
            while self._still_running(futures):
                told(int(counter.value) - done)
        told(int(counter.value) - done)
        return [future.result() for future in futures]

    def _still_running(self, futures: Sequence[Future[Folded]]) -> bool:
        finished, running = wait(futures, timeout=0.2, return_when=FIRST_EXCEPTION)
        for future in finished:
            future.result()
        return bool(running)

    def _clear_parts(self, side: Generation) -> None:
        for path in side.path.parent.glob(f"{part_file(side, 0).stem}.part-*"):
            path.unlink(missing_ok=True)

    # ------------------------------------------------------------------ catching up, comparing, swapping

    def _catch_up(self, side: Generation, until: int | None = None) -> int:
        """Apply what was recorded meanwhile, as the follower would. Returns the position."""
        with closing(Applier(self.log, self.projections, side.writer())) as applier:
            enough = NEAR if until is None else 1
            while applier.step(0, until=until) >= enough:
                self._hold()
            return applier.writer.progress()[0]

    def _verify(self, side: Generation) -> Difference | None:
        """Compare with the live views at one position, whatever they do meanwhile."""
        names = [projection.NAME for projection in self.projections]
        with self.engine.views.read() as live:
            self._catch_up(side, live.position())
            with side.read() as rebuilt:
                return first_difference(live, rebuilt, side.specs, names)

    def _swap(self, side: Generation) -> None:
        was = self.engine.views.swap(side.name)
        retired = orjson.loads(self.log.setting(RETIRED) or "{}")
        retired[was] = time.time()
        self.log.set_setting(RETIRED, orjson.dumps(retired).decode())
        side.dispose()


def drop_retired(engine: Deployment, now: float | None = None) -> list[str]:
    """Delete generations that have not been live for a minute. Returns their names."""
    found = engine.log.setting(RETIRED)
    if not found:
        return []
    now = time.time() if now is None else now
    retired: dict[str, float] = orjson.loads(found)
    live = engine.views.live().name
    old = [name for name, since in retired.items() if name != live and now - since > GRACE_SECONDS]
    for name in old:
        engine.views.generation(name).drop()
        del retired[name]
    if old:
        engine.log.set_setting(RETIRED, orjson.dumps(retired).decode() if retired else None)
    return old


_counter: Any = None


def _begin_worker(counter: Any) -> None:
    global _counter
    _counter = counter


def _fold_in_worker(work: Work) -> Folded:
    def told(more: int) -> None:
        with _counter.get_lock():
            _counter.value += more

    return fold_share(work, told)
