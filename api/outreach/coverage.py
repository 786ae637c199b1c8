"""What a round came to as of another day, or as was known on it: the counts that `api.visits.counting` reads
from its own tables for now, here from the book of outreach.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from api import lines
from api.answers import at
from api.lines import PREFIX
from api.outreach.base import last_of
from api.periods import moment_text
from api.questions import position_of
from engine.engine import Engine
from engine.views import Reading
from projections import asking
from projections.asking import Question, Where
from projections.case import micros
from projections.outreach import adding
from projections.outreach.indicators import find
from projections.visits.visits import ANY

Counts = dict[str, Counter[tuple[str, str]]]
"""By grid: (mode, what) -> n."""

Register = dict[str, Counter[str]]
"""By grid: households, people, unknown, vacant and more_met."""


def moment_of(engine: Engine, as_of: str, known_at: str) -> Question:
    """The question of both clocks. BadQuestion."""
    zone = engine.desk.stage().organisation.zone
    return Question(
        indicator=find("coverage_households"),
        as_of=asking.as_of_text(moment_text(as_of), zone) if as_of else micros(engine.clock()),
        zone=zone,
        known_at=position_of(engine, known_at),
    )


def counted(reading: Reading, question: Question, round: str, part: str) -> Counts:
    """What the round counts under the node."""
    found: Counts = defaultdict(Counter)
    where = (Where("round", "=", round), Where("grid", "under", part))
    for family in ("attempts", "minutes", "needs", "slots", "reached", "reached_in_mode"):
        for row, n in _summed(reading, question, family, ("grid", "mode"), where):
            counts, mode, what = found[row["grid"]], row["mode"], row["part"]
            if family == "reached":
                mode = ANY
            elif family == "needs":
                what = "needs"
            elif family == "attempts":
                counts[mode, "attempts"] += n
            counts[mode, what] += n
    return found


def registered(reading: Reading, question: Question, round: str, part: str) -> Register:
    """What the register counted under the node. Whoever was reached and had moved out by then stays in."""
    found: Register = defaultdict(Counter)
    under = (Where("grid", "under", part),)
    for row, n in _summed(reading, question, "register", ("grid",), under):
        what = "unknown" if row["part"] == "people_unknown" else row["part"]
        found[row["grid"]][what] += n
    left = (*under, Where("round", "=", round))
    for row, n in _summed(reading, question, "left", ("grid",), left):
        found[row["grid"]][row["part"]] += n
        found[row["grid"]]["vacant"] -= n if row["part"] == "households" else 0
    for row, n in _summed(reading, question, "over", ("grid",), left):
        found[row["grid"]]["more_met"] += n
    return found


def _summed(
    reading: Reading, question: Question, family: str, by: tuple[str, ...], where: tuple[Where, ...]
) -> Iterator[tuple[Mapping[str, Any], int]]:
    last = last_of(reading, family)
    for each in adding.tallied(question, family, by, (None, None), where, last):
        for row in lines.added(reading, each):
            yield row, int(row[each.add]) * each.times


def dated(question: Question) -> dict[str, Any]:
    """The moment as the answer says it."""
    return {"as_of": at(question.as_of), "known_at": question.known_at}


def links(question: Question, round: str, part: str) -> dict[str, str]:
    """The lists that the figures count, as they were."""
    known = {"as_of": at(question.as_of) or "", "known_at": str(question.known_at)}

    def to(indicator: str, counted: str) -> str:
        query = {"round": round, "grid": part, **known, "part": counted}
        return f"{PREFIX}/{indicator}/cases?{urlencode({k: v for k, v in query.items() if v})}"

    return {
        "attempts": to("door_open_rate", "denominator"),
        "opened": to("door_open_rate", "numerator"),
        "reached": to("coverage_households", "numerator"),
        "registered": to("coverage_households", "denominator"),
        "vacant": to("coverage_households", "excluded:vacant"),
        "bookings": to("visits_booked", "numerator"),
    }
