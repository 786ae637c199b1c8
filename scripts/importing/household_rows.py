"""Rows of a register of households, read: which column is what, and why a row cannot be one."""

import re
import tomllib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from domain.bounds import NAME
from domain.households.rules import ADDRESS, COMPOUND, ID, KINDS, PEOPLE, TENURES
from domain.organisation import LEVELS
from domain.rule_books.content import BadContent, Table
from scripts.importing.accounting import BadRow
from scripts.importing.mapping import DELIMITERS, USUAL_LEVELS, BadImport
from scripts.importing.moments import NoMoment, read_moment

COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "household", "户编号", "住户编号", "户号"),
    "grid": ("grid", "网格", "所属网格"),
    "compound": ("compound", "小区"),
    "address": ("address", "地址", "住址", "门牌"),
    "people": ("people", "人数", "人口", "居住人数"),
    "kind": ("kind", "类别", "住户类别"),
    "name": ("name", "户主", "联系人", "姓名"),
    "phone": ("phone", "电话", "联系电话", "手机号"),
    "tenure": ("tenure", "居住方式", "产权"),
    "since": ("since", "入住日期", "迁入日期"),
}
"""Our field = their column, or several: the first that is filled."""

WORDS: dict[str, dict[str, str]] = {
    "kind": {
        **{each: each for each in KINDS},
        "住户": "resident", "居民": "resident", "居民户": "resident",
        "上班族": "employed", "重点户": "key",
        "商铺": "shop", "商户": "shop", "门店": "shop", "企业": "shop",
    },
    "tenure": {
        **{each: each for each in TENURES},
        "自住": "own", "自有": "own", "租住": "rent", "租户": "rent", "出租": "rent", "其他": "other",
    },
}  # fmt: skip
"""Their word = ours; an empty cell: not told."""

SHOWN = ("id", "grid", "people", "kind", "tenure", "since")
"""Fields that may stand in the file of rejected rows; who lives where may not."""

LONGEST = {"compound": COMPOUND, "address": ADDRESS}
MOMENTS = ("iso", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "excel")
PATH = re.compile(r"[\w.-]{1,100}(?:/[\w.-]{1,100}){0,9}")
WHOLE = re.compile(r"\d{1,6}")


@dataclass(frozen=True, slots=True)
class HouseholdMapping:
    """How another register's columns and words become ours. `under` is put before every grid that is no path
    of it; `grids` says which grid their word means, `names` what new ones are called."""

    source: str = "register"
    encodings: tuple[str, ...] = ("utf-8", "gb18030")
    delimiter: str = ","
    columns: dict[str, tuple[str, ...]] = field(default_factory=lambda: COLUMNS)
    required: tuple[str, ...] = ("id", "grid")
    words: dict[str, dict[str, str]] = field(default_factory=lambda: WORDS)
    under: str = ""
    levels: tuple[str, ...] = USUAL_LEVELS
    grids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def level(self, path: str) -> str:
        """The level of a grid, by how deep its path is."""
        return self.levels[min(path.count("/"), len(self.levels) - 1)]


