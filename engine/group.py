"""What one group commit decides: orders in turn, each on the state its predecessors leave behind.

An order that is refused, stale or broken fails alone and leaves no trace. Facts are sealed when the group is
complete: then every value's final version is known, and all new keys cost one transaction of the key store.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol, get_type_hints

from domain.messages import Clear, Dated, Envelope, Recorded, Sealed, quick
from domain.organisation import Organisation
from domain.rule_books import Books
from domain.scene import Scene
from engine.codec import encode, may_hold_sealed, seal_fact, utc
from engine.errors import Conflict, TooFarAhead
from engine.log import Row, micros
from engine.orders import Order, Receipt

ORGANISATION = "organisation"
BOOK = "rule-book-"
"""The streams every decision may look at: this one, and all that begin so."""


class Decider(Protocol):
    """Any module of the domain with these three names is one."""

    INITIAL: Any

    def decide(self, command: Any, state: Any, scene: Any, /) -> Sequence[Any]: ...
    def evolve(self, state: Any, fact: Any, envelope: Envelope, /) -> Any: ...


class Sealer(Protocol):
    """What the desk needs of the vault."""

    def ensure_keys(self, subjects: Iterable[str], /) -> None: ...
    def seal(self, clear: Clear, *, stream: str, version: int, name: str, field: str) -> Sealed: ...


# ------------------------------------------------------------------ states and the stage


@quick
@dataclass(frozen=True, slots=True)
class Held:
    """A stream's state at a version; (INITIAL, 0) where there is no stream yet."""

    state: Any
    version: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What all orders' scenes share: the books and the organisation, with the states of their streams."""

    held: Mapping[str, Held] = field(default_factory=dict)
    books: Books = field(default_factory=Books)
    organisation: Organisation = field(default_factory=Organisation)

    @staticmethod
    def is_part(stream: str) -> bool:
        return stream == ORGANISATION or stream.startswith(BOOK)

    def after(self, changed: Mapping[str, Held]) -> "Stage":
        """The stage with these streams' new states; rebuilt only where something of it changed."""
        mine = {stream: held for stream, held in changed.items() if Stage.is_part(stream)}
        if not mine:
            return self
        held = {**self.held, **mine}
        organisation = held[ORGANISATION].state if ORGANISATION in held else self.organisation
        books = self.books
        if mine.keys() != {ORGANISATION} or organisation.time_zone != books.time_zone:
            states = [held[stream].state for stream in sorted(held) if stream != ORGANISATION]
            books = Books.of(states, organisation.time_zone)
        return Stage(held, books, organisation)


# ------------------------------------------------------------------ the group


@dataclass(slots=True)
class _News:
    """One fact decided and not yet written."""

    stream: str
    version: int
    fact: Any
    envelope: Envelope
    personal: bool
    """It has values to seal."""


@dataclass(slots=True)
class _Accepted:
    order: Order
    index: int
    news: list[_News]
    versions: dict[str, int]


class Unwritable(Exception):
    """An accepted order's facts cannot be written; the group has to be decided again without it."""

    def __init__(self, index: int, error: Exception) -> None:
        super().__init__(index)
        self.index = index
        self.error = error


