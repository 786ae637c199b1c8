"""Over HTTP: a walk whose hazard is a case in the same save, a sweep with its yield by grid, a look that
brings a case back. What each caller may know of them."""

from typing import Any

import pytest

from tests.api.conftest import GRID, Office

OTHER = "demo/north/sl/grid-02"
STOPS = ["换热站", "3 号楼前管沟"]


def walk(**changes: Any) -> dict[str, Any]:
    return {
        "grid": GRID,
        "kind": "daily",
        "category": "heating",
        "minutes": 40,
        "stops": [
            {
                "stop": "换热站",
                "readings": [{"quantity": "room_temperature", "value": 15.5, "unit": "°C"}],
                "note": "表前阀门旧",
            }
        ],
        **changes,
    }


HAZARD = {"category": "heating", "text": "换热站阀门渗水", "stop": "换热站"}


def closed(office: Office) -> str:
    """A case that was handled, followed up and is closed."""
    case = office.registered()
    office.handled(case)
    office.clock.later(hours=1)
    office.case(case, "follow-up", office.visit(photos=[office.photo()]), "gridworker")
    assert office.get(f"complaints/{case}").json()["state"] == "closed"
    return case


def test_a_route_is_set_walked_and_what_was_left_out_is_said(office: Office):
    way = {"name": "换热站与管网", "grid": GRID, "stops": STOPS, "category": "heating"}
    route = office.done("patrols/routes", way, "gridworker")
    told = office.done("patrols", walk(route=route["id"], category=""), "gridworker")
    assert (told["missed"], told["out_of_range"], told["checked"]) == (["3 号楼前管沟"], 1, 1)
    assert told["stops"][0]["readings"][0]["in_range"] is False
    assert told["stops"][0]["note"] == "表前阀门旧"
    assert "未查看：3 号楼前管沟" in told["facts"][0]["sentence"]
    gone = office.post("patrols", walk(route=route["id"], stops=[{"stop": "别处"}]), "gridworker")
    assert gone.json()["rule"] == "patrol.stop-unknown"
    office.done(f"patrols/routes/{route['id']}/retire", {"reason": "改造"}, "gridworker")
    assert office.post("patrols", walk(route=route["id"]), "gridworker").json()["rule"] == "patrol.route-gone"


def test_a_hazard_is_a_case_of_its_own_in_the_same_save_and_each_names_the_other(office: Office):
    told = office.done("patrols", walk(hazards=[HAZARD]), "gridworker")
    (case,) = told["complaints"]
    found = office.get(f"complaints/{case}", "gridworker").json()
    assert (found["found_by"], found["channel"], found["origin"], found["reporter"]) == (
        told["id"], "patrol", "proactive", None,
    )  # fmt: skip
    more = office.done(f"patrols/{told['id']}/hazards", {"hazards": [HAZARD]}, "gridworker")
    assert len(more["complaints"]) == 2 and more["version"] == 3
    office.caught_up()
    month = office.get("patrols/hazards?from=2026-11&to=2026-11").json()
    assert month["total"] == 2 and {each["id"] for each in month["items"]} == set(more["complaints"])
    assert office.get("patrols/hazards?from=2026-12").json()["total"] == 0


def test_what_is_refused_leaves_neither_patrol_nor_case(office: Office):
    bad = HAZARD | {"category": "no-such-class"}
    before = office.engine.log.head()
    assert office.post("patrols", walk(hazards=[HAZARD, bad]), "gridworker").status_code == 422
    dry = office.post("patrols?dry_run=true", walk(hazards=[HAZARD]), "gridworker").json()
    assert dry["dry_run"] and len(dry["consequences"]) == 3
    assert office.engine.log.head() == before


def test_the_same_key_walks_once(office: Office):
    key = {"Idempotency-Key": "walk-1"}
    first = office.done("patrols", walk(hazards=[HAZARD]), "gridworker", headers=key)
    again = office.done("patrols", walk(hazards=[HAZARD]), "gridworker", headers=key)
    assert (again["id"], again["complaints"], again["repeated"]) == (first["id"], first["complaints"], True)


def test_a_joint_inspection_names_who_came_along(office: Office):
    alone = office.post("patrols", walk(kind="joint"), "gridworker")
    assert alone.json()["rule"] == "patrol.joint-alone"
    told = office.done("patrols", walk(kind="joint", units=["heating-co"]), "gridworker")
    assert told["units"] == ["heating-co"]


def test_a_sweep_starts_from_an_ended_case_and_shows_its_yield_by_grid(office: Office):
    case = closed(office)
    body = {"grids": [GRID, OTHER], "due_on": "2026-12-01", "what": "同类门禁都查一遍", "case": case}
    sweep = office.done("sweeps", body)["id"]
    office.done(f"sweeps/{sweep}/checks", {"grid": GRID, "looked_at": 9}, "gridworker")
    hazards = [{"category": "property", "text": "2 号楼门禁也坏"}, {"category": "property", "text": "5 号楼"}]
    told = office.done(f"sweeps/{sweep}/checks", {"grid": OTHER, "looked_at": 4, "hazards": hazards})
    assert (told["looked_at"], told["found"], told["checked"]) == (13, 2, 2)
    assert [(each["grid"], each["found"]) for each in told["by_grid"]] == [(GRID, 0), (OTHER, 2)]
    assert office.get(f"complaints/{told['complaints'][0]}").json()["found_by"] == sweep
    part = office.get(f"sweeps/{sweep}", "gridworker").json()
    assert [each["grid"] for each in part["by_grid"]] == [GRID] and part["complaints"] == []
    row = {"grid": GRID, "place": "门店-017", "status": "同意改气", "label": "柳园面馆"}
    office.done(f"sweeps/{sweep}/places", row, "gridworker")
    survey = office.done(f"sweeps/{sweep}/places", row | {"status": "已通气"}, "gridworker")["places"]
    assert [(each["place"], each["status"], each["label"], each["times"]) for each in survey] == [
        ("门店-017", "已通气", "柳园面馆", 2)
    ]
    over = office.done(f"sweeps/{sweep}/close")
    assert over["state"] == "closed" and over["facts"][0]["sentence"].count("2") >= 1
    office.caught_up()
    assert [each["id"] for each in office.get(f"sweeps?case={case}").json()["items"]] == [sweep]


