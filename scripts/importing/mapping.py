"""Mappings: how another office's columns and words become ours, one TOML file per source."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from domain.organisation import KINDS, LEVELS, is_time_zone
from domain.rule_books.content import BadContent, Table

NEEDED = ("external_number", "registered_at")
MOMENTS = (
    "registered_at",
    "dispatched_at",
    "respond_by",
    "responded_at",
    "first_resolve_by",
    "extended_at",
    "resolve_by",
    "resolved_at",
    "followed_up_at",
    "ended_at",
)
WORDS = (
    "category",
    "channel",
    "origin",
    "grid",
    "lead",
    "assisting",
    "result",
    "satisfaction",
    "solved",
    "ended",
)
TEXTS = ("external_number", "round", "text", "address", "lat", "long", "follow_up")
FIELDS = (*TEXTS, *WORDS, *MOMENTS)

ALLOWED: dict[str, tuple[str, ...]] = {
    "channel": (
        "hotline", "phone", "mini_program", "wechat", "contact_card", "counter", "visit", "patrol",
        "listening_day", "web", "open311", "upper_level",
    ),
    "origin": ("reactive", "proactive"),
    "result": ("", "solved", "partly", "explained", "referred"),
    "satisfaction": ("", "satisfied", "basically_satisfied", "dissatisfied", "no_answer"),
    "solved": ("", "yes", "partly", "no"),
    "ended": ("", "rejected", "withdrawn", "merged"),
}  # fmt: skip
"""Our words, for the fields that have a closed list of them."""

EMPTY: dict[str, str | None] = {"category": None, "channel": "hotline", "origin": "reactive"}
"""What an empty cell means where the mapping does not say; "" in all other fields."""

UNKNOWN = ("keep", "slug", "empty", "reject")
"""What becomes of a word that is not in the table: it is ours already, is made into one, counts as an empty
cell, or rejects the row."""
DELIMITERS = (",", ";", "|", "tab")
ANSWERS = ("reject", "at_resolution")
USUAL_LEVELS = ("city", "street", "community", "grid")
"""Of a grid path from the top, where the mapping names no others."""


class BadImport(ValueError):
    """A mapping or a file cannot be used at all; the text names the file, the field, and what is wrong."""


@dataclass(frozen=True, slots=True)
class WordRule:
    """How one field's words are read. `empty` is our word for an empty cell (None: the row is rejected)."""

    table: dict[str, str] = field(default_factory=dict)
    unknown: str = "keep"
    empty: str | None = ""

    def read(self, word: str) -> str | None:
        """Our word for theirs; None if the row has to be rejected."""
        if not word:
            return self.empty
        known = self.table.get(word)
        if known is not None:
            return known
        match self.unknown:
            case "keep":
                return word
            case "slug":
                return slug(word) or self.empty
            case "empty":
                return self.empty
        return None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping file, read. `columns` names, per field of ours, the columns to look in: the first that is
    filled counts, except that texts and categories put theirs together.

    `follow_up`: whether the source tells of follow-ups at all; a row may say by `unknown` in the field of
    that name that it does not. `under` is put before every grid made from a word; `levels` names the levels
    of a grid path from the top, the last one for all below. `names` says what grids and units are called
    where their words do not."""

    source: str
    time_zone: ZoneInfo
    moments: tuple[str, ...]
    encodings: tuple[str, ...]
    delimiter: str
    follow_up: bool
    answer_without_moment: str
    columns: dict[str, tuple[str, ...]]
    required: tuple[str, ...]
    words: dict[str, WordRule]
    under: str
    levels: tuple[str, ...]
    unit_kind: str
    names: dict[str, str]

    def level(self, path: str) -> str:
        """The level of a grid, by how deep its path is."""
        depth = path.count("/")
        return self.levels[min(depth, len(self.levels) - 1)]


def load_mapping(path: Path | str) -> Mapping:
    """Read a mapping file. BadImport names the field that is wrong."""
    try:
        content = tomllib.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise BadImport(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise BadImport(f"{path}: is not UTF-8 at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        raise BadImport(f"{path}: {error}") from None
    try:
        return read_mapping(content)
    except BadContent as error:
        raise BadImport(f"{path}: {error.field}: {error.message}") from None


def read_mapping(content: dict[str, Any]) -> Mapping:
    """A mapping from plain values. BadContent names the field that is wrong."""
    table = Table(content)
    zone = table.text("time_zone")
    if not is_time_zone(zone):
        raise BadContent("time_zone", f"{zone!r} is no time zone")
    columns = _columns(table.table("columns"))
    grids, units = table.table("grids"), table.table("units")
    delimiter = table.text("delimiter", among=DELIMITERS, default=",")
    mapping = Mapping(
        source=table.text("source"),
        time_zone=ZoneInfo(zone),
        moments=table.texts("moments", default=("iso",)),
        encodings=table.texts("encodings", default=("utf-8",)),
        delimiter="\t" if delimiter == "tab" else delimiter,
        follow_up=table.flag("follow_up", bool(columns.get("followed_up_at"))),
        answer_without_moment=table.text("answer_without_moment", among=ANSWERS, default="reject"),
        columns=columns,
        required=table.texts("required", among=FIELDS, default=NEEDED),
        words=_words(table.table("words")),
        under=grids.text("under", default=""),
        levels=grids.texts("levels", among=LEVELS, default=USUAL_LEVELS),
        unit_kind=units.text("kind", among=KINDS, default="office"),
        names={**_texts(grids.table("names")), **_texts(units.table("names"))},
    )
    table.flag("follow_up", False)
    for part in (table, grids, units):
        part.done()
    for field_name in mapping.required:
        if field_name not in columns:
            raise BadContent(f"columns.{field_name}", "is missing")
    return mapping


def _columns(table: Table) -> dict[str, tuple[str, ...]]:
    columns: dict[str, tuple[str, ...]] = {}
    for name in table.names():
        if name not in FIELDS:
            raise BadContent(table.at(name), f"is not known here; there are {', '.join(FIELDS)}")
        try:
            columns[name] = (table.text(name),)
        except BadContent:
            columns[name] = table.texts(name)
    return columns


def _words(table: Table) -> dict[str, WordRule]:
    rules = {name: WordRule(empty=EMPTY.get(name, "")) for name in WORDS}
    for name in table.names():
        if name not in WORDS:
            raise BadContent(table.at(name), f"is not known here; there are {', '.join(WORDS)}")
        entry = table.table(name)
        closed = ALLOWED.get(name, ())
        words = _texts(entry.table("table"))
        unknown = entry.text("unknown", among=UNKNOWN, default="keep")
        empty = entry.text("empty") if entry.has("empty") else EMPTY.get(name, "")
        entry.done()
        for theirs, ours in words.items():
            if closed and ours not in closed:
                raise BadContent(
                    f"{table.at(name)}.table.{theirs}", f"{ours!r} is none of {', '.join(closed)}"
                )
        if closed and empty and empty not in closed:
            raise BadContent(f"{table.at(name)}.empty", f"{empty!r} is none of {', '.join(closed)}")
        rules[name] = WordRule(words, unknown, empty)
    return rules


def _texts(table: Table) -> dict[str, str]:
    return {name: table.text(name) for name in table.names()}


def slug(word: str) -> str:
    """A word as an id: letters and digits of any script, small, joined by single dashes."""
    return re.sub(r"[\W_]+", "-", word.casefold()).strip("-")