class Group:
    """Decides orders at one moment, `now`, on states that `load` finds and earlier orders change."""

    def __init__(
        self,
        deciders: Mapping[str, Decider],
        load: Callable[[str, str], Held],
        stage: Stage,
        now: datetime,
        ahead: timedelta,
    ) -> None:
        self.deciders = deciders
        self.load = load
        self.stage = stage
        self.now = now
        self.ahead = ahead
        self.held: dict[str, Held] = {}
        self.accepted: list[_Accepted] = []
        self._before: dict[str, tuple[Decider, Held]] = {}
        self._subjects: list[str] = []

    def take(self, order: Order, index: int = 0) -> _Accepted:
        """Decide the order and keep what it did; raises what its decider raises, Conflict or TooFarAhead."""
        occurred_at = self._moment(order.occurred_at)
        held: dict[str, Held] = {}
        news: list[_News] = []
        stage = self.stage
        for step in order.steps:
            stream = step.stream
            decider = self.deciders[step.kind]
            before = held.get(stream) or self.held.get(stream) or self._load(step.kind, stream)
            if step.expected is not None and step.expected != before.version:
                raise Conflict(stream, step.expected, before.version)
            scene = Scene(self.now, occurred_at, order.actor, stream, stage.books, stage.organisation)
            state, version = before.state, before.version
            fact: Any
            for fact in decider.decide(step.command, state, scene):
                at = occurred_at
                if isinstance(fact, Dated):
                    at, fact = self._moment(fact.occurred_at), fact.fact
                noted = len(self._subjects)
                fact = seal_fact(fact, self._note)
                envelope = Envelope(at, order.actor, order.command_id, order.caused_by)
                version += 1
                state = decider.evolve(state, fact, envelope)
                news.append(_News(stream, version, fact, envelope, len(self._subjects) > noted))
            held[stream] = Held(state, version)
            if Stage.is_part(stream):
                stage = stage.after({stream: held[stream]})
        self.held.update(held)
        self.stage = stage
        accepted = _Accepted(order, index, news, {stream: h.version for stream, h in held.items()})
        self.accepted.append(accepted)
        return accepted

    def _load(self, kind: str, stream: str) -> Held:
        if stream not in self._before:
            self._before[stream] = self.deciders[kind], self.load(kind, stream)
        return self._before[stream][1]

    def _note(self, path: str, clear: Clear) -> Clear:
        self._subjects.append(clear.subject)
        return clear

    def _moment(self, told: datetime | None) -> datetime:
        if told is None:
            return self.now
        told = utc(told)
        if told > self.now + self.ahead:
            raise TooFarAhead((told - self.now).total_seconds(), self.ahead.total_seconds())
        return told

    def written(self, vault: Sealer, position: int) -> tuple[list[Row], dict[int, Receipt]]:
        """The rows after `position`, and the receipt of each accepted order. Unwritable names a bad one.

        The states held are those that reading the rows would give."""
        if self._subjects:
            vault.ensure_keys(set(self._subjects))
        rows: list[Row] = []
        receipts: dict[int, Receipt] = {}
        at, now = micros(self.now), self.now
        for accepted in self.accepted:
            lines = []
            try:
                for item in accepted.news:
                    position += 1
                    if item.personal:
                        item.fact = sealed(item, vault)
                    name, body = encode(item.fact, item.envelope)
                    rows.append((position, item.stream, item.version, name, at, body))
                    lines.append(Recorded(position, item.stream, item.version, now, item.envelope, item.fact))
            except Exception as error:
                raise Unwritable(accepted.index, error) from error
            receipts[accepted.index] = Receipt(position, accepted.versions, tuple(lines))
        self._fold_again()
        return rows, receipts

    def _fold_again(self) -> None:
        """No state may keep what is not sealed: where one could, its stream is folded once more, from what is
        written."""
        stale = {
            item.stream
            for accepted in self.accepted
            for item in accepted.news
            if item.personal and keeps_sealed(self._before[item.stream][0].evolve)
        }
        if not stale:
            return
        states = {stream: self._before[stream][1].state for stream in stale}
        for accepted in self.accepted:
            for item in accepted.news:
                if item.stream in stale:
                    evolve = self._before[item.stream][0].evolve
                    states[item.stream] = evolve(states[item.stream], item.fact, item.envelope)
        for stream, state in states.items():
            self.held[stream] = Held(state, self.held[stream].version)
        self.stage = self.stage.after({stream: self.held[stream] for stream in stale})

    def lines(self, accepted: _Accepted) -> tuple[Recorded, ...]:
        """What a dry run would record: at position 0, personal values as they were given."""
        return tuple(Recorded(0, n.stream, n.version, self.now, n.envelope, n.fact) for n in accepted.news)


@cache
def keeps_sealed(evolve: Callable[..., Any]) -> bool:
    """Whether the states that it makes may hold personal values, by the type it declares to return."""
    return may_hold_sealed(get_type_hints(evolve).get("return", Any))


def sealed(item: _News, vault: Sealer) -> Any:
    name = type(item.fact).NAME

    def seal(path: str, clear: Clear) -> Sealed:
        return vault.seal(clear, stream=item.stream, version=item.version, name=name, field=path)

    return seal_fact(item.fact, seal)
