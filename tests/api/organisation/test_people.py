"""The register of people over HTTP: masked before others, sealed on the disk, read only for a reason."""

import json
from typing import Any

import pytest

from domain.people import PersonalDataRevealed, stream_of
from engine.rebuild import rebuild
from tests.api.conftest import GRID, Office
from tests.api.organisation.people import STREET_ADMIN, as_actor, entered

SL = "demo/north/sl"


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def reveal(office: Office, person: str, who: str, field: str = "phone", **options: Any) -> Any:
    return office.post(f"people/{person}/reveal", {"field": field, "reason": "约上门"}, who, **options)


# ------------------------------------------------------------------ entering


def test_somebody_is_entered_with_an_id_that_says_nothing(office: Office):
    body = {"name": "周小满", "phone": "13800000077", "home": GRID}
    answer = office.post("people", body, "admin")
    assert answer.status_code == 201
    found = answer.json()
    assert answer.headers["location"] == f"/api/v1/people/{found['id']}"
    assert found["id"].startswith("p-")
    assert (found["name"], found["phone"], found["masked"], found["home"]) == ("周某", None, True, GRID)
    assert "周小满" not in answer.text and "13800000077" not in answer.text
    row = office.engine.log.stream_rows(stream_of(found["id"]))[0]
    assert "周小满" not in str(row) and "13800000077" not in str(row)


def test_a_retry_enters_nobody_twice(office: Office):
    body = {"name": "周小满", "home": GRID}
    options = {"headers": {"Idempotency-Key": "enter-1"}}
    first, again = (office.post("people", body, "admin", **options) for _ in range(2))
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    office.caught_up()
    assert ids(office.get("people?limit=1", "admin")) == [first.json()["id"]]


def test_a_dry_run_enters_nobody(office: Office):
    head = office.engine.log.head()
    body = {"name": "周小满", "phone": "13800000077"}
    told = office.done("people?dry_run=true", body, "admin")
    assert told["facts"][0]["name"] == "person.enrolled"
    assert office.engine.log.head() == head
    assert office.engine.vault.person_known("13800000077") is None


def test_whose_number_it_is_is_known_from_then_on(office: Office):
    person = entered(office)
    assert office.engine.vault.person_known("138 0000 0077") == person


def test_a_number_belongs_to_nobody_whose_entry_was_refused(office: Office):
    body = {"name": "周小满", "phone": "13800000077", "home": "demo/nowhere"}
    assert office.post("people", body, "admin").status_code == 409
    assert office.engine.vault.person_known("13800000077") is None


def test_who_reported_before_stays_the_same_person_only_for_the_whole_deployment(office: Office):
    """An administrator of one place must not come by the cases of somebody of another."""
    office.registered(reporter={"name": "周小满", "phone": "13800000088"})
    reporter = office.engine.vault.person_known("13800000088")
    body = {"name": "周小满", "phone": "13800000088", "home": GRID}
    other = as_actor(office, STREET_ADMIN).post("/api/v1/people", json=body).json()["id"]
    assert other != reporter
    assert entered(office, phone="13800000088") == reporter
    assert entered(office, phone="13800000088") not in (reporter, other)


def test_an_entry_is_corrected_whole(office: Office):
    person = entered(office)
    body = {"name": "周大满", "home": f"{SL}/grid-02"}
    corrected = office.done(f"people/{person}/enrol", body, "admin")
    assert corrected["home"] == f"{SL}/grid-02"
    office.caught_up()
    assert ids(office.get(f"people?under={SL}/grid-02", "admin")) == [person]


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""}, {"name": "x" * 121}, {"name": "王", "phone": "not a number"},
        {"name": "王", "id": "p-1"}, {"name": "王", "demo": True}, {"name": 5},
    ],
)  # fmt: skip
def test_what_is_no_entry_is_not_understood(office: Office, body: dict[str, Any]):
    assert office.post("people", body, "admin").status_code == 422


