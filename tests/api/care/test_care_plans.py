"""Care plans over HTTP: due, kept, missed, mended; what is sealed; what is found becomes a complaint."""

import pytest

from tests.api.care.conftest import OTHER_GRID, Care


def test_a_plan_is_opened_and_says_what_may_be_done_next(care: Care):
    plan = care.open(contact="儿子 13900000000")
    assert (plan["id"], plan["grid"], plan["worker"]) == ("care-h1", "demo/north/sl/grid-01", "gridworker")
    assert (plan["cadence_days"], plan["due_on"], plan["visit_by"]) == (
        7, "2026-11-25", "2026-11-25T15:59:59.999999Z",
    )  # fmt: skip
    assert plan["contact"] == "儿子 13900000000"
    assert "visits" in plan["allowed"]
    assert "关爱" in plan["facts"][0]["sentence"] or "建档" in plan["facts"][0]["sentence"]
    assert (
        care.office.post(
            "care-plans", {"household": "h1", "grounds": "other", "risk": "low"}, "gridworker"
        ).json()["code"]
        == "care-plan.state"
    )


def test_a_household_becomes_a_key_one_with_its_plan(care: Care):
    told = care.open("h2", grounds="disabled", risk="medium")["facts"]
    assert [each["name"] for each in told] == ["care-plan.opened", "household.reclassified"]


def test_a_dry_run_records_nothing(care: Care):
    head = care.office.engine.log.head()
    body = {"household": "h1", "grounds": "living_alone", "risk": "high"}
    answer = care.office.post("care-plans?dry_run=true", body, "gridworker")
    assert answer.status_code == 200 and "11月25日" in answer.json()["consequences"][0]
    assert care.office.engine.log.head() == head


def test_a_missed_visit_is_recorded_and_a_late_entry_mends_it(care: Care):
    care.open()
    care.days_later(8)
    plan = care.get().json()
    assert (plan["missed"], plan["unanswered"], plan["overdue"], plan["due_on"]) == (1, 1, True, "2026-12-02")
    assert plan["visits"][0]["missed"] and plan["visits"][0]["due_on"] == "2026-11-25"
    late = care.visit(occurred_at=care.ago(days=3))
    assert (late["missed"], late["mended"], late["kept"], late["unanswered"]) == (1, 1, 1, 0)
    assert late["due_on"] == "2026-11-30", "a week after the visit that was made"
    names = [each["name"] for each in care.get("/care-h1/history").json()["items"]]
    assert names == ["care-plan.opened", "care-plan.missed", "care-plan.visited"]


def test_a_visit_tells_its_checklist_and_its_needs_become_complaints(care: Care):
    care.open()
    care.office.clock.later(days=1)
    visited = care.visit(
        minutes=20, chat=True, water="ok", electricity="fault", health="血压偏高", safety="插座松动",
        wishes="想有人陪着去医院", needs=[{"category": "property", "text": "楼道灯不亮"}],
    )  # fmt: skip
    (complaint,) = visited["complaints"]
    case = care.office.get(f"complaints/{complaint}").json()
    assert (case["channel"], case["origin"], case["found_by"]) == ("visit", "proactive", "care-h1")
    entry = visited["visits"][0]
    assert (entry["health"], entry["electricity"], entry["complaints"]) == ("血压偏高", "fault", [complaint])
    assert [each["name"] for each in visited["facts"]] == ["care-plan.visited", "complaint.registered"]


def test_a_need_of_no_known_class_records_no_visit_either(care: Care):
    care.open()
    care.office.clock.later(days=1)
    answer = care.office.post(
        "care-plans/care-h1/visits", {"needs": [{"category": "nothing", "text": "x"}]}, "gridworker"
    )
    assert answer.json()["code"] == "category.unknown"
    assert care.get().json()["kept"] == 0


def test_a_key_makes_a_retry_safe(care: Care):
    care.open()
    care.office.clock.later(days=1)
    again = {"headers": {"Idempotency-Key": "door-1"}}
    body = {"needs": [{"category": "property", "text": "楼道灯不亮"}]}
    first = care.office.done("care-plans/care-h1/visits", body, "gridworker", **again)
    second = care.office.done("care-plans/care-h1/visits", body, "gridworker", **again)
    assert second["repeated"] and second["complaints"] == first["complaints"] and second["kept"] == 1


