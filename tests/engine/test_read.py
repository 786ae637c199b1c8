"""Questions to the views: filters, pages that neither repeat nor skip, sums; no outside name reaches SQL."""

import base64
import random
from typing import Any

import orjson
import pytest

from engine.follow import Follower
from engine.log import Log
from engine.read import AllOf, Among, AnyOf, Condition, Filter, Join, count, one, rows, sums
from engine.views import Reading, Views
from tests.engine.specimen import SPECIMEN, append, escalated, story, urged, views_of


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def views(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("read")
    database = None
    if request.param == "postgres":
        database = request.getfixturevalue("postgres_server").new_database()
    log = Log.open(database, folder)
    append(log, story(120))
    append(log, [(f"c-bare-{n}", urged("follow_up")) for n in range(9)])
    append(log, [("c-north/sl", escalated("a/b")), ("c-x", escalated("a/bc")), ("c-y", escalated("a/b/c"))])
    opened = views_of(log, folder, database)
    Follower(log, opened, [SPECIMEN]).catch_up()
    yield opened
    opened.close()
    log.close()


@pytest.fixture
def reading(views: Views):
    with views.read() as opened:
        yield opened


def ids(reading: Reading, *where: Condition) -> set[str]:
    return {row["id"] for row in rows(reading, "items", where=where, limit=1000).items}


def python(reading: Reading, passes) -> set[str]:
    everything = rows(reading, "items", limit=1000).items
    return {row["id"] for row in everything if passes(row)}


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        (Filter("kind", "=", "a"), lambda r: r["kind"] == "a"),
        (Filter("kind", "!=", "a"), lambda r: r["kind"] != "a"),
        (Filter("urged", "<", 1), lambda r: r["urged"] < 1),
        (Filter("urged", "<=", 1), lambda r: r["urged"] <= 1),
        (Filter("id", ">", "c-000100"), lambda r: r["id"] > "c-000100"),
        (Filter("id", ">=", "c-000100"), lambda r: r["id"] >= "c-000100"),
        (Filter("kind", "in", ["a", "d"]), lambda r: r["kind"] in ("a", "d")),
        (Filter("kind", "in", []), lambda r: False),
        (
            Filter("id", "in", [f"c-{n:06d}" for n in range(0, 3000, 3)]),
            lambda r: r["id"][2:].isdigit() and int(r["id"][2:]) % 3 == 0,
        ),
        (Filter("kind", "null", True), lambda r: r["kind"] is None),
        (Filter("kind", "null", False), lambda r: r["kind"] is not None),
        (Filter("kind", "under", "a/b"), lambda r: r["kind"] in ("a/b", "a/b/c")),
        (Filter("kind", "under", ""), lambda r: True),
        (Filter("kind", "widely-under", "a/b"), lambda r: r["kind"] in ("a/b", "a/b/c")),
        (
            AnyOf([Filter("kind", "=", "a"), Filter("urged", "=", 0)]),
            lambda r: r["kind"] == "a" or r["urged"] == 0,
        ),
        (AnyOf([]), lambda r: False),
        (AllOf([]), lambda r: True),
        (
            AllOf([Filter("kind", "=", "b"), Filter("urged", "=", 1)]),
            lambda r: r["kind"] == "b" and r["urged"] == 1,
        ),
    ],
)
def test_a_condition_lets_through_what_it_says(reading: Reading, condition: Condition, passes) -> None:
    assert ids(reading, condition) == python(reading, passes)


def test_rows_among_those_of_another_table(reading: Reading) -> None:
    closing = Among("id", "clocks", "id", [Filter("clock", "=", "closure")])
    found = ids(reading, closing)
    assert found and all(int(id[2:]) % 2 == 1 for id in found)


@pytest.mark.parametrize("limit", [1, 4, 50])
@pytest.mark.parametrize(
    "order", [None, ("id", "desc"), ("kind", "asc"), ("kind", "desc"), ("changed", "desc")]
)
def test_pages_neither_repeat_nor_skip(reading: Reading, limit: int, order: tuple[str, str] | None) -> None:
    whole = rows(reading, "items", order=order, limit=1000)
    assert whole.next is None
    met, after = [], None
    while True:
        page = rows(reading, "items", order=order, after=after, limit=limit)
        assert len(page.items) <= limit
        met += page.items
        after = page.next
        if after is None:
            break
    assert met == whole.items

    column, direction = order or ("id", "asc")
    values = [row[column] for row in met if row[column] is not None]
    assert values == sorted(values, reverse=direction == "desc")
    assert all(row[column] is None for row in met[len(values) :])


def test_pages_of_a_filtered_and_joined_question(reading: Reading) -> None:
    joins = [Join("items", "id", "id")]
    where = [Filter("kind", "in", ["a", "b"])]
    whole = rows(reading, "clocks", where=where, joins=joins, order=("at", "desc"), limit=1000).items
    first = rows(reading, "clocks", where=where, joins=joins, order=("at", "desc"), limit=7)
    rest = rows(
        reading, "clocks", where=where, joins=joins, order=("at", "desc"), limit=1000, after=first.next
    )
    assert first.items + rest.items == whole
    assert {row["kind"] for row in whole} == {"a", "b"}


def cursor(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).rstrip(b"=").decode()


