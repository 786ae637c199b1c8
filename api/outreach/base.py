"""The base of a coverage: what the register said of the places that the rounds of a period are to visit."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.outreach.looked import looked
from domain.organisation import within
from engine import read
from engine.views import Reading
from projections.asking import Question, Where
from projections.days import from_text, to_text
from projections.outreach import adding
from projections.outreach.indicators import BELOW

ROUNDS = 5_000
"""Rounds looked at, at most."""

FOREVER = 1 << 62


@dataclass(slots=True)
class Base:
    """Of a group: what the register counts (`counts`), and who was met and has moved out since (`left`)."""

    counts: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)

    def whole(self, what: str) -> int:
        """Households, or people, to be visited: those on the register, and those met before they left."""
        return self.counts[what] + self.left[what]

    def excluded(self) -> dict[str, int]:
        """What is in no base, by name, in households."""
        vacant = self.counts["vacant"] - self.left["households"]
        told = {
            "no_round": self.counts["no_round"],
            "people_unknown": self.counts["people_unknown"],
            "vacant": vacant,
        }
        return {name: n for name, n in told.items() if n > 0}


@dataclass(frozen=True, slots=True)
class Ran:
    """A round that ran in the period; `id` and `grid` "" where none did: the register then counts once."""

    id: str
    grid: str


def rounds_of(reading: Reading, question: Question, span: adding.Span) -> list[Ran]:
    """The rounds whose days meet the period, as known then; the one asked for, whenever it ran."""
    asked = next((each.value for each in question.where if each.column == "round"), None)
    where = [] if question.known_at is None else [read.Filter("opened_position", "<=", question.known_at)]
    look = looked(reading)
    key = "rounds", question.known_at
    found = look.once(key, lambda: read.rows(look, "visit_rounds", where=where, limit=ROUNDS).items)
    start = 0 if span[0] is None else span[0]
    end = min(FOREVER if span[1] is None else span[1], question.as_of + 1)
    ran = [
        Ran(each["id"], each["grid"])
        for each in found
        if (
            each["id"] == asked
            if asked is not None
            else from_text(each["from_day"], question.zone) < end
            and to_text(each["to_day"], question.zone) > start
        )
    ]
    return ran if ran or asked is not None else [Ran("", "")]


@dataclass(frozen=True, slots=True)
class Lived:
    """The register by grid, and who was met in which round and has moved out since."""

    listed: tuple[tuple[Mapping[str, Any], int], ...]
    left: tuple[tuple[Mapping[str, Any], int], ...]


def lived(reading: Reading, question: Question) -> Lived:
    """As it was on `as_of`, known at `known_at`: the same for every period of the question."""
    look = looked(reading)
    listed = tuple(register(look, question, "register"))
    return Lived(listed, tuple(register(look, question, "left", "round")))


def based(
    reading: Reading, question: Question, by: tuple[str, ...], span: adding.Span, lived: Lived
) -> Mapping[tuple[str, ...], Base]:
    """The base of each group of `by`, whose dimensions the register knows."""
    look, ran = looked(reading), tuple(rounds_of(reading, question, span))
    key = "based", ran, by, below(question.where), question.as_of, question.known_at
    return look.once(key, lambda: counted(ran, by, lived))


def counted(ran: Sequence[Ran], by: tuple[str, ...], lived: Lived) -> Mapping[tuple[str, ...], Base]:
    found: dict[tuple[str, ...], Base] = defaultdict(Base)
    for row, n in lived.listed:
        here = [each for each in ran if within(row["grid"], each.grid) or not each.grid]
        for each in here:
            found[_group(by, row, each.id)].counts[row["part"]] += n
        if not here and row["part"] == "households":
            found[_group(by, row, "")].counts["no_round"] += n
    known = {each.id for each in ran}
    for row, n in lived.left:
        if row["round"] in known:
            found[_group(by, row, row["round"])].left[row["part"]] += n
    return found


def register(
    reading: Reading, question: Question, family: str, *more: str
) -> Iterator[tuple[Mapping[str, Any], int]]:
    """The register's counts by grid and what is grouped by, as it was on `as_of`, known at `known_at`."""
    asked = (dim for dim in question.group_by if dim in BELOW and dim != "round")
    by = tuple(dict.fromkeys(("grid", *asked, *more)))
    where = below(question.where)
    look, last = looked(reading), last_of(reading, family)
    for each in adding.tallied(question, family, by, (None, None), where, last):
        for row in look.added(each):
            yield row, int(row[each.add]) * each.times


def last_of(reading: Reading, family: str) -> int:
    """The moment of the family's last mark; 0 if it has none."""
    return looked(reading).edge(family, "desc")


def below(where: tuple[Where, ...]) -> tuple[Where, ...]:
    """The conditions that the register can answer."""
    return tuple(each for each in where if each.column in BELOW and each.column != "round")


def _group(by: tuple[str, ...], row: Mapping[str, Any], round: str) -> tuple[str, ...]:
    return tuple(round if dim == "round" else row[dim] for dim in by)
