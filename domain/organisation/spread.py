"""A mapping that is never changed, and cheap to make anew with one entry more: a city has tens of thousands
of grants, each of which is a fact that makes a new state."""

from collections.abc import Iterator, Mapping
from typing import TypeVar
from zlib import crc32

V = TypeVar("V")

PARTS = 256


class Spread(Mapping[str, V]):
    """Entries spread over small dictionaries by their key; a new one copies the dictionary it falls into.

    Iteration goes the same way round in every process, but in no order anybody should rely on."""

    __slots__ = ("_parts", "_size")

    def __init__(self, entries: Mapping[str, V] | None = None) -> None:
        parts: list[dict[str, V]] = [{} for _ in range(PARTS)]
        for key, value in (entries or {}).items():
            parts[_part(key)][key] = value
        self._parts = tuple(parts)
        self._size = sum(map(len, parts))

    def with_entry(self, key: str, value: V) -> "Spread[V]":
        at = _part(key)
        parts = list(self._parts)
        parts[at] = {**parts[at], key: value}
        made: Spread[V] = Spread.__new__(Spread)
        made._parts = tuple(parts)
        made._size = self._size + len(parts[at]) - len(self._parts[at])
        return made

    def __getitem__(self, key: str) -> V:
        return self._parts[_part(key)][key]

    def __iter__(self) -> Iterator[str]:
        for part in self._parts:
            yield from part

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"Spread({dict(self)!r})"


def _part(key: str) -> int:
    return crc32(key.encode("utf-8", "surrogatepass")) % PARTS


def put(entries: Mapping[str, V], key: str, value: V) -> Spread[V]:
    """The entries with this one; those there were stay as they are."""
    spread = entries if isinstance(entries, Spread) else Spread(entries)
    return spread.with_entry(key, value)
