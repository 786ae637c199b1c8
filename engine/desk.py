"""Where commands are handled: one writer per process decides them in turn, and commits them in groups.

While the disk is busy with one group the next one gathers, so a durable commit is shared by all who wait.
Nobody is answered, not even with a refusal, before the commit that the answer rests on.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Lock, Thread, current_thread
from time import perf_counter, sleep
from typing import Any

from domain.messages import FACTS
from engine.errors import StoreUnavailable
from engine.group import Decider, Group, Held, Sealer, Stage
from engine.ledgerbook.at_once import AtOnce
from engine.log import Log
from engine.orders import IdempotencyKey, Order, Receipt
from engine.writer import Writer, fold, load_stage

__all__ = [
    "Decider",
    "Desk",
    "Held",
    "IdempotencyKey",
    "Order",
    "Pending",
    "Receipt",
    "Sealer",
    "Stage",
]

AHEAD = timedelta(minutes=5)
"""How far ahead of the clock `occurred_at` may be."""

WAITING = 10_000
"""Orders that may wait; more are turned away, rather than answered after everybody has left."""

GROUP = 512
"""Orders in one commit, so that nobody waits long for the others' deciding (some 20 ms)."""

PATIENCE = 0.002
"""Seconds the writer waits at most for those it has just answered; never more than half its last commit."""

CACHED = 50_000
"""States kept in memory (about 1 kB each)."""


def now() -> datetime:
    return datetime.now(UTC)


class Pending:
    """An order on its way. Its caller is told by a lock (a Future of the library costs five times as much),
    or by an event loop's future."""

    __slots__ = ("answer", "done", "lock", "order")

    def __init__(self, order: Order, done: "asyncio.Future[Receipt] | None" = None) -> None:
        self.order = order
        self.answer: Receipt | Exception | None = None
        self.done = done
        self.lock = Lock()
        self.lock.acquire()

    def result(self, timeout: float = -1) -> Receipt:
        """Wait until the order is durable; raises what refused it, TimeoutError after `timeout` seconds."""
        if not self.lock.acquire(timeout=timeout):
            raise TimeoutError
        self.lock.release()
        if isinstance(self.answer, Receipt):
            return self.answer
        assert self.answer is not None
        raise self.answer


