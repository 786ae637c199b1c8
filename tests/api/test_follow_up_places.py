"""A grid without members is followed up from the grids beside it, which see what awaits them and no more."""

from datetime import timedelta

from domain.organisation import STREAM, Grant
from domain.steps import Step
from engine.desk import Order
from scripts.setting_up import OPERATOR
from tests.api.conftest import Office

EMPTY = {"grid": "demo/north/sl/grid-02", "address": "柳园 9 号楼"}


def listed(office: Office, who: str) -> set[str]:
    params = {"min_position": office.caught_up()}
    return {item["id"] for item in office.get("complaints", who, params=params).json()["items"]}


def test_the_next_grids_member_sees_it_from_its_resolution_to_its_closing(office: Office) -> None:
    complaint = office.registered(place=EMPTY)
    assert office.get(f"complaints/{complaint}", "gridworker").status_code == 404
    office.handled(complaint)
    found = office.get(f"complaints/{complaint}", "gridworker").json()
    assert "follow-up" in found["allowed"] and complaint in listed(office, "gridworker")
    due = office.get("duties", "gridworker").json()["items"]
    assert [each["link"] for each in due if each["kind"] == "follow_up"] == [
        f"/api/v1/complaints/{complaint}"
    ]
    closed = office.case(complaint, "follow-up", office.visit(), "gridworker2")
    assert closed["state"] == "closed"
    assert office.get(f"complaints/{complaint}", "gridworker").status_code == 404
    assert complaint not in listed(office, "gridworker")


def test_where_the_grid_has_a_member_of_its_own_others_see_nothing(office: Office) -> None:
    complaint = office.registered(place=EMPTY)
    office.handled(complaint)
    grant = Grant("p-own", "gridworker", EMPTY["grid"], "new", from_at=office.clock.now)
    office.engine.desk.do(Order((Step("organisation", STREAM, grant),), OPERATOR))
    office.clock.now += timedelta(seconds=1)
    assert office.get(f"complaints/{complaint}", "gridworker").status_code == 404
    assert complaint not in listed(office, "gridworker")


def test_the_dispatcher_says_why_no_member_does(office: Office) -> None:
    complaint = office.registered(place=EMPTY)
    office.handled(complaint)
    path = f"complaints/{complaint}/follow-up"
    answer = office.post(path, office.visit())
    assert (answer.status_code, answer.json()["rule"]) == (409, "follow-up.grid-member-first")
    assert office.post(path, office.visit(reason="都在外出培训")).status_code == 200
