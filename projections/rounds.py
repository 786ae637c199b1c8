"""The rounds behind a figure, a stretch of its period at a time.

All that a period counts of one round (or share of it) lies at one moment: its deadline in force or, where
that is outside, the one former deadline inside that left it (projections/standing.py, `moved_out`). What is
listed of two stretches is therefore what is listed of both together, each round once.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from projections.adding_up import faced, of_tallies
from projections.asking import RANK, Condition, Counted, Either, Question, Spans, Sum, Where, case_of
from projections.cells import AREA, TOLD
from projections.indicators import Figure, Indicator, role
from projections.lags import LAGS
from projections.standing import TURNS_AFTER
from projections.tallies import BY_DAY, STARTS, TURNING, TURNS, begins, day_of, month_with

MISSED = "missed"
"""The part in the denominator and not in the numerator."""
MOVED_OUT = "moved_out"
NO_ROUNDS = frozenset({"late_entries", "attempts"})
"""Parts that say something about a round which stands in another part too."""
SEVERAL = frozenset({"attempts"})
"""Parts that count one round several times."""

Span = tuple[int, int]
"""From a moment to just before another."""

Listed = tuple[int, Counted]
"""The moment it is counted at."""


def parts_of(indicator: Indicator, part: str) -> frozenset[str] | None:
    """The parts of the family that make up a part of the figure; None for all of them."""
    kind, _, name = part.partition(":")
    top, below = frozenset(indicator.numerator), frozenset(indicator.denominator)
    match kind:
        case "numerator":
            return top
        case "denominator":
            return top | below
        case "missed":
            return below - top
        case "excluded":
            named = {was for was, now in indicator.renamed.items() if now == name}
            return frozenset(named or {name} - indicator.renamed.keys()) - below - {*indicator.beside}
        case "beside":
            return frozenset({name}) & {*indicator.beside}
    return None


def total(indicator: Indicator, made: Figure, part: str) -> int | None:
    """How many are listed of a part, as the figure tells; None where it cannot: a round may be attempted
    several times."""
    kind, _, name = part.partition(":")
    shifted = indicator.versus_year_before
    match kind:
        case "numerator":
            return made.numerator
        case "denominator":
            return made.numerator if shifted else made.denominator
        case "missed":
            return 0 if shifted else made.denominator - made.numerator
        case "excluded":
            return made.excluded.get(name, 0)
        case "beside":
            return None if name in SEVERAL else made.beside.get(name, 0)
    below = made.numerator if shifted else made.denominator
    return below + sum(made.excluded.values()) + made.beside.get(MOVED_OUT, 0)


def marks(question: Question, part: str, spans: Sequence[Span]) -> Sum:
    """The marks of some stretches by round, for `listed`. The question's cohort is that of the deadline."""
    known = [Where("effective", "<=", question.as_of)]
    if question.known_at is not None:
        known.append(Where("position", "widely<", question.known_at + 1))
    where: tuple[Condition, ...] = (
        Where("family", "=", question.indicator.family),
        Spans("lag", "at", tuple((lag, first, last) for first, last in spans for lag in LAGS)),
        *known,
        *_standing(question, part),
        *question.where,
    )
    return Sum(("at", "subject", "share", "turns_at", "turns_to", "part"), where)


def stretches(question: Question, part: str, first: int, last: int) -> tuple[Sum, ...]:
    """Where the rounds of a part are, from tallies, while nothing counts only later: by day of the area (the
    day as `month`) and, where that does not tell all that is asked, by month too. No round is outside."""
    lifted = faced(question)
    face, where = (AREA, ()) if lifted is None else (lifted[0], lifted[1].where)
    span = day_of(first), day_of(last - 1)
    area = tuple(each for each in where if each.column in TOLD[AREA])
    found = [_held(question, part, BY_DAY, span, area)]
    if face != AREA:
        found.append(_held(question, part, face, (month_with(span[0]), month_with(span[1])), where))
    return tuple(found)


