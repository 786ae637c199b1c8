"""`huisheng init FILE.toml`: an organisation and its rule books, from a file to facts.

Running it again records nothing. What would change is shown before it is recorded.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from domain import organisation
from domain.messages import Actor
from domain.organisation import KINDS, LEVELS, EstablishGrid, EstablishUnit, Organisation, SetTimeZone
from domain.rule_books import BOOKS, Adopt, BadContent, Propose, RuleBookState, diff, read, stream_of
from domain.rule_books.content import Table
from engine.desk import Desk, Order, Receipt, Step

OPERATOR = Actor("operator", "admin")
"""Who sets up: whoever may write the store's files."""


class BadSetup(ValueError):
    """A set-up file cannot be read; the text names the file, the line or field, and what is wrong."""


@dataclass(frozen=True, slots=True)
class BookWanted:
    """A version of a rule book, read from `file`; None in `effective_from` proposes without adopting."""

    book: str
    version: str
    content: dict[str, Any]
    effective_from: date | None
    file: Path


@dataclass(frozen=True, slots=True)
class Setup:
    """What a set-up file asks for."""

    time_zone: str
    grids: tuple[EstablishGrid, ...]
    units: tuple[EstablishUnit, ...]
    books: tuple[BookWanted, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not yet as asked: `sign` is `+` (new) or `~` (other than now)."""

    sign: str
    text: str
    step: Step


@dataclass(frozen=True, slots=True)
class Changes:
    """What was, or would be, recorded. `receipt` is None where nothing was."""

    changes: tuple[Change, ...]
    receipt: Receipt | None = None

    def __bool__(self) -> bool:
        return bool(self.changes)

    def sentences(self) -> tuple[str, ...]:
        return tuple(f"{change.sign} {change.text}" for change in self.changes)


# ------------------------------------------------------------------ reading the file


def load(path: Path) -> Setup:
    """Read a set-up file and the books it names (paths are relative to it). BadSetup names the fault."""
    content = _toml(path)
    try:
        table = Table(content)
        place = table.table("organisation")
        setup = Setup(
            time_zone=_time_zone(place),
            grids=tuple(map(_grid, table.tables("grids"))) if table.has("grids") else (),
            units=tuple(map(_unit, table.tables("units"))) if table.has("units") else (),
            books=tuple(_book(entry, path) for entry in table.tables("books")) if table.has("books") else (),
        )
        place.done()
        table.done()
    except BadContent as no:
        raise BadSetup(f"{path}: {no.field}: {no.message}") from None
    for wanted in setup.books:
        try:
            read(wanted.book, wanted.version, wanted.content, setup.time_zone)
        except BadContent as no:
            raise BadSetup(f"{wanted.file}: {no.field}: {no.message}") from None
    return setup


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as no:
        raise BadSetup(f"{path}: {no.strerror or no}") from None
    except UnicodeDecodeError as no:
        raise BadSetup(f"{path}: is not UTF-8 at byte {no.start}") from None
    except tomllib.TOMLDecodeError as no:
        raise BadSetup(f"{path}: {no}") from None


def _time_zone(table: Table) -> str:
    name = table.text("time_zone", default=organisation.DEFAULT_TIME_ZONE)
    if not organisation.is_time_zone(name):
        raise BadContent(table.at("time_zone"), f"{name!r} is no time zone")
    return name


def _grid(table: Table) -> EstablishGrid:
    grid = EstablishGrid(table.text("path"), table.text("name"), table.text("level", among=LEVELS))
    table.done()
    return grid


def _unit(table: Table) -> EstablishUnit:
    unit = EstablishUnit(table.text("id"), table.text("name"), table.text("kind", among=KINDS))
    table.done()
    return unit


def _book(table: Table, path: Path) -> BookWanted:
    file = path.parent / table.text("file")
    wanted = BookWanted(
        book=table.text("book", among=BOOKS),
        version=table.text("version"),
        content=_toml(file),
        effective_from=table.day("effective_from"),
        file=file,
    )
    table.done()
    return wanted


# ------------------------------------------------------------------ what is not yet so


def missing(setup: Setup, state: Organisation, books: Mapping[str, RuleBookState], today: date) -> Changes:
    """What the store must still record to be as the file asks. `today` is the deployment's local day.

    A book's first version takes effect when the file says; a later one today at the earliest.
    """
    changes: list[Change] = []
    zone = state.time_zone if state.time_zone_set else None
    changes.extend(_named("time zone", zone, setup.time_zone, SetTimeZone(setup.time_zone)))
    for grid in setup.grids:
        known = state.grids.get(grid.path)
        before = None if known is None else f"{known.name} ({known.level})"
        changes.extend(_named(f"grid {grid.path}", before, f"{grid.name} ({grid.level})", grid))
    for unit in setup.units:
        named = state.units.get(unit.unit)
        before = None if named is None else f"{named.name} ({named.kind})"
        changes.extend(_named(f"unit {unit.unit}", before, f"{unit.name} ({unit.kind})", unit))
    for wanted in setup.books:
        changes.extend(_book_changes(wanted, books.get(wanted.book, RuleBookState()), today))
    return Changes(tuple(changes))


def _named(
    what: str, before: str | None, after: str, command: SetTimeZone | EstablishGrid | EstablishUnit
) -> tuple[Change, ...]:
    if before == after:
        return ()
    step = Step("organisation", organisation.STREAM, command)
    if before is None:
        return (Change("+", f"{what}: {after}", step),)
    return (Change("~", f"{what}: {before} → {after}", step),)


def _book_changes(wanted: BookWanted, state: RuleBookState, today: date) -> list[Change]:
    changes: list[Change] = []
    stream = stream_of(wanted.book)
    known = state.versions.get(wanted.version)
    if known is None or known.content != wanted.content:
        before = known or state.in_force(today)
        text = f"{wanted.book} {wanted.version}"
        if before is not None:
            differences = diff(before.content, wanted.content)
            text += f" (against {before.version}: " + "; ".join(
                f"{found.field}: {_short(found.before)} → {_short(found.after)}" for found in differences
            )
            text += ")"
        propose = Propose(wanted.book, wanted.version, wanted.content)
        changes.append(Change("~" if known else "+", text, Step("rule-book", stream, propose)))
    if wanted.effective_from is not None and state.adoption(wanted.version) is None:
        start = max(wanted.effective_from, today) if state.adoptions else wanted.effective_from
        adopt = Adopt(wanted.book, wanted.version, start)
        text = f"{wanted.book} {wanted.version} takes effect on {start}"
        changes.append(Change("+", text, Step("rule-book", stream, adopt)))
    return changes


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


# ------------------------------------------------------------------ recording it


def apply(desk: Desk, setup: Setup, *, actor: Actor = OPERATOR, dry_run: bool = False) -> Changes:
    """Record what is missing, all of it or nothing. With `dry_run` only say what it would be.

    Refused where a version exists with other content, or the time zone is another already.
    """
    state: Organisation = desk.state("organisation", organisation.STREAM)[0]
    books: dict[str, RuleBookState] = {
        wanted.book: desk.state("rule-book", stream_of(wanted.book))[0] for wanted in setup.books
    }
    zoned = Organisation(time_zone=setup.time_zone)
    found = missing(setup, state, books, zoned.local_date(desk.clock()))
    if not found:
        return found
    order = Order(tuple(change.step for change in found.changes), actor, dry_run=dry_run)
    receipt = desk.do(order)
    return found if dry_run else Changes(found.changes, receipt)
