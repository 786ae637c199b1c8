"""What is on disk stays readable: the lists in tests/wire may grow, and never change.

A new fact is added there with its fields. A changed one gets a new name, and the old one an upcaster.
"""

import dataclasses
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

import domain.capture
import domain.care
import domain.complaint
import domain.duties
import domain.households.facts
import domain.organisation
import domain.patrols.facts
import domain.people
import domain.points.attendance
import domain.publishing
import domain.rule_books
import domain.sampling
import domain.visits.facts
from domain.complaint import facts
from domain.deadlines import Deadline
from domain.messages import FACTS, Actor, Envelope, Sealed
from domain.points import facts as points
from engine.codec import decode, encode

OLD_LOG = Path(__file__).parent / "fixtures" / "old_log.jsonl"
"""Rows as they were written on the day the format became final. Never regenerated."""

DECIDERS: dict[str, Any] = {
    "organisation": domain.organisation,
    "rule-book-categories": domain.rule_books,
}

WIRE = Path(__file__).parent / "wire"
"""One file an aggregate: each line a name on disk, and its fields in order."""

WITHIN = {
    facts.UnitTask: "unit lead response decline",
    facts.Duty: "unit task due",
    facts.Reading: "quantity value unit required in_range",
    points.Posting: "account points",
    points.Rule: "book version line text",
    points.Vote: "member vote",
    points.BasketLine: "item quantity price points stocked rule",
    points.Ranked: "rank account points",
    domain.organisation.Member: "role person",
    domain.patrols.facts.StopChecked: "stop readings note",
    domain.care.facts.EmergencyMoment: "step at",
    domain.duties.Period: "key first last opens due dated reason",
    domain.duties.Terms: "version zh en rhythm level role unit done_by",
    domain.sampling.Ticket: "case position leaf",
    domain.visits.facts.Visitor: "person name capacity",
    domain.visits.facts.Measured: "quantity value unit",
    domain.visits.facts.Planned: "window mode households",
    domain.publishing.Line: "group numerator denominator excluded beside small",
    domain.publishing.Counted: "part n",
    domain.publishing.Narrowed: "dimension value",
    Deadline: "clock start due warn_at amount unit book version line calendar",
    Sealed: "subject box",
    Actor: "person role scope",
    Envelope: "occurred_at actor command_id caused_by",
}

ENDS = {
    "c-imported-full": ("closed", 1, "property"),
    "c-imported-historic": ("closed", 1, "property"),
    "c-imported-adopted": ("dispatched", 1, "property"),
    "c-lived-1": ("merged", 2, "noise"),
    "c-lived-2": ("rejected", 2, "consultation"),
    "c-lived-3": ("withdrawn", 1, "noise"),
    "c-lived-4": ("unreached", 1, "consultation"),
    "c-lived-5": ("dispatched", 1, "property"),
    "c-lived-6": ("withdrawn", 1, "noise"),
    "c-lived-7": ("dispatched", 3, "noise"),
    "c-lived-8": ("resolved", 1, "noise"),
}
"""State, round and category of each old case, as they were on that day."""


FACTS_THEN = 44


def rows() -> dict[str, list[tuple[str, bytes]]]:
    """By stream, in the order of versions: (name on disk, bytes)."""
    found: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for line in OLD_LOG.read_text("utf-8").splitlines():
        row = json.loads(line)
        found[row["stream"]].append((row["name"], row["body"].encode()))
        assert row["version"] == len(found[row["stream"]])
    return found


def promised() -> dict[str, str]:
    lines = [line for file in sorted(WIRE.glob("*.txt")) for line in file.read_text("utf-8").splitlines()]
    assert len({line.split()[0] for line in lines}) == len(lines)
    return {name: fields for name, _, fields in (line.partition(" ") for line in lines)}


def as_declared(name: str) -> str:
    return " ".join(field.name for field in dataclasses.fields(FACTS[name]))


def test_what_was_promised_is_kept():
    kept = promised()
    assert {name: as_declared(name) if name in FACTS else "gone" for name in kept} == kept


def test_every_fact_is_promised():
    """A fact nobody wrote into tests/wire could still change after it has been stored."""
    assert sorted(set(FACTS) - set(promised())) == []


@pytest.mark.parametrize("kind", WITHIN, ids=lambda kind: str(kind.__name__))
def test_what_stands_inside_facts_is_what_was_promised(kind):
    assert " ".join(field.name for field in dataclasses.fields(kind)) == WITHIN[kind]


def test_the_old_log_holds_every_fact_of_its_day():
    names = {name for stream in rows().values() for name, _ in stream}
    assert names <= set(FACTS)
    assert len(names) == FACTS_THEN


@pytest.mark.parametrize("stream", rows())
def test_a_log_written_long_ago_is_read_and_folded_today(stream):
    decider = DECIDERS.get(stream, domain.complaint)
    state: Any = decider.INITIAL
    for name, body in rows()[stream]:
        fact, envelope = decode(name, body)
        state = decider.evolve(state, fact, envelope)
        assert decode(*encode(fact, envelope)) == (fact, envelope)
    if stream in ENDS:
        case = state.case
        assert (domain.complaint.state_name(state), case.round.number, case.category) == ENDS[stream]


def test_the_old_organisation_and_its_book_are_as_they_were():
    organisation: Any = domain.organisation.INITIAL
    for name, body in rows()["organisation"]:
        organisation = domain.organisation.evolve(organisation, *decode(name, body))
    assert organisation.units["heating-co"].kind == "company"
    book: Any = domain.rule_books.INITIAL
    for name, body in rows()["rule-book-categories"]:
        book = domain.rule_books.evolve(book, *decode(name, body))
    heating = book.versions["2026-1"].typed("Asia/Shanghai").of("heating")
    assert (heating.methods, heating.readings[0].min) == (("on_site",), 18.0)
