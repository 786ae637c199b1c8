"""A complaint from the first call to an answer that satisfies, over HTTP."""

from datetime import timedelta

import pytest

from api import tracking
from engine.read import one
from tests.api.conftest import Office


def test_from_registration_to_closed(office: Office):
    complaint = office.registered()
    assert office.get(f"complaints/{complaint}").json()["state"] == "received"

    dispatched = office.case(complaint, "dispatch", {"lead": "property-co", "assisting": ["water-co"]})
    assert (dispatched["state"], dispatched["lead"], dispatched["assisting"]) == (
        "dispatched",
        "property-co",
        ["water-co"],
    )
    assert dispatched["resolve_by"] and dispatched["response_by"]

    assert office.case(complaint, "respond", {"note": "马上来"}, "property")["state"] == "handling"
    office.case(complaint, "progress", {"text": "已换门锁"}, "property")
    assert (
        office.case(complaint, "resolution", {"result": "solved", "answer": "已修好"}, "property")["state"]
        == "resolved"
    )

    closed = office.case(complaint, "follow-up", office.visit(), "gridworker")
    assert (closed["state"], closed["satisfaction"]) == ("closed", "satisfied")
    assert [fact["name"] for fact in closed["facts"]] == ["complaint.followed-up", "complaint.closed"]


def test_an_answer_says_what_may_come_next_and_why_the_rest_may_not(office: Office):
    complaint = office.registered()
    found = office.get(f"complaints/{complaint}").json()
    assert "dispatch" in found["allowed"]
    refused = {no["command"]: no for no in found["refused"]}
    assert refused["follow-up"]["rule"] and refused["follow-up"]["reason"]
    assert not set(found["allowed"]) & set(refused)


def test_a_dissatisfied_resident_gets_a_second_round(office: Office):
    complaint = office.registered()
    office.handled(complaint)
    again = office.case(
        complaint, "follow-up", office.visit(satisfaction="dissatisfied", solved="no"), "gridworker"
    )
    assert (again["state"], again["round"]) == ("received", 2)


def test_heating_closes_only_with_a_temperature_and_a_photo(office: Office):
    complaint = office.registered(category="heating", text="客厅只有 15℃")
    office.handled(complaint, "heating", "heating-co")
    path = f"complaints/{complaint}/follow-up"

    bare = office.post(path, office.visit(), "gridworker")
    assert (bare.status_code, bare.json()["rule"]) == (409, "follow-up.reading-required")

    reading = {"quantity": "room_temperature", "value": 19.2, "unit": "°C"}
    without_photo = office.post(path, office.visit(readings=[reading]), "gridworker")
    assert (without_photo.status_code, without_photo.json()["rule"]) == (409, "follow-up.reading-required")

    photo = office.photo()
    closed = office.done(path, office.visit(readings=[reading], photos=[photo]), "gridworker")
    assert closed["state"] == "closed"


def test_a_cold_room_reopens_the_case_whatever_the_resident_says(office: Office):
    complaint = office.registered(category="heating", text="客厅只有 15℃")
    office.handled(complaint, "heating", "heating-co")
    cold = {"quantity": "room_temperature", "value": 16.5, "unit": "°C"}
    visit = office.visit(readings=[cold], photos=[office.photo()])
    assert office.case(complaint, "follow-up", visit, "gridworker")["round"] == 2


def test_the_handling_unit_may_not_follow_up(office: Office):
    complaint = office.registered()
    office.handled(complaint)
    answer = office.post(f"complaints/{complaint}/follow-up", office.visit(method="phone"), "property")
    assert answer.status_code == 409
    assert answer.json()["rule"].startswith("follow-up.")
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_after_the_second_decline_only_a_joint_session_dispatches(office: Office):
    complaint = office.registered()
    for _ in range(2):
        office.case(complaint, "dispatch", {"lead": "property-co"})
        office.case(complaint, "decline", {"reason": "不归我管"}, "property")
    refused = office.post(f"complaints/{complaint}/dispatch", {"lead": "heating-co"})
    assert (refused.status_code, refused.json()["rule"]) == (409, "dispatch.joint-session-required")
    held = {"attendees": ["heating-co", "property-co"], "decision": "物业办", "chair": "street", "duties": []}
    decided = office.case(complaint, "session", held | {"lead": "property-co"}, "street")
    assert (decided["state"], decided["lead"]) == ("dispatched", "property-co")


