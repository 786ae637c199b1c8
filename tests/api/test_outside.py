"""Who follows the log hears of care plans, walks, duties and captures what he may open, and of no others."""

from collections.abc import Iterator
from datetime import date

import pytest

from api.cases import Cases
from api.points.subjects import Points
from api.stream import seen_by, told
from domain.capture import KeepCapture, stream_of
from domain.care.commands import OpenPlan
from domain.households.commands import Register
from domain.messages import Actor
from domain.patrols import commands as c
from domain.steps import Step
from engine.desk import Order
from engine.engine import Engine
from scripts.setting_up import OPERATOR, apply, load
from tests.api.conftest import GRID, SAMPLE, Clock, opened

NEXT = "demo/north/sl/grid-02"
DISPATCHER = Actor("dispatcher", "dispatcher", "demo/north/sl")
MEMBER = Actor("gridworker", "gridworker", GRID)
NEIGHBOUR = Actor("gridworker9", "gridworker", NEXT)
STREET = Actor("street", "street", "demo/north")
PANEL = Actor("panel", "panel", "demo/north/sl")
ELSEWHERE = Actor("elsewhere", "dispatcher", "demo/south/nowhere")
RESIDENT, UNIT = Actor("p-1", "resident", GRID), Actor("property", "unit", "property-co")
ID = "0b7cbb62-4f1f-4c53-9d1c-2f6d4f0a9a11"
CAPTURE = KeepCapture("attempt", "round-1/h1", GRID, Clock().now, "visit.vacant", "{}", "hh-h1")
STEPS = (
    (DISPATCHER, Step("household", "hh-h1", Register(GRID, people=1, kind="key", name="赵阿婆"))),
    (MEMBER, Step("care-plan", "care-h1", OpenPlan("h1", GRID, "living_alone", "high", note="独居"))),
    (MEMBER, Step("patrol", "patrol-1", c.RecordPatrol(GRID, (c.StopVisited("换热站"),), 30))),
    (DISPATCHER, Step("patrol-route", "patrol-route-1", c.SetRoute("管网", NEXT, ("换热站",)))),
    (
        DISPATCHER,
        Step("sweep", "sweep-1", c.OpenSweep((GRID, NEXT), date(2027, 1, 1), "同类都查", "heating")),
    ),
    (MEMBER, Step("capture", stream_of(ID), CAPTURE)),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = opened(tmp_path_factory.mktemp("outside"), Clock())
    for by, step in STEPS:
        engine.desk.do(Order((step,), by))
    apply(engine.desk, load(SAMPLE.parent / "duties.toml"))
    engine.catch_up()
    for reactions in engine.reactions:
        while reactions.turn():
            engine.catch_up()
    yield engine
    engine.close()


def heard(engine: Engine, actor: Actor) -> set[str]:
    sees = seen_by(engine, Cases(engine), Points(engine), actor)
    return {line.stream for line in engine.log.read(0, 10_000) if sees(line)}


WALKS = {"patrol-1", "sweep-1"}
MINE = {"care-h1", *WALKS, stream_of(ID), "duty-patrol-demo.north.sl.grid-01"}


def test_whoever_answers_for_the_place_hears_of_it(engine: Engine):
    assert heard(engine, MEMBER) >= MINE
    for above in (DISPATCHER, STREET, OPERATOR):
        assert heard(engine, above) >= {*MINE, "patrol-route-1", "duty-patrol-demo.north.sl.grid-02"}


def test_nobody_else_does(engine: Engine):
    beside = heard(engine, NEIGHBOUR)
    assert {"patrol-route-1", "sweep-1", "duty-patrol-demo.north.sl.grid-02"} <= beside, (
        "his share of a sweep"
    )
    assert not beside & (MINE - {"sweep-1"})
    assert "care-h1" not in heard(engine, PANEL), "the panel knows of no plan"
    for other in (ELSEWHERE, RESIDENT, UNIT):
        assert not heard(engine, other) & (MINE | {"patrol-route-1"})


def test_what_is_heard_has_no_words(engine: Engine):
    lines = [line for line in engine.log.read(0, 10_000) if line.stream in MINE]
    assert {line.stream for line in lines} == MINE
    for line in lines:
        assert set(told(line, ())) == {
            "position", "name", "stream", "version", "occurred_at", "recorded_at", "views",
        }  # fmt: skip
