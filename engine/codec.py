"""Facts to bytes and back. Names and fields on disk are a public contract, final from the first landing.

A body is one JSON object with `occurred_at, actor {person, role, scope}, command_id, caused_by, fact {…}`,
with its moments in UTC (`Z`). The audit trail hashes these stored bytes, so nothing ever encodes them again.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from operator import is_
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

import domain.administration
import domain.audit
import domain.complaint.facts  # importing a room's modules declares its facts
import domain.organisation
import domain.points.facts
import domain.rule_books  # noqa: F401
from domain.messages import FACTS, Actor, Clear, Envelope, Sealed
from engine.errors import UnknownFact

Upcast = Callable[[str, dict[str, Any]], tuple[str, dict[str, Any]]]

UPCASTERS: dict[str, Upcast] = {}
"""By the old name on disk: (name, fields as stored) -> the name and fields they have today."""

Seal = Callable[[str, Clear], Sealed]
"""(path of the field within the fact, the value) -> its sealed form. A path reads `duties.0.task`."""

UNSEALED = re.compile(rb'"box":"[^"]*","text":')
"""How a Clear would look in a body; a quotation mark inside any text is escaped, so nothing else does."""


class NotSealed(Exception):
    """A personal value was about to be written readable."""


class _Stored(msgspec.Struct, frozen=True, gc=False):
    """A body as it stands on disk, its fact untyped: what an upcaster sees."""

    occurred_at: datetime
    actor: Actor
    command_id: str
    caused_by: str
    fact: Any


_encoder = msgspec.json.Encoder()
_envelopes = msgspec.json.Decoder(Envelope)
_stored = msgspec.json.Decoder(_Stored)


def encode(fact: Any, envelope: Envelope) -> tuple[str, bytes]:
    """The fact's name and its bytes. NotSealed if a readable personal value is inside, ValueError for a naive
    moment. The fact's own moments are written as they are: `seal_fact` puts them into UTC."""
    occurred_at = utc(envelope.occurred_at)
    stored = _Stored(occurred_at, envelope.actor, envelope.command_id, envelope.caused_by, fact)
    body = _encoder.encode(stored)
    if UNSEALED.search(body):
        raise NotSealed(f"{fact.NAME} carries a value that is not sealed")
    return fact.NAME, body


def decode(name: str, body: bytes) -> tuple[Any, Envelope]:
    """The fact and its envelope, in today's shape. UnknownFact for a name no module declares."""
    if name in UPCASTERS:
        return _decode_old(name, body)
    return decoder(name)(body).fact, _envelopes.decode(body)


def decode_fact(name: str, body: bytes) -> Any:
    """Only the fact: half the work of `decode`."""
    return _decode_old(name, body)[0] if name in UPCASTERS else decoder(name)(body).fact


@cache
def decoder(name: str) -> Callable[[bytes], Any]:
    """Reads a body into something with the attribute `fact`, in the class that has this name."""
    if name not in FACTS:
        raise UnknownFact(name)
    holder: Any = msgspec.defstruct("Holder", [("fact", FACTS[name])], frozen=True, gc=False)
    read: Callable[[bytes], Any] = msgspec.json.Decoder(holder).decode
    return read


def _decode_old(name: str, body: bytes) -> tuple[Any, Envelope]:
    stored = _stored.decode(body)
    given, seen = stored.fact, {name}
    while name in UPCASTERS:
        name, given = UPCASTERS[name](name, given)
        if name in seen:
            break
        seen.add(name)
    if name not in FACTS:
        raise UnknownFact(name)
    fact: Any = msgspec.convert(given, FACTS[name])
    return fact, Envelope(stored.occurred_at, stored.actor, stored.command_id, stored.caused_by)


def utc(moment: datetime) -> datetime:
    """The same moment in UTC; ValueError if it has no time zone."""
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC)


def seal_fact(fact: Any, seal: Seal) -> Any:
    """The fact as the log keeps it: every Clear replaced by what `seal` makes of it, every moment in UTC.

    Follows the declared types through nested dataclasses and tuples; the same object if nothing changes."""
    change = _changer(type(fact))
    return fact if change is None else change(fact, "", seal)


PLAIN = (str, int, float, bool, bytes, datetime, date, timedelta, NoneType)


def may_hold_sealed(kind: Any, seen: set[Any] | None = None) -> bool:
    """Whether a value of this declared type may have a Sealed in it; True where the declaration does not
    say (Any, a plain object). `seen` are the types that were looked into already."""
    seen = set() if seen is None else seen
    if kind in PLAIN or kind in seen:
        return False
    seen.add(kind)
    parts: Iterable[Any] = [part for part in get_args(kind) if part is not Ellipsis]
    if isinstance(kind, type) and (is_dataclass(kind) or hasattr(kind, "_fields")):
        if issubclass(kind, Sealed):
            return True
        parts = get_type_hints(kind).values()
    elif not parts:
        return True
    return any(may_hold_sealed(part, seen) for part in parts)


Change = Callable[[Any, str, Seal], Any]
_changers: dict[Any, Change | None] = {}


def _seal_value(value: Any, path: str, seal: Seal) -> Any:
    return seal(path, value) if type(value) is Clear else value


def _put_into_utc(value: Any, path: str, seal: Seal) -> Any:
    return value if value.tzinfo is UTC else utc(value)


def _changer(kind: Any) -> Change | None:
    """What has to be done to a value of this declared type, or None where nothing ever has."""
    if kind not in _changers:
        _changers[kind] = _make_changer(kind)
    return _changers[kind]


def _make_changer(kind: Any) -> Change | None:
    if kind is datetime:
        return _put_into_utc
    if isinstance(kind, type) and issubclass(kind, Sealed):
        return _seal_value
    if get_origin(kind) in (Union, UnionType):
        changes = [change for change in map(_changer, get_args(kind)) if change]
        assert len(changes) < 2, f"{kind}: a field may be of one such type or None"
        return changes[0] if changes else None
    if get_origin(kind) is tuple:
        change = _changer(get_args(kind)[0])
        return change and _each(change)
    return _parts(kind) if is_dataclass(kind) else None


def _each(change: Change) -> Change:
    def change_items(values: Any, path: str, seal: Seal) -> Any:
        changed = tuple([v if v is None else change(v, f"{path}.{n}", seal) for n, v in enumerate(values)])
        return values if all(map(is_, changed, values)) else changed

    return change_items


def _parts(kind: Any) -> Change | None:
    hints = get_type_hints(kind)
    found = [(at, field.name, _changer(hints[field.name])) for at, field in enumerate(fields(kind))]
    moments = [(at, name) for at, name, change in found if change is _put_into_utc]
    parts = [(at, name, change) for at, name, change in found if change and (at, name) not in moments]
    names = [name for _, name, _ in found]

    def change_fields(value: Any, path: str, seal: Seal) -> Any:
        changed = {}
        for at, name in moments:
            before = getattr(value, name)
            if before is not None and before.tzinfo is not UTC:
                changed[at] = utc(before)
        for at, name, change in parts:
            before = getattr(value, name)
            if before is not None:
                after = change(before, f"{path}.{name}" if path else name, seal)
                if after is not before:
                    changed[at] = after
        if not changed:
            return value
        values = [getattr(value, name) for name in names]
        for at, after in changed.items():
            values[at] = after
        return type(value)(*values)

    return change_fields if parts or moments else None