def test_extension_is_asked_by_the_lead_and_decided_by_the_office(office: Office):
    complaint = office.registered()
    office.case(complaint, "dispatch", {"lead": "property-co"})
    office.case(complaint, "respond", {}, "property")
    before = office.get(f"complaints/{complaint}").json()["resolve_by"]
    until = (office.clock.now + timedelta(days=12)).isoformat()
    office.case(complaint, "extension", {"until": until, "reason": "等料"}, "property")
    granted = office.case(complaint, "extension-decision", {"extension": "1-1", "grant": True})
    assert granted["resolve_by"] > before
    assert granted["first_resolve_by"] == before


def test_merge_and_unmerge_put_the_case_back(office: Office):
    one, other = office.registered(), office.registered(reporter={"name": "李四", "phone": "13900000002"})
    assert office.case(one, "merge", {"into": other, "reason": "同一处"})["state"] == "merged"
    assert office.case(one, "unmerge", {"reason": "不是同一处"})["state"] == "received"


def test_split_registers_each_part_as_a_case_of_its_own(office: Office):
    complaint = office.registered()
    parts = [{"category": "water", "text": "三楼也漏水"}, {"category": "noise", "text": "水泵太响"}]
    answer = office.case(complaint, "split", {"parts": parts, "reason": "两件事"})
    new = [fact["stream"] for fact in answer["facts"] if fact["name"] == "complaint.registered"]
    found = [office.get(f"complaints/{part}").json() for part in new]
    assert [(part["category"], part["split_from"]) for part in found] == [
        ("water", complaint),
        ("noise", complaint),
    ]
    assert found[0]["place"]["address"] == "柳园 5 号楼 3 单元"


def test_me_too_is_a_further_reporter_and_no_merge(office: Office):
    complaint = office.registered()
    supported = {"reporter": {"name": "赵六", "phone": "13900000003"}, "text": "我家也是"}
    assert office.case(complaint, "support", supported)["state"] == "received"
    told = office.get(f"complaints/{complaint}").json()
    assert told["reporter"]["id"] == told["reporters"][0] and len(told["reporters"]) == 2
    assert office.get(f"complaints/{complaint}", "analyst").json()["reporters"] == []
    again = office.post(f"complaints/{complaint}/support", supported)
    assert (again.status_code, again.json()["rule"]) == (409, "support.already")


def test_the_resident_follows_his_case_by_code(office: Office):
    mine = {"reporter": None, "channel": "mini_program"}
    body = {"category": "property", "text": "楼道灯不亮", "place": {"grid": "demo/north/sl/grid-01"}, **mine}
    registered = office.done("complaints", body, "resident")
    code = registered["tracking_code"]
    assert len(code.replace("-", "")) * 5 >= 60
    office.caught_up()
    seen = office.get(f"track/{code}", who="").json()
    assert (seen["number"], seen["state"]) == (registered["number"], "received")
    assert "text" not in seen and "reporter" not in seen
    office.handled(registered["id"])
    office.caught_up()
    office.done(f"track/{code}/rate", {"satisfaction": "dissatisfied"}, who="")
    assert office.get(f"complaints/{registered['id']}").json()["round"] == 2


def test_staff_never_see_the_code_of_a_case_they_registered(office: Office):
    answer = office.done(
        "complaints",
        {
            "category": "property",
            "text": "灯不亮",
            "place": {"grid": "demo/north/sl/grid-01"},
            "channel": "counter",
        },
    )
    assert "tracking_code" not in answer