def test_health_is_for_the_worker_and_the_dispatcher_others_give_a_reason(care: Care):
    care.open(note="耳背")
    care.office.clock.later(days=1)
    care.visit(health="血压偏高")
    assert care.get(who="dispatcher").json()["visits"][0]["health"] == "血压偏高"
    for who in ("gridworker2", "street"):
        seen = care.get(who=who).json()
        assert (seen["visits"][0]["health"], seen["note"], seen["readable"]) == (None, None, [])
        assert seen["visits"][0]["noted"] == ["health"]
        assert "血压" not in care.get("/care-h1/history", who).text
    told = care.office.done("care-plans/care-h1/reveal", {"field": "health", "reason": "代班"}, "gridworker2")
    assert told["visits"][0]["health"] == "血压偏高" and told["note"] is None
    care.office.clock.later(minutes=31)
    assert care.get(who="gridworker2").json()["visits"][0]["health"] is None
    history = care.get("/care-h1/history", "street").json()["items"]
    assert "代班" in history[-1]["sentence"], "everybody sees who read it, and why"


def test_what_lies_elsewhere_is_not_found(care: Care):
    care.open()
    assert care.get(who="elsewhere").status_code == 404
    assert care.get("", "elsewhere").json()["items"] == []
    for who in ("resident", "property", "panel", "analyst"):
        assert care.get(who=who).status_code == 403
    body = {"household": "h3", "grounds": "living_alone", "risk": "high"}
    assert care.office.post("care-plans", body, "gridworker").json()["code"] == "care.unknown-household"
    body = {"household": "h9", "grounds": "living_alone", "risk": "high"}
    assert care.office.post("care-plans", body, "gridworker").json()["code"] == "care.unknown-household"


def test_lists_show_what_is_overdue_first_and_what_is_due_this_week(care: Care):
    care.open("h2", grounds="disabled", risk="medium", cadence_days=14)
    care.open()
    care.days_later(8)
    found = care.get("").json()["items"]
    assert [(each["id"], each["overdue"]) for each in found] == [("care-h1", True), ("care-h2", False)]
    assert [each["id"] for each in care.get("?due=overdue").json()["items"]] == ["care-h1"]
    assert [each["id"] for each in care.get("?due=week").json()["items"]] == ["care-h1"]
    assert [each["id"] for each in care.get("?risk=medium").json()["items"]] == ["care-h2"]
    assert care.get("?state=closed").json()["items"] == []
    care.office.done("care-plans/care-h1/close", {"reason": "moved"}, "dispatcher")
    assert [each["id"] for each in care.get("?state=closed").json()["items"]] == ["care-h1"]


def test_key_households_without_a_plan_are_found(care: Care):
    assert [each["id"] for each in care.get("/unfiled", "dispatcher").json()["items"]] == ["h3", "h1"]
    care.open()
    assert [each["id"] for each in care.get("/unfiled", "dispatcher").json()["items"]] == ["h3"]
    assert care.get(f"/unfiled?grid={OTHER_GRID}", "gridworker").json()["items"] == []
    care.office.done("care-plans/care-h1/close", {"reason": "other", "note": "搬去女儿家"}, "dispatcher")
    assert len(care.get("/unfiled", "dispatcher").json()["items"]) == 2


def test_an_emergency_is_handed_over_to_relatives(care: Care):
    care.open()
    care.office.clock.later(days=1)
    told = care.office.done(
        "care-plans/care-h1/emergency",
        {
            "moments": [
                {"step": "called", "at": care.ago(hours=3)},
                {"step": "arrived", "at": care.ago(hours=2)},
            ],
            "what": "在家摔倒",
        },
        "gridworker",
    )
    assert told["emergencies_open"] == 1
    told = care.office.done(
        "care-plans/care-h1/emergency",
        {
            "emergency": 1,
            "moments": [
                {"step": "family_notified", "at": care.ago(hours=2)},
                {"step": "handed_over", "at": care.ago(hours=1)},
            ],
            "handed_to": "relatives",
            "who": "女儿",
        },
        "dispatcher",
    )
    assert told["emergencies_open"] == 0
    (emergency,) = told["emergencies_told"]
    assert (emergency["handed_to"], emergency["who"], emergency["what"]) == (
        "relatives",
        "女儿",
        ["在家摔倒"],
    )
    assert list(emergency["moments"]) == ["called", "arrived", "family_notified", "handed_over"]


