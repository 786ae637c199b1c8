"""A small decider over real facts, to see what the desk does: each fact says which number follows which.

In any history that lost, doubled or tore something, a fact's `track` is not its version. Run as a program it
is a process of its own that counts on streams of a shared store, and says so line by line.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import domain.organisation
import domain.rule_books
from domain.complaint.facts import ProgressNoted, TrackChanged
from domain.messages import Actor, Clear, Dated, Sealed, clear
from domain.refusals import Refused
from domain.steps import Step
from engine.desk import Desk, IdempotencyKey, Order, Pending, Receipt
from engine.log import Log

BY = Actor("dispatcher", "dispatcher", "demo/north/sl")


@dataclass(frozen=True)
class Count:
    """Count on by `times`; `dated` as of another moment."""

    times: int = 1
    dated: Any = None


@dataclass(frozen=True)
class Say:
    """Note a personal text about `subject`."""

    subject: str
    text: str


@dataclass(frozen=True)
class Refuse:
    pass


@dataclass(frozen=True)
class Break:
    """A decider's bug."""


@dataclass(frozen=True)
class Spoil:
    """A fact that cannot be written."""


@dataclass(frozen=True)
class State:
    count: int = 0
    said: tuple[Sealed, ...] = ()


NO_WORDS = Sealed("c", "")


def decide(command: Any, state: State, scene: Any) -> tuple[Any, ...]:
    match command:
        case Count(times, dated):
            first = state.count
            facts = [TrackChanged(str(n + 1), str(n), NO_WORDS) for n in range(first, first + times)]
            return tuple(Dated(fact, dated) for fact in facts) if dated else tuple(facts)
        case Say(subject, text):
            return (ProgressNoted("unit", clear(subject, text), False),)
        case Refuse():
            raise Refused("counting.no", "no")
        case Break():
            raise ZeroDivisionError("a bug")
        case Spoil():
            return (TrackChanged(str(state.count + 1), "\ud800", NO_WORDS),)
    raise TypeError(command)


def evolve(state: State, fact: Any, envelope: Any) -> State:
    if isinstance(fact, TrackChanged):
        return State(int(fact.track), state.said)
    return State(state.count + 1, (*state.said, fact.text))


COUNTER: Any = SimpleNamespace(INITIAL=State(), decide=decide, evolve=evolve)
DECIDERS: dict[str, Any] = {
    "complaint": COUNTER,
    "organisation": domain.organisation,
    "rule-book": domain.rule_books,
}


class FakeVault:
    """Seals by forgetting; remembers where each value was sealed for. Knows one destroyed key."""

    def __init__(self) -> None:
        self.homes: list[tuple[str, int, str, str]] = []
        self.keys: list[set[str]] = []

    def ensure_keys(self, subjects: Any) -> None:
        self.keys.append(set(subjects))

    def seal(self, clear: Clear, *, stream: str, version: int, name: str, field: str) -> Sealed:
        if clear.subject == "destroyed":
            raise LookupError("the key is destroyed")
        self.homes.append((stream, version, name, field))
        return Sealed(clear.subject, f"{stream}|{version}|{name}|{field}")


def order(*steps: tuple[str, Any], expected: int | None = None, **more: Any) -> Order:
    """An order of the dispatcher: (stream, command) each."""
    return Order(tuple(Step("complaint", s, c, expected) for s, c in steps), BY, **more)


def keyed(key: str, body: str = "body", command: Any = None, **more: Any) -> Order:
    """An order under an idempotency key: count on c-1."""
    return order(("c-1", command or Count()), key=IdempotencyKey("me", "POST /complaints", key, body), **more)


def open_desk(directory: Path, database: str | None = None, deciders: Any = None, **more: Any) -> Desk:
    return Desk(Log.open(database, directory), FakeVault(), deciders or DECIDERS, **more)


@contextmanager
def opened(directory: Path, database: str | None = None, **more: Any) -> Iterator[Desk]:
    desk = open_desk(directory, database, **more)
    try:
        yield desk
    finally:
        desk.close()
        desk.log.close()


def taken(desk: Desk) -> Event:
    """Set once the writer has taken what waited: what comes later is another group."""
    carry_out, begun = desk._writer.carry_out, Event()

    def noted(orders: Sequence[Order]) -> Any:
        begun.set()
        return carry_out(orders)

    desk._writer.carry_out = noted  # type: ignore[method-assign]
    return begun


@contextmanager
def one_group(desk: Desk) -> Iterator[None]:
    """What is submitted meanwhile is carried out as one group: the writer's turn is taken."""
    begun = taken(desk)
    with desk.log.writing():
        desk.submit(order(("c-first", Count())))
        assert begun.wait(60)
        yield
    desk.do(order(("c-last", Count())))


def outcome(pending: Pending) -> Receipt | Exception:
    """What an order was answered, a refusal too."""
    try:
        return pending.result(60)
    except TimeoutError:
        raise
    except Exception as refused:
        return refused


def counted(log: Log, stream: str) -> list[int]:
    """What each fact of the stream says; the law is that it says its version."""
    lines = log.stream(stream)
    assert [line.version for line in lines] == list(range(1, len(lines) + 1))
    return [int(getattr(line.fact, "track", 0)) for line in lines]


def main(arguments: Sequence[str]) -> None:
    """directory, streams to count on (comma), how often: prints `stream version` after each receipt."""
    directory, streams, times = arguments
    desk = open_desk(Path(directory))
    for n in range(int(times)):
        stream = streams.split(",")[n % len(streams.split(","))]
        receipt = desk.do(order((stream, Count())))
        print(stream, receipt.versions[stream], flush=True)
    desk.close()
    desk.log.close()


if __name__ == "__main__":
    main(sys.argv[1:])
