"""Places, units, grants, posts and bodies over HTTP: by administrators, within their own place."""

from typing import Any

import pytest

from domain.messages import Actor, clear
from domain.organisation import STREAM, Grant
from domain.people import Enrol, stream_of
from domain.rule_books import Adopt, Propose
from domain.steps import Step
from engine.desk import Order
from scripts.setting_up import OPERATOR
from tests.api.conftest import GRID, Office
from tests.api.organisation.people import HERE, STREET_ADMIN, as_actor, entered

SL = "demo/north/sl"


def names(answer: Any, key: str = "id") -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item[key] for item in answer.json()["items"]]


# ------------------------------------------------------------------ places and units


def test_the_tree_is_read_page_by_page_by_path(office: Office):
    found: list[str] = []
    next = None
    while True:
        answer = office.get("organisation/grids", params={"limit": 3} | ({"next": next} if next else {}))
        found += names(answer, "path")
        next = answer.json()["next"]
        if next is None:
            break
    assert found == sorted(found)
    assert set(found) == {"demo", "demo/north", SL, *(f"{SL}/grid-0{n}" for n in range(1, 9))}


def test_everybody_sees_his_part_of_the_tree_and_what_is_above(office: Office):
    mine = names(office.get("organisation/grids", "gridworker"), "path")
    assert mine == ["demo", "demo/north", SL, GRID]
    assert names(office.get("organisation/grids", "elsewhere"), "path") == ["faraway"]
    assert len(names(office.get("organisation/grids", "heating"), "path")) == 12
    assert len(names(office.get("organisation/grids?under=demo/north/sl&level=grid"), "path")) == 8
    node = office.get(f"organisation/grids?under={SL}").json()["items"][0]
    assert node == {
        "path": SL,
        "name": "松林社区",
        "level": "community",
        "parent": "demo/north",
        "children": 8,
    }


def test_a_cursor_of_another_list_is_refused(office: Office):
    answer = office.get("organisation/grids?next=%FF%FE")
    assert answer.status_code == 422


def test_an_administrator_names_a_node_of_his_place(office: Office):
    body = {"path": f"{SL}/grid-09", "name": "第九网格", "level": "grid"}
    done = office.done("organisation/grids", body, "admin")
    assert (done["path"], done["parent"], done["facts"][0]["name"]) == (
        f"{SL}/grid-09", SL, "organisation.grid-established",
    )  # fmt: skip
    assert office.done("organisation/grids", body, "admin")["facts"] == []
    assert office.post("organisation/grids", body, "street").json()["code"] == "actor.role"
    foreign = {"path": "faraway/x", "name": "x", "level": "grid"}
    answer = as_actor(office, STREET_ADMIN).post("/api/v1/organisation/grids", json=foreign)
    assert (answer.status_code, answer.json()["code"]) == (409, "grant.beyond-scope")


def test_units_are_listed_for_those_who_belong_here(office: Office):
    ids = names(office.get("organisation/units"))
    assert ids == sorted(ids) and "heating-co" in ids
    assert names(office.get("organisation/units?kind=office", "heating")) == [
        "housing-bureau",
        "street-office",
    ]
    body = {"id": "gas-co", "name": "燃气公司", "kind": "company"}
    assert office.done("organisation/units", body, "admin")["place"] == ""
    answer = as_actor(office, STREET_ADMIN).post("/api/v1/organisation/units", json=body | {"name": "改名"})
    assert answer.json()["code"] == "grant.beyond-scope"


# ------------------------------------------------------------------ grants


