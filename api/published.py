"""Published figures: counting what is to be published, telling it to everybody, and counting it again today.

The command line prints what these functions return, so that it says the same as HTTP.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api import lines
from api.answering import EVERY_INDICATOR, Book, book_of, every_indicator, figure
from api.answers import at, page, receipt_link, z
from api.framing import Signed, checkpoint_of
from api.periods import moment_text
from api.questions import Asked, position_of
from domain.messages import Actor, Recorded
from domain.publishing import Counted, FigurePublished, Line, Narrowed, Publish
from engine.engine import Engine
from engine.read import rows
from projections import asking
from projections.asking import BadQuestion
from projections.case import micros, moment
from projections.indicators import Figure, Indicator
from projections.views import Row

PEOPLE = ("worker",)
"""Dimensions whose values are people."""
MOVED = 200
"""Cases (visits, households …) listed that count otherwise than when the figure was published; `moved_total`
says how many there are."""


class NoSuchFigure(LookupError):
    """Nothing was published under this id."""


# ------------------------------------------------------------------ publishing


def pinned(engine: Engine, asked: Asked) -> Asked:
    """The question with the moment and the position it is asked at written out. BadQuestion where it is about
    what nobody can know yet; the day that is today means now."""
    zone = engine.desk.stage().organisation.zone
    now = micros(engine.clock())
    as_of = now
    if asked.as_of:
        text = moment_text(asked.as_of)
        if asking.from_text(text, zone, "as_of") > now:
            raise BadQuestion("as_of", "lies in the future; nobody knows it yet")
        as_of = min(now, asking.as_of_text(text, zone))
    known = position_of(engine, asked.known_at)
    if known > engine.views.position():
        raise BadQuestion("known_at", f"the log ends at {engine.views.position()}")
    return replace(asked, as_of=at(as_of) or "", known_at=str(known))


def publish_of(
    engine: Engine, asked: Asked, actor: Actor | None, signed: Signed, *, where: str, reason: str
) -> Publish:
    """The command that publishes a question that is `pinned`, counted within the actor's scope.
    UnknownIndicator, BadQuestion."""
    indicator, book = every_indicator(asked.indicator), book_of(asked.indicator)
    for name in (*asked.group_by, *(name for name, _ in asked.narrow)):
        if name in PEOPLE:
            raise BadQuestion(name, "names people; what is published names nobody")
    question, _ = book.frame(engine, asked, indicator, actor)
    with engine.views.read() as reading:
        answer = book.evaluate(engine, reading, question)
    counted = [line_of(each, small=False) for each in answer.lines]
    counted += [line_of(each, small=True) for each in answer.small_groups]
    return Publish(
        indicator=indicator.id,
        formula_zh=indicator.formula_zh,
        formula_en=indicator.formula_en,
        first=asked.first,
        last=asked.last,
        cohort=asked.cohort,
        group_by=asked.group_by,
        filters=tuple(Narrowed(name, value) for name, value in asked.narrow),
        scope="" if actor is None else actor.scope,
        minimum=asked.minimum,
        as_of=moment(question.as_of),
        known_at=int(asked.known_at),
        rows=tuple(counted),
        size=signed.size,
        root=signed.root,
        where=where,
        reason=reason,
    )


def line_of(line: asking.Line, *, small: bool) -> Line:
    figure = line.figure
    return Line(
        tuple(line.group.values()),
        figure.numerator,
        figure.denominator,
        tuple(Counted(part, n) for part, n in sorted(figure.excluded.items())),
        tuple(Counted(part, n) for part, n in sorted(figure.beside.items())),
        small,
    )


# ------------------------------------------------------------------ telling it


def must(engine: Engine, id: str) -> tuple[FigurePublished, Recorded]:
    """NoSuchFigure."""
    lines = engine.log.stream(id) if id.startswith("fig-") else []
    if not lines or not isinstance(lines[0].fact, FigurePublished):
        raise NoSuchFigure(id)
    return lines[0].fact, lines[0]


def told(engine: Engine, id: str, lang: str) -> dict[str, Any]:
    """For everybody: groups of fewer than the minimum only as how many there are, and their sum where that
    makes the minimum."""
    fact, line = must(engine, id)
    small = [each for each in fact.rows if each.small]
    total = sum(each.denominator for each in small)
    shown = total >= fact.minimum
    return {
        "id": id,
        **titled(fact.indicator, lang),
        "formula": fact.formula_en if lang == "en" else fact.formula_zh,
        "from": fact.first or None,
        "to": fact.last or None,
        "cohort": fact.cohort,
        "group_by": list(fact.group_by),
        "filters": {each.dimension: each.value for each in fact.filters},
        "scope": fact.scope,
        "as_of": z(fact.as_of),
        "known_at": fact.known_at,
        "minimum": fact.minimum,
        "rows": [row(fact, each) for each in fact.rows if not each.small],
        "small_groups": {
            "groups": len(small),
            "numerator": sum(each.numerator for each in small) if shown else None,
            "denominator": total if shown else None,
        },
        "checkpoint": checkpoint_of(engine, fact.size, fact.root).plain(),
        "where": fact.where,
        "reason": fact.reason,
        "published_at": z(line.recorded_at),
        "published_by": {"role": line.actor.role, "scope": line.actor.scope},
        "position": line.position,
        "receipt": receipt_link(line.position),
        "pack": f"/api/v1/audit/bundles/figure/{id}",
    }


def titled(indicator: str, lang: str) -> dict[str, Any]:
    known = every_indicator(indicator)
    return {"indicator": indicator, "title": known.en if lang == "en" else known.zh, "unit": known.unit}


def row(fact: FigurePublished, line: Line) -> dict[str, Any]:
    indicator = every_indicator(fact.indicator)
    return {
        "group": " / ".join(line.group) if line.group else None,
        "dimensions": dict(zip(fact.group_by, line.group, strict=True)),
        "numerator": line.numerator,
        "denominator": line.denominator,
        "value": lines.value(indicator, Figure(line.numerator, line.denominator, {}, {})),
        "excluded": {each.part: each.n for each in line.excluded},
        "beside": {each.part: each.n for each in line.beside},
    }


def listed(engine: Engine, lang: str, after: str | None, limit: int) -> dict[str, Any]:
    """A page of what was published, the latest first. ValueError for a cursor of another list."""
    order = ("position", "desc")
    with engine.views.read() as reading:
        found = rows(reading, "published_figures", order=order, after=after, limit=limit, alone=True)
    return page([line(row, lang) for row in found.items], found.next)


def line(row: Row, lang: str) -> dict[str, Any]:
    names = ("id", "cohort", "scope", "known_at", "position")
    return {name: row[name] for name in names} | {
        **titled(row["indicator"], lang),
        "from": row["first"] or None,
        "to": row["last"] or None,
        "group_by": json.loads(row["group_by"]),
        "as_of": at(row["as_of"]),
        "where": row["place"],
        "published_at": at(row["published_at"]),
        "checkpoint": row["size"],
        "link": f"/api/v1/figures/{row['id']}",
    }


# ------------------------------------------------------------------ counting it again


def asked_again(fact: FigurePublished) -> Asked:
    """The question as it was published, at its own moment and position."""
    narrow = tuple((each.dimension, each.value) for each in fact.filters)
    return Asked(
        fact.indicator,
        fact.first,
        fact.last,
        fact.group_by,
        fact.cohort,
        z(fact.as_of),
        str(fact.known_at),
        narrow=narrow,
        minimum=fact.minimum,
    )


def counted_by(fact: FigurePublished) -> Actor | None:
    """Somebody who counts what was counted then."""
    return Actor("", "street", fact.scope) if fact.scope else None


def todays(indicator: str) -> Indicator:
    """The latest definition of the same name and variant."""
    was = every_indicator(indicator)
    return [each for each in EVERY_INDICATOR if (each.name, each.variant) == (was.name, was.variant)][-1]


def recomputed(engine: Engine, id: str, lang: str, reader: Actor | None = None) -> dict[str, Any]:
    """The figure under today's formula and today's knowledge of the same day, beside the published one: each
    group's difference, and the cases that count otherwise, as `reader` may know of them. Reads: call it in a
    thread. NoSuchFigure."""
    fact, _ = must(engine, id)
    then, by = asked_again(fact), counted_by(fact)
    now = replace(then, indicator=todays(fact.indicator).id, known_at=str(engine.views.position()))
    fresh = figure(engine, now, actor=by, lang=lang)
    found = {tuple(row["dimensions"].values()): row for row in fresh["rows"] + fresh["small_groups"]}
    was = {each.group: each for each in fact.rows}
    groups = [*was, *(group for group in found if group not in was)]
    moved, total = moved_cases(engine, then, now, by, reader)
    return {
        "id": id,
        "indicator": fact.indicator,
        "formula": {"published": fact.indicator, "today": now.indicator},
        "as_of": then.as_of,
        "known_at": {"published": fact.known_at, "today": int(now.known_at)},
        "rows": [beside(fact, group, was.get(group), found.get(group)) for group in groups],
        "equal": all(same(was.get(group), found.get(group)) for group in groups),
        "moved": moved,
        "moved_total": total,
    }


def beside(
    fact: FigurePublished, group: tuple[str, ...], was: Line | None, now: Mapping[str, Any] | None
) -> dict[str, Any]:
    one = {"numerator": was.numerator, "denominator": was.denominator} if was else None
    other = {name: now[name] for name in ("numerator", "denominator")} if now else None
    zero = {"numerator": 0, "denominator": 0}
    return {
        "group": " / ".join(group) if group else None,
        "dimensions": dict(zip(fact.group_by, group, strict=True)),
        "published": one,
        "today": other,
        "difference": {name: (other or zero)[name] - (one or zero)[name] for name in zero},
    }


def same(was: Line | None, now: Mapping[str, Any] | None) -> bool:
    if was is None or now is None:
        return False
    return (was.numerator, was.denominator) == (now["numerator"], now["denominator"])


def moved_cases(
    engine: Engine, then: Asked, now: Asked, by: Actor | None, reader: Actor | None
) -> tuple[list[dict[str, Any]], int]:
    """(the first of them, how many): what has another part in the figure than it had."""
    indicator, book = every_indicator(now.indicator), book_of(now.indicator)
    with engine.views.read() as reading:
        was, found = (book.roles(reading, listing(engine, book, each, by)) for each in (then, now))
        keys = sorted(key for key in {*was, *found} if was.get(key) != found.get(key))
        shown = keys[:MOVED]
        told = book.named(reading, indicator, shown, reader)
    moved = [
        one | {"published": was.get(key), "today": found.get(key)}
        for key, one in zip(shown, told, strict=True)
    ]
    return moved, len(keys)


def listing(engine: Engine, book: Book, asked: Asked, by: Actor | None) -> asking.Question:
    """What the figure counts, ungrouped."""
    return book.frame(engine, replace(asked, group_by=()), every_indicator(asked.indicator), by)[0]


def behind(engine: Engine, fact: FigurePublished) -> list[int]:
    """The positions of the entries its numbers were counted from, in order: those that put a case into a part
    of it, and those that took one out again. Reads: call it in a thread."""
    book = book_of(fact.indicator)
    question = listing(engine, book, asked_again(fact), counted_by(fact))
    with engine.views.read() as reading:
        return sorted(set(book.behind(reading, question)))
