"""What was noted without signal, brought in over HTTP: once, by whoever noted it, and never lost."""

import json
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest

from api.capture.settings import Settings
from domain.households.commands import Register
from domain.households.rules import stream_of
from domain.steps import Step
from engine.desk import Order
from scripts.setting_up import OPERATOR
from tests.api.conftest import GRID, Office, as_user

SAID = {"method": "on_site", "reached": True, "satisfaction": "satisfied", "solved": "yes"}


def item(office: Office, about: str, **fields: Any) -> dict[str, Any]:
    noted = {
        "id": str(uuid.uuid4()),
        "what": "follow-up",
        "about": about,
        "device_at": office.clock.now.isoformat(),
        "offset": 3,
        "taken_at": (office.clock.now - timedelta(hours=1)).isoformat(),
        "body": SAID,
    }
    return noted | fields


def upload(office: Office, *items: dict[str, Any], who: str = "gridworker") -> list[dict[str, Any]]:
    body = {"person": who, "items": list(items)}
    found: list[dict[str, Any]] = office.done("capture", body, who)["results"]
    return found


@pytest.fixture
def case(office: Office) -> str:
    """A case that waits for its follow-up."""
    complaint = office.registered()
    office.handled(complaint)
    return complaint


def follow_ups(office: Office, complaint: str) -> int:
    story = office.get(f"complaints/{complaint}/history").json()["items"]
    return sum(line["name"] == "complaint.followed-up" for line in story)


def test_the_list_to_take_along_names_nobody(office: Office, case: str):
    office.caught_up()
    told = office.get("capture/along", "gridworker").json()
    (due,) = told["follow_ups"]
    assert due["about"] == case and "柳园 5 号楼" in due["where"] and due["methods"]
    assert "王小明" not in str(told) and "13800000001" not in str(told)
    assert told["person"] == "gridworker" and told["keep_until"] > told["now"]


def test_what_was_noted_is_recorded_once_however_often_it_comes(office: Office, case: str):
    photo = office.photo()
    office.clock.later(hours=5)
    noted = item(office, case, body=SAID | {"photos": [photo], "note": "客厅暖和了"})
    office.clock.later(hours=14)
    (first,), (again,) = upload(office, noted), upload(office, noted)
    assert (first["result"], again["result"]) == ("recorded", "already")
    assert office.get(f"complaints/{case}").json()["state"] == "closed" and follow_ups(office, case) == 1
    told = next(
        line
        for line in office.get(f"complaints/{case}/history").json()["items"]
        if line["name"] == "complaint.followed-up"
    )
    assert told["occurred_at"][:19] == noted["device_at"][:19] < told["recorded_at"][:19]
    office.caught_up()
    (row,) = office.get("capture", "gridworker", params={"about": case}).json()["items"]
    assert (row["state"], row["offset"], row["person"]) == ("recorded", 3, "gridworker")


