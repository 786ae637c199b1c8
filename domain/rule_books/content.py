"""Reading a rule book's content: tables of plain values, as they come from TOML or JSON.

Every error names the field, so that whoever wrote the book can find it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from domain.refusals import Refused


class BadContent(Refused):
    """A book's content cannot be read. `field` is its path (`lines[3].amount`), `message` the fault."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__("rule-book.bad-content", f"{field}: {message}", field=field, message=message)
        self.field = field
        self.message = message


class Table:
    """A table being read. Each key is asked for by type; `done` refuses the keys nobody asked for."""

    def __init__(self, content: object, field: str = "") -> None:
        if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
            raise BadContent(field or "content", "is not a table")
        self._content: Mapping[str, Any] = content
        self._field = field
        self._asked: set[str] = set()

    def at(self, key: str) -> str:
        return f"{self._field}.{key}" if self._field else key

    def names(self) -> tuple[str, ...]:
        """All keys; asking for them counts as reading them."""
        self._asked.update(self._content)
        return tuple(self._content)

    def has(self, key: str) -> bool:
        return key in self._content

    def _take(self, key: str, kind: type | tuple[type, ...], wanted: str) -> Any:
        self._asked.add(key)
        if key not in self._content:
            raise BadContent(self.at(key), "is missing")
        value = self._content[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise BadContent(self.at(key), f"is {value!r}, but must be {wanted}")
        return value

    def text(self, key: str, *, among: tuple[str, ...] = (), default: str | None = None) -> str:
        if default is not None and not self.has(key):
            return default
        value: str = self._take(key, str, "text")
        if not value.strip():
            raise BadContent(self.at(key), "is empty")
        return self._one_of(key, value, among)

    def whole(self, key: str, least: int, most: int, default: int | None = None) -> int:
        if default is not None and not self.has(key):
            return default
        value: int = self._take(key, int, "a whole number")
        if not least <= value <= most:
            raise BadContent(self.at(key), f"is {value}, but must be from {least} to {most}")
        return value

    def number(self, key: str) -> float | None:
        """None where the key is absent or null."""
        if self._content.get(key) is None:
            self._asked.add(key)
            return None
        return float(self._take(key, (int, float), "a number"))

    def flag(self, key: str, default: bool) -> bool:
        if not self.has(key):
            return default
        return bool(self._take(key, bool, "true or false"))

    def texts(
        self, key: str, *, among: tuple[str, ...] = (), default: tuple[str, ...] = ()
    ) -> tuple[str, ...]:
        if not self.has(key):
            return default
        values = self._take(key, (list, tuple), "a list of text")
        for value in values:
            if not isinstance(value, str) or not value:
                raise BadContent(self.at(key), f"holds {value!r}, which is no text")
            self._one_of(key, value, among)
        return tuple(values)

    def numbers(self, key: str) -> tuple[int, ...]:
        values = self._take(key, (list, tuple), "a list of whole numbers")
        if not all(type(value) is int for value in values):
            raise BadContent(self.at(key), "must hold whole numbers only")
        return tuple(values)

    def table(self, key: str) -> "Table":
        if not self.has(key):
            return Table({}, self.at(key))
        return Table(self._take(key, Mapping, "a table"), self.at(key))

    def tables(self, key: str) -> tuple["Table", ...]:
        values = self._take(key, (list, tuple), "a list of tables")
        return tuple(Table(value, f"{self.at(key)}[{n}]") for n, value in enumerate(values))

    def day(self, key: str) -> date | None:
        """A day as TOML writes it; None where the key is absent."""
        if not self.has(key):
            return None
        if isinstance(value := self._take(key, date, "a day"), datetime):
            raise BadContent(self.at(key), f"is {value}, but must be a day")
        day: date = value
        return day

    def dated(self, key: str) -> dict[date, str]:
        """A table from days (`2025-10-01`) to reasons."""
        table = self.table(key)
        return {_day(table.at(day), day): table.text(day) for day in table.names()}

    def done(self) -> None:
        for key in self._content:
            if key not in self._asked:
                raise BadContent(self.at(key), "is not known here")

    def _one_of(self, key: str, value: str, among: tuple[str, ...]) -> str:
        if among and value not in among:
            raise BadContent(self.at(key), f"is {value!r}, but must be one of {', '.join(among)}")
        return value


def _day(field: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadContent(field, f"{text!r} is no day (YYYY-MM-DD)") from None


def clock_time(field: str, text: object) -> time:
    """A local time of day, `08:30`. BadContent if it is none."""
    try:
        if isinstance(text, str):
            return time.fromisoformat(text)
    except ValueError:
        pass
    raise BadContent(field, f"{text!r} is no time of day (HH:MM)")


_NAMES = ("code", "line", "activity", "item")
"""What names the entry of a list, in whichever book."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where two contents differ; None where a side has nothing there."""

    field: str
    before: object
    after: object


def diff(before: object, after: object, field: str = "") -> tuple[Difference, ...]:
    """Where two contents differ, by field. List entries with a name of their own (`code`, `line`, …) are
    compared by it, others by their place."""
    if before == after and type(before) is type(after):
        return ()
    old, new = _named(before), _named(after)
    if old is None or new is None:
        return (Difference(field, before, after),)
    found: list[Difference] = []
    for key in [*old, *(key for key in new if key not in old)]:
        path = f"{field}{key}" if key.startswith("[") else f"{field}.{key}" if field else key
        if key not in old or key not in new:
            found.append(Difference(path, old.get(key), new.get(key)))
        else:
            found.extend(diff(old[key], new[key], path))
    return tuple(found)


def _named(content: object) -> dict[str, object] | None:
    if isinstance(content, Mapping):
        return {str(key): value for key, value in content.items()}
    if not isinstance(content, (list, tuple)):
        return None
    named: dict[str, object] = {}
    for n, entry in enumerate(content):
        name = next(filter(None, map(entry.get, _NAMES)), None) if isinstance(entry, Mapping) else None
        named[f"[{n if name is None else name}]"] = entry
    return named
