"""One row of another office's file as the command that records it, or why it cannot be one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.complaint.commands import HistoricRound, RecordHistory
from domain.messages import Sealed, clear
from engine.ids import derived_id
from scripts.importing.accounting import BadRow
from scripts.importing.mapping import ALLOWED, MOMENTS, Mapping
from scripts.importing.moments import NoMoment, read_moment

TEXT = 20_000
"""Characters of a ticket's text; CODE those of a number, a name, a code."""
CODE = 200
ROUNDS = 100
ROUNDED = 10**15
"""Excel keeps 15 digits of a number: longer ticket numbers lost their last ones in it."""
UNKNOWN = "unknown"
SEVERAL = re.compile(r"[,;|，；、]")

UNWRITABLE = re.compile("[\0\ud800-\udfff]")
"""NUL, and what a byte that is no text in the file's encoding is read as."""

CLOSED_BEFORE_OPENED = "closed_before_opened"
FOLLOW_UP_WITHOUT_MOMENT = "follow_up_without_moment"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A row translated. `stream` is the same whenever the ticket is met; `open` after this row."""

    stream: str
    command: RecordHistory
    open: bool


@dataclass(frozen=True, slots=True)
class Named:
    """What a row names that has to exist: our code and the name their word gives it."""

    kind: str
    code: str
    name: str


def _cell(value: Any) -> str:
    """A cell as text. Whole numbers have no decimals, however the file keeps them."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ",".join(map(_cell, value))
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def well_formed(path: str) -> bool:
    """Whether the organisation would take it as a grid's path or a unit's id."""
    return len(path) <= CODE and all(part and part == part.strip() for part in path.split("/"))