def test_two_tabs_at_once_record_it_once(office: Office, case: str):
    noted, results = item(office, case), []
    tabs = [
        threading.Thread(target=lambda: results.append(upload(office, noted)[0]["result"])) for _ in range(4)
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert sorted(results) == ["already", "already", "already", "recorded"]
    assert follow_ups(office, case) == 1


def test_what_is_refused_is_kept_and_settled_by_a_person(office: Office, case: str):
    noted = item(office, case)
    office.case(case, "follow-up", office.visit(), "gridworker")
    (kept,), (again,) = upload(office, noted), upload(office, noted)
    assert (kept["result"], again["result"]) == ("conflict", "already") and kept["code"] == "complaint.state"
    assert "。" in kept["reason"]
    office.caught_up()
    due = office.get("duties", "gridworker").json()["items"]
    (duty,) = [each for each in due if each["kind"] == "capture"]
    assert duty["capture"] == kept["capture"] and not duty["overdue"]
    told = office.get(duty["link"], "dispatcher").json()
    assert told["content"] == SAID and told["refusal"] == "complaint.state" and told["history"]
    dropped = office.done(f"capture/{kept['capture']}/settle", {"how": "dropped", "reason": "已回访"})
    assert (dropped["state"], dropped["settled_by"]) == ("settled", "dispatcher")
    office.caught_up()
    due = office.get("duties", "gridworker").json()["items"]
    assert not [each for each in due if each["kind"] == "capture"]
    assert follow_ups(office, case) == 1


def test_no_reason_to_refuse_loses_it(office: Office, case: str):
    """A case that is not there, a body that does not fit, a photograph that never came, a clock ahead."""
    ahead = (office.clock.now + timedelta(hours=3)).isoformat()
    found = upload(
        office,
        item(office, "c-0193-none"),
        item(office, case, body=SAID | {"solved": "maybe"}),
        item(office, case, body=SAID | {"photos": ["0" * 64]}),
        item(office, case, device_at=ahead),
        item(office, case),
    )
    assert [each["result"] for each in found] == ["conflict"] * 4 + ["recorded"]
    assert [each.get("code") for each in found[:4]] == [
        "not-found",
        "body.invalid",
        "evidence.unknown",
        "moment.in-the-future",
    ]
    office.caught_up()
    kept = office.get("capture", "gridworker", params={"state": "kept"}).json()["items"]
    assert {each["id"] for each in kept} == {each["capture"] for each in found[:4]}
    assert {each["grid"] for each in kept} == {GRID}


def test_of_whom_was_erased_only_that_it_came_is_kept(office: Office, case: str):
    reporter = office.get(f"complaints/{case}").json()["reporter"]["id"]
    office.engine.vault.destroy_key(reporter)
    found = upload(office, item(office, case, body=SAID | {"note": "他说好了"}))
    told = office.get(f"capture/{found[0]['capture']}", "gridworker").json()
    assert "他说好了" not in str(told)


def test_it_takes_the_one_who_noted_it(office: Office, case: str):
    body = {"person": "gridworker", "items": [item(office, case)]}
    no = office.post("capture", body, "dispatcher")
    assert (no.status_code, no.json()["code"]) == (409, "capture.other-person")
    assert office.post("capture", body, "").status_code == 401
    assert office.post("capture", body, "property").status_code == 403
    cross = {"Cookie": "x=1", "Sec-Fetch-Site": "cross-site"}
    assert office.http.post("/api/v1/capture", json=body, headers=cross).status_code == 403
    assert follow_ups(office, case) == 0


def at_home(office: Office, *ids: str) -> str:
    """The households, and a round that goes to them."""
    for id in ids:
        entry = Register(GRID, people=2, kind="key", name="赵阿婆")
        office.engine.desk.do(Order((Step("household", stream_of(id), entry),), OPERATOR))
    office.caught_up()
    today = office.clock.now.date()
    span = {"from": str(today - timedelta(days=3)), "to": str(today + timedelta(days=9))}
    return str(office.done("visits/rounds", {"name": "走千家", "grid": GRID, **span})["id"])


def test_an_attempt_noted_without_signal_counts_on_the_evening_it_was_made(office: Office):
    round = at_home(office, "h1")
    need = {"category": "heating", "text": "客厅冷"}
    body = {"household": "h1", "window": "evening", "outcome": "opened", "people_met": 2, "needs": [need]}
    noted = item(office, f"{round}/h1", what="attempt", body=body)
    office.clock.later(hours=14)
    (first,), (again,) = upload(office, noted), upload(office, noted)
    assert (first["result"], again["result"]) == ("recorded", "already")
    office.caught_up()
    (tried,) = office.get(f"visits/rounds/{round}/attempts", "gridworker").json()["items"]
    assert tried["occurred_at"][:19] == noted["device_at"][:19] and tried["people_met"] == 2
    (need_found,) = tried["complaints"]
    assert office.get(f"complaints/{need_found}").json()["channel"] == "visit"


def test_the_doors_of_todays_plan_go_along_until_somebody_has_been_there(office: Office):
    round = at_home(office, "h1", "h2")
    home = {"id": "h3", "grid": GRID, "kind": "key", "name": "王小明", "phone": "13800000009"}
    office.done("households", home | {"compound": "柳园", "address": "柳园 5 号楼 601"})
    saturday = office.clock.now.date() + timedelta(days=(5 - office.clock.now.weekday()) % 7)
    office.clock.later(hours=24 * (saturday - office.clock.now.date()).days)
    office.caught_up()
    often = {"household": "h3", "grounds": "living_alone", "risk": "high", "cadence_days": 2}
    looked_after = office.done("care-plans", often, "gridworker")["id"]
    planned = office.done(f"visits/rounds/{round}/plans", {"day": str(saturday)}, "gridworker")
    assert planned["households"] == 3
    body = {"household": "h1", "window": "evening", "outcome": "no_answer"}
    before = (office.clock.now - timedelta(days=1)).isoformat()
    upload(office, item(office, f"{round}/h1", what="attempt", body=body | {"occurred_at": before}))
    upload(office, item(office, f"{round}/h2", what="attempt", body=body | {"household": "h2"}))
    office.caught_up()
    told = office.get("capture/along", "gridworker").json()
    doors = told["doors"]
    by_door = {each["about"]: each for each in doors["stops"]}
    assert set(by_door) == {f"{round}/h1", f"{round}/h3"}, "nobody has been there today"
    tried = by_door[f"{round}/h1"]
    assert (tried["last_outcome"], tried["last_window"]) == ("no_answer", "evening")
    assert tried["last_at"][:19] == before[:19]
    assert by_door[f"{round}/h3"]["where"] == "柳园 5 号楼 601"
    (care,) = doors["care"]
    assert (care["about"], care["where"]) == (looked_after, "柳园 5 号楼 601") and set(care) == {
        "about", "where", "due_by",
    }  # fmt: skip
    assert [each["id"] for each in doors["rounds"]] == [round]
    assert "heating" in {each["code"] for each in doors["categories"]} and doors["readings"]
    for personal in ("王小明", "赵阿婆", "13800000009"):
        assert personal not in str(told)
    assert office.get("capture/along", "dispatcher").json()["doors"]["stops"] == []


def test_an_attempt_that_is_refused_waits_for_a_person(office: Office):
    round = at_home(office, "h1", "h2")
    body = {"household": "h1", "window": "day", "outcome": "no_answer"}
    found = upload(
        office,
        item(office, f"{round}/h2", what="attempt", body=body),
        item(office, f"{round}/nobody", what="attempt", body=body),
        item(office, "round-none/h1", what="attempt", body=body),
        item(office, "h1", what="attempt", body=body),
        item(office, "care-none", what="care-visit", body={}),
        item(office, f"{round}/h1", what="attempt", body=body),
    )
    codes = ["body.invalid", "visit.unknown-household", "not-found", "not-found", "not-found", None]
    assert [each.get("code") for each in found] == codes
    assert [each["result"] for each in found] == ["conflict"] * 5 + ["recorded"]


def test_what_was_noted_of_whom_one_looks_after_only_who_reads_the_plan_reads(office: Office):
    at_home(office, "h1")
    opened = {"household": "h1", "grounds": "living_alone", "risk": "high"}
    office.done("care-plans", opened, "gridworker")
    good, bad = {"health": "血压偏高"}, {"health": "血压偏高", "water": "none"}
    found = upload(
        office,
        item(office, "care-h1", what="care-visit", body=good),
        item(office, "care-h1", what="care-visit", body=bad),
    )
    assert [each["result"] for each in found] == ["recorded", "conflict"]
    for who, reads in (("gridworker", True), ("dispatcher", True), ("gridworker2", False), ("street", False)):
        told = office.get(f"capture/{found[1]['capture']}", who)
        assert told.status_code == 200 and ("血压偏高" in told.text) is reads, who


def test_what_it_was_recorded_as_is_there(office: Office, case: str):
    round = at_home(office, "h1")
    (kept,) = upload(office, item(office, "c-0193-none"))
    told = {"household": "h1", "window": "day", "outcome": "no_answer"}
    tried = office.done(f"visits/rounds/{round}/attempts", told, "gridworker")
    path = f"capture/{kept['capture']}/settle"
    for named in ("c-nonsense", "care-none", "visit-none-h1", "anything"):
        answer = office.post(path, {"how": "recorded", "reason": "补记", "recorded_as": named}, "gridworker")
        assert answer.status_code == 404, named
    office.caught_up()
    number = office.get(f"complaints/{case}").json()["number"]
    for named in (case, number, tried["visit"], tried["id"]):
        body = {"how": "recorded", "reason": "补记", "recorded_as": named}
        assert office.post(f"{path}?dry_run=true", body, "gridworker").status_code == 200, named


@pytest.mark.parametrize("wrong", [{"id": "x"}, {"about": "../x y"}, {"what": "party"}, {"offset": 10**12}])
def test_what_no_device_of_ours_sends_is_not_understood(office: Office, case: str, wrong: dict[str, Any]):
    refused, good = upload(office, item(office, case) | wrong, item(office, case))
    assert (refused["result"], refused["code"], refused["capture"]) == ("refused", "body.invalid", None)
    assert good["result"] == "recorded", "the others come in"


UNUSABLE = (
    ('{"id": "x", "body": {"note": "\\u0001"}}', "body.note", "body.characters"),
    ('{"about": "a\\u202eb"}', "about", "body.characters"),
    ('{"body": {"needs": ["\\ud800"]}}', "body.needs.0", "body.characters"),
    ('{"body": {"no\\u0000te": ""}}', "body", "body.characters"),
    ('{"body": {"note": "\x01"}}', "body.note", "body.characters"),
    ('{"id": "x", "id": "y"}', "", "body.malformed"),
    ('{"offset": 1e999}', "offset", "body.malformed"),
    ('{"offset": NaN}', "offset", "body.malformed"),
    ('{"offset": 1234567890123456789012}', "offset", "body.invalid"),
    (f'{{"body": {"[" * 40 + "]" * 40}}}', "body" + ".0" * 14, "body.malformed"),
    ("[[]]", "", "body.invalid"),
    ("null", "", "body.invalid"),
)
"""An item as it comes in, the field that is named, and why nobody can read it."""


def test_an_item_nobody_can_read_keeps_no_other_out(office: Office, case: str):
    wrong, good = ",".join(raw for raw, _, _ in UNUSABLE), item(office, case)
    raw = f'{{"person": "gridworker", "items": [{wrong}, {json.dumps(good)}]}}'
    headers = as_user(office.engine, "gridworker") | {"Content-Type": "application/json"}
    answer = office.http.post("/api/v1/capture", content=raw, headers=headers)
    assert answer.status_code == 200, answer.text
    *refused, recorded = answer.json()["results"]
    assert [(each["errors"][0]["field"], each["code"]) for each in refused] == [each[1:] for each in UNUSABLE]
    assert all((each["result"], each["capture"]) == ("refused", None) for each in refused)
    assert all(each["reason"] for each in refused) and recorded["result"] == "recorded"
    for body in (raw.replace('"gridworker"', '"\\u0001"'), raw + "]", raw[:-2]):
        answer = office.http.post("/api/v1/capture", content=body, headers=headers)
        assert answer.status_code in (400, 422), "outside the items it is the body's fault"


def test_a_field_that_does_not_fit_is_named_as_its_form_names_it(office: Office, case: str):
    (long,) = upload(office, item(office, case, body=SAID | {"note": "x" * 2_500}))
    assert (long["result"], long["code"]) == ("conflict", "body.invalid")
    assert long["reason"] == "居民的原话：最多 2000 个字"
    assert [each["field"] for each in long["errors"]] == ["note"]


def test_a_slot_agreed_without_signal_is_booked_unless_it_is_over(office: Office):
    round = at_home(office, "h1")
    tomorrow = str(office.clock.now.date() + timedelta(days=1))
    slot = {"household": "h1", "day": tomorrow, "window": "evening", "note": "下班后"}
    noted, late = (item(office, f"{round}/h1", what="booking", body=slot) for _ in range(2))
    other = item(office, f"{round}/h2", what="booking", body=slot)
    (first, again), (wrong,) = upload(office, noted, noted), upload(office, other)
    assert (first["result"], first["booking"], again["result"]) == ("recorded", "b1", "already")
    assert wrong["result"] == "conflict"
    office.caught_up()
    (booked,) = office.get(f"visits/rounds/{round}/bookings", "gridworker").json()["items"]
    assert (booked["day"], booked["window"], booked["state"]) == (tomorrow, "evening", "open")
    office.clock.later(hours=24 * 3)
    (over,) = upload(office, late)
    assert (over["result"], over["code"]) == ("conflict", "visit.booked-for-the-past")
    assert "已经过去" in over["reason"] and over["what_would_help"]


def test_what_is_too_long_to_be_kept_stays_on_the_device_alone(office: Office, case: str):
    """A page of notes is kept; a book is not."""
    long, book = (SAID | {"note": "x" * n} for n in (5_000, 120_000))
    found = upload(office, item(office, case, body=long), item(office, case, body=book), item(office, case))
    assert [each["result"] for each in found] == ["conflict", "refused", "recorded"]
    assert (found[1]["code"], found[1]["capture"]) == ("text.length", None)
    told = office.get(f"capture/{found[0]['capture']}", "gridworker").json()
    assert told["content"] == long


def test_the_settings():
    assert Settings.of({}) == Settings(12, 120, 24)
    assert Settings.of({"HUISHENG_CAPTURE_HOURS": "8"}).hours == 8
    for wrong in ("0", "-1", "x", "1.5"):
        with pytest.raises(ValueError, match="HUISHENG_CAPTURE_SETTLE_HOURS"):
            Settings.of({"HUISHENG_CAPTURE_SETTLE_HOURS": wrong})
