"""Forgetting a person: who it is, what speaks against it, the fact, the destruction, and where others have
written of him.

Recorded first, destroyed then: should this process die between the two, the next start of the engine
finishes it (engine/forgetting.py).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from api.merging import JOINER, joiner
from domain.care.commands import EndErased
from domain.complaint.facts import ComplaintRegistered, ComplaintSupported
from domain.messages import Actor, Recorded, Sealed
from domain.people import Enrolled, Erase, stream_of
from domain.steps import Step
from engine.desk import Order, Receipt
from engine.engine import Engine
from engine.read import Among, AnyOf, Condition, Filter, rows
from engine.terms import normal_phone
from projections.case import micros, moment

RETENTION = "HUISHENG_RETENTION_DAYS"
UNSETTLED = ("disputed", "ruled", "appealed")
NAMES = 20
"""Spellings of his name and number that are looked for in other cases."""
WAIT = 2.0
PAGE = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """What was found before anything was recorded: his own cases, and others that name him. `joined`: who he
    is called, by case, where he joined one as a stranger, with his number (api/merging.py)."""

    person: str
    cases: tuple[str, ...]
    others: tuple[dict[str, str], ...]
    disputes: tuple[str, ...]
    kept_until: datetime | None
    joined: Mapping[str, str]
    care: tuple[str, ...] = ()
    """Care plans that name him: they end with him, and whoever else lives there is filed anew."""

    def steps(self, reason: str) -> tuple[Step, ...]:
        """One for each of his ids, and for what ends with him; they stand or fall together."""
        asked = Erase(reason, self.disputes, self.kept_until)
        mine = dict.fromkeys([self.person, *self.joined.values()])
        ended = (Step("care-plan", plan, EndErased()) for plan in self.care)
        return (*(Step("person", stream_of(person), asked) for person in mine), *ended)


def retention(environment: Mapping[str, str]) -> timedelta | None:
    """How long cases are to be kept by law after their end; None for no such time. ValueError if it is no
    number of days."""
    days = environment.get(RETENTION, "").strip()
    return timedelta(days=int(days)) if days else None


def person_named(engine: Engine, named: str) -> str | None:
    """The id of a person: itself, or by his number; None for nobody."""
    known = named.isprintable() and (
        engine.log.stream_rows(stream_of(named))
        or engine.vault.knows(named)
        or _reports(engine, named)
        or _looked_after(engine, named)
    )
    if known:
        return named
    if len(normal_phone(named)) < 5:
        return None
    return engine.vault.person_known(named) or next(iter(joined_as(engine, [named]).values()), None)


def _reports(engine: Engine, person: str) -> bool:
    with engine.views.read() as reading:
        return bool(rows(reading, "cases", where=[his(person)], limit=1).items)


def his(person: str, *more: str) -> Condition:
    ids = (person, *more)
    supported = Among("id", "supporters", "case", (Filter("person", "in", ids),))
    return AnyOf((Filter("reporter", "in", ids), supported))


def joined_as(engine: Engine, phones: Iterable[str]) -> dict[str, str]:
    """The cases that were joined with one of these numbers on the public form, and who joined them."""
    numbers = [phone for phone in dict.fromkeys(map(normal_phone, phones)) if phone]
    found: dict[str, str] = {}
    cursor = None
    while numbers:
        with engine.views.read() as reading:
            strangers = (Filter("person", ">=", JOINER), Filter("person", "<", JOINER + "~"))
            page = rows(reading, "supporters", where=strangers, after=cursor, limit=PAGE)
        for row in page.items:
            if any(row["person"] == joiner(engine.vault, row["case"], phone) for phone in numbers):
                found[row["case"]] = row["person"]
        cursor = page.next
        if cursor is None:
            break
    return found


def planned(engine: Engine, person: str, kept_for: timedelta | None = None) -> Plan:
    """What erasing him would touch. Reads and opens: call it in a thread."""
    engine.views.wait_for(engine.log.head(), WAIT)
    joined = joined_as(engine, _numbers(engine, person))
    found = list(_cases(engine, person, *joined.values()))
    cases = tuple(dict.fromkeys([*(row["id"] for row in found), *engine.search.index.streams_of(person)]))
    now, ends = micros(engine.clock()), [row["ended_at"] for row in found]
    last = None if not ends else now if None in ends else max(ends)
    kept = None if kept_for is None or last is None else moment(last) + kept_for
    others, disputes = _others(engine, person, cases), _disputes(engine, person)
    care = _looked_after(engine, person, *joined.values())
    return Plan(person, cases, others, disputes, kept, joined, care)


def _numbers(engine: Engine, person: str) -> list[str]:
    """Every number he gave."""
    streams = tuple(row["id"] for row in _cases(engine, person))
    return _said_of(engine, person, streams)[1]


def _cases(engine: Engine, person: str, *more: str) -> Iterable[dict[str, Any]]:
    cursor = None
    while True:
        with engine.views.read() as reading:
            page = rows(reading, "cases", where=[his(person, *more)], after=cursor, limit=PAGE)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def _disputes(engine: Engine, person: str) -> tuple[str, ...]:
    mine = AnyOf([Filter(column, "=", person) for column in ("holder", "filed_by", "disputed_by")])
    with engine.views.read() as reading:
        found = rows(reading, "claims", where=[mine, Filter("state", "in", UNSETTLED)], limit=PAGE)
    return tuple(row["id"] for row in found.items)


def _looked_after(engine: Engine, *ids: str) -> tuple[str, ...]:
    """The care plans that run and name him."""
    where = (Filter("person", "in", ids), Filter("state", "=", "active"))
    with engine.views.read() as reading:
        return tuple(row["id"] for row in rows(reading, "care_plans", where=where, limit=PAGE).items)


def households_of(engine: Engine, person: str) -> list[str]:
    """The households he belongs or belonged to: what they are called may be his name."""
    with engine.views.read() as reading:
        found = rows(reading, "household_members", where=[Filter("person", "=", person)], limit=PAGE)
    return sorted({row["household"] for row in found.items})


# ------------------------------------------------------------------ what others wrote of him


def _others(engine: Engine, person: str, cases: tuple[str, ...]) -> tuple[dict[str, str], ...]:
    """The cases of others in which his name or his number occurs."""
    names, phones = _said_of(engine, person, cases)
    found: dict[str, str] = {}
    for what, words in (("name", names), ("phone", phones)):
        for word in words:
            for case in engine.search.search(word) if engine.search.searchable(word) else ():
                if case not in cases:
                    found.setdefault(case, what)
    return tuple({"id": case, "matches": what} for case, what in sorted(found.items()))


def _said_of(engine: Engine, person: str, cases: tuple[str, ...]) -> tuple[list[str], list[str]]:
    names: dict[str, None] = {}
    phones: dict[str, None] = {}
    for stream in (stream_of(person), *cases):
        for line in engine.log.stream(stream):
            for phone, field, sealed in _own_fields(line, person):
                text = _opened(engine, line, field, sealed)
                if text and phone:
                    phones.update(dict.fromkeys(spellings(text)))
                elif text:
                    names[text] = None
        if len(names) >= NAMES:
            break
    return list(names)[:NAMES], list(phones)[:NAMES]


def _own_fields(line: Recorded, person: str) -> Iterable[tuple[bool, str, Sealed]]:
    """(is it a number, field, value) of what a fact says of him."""
    fact = line.fact
    if isinstance(fact, Enrolled):
        pairs: tuple[tuple[str, Sealed | None], ...] = (("name", fact.name), ("phone", fact.phone))
    elif isinstance(fact, ComplaintRegistered | ComplaintSupported) and fact.reporter == person:
        pairs = (("reporter_name", fact.reporter_name), ("reporter_phone", fact.reporter_phone))
    else:
        return
    for field, sealed in pairs:
        if sealed is not None:
            yield field.endswith("phone"), field, sealed


def _opened(engine: Engine, line: Recorded, field: str, sealed: Sealed) -> str | None:
    name: str = line.fact.NAME  # type: ignore[attr-defined]
    return engine.vault.open_sealed(
        sealed, stream=line.stream, version=line.version, name=name, field=field, sure=False
    )


def spellings(phone: str) -> list[str]:
    """A number as people write it: in one piece, and a mobile number in groups."""
    number = normal_phone(phone)
    groups = f"{number[:3]} {number[3:7]} {number[7:]}" if len(number) == 11 else ""
    return [each for each in (number, groups) if each]


# ------------------------------------------------------------------ doing it


def erase(engine: Engine, plan: Plan, reason: str, actor: Actor) -> Receipt:
    """Record it and finish it; durable on return. Raises Refused for what speaks against it."""
    receipt = engine.desk.do(Order(plan.steps(reason), actor))
    finish(engine, plan)
    return receipt


def finish(engine: Engine, plan: Plan) -> None:
    """The destruction, once the facts are recorded."""
    for case, stranger in plan.joined.items():
        engine.forget(stranger, (case,))
    engine.forget(plan.person, plan.cases)