def test_a_grant_is_given_listed_and_taken_back(office: Office):
    person = entered(office)
    body = {"person": person, "role": "gridworker", "scope": GRID, "reason": "到岗"}
    answer = office.post("organisation/grants", body, "admin")
    assert answer.status_code == 201
    given = answer.json()
    assert (given["role"], given["scope"], given["in_force"], given["name"]) == (
        "gridworker",
        GRID,
        True,
        "周某",
    )
    assert "周小满" in given["facts"][0]["sentence"], "who works here is named in full to who works here"
    assert office.done("organisation/grants", body, "admin")["facts"] == []
    listed = office.get(f"organisation/grants?person={person}", "admin").json()["items"]
    assert [(each["id"], each["in_force"]) for each in listed] == [(given["id"], True)]
    revoked = office.done(f"organisation/grants/{given['id']}/revoke", {"reason": "离岗"}, "admin")
    assert revoked["in_force"] is False
    assert names(office.get(f"organisation/grants?person={person}&in_force=true", "admin")) == []
    assert names(office.get(f"organisation/grants?person={person}&in_force=false", "admin")) == [given["id"]]


def test_a_dry_run_gives_nothing(office: Office):
    person = entered(office)
    body = {"person": person, "role": "panel", "scope": SL, "reason": "换届"}
    head = office.engine.log.head()
    told = office.done("organisation/grants?dry_run=true", body, "admin")
    assert told["dry_run"] is True
    assert "监督小组" in told["facts"][0]["sentence"]
    assert office.engine.log.head() == head


def test_a_retry_gives_once(office: Office):
    person = entered(office)
    body = {"person": person, "role": "panel", "scope": SL, "reason": "换届"}
    options = {"headers": {"Idempotency-Key": "once"}}
    first = office.post("organisation/grants", body, "admin", **options)
    again = office.post("organisation/grants", body, "admin", **options)
    assert (first.json()["id"], again.status_code) == (again.json()["id"], 201)
    assert again.json()["repeated"] is True
    other = office.post("organisation/grants", body | {"reason": "别的"}, "admin", **options)
    assert other.json()["code"] == "idempotency.reused"


def test_nobody_grants_to_who_is_not_there_or_to_himself(office: Office):
    body = {"role": "panel", "scope": SL, "reason": "换届"}
    nobody = office.post("organisation/grants", body | {"person": "p-nobody"}, "admin")
    assert (nobody.status_code, nobody.json()["code"]) == (422, "person.unknown")
    himself = office.post("organisation/grants", body | {"person": "admin"}, "admin")
    assert (himself.status_code, himself.json()["code"]) == (409, "grant.self")


def test_an_administrator_of_a_street_sees_and_gives_his_streets_grants(office: Office):
    http = as_actor(office, STREET_ADMIN)
    listed = http.get("/api/v1/organisation/grants?limit=200").json()["items"]
    assert {each["person"] for each in listed} >= {"gridworker", "dispatcher", "street"}
    assert not {"admin", "elsewhere", "heating"} & {each["person"] for each in listed}
    theirs = {
        each["person"]: each["id"]
        for each in office.get("organisation/grants?limit=200", "admin").json()["items"]
    }
    for person in ("admin", "elsewhere", "heating"):
        path = f"/api/v1/organisation/grants/{theirs[person]}/revoke"
        assert http.post(path, json={"reason": "x"}).status_code == 404
    wide = {"person": "gridworker", "role": "dispatcher", "scope": "demo", "reason": "x"}
    assert http.post("/api/v1/organisation/grants", json=wide).json()["code"] == "grant.beyond-scope"


@pytest.mark.parametrize(
    "who", ["resident", "gridworker", "dispatcher", "heating", "street", "panel", "analyst"]
)
def test_nobody_else_gives_or_lists_grants(office: Office, who: str):
    body = {"person": "resident", "role": "panel", "scope": SL, "reason": "x"}
    assert office.post("organisation/grants", body, who).status_code == 403
    assert office.get("organisation/grants", who).status_code == 403
    assert office.post("organisation/grants/g-1/revoke", {"reason": "x"}, who).status_code == 404


def test_the_last_administrator_stays(office: Office):
    (mine,) = names(office.get("organisation/grants?person=admin", "admin"))
    answer = office.post(f"organisation/grants/{mine}/revoke", {"reason": "x"}, "admin")
    assert (answer.status_code, answer.json()["code"]) == (409, "grant.last-admin")


