"""The pages of the care plans: a worker's list, the form at the door, what is sealed on the screen."""

import re
from typing import Any

from tests.api.care.conftest import Care

Form = dict[str, Any]


def sent(care: Care, path: str, body: Form, who: str = "gridworker") -> Any:
    """The form as a browser sends it, without following where it leads."""
    care.office.caught_up()
    return care.office.call(
        "POST", path, who, data=body, headers={"Accept": "text/html"}, follow_redirects=False
    )


def page(care: Care, path: str, who: str = "gridworker") -> str:
    care.office.caught_up()
    answer = care.office.call("GET", path, who, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text[:500]
    return str(answer.text)


def test_a_plan_is_opened_from_the_list_of_key_households_without_one(care: Care):
    listed = page(care, "/care")
    assert 'href="/care/new?household=h1"' in listed and "赵某" in listed
    assert 'value="h1"' in page(care, "/care/new?household=h1")
    body = {"household": "h1", "grounds": "living_alone", "risk": "high", "worker": "gridworker"}
    answer = sent(care, "/care/new", body)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/care/care-h1")
    assert "赵某" in page(care, "/care")


def test_a_visit_is_recorded_at_the_door_and_its_need_becomes_a_case(care: Care):
    care.open()
    care.office.clock.later(days=1)
    form = page(care, "/care/care-h1/do/visits")
    assert 'name="needs[0].category"' in form and 'name="health"' in form
    body = {
        "mode": "in_person", "met": "true", "water": "ok", "electricity": "fault", "health": "血压偏高",
        "needs[0].category": "property", "needs[0].text": "楼道灯不亮", "minutes": "20", "chat": "true",
    }  # fmt: skip
    answer = sent(care, "/care/care-h1/do/visits", body)
    assert answer.status_code == 303, answer.text
    shown = page(care, answer.headers["location"])
    assert "血压偏高" in shown and "登记工单 1 件" in shown
    assert re.search(r'href="/complaints/c-[^"]+"', shown)
    english = page(care, "/care/care-h1?lang=en")
    assert "in time" in english.lower() and not re.search("按时|漏访|走访记录", english)


def test_the_form_says_what_is_missing_and_keeps_what_was_typed(care: Care):
    care.open()
    answer = sent(care, "/care/care-h1/do/close", {"reason": "other"})
    assert answer.status_code == 422
    answer = sent(care, "/care/care-h1/do/risk", {"risk": "high"})
    assert answer.status_code == 422 and "请填写" in answer.text
    again = sent(care, "/care/care-h1/do/visits", {"mode": "in_person", "met": "true", "minutes": "很久"})
    assert again.status_code == 422 and "很久" in again.text


def test_an_emergency_is_noted_and_later_handed_over(care: Care):
    care.open()
    care.office.clock.later(days=1)
    first = {
        "emergency": "0",
        "called": "2026-11-19T06:10",
        "arrived": "2026-11-19T06:20",
        "what": "在家摔倒",
    }
    assert sent(care, "/care/care-h1/do/emergency", first).status_code == 303
    assert "应急中" in page(care, "/care")
    form = page(care, "/care/care-h1/do/emergency")
    assert "第 1 次，补充" in form
    then = {"emergency": "1", "handed_over": "2026-11-19T08:00", "handed_to": "relatives", "who": "女儿"}
    assert sent(care, "/care/care-h1/do/emergency", then).status_code == 303
    shown = page(care, "/care/care-h1")
    assert "女儿" in shown and "应急中" not in shown


def test_others_see_that_something_is_sealed_and_read_it_with_a_reason(care: Care):
    care.open()
    care.office.clock.later(days=1)
    care.visit(health="血压偏高")
    shown = page(care, "/care/care-h1", "gridworker2")
    assert "血压" not in shown and "另有密封内容：健康状况" in shown
    body = {"field": "health", "reason": "代班走访"}
    assert sent(care, "/care/care-h1/do/reveal", body, "gridworker2").status_code == 303
    assert "血压偏高" in page(care, "/care/care-h1", "gridworker2")


def test_what_is_overdue_stands_on_the_workers_day(care: Care):
    care.open(cadence_days=2)
    care.days_later(3)
    shown = page(care, "/day")
    assert "关爱走访" in shown and "/care/care-h1/do/visits" in shown
    assert "1 户已逾期" in page(care, "/care")


def test_a_preview_records_nothing(care: Care):
    care.open()
    head = care.office.engine.log.head()
    body = {"worker": "gridworker2", "reason": "轮岗", "preview": "1"}
    answer = sent(care, "/care/care-h1/do/handover", body)
    assert answer.status_code == 200 and "移交" in answer.text
    assert care.office.engine.log.head() == head


def test_a_notice_is_sent_from_the_list_and_confirmed_at_the_plan(care: Care):
    care.open()
    assert 'href="/care/notices/new"' in page(care, "/care", "dispatcher")
    answer = sent(care, "/care/notices/new", {"text": "今夜降温，关好门窗", "risk": "high"}, "dispatcher")
    assert answer.status_code == 303, answer.text
    notice = answer.headers["location"].partition("?")[0]
    assert "1 户里 0 户已送到" in page(care, notice, "dispatcher")
    assert "还没有确认送到" in page(care, "/care/care-h1")
    body = {"notice": notice.rpartition("/")[2], "method": "in_person"}
    assert sent(care, "/care/care-h1/do/delivered", body).status_code == 303
    assert "1 户里 1 户已送到" in page(care, notice, "dispatcher")
    assert "do/delivered" not in page(care, "/care/care-h1"), "nothing waits to be confirmed"
