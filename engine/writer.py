"""The writer's half of the desk: decides a group inside one durable transaction, on exact states.

States are cached as committed, never as pending. Before a group is decided the log's head is compared with
what this process last saw: streams another process wrote to are read again. A group that fails forgets all.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from engine.errors import KeyReused, StoreUnavailable
from engine.group import BOOK, ORGANISATION, Decider, Group, Held, Sealer, Stage, Unwritable
from engine.ledgerbook.at_once import AtOnce
from engine.log import AnswerKey, Log, Row, Writing, micros, moment, recorded
from engine.orders import IdempotencyKey, Order, Receipt, answer_of, receipt_again

ANSWERS_KEPT = timedelta(days=7)
PRUNED_EVERY = timedelta(hours=1)

FOREIGN = 10_000
"""Rows another process may have written before the whole cache is dropped rather than looked through."""

logger = logging.getLogger("huisheng.desk")


def fold(decider: Decider, held: Held, rows: Sequence[Row]) -> Held:
    """The state after these rows of its stream."""
    if not rows:
        return held
    state, evolve = held.state, decider.evolve
    for row in rows:
        line = recorded(row)
        state = evolve(state, line.fact, line.envelope)
    return Held(state, rows[-1][2])


def load_stage(
    deciders: Mapping[str, Decider],
    named: Callable[[str], list[str]],
    rows: Callable[[str, int], list[Row]],
    known: Stage | None = None,
) -> Stage:
    """The books and the organisation, folded from their streams; from what is `known` of them on, because a
    city's grants alone take half a second. `rows` gives a stream's rows after a version."""
    known = known or Stage()
    held = {}
    for stream in (ORGANISATION, *named(BOOK)):
        decider = deciders[ORGANISATION if stream == ORGANISATION else BOOK.removesuffix("-")]
        before = known.held.get(stream) or Held(decider.INITIAL, 0)
        held[stream] = fold(decider, before, rows(stream, before.version))
    return known.after(held)


def take_all(
    group: Group, orders: Sequence[Order], told: Mapping[int, Receipt | Exception]
) -> tuple[dict[int, Receipt | Exception], dict[int, int]]:
    """Decide those not answered yet: all answers known now, by index, and which orders repeat which."""
    answers = dict(told)
    repeats: dict[int, int] = {}
    keys: dict[AnswerKey, tuple[int, IdempotencyKey]] = {}
    for index, order in enumerate(orders):
        if index in answers:
            continue
        key = order.key
        try:
            if key is not None and key.name in keys:
                first, used = keys[key.name]
                key.check(used.body_hash)
                repeats[index] = first
                continue
            group.take(order, index)
            if key is not None:
                keys[key.name] = index, key
        except Exception as error:  # a refusal, or a fault of this order: it fails alone, and is told
            answers[index] = error
    return answers, repeats


class Writer:
    """Used by one thread at a time; `cached` and `stage` may be read by others, and are committed states."""

    def __init__(
        self,
        log: Log,
        vault: Sealer,
        deciders: Mapping[str, Decider],
        clock: Callable[[], datetime],
        ahead: timedelta,
        capacity: int,
        at_once: AtOnce | None = None,
    ) -> None:
        """`at_once`: each group is hashed in its own transaction, and signed before it is answered."""
        self.log, self.vault, self.deciders = log, vault, deciders
        self.clock, self.ahead, self.capacity = clock, ahead, capacity
        self.at_once = at_once
        self.cached: OrderedDict[str, Held] = OrderedDict()
        self.known = -1
        """The position up to which `cached` and `stage` have seen everything."""
        self.stage = Stage()
        self._prune_at = 0

    def carry_out(self, orders: Sequence[Order]) -> list[Receipt | Exception]:
        """One answer per order, in their order; when it returns they are durable."""
        try:
            return self._commit(orders)
        except Exception as error:
            self.forget()
            if not isinstance(error, StoreUnavailable):
                logger.exception("a group of %d orders could not be written", len(orders))
                error = StoreUnavailable(f"the group could not be written: {error!r}")
            return [error] * len(orders)

    def _commit(self, orders: Sequence[Order]) -> list[Receipt | Exception]:
        with self.log.writing() as writing:
            position, last = writing.head()
            self._catch_up(writing, position)
            now = max(micros(self.clock()), last)
            group, rows, answers = self._decide(orders, writing, position, now)
            if rows:
                if self.at_once is not None:
                    self.at_once.hash(writing, position, rows)
                writing.insert(rows)
            self._keep_answers(writing, orders, answers, now)
        self.known = position + len(rows)
        self._remember(group.held)
        self.stage = group.stage
        if rows:
            if self.at_once is not None:
                self.at_once.committed()
            self.log.committed()
        return answers

    def _decide(
        self, orders: Sequence[Order], writing: Writing, position: int, now: int
    ) -> tuple[Group, list[Row], list[Receipt | Exception]]:
        """Decide them all; once more without the one whose facts turn out impossible to write."""
        wanted = {step.stream for order in orders for step in order.steps}
        rows_of = writing.streams([stream for stream in wanted if stream not in self.cached])
        told = self._told_before(orders, writing, now - micros_of(ANSWERS_KEPT))

        def load(kind: str, stream: str) -> Held:
            held = self.cached.get(stream)
            decider = self.deciders[kind]
            return held or fold(decider, Held(decider.INITIAL, 0), rows_of[stream])

        bad: dict[int, Exception] = {}
        while True:
            group = Group(self.deciders, load, self.stage, moment(now), self.ahead)
            answers, repeats = take_all(group, orders, {**told, **bad})
            try:
                rows, receipts = group.written(self.vault, position)
            except Unwritable as unwritable:
                bad[unwritable.index] = unwritable.error
                continue
            answers.update(receipts)
            for index, first in repeats.items():
                done = receipts[first]
                answers[index] = Receipt(done.position, done.versions, done.lines, repeated=True)
            return group, rows, [answers[index] for index in range(len(orders))]

    def _told_before(
        self, orders: Sequence[Order], writing: Writing, since: int
    ) -> dict[int, Receipt | Exception]:
        """The answers, by index, of orders that were carried out before under the same key."""
        keys = {order.key.name for order in orders if order.key is not None}
        found = writing.answers(keys, since) if keys else {}
        told: dict[int, Receipt | Exception] = {}
        for index, order in enumerate(orders):
            if found and (key := order.key) is not None and key.name in found:
                body_hash, answer = found[key.name]
                try:
                    key.check(body_hash)
                    told[index] = receipt_again(answer, writing)
                except KeyReused as error:
                    told[index] = error
        return told

    def _keep_answers(
        self, writing: Writing, orders: Sequence[Order], answers: Sequence[Receipt | Exception], now: int
    ) -> None:
        kept = [
            (key.actor, key.route, key.key, key.body_hash, answer_of(answer), now)
            for order, answer in zip(orders, answers, strict=True)
            if (key := order.key) is not None and isinstance(answer, Receipt) and not answer.repeated
        ]
        if kept:
            writing.keep_answers(kept)
            if now >= self._prune_at:
                writing.forget_answers(now - micros_of(ANSWERS_KEPT))
                self._prune_at = now + micros_of(PRUNED_EVERY)

    # ------------------------------------------------------------------ the cache

    def _catch_up(self, writing: Writing, head: int) -> None:
        """Look at what other processes wrote since."""
        if head == self.known:
            return
        touched: list[str] | None = None
        if 0 <= self.known < head <= self.known + FOREIGN:
            touched = writing.streams_after(self.known)
            for stream in touched:
                self.cached.pop(stream, None)
        else:
            self.forget()
        if touched is None or any(map(Stage.is_part, touched)):

            def rows(stream: str, after: int) -> list[Row]:
                return [row for row in writing.streams([stream])[stream] if row[2] > after]

            known = None if touched is None else self.stage
            self.stage = load_stage(self.deciders, writing.streams_named, rows, known)
        self.known = head

    def _remember(self, held: Mapping[str, Held]) -> None:
        self.cached.update(held)
        for stream in held:
            self.cached.move_to_end(stream)
        while len(self.cached) > self.capacity:
            self.cached.popitem(last=False)

    def forget(self) -> None:
        """Trust nothing in memory any more."""
        if self.at_once is not None:
            self.at_once.forget()
        self.cached.clear()
        self.known = -1


def micros_of(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