def load_mapping(path: Path | str) -> HouseholdMapping:
    """Read a mapping file. BadImport names the field that is wrong."""
    try:
        content = tomllib.loads(Path(path).read_text("utf-8"))
        return read_mapping(content)
    except OSError as error:
        raise BadImport(f"{path}: {error.strerror or error}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadImport(f"{path}: {error}") from None
    except BadContent as error:
        raise BadImport(f"{path}: {error.field}: {error.message}") from None


def read_mapping(content: dict[str, Any]) -> HouseholdMapping:
    """A mapping from plain values. BadContent names the field that is wrong."""
    table = Table(content)
    columns, words, grids = table.table("columns"), table.table("words"), table.table("grids")
    named = dict(COLUMNS)
    for name in columns.names():
        if name not in COLUMNS:
            raise BadContent(columns.at(name), f"is not known here; there are {', '.join(COLUMNS)}")
        several = isinstance(content["columns"][name], list)
        named[name] = columns.texts(name) if several else (columns.text(name),)
    known = {name: dict(words_of) for name, words_of in WORDS.items()}
    for name in words.names():
        if name not in WORDS:
            raise BadContent(words.at(name), f"is not known here; there are {', '.join(WORDS)}")
        entry = words.table(name)
        allowed = KINDS if name == "kind" else TENURES
        known[name] |= {theirs: entry.text(theirs, among=allowed) for theirs in entry.names()}
    delimiter = table.text("delimiter", among=DELIMITERS, default=",")
    of, names = grids.table("words"), grids.table("names")
    mapping = HouseholdMapping(
        source=table.text("source"),
        encodings=table.texts("encodings", default=("utf-8", "gb18030")),
        delimiter="\t" if delimiter == "tab" else delimiter,
        columns=named,
        words=known,
        under=grids.text("under", default=""),
        levels=grids.texts("levels", among=LEVELS, default=USUAL_LEVELS),
        grids={theirs: of.text(theirs) for theirs in of.names()},
        names={path: names.text(path) for path in names.names()},
    )
    for part in (grids, table):
        part.done()
    return mapping


class Entry(NamedTuple):
    """A row that can be read. `people` and `since` are None, `kind` and `tenure` "" where it says nothing."""

    id: str
    grid: str
    compound: str
    address: str
    people: int | None
    kind: str
    name: str
    phone: str
    tenure: str
    since: date | None


class Reader:
    def __init__(self, mapping: HouseholdMapping, zone: ZoneInfo, path: Path) -> None:
        self.mapping, self.zone = mapping, zone
        self.sheet = ".xlsx" in [suffix.lower() for suffix in path.suffixes]

    def read(self, cells: dict[str, Any]) -> Entry:
        """BadRow names the field that keeps it from being one."""
        id = self._text("id", cells)
        if not id:
            raise BadRow("id", "value.missing", "is empty")
        if not ID.fullmatch(id):
            raise BadRow("id", "household.id", "has 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first")
        grid = self._grid(cells)
        if not grid:
            raise BadRow("grid", "value.missing", "is empty")
        return Entry(
            id,
            grid,
            self._text("compound", cells),
            self._text("address", cells),
            self._people(cells),
            self._word("kind", cells),
            self._text("name", cells),
            self._text("phone", cells),
            self._word("tenure", cells),
            self._day(cells),
        )

    def place(self, cells: dict[str, Any]) -> tuple[str, str] | None:
        """The grid a row names, with what it is called; None where it names none."""
        try:
            path = self._grid(cells)
        except BadRow:
            return None
        theirs = self._text("grid", cells)
        return (path, theirs.rpartition("/")[2]) if path else None

    def _grid(self, cells: dict[str, Any]) -> str:
        theirs = self._text("grid", cells).strip("/")
        if not theirs:
            return ""
        path, under = self.mapping.grids.get(theirs, theirs), self.mapping.under
        if under and path != under and not path.startswith(under + "/"):
            path = f"{under}/{path}"
        if not PATH.fullmatch(path):
            raise BadRow("grid", "value.unknown", f"{path[:60]!r} is no path of a grid")
        return path

    def _word(self, field: str, cells: dict[str, Any]) -> str:
        theirs = self._text(field, cells)
        known = self.mapping.words[field]
        if theirs and theirs not in known:
            raise BadRow(field, "value.unknown", f"{theirs[:60]!r} is none of {', '.join(known)}")
        return known[theirs] if theirs else ""

    def _people(self, cells: dict[str, Any]) -> int | None:
        told = self._text("people", cells)
        if not told:
            return None
        if not WHOLE.fullmatch(told) or int(told) > PEOPLE:
            raise BadRow("people", "number.out-of-bounds", f"is no whole number from 0 to {PEOPLE}")
        return int(told)

    def _day(self, cells: dict[str, Any]) -> date | None:
        try:
            at = read_moment(self._first("since", cells), MOMENTS, self.zone)
        except NoMoment as error:
            raise BadRow("since", "moment.unreadable", str(error)) from None
        return None if at is None else at.astimezone(self.zone).date()

    def _first(self, field: str, cells: dict[str, Any]) -> Any:
        """The first filled cell of the field's columns."""
        for column in self.mapping.columns[field]:
            value = cells.get(column)
            if isinstance(value, str):
                value = value.strip()
            if value is not None and value != "":
                return value
        return None

    def _text(self, field: str, cells: dict[str, Any]) -> str:
        value = self._first(field, cells)
        if value is None:
            return ""
        if isinstance(value, float) and value.is_integer() and self.sheet:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, (str, int)):
            raise BadRow(field, "value.unknown", "is neither text nor a whole number")
        text, most = str(value), LONGEST.get(field, NAME)
        if len(text) > most:
            raise BadRow(field, "text.length", f"has {len(text)} characters; at most {most} are kept")
        if not text.isprintable():
            raise BadRow(field, "text.encoding", "holds characters that cannot be printed")
        return text
