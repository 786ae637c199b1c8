"""What every command promises: once per key, only on the version seen, nothing on a dry run."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.api.conftest import GRID, Office

NEW = {"category": "property", "text": "灯不亮", "place": {"grid": GRID}, "channel": "hotline"}


def keyed(key: str) -> dict[str, Any]:
    return {"headers": {"Idempotency-Key": key}}


def test_sixteen_at_once_with_one_key_register_one_complaint(office: Office):
    with ThreadPoolExecutor(16) as many:
        answers = list(many.map(lambda _: office.post("complaints", NEW, **keyed("k-1")), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert len({answer.json()["position"] for answer in answers}) == 1
    office.caught_up()
    assert len(office.get("complaints").json()["items"]) == 1


def test_a_repeated_command_gives_its_first_answer_even_after_the_case_moved_on(office: Office):
    complaint = office.registered()
    path = f"complaints/{complaint}/dispatch"
    first = office.post(path, {"lead": "property-co"}, headers={"Idempotency-Key": "d", "If-Match": '"1"'})
    office.case(complaint, "respond", {}, "property")
    again = office.post(path, {"lead": "property-co"}, headers={"Idempotency-Key": "d", "If-Match": '"1"'})
    assert (
        (again.status_code, again.headers["etag"])
        == (first.status_code, first.headers["etag"])
        == (200, '"2"')
    )
    assert again.json()["state"] == "dispatched"


def test_a_key_is_good_for_one_body(office: Office):
    office.done("complaints", NEW, **keyed("k"))
    other = office.post("complaints", NEW | {"text": "另一件"}, **keyed("k"))
    assert (other.status_code, other.json()["code"]) == (409, "idempotency.reused")


def test_a_key_belongs_to_its_actor_and_to_the_address(office: Office):
    one = office.done("complaints", NEW, **keyed("k"))
    other = office.done("complaints", NEW, "gridworker", **keyed("k"))
    assert one["id"] != other["id"]
    for complaint in (one["id"], other["id"]):
        assert office.case(complaint, "dispatch", {"lead": "property-co"})["state"] == "dispatched"


def test_a_refusal_consumes_no_key(office: Office):
    complaint = office.registered()
    path = f"complaints/{complaint}/respond"
    assert office.post(path, {}, "property", **keyed("k")).status_code == 404
    office.case(complaint, "dispatch", {"lead": "property-co"})
    assert office.post(path, {}, "property", **keyed("k")).status_code == 200


def test_a_stale_version_is_refused(office: Office):
    complaint = office.registered()
    office.case(complaint, "dispatch", {"lead": "property-co"})
    stale = office.post(f"complaints/{complaint}/respond", {}, "property", headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version.stale")
    assert stale.json()["actual"] == 2
    fresh = office.post(f"complaints/{complaint}/respond", {}, "property", headers={"If-Match": 'W/"2"'})
    assert fresh.headers["etag"] == '"3"'


def test_headers_that_make_no_sense(office: Office):
    for headers in ({"If-Match": "five"}, {"Idempotency-Key": "with space"}, {"Idempotency-Key": "k" * 201}):
        answer = office.post("complaints", NEW, headers=headers)
        assert answer.status_code in (400, 422), headers


def test_a_dry_run_records_nothing_and_says_what_would_follow(office: Office):
    head = office.engine.log.head()
    answer = office.post(
        "complaints?dry_run=true", NEW | {"reporter": {"name": "王小明", "phone": "13811112222"}}
    )
    assert answer.status_code == 200 and answer.json()["dry_run"]
    assert [fact["name"] for fact in answer.json()["facts"]] == ["complaint.registered"]
    assert "location" not in answer.headers
    assert office.engine.log.head() == head
    assert office.engine.vault.person_known("13811112222") is None


def test_a_dry_run_is_refused_as_the_command_would_be(office: Office):
    complaint = office.registered()
    office.case(complaint, "dispatch", {"lead": "property-co"})
    path = f"complaints/{complaint}/respond?dry_run=true"
    assert office.post(path, {}, "heating").status_code == 404
    assert office.post(path, {}, "property", headers={"If-Match": '"1"'}).status_code == 412
    assert office.post(path, {}, "property").status_code == 200


def test_a_dry_run_consumes_no_key(office: Office):
    office.post("complaints?dry_run=true", NEW, **keyed("k"))
    assert office.post("complaints", NEW | {"text": "另一件"}, **keyed("k")).status_code == 201


def test_bulk_answers_each_id_on_its_own(office: Office):
    ids = [office.registered() for _ in range(3)]
    office.case(ids[1], "reject", {"reason": "in_court"})
    body = {"command": "dispatch", "ids": [*ids, "c-nobody"], "body": {"lead": "property-co"}}
    items = office.done("complaints/bulk", body, **keyed("b"))["items"]
    assert [item["status"] for item in items] == [200, 409, 200, 404]
    assert items[1]["problem"]["rule"] == "complaint.state"
    again = office.done("complaints/bulk", body, **keyed("b"))["items"]
    assert [item.get("answer", {}).get("version") for item in again] == [2, None, 2, None]


def test_bulk_refuses_what_it_cannot_give(office: Office):
    for body in (
        {"command": "merge", "ids": ["c-1"], "body": {"into": "c-2", "reason": "x"}},
        {"command": "no-such", "ids": ["c-1"]},
        {"command": "dispatch", "ids": []},
        {"command": "dispatch", "ids": ["c-1"], "body": {"led": "x"}},
        {"command": "dispatch", "ids": ["c-1"] * 201, "body": {"lead": "x"}},
    ):
        assert office.post("complaints/bulk", body).status_code == 422


def test_a_follow_up_happened_when_the_visit_was_made(office: Office):
    complaint = office.registered()
    office.handled(complaint)
    office.clock.later(hours=3)
    visited = office.clock.now.replace(microsecond=0)
    office.clock.later(hours=1)
    office.case(complaint, "follow-up", office.visit(visited_at=visited.isoformat()), "gridworker")
    story = office.get(f"complaints/{complaint}/history").json()["items"]
    (followed,) = [line for line in story if line["name"] == "complaint.followed-up"]
    assert followed["occurred_at"] == visited.isoformat().replace("+00:00", "Z")
    assert followed["recorded_at"] > followed["occurred_at"]


def test_nothing_may_happen_before_what_it_follows(office: Office):
    complaint = office.registered()
    early = {"lead": "property-co", "occurred_at": "2026-11-01T09:00:00+08:00"}
    answer = office.post(f"complaints/{complaint}/dispatch", early)
    assert (answer.status_code, answer.json()["code"]) == (422, "moment.out-of-order")