def test_a_home_must_be_in_the_tree_and_in_the_administrators_place(office: Office):
    nowhere = office.post("people", {"name": "王", "home": "demo/nowhere"}, "admin")
    assert nowhere.json()["code"] == "grant.unknown-place"
    beyond = as_actor(office, STREET_ADMIN).post("/api/v1/people", json={"name": "王", "home": "faraway"})
    assert (beyond.status_code, beyond.json()["code"]) == (409, "person.not-his-admin")


# ------------------------------------------------------------------ who sees whom


def test_an_administrator_lists_the_people_of_his_place(office: Office):
    person = entered(office)
    office.caught_up()
    listed = office.get("people?limit=200", "admin")
    assert {"gridworker", "elsewhere", person} <= set(ids(listed))
    assert "周小满" not in listed.text
    mine = ids(as_actor(office, STREET_ADMIN).get("/api/v1/people?limit=200"))
    assert {"gridworker", "dispatcher", "street", person} <= set(mine)
    assert not {"elsewhere", "admin", "heating"} & set(mine)


def test_a_dispatcher_sees_who_serves_in_his_place_with_role_and_post(office: Office):
    person = entered(office)
    office.done("organisation/posts", {"person": "gridworker", "post": "grid_head", "place": GRID}, "admin")
    office.caught_up()
    listed = office.get("people?limit=200").json()["items"]
    assert {"gridworker", "gridworker2", "dispatcher"} <= {each["id"] for each in listed}
    assert not {person, "resident", "street", "admin"} & {each["id"] for each in listed}
    worker = next(each for each in listed if each["id"] == "gridworker")
    assert [(each["role"], each["scope"]) for each in worker["roles"]] == [("gridworker", GRID)]
    assert [each["post"] for each in worker["posts"]] == ["grid_head"]
    assert worker["phone"] is None and worker["masked"] is True
    assert "home" not in worker and "holds" not in worker
    assert ids(office.get("people?role=gridworker&limit=1"))[0] in ("gridworker", "gridworker2")


def test_lists_go_on_page_by_page(office: Office):
    office.caught_up()
    seen: list[str] = []
    path = "people?limit=4"
    while True:
        answer = office.get(path, "admin")
        seen += ids(answer)
        if answer.json()["next"] is None:
            break
        path = f"people?limit=4&next={answer.json()['next']}"
    assert len(seen) == len(set(seen)) == 13
    assert office.get("people?next=zzz", "admin").status_code == 422


@pytest.mark.parametrize("who", ["resident", "gridworker", "heating", "panel", "analyst"])
def test_others_have_no_list_and_enter_nobody(office: Office, who: str):
    assert office.get("people", who).status_code == 403
    assert office.post("people", {"name": "王"}, who).status_code == 403


def test_what_one_may_not_know_of_is_not_found(office: Office):
    person = entered(office, home="faraway")
    for who in ("dispatcher", "street", "gridworker", "resident", "panel", "analyst", "heating"):
        assert office.get(f"people/{person}", who).status_code == 404
        assert office.get("people/p-nobody", who).status_code == 404
    http = as_actor(office, STREET_ADMIN)
    assert http.get(f"/api/v1/people/{person}").status_code == 404
    for command in ("bar", "readmit", "sign-out", "hold"):
        assert http.post(f"/api/v1/people/{person}/{command}", json={"reason": "x"}).status_code == 404
        for who in ("dispatcher", "resident", "panel"):
            assert office.post(f"people/{person}/{command}", {"reason": "x"}, who).status_code == 404


def test_everybody_sees_himself(office: Office):
    mine = office.get("people/resident", "resident").json()
    assert (mine["id"], mine["phone"]) == ("resident", None)
    assert "holds" not in mine


# ------------------------------------------------------------------ reading a sealed field


def test_a_number_is_read_for_a_reason_and_that_is_recorded(office: Office):
    person = entered(office)
    answer = reveal(office, person, "gridworker")
    assert answer.status_code == 200
    assert answer.json()["value"] == "13800000077"
    line = office.engine.log.stream(stream_of(person))[-1]
    assert isinstance(line.fact, PersonalDataRevealed)
    assert (line.fact.field, line.fact.reason, line.actor.person) == ("phone", "约上门", "gridworker")
    assert "13800000077" not in json.dumps(answer.json()["facts"], ensure_ascii=False)
    assert reveal(office, person, "dispatcher", "name").json()["value"] == "周小满"