def test_a_sweep_is_for_ended_cases(office: Office):
    body = {"grids": [GRID], "due_on": "2026-12-01", "what": "查", "case": office.registered()}
    assert office.post("sweeps", body).json()["rule"] == "sweep.case-open"


def test_a_look_that_finds_it_back_reopens_the_case_in_the_same_save(office: Office):
    case = closed(office)
    office.done(f"complaints/{case}/recurrence-watch", {"until": "2026-11-28"})
    office.clock.later(days=4)
    path = f"complaints/{case}/recurrence-watch/look"
    early = office.done(path, {"result": "stayed_away"}, "gridworker")
    assert (early["state"], early["looks"]) == ("watching", 1)
    back = office.done(path, {"result": "came_back", "then": "reopen", "text": "又坏了"})
    assert (back["state"], back["reopened"], back["complaint"]) == ("came_back", True, case)
    assert office.get(f"complaints/{case}").json()["round"] == 2


def test_who_may_not_reopen_registers_what_came_back_anew(office: Office):
    case = closed(office)
    office.done(f"complaints/{case}/recurrence-watch", {"until": "2026-11-28"})
    path = f"complaints/{case}/recurrence-watch/look"
    refused = office.post(path, {"result": "came_back", "then": "reopen", "text": "又坏"}, "gridworker")
    assert refused.json()["rule"] == "actor.role"
    told = office.done(path, {"result": "came_back", "then": "register", "text": "又坏"}, "gridworker")
    new = office.get(f"complaints/{told['complaint']}").json()
    assert (new["found_by"], new["category"]) == (f"recurrence-{case}", "property")


@pytest.mark.parametrize("who", ["resident", "property"])
def test_residents_and_units_know_of_none(office: Office, who: str):
    told = office.done("patrols", walk(), "gridworker")
    assert office.get(f"patrols/{told['id']}", who).status_code == 403
    assert office.get("patrols", who).status_code == 403


def test_nobody_walks_where_he_answers_for_nothing(office: Office):
    answer = office.post("patrols", walk(grid=OTHER), "gridworker")
    assert answer.json()["rule"] == "patrol.outside-scope"


def test_what_nobody_did_in_time_is_recorded_once(office: Office):
    case = closed(office)
    office.done(f"complaints/{case}/recurrence-watch", {"until": "2026-11-20"})
    body = {"grids": [GRID, OTHER], "due_on": "2026-11-20", "what": "查", "case": case}
    sweep = office.done("sweeps", body)["id"]
    office.clock.later(days=3)
    office.engine.watch.guard.start_over()
    office.caught_up()
    for _ in range(4):
        office.engine.watch.turn()
        office.caught_up()
    watch = office.get(f"complaints/{case}/recurrence-watch").json()
    assert watch["missed"] and watch["history"][-1]["sentence"] == "到期没有复看。"
    left = office.get(f"sweeps/{sweep}").json()
    assert left["overdue"] and len(left["history"]) == 2


def test_what_is_due_stands_in_everybodys_day(office: Office):
    case = closed(office)
    office.done(f"complaints/{case}/recurrence-watch", {"until": "2026-11-23", "look_from": "2026-11-20"})
    body = {"grids": [GRID, OTHER], "due_on": "2026-11-25", "what": "查", "case": case}
    sweep = office.done("sweeps", body)["id"]
    office.caught_up()
    first = {each["kind"] for each in office.get("duties?for=me", "gridworker").json()["items"]}
    assert "sweep" in first and "recurrence" not in first
    office.clock.later(days=3)
    found = office.get("duties?for=me", "gridworker").json()["items"]
    assert [each["grid"] for each in found if each["kind"] == "sweep"] == [GRID]
    assert [each["complaint"] for each in found if each["kind"] == "recurrence"] == [case]
    office.done(f"sweeps/{sweep}/checks", {"grid": GRID, "looked_at": 1}, "gridworker")
    office.done(f"complaints/{case}/recurrence-watch/look", {"result": "stayed_away"}, "gridworker")
    office.caught_up()
    left = {each["kind"] for each in office.get("duties?for=me", "gridworker").json()["items"]}
    assert not left & {"sweep", "recurrence"}


def test_a_photograph_of_a_patrol_is_for_who_may_know_of_it(office: Office):
    photo = office.photo()
    office.done("patrols", walk(evidence=[photo]), "gridworker")
    office.caught_up()
    assert office.get(f"evidence/{photo}").status_code == 200
    gone = office.post("patrols", walk(evidence=["0" * 64]), "gridworker")
    assert gone.json()["rule"] == "evidence.unknown"