def test_a_cursor_is_checked_as_input(reading: Reading) -> None:
    good = rows(reading, "items", order=("changed", "desc"), limit=2).next
    assert good is not None
    sign = orjson.loads(base64.urlsafe_b64decode(good + "=="))[0]
    strange = [
        "",
        "!",
        "ö",
        "x" * 3000,
        good[:-3],
        cursor({"a": 1}),
        cursor([]),
        cursor([sign]),
        cursor([sign, 1, 2]),
        cursor([sign, True, "c"]),
        cursor([sign, "1", "c"]),
        cursor([sign, 1, None]),
        cursor([sign + 1, 1, "c"]),
        cursor([sign, 2**64 - 1, "c"]),
        cursor([sign, 1.5, "c"]),
    ]
    for bad in strange:
        with pytest.raises(ValueError, match="cursor"):
            rows(reading, "items", order=("changed", "desc"), after=bad)
    with pytest.raises(ValueError, match="another question"):
        rows(reading, "items", order=("changed", "asc"), after=good)


def test_random_cursors_never_break_it(reading: Reading) -> None:
    drawn = random.Random(7)
    for _ in range(300):
        bad = "".join(chr(drawn.randrange(32, 127)) for _ in range(drawn.randrange(40)))
        with pytest.raises(ValueError, match="cursor"):
            rows(reading, "items", after=bad)


@pytest.mark.parametrize(
    "ask",
    [
        lambda r: rows(r, "nothing"),
        lambda r: rows(r, "items", where=[Filter("nothing", "=", 1)]),
        lambda r: rows(r, "items", where=[Filter("kind", "~", 1)]),
        lambda r: rows(r, "items", order=("nothing", "asc")),
        lambda r: rows(r, "items", order=("kind", "sideways")),
        lambda r: count(r, "items", [Filter("kind = '' OR 1", "=", 1)]),
        lambda r: sums(r, "totals", "n", by=["nothing"]),
    ],
)
def test_unknown_names_are_refused(reading: Reading, ask) -> None:
    with pytest.raises(ValueError, match="there is no"):
        ask(reading)


def test_counting(reading: Reading) -> None:
    assert count(reading, "items", [Filter("kind", "null", True)]) == 9
    assert count(reading, "items", up_to=5) == 5
    found = one(reading, "items", [Filter("id", "=", "c-bare-3")])
    assert found is not None and found["urged"] == 1
    assert one(reading, "items", [Filter("id", "=", "c-none")]) is None


def test_sums_equal_the_rows_counted(reading: Reading) -> None:
    by_kind = {row["kind"]: row["n"] for row in sums(reading, "totals", "n", by=["kind"])}
    living = rows(reading, "items", where=[Filter("kind", "null", False)], limit=1000).items
    counted: dict[str, int] = {}
    for row in living:
        counted[row["kind"]] = counted.get(row["kind"], 0) + 1
    assert by_kind == counted
    joined = sums(reading, "totals", "n", by=["first_seen"], joins=[Join("classes", "kind", "kind")])
    assert sum(row["n"] for row in joined) == sum(counted.values())


def test_sums_of_one_shape_keep_their_values_apart(reading: Reading) -> None:
    kinds = [row["kind"] for row in sums(reading, "totals", "n", by=["kind"])]
    every = {row["kind"]: row["n"] for row in sums(reading, "totals", "n", by=["kind"])}
    for asked in ([kinds[0]], [kinds[-1]], kinds, []):
        found = sums(reading, "totals", "n", by=["kind"], where=[Filter("kind", "in", asked)])
        assert {row["kind"]: row["n"] for row in found} == {kind: every[kind] for kind in asked}
    for kind in (kinds[0], kinds[-1]):
        below = [each for each in kinds if each == kind or each.startswith(f"{kind}/")]
        for op, passing in (("=", [kind]), ("under", below), ("widely-under", below)):
            found = sums(reading, "totals", "n", by=["kind"], where=[Filter("kind", op, kind)])
            assert [row["kind"] for row in found] == passing


def plan(reading: Reading, **question) -> str:
    """How SQLite would answer, as it explains it."""
    seen: list[str] = []
    connection = reading.connection
    execute = connection.execute

    def explain(statement, *args):
        sql = statement.compile(connection.engine, compile_kwargs={"literal_binds": True})
        seen.extend(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}"))
        return execute(statement, *args)

    connection.execute = explain  # type: ignore[method-assign, assignment]
    try:
        rows(reading, "items", **question)
    finally:
        del connection.execute
    return "; ".join(seen)


def test_a_page_reads_an_index_and_not_the_table(reading: Reading) -> None:
    if reading.generation.database is not None:
        return  # PostgreSQL plans by statistics; the tables here are too small to tell
    first = rows(reading, "items", order=("changed", "desc"), limit=3).next  # as the register asks
    valued = Filter("changed", "null", False)
    asked: list[dict[str, Any]] = [
        {"where": [valued], "order": ("changed", "desc")},
        {"where": [valued], "order": ("changed", "desc"), "after": first},
        {"where": [valued, Filter("kind", "=", "a")], "order": ("changed", "desc"), "after": first},
        {"where": [Filter("changed", ">", 5)], "order": ("changed", "asc")},
        {"where": [Filter("id", "in", ["c-000001", "c-000002"])]},
    ]
    for question in asked:
        found = plan(reading, **question)
        assert "USING INDEX" in found, (question, found)
        assert "USE TEMP B-TREE FOR ORDER BY" not in found
