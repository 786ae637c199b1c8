"""No list sorts or scans the register: what the database says it would do, for every filter and caller."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from api import duties, lists, sight
from api.lists import Asked
from domain.messages import Actor
from engine.read import rows
from tests.api.conftest import Office

CALLERS = {
    "admin": Actor("admin", "admin"),
    "dispatcher": Actor("dispatcher", "dispatcher", "demo/north/sl"),
    "unit": Actor("heating", "unit", "heating-co"),
    "gridworker": Actor("gridworker", "gridworker", "demo/north/sl/grid-01"),
    "resident": Actor("resident", "resident"),
}
FILTERS = {
    "nothing": Asked(),
    "state": Asked(state=("closed",)),
    "states": Asked(state=("received", "dispatched")),
    "category": Asked(category=("heating",)),
    "grid": Asked(grid="demo/north/sl/grid-01"),
    "lead": Asked(lead=("heating-co",)),
    "channel": Asked(channel=("phone",)),
    "origin": Asked(origin="reactive"),
    "track": Asked(track=("normal",)),
    "urgency": Asked(urgency=("normal",)),
    "overdue": Asked(overdue=True),
    "due": Asked(due="today"),
    "returned": Asked(returned=True),
    "days": Asked(registered_from="2026-01", registered_to="2026-02"),
    "number": Asked(number="HS260101-0001"),
    "two": Asked(state=("closed",), category=("heating",)),
}


@pytest.fixture(params=["few", "many"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Whether the store seems small or large to the list."""
    if request.param == "many":
        monkeypatch.setattr(lists, "MANY", 0)
        monkeypatch.setattr(lists, "SEVERAL", 0)
    return str(request.param)


def plans(office: Office, actor: Actor, asked: Asked) -> Iterator[tuple[bool, str]]:
    """Of the statements of one page: whether its rows were few, and what SQLite would do."""
    engine = office.engine
    now, places = lists.now_of(engine), engine.desk.stage().organisation
    where = (*sight.condition(actor, now, places), *lists.conditions(engine, asked, now, reads=True))
    said: list[tuple[str, Sequence[Any]]] = []
    core = engine.views.live().core

    def heard(connection: object, cursor: object, sql: str, given: Sequence[Any], *_: object) -> None:
        said.append((sql, given))

    with engine.views.read() as reading:
        way = lists.course(reading, where)
        sa.event.listen(core, "before_cursor_execute", heard)
        order = ("registered_position", "desc")
        rows(
            reading,
            "cases",
            where=way.where,
            checked=way.checked,
            few=way.few,
            alone=True,
            order=order,
            limit=50,
        )
        sa.event.remove(core, "before_cursor_execute", heard)
        for sql, given in said:
            found = reading.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).fetchall()
            for step in found:
                yield way.few, step[3]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("filters", FILTERS)
def test_no_list_scans_the_register(office: Office, size: str, caller: str, filters: str) -> None:
    office.registered()
    office.caught_up()
    for few, step in plans(office, CALLERS[caller], FILTERS[filters]):
        assert not step.startswith("SCAN"), step
        if not few:
            assert "TEMP B-TREE" not in step, step


@pytest.mark.parametrize("caller", ["dispatcher", "unit", "gridworker"])
def test_duties_look_at_open_cases_only(office: Office, caller: str) -> None:
    said: list[tuple[str, Sequence[Any]]] = []
    core = office.engine.views.live().core

    def heard(connection: object, cursor: object, sql: str, given: Sequence[Any], *_: object) -> None:
        said.append((sql, given))

    sa.event.listen(core, "before_cursor_execute", heard)
    duties.cases_due(office.engine, CALLERS[caller], 20)
    sa.event.remove(core, "before_cursor_execute", heard)
    with office.engine.views.read() as reading:
        for sql, given in said:
            if " cases" not in sql:
                continue
            found = reading.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given).fetchall()
            assert any("cases_state_" in step[3] for step in found), found
            assert not any(step[3].startswith("SCAN cases") for step in found), found
