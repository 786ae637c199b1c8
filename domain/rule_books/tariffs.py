"""The books `tariffs` (积分规则: what a deed earns) and `catalogues` (兑换清单: what points buy).

The tariff in force on the day of the deed pays it; the catalogue in force at the order prices it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.rule_books.content import BadContent, Table

BASES = ("time", "day", "hours", "case")
KINDS = ("goods", "service", "voucher")
VERIFIERS = ("gridworker", "dispatcher", "street", "panel")
MOST = 1_000_000
"""Points of one entry at most."""

QUANTITY = 1_000
"""How often one claim may say that something was done."""

LINES = 500
NAME = 100


@dataclass(frozen=True, slots=True)
class TariffLine:
    """What one deed pays: `points` for each time, day, case, or each full `per` hours of `basis` hours.

    `stacking`: it may be paid beside another stacking line for one cause. `verifiers` are the roles that may
    say it was done. `cause_kind` is the kind of record that proves it (`claim`, `complaint`, `attendance`).
    """

    activity: str
    zh: str
    en: str
    points: int
    basis: str = "time"
    per: int = 1
    stacking: bool = False
    verifiers: tuple[str, ...] = ("gridworker", "dispatcher")
    cause_kind: str = "claim"

    def pays(self, quantity: int) -> int:
        """Points for `quantity` times, days, cases or hours; of hours only every full `per` counts."""
        return quantity // self.per * self.points

    @property
    def text(self) -> str:
        """The line in words: Chinese, ` · `, English. It is copied into facts."""
        zh, en = {"time": ("次", "time"), "day": ("天", "day"), "case": ("件", "case")}.get(
            self.basis, (f" {self.per} 小时", f"{self.per} hours")
        )
        return f"{self.zh}：每{zh} {self.points} 分 · {self.en}: {self.points} points per {en}"


@dataclass(frozen=True, slots=True)
class Tariff:
    """One version of the book, in the order it lists its lines."""

    version: str
    lines: Mapping[str, TariffLine]

    def get(self, activity: str) -> TariffLine | None:
        return self.lines.get(activity)


@dataclass(frozen=True, slots=True)
class CatalogueItem:
    """`price` None: not priced yet, so it cannot be ordered. Only `stocked` items are counted."""

    item: str
    zh: str
    en: str
    price: int | None
    stocked: bool
    kind: str

    @property
    def text(self) -> str:
        """As a tariff's line."""
        if self.price is None:
            return f"{self.zh}：未定价 · {self.en}: not priced"
        return f"{self.zh}：{self.price} 分 · {self.en}: {self.price} points"


@dataclass(frozen=True, slots=True)
class Catalogue:
    version: str
    items: Mapping[str, CatalogueItem]

    def get(self, item: str) -> CatalogueItem | None:
        return self.items.get(item)


def read_tariff(content: dict[str, Any], version: str) -> Tariff:
    """BadContent if an activity stands twice, pays nothing, or a field is wrong."""
    table = Table(content)
    lines: dict[str, TariffLine] = {}
    for entry in _bounded(table, "lines"):
        line = _line(entry)
        if line.activity in lines:
            raise BadContent(entry.at("activity"), f"{line.activity!r} is used twice")
        lines[line.activity] = line
    table.done()
    return Tariff(version, lines)


def _line(table: Table) -> TariffLine:
    activity = _name(table, "activity")
    basis = table.text("basis", among=BASES)
    if basis != "hours" and table.has("per"):
        raise BadContent(table.at("per"), "belongs to the basis hours only")
    line = TariffLine(
        activity=activity,
        zh=table.text("zh", default=activity),
        en=table.text("en", default=activity),
        points=table.whole("points", 1, MOST // QUANTITY),
        basis=basis,
        per=table.whole("per", 1, 24) if basis == "hours" else 1,
        stacking=table.flag("stacking", False),
        verifiers=table.texts("verifiers", among=VERIFIERS, default=("gridworker", "dispatcher")),
        cause_kind=table.text("cause_kind", default="claim"),
    )
    if not line.verifiers:
        raise BadContent(table.at("verifiers"), "names nobody who could verify it")
    table.done()
    return line


def read_catalogue(content: dict[str, Any], version: str) -> Catalogue:
    """BadContent if an item stands twice or a field is wrong."""
    table = Table(content)
    items: dict[str, CatalogueItem] = {}
    for entry in _bounded(table, "items"):
        item = _item(entry)
        if item.item in items:
            raise BadContent(entry.at("item"), f"{item.item!r} is used twice")
        items[item.item] = item
    table.done()
    return Catalogue(version, items)


def _item(table: Table) -> CatalogueItem:
    name = _name(table, "item")
    item = CatalogueItem(
        item=name,
        zh=table.text("zh", default=name),
        en=table.text("en", default=name),
        price=table.whole("price", 1, MOST // QUANTITY) if table.has("price") else None,
        stocked=table.flag("stocked", True),
        kind=table.text("kind", among=KINDS, default="goods"),
    )
    table.done()
    return item


def _bounded(table: Table, key: str) -> tuple[Table, ...]:
    entries = table.tables(key)
    if not 1 <= len(entries) <= LINES:
        raise BadContent(key, f"must have from 1 to {LINES} entries")
    return entries


def _name(table: Table, key: str) -> str:
    """A name that can stand in the id of a stream."""
    name = table.text(key)
    if len(name) > NAME or not name.isprintable() or any(sign.isspace() or sign in "/#" for sign in name):
        raise BadContent(table.at(key), f"{name!r} is no name (up to {NAME} signs, no space, / or #)")
    return name