def _held(question: Question, part: str, face: int, span: Span, where: tuple[Where, ...]) -> Sum:
    parts = parts_of(question.indicator, part)
    told: list[Condition] = []
    if parts is not None:
        turning = {each for each in TURNING if parts & {*each.split(TURNS)}}
        told = [Where("part", "in", sorted(parts | turning))]
    chosen: tuple[Condition, ...] = (
        Where("face", "=", face),
        Where("family", "=", question.indicator.family),
        Where("month", ">=", span[0]),
        Where("month", "<=", span[1]),
        *told,
        _counts(question),
        *of_tallies(AREA if face == BY_DAY else face, where),
    )
    return Sum(("month", "part"), chosen, table="tallies")


def expected(question: Question, part: str, *told: Iterable[Mapping[str, Any]]) -> list[tuple[int, float]]:
    """The days that may hold rounds, the latest first, and how many to expect in each: those of the month in
    proportion to those of the area. `told` is what adding up the `stretches` gave."""
    parts = parts_of(question.indicator, part)
    after = TURNS_AFTER.get(question.indicator.family, 0)
    sums: list[dict[int, float]] = []
    for nth, rows in enumerate(told):
        held: dict[int, float] = {}
        for row in rows:
            since, until = (
                begins(row["month"] + n) if nth == 0 else STARTS[row["month"] - 1 + n] for n in (0, 1)
            )
            stood, _, turned = row["part"].partition(TURNS)
            names = {stood} if since + after > question.as_of else {turned or stood}
            names |= {stood, turned} if until + after > question.as_of >= since + after else set()
            if parts is None or parts & names:
                held[row["month"]] = held.get(row["month"], 0) + int(row["n"])
        sums.append(held)
    days = sorted(sums[0].items(), reverse=True)
    if len(sums) == 1:
        return days
    area: dict[int, float] = {}
    for day, n in days:
        area[month_with(day)] = area.get(month_with(day), 0) + n
    shares = {month: sums[1].get(month, 0) / n for month, n in area.items()}
    return [(day, n * shares[month_with(day)]) for day, n in days if shares[month_with(day)]]


def _standing(question: Question, part: str) -> tuple[Condition, ...]:
    parts = parts_of(question.indicator, part)
    if parts is None:
        return (*(Where("part", "!=", each) for each in sorted(NO_ROUNDS)), _counts(question))
    either = Either((Where("part", "in", sorted(parts)), Where("turns_to", "in", sorted(parts))))
    return either, _counts(question)


def _counts(question: Question) -> Condition:
    """What moved out of the period counts as moved out; what moved within it does not."""
    left = [("<", question.start)] if question.start is not None else []
    left += [(">=", question.end)] if question.end is not None else []
    stands, gone = Where("part", "!=", MOVED_OUT), [Where("moved_to", op, edge) for op, edge in left]
    return Either((stands, *gone)) if gone else stands


def listed(question: Question, part: str, rows: Iterable[Mapping[str, Any]]) -> list[Listed]:
    """The rounds of a part of the figure, of what adding up `marks` gave: the latest first, each under the
    weightiest of its roles."""
    parts = parts_of(question.indicator, part)
    stood: dict[tuple[int, str, str], dict[str, int]] = {}
    for row in rows:
        name = row["turns_to"] if row["turns_at"] <= question.as_of else row["part"]
        if parts is None or name in parts:
            counts = stood.setdefault((row["at"], row["subject"], row["share"]), {})
            counts[name] = counts.get(name, 0) + int(row["n"])
    found: list[Listed] = []
    for (at, subject, share), counts in stood.items():
        roles = [role(question.indicator, name) for name, n in counts.items() if n > 0]
        if roles:
            chosen = min(roles, key=lambda each: RANK[each.partition(":")[0]])
            found.append((at, Counted(*case_of(subject), share, chosen)))
    return sorted(found, key=order)


def order(one: Listed) -> tuple[int, str, int, str]:
    """The latest first, then by case, round and share."""
    at, counted = one
    return -at, counted.case, counted.round, counted.share
