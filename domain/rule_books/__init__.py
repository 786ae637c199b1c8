"""Rule books: the rules, in versions. A version never changes; adopting it puts it in force from a day on.

Each book is a stream of its own. Facts of other aggregates name the version they were decided by, so replay
never asks what is in force today. Who may propose and adopt is the api's table of permissions.
"""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, assert_never

from domain.calendar import WorkingCalendar
from domain.messages import Envelope, command, fact
from domain.refusals import Refused
from domain.rule_books.books import Books
from domain.rule_books.categories import METHODS, TRACKS, Categories, Category, RequiredReading
from domain.rule_books.content import BadContent, Difference, diff
from domain.rule_books.deadline_rules import CLOCKS, URGENCIES, DeadlineRules, Line, Settings
from domain.rule_books.resolutions import check as check_resolution
from domain.rule_books.versions import BOOKS, Adoption, RuleBookState, Version, read, stream_of

if TYPE_CHECKING:
    from domain.scene import Scene

__all__ = [
    "BOOKS", "CLOCKS", "INITIAL", "METHODS", "TRACKS", "URGENCIES",
    "Adopt", "Adoption", "BadContent", "BookAdopted", "BookProposed", "Books", "Categories", "Category",
    "DeadlineRules", "Difference", "Line", "Propose", "RequiredReading", "RuleBookState", "Settings",
    "Version", "WorkingCalendar", "decide", "diff", "evolve", "read", "stream_of",
]  # fmt: skip

# ------------------------------------------------------------------ commands


@command
class Propose:
    """Put a version into the book. `content` holds plain values: text, numbers, booleans, lists, tables."""

    book: str
    version: str
    content: dict[str, Any]


@command
class Adopt:
    """Put a proposed version in force from the start of a local day on. `resolution` says who decided so:
    `held_on, eligible, present, in_favour, minutes`; later tariffs and catalogues need one."""

    book: str
    version: str
    effective_from: date
    resolution: dict[str, Any] | None = None


Command = Propose | Adopt

# ------------------------------------------------------------------ facts


@fact("rule-book.proposed")
class BookProposed:
    book: str
    version: str
    content: dict[str, Any]


@fact("rule-book.adopted")
class BookAdopted:
    book: str
    version: str
    effective_from: date
    resolution: dict[str, Any] | None


Fact = BookProposed | BookAdopted

State = RuleBookState
INITIAL = RuleBookState()

# ------------------------------------------------------------------ decide and evolve


def decide(command: Command, state: RuleBookState, scene: "Scene") -> tuple[Fact, ...]:
    """Saying what is already so records nothing."""
    _check_book(command.book, state, scene)
    match command:
        case Propose(book, version, content):
            return _propose(book, version, content, state, scene)
        case Adopt():
            return _adopt(command, state, scene)
        case _:
            assert_never(command)


def _check_book(book: str, state: RuleBookState, scene: "Scene") -> None:
    if book not in BOOKS:
        raise Refused(
            "rule-book.unknown", f"there is no rule book {book!r}", help=", ".join(BOOKS), book=book
        )
    if scene.stream != stream_of(book) or state.book not in ("", book):
        raise ValueError(f"{book} was sent to the stream {scene.stream}")


def _propose(
    book: str, version: str, content: dict[str, Any], state: RuleBookState, scene: "Scene"
) -> tuple[Fact, ...]:
    if not version.strip():
        raise BadContent("version", "is empty")
    _check_plain(content, "")
    known = state.versions.get(version)
    if known is None:
        read(book, version, content, scene.organisation.time_zone)
        return (BookProposed(book, version, content),)
    if known.content != content:
        raise Refused(
            "rule-book.version-exists",
            f"{book} {version} exists with other content; a version never changes",
            help="propose it under a new version",
            book=book,
            version=version,
        )
    return ()


def _adopt(asked: Adopt, state: RuleBookState, scene: "Scene") -> tuple[Fact, ...]:
    if asked.version not in state.versions:
        raise Refused(
            "rule-book.unknown-version",
            f"{asked.book} has no version {asked.version!r}",
            help="propose it first",
            book=asked.book,
            version=asked.version,
        )
    known = state.adoption(asked.version)
    if known is not None and known.effective_from == asked.effective_from:
        return ()
    today = scene.organisation.local_date(scene.now)
    promised = any(adopted.adopted_at != scene.now for adopted in state.adoptions)  # not this very set-up
    if promised and asked.effective_from < today:
        raise Refused(
            "rule-book.retroactive",
            f"{asked.book} {asked.version} cannot take effect in the past: promises were already made",
            help=f"from {today} on",
            book=asked.book,
            version=asked.version,
            earliest=today.isoformat(),
        )
    check_resolution(asked.book, asked.version, asked.resolution, first=not promised, today=today)
    return (BookAdopted(asked.book, asked.version, asked.effective_from, asked.resolution),)


def _check_plain(content: object, field: str) -> None:
    """What does not survive JSON would read back as something else, and differ from itself."""
    match content:
        case dict():
            for key, value in content.items():
                path = f"{field}.{key}" if field else str(key)
                if not isinstance(key, str):
                    raise BadContent(path, "is a key that is no text")
                _check_plain(value, path)
        case list():
            for n, value in enumerate(content):
                _check_plain(value, f"{field}[{n}]")
        case None | str() | int() | float():
            pass
        case _:
            raise BadContent(field, f"is {content!r}, which is no plain value")


def evolve(state: RuleBookState, fact: Fact, envelope: Envelope) -> RuleBookState:
    match fact:
        case BookProposed(book, version, content):
            versions = {**state.versions, version: Version(book, version, content)}
            return replace(state, book=book, versions=versions)
        case BookAdopted(book, version, effective_from, resolution):
            adoption = Adoption(version, effective_from, envelope.occurred_at, resolution)
            return replace(state, book=book, adoptions=(*state.adoptions, adoption))
        case _:
            assert_never(fact)