def test_a_dry_run_reads_nothing(office: Office):
    person = entered(office)
    answer = office.post(
        f"people/{person}/reveal?dry_run=true", {"field": "phone", "reason": "x"}, "gridworker"
    )
    assert answer.status_code == 200
    assert "13800000077" not in answer.text


def test_the_same_key_reads_again_for_half_an_hour(office: Office):
    person = entered(office)
    options: dict[str, Any] = {"headers": {"Idempotency-Key": "call-1"}}
    assert reveal(office, person, "gridworker", **options).json()["value"] == "13800000077"
    head = office.engine.log.head()
    office.clock.later(minutes=29)
    assert reveal(office, person, "gridworker", **options).json()["value"] == "13800000077"
    office.clock.later(minutes=2)
    assert reveal(office, person, "gridworker", **options).json()["value"] is None
    assert office.engine.log.head() == head


def test_who_does_not_serve_the_place_reads_nothing(office: Office):
    person = entered(office)
    assert reveal(office, person, "admin").status_code == 403
    for who in ("elsewhere", "panel", "analyst", "heating", "resident"):
        assert reveal(office, person, who).status_code == 404
    assert office.engine.log.stream(stream_of(person))[-1].version == 1
    assert reveal(office, "resident", "resident", "name").json()["value"] is not None


# ------------------------------------------------------------------ barring and holding


def test_barred_he_is_out_at_once(office: Office):
    assert office.get("people/gridworker", "gridworker").status_code == 200
    assert office.done("people/gridworker/bar", {"reason": "离职"}, "admin")["barred"] is True
    assert office.get("people/gridworker", "gridworker").status_code == 401
    assert office.done("people/gridworker/readmit", {"reason": "返岗"}, "admin")["barred"] is False


def test_signed_out_his_tokens_end(office: Office):
    http = as_actor(office, STREET_ADMIN)
    assert http.get("/api/v1/organisation/grids").status_code == 200
    office.done(f"people/{STREET_ADMIN.person}/sign-out", {"reason": "丢了手机"}, "admin")
    assert http.get("/api/v1/organisation/grids").status_code == 401


def test_a_legal_hold_is_placed_and_lifted(office: Office):
    person = entered(office)
    held = office.done(f"people/{person}/hold", {"reason": "诉讼中"}, "admin")
    assert held["holds"] == [{"hold": "h-1", "reason": "诉讼中", "until_at": None}]
    lifted = office.done(f"people/{person}/hold-lift", {"hold": "h-1", "reason": "结案"}, "admin")
    assert lifted["holds"] == []
    unknown = office.post(f"people/{person}/hold-lift", {"hold": "h-7", "reason": "x"}, "admin")
    assert unknown.json()["code"] == "person.no-hold"


def test_a_reporter_nobody_entered_can_be_held(office: Office):
    office.registered(reporter={"name": "孙一", "phone": "13800000099"})
    reporter = office.engine.vault.person_known("13800000099")
    held = office.done(f"people/{reporter}/hold", {"reason": "诉讼中"}, "admin")
    assert (held["name"], held["enrolled"]) == (None, False)
    office.caught_up()
    assert reporter not in ids(office.get("people?limit=200", "admin"))


def test_if_match_guards_a_correction(office: Office):
    person = entered(office)
    options = {"headers": {"If-Match": '"0"'}}
    stale = office.post(f"people/{person}/bar", {"reason": "x"}, "admin", **options)
    assert stale.status_code == 412
    tag = office.get(f"people/{person}", "admin").headers["etag"]
    fresh = office.post(f"people/{person}/bar", {"reason": "x"}, "admin", headers={"If-Match": tag})
    assert fresh.status_code == 200


def test_the_live_register_is_what_a_rebuild_makes(office: Office):
    person = entered(office)
    office.done(f"people/{person}/hold", {"reason": "诉讼中"}, "admin")
    office.done("people/gridworker2/bar", {"reason": "离职"}, "admin")
    office.caught_up()
    assert rebuild(office.engine, verify=True).difference is None
