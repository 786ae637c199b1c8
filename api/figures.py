"""A figure as it is published: one question put to the views, answered with its parts and the address of
its cases.

The command line prints what these functions return, so that it says the same as HTTP.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from api import problems
from api.answers import at
from api.periods import moment_text
from api.remembered import remembered
from api.sight import everywhere
from domain.messages import Actor
from engine import read
from engine.engine import Engine
from engine.views import Reading
from projections import asking
from projections.adding_up import AHEAD, LATER, by_tallies, later
from projections.asking import BadQuestion, Counted, Question, Where
from projections.case import micros, moment
from projections.indicators import BESIDE, DIMS, INDICATORS, Figure, Indicator, find
from projections.standing import AGAIN

PREFIX = "/api/v1/statistics"
DIMENSIONS = (
    "category", "first_category", "channel", "origin", "lead", "unit", "grid", "community", "street", "track",
    "urgency", "follow_up_method", "origin_of_record",
)  # fmt: skip
GROUPS = (*DIMENSIONS, "month")
CHUNK = 500


class UnknownIndicator(LookupError):
    """No indicator has this name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in the words of an address. Days are local and included; `narrow` chooses by dimension
    (`grid`: itself and below, unless `exact`)."""

    indicator: str
    first: str = ""
    last: str = ""
    group_by: tuple[str, ...] = ()
    cohort: str = "deadline"
    as_of: str = ""
    known_at: str = ""
    compare_first: str = ""
    compare_last: str = ""
    narrow: tuple[tuple[str, str], ...] = ()
    exact: bool = False
    minimum: int = asking.MINIMUM


# ------------------------------------------------------------------ figures


def figure(
    engine: Engine, asked: Asked, *, actor: Actor | None = None, lang: str = "zh-CN"
) -> dict[str, Any]:
    """The answer of `GET /statistics/{indicator}`. UnknownIndicator, BadQuestion. Reads: call it in a thread.

    `actor` narrows to what he may count; None counts everything.
    """
    indicator = indicator_of(asked.indicator)
    question, fixed = frame(engine, asked, indicator, actor)
    with engine.views.read() as reading:
        answer = evaluate(engine, reading, question)
        lines = [row(line, fixed) for line in answer.lines]
        small = [row(line, fixed) for line in answer.small_groups]
        if asked.compare_first or asked.compare_last:
            other = replace(fixed, first=asked.compare_first, last=asked.compare_last)
            then = evaluate(engine, reading, frame(engine, other, indicator, actor)[0])
            compared(lines + small, (*then.lines, *then.small_groups), other)
    english = lang == "en"
    return {
        "indicator": indicator.id,
        "title": indicator.en if english else indicator.zh,
        "formula": indicator.formula_en if english else indicator.formula_zh,
        "from": asked.first or None,
        "to": asked.last or None,
        "cohort": asked.cohort,
        "group_by": list(asked.group_by),
        "as_of": fixed.as_of,
        "known_at": int(fixed.known_at),
        "position": int(fixed.known_at),
        "minimum": asked.minimum,
        "rows": lines,
        "small_groups": small,
    }


def indicator_of(name: str) -> Indicator:
    try:
        return find(name)
    except KeyError as error:
        raise UnknownIndicator(name) from error


def frame(engine: Engine, asked: Asked, indicator: Indicator, actor: Actor | None) -> tuple[Question, Asked]:
    """The question in moments and positions, and the asked one with *now* written out, so that an address
    made from it gives the same numbers tomorrow."""
    zone = engine.desk.stage().organisation.zone
    for name in asked.group_by:
        if name not in GROUPS:
            raise BadQuestion("group_by", f"{name!r} is no dimension; there are {', '.join(GROUPS)}")
    now = micros(engine.clock())
    as_of = asking.as_of_text(moment_text(asked.as_of), zone) if asked.as_of else now
    known = position_of(engine, asked.known_at)
    question = Question(
        indicator=indicator,
        as_of=as_of,
        zone=zone,
        start=asking.from_text(moment_text(asked.first), zone) if asked.first else None,
        end=asking.to_text(moment_text(asked.last), zone) if asked.last else None,
        known_at=known,
        cohort=asked.cohort,
        group_by=asked.group_by,
        where=(*narrowed(asked), *scope_of(actor)),
        minimum=asked.minimum,
    )
    return question, replace(asked, as_of=at(as_of) or "", known_at=str(known))


def within_month(engine: Engine, asked: Asked, month: str) -> Asked:
    """The question cut to a month of its period, as a row of the grouping `month` is."""
    if not month:
        return asked
    zone = engine.desk.stage().organisation.zone
    start, end = asking.from_text(month, zone, "month"), asking.to_text(month, zone, "month")
    if asked.first:
        start = max(start, asking.from_text(moment_text(asked.first), zone))
    if asked.last:
        end = min(end, asking.to_text(moment_text(asked.last), zone))
    return replace(asked, first=at(start) or "", last=at(end - 1) or "")


def position_of(engine: Engine, known_at: str) -> int:
    """A position as it is, a day or moment as the last position recorded by then; now, if not said.
    BadQuestion for one the log has not reached: its answer would not stay. Problem 503 while the views have
    not."""
    seen = engine.views.position()
    if not known_at:
        return seen
    if known_at.isdigit():
        position = int(known_at[:18])
        if position > engine.log.head():
            raise BadQuestion("known_at", f"the log ends at {engine.log.head()}")
        if position > seen:
            raise problems.Problem(503, "views.behind", headers={"Retry-After": "1"})
        return position
    zone = engine.desk.stage().organisation.zone
    until = asking.as_of_text(moment_text(known_at), zone, "known_at")
    return min(seen, engine.log.position_at(moment(until)))


def narrowed(asked: Asked) -> Iterator[Where]:
    for name, value in asked.narrow:
        if name not in DIMENSIONS:
            raise BadQuestion(name, "is no dimension")
        under = name in ("grid", "community", "street") and not asked.exact
        yield Where(name, "under" if under else "=", value)


def scope_of(actor: Actor | None) -> tuple[Where, ...]:
    """What a caller's figures are narrowed to: a unit's own shares, a node of the grid tree and below."""
    if actor is None or everywhere(actor):
        return ()
    if actor.role == "unit":
        return (Where("unit", "=", actor.scope),)
    return (Where("grid", "under", actor.scope or "-"),)


def evaluate(engine: Engine, reading: Reading, question: Question) -> asking.Answer:
    question = with_ends(reading, question)

    def made() -> asking.Answer:
        planned = sums(engine, reading, question)
        return asking.answer(question, [(each, added(reading, each)) for each in planned])

    if question.as_of > micros(engine.clock()) - AHEAD:
        return made()
    return remembered(engine, reading, question, made)


def sums(engine: Engine, reading: Reading, question: Question) -> tuple[asking.Sum, ...]:
    """From tallies where they can answer and few marks came after the moment asked about; else from marks."""
    settled = engine.log.position_at(moment(max(0, question.as_of - AHEAD)))
    if question.known_at is not None:
        settled = min(settled, question.known_at)
    quick = None
    if reading.position() - settled <= LATER:
        where = [conditioned(each) for each in later(question, settled)]
        quick = by_tallies(question, settled if read.count(reading, "marks", where, up_to=1) else None)
    return asking.plan(question) if quick is None else quick


def with_ends(reading: Reading, question: Question) -> Question:
    """The months of an open period are those that hold marks."""
    if not asking.needs_span(question):
        return question
    where = [conditioned(each) for each in asking.span(question)]
    ends = [
        read.rows(reading, "marks", where=where, order=("at", way), limit=1).items for way in ("asc", "desc")
    ]
    least, greatest = (found[0]["at"] if found else question.as_of for found in ends)
    return asking.bounded(question, least, greatest)


def added(reading: Reading, each: asking.Sum) -> list[dict[str, Any]]:
    where = [conditioned(one) for one in each.where]
    own = reading.tables[each.table].columns
    named = {*each.by, *(one.column for one in each.where if isinstance(one, Where | asking.Within))}
    joins = (read.Join(each.join, each.on, each.on),) if named - set(own.keys()) else ()
    return read.sums(reading, each.table, each.add, by=each.by, where=where, joins=joins)


def conditioned(condition: asking.Condition) -> read.Condition:
    match condition:
        case Where(column, op, value):
            return read.Filter(column, op, value)
        case asking.Either(conditions):
            return read.AnyOf(tuple(conditioned(each) for each in conditions))
        case asking.Within(column, table, select, where):
            return read.Among(column, table, select, tuple(conditioned(each) for each in where))


def row(line: asking.Line, asked: Asked) -> dict[str, Any]:
    """`group` is the label (several dimensions joined by ` / `), null where nothing is grouped."""
    label = " / ".join(line.group.values()) if line.group else None
    return {
        "group": label,
        "dimensions": dict(line.group),
        **counts(line.figure),
        "cases": cases_url(asked, line.group),
    }


def counts(figure: Figure) -> dict[str, Any]:
    return {
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "excluded": dict(figure.excluded),
        **{name: figure.beside.get(name, 0) for name in (*BESIDE, *figure.beside)},
    }


def compared(rows: Sequence[dict[str, Any]], then: Sequence[asking.Line], asked: Asked) -> None:
    """Each row beside the same group in the other period."""
    found = {tuple(line.group.items()): line for line in then}
    for each in rows:
        line = found.get(tuple(each["dimensions"].items()))
        made = row(line, asked) if line else row(asking.Line(each["dimensions"], Figure(0, 0, {}, {})), asked)
        each["compare"] = {name: made[name] for name in made if name not in ("group", "dimensions")}


def cases_url(asked: Asked, group: Mapping[str, str]) -> str:
    """The address of the cases behind a row. Its numbers stay those of the row, whenever it is opened."""
    query = {**dict(asked.narrow), **group}
    if any(name in ("grid", "community", "street") for name in group):
        query["exact"] = "true"
    text = urlencode({name: value for name, value in query.items() if value != "" or name in group})
    return f"{begun(asked)}{text and '&'}{text}"


@lru_cache(maxsize=256)
def begun(asked: Asked) -> str:
    """How the address begins for every row of an answer."""
    query = {"from": asked.first, "to": asked.last, "cohort": asked.cohort}
    query |= {"as_of": asked.as_of, "known_at": asked.known_at}
    text = urlencode({name: value for name, value in query.items() if value != ""})
    return f"{PREFIX}/{quote(asked.indicator)}/cases?{text}"


# ------------------------------------------------------------------ the cases behind a figure


def counted_cases(
    engine: Engine, asked: Asked, part: str = "", *, actor: Actor | None = None, after: str = "",
    limit: int | None = None,
) -> tuple[list[dict[str, Any]], str | None, int]:  # fmt: skip
    """(items, cursor of the next page, how many in all): the rounds a figure counts, by case and round.

    Each has `id, number, external_number, round, part`. All of them without `limit`.
    """
    indicator = indicator_of(asked.indicator)
    question, _ = frame(engine, replace(asked, group_by=()), indicator, actor)
    with engine.views.read() as reading:
        question = with_ends(reading, question)
        found = [(each, added(reading, each)) for each in asking.listing(question)]
        entries = asking.counted(question, found, part)
        rest = [entry for entry in entries if not after or place(entry) > after]
        chosen = rest if limit is None else rest[:limit]
        items = described(reading, chosen, of_units=indicator.family == "response")
    more = place(chosen[-1]) if len(chosen) < len(rest) else None
    return items, more, len(entries)


def place(entry: Counted) -> str:
    return f"{entry.case}#{entry.round:06}#{entry.share}"


def described(
    reading: Reading, entries: Sequence[Counted], *, of_units: bool = False
) -> list[dict[str, Any]]:
    """The entries with what the register says of their cases. `of_units`: a share is a unit's."""
    wanted = list(dict.fromkeys(entry.case for entry in entries))
    known: dict[str, dict[str, Any]] = {}
    for begin in range(0, len(wanted), CHUNK):
        chunk = wanted[begin : begin + CHUNK]
        page = read.rows(reading, "cases", where=[read.Filter("id", "in", chunk)], limit=CHUNK)
        known |= {found["id"]: found for found in page.items}
    return [
        {
            "id": entry.case,
            "number": known[entry.case]["number"],
            "external_number": known[entry.case]["external_number"],
            "round": entry.round,
            "part": entry.role,
            "unit": entry.share.partition(AGAIN)[0] if of_units else None,
            "state": known[entry.case]["state"],
            "category": known[entry.case]["category"],
            "grid": known[entry.case]["grid"],
        }
        for entry in entries
    ]


def listed(lang: str = "zh-CN") -> list[dict[str, Any]]:
    """The indicators there are."""
    english = lang == "en"
    return [
        {
            "indicator": each.id,
            "name": each.name,
            "version": each.version,
            "title": each.en if english else each.zh,
            "formula": each.formula_en if english else each.formula_zh,
            "group_by": list(DIMS),
            "cohorts": list(each.cohorts),
            "link": f"{PREFIX}/{quote(each.id)}",
        }
        for each in INDICATORS
    ]
