"""Tallies in a real store: written case by case, they are what a rebuild on two processes makes of the log,
and a figure read from them is the figure read from marks."""

from datetime import timedelta
from typing import Any

import pytest

from api import answering
from api.pages.statistics.months import monthly
from api.questions import Asked
from api.remembered import OF
from domain.messages import Actor
from engine.rebuild import rebuild
from projections.indicators import INDICATORS
from tests.api.conftest import Office


@pytest.fixture
def busy(office: Office) -> Office:
    """Some cases at every stage, each followed before the next command."""
    for nth in range(4):
        case = office.registered()
        office.caught_up()
        if nth > 0:
            office.handled(case)
            office.caught_up()
        office.clock.later(days=9)
    return office


def test_a_rebuild_makes_the_same_tallies(busy: Office) -> None:
    busy.caught_up()
    report = rebuild(busy.engine, jobs=2, verify=True)
    assert report.difference is None
    with busy.engine.views.read() as reading:
        kept = reading.connection.exec_driver_sql("SELECT min(n), count(*) FROM tallies").fetchone()
        assert kept is not None and kept[0] > 0 and kept[1] > 20


@pytest.mark.parametrize("by", ["month", "lead", "grid", "channel", "category"])
def test_tallies_and_marks_say_the_same(busy: Office, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    busy.caught_up()
    now = busy.clock()
    days = [f"{now - timedelta(days=n):%Y-%m-%d}" for n in (40, 20, 3, 0)]
    asked = [
        Asked(each.id, first, last, (by,), as_of=as_of, known_at=known_at)
        for each in INDICATORS
        for first, last, as_of, known_at in ((days[0], days[3], "", ""), (days[1], days[2], days[1], "9"))
    ]
    quick = [said(busy, each) for each in asked]
    monkeypatch.setattr("api.figures.by_tallies", lambda *_: None)
    assert quick == [said(busy, each) for each in asked]


@pytest.mark.parametrize("scope", ["demo", "demo/north/sl", "demo/north/sl/grid-01"])
def test_months_of_many_figures_are_those_of_each(
    busy: Office, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of any day, known by any position, whether a month is whole or cut: by tallies, days, and marks on
    either side of the moment as by single marks."""
    busy.caught_up()
    now, head = busy.clock(), busy.engine.log.head()
    day = [f"{now - timedelta(days=n):%Y-%m-%d}" for n in (70, 40, 31, 20, 3, 0)]
    thens = [
        ("", ""),
        (day[3], ""),
        (day[1], ""),
        (day[3], str(head // 2)),
        ("", str(head // 2)),
        (day[4], "9"),
    ]
    asked = [
        Asked("", first, day[5], as_of=a, known_at=k) for first in (day[0][:7], day[2]) for a, k in thens
    ]
    who = Actor("analyst", "analyst", scope)
    monkeypatch.setattr("api.settled.FEW", 0)
    monkeypatch.setattr("api.settled.EARLY", 0)
    quick = [monthly(busy.engine, INDICATORS, each, who, "en")[1] for each in asked]
    monkeypatch.setattr("api.pages.statistics.months.counted", lambda *_: None)
    monkeypatch.setattr("api.figures.by_tallies", lambda *_: None)
    OF.pop(busy.engine, None)
    for each, found in zip(asked, quick, strict=True):
        single = monthly(busy.engine, INDICATORS, each, who, "en")[1]
        for name, rows in single.items():
            assert bare(found[name]) == bare(rows), (each, name)


def bare(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"cases": ""} for row in rows]


def said(office: Office, asked: Asked) -> list[dict[str, Any]]:
    """The rows without their addresses, which name the moment they were asked at."""
    answer = answering.figure(office.engine, asked)
    return [row | {"cases": ""} for name in ("rows", "small_groups") for row in answer[name]]