def test_why_names_each_day_that_does_not_count(office: Office):
    """Registered on the last working day before National Day: eight days off, one of them a Saturday."""
    said = {"occurred_at": "2026-09-30T09:00:00+08:00"}
    complaint = office.registered(**said)
    office.case(complaint, "dispatch", {"lead": "property-co", "occurred_at": "2026-09-30T09:10:00+08:00"})
    found = office.get(f"complaints/{complaint}/clocks/resolution/why").json()
    skipped = {day["date"]: day["reason"] for day in found["skipped"]}
    holidays = [f"2026-10-0{day}" for day in range(1, 8)]
    assert set(holidays) <= skipped.keys() and all(skipped.values())
    assert found["rule"]["book"] == "deadlines" and found["rule"]["version"] == "2026-1"
    assert found["in_force"] == office.get(f"complaints/{complaint}").json()["resolve_by"]
    for day in holidays:
        assert any(f"10月{int(day[-1])}日" in sentence for sentence in found["sentences"])
    english = office.get(f"complaints/{complaint}/clocks/resolution/why?lang=en").json()["sentences"]
    assert any("does not count" in sentence for sentence in english)


def test_why_of_a_clock_that_never_started_is_not_found(office: Office):
    complaint = office.registered()
    assert office.get(f"complaints/{complaint}/clocks/resolution/why").status_code == 404
    assert office.get(f"complaints/{complaint}/clocks/no-such/why").status_code == 404
    assert office.get(f"complaints/{complaint}/clocks/dispatch/why").status_code == 200


def test_the_story_is_told_in_sentences_of_either_language(office: Office):
    complaint = office.registered(text="楼道灯不亮")
    office.handled(complaint)
    office.case(complaint, "follow-up", office.visit(), "gridworker")
    chinese = office.get(f"complaints/{complaint}/history").json()["items"]
    english = office.get(f"complaints/{complaint}/history?lang=en").json()["items"]
    assert [line["version"] for line in chinese] == [1, 2, 3, 4, 5, 6]
    assert "楼道灯不亮" in chinese[0]["sentence"] and "松林物业" in chinese[1]["sentence"]
    assert "promised" in english[1]["sentence"]
    key = office.get(f"complaints/{complaint}/history?key=true").json()["items"]
    assert {line["name"] for line in key} >= {"complaint.registered", "complaint.closed"}
    assert {"position", "round", "occurred_at", "recorded_at", "actor", "evidence", "receipt"} <= key[
        0
    ].keys()
    unread = office.get(f"complaints/{complaint}/history", "analyst").json()["items"]
    assert "楼道灯不亮" not in unread[0]["sentence"]


def test_a_dry_run_foretells_what_a_cold_room_leads_to(office: Office):
    complaint = office.registered(category="heating", text="冷")
    office.handled(complaint, "heating", "heating-co")
    cold = {"quantity": "room_temperature", "value": 17.4, "unit": "°C"}
    visit = office.visit(readings=[cold], photos=[office.photo()])
    answer = office.done(f"complaints/{complaint}/follow-up?dry_run=true", visit, "gridworker")
    assert any("17.4°C" in sentence and "返工" in sentence for sentence in answer["consequences"])
    assert office.get(f"complaints/{complaint}").json()["state"] == "resolved"


def test_a_code_is_good_at_once_although_the_views_are_behind(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    body = {"category": "property", "text": "楼道灯不亮", "place": {"grid": "demo/north/sl/grid-01"}}
    made = office.done("complaints", {**body, "channel": "web"}, "resident")
    head, looked = office.caught_up(), []

    def behind(*asked: object) -> object:
        looked.append(asked)
        return None if len(looked) == 1 else one(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(tracking, "one", behind)
    monkeypatch.setattr(office.engine.views, "position", lambda: head if looked[1:] else head - 1)
    monkeypatch.setattr(office.engine.views, "reach", reached)
    assert office.get(f"track/{made['tracking_code']}", who="").status_code == 200
    assert len(looked) == 2


async def reached(position: int, timeout: float) -> bool:
    return position > 0 and timeout > 0
