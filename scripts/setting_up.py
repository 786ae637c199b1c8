"""`huisheng init FILE.toml`: an organisation, its rule books and its people, from a file to facts.

Running it again records nothing. What would change is shown before it is recorded.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from domain import organisation
from domain.messages import Actor
from domain.organisation import (
    KINDS,
    LEVELS,
    EstablishGrid,
    EstablishUnit,
    FormBody,
    Organisation,
    SetTimeZone,
)
from domain.rule_books import BOOKS, Adopt, BadContent, Propose, RuleBookState, diff, read, stream_of
from domain.rule_books.content import Table
from domain.rule_books.resolutions import from_file
from domain.rule_books.vocabularies import Vocabulary
from domain.steps import Step
from engine.accounts import BadLogin, LoginTaken
from engine.desk import Desk, Order, Receipt
from scripts.staffing import (
    Change,
    Login,
    PersonWanted,
    Register,
    Remark,
    missing_people,
    read_bodies,
    read_people,
)

__all__ = [
    "OPERATOR", "BadSetup", "BookWanted", "Change", "Changes", "Register", "Setup",
    "apply", "load", "missing",
]  # fmt: skip

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
    resolution: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Setup:
    """What a set-up file asks for."""

    time_zone: str
    grids: tuple[EstablishGrid, ...]
    units: tuple[EstablishUnit, ...]
    books: tuple[BookWanted, ...]
    people: tuple[PersonWanted, ...] = ()
    bodies: tuple[FormBody, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What was, or would be, recorded; `logins` are kept beside the log, `remarks` only said. `receipt` is
    None where nothing was recorded."""

    changes: tuple[Change, ...]
    receipt: Receipt | None = None
    logins: tuple[Login, ...] = field(default=())
    remarks: tuple[Remark, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.changes or self.logins)

    @property
    def said(self) -> tuple[Change | Login | Remark, ...]:
        return (*self.changes, *self.logins, *self.remarks)

    def sentences(self) -> tuple[str, ...]:
        return tuple(f"{each.sign} {each.text}" for each in self.said)


# ------------------------------------------------------------------ reading the file


def load(path: Path) -> Setup:
    """Read a set-up file and the books it names (paths are relative to it). BadSetup names the fault."""
    content = _toml(path)
    try:
        table = Table(content)
        place = table.table("organisation")
        books = tuple(_book(entry, path) for entry in table.tables("books")) if table.has("books") else ()
        words = _words(books)
        people = read_people(table)
        setup = Setup(
            time_zone=_time_zone(place),
            grids=tuple(_grid(entry, words) for entry in table.tables("grids")) if table.has("grids") else (),
            units=tuple(map(_unit, table.tables("units"))) if table.has("units") else (),
            books=books,
            people=people,
            bodies=read_bodies(table, people),
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


def _words(books: tuple[BookWanted, ...]) -> Vocabulary:
    """The file's own vocabulary: the last that it puts in force."""
    found = [wanted for wanted in books if wanted.book == "vocabularies" and wanted.effective_from]
    if not found:
        return Vocabulary()
    wanted = max(found, key=lambda one: one.effective_from or date.min)
    try:
        words: Vocabulary = read(wanted.book, wanted.version, wanted.content, "")  # type: ignore[assignment]
    except BadContent as no:
        raise BadSetup(f"{wanted.file}: {no.field}: {no.message}") from None
    return words


def _grid(table: Table, words: Vocabulary) -> EstablishGrid:
    """A level by its canonical name, or by one that the file's vocabulary gives it at this place."""
    path, level = table.text("path"), table.text("level")
    known = level if level in LEVELS else words.level(level, path)
    if known is None:
        among = ", ".join(LEVELS)
        raise BadContent(
            table.at("level"), f"is {level!r}, but must be one of {among}, or a name of the vocabulary"
        )
    grid = EstablishGrid(path, table.text("name"), known)
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
        resolution=from_file(table.table("resolution")) if table.has("resolution") else None,
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
        adopt = Adopt(wanted.book, wanted.version, start, wanted.resolution)
        text = f"{wanted.book} {wanted.version} takes effect on {start}"
        changes.append(Change("+", text, Step("rule-book", stream, adopt)))
    return changes


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


# ------------------------------------------------------------------ recording it


def apply(
    desk: Desk,
    setup: Setup,
    register: Register | None = None,
    *,
    actor: Actor = OPERATOR,
    dry_run: bool = False,
    revoke: bool = False,
) -> Changes:
    """Record what is missing, all of it or nothing, then keep the logins. With `dry_run` only say what it
    would be; with `revoke` take back what the file's people have and the file does not give them.

    Refused where a version exists with other content, or the time zone is another already; BadSetup for a
    login somebody else has. A set-up with people needs the `register`.
    """
    state: Organisation = desk.state("organisation", organisation.STREAM)[0]
    books: dict[str, RuleBookState] = {
        wanted.book: desk.state("rule-book", stream_of(wanted.book))[0] for wanted in setup.books
    }
    zoned = Organisation(time_zone=setup.time_zone)
    found = missing(setup, state, books, zoned.local_date(desk.clock()))
    if setup.people or setup.bodies:
        if register is None:
            raise ValueError("a set-up with people needs the register")
        found = _with_people(setup, register, state, found, revoke=revoke)
    if not found:
        return found
    receipt = None
    if found.changes:
        receipt = desk.do(Order(tuple(change.step for change in found.changes), actor, dry_run=dry_run))
    if dry_run:
        return found
    if register is not None:
        _keep(setup, found, register)
    return Changes(found.changes, receipt, found.logins, found.remarks)


def _with_people(
    setup: Setup, register: Register, state: Organisation, found: Changes, *, revoke: bool
) -> Changes:
    for person in setup.people:
        held = register.accounts.find(person.login) if person.login else None
        if held is not None and held.person != person.id:
            raise BadSetup(f"people {person.key}: login: somebody else signs in so")
    _check_places(setup, state)
    if not state.time_zone_set:
        state = replace(state, time_zone=setup.time_zone)
    told = missing_people(setup.people, setup.bodies, register, state, revoke=revoke)
    return Changes(
        (*found.changes, *(each for each in told if isinstance(each, Change))),
        None,
        tuple(each for each in told if isinstance(each, Login)),
        tuple(each for each in told if isinstance(each, Remark)),
    )


def _check_places(setup: Setup, state: Organisation) -> None:
    """BadSetup for who would live or act where nothing is: the domain refuses it too, but cannot say whose
    line it was."""
    places = {grid.path for grid in setup.grids} | set(state.grids)
    units = {unit.unit for unit in setup.units} | set(state.units) | places
    for person in setup.people:
        asked = [("home", person.home, places), *(("posts", place, places) for _, place in person.posts)]
        asked += [("grants", one.scope, units if one.role == "unit" else places) for one in person.grants]
        for line, place, there in asked:
            if place and place not in there:
                raise BadSetup(f"people {person.key}: {line}: {place!r} is neither here nor in the store")


def _keep(setup: Setup, found: Changes, register: Register) -> None:
    """What stands beside the log: whose a number is, and who signs in by which name."""
    for person in setup.people:
        if person.phone:
            register.vault.enter_person(person.phone, person.id)
    for each in found.logins:
        account = register.accounts.of(each.person)
        try:
            hash = account.hash if account else ""
            register.accounts.keep(each.person, each.login, hash, register.desk.clock())
        except (BadLogin, LoginTaken) as no:
            raise BadSetup(f"{each.text}: {type(no).__doc__}") from None
