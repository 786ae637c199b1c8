"""A mapping that is made anew with every entry: it says what a dictionary says, and what it said before."""

import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.messages import Actor, Envelope
from domain.organisation import INITIAL, GridEstablished, evolve
from domain.organisation.spread import Spread, put
from tests.domain.organisation_spec import NOW, granted


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.text(max_size=4), st.integers())))
def test_it_says_what_a_dictionary_says(entries):
    model: dict[str, int] = {}
    spread: Spread[int] = Spread()
    for key, value in entries:
        before, told = spread, dict(spread)
        spread, model = put(spread, key, value), {**model, key: value}
        assert dict(before) == told
        assert dict(spread) == model
        assert (len(spread), spread.get(key)) == (len(model), value)
    assert all(key in spread for key in model)
    assert spread.get("no such key") is None
    assert Spread(model) == spread


def test_a_citys_organisation_is_folded_in_seconds_not_minutes():
    """3,840 nodes and 20,000 grants, which are some 24,000 states: measured 0.4 s, 8 s with dictionaries."""
    nodes = [GridEstablished(f"city/s{n % 61}/n{n}", "楼栋", "building") for n in range(3_840)]
    grants = [
        granted(f"g-{n}", f"p-{n % 15_000}", "gridworker", nodes[n % 3_840].path) for n in range(20_000)
    ]
    envelope = Envelope(NOW, Actor("admin", "admin"))
    started = time.process_time()
    state = INITIAL
    facts: list[Any] = [*nodes, *grants]
    for fact in facts:
        state = evolve(state, fact, envelope)
    assert time.process_time() - started < 5
    assert (len(state.grids), len(state.grants)) == (3_840, 20_000)
    assert len(list(state.children("city/s1"))) == 63
    assert len(state.grants_of("p-7", NOW)) == 2
