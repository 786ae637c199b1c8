"""An order with a key is carried out once, however often and by whatever way it arrives."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.refusals import Refused
from domain.steps import Step
from engine.desk import IdempotencyKey, Order, Receipt
from engine.errors import KeyReused
from tests.engine.counting import (
    BY,
    Count,
    Refuse,
    counted,
    keyed,
    one_group,
    opened,
    order,
    outcome,
)

ROOT = Path(__file__).parents[2]


def test_a_repeated_order_is_answered_as_the_first_time(desk):
    first = desk.do(keyed("k"))
    desk.do(order(("c-1", Count())))
    again = desk.do(keyed("k"))
    assert again.repeated
    assert (again.position, dict(again.versions), again.lines) == (
        first.position,
        first.versions,
        first.lines,
    )
    assert counted(desk.log, "c-1") == [1, 2]


def test_the_key_is_looked_at_before_the_version(desk):
    first = desk.do(Order((Step("complaint", "c-1", Count(), expected=0),), BY, key=keyed("k").key))
    again = desk.do(Order((Step("complaint", "c-1", Count(), expected=0),), BY, key=keyed("k").key))
    assert again.versions == first.versions


def test_sixteen_deliveries_at_once_are_one(desk):
    with ThreadPoolExecutor(16) as pool:
        receipts = list(pool.map(lambda _: desk.do(keyed("k")), range(16)))
    assert counted(desk.log, "c-1") == [1]
    assert {(r.position, r.versions["c-1"], r.lines) for r in receipts} == {(1, 1, receipts[0].lines)}
    assert sum(not receipt.repeated for receipt in receipts) == 1


def test_deliveries_in_one_group_are_one(desk):
    with one_group(desk):
        fates = [desk.submit(keyed("k", body)) for body in ("body", "body", "other")]
    first, second, third = map(outcome, fates)
    assert isinstance(first, Receipt) and isinstance(second, Receipt)
    assert (second.position, second.lines, second.repeated) == (first.position, first.lines, True)
    assert isinstance(third, KeyReused)
    assert counted(desk.log, "c-1") == [1]


def test_a_key_belongs_to_one_body_one_actor_and_one_route(desk):
    desk.do(keyed("k"))
    with pytest.raises(KeyReused):
        desk.do(keyed("k", "another"))
    for actor, route in (("you", "POST /complaints"), ("me", "POST /other")):
        desk.do(order(("c-1", Count()), key=IdempotencyKey(actor, route, "k", "another")))
    assert counted(desk.log, "c-1") == [1, 2, 3]


def test_a_refusal_and_a_dry_run_leave_the_key_unused(desk):
    with pytest.raises(Refused):
        desk.do(keyed("k", command=Refuse()))
    desk.do(keyed("k", dry_run=True))
    assert not desk.do(keyed("k", "another")).repeated


def test_a_key_is_kept_seven_days(place):
    now = [datetime(2026, 3, 1, tzinfo=UTC)]
    with opened(*place, clock=lambda: now[0]) as desk:
        desk.do(keyed("k"))
        now[0] += timedelta(days=7)
        assert desk.do(keyed("k")).repeated
        now[0] += timedelta(seconds=1)
        assert not desk.do(keyed("k", "another")).repeated
        now[0] += timedelta(days=8)
        desk.do(keyed("m"))
        with desk.log.writing() as writing:
            names = [("me", "POST /complaints", key) for key in "km"]
            assert list(writing.answers(names, 0)) == [names[1]]


def test_a_key_that_cannot_be_stored_is_refused_before_it_harms_others():
    for bad in ("a\0b", "\ud800", "a\nb"):
        with pytest.raises(ValueError, match="printable"):
            keyed(bad)
        with pytest.raises(ValueError, match="stream"):
            Step("complaint", bad, Count())