class Desk:
    """Handles orders. Safe to use from any thread and event loop; each of several processes may have one."""

    def __init__(
        self,
        log: Log,
        vault: Sealer,
        deciders: Mapping[str, Decider],
        clock: Callable[[], datetime] = now,
        *,
        ahead: timedelta = AHEAD,
        cached: int = CACHED,
        at_once: AtOnce | None = None,
    ) -> None:
        self.log, self.deciders, self.clock, self.ahead = log, deciders, clock, ahead
        self._writer = Writer(log, vault, deciders, clock, ahead, cached, at_once)
        self._seen: tuple[int, Stage] = (-1, Stage())
        self._looking = Lock()
        self._stage_facts = tuple(name for name in FACTS if name.startswith(("rule-book.", "organisation.")))
        self._queue: SimpleQueue[Pending | None] = SimpleQueue()
        self._door = Lock()
        self._closed = False
        self._thread = Thread(target=self._work, name="desk", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------------ orders

    def do(self, order: Order) -> Receipt:
        """Carry the order out; it is durable on return. Raises what refused it: the decider's Refused or
        ValueError, Conflict, KeyReused, TooFarAhead, StoreUnavailable."""
        if order.dry_run:
            return self._try(order)
        return self.submit(order).result()

    def submit(self, order: Order) -> Pending:
        """As `do`, without waiting; what refuses it is raised by the answer's `result`. StoreUnavailable at
        once if too many wait."""
        waiting = Pending(order)
        if order.dry_run:
            try:
                waiting.answer = self._try(order)
            except Exception as error:
                waiting.answer = error
            _tell([waiting])
        else:
            self._put(waiting)
        return waiting

    async def handle(self, order: Order) -> Receipt:
        """As `do`, on an event loop."""
        if order.dry_run:
            return await asyncio.to_thread(self._try, order)
        done: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._put(Pending(order, done))
        return await done

    def close(self) -> None:
        """Carry out what was accepted, then stop. Later orders meet StoreUnavailable."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        if current_thread() is not self._thread:
            self._thread.join()

    # ------------------------------------------------------------------ looking

    def state(self, kind: str, stream: str) -> tuple[Any, int]:
        """The stream's committed state and version now, whoever wrote it; (INITIAL, 0) if there is none."""
        held = self._read(kind, stream)
        return held.state, held.version

    def stage(self) -> Stage:
        """The rule books and the organisation as they are now, whoever changed them."""
        head = self.log.head()
        if head == self._seen[0]:
            return self._seen[1]
        with self._looking:
            seen, stage = self._seen
            if head > seen:
                if seen < 0 or self.log.rows(seen, 1, head, self._stage_facts):
                    stage = load_stage(self.deciders, self.log.streams_named, self.log.stream_rows, stage)
                self._seen = (head, stage)
        return stage

    def _read(self, kind: str, stream: str) -> Held:
        decider = self.deciders[kind]
        held = self._writer.cached.get(stream) or Held(decider.INITIAL, 0)
        return fold(decider, held, self.log.stream_rows(stream, held.version))

    def _try(self, order: Order) -> Receipt:
        """Decide and record nothing: the lines stand at position 0, and no key is looked up or kept."""
        head = self.log.head()
        group = Group(self.deciders, self._read, self.stage(), self.clock(), self.ahead)
        accepted = group.take(order)
        return Receipt(head, accepted.versions, group.lines(accepted))

    # ------------------------------------------------------------------ the queue

    def _put(self, waiting: Pending) -> None:
        with self._door:
            if self._closed:
                raise StoreUnavailable("the desk is closed")
            if self._queue.qsize() >= WAITING:
                raise StoreUnavailable(f"{WAITING} orders are waiting already")
            self._queue.put(waiting)

    def _work(self) -> None:
        """The writer's thread: take all that wait, carry them out, tell them; until the door is closed."""
        callers, patience = 1, 0.0
        last = False
        while not last:
            taken = [self._queue.get()]
            self._gather(callers, patience)
            while len(taken) < GROUP:
                try:
                    taken.append(self._queue.get_nowait())
                except Empty:
                    break
            last = taken[-1] is None
            group = [waiting for waiting in taken if waiting is not None]
            started = perf_counter()
            answers = self._writer.carry_out([waiting.order for waiting in group]) if group else []
            patience = min((perf_counter() - started) / 2, PATIENCE)
            callers = len(group) + self._queue.qsize()
            for waiting, answer in zip(group, answers, strict=True):
                waiting.answer = answer
            _tell(group)

    def _gather(self, callers: int, patience: float) -> None:
        """Those just answered come back in a moment: without waiting for them, one half of the callers would
        always find the other half's commit under way. A lone caller waits for nobody."""
        until = perf_counter() + patience
        while self._queue.qsize() + 1 < callers and not self._closed and perf_counter() < until:
            sleep(0.0001)


def _tell(group: Sequence[Pending]) -> None:
    """Wake everyone; each event loop once."""
    loops: dict[asyncio.AbstractEventLoop, list[Pending]] = {}
    for waiting in group:
        waiting.lock.release()
        if waiting.done is not None:
            loops.setdefault(waiting.done.get_loop(), []).append(waiting)
    for loop, those in loops.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_tell_loop, those)


def _tell_loop(group: Sequence[Pending]) -> None:
    for waiting in group:
        done = waiting.done
        if done is None or done.done():  # cancelled: nobody waits for it any more
            continue
        if isinstance(waiting.answer, Exception):
            done.set_exception(waiting.answer)
        else:
            assert waiting.answer is not None
            done.set_result(waiting.answer)
