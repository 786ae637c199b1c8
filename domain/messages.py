"""The two kinds of message. A command asks and may be refused; a fact has happened and is kept for ever."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from typing import TypeVar, dataclass_transform

T = TypeVar("T")

FACTS: dict[str, type] = {}
"""Every fact there is, by its name on disk. Importing `domain` modules fills it."""


def quick(cls: type[T]) -> type[T]:
    """Give a frozen dataclass with slots an `__init__` that fills its slots directly, in half the time of the
    one it has, which goes through `object.__setattr__`: a sixth of deciding was spent there."""
    made = fields(cls)  # type: ignore[arg-type]
    if any(field.default_factory is not MISSING or field.kw_only or not field.init for field in made):
        return cls
    lines = [f"    fill_{field.name}(self, {field.name})" for field in made]
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    known = {f"fill_{field.name}": getattr(cls, field.name).__set__ for field in made}
    head = f"def __init__({', '.join(['self', *(field.name for field in made)])}):\n"
    exec(head + ("\n".join(lines) or "    pass"), known)
    fill, usual = known["__init__"], cls.__dict__["__init__"]
    for kept in ("__defaults__", "__annotations__", "__qualname__", "__module__"):
        setattr(fill, kept, getattr(usual, kept))
    cls.__init__ = fill  # type: ignore[method-assign]
    return cls


@dataclass_transform(frozen_default=True)
def command(cls: type[T]) -> type[T]:
    """Declare a command: frozen, and every moment in it has a time zone (else ValueError)."""

    def check(self: object) -> None:
        for name in moments:
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"{name} needs a time zone")

    cls.__post_init__ = check  # type: ignore[attr-defined]
    cls = quick(dataclass(frozen=True, slots=True)(cls))
    moments = [f.name for f in fields(cls) if f.type in (datetime, datetime | None)]  # type: ignore[arg-type]
    return cls


@dataclass_transform(frozen_default=True)
def fact(name: str) -> Callable[[type[T]], type[T]]:
    """Declare a fact. `name` is what is written to disk: the class may be renamed, the name never."""

    def declare(cls: type[T]) -> type[T]:
        assert name not in FACTS, f"two facts are called {name}"
        cls = quick(dataclass(frozen=True, slots=True)(cls))
        cls.NAME = name  # type: ignore[attr-defined]
        FACTS[name] = cls
        return cls

    return declare


@quick
@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted, in which role, for which node of the grid tree or which unit (`scope`)."""

    person: str
    role: str
    scope: str = ""


ENGINE = Actor("engine", "engine")
"""The actor of policies, reactions and the watch."""


@quick
@dataclass(frozen=True, slots=True)
class Envelope:
    """What every fact carries beside itself. `occurred_at` is told by the actor; `caused_by` names the
    fact (`stream@version`) or command that led to it."""

    occurred_at: datetime
    actor: Actor
    command_id: str = ""
    caused_by: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Recorded:
    """One line of the log: a fact, its envelope, when the engine stored it, and where it stands."""

    position: int
    stream: str
    version: int
    recorded_at: datetime
    envelope: Envelope
    fact: object

    @property
    def occurred_at(self) -> datetime:
        return self.envelope.occurred_at

    @property
    def actor(self) -> Actor:
        return self.envelope.actor


@quick
@dataclass(frozen=True, slots=True)
class Dated:
    """A fact that happened at another moment than its command's (history, a deadline that passed)."""

    fact: object
    occurred_at: datetime


@quick
@dataclass(frozen=True, slots=True)
class Sealed:
    """A personal value as the log keeps it: unreadable without the key of `subject` (a person or a case).

    Every view carries it unopened. No rule may depend on what is inside.
    """

    subject: str
    box: str


@quick
@dataclass(frozen=True, slots=True)
class Clear(Sealed):
    """A personal value on its way into the log; the engine seals it when it appends. Never written."""

    text: str = ""


def clear(subject: str, text: str) -> Sealed:
    """Say `text` about `subject`. The engine replaces it by a Sealed under the subject's key."""
    return Clear(subject, "", text)