def test_risk_and_worker_change(care: Care):
    care.open()
    care.office.clock.later(days=1)
    assert (
        care.office.done("care-plans/care-h1/risk", {"risk": "daily", "reason": "刚出院"})["due_on"]
        == "2026-11-20"
    )
    body = {"worker": "gridworker2", "reason": "轮岗"}
    assert care.office.done("care-plans/care-h1/handover", body)["worker"] == "gridworker2"


def test_what_is_due_stands_among_the_callers_duties(care: Care):
    care.open(cadence_days=2)
    care.office.caught_up()

    def mine(who: str) -> list[str]:
        items = care.office.get("duties?for=me", who).json()["items"]
        return [each["link"] for each in items if each["kind"] == "care_visit"]

    assert mine("gridworker") == ["/api/v1/care-plans/care-h1"]
    assert mine("gridworker2") == mine("dispatcher") == []
    care.days_later(3)
    assert mine("dispatcher") == ["/api/v1/care-plans/care-h1"]


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "by_letter"},
        {"minutes": True},
        {"minutes": -1},
        {"met": "yes"},
        {"needs": "x"},
        {"health": "a" * 2001},
        {"occurred_at": "2026-11-18T10:00:00"},
        {"unknown": 1},
    ],
)
def test_a_bad_checklist_is_refused(care: Care, body: dict[str, object]):
    care.open()
    assert care.office.post("care-plans/care-h1/visits", body, "gridworker").status_code == 422


def test_a_stale_version_is_refused(care: Care):
    care.open()
    care.office.clock.later(days=1)
    care.visit()
    answer = care.office.post("care-plans/care-h1/visits", {}, "gridworker", headers={"If-Match": '"1"'})
    assert answer.status_code == 412


def test_a_notice_goes_to_a_segment_and_its_delivery_is_proven(care: Care):
    care.open()
    care.open("h2", grounds="disabled", risk="medium")
    told = care.office.done(
        "care-plans/notices", {"text": "今夜降温，关好门窗", "risk": "high"}, "dispatcher"
    )
    assert (told["sent"], [each["stream"] for each in told["facts"]]) == (1, ["care-h1"])
    notice = told["id"]
    body = {"notice": notice, "method": "paper", "evidence": [care.office.photo()]}
    assert (
        care.office.done("care-plans/care-h1/delivered", body, "gridworker")["notices"][0]["method"]
        == "paper"
    )
    again = care.office.post("care-plans/care-h1/delivered", body, "gridworker")
    assert again.json()["code"] == "care.delivered-already"
    other = care.office.post("care-plans/care-h2/delivered", body, "gridworker")
    assert other.json()["code"] == "care.no-such-notice"
    reached = care.get(f"/notices/{notice}", "street").json()
    assert (reached["text"], reached["sent"], reached["delivered"]) == ("今夜降温，关好门窗", 1, 1)
    assert reached["plans"][0]["evidence"] == body["evidence"]
    assert care.get(f"/notices/{notice}", "elsewhere").status_code == 404
    nobody = care.office.post("care-plans/notices", {"text": "x", "grounds": "bereaved"}, "dispatcher")
    assert nobody.json()["code"] == "care.segment-empty"


def test_a_notice_sent_twice_with_one_key_is_one(care: Care):
    care.open()
    again = {"headers": {"Idempotency-Key": "cold-wave"}}
    first = care.office.done("care-plans/notices", {"text": "今夜降温"}, "dispatcher", **again)
    second = care.office.done("care-plans/notices", {"text": "今夜降温"}, "dispatcher", **again)
    assert second["repeated"] and second["id"] == first["id"]