class Translator:
    """Reads rows by a mapping. `place_key` is the vault's."""

    def __init__(self, mapping: Mapping, place_key: Callable[[str], str]) -> None:
        self.mapping = mapping
        self._columns = mapping.columns
        self._place_key = place_key
        self._known: dict[tuple[str, str], str | None] = {}

    # ------------------------------------------------------------------ cells

    def _first(self, field: str, cells: dict[str, Any]) -> Any:
        """The first filled cell of the field's columns, as the file has it."""
        for column in self._columns.get(field, ()):
            value = cells.get(column)
            if type(value) is str:
                value = value.strip()
            if value is not None and value != "":
                return value
        return None

    def _text(self, field: str, cells: dict[str, Any], most: int = CODE) -> str:
        value = self._first(field, cells)
        if value is None:
            return ""
        return self._checked(field, value if type(value) is str else _cell(value), most)

    def _checked(self, field: str, text: str, most: int) -> str:
        if len(text) > most:
            raise BadRow(field, "text.length", f"has {len(text)} characters; at most {most} are kept")
        if UNWRITABLE.search(text):
            raise BadRow(field, "text.encoding", "holds bytes that are no text in the file's encoding")
        return text

    def _joined(self, field: str, cells: dict[str, Any], between: str, most: int) -> str:
        parts = [_cell(cells.get(column)) for column in self._columns.get(field, ())]
        return self._checked(field, between.join(dict.fromkeys(part for part in parts if part)), most)

    def _moment(self, field: str, cells: dict[str, Any]) -> datetime | None:
        value = self._first(field, cells)
        if value is None:
            return None
        try:
            mapping = self.mapping
            return read_moment(value, mapping.moments, mapping.time_zone, end_of_day=field.endswith("_by"))
        except NoMoment as error:
            raise BadRow(field, "moment.unreadable", str(error)) from None

    def _number(self, cells: dict[str, Any]) -> str:
        value = self._first("external_number", cells)
        if isinstance(value, float) and value >= ROUNDED:
            raise BadRow("external_number", "number.rounded", f"{value:.0f} was kept as a rounded number")
        number = self._checked("external_number", _cell(value), CODE)
        if not number:
            raise BadRow("external_number", "value.missing", "is empty")
        return number

    # ------------------------------------------------------------------ words

    def word(self, field: str, theirs: str) -> str:
        """Our word for theirs. BadRow if the mapping rejects it, or it is none of ours."""
        key = field, theirs
        if key not in self._known:
            self._known[key] = self._read(field, theirs)
        ours = self._known[key]
        if ours is None:
            shown = repr(theirs) if theirs else "an empty cell"
            raise BadRow(field, "value.unknown", f"{shown} is not in the mapping's words")
        return ours

    def _read(self, field: str, theirs: str) -> str | None:
        ours = self.mapping.words[field].read(theirs)
        if ours is None or (field in ALLOWED and ours not in ALLOWED[field]):
            return None
        if field == "grid" and self.mapping.under and ours != self.mapping.under:
            ours = f"{self.mapping.under}/{ours}" if ours else self.mapping.under
        if field in ("grid", "lead", "assisting") and ours and not well_formed(ours):
            return None
        return ours

    def _worded(self, field: str, cells: dict[str, Any]) -> str:
        if field not in self._columns:
            return self.word(field, "")
        if field == "category":
            return self.word(field, self._joined(field, cells, "/", CODE))
        return self.word(field, self._text(field, cells))

    def _assisting(self, cells: dict[str, Any]) -> tuple[str, ...]:
        several = SEVERAL.split(self._text("assisting", cells, CODE * 10))
        named = (self.word("assisting", one.strip()) for one in several if one.strip())
        return tuple(dict.fromkeys(unit for unit in named if unit))

    def named(self, cells: dict[str, Any]) -> list[Named]:
        """The grids, units and categories a row names; those it names wrongly are left to `ticket`."""
        found: list[Named] = []
        for kind, field in (("category", "category"), ("grid", "grid"), ("unit", "lead")):
            theirs = self._joined_or_empty(cells) if field == "category" else _cell(self._first(field, cells))
            found.extend(self._name(kind, field, theirs))
        if self.mapping.columns.get("assisting"):
            for one in SEVERAL.split(_cell(self._first("assisting", cells))):
                found.extend(self._name("unit", "assisting", one.strip()))
        return found

    def _joined_or_empty(self, cells: dict[str, Any]) -> str:
        try:
            return self._joined("category", cells, "/", CODE)
        except BadRow:
            return ""

    def _name(self, kind: str, field: str, theirs: str) -> list[Named]:
        try:
            code = self.word(field, theirs)
        except BadRow:
            return []
        return [Named(kind, code, self.mapping.names.get(code) or theirs or code)] if code else []

    # ------------------------------------------------------------------ the ticket

    def ticket(self, cells: dict[str, Any]) -> Ticket:
        """The row as a command. BadRow names the field that keeps it from being one."""
        mapping = self.mapping
        number = self._number(cells)
        stream = derived_id("c", mapping.source, number)
        line, mended = self._round(cells)
        grid = self._worded("grid", cells)
        if not grid:
            raise BadRow("grid", "value.missing", "is empty")
        address = self._text("address", cells, TEXT)
        command = RecordHistory(
            source=mapping.source,
            external_number=number,
            category=self._worded("category", cells),
            channel=self._worded("channel", cells),
            origin=self._worded("origin", cells),
            grid=grid,
            text=clear(stream, self._joined("text", cells, " · ", TEXT)),
            line=line,
            follow_up_known=mapping.follow_up and self._text("follow_up", cells) != UNKNOWN,
            address=clear(stream, address) if address else None,
            location=self._location(stream, cells),
            place_key=self._place_key(address) if address else "",
            mended=mended,
        )
        return Ticket(stream, command, line.resolved_at is None and not line.ended)

    def _round(self, cells: dict[str, Any]) -> tuple[HistoricRound, tuple[str, ...]]:
        columns = self.mapping.columns
        told = {field: self._moment(field, cells) for field in MOMENTS if field in columns}
        registered_at = told.pop("registered_at", None)
        if registered_at is None:
            raise BadRow("registered_at", "value.missing", "is empty")
        mended: list[str] = []
        resolved_at = told.get("resolved_at")
        if resolved_at is not None and resolved_at < registered_at:
            told["resolved_at"] = registered_at
            mended.append(CLOSED_BEFORE_OPENED)
        if told.get("first_resolve_by") is None and told.get("extended_at") is None:
            told["first_resolve_by"] = told.get("resolve_by")
        if told.get("resolve_by") is None:
            told["resolve_by"] = told.get("first_resolve_by")
        satisfaction, solved = self._worded("satisfaction", cells), self._worded("solved", cells)
        if (satisfaction or solved) and told.get("followed_up_at") is None:
            if self.mapping.answer_without_moment == "reject" or told.get("resolved_at") is None:
                raise BadRow("followed_up_at", "value.missing", "is empty, but there is an answer")
            told["followed_up_at"] = told["resolved_at"]
            mended.append(FOLLOW_UP_WITHOUT_MOMENT)
        line = HistoricRound(
            round=self._round_number(cells),
            registered_at=registered_at,
            lead=self._worded("lead", cells),
            result=self._worded("result", cells),
            satisfaction=satisfaction,
            solved=solved,
            ended=self._worded("ended", cells),
            assisting=self._assisting(cells) if "assisting" in columns else (),
            **told,
        )
        return line, tuple(mended)

    def _round_number(self, cells: dict[str, Any]) -> int:
        text = self._text("round", cells)
        if not text:
            return 1
        if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= ROUNDS:
            raise BadRow("round", "value.unknown", f"{text!r} is no round from 1 to {ROUNDS}")
        return int(text)

    def _location(self, stream: str, cells: dict[str, Any]) -> Sealed | None:
        """`latitude,longitude`, as living cases keep it; None where one is missing or 0 (unknown)."""
        if "lat" not in self.mapping.columns:
            return None
        lat, long = self._degrees("lat", cells, 90), self._degrees("long", cells, 180)
        return clear(stream, f"{lat},{long}") if lat and long else None

    def _degrees(self, field: str, cells: dict[str, Any], most: int) -> float | None:
        text = self._text(field, cells)
        if not text:
            return None
        try:
            degrees = float(text)
        except ValueError:
            raise BadRow(field, "place.location", "is no number of degrees") from None
        if not -most <= degrees <= most:
            raise BadRow(field, "place.location", f"is not between -{most} and {most} degrees")
        return degrees