# ------------------------------------------------------------------ posts and bodies


def test_a_post_is_taken_and_left(office: Office):
    person = entered(office)
    body = {"person": person, "post": "grid_head", "place": GRID, "occurred_at": "2026-11-01T09:00:00+08:00"}
    taken = office.done("organisation/posts", body, "admin")
    assert (taken["post"], taken["taken_at"]) == ("grid_head", "2026-11-01T01:00:00Z")
    posts = office.get(f"people/{person}", "admin").json()["posts"]
    assert [each["id"] for each in posts] == [taken["id"]]
    left = office.done(f"organisation/posts/{taken['id']}/leave", {"reason": "换届"}, "admin")
    assert left["left_at"] is not None
    assert office.get(f"people/{person}", "admin").json()["posts"] == []
    assert office.post("organisation/posts/t-999/leave", {"reason": "x"}, "admin").status_code == 404
    pope = office.post("organisation/posts", body | {"post": "pope"}, "admin")
    assert pope.json()["code"] == "organisation.unknown-post"


def test_a_body_is_formed_after_the_template_of_its_place(office: Office):
    roles = [{"role": "gridworker", "zh": "网格员"}, {"role": "mediator", "zh": "调解员"}]
    content = {"bodies": [{"code": "test-body", "zh": "小组", "roles": roles}]}
    steps = (
        Step("rule-book", "rule-book-templates", Propose("templates", "t-1", content)),
        Step("rule-book", "rule-book-templates", Adopt("templates", "t-1", office.clock.now.date())),
    )
    office.engine.desk.do(Order(steps, OPERATOR))
    person = entered(office)
    body: dict[str, Any] = {
        "id": "sl-1-4", "name": "松林“1+4”", "place": SL, "template": "test-body",
        "members": [{"role": "gridworker", "person": "gridworker"}, {"role": "mediator", "person": person}],
    }  # fmt: skip
    formed = office.done("organisation/bodies", body, "admin")
    assert (formed["templates"], [each["name"] for each in formed["members"]][1]) == ("t-1", "周某")
    assert names(office.get("organisation/bodies", "gridworker")) == ["sl-1-4"]
    assert names(office.get("organisation/bodies", "elsewhere")) == []
    assert "sl-1-4" in names(office.get("organisation/units?kind=body"))
    short = office.post("organisation/bodies", body | {"members": body["members"][:1]}, "admin")
    assert (short.status_code, short.json()["code"]) == (409, "body.seats")
    assert office.done("organisation/bodies/sl-1-4/dissolve", {"reason": "改组"}, "admin")["id"] == "sl-1-4"
    assert names(office.get("organisation/bodies", "admin")) == []
    assert office.post("organisation/bodies/heating-co/dissolve", {"reason": "x"}, "admin").status_code == 404


def test_a_right_that_begins_later_does_not_hold_yet(office: Office):
    person = entered(office)
    body = {
        "person": person, "role": "panel", "scope": SL, "reason": "换届",
        "from_at": "2026-12-01T00:00:00+08:00", "until_at": "2027-12-01T00:00:00+08:00",
    }  # fmt: skip
    assert office.done("organisation/grants", body, "admin")["in_force"] is False
    past = office.post("organisation/grants", body | {"from_at": "2026-11-01T00:00:00+08:00"}, "admin")
    assert past.json()["code"] == "grant.backwards"


def test_who_serves_elsewhere_cannot_be_fetched(office: Office):
    """An administrator of the street cannot give an office to somebody he may not know of."""
    id = "p-other"
    steps = (
        Step("person", stream_of(id), Enrol(clear(id, "何远"), None, "faraway")),
        Step("organisation", STREAM, Grant(id, "dispatcher", "faraway", "到岗")),
    )
    office.engine.desk.do(Order(steps, Actor("operator", "admin")))
    body = {"person": id, "role": "panel", "scope": SL, "reason": "x"}
    answer = as_actor(office, STREET_ADMIN).post(HERE + "/grants", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "person.unknown")
