"""Reading what is sealed with a reason that all see, and words that are out of sight for good."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from scripts.exporting import export
from tests.api.conftest import GRID, Office

PHONE = "13800000001"
NEIGHBOUR = "张翠花"


def revealed(office: Office, complaint: str, field: str = "phone", who: str = "gridworker") -> Any:
    return office.post(f"complaints/{complaint}/reveal", {"field": field, "reason": "约上门时间"}, who)


def facts(office: Office, complaint: str) -> list[str]:
    found = office.get(f"complaints/{complaint}/history").json()["items"]
    return [each["name"] for each in found]


# ------------------------------------------------------------------ reveal


@pytest.mark.parametrize(
    ("field", "value"),
    [("phone", PHONE), ("name", "王小明"), ("text", "单元门禁失灵，晚上关不上"),
     ("address", "柳园 5 号楼 3 单元")],
)  # fmt: skip
def test_a_handler_reads_a_sealed_field_with_a_reason(office: Office, field: str, value: str) -> None:
    complaint = office.registered()
    answer = revealed(office, complaint, field)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["value"] == value
    until = datetime.fromisoformat(found["until_at"])
    assert timedelta(minutes=29) < until - office.clock.now <= timedelta(minutes=30)
    (told,) = found["facts"]
    assert told["name"] == "complaint.personal-data-revealed" and "约上门时间" in told["sentence"]


def test_who_looked_and_why_stands_in_the_history_and_is_no_milestone(office: Office) -> None:
    complaint = office.registered()
    before = office.get(f"complaints/{complaint}").json()
    assert revealed(office, complaint).status_code == 200
    last = office.get(f"complaints/{complaint}/history").json()["items"][-1]
    assert (last["name"], last["milestone"]) == ("complaint.personal-data-revealed", False)
    assert last["actor"]["person"] == "gridworker" and "约上门时间" in last["sentence"]
    after = office.get(f"complaints/{complaint}").json()
    moving = {"version", "position", "allowed", "refused"}
    assert {k: v for k, v in before.items() if k not in moving} == {
        k: v for k, v in after.items() if k not in moving
    }


def test_the_reporter_sees_who_looked(office: Office) -> None:
    complaint = office.registered("resident", reporter={"name": "王小明", "phone": PHONE})
    assert revealed(office, complaint).status_code == 200
    items = office.get(f"complaints/{complaint}/history", "resident").json()["items"]
    assert "约上门时间" in items[-1]["sentence"]


def test_the_same_person_reads_it_again_for_half_an_hour_without_another_entry(office: Office) -> None:
    complaint = office.registered()
    first, again = revealed(office, complaint).json(), revealed(office, complaint).json()
    assert again["facts"] == [] and again["value"] == PHONE and again["until_at"] == first["until_at"]
    assert revealed(office, complaint, who="dispatcher").json()["facts"]
    office.clock.later(minutes=31)
    assert revealed(office, complaint).json()["facts"]
    assert facts(office, complaint).count("complaint.personal-data-revealed") == 3


@pytest.mark.parametrize(
    ("who", "status"),
    [("panel", 403), ("analyst", 403), ("admin", 403), ("elsewhere", 404), ("heating", 404),
     ("resident", 404)],
)  # fmt: skip
def test_nobody_else_reads_it(office: Office, who: str, status: int) -> None:
    complaint = office.registered()
    assert revealed(office, complaint, who=who).status_code == status
    assert facts(office, complaint) == ["complaint.registered"]


def test_a_unit_reads_it_where_it_handles(office: Office) -> None:
    complaint = office.registered()
    office.case(complaint, "dispatch", {"lead": "property-co"})
    assert revealed(office, complaint, who="property").json()["value"] == PHONE
    assert revealed(office, complaint, who="heating").status_code == 404


def test_a_dry_run_reads_nothing(office: Office) -> None:
    complaint = office.registered()
    answer = office.post(
        f"complaints/{complaint}/reveal?dry_run=true", {"field": "phone", "reason": "x"}, "gridworker"
    )
    assert answer.status_code == 200 and PHONE not in answer.text
    assert facts(office, complaint) == ["complaint.registered"]


def test_a_retry_gives_the_value_again_and_no_other_key_of_hours_ago(office: Office) -> None:
    complaint = office.registered()
    body, headers = {"field": "phone", "reason": "约上门"}, {"Idempotency-Key": "k-1"}
    path = f"complaints/{complaint}/reveal"
    first = office.post(path, body, "gridworker", headers=headers).json()
    assert office.post(path, body, "gridworker", headers=headers).json()["value"] == first["value"] == PHONE
    office.clock.later(hours=1)
    late = office.post(path, body, "gridworker", headers=headers).json()
    assert (late["repeated"], late["value"]) == (True, None)


def test_the_name_is_masked_for_handlers_and_null_for_others(office: Office) -> None:
    complaint = office.registered()
    for who in ("gridworker", "dispatcher", "street"):
        found = office.get(f"complaints/{complaint}", who).json()["reporter"]
        assert (found["name"], found["phone"], found["masked"]) == ("王某", None, True)
    for who in ("panel", "analyst", "admin"):
        answer = office.get(f"complaints/{complaint}", who)
        assert answer.json()["reporter"] is None
        assert "王小明" not in answer.text and PHONE not in answer.text


# ------------------------------------------------------------------ redact


def everything_said(office: Office, complaint: str, tmp: Any) -> str:
    """What lists, the case, its history, search and exports say."""
    office.caught_up()
    position = office.engine.log.head()
    answers = [
        office.get(f"complaints/{complaint}"),
        office.get(f"complaints/{complaint}/history"),
        office.get("complaints", params={"min_position": position}),
        office.get(f"complaints/{complaint}/similar"),
        office.get(f"/complaints/{complaint}"),
        office.get("/complaints"),
    ]
    for kind in ("events", "cases"):
        file = tmp / f"{kind}-{position}.jsonl"
        export(office.engine, kind, "jsonl", file)
        answers.append(type("File", (), {"text": file.read_text("utf-8")}))
    return "".join(answer.text for answer in answers)


def redact(office: Office, complaint: str, who: str = "dispatcher", **body: Any) -> Any:
    asked = {"version": 1, "field": "text", "reason": "写了邻居姓名"} | body
    return office.post(f"complaints/{complaint}/redact", asked, who)


def test_redacted_words_are_said_nowhere_and_those_in_their_place_are(office: Office, tmp_path: Any) -> None:
    complaint = office.registered(text=f"{NEIGHBOUR}家漏水，楼道积水")
    office.case(complaint, "dispatch", {"lead": "property-co"})
    office.case(complaint, "respond", {"note": f"{NEIGHBOUR}不在家"}, "property")
    assert NEIGHBOUR in everything_said(office, complaint, tmp_path)
    answer = redact(office, complaint, text="邻居家漏水，楼道积水")
    assert answer.status_code == 200, answer.text
    assert answer.json()["text"] == "邻居家漏水，楼道积水"
    assert redact(office, complaint, version=3, field="note").status_code == 200
    said = everything_said(office, complaint, tmp_path)
    assert NEIGHBOUR not in said and "邻居家漏水" in said
    position = office.caught_up()
    for q, found in ((NEIGHBOUR, []), ("邻居家漏水", [complaint])):
        items = office.get("complaints", params={"q": q, "min_position": position}).json()["items"]
        assert [item["id"] for item in items] == found
    assert facts(office, complaint)[-2:] == ["complaint.field-redacted"] * 2
    assert "写了邻居姓名" in office.get(f"complaints/{complaint}/history").json()["items"][-1]["sentence"]


def test_the_log_keeps_its_bytes(office: Office) -> None:
    complaint = office.registered(text=f"{NEIGHBOUR}家漏水")
    before = office.engine.log.rows()
    redact(office, complaint)
    assert office.engine.log.rows()[: len(before)] == before


def test_a_redaction_can_be_redacted(office: Office, tmp_path: Any) -> None:
    complaint = office.registered(text="漏水")
    redact(office, complaint, text=f"{NEIGHBOUR}家漏水")
    assert NEIGHBOUR in everything_said(office, complaint, tmp_path)
    redact(office, complaint, version=2, text="楼上漏水")
    assert NEIGHBOUR not in everything_said(office, complaint, tmp_path)
    assert office.get(f"complaints/{complaint}").json()["text"] == "楼上漏水"


def test_views_made_anew_say_the_same(office: Office) -> None:
    from engine import rebuild

    complaint = office.registered(text=f"{NEIGHBOUR}家漏水")
    redact(office, complaint, text="邻居家漏水")
    office.caught_up()
    assert (
        rebuild.rebuild(office.engine, office.engine.projections, verify=True, swap=True).difference is None
    )
    assert office.get("complaints").json()["items"][0]["text"] == "邻居家漏水"


@pytest.mark.parametrize(
    "body",
    [{"version": 9}, {"field": "category"}, {"field": "duties.0.task"}, {"field": "reporter"},
     {"version": 2, "field": "text"}],
)  # fmt: skip
def test_only_what_is_sealed_in_the_entry_is_redacted(office: Office, body: dict[str, Any]) -> None:
    complaint = office.registered()
    office.case(complaint, "dispatch", {"lead": "property-co"})
    answer = redact(office, complaint, **body)
    assert (answer.status_code, answer.json()["rule"]) == (409, "redact.no-such-field")


@pytest.mark.parametrize(
    ("who", "status"),
    [("street", 200), ("admin", 200), ("gridworker", 403), ("panel", 403), ("elsewhere", 404)],
)
def test_the_office_redacts(office: Office, who: str, status: int) -> None:
    assert redact(office, office.registered(), who).status_code == status


def test_what_was_split_off_after_a_redaction_does_not_bring_it_back(office: Office) -> None:
    complaint = office.registered(place={"grid": GRID, "address": f"{NEIGHBOUR}家对门"})
    redact(office, complaint, field="address", text="柳园 5 号楼")
    body = {"parts": [{"category": "water", "text": "三楼也漏水"}], "reason": "两件事"}
    office.case(complaint, "split", body)
    office.caught_up()
    assert NEIGHBOUR not in json.dumps(office.get("complaints").json(), ensure_ascii=False)
