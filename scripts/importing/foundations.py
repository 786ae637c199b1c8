"""What tickets name and the store does not know yet: grids, units and categories, recorded before them.

What exists keeps its name and level; a file of tickets renames nothing.
"""

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, Protocol

from domain import organisation
from domain.organisation import EstablishGrid, EstablishUnit, Organisation
from domain.refusals import Refused
from domain.rule_books import Adopt, Books, Propose, stream_of
from domain.steps import Step
from engine.desk import Desk, Order
from scripts.importing.mapping import Mapping
from scripts.importing.translating import Named, well_formed
from scripts.setting_up import OPERATOR

BOOK = "categories"


class Levels(Protocol):
    """What of a mapping concerns the places it makes known."""

    @property
    def names(self) -> dict[str, str]: ...
    def level(self, path: str) -> str: ...


def establish(desk: Desk, mapping: Mapping, named: Iterable[Named]) -> int:
    """Record what is missing, all of it or nothing; returns how many things were."""
    stage = desk.stage()
    wanted = sorted(set(named), key=lambda one: (one.kind, one.code, one.name))
    steps = [
        *grid_steps(mapping, stage.organisation, [one for one in wanted if one.kind == "grid"]),
        *_unit_steps(mapping, stage.organisation, wanted),
        *_category_steps(mapping, stage.books, stage.organisation, desk.clock(), wanted),
    ]
    if steps:
        desk.do(Order(tuple(steps), OPERATOR))
    return len(steps)


def grid_steps(mapping: Levels, known: Organisation, wanted: list[Named]) -> list[Step]:
    """Every grid and every node above it, from the top down; the first name given to a path counts."""
    names: dict[str, str] = {}
    for one in wanted:
        parts = one.code.split("/")
        for depth in range(1, len(parts)):
            above = "/".join(parts[:depth])
            names.setdefault(above, mapping.names.get(above, parts[depth - 1]))
        if one.code not in names or names[one.code] == parts[-1]:
            names[one.code] = one.name
    return [
        Step("organisation", organisation.STREAM, EstablishGrid(path, names[path], mapping.level(path)))
        for path in sorted(names)
        if known.grid(path) is None
    ]


def _unit_steps(mapping: Mapping, known: Organisation, wanted: list[Named]) -> list[Step]:
    """Units that are no grid: every grid's team has the grid's own path."""
    grids = {one.code for one in wanted if one.kind == "grid"}
    grids.update(organisation.parent(path) for path in list(grids))
    units: dict[str, str] = {}
    for one in wanted:
        if (
            one.kind == "unit"
            and one.code not in grids
            and known.unit(one.code) is None
            and well_formed(one.code)
        ):
            units.setdefault(one.code, one.name)
    return [
        Step("organisation", organisation.STREAM, EstablishUnit(unit, name, mapping.unit_kind))
        for unit, name in units.items()
    ]


def _category_steps(
    mapping: Mapping, books: Books, place: Organisation, now: datetime, wanted: list[Named]
) -> list[Step]:
    """One further version of the categories book, with the entries in force and the new ones."""
    entries: list[dict[str, Any]] = []
    with suppress(Refused):  # a store without any: the import's are its first
        entries = list(books.in_force(BOOK, now).content.get("categories", ()))
    known = {entry["code"] for entry in entries}
    new: dict[str, str] = {}
    for one in wanted:
        if one.kind == "category" and one.code not in known:
            new.setdefault(one.code, one.name)
    if entries and not new:
        return []
    entries += [{"code": code, "zh": name, "en": name} for code, name in new.items()]
    content = {"categories": entries}
    mark = hashlib.sha256("\n".join(entry["code"] for entry in entries).encode()).hexdigest()[:8]
    version = f"import-{mapping.source}-{mark}"
    stream = stream_of(BOOK)
    return [
        Step("rule-book", stream, Propose(BOOK, version, content)),
        Step("rule-book", stream, Adopt(BOOK, version, place.local_date(now))),
    ]
