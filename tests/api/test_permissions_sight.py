"""One rule says who may know of what: asked of a row at hand and of the database it says the same, whoever
asks and whatever stands there."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from api import sight
from api.cases import Cases
from api.points import sight as points_sight
from api.points.subjects import Points
from domain.messages import Actor
from engine.holding import holds
from engine.read import AllOf, Among, AnyOf, Condition, Filter, rows
from engine.tables import core_tables
from engine.views import Reading
from projections.register import CASES_TABLE, SUPPORTERS, TASKS
from tests.api.conftest import GRID, Office
from tests.api.matrix import CALLERS, World, world

calm = settings(deadline=None, max_examples=300)

# ------------------------------------------------------------------ any condition, any row

PATHS = ("a", "a/b", "a/bc", "a/b/c", "a0", "", None)
PEOPLE = ("p", "q", "", None)
MOMENTS = (None, 0, 5, 10, 2**62)
paths, people, moments = st.sampled_from(PATHS), st.sampled_from(PEOPLE), st.sampled_from(MOMENTS)
tasks = st.lists(st.tuples(paths, moments), max_size=3)
cases = st.lists(st.tuples(paths, people, tasks, st.lists(people, max_size=2)), max_size=6)
filters = st.one_of(
    st.builds(
        Filter, st.just("grid"), st.sampled_from(("=", "!=", "under", "widely-under")), paths.filter(bool)
    ),
    st.builds(Filter, st.just("grid"), st.just("under"), st.just("")),
    st.builds(Filter, st.just("grid"), st.just("in"), st.lists(paths.filter(bool), max_size=3)),
    st.builds(Filter, st.just("reporter"), st.just("="), people.filter(bool)),
    st.builds(Filter, st.just("reporter"), st.just("null"), st.booleans()),
)
left = st.one_of(
    st.just(Filter("left_at", "null", True)),
    st.builds(Filter, st.just("left_at"), st.sampled_from(("<", "<=", ">", ">=")), moments.filter(bool)),
)
asked = st.builds(
    lambda unit, stays: Among("id", "tasks", "case", (Filter("unit", "=", unit), AnyOf(stays))),
    paths.filter(bool),
    st.lists(left, max_size=2),
)
supported = st.builds(
    lambda person: Among("id", "supporters", "case", (Filter("person", "=", person),)), people.filter(bool)
)
conditions = st.recursive(
    st.one_of(filters, asked, supported),
    lambda inner: st.one_of(
        st.builds(AnyOf, st.lists(inner, max_size=3)), st.builds(AllOf, st.lists(inner, max_size=3))
    ),
    max_leaves=6,
)


@cache
def store() -> tuple[sa.Engine, Mapping[str, sa.Table]]:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    tables = core_tables((CASES_TABLE, TASKS, SUPPORTERS), None)
    for table in tables.values():
        columns = [sa.Column(each.name, each.type) for each in table.columns]
        sa.Table(table.name, sa.MetaData(), *columns).create(engine)
    return engine, tables


@given(cases, conditions)
@calm
def test_a_row_at_hand_passes_where_the_database_lets_it_through(
    told: list[Any], condition: Condition
) -> None:
    engine, tables = store()
    with engine.connect() as connection:
        related: dict[str, dict[str, list[dict[str, Any]]]] = {}
        written: list[dict[str, Any]] = []
        for n, (grid, reporter, shares, supporters) in enumerate(told):
            id = f"c-{n}"
            written.append({"id": id, "grid": grid, "reporter": reporter})
            related[id] = {
                "tasks": [
                    {"case": id, "round": 1, "nth": nth, "unit": unit, "left_at": at}
                    for nth, (unit, at) in enumerate(shares)
                ],
                "supporters": [{"case": id, "person": person} for person in supporters],
            }
        if written:
            connection.execute(tables["cases"].insert(), written)
        for more in related.values():
            for name, lines in more.items():
                if lines:
                    connection.execute(tables[name].insert(), lines)
        reading = Reading(connection, tables, cast(Any, None))
        found = {row["id"] for row in rows(reading, "cases", where=[condition], limit=100).items}
        connection.rollback()

    def at_hand(row: dict[str, Any]) -> bool:
        mine = related[row["id"]]
        return holds(condition, row, {name: lambda name=name: mine[name] for name in mine})  # type: ignore[misc]

    assert found == {row["id"] for row in written if at_hand(row)}


def test_what_does_not_exist_is_an_error_and_no_answer() -> None:
    with pytest.raises(ValueError):
        holds(Filter("grid", "like", "a"), {"grid": "a"})
    with pytest.raises(KeyError):
        holds(Filter("other", "=", "a"), {"grid": "a"})


# ------------------------------------------------------------------ the rules themselves


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("sight")) as found:
        yield found


SCOPES = sorted(
    {each.actor.scope for each in CALLERS} | {"demo/north/s", "demo/north/sl/grid-0", "d", "heating-co"}
)


def actors() -> Iterator[Actor]:
    people = ("resident-own", "resident-other", "gridworker-own", "nobody")
    for role in (*sorted({each.actor.role for each in CALLERS}), "engine"):
        for scope in SCOPES:
            for person in people if role == "resident" else ("somebody",):
                yield Actor(person, role, scope)


def test_lists_hold_exactly_what_may_be_seen(there: World) -> None:
    engine, cases, points = there.engine, Cases(there.engine), Points(there.engine)
    places, seen = cases.places(), 0
    with engine.views.read() as reading:
        for actor in actors():
            for days in (0, 29, 31, 400):
                now = cases.now() + days * 86_400_000_000
                where = sight.condition(actor, now, places)
                listed = {row["id"] for row in rows(reading, "cases", where=where, limit=1_000).items}
                known = [row["id"] for row in rows(reading, "cases", limit=1_000).items]
                assert listed == {id for id in known if sight.sees(actor, cases.must(id), now, places)}, actor
                seen += len(listed)
            kinds: tuple[tuple[str, Any, Any, Any], ...] = (
                ("accounts", points_sight.of_accounts, points_sight.sees_account, points.accounts),
                ("claims", points_sight.of_claims, points_sight.sees_claim, points.claims),
                ("attendance", points_sight.of_attendances, points_sight.sees_attendance, points.attendances),
            )
            for table, condition, sees, of in kinds:
                listed = {
                    row["id"] for row in rows(reading, table, where=[condition(actor)], limit=1_000).items
                }
                every = [row["id"] for row in rows(reading, table, limit=1_000).items]
                assert listed == {id for id in every if sees(actor, of.must(id))}, (table, actor)
    assert seen > 100


def test_a_unit_sees_what_it_left_for_thirty_days(office: Office) -> None:
    complaint = office.registered()
    office.case(complaint, "dispatch", {"lead": "property-co"})
    office.case(complaint, "decline", {"reason": "不属于我单位"}, "property")
    office.case(complaint, "dispatch", {"lead": "heating-co"})
    office.caught_up()
    for days, known in ((0, True), (29.9, True), (30.1, False)):
        office.clock.later(days=days) if days else None
        assert (office.get(f"complaints/{complaint}", "property").status_code == 200) == known
        listed = [each["id"] for each in office.get("complaints", "property").json()["items"]]
        assert (complaint in listed) == known
        office.clock.later(days=-days) if days else None
    assert office.get(f"complaints/{complaint}", "heating").status_code == 200


def test_above_the_street_nobody_reads_words(there: World) -> None:
    city = next(each for each in CALLERS if str(each) == "street-parent")
    street = next(each for each in CALLERS if str(each) == "street-own")
    place = there.places["demo/north/sl"]
    for path in (
        f"complaints/{place.ids['case']}",
        f"points/claims/{place.ids['claim']}",
        "complaints",
        "duties",
    ):
        assert place.word not in there.by(city, "GET", f"/api/v1/{path}").text, path
    told = there.by(city, "GET", f"/api/v1/complaints/{place.ids['case']}").json()
    assert (told["text"], told["place"]["address"], told["reporter"], told["reporters"]) == (
        None,
        None,
        None,
        [],
    )
    assert told["place"]["grid"] == GRID and told["state"] == "handling"
    assert place.word in there.by(street, "GET", f"/api/v1/complaints/{place.ids['case']}").text
