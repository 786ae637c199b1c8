"""Figures over HTTP: their shape, their parts, the cases they open, and what was known when."""

from typing import Any

from api.answering import figure
from api.questions import Asked
from tests.api.conftest import Office

OTHER_GRID = "demo/north/sl/grid-02"


def rate(office: Office, name: str, who: str = "analyst", **query: Any) -> dict[str, Any]:
    answer = office.get(f"statistics/{name}", who, params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def three_handled(office: Office) -> list[str]:
    """Two handled (one by the other grid), one satisfied; one still open past its deadline."""
    made = [office.registered(), office.registered(place={"grid": OTHER_GRID}), office.registered()]
    for complaint in made[:2]:
        office.handled(complaint)
    office.case(made[0], "follow-up", office.visit(), "gridworker")
    office.case(made[2], "dispatch", {"lead": "heating-co"})
    office.clock.later(days=30)
    office.caught_up()
    return made


def test_the_answer_has_the_shape_callers_rely_on(office: Office):
    three_handled(office)
    found = rate(office, "on_time_closure_rate", minimum=0)
    assert {
        "indicator", "formula", "from", "to", "cohort", "as_of", "known_at", "position", "rows",
        "small_groups",
    } <= found.keys()  # fmt: skip
    (row,) = found["rows"]
    assert {
        "group",
        "numerator",
        "denominator",
        "excluded",
        "moved_out",
        "late_entries",
        "cases",
    } <= row.keys()
    assert (row["group"], row["numerator"], row["denominator"]) == (None, 2, 3)


def test_a_variant_counts_resolved_rounds_only(office: Office):
    three_handled(office)
    (row,) = rate(office, "on_time_closure_rate@closed_only")["rows"]
    assert (row["numerator"], row["denominator"], row["excluded"]) == (2, 2, {"open_overdue": 1})


def test_every_count_opens_exactly_its_cases(office: Office):
    one, other, late = three_handled(office)
    found = rate(office, "on_time_closure_rate", group_by="grid", minimum=0)
    for row in found["rows"]:
        for part in ("numerator", "denominator"):
            items = office.get(row["cases"] + f"&part={part}", "analyst").json()["items"]
            assert len(items) == row[part]
            assert {"id", "number", "external_number", "round", "part"} <= items[0].keys()
    (whole,) = rate(office, "on_time_closure_rate")["rows"]
    listed = office.get(whole["cases"], "analyst").json()["items"]
    assert {item["id"]: item["part"] for item in listed} == {
        one: "numerator",
        other: "numerator",
        late: "denominator",
    }


def test_the_cases_come_in_pages(office: Office):
    made = three_handled(office)
    (row,) = rate(office, "on_time_closure_rate")["rows"]
    seen, cursor = [], ""
    while True:
        page = office.get(row["cases"] + f"&limit=2&cursor={cursor}", "analyst").json()
        seen += [item["id"] for item in page["items"]]
        assert page["total"] == 3
        if page["next"] is None:
            break
        cursor = page["next"]
    assert sorted(seen) == sorted(made)


def test_groups_below_the_minimum_stand_apart(office: Office):
    three_handled(office)
    found = rate(office, "on_time_closure_rate", group_by="lead")
    assert found["rows"] == []
    assert {row["group"]: row["denominator"] for row in found["small_groups"]} == {
        "property-co": 2,
        "heating-co": 1,
    }


def test_months_are_groups_that_open_their_cases(office: Office):
    three_handled(office)
    found = rate(office, "on_time_closure_rate", group_by="month", **{"from": "2026-11", "to": "2026-12"})
    assert [(row["group"], row["denominator"]) for row in found["rows"]] == [("2026-11", 3)]
    items = office.get(found["rows"][0]["cases"], "analyst").json()["items"]
    assert len(items) == 3


def test_a_period_is_compared_with_another(office: Office):
    three_handled(office)
    query = {"from": "2026-11", "to": "2026-11", "compare_from": "2025-11", "compare_to": "2025-11"}
    (row,) = rate(office, "on_time_closure_rate", **query)["rows"]
    assert (row["denominator"], row["compare"]["denominator"]) == (3, 0)


def test_what_was_not_yet_recorded_is_not_counted(office: Office):
    one = office.registered()
    office.handled(one)
    known = office.caught_up()
    office.case(one, "follow-up", office.visit(), "gridworker")
    office.caught_up()
    (then,) = rate(office, "satisfaction_rate", known_at=known)["rows"]
    (now,) = rate(office, "satisfaction_rate")["rows"]
    assert (then["denominator"], now["denominator"]) == (0, 1)


def test_the_address_of_the_cases_keeps_its_numbers(office: Office):
    one, other, _ = three_handled(office)
    (row,) = rate(office, "satisfaction_rate")["rows"]
    office.case(other, "follow-up", office.visit(reason="网格员请假"), "dispatcher")
    office.caught_up()
    items = office.get(row["cases"] + "&part=denominator", "analyst").json()["items"]
    assert [item["id"] for item in items] == [one]
    (now,) = rate(office, "satisfaction_rate")["rows"]
    assert now["denominator"] == 2


def test_each_counts_what_is_his(office: Office):
    three_handled(office)
    (street,) = rate(office, "on_time_closure_rate", "street")["rows"]
    (grid,) = rate(office, "on_time_closure_rate", "gridworker")["rows"]
    (unit,) = rate(office, "on_time_closure_rate", "heating")["rows"]
    (nobody,) = rate(office, "on_time_closure_rate", "elsewhere")["rows"]
    assert [row["denominator"] for row in (street, grid, unit, nobody)] == [3, 2, 1, 0]
    assert office.get("statistics/on_time_closure_rate", "resident").status_code == 403


def test_the_indicators_are_listed(office: Office):
    items = office.get("statistics").json()["items"]
    assert {"response_rate@1", "on_time_closure_rate@1", "on_time_closure_rate@closed_only"} <= {
        item["indicator"] for item in items
    }
    for item in items:
        query = {"from": "2026-01", "to": "2026-12"}
        assert office.get(item["link"], params=query).status_code == 200, item["indicator"]


def test_the_command_line_says_the_same(office: Office):
    three_handled(office)
    asked = Asked("on_time_closure_rate", group_by=("grid",), minimum=0, as_of="2026-12-17")
    said = figure(office.engine, asked)
    told = rate(office, "on_time_closure_rate", "admin", group_by="grid", minimum=0, as_of="2026-12-17")
    assert said == told
