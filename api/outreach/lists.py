"""The list behind a figure of outreach: attempts, households of a round, care periods, finds.

Who only counts (the panel, an analyst) reads bare rows: where and what part, and of no single household.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

from api import lines
from api.outreach.base import Ran, below, rounds_of
from api.outreach.figures import frame
from api.questions import Asked, indicator_of
from api.visits.seeing import COUNTS_ONLY
from domain.messages import Actor
from domain.organisation import within
from engine.engine import Engine
from engine.views import Reading
from projections.asking import Question, Sum
from projections.indicators import Indicator, role
from projections.outreach import adding
from projections.outreach.indicators import OUTREACH_INDICATORS

API = "/api/v1"


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """`n` is what it adds: people, minutes, or one."""

    subject: str
    share: str
    grid: str
    role: str
    n: int

    @property
    def place(self) -> str:
        """Its place in the list: unique, and in order."""
        return f"{self.subject}#{self.share:0>6}#{self.role}"


def counted(
    engine: Engine,
    asked: Asked,
    part: str = "",
    *,
    actor: Actor | None = None,
    after: str = "",
    limit: int | None = None,
) -> tuple[list[dict[str, Any]], str | None, int]:
    """(items, cursor of the next page, how many in all). All of them without `limit`."""
    indicator = indicator_of(asked.indicator, OUTREACH_INDICATORS)
    question, _ = frame(engine, replace(asked, group_by=()), indicator, actor)
    with engine.views.read() as reading:
        entries = sorted(chosen(entries_of(reading, question), part), key=lambda entry: entry.place)
    rest = [entry for entry in entries if not after or entry.place > after]
    shown = rest if limit is None else rest[:limit]
    more = shown[-1].place if len(shown) < len(rest) else None
    return [told(indicator, entry, actor) for entry in shown], more, len(entries)


def entries_of(reading: Reading, question: Question) -> Iterator[Entry]:
    """What the figure counts, excludes and shows beside; a thing may have several roles."""
    return based_on(reading, question) if question.indicator.base else single(reading, question)


def chosen(found: Iterator[Entry], part: str) -> Iterator[Entry]:
    """One entry for each thing, under the weightiest of its roles; `part` chooses. What stands in the
    numerator stands in the denominator too."""
    kept: dict[tuple[str, str], Entry] = {}
    for entry in found:
        fits = (
            entry.role in ("numerator", "denominator")
            if part == "denominator"
            else not part or entry.role == part
        )
        other = kept.get((entry.subject, entry.share))
        if fits and (other is None or weight(entry.role) < weight(other.role)):
            kept[entry.subject, entry.share] = entry
    yield from kept.values()


def weight(role: str) -> int:
    return ("numerator", "denominator", "excluded", "beside").index(role.partition(":")[0])


def single(reading: Reading, question: Question) -> Iterator[Entry]:
    """What stands in the parts of the family itself."""
    for (subject, share, grid), parts in summed(reading, question, question.indicator.family).items():
        for part, n in parts.items():
            if n > 0:
                yield Entry(subject, share, grid, role(question.indicator, part), n)


REGISTERED = ("left", "register")
"""Families that count from all time until `as_of`, by what the register knows."""


def marks_of(question: Question, family: str, by: tuple[str, ...]) -> Sum:
    whole = family in REGISTERED
    span = (None, None) if whole else (question.start, question.end)
    return adding.singly(question, family, by, span, below(question.where) if whole else question.where)


def summed(reading: Reading, question: Question, family: str) -> dict[tuple[str, str, str], Counter[str]]:
    """The parts of each subject, share and grid."""
    each = marks_of(question, family, ("subject", "share", "grid"))
    found: dict[tuple[str, str, str], Counter[str]] = {}
    for row in lines.added(reading, each):
        key = row["subject"], row["share"], row["grid"]
        found.setdefault(key, Counter())[row["part"]] += int(row[each.add])
    return found


def based_on(reading: Reading, question: Question) -> Iterator[Entry]:
    """The households of each round: those met in the period, those of the register, what is excluded."""
    what = question.indicator.base
    ran = rounds_of(reading, question, (question.start, question.end))
    known = {each.id for each in ran}
    met: Counter[str] = Counter()
    where: dict[str, str] = {}
    for (subject, _, grid), parts in summed(reading, question, "reached").items():
        met[subject] += parts[what]
        where[subject] = grid
    for subject, n in met.items():
        if n > 0:
            yield Entry(subject, "", where[subject], "numerator", n)
    left: set[str] = set()
    for (subject, _, grid), parts in summed(reading, question, "left").items():
        if parts["households"] > 0 and subject.partition("/")[0] in known:
            left.add(subject)
            yield Entry(subject, "", grid, "denominator", parts[what])
    for (subject, _, grid), parts in summed(reading, question, "register").items():
        yield from _registered(ran, subject, grid, parts, what, left)


def _registered(
    ran: list[Ran], subject: str, grid: str, parts: Counter[str], what: str, left: set[str]
) -> Iterator[Entry]:
    here = [each.id for each in ran if not each.grid or within(grid, each.grid)]
    for round in here:
        name = f"{round}{subject}"
        if parts[what] > 0:
            yield Entry(name, "", grid, "denominator", parts[what])
        for reason in ("people_unknown", "vacant"):
            if parts[reason] > 0 and name not in left:
                yield Entry(name, reason, grid, f"excluded:{reason}", 1)
    if not here and parts["households"] > 0:
        yield Entry(subject, "no_round", grid, "excluded:no_round", 1)


# ------------------------------------------------------------------ in the answer


def told(indicator: Indicator, entry: Entry, actor: Actor | None) -> dict[str, Any]:
    """An item: what it is, what it is to the figure, how much it adds."""
    return called(indicator, entry, actor) | {"part": entry.role, "n": entry.n}


def called(indicator: Indicator, entry: Entry, actor: Actor | None) -> dict[str, Any]:
    """What an entry is, where, and where it is read. Who only counts learns of no single household."""
    round, slash, household = entry.subject.partition("/")
    item: dict[str, Any] = {
        "id": household if slash else entry.subject,
        "kind": KINDS[indicator.family],
        "round": round if slash and round else None,
        "household": household if slash else None,
        "number": entry.share if entry.role.partition(":")[2] != entry.share else "",
        "grid": entry.grid,
        "link": link(indicator, entry, round if slash else "", household),
    }
    if actor is not None and actor.role in COUNTS_ONLY:
        digest = blake2b(entry.place.encode(), digest_size=8).hexdigest()
        item |= {"id": digest, "household": None, "number": "", "link": None}
    return item


KINDS = {
    "attempts": "attempt",
    "reached": "household",
    "minutes": "attempt",
    "needs": "attempt",
    "slots": "booking",
    "care": "care-period",
    "hazards": "case",
    "sweeps": "sweep",
}


def link(indicator: Indicator, entry: Entry, round: str, household: str) -> str:
    """Where the thing itself is read."""
    match indicator.family:
        case "care":
            return f"{API}/care-plans/{quote(entry.subject)}"
        case "hazards":
            return f"{API}/complaints/{quote(entry.share)}"
        case "sweeps":
            return f"{API}/sweeps/{quote(entry.subject)}"
    if not round:
        return f"{API}/households/{quote(household)}"
    return f"{API}/visits/rounds/{quote(round)}/households/{quote(household)}"


# ------------------------------------------------------------------ what a published figure was counted from


def roles(reading: Reading, question: Question) -> Mapping[Entry, str]:
    """What each thing is to the figure."""
    entries = chosen(entries_of(reading, question), "")
    return {replace(entry, role="", n=0): entry.role for entry in entries}


def named(
    reading: Reading, indicator: Indicator, keys: Sequence[Entry], actor: Actor | None
) -> list[dict[str, Any]]:
    """The things of these keys."""
    return [called(indicator, key, actor) for key in keys]


def behind(reading: Reading, question: Question) -> Iterator[int]:
    """The positions of the entries that put a thing into a part of it, or took one out again."""
    families = ("reached", *REGISTERED) if question.indicator.base else (question.indicator.family,)
    for family in families:
        for row in lines.added(reading, marks_of(question, family, ("position",))):
            yield int(row["position"])
