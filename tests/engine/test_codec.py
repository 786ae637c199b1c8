"""What is written is read back as it was; nothing readable about a person is ever written."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

import msgspec
import pytest

from domain.complaint.facts import (
    ComplaintClosed,
    ComplaintDispatched,
    ComplaintRegistered,
    Duty,
    JointSessionHeld,
    UnitTask,
)
from domain.complaint.state import State
from domain.deadlines import Deadline
from domain.messages import FACTS, Actor, Clear, Envelope, Sealed, clear
from domain.rule_books import BookAdopted, BookProposed
from engine import codec
from engine.codec import NotSealed, decode, decode_fact, encode, may_hold_sealed, seal_fact
from engine.errors import UnknownFact

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, UTC)
BY = Actor("dispatcher", "dispatcher", "demo/north/sl")
ENVELOPE = Envelope(NOON, BY, "command-1", "c-1@4")
CHINA = timezone(timedelta(hours=8))
DEADLINE = Deadline("response", NOON, NOON, NOON, 4, "hours", "deadlines", "1", "line", "calendar")
REGISTERED = ComplaintRegistered(
    "phone", "reactive", "heating", "1", "normal", "demo/north/sl/grid-01", Sealed("p-1", "box"), None, None,
    "", "p-1", None, Sealed("p-1", "box"), "", "", "", "living", "", DEADLINE,
)  # fmt: skip
DISPATCHED = ComplaintDispatched(
    1, "heating", "normal", (UnitTask("heating", True, DEADLINE, None),), DEADLINE, False, NOON
)


def keep(path: str, value: Clear) -> Sealed:
    return Sealed(value.subject, path)


CHAIR = Sealed("c", "p")


@pytest.mark.parametrize(
    "fact",
    [
        ComplaintClosed("satisfied"),
        REGISTERED,
        DISPATCHED,
        JointSessionHeld(
            CHAIR, (CHAIR, CHAIR), Sealed("c-1", "x"), (Duty("a", Sealed("c-1", "y"), NOON),), "a"
        ),
        BookProposed(
            "deadlines", "1", {"text": "供暖", "n": 1, "x": 1.5, "list": [{"a": True}], "none": None}
        ),
        BookAdopted("deadlines", "1", date(2026, 1, 1), None),
    ],
)
def test_a_fact_is_read_back_as_it_was_written(fact):
    name, body = encode(fact, ENVELOPE)
    assert decode(name, body) == (fact, ENVELOPE)
    assert decode_fact(name, body) == fact


def test_a_body_is_one_object_in_the_order_everyone_relies_on():
    name, body = encode(ComplaintClosed("satisfied"), ENVELOPE)
    assert name == "complaint.closed"
    assert body.decode() == (
        '{"occurred_at":"2026-03-02T12:00:00.123456Z",'
        '"actor":{"person":"dispatcher","role":"dispatcher","scope":"demo/north/sl"},'
        '"command_id":"command-1","caused_by":"c-1@4","fact":{"reason":"satisfied"}}'
    )


def test_moments_are_written_in_utc_wherever_they_come_from():
    local = NOON.astimezone(CHINA)
    fact = seal_fact(
        JointSessionHeld(CHAIR, (), Sealed("c", "x"), (Duty("a", Sealed("c", "y"), local),), ""), keep
    )
    _, body = encode(fact, Envelope(local, BY))
    assert b"+08" not in body
    written = json.loads(body)
    assert written["occurred_at"] == written["fact"]["duties"][0]["due"] == "2026-03-02T12:00:00.123456Z"


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        encode(ComplaintClosed("satisfied"), Envelope(datetime(2026, 1, 1), BY))  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        seal_fact(Duty("a", Sealed("c", "y"), datetime(2026, 1, 1)), keep)  # noqa: DTZ001


def test_sealing_reaches_every_place_and_names_it():
    session = JointSessionHeld(
        CHAIR,
        (),
        clear("c", "decision"),
        (Duty("a", clear("c", "task"), None), Duty("b", clear("c", "t"), None)),
        "",
    )
    sealed = seal_fact(session, keep)
    assert sealed.decision == Sealed("c", "decision")
    assert [duty.task for duty in sealed.duties] == [
        Sealed("c", "duties.0.task"),
        Sealed("c", "duties.1.task"),
    ]
    assert sealed.duties[1].unit == "b"


def test_what_needs_no_change_is_the_same_object():
    for fact in (ComplaintClosed("satisfied"), REGISTERED, DISPATCHED):
        assert seal_fact(fact, keep) is fact


def test_a_readable_value_is_never_written():
    for text in ("暖气不热", "", 'a "quoted" text', "box"):
        with pytest.raises(NotSealed):
            encode(
                JointSessionHeld(CHAIR, (), Sealed("c", "x"), (Duty("a", clear("c", text), None),), ""),
                ENVELOPE,
            )


def test_a_text_that_looks_like_a_value_is_written():
    fact = ComplaintClosed('"box":"","text":"')
    assert decode(*encode(fact, ENVELOPE))[0] == fact


def test_every_fact_has_a_decoder_that_knows_its_fields():
    for name in FACTS:
        with pytest.raises(msgspec.ValidationError):
            codec.decoder(name)(b'{"fact":7}')


def test_an_unknown_name_is_named():
    _, body = encode(ComplaintClosed("satisfied"), ENVELOPE)
    with pytest.raises(UnknownFact, match=r"complaint\.invented"):
        decode("complaint.invented", body)


def test_an_old_name_is_read_in_todays_shape(monkeypatch):
    monkeypatch.setitem(
        codec.UPCASTERS, "case.ended", lambda _, old: ("case.closed", {"why": old["because"]})
    )
    monkeypatch.setitem(
        codec.UPCASTERS, "case.closed", lambda _, old: ("complaint.closed", {"reason": old["why"]})
    )
    _, body = encode(ComplaintClosed("satisfied"), ENVELOPE)
    old = body.replace(b'"reason"', b'"because"')
    assert decode("case.ended", old) == (ComplaintClosed("satisfied"), ENVELOPE)
    assert decode_fact("case.ended", old) == ComplaintClosed("satisfied")


def test_a_name_may_keep_and_its_fields_change(monkeypatch):
    monkeypatch.setitem(
        codec.UPCASTERS, "complaint.closed", lambda name, old: (name, {"reason": "policy", **old})
    )
    _, body = encode(ComplaintClosed("satisfied"), ENVELOPE)
    assert decode_fact("complaint.closed", body) == ComplaintClosed("satisfied")
    assert decode_fact("complaint.closed", body.replace(b'"reason":"satisfied"', b"")) == ComplaintClosed(
        "policy"
    )


class Plain(NamedTuple):
    at: datetime
    counts: tuple[int, ...] = ()


@dataclass(frozen=True)
class Nested:
    plain: Plain | None
    before: "Nested | None"


@dataclass(frozen=True)
class Personal:
    nested: Nested
    said: tuple[Sealed | None, ...]


@pytest.mark.parametrize(
    "kind", [str, Plain, Nested, Nested | Plain, tuple[str, int], dict[str, Plain], State]
)
def test_a_type_without_personal_values_is_known_as_such(kind):
    assert not may_hold_sealed(kind)


@pytest.mark.parametrize("kind", [Sealed, Personal, Nested | Personal, Any, object, tuple, dict[str, Any]])
def test_a_type_that_may_hold_personal_values_or_does_not_say_is_known_too(kind):
    assert may_hold_sealed(kind)
