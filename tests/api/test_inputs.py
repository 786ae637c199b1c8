"""Hostile and careless input: always a 4xx with a problem document, never a change."""

import json
from typing import Any

import pytest

from tests.api.conftest import GRID, Office

GOOD: dict[str, Any] = {
    "category": "property",
    "text": "灯不亮",
    "place": {"grid": GRID, "address": "柳园 5 号楼"},
    "channel": "hotline",
}


def refused(answer: Any, *statuses: int) -> dict[str, Any]:
    assert answer.status_code in statuses, answer.text[:300]
    assert answer.headers["content-type"].startswith("application/problem+json")
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert {"type", "title", "detail", "code"} <= body.keys()
    return body


def raw(office: Office, content: bytes, path: str = "complaints") -> Any:
    return office.call("POST", path, content=content, headers={"Content-Type": "application/json"})


BODIES = {
    "unknown field": GOOD | {"priority": 1},
    "internal field": GOOD | {"reporter_id": "p-someone"},
    "missing field": {k: v for k, v in GOOD.items() if k != "channel"},
    "number for text": GOOD | {"text": 5},
    "text for number": GOOD | {"place": {"grid": GRID, "lat": "36.6", "long": "117.0"}},
    "bool for number": GOOD | {"place": {"grid": GRID, "lat": True, "long": True}},
    "empty text": GOOD | {"text": ""},
    "blank text": GOOD | {"text": " \n "},
    "long text": GOOD | {"text": "水" * 4001},
    "naive moment": GOOD | {"occurred_at": "2026-11-18T09:00:00"},
    "moment as number": GOOD | {"occurred_at": 1763426400},
    "no moment": GOOD | {"occurred_at": "yesterday"},
    "future moment": GOOD | {"occurred_at": "2027-11-18T09:00:00+08:00"},
    "unknown channel": GOOD | {"channel": "pigeon"},
    "unknown category": GOOD | {"category": "weather"},
    "unknown grid": GOOD | {"place": {"grid": "demo/north/sl/grid-99"}},
    "climbing grid": GOOD | {"place": {"grid": "demo/north/sl/../../.."}},
    "latitude of nowhere": GOOD | {"place": {"grid": GRID, "lat": 91.0, "long": 0.0}},
    "half a location": GOOD | {"place": {"grid": GRID, "lat": 36.6}},
    "null for text": GOOD | {"text": None},
    "list": [],
    "text": "hello",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_a_body_that_does_not_fit(office: Office, body: Any):
    head = office.engine.log.head()
    refused(office.call("POST", "complaints", json=body), 400, 422)
    assert office.engine.log.head() == head


RAW = {
    "nothing": b"",
    "no json": b"{",
    "not utf-8": b'{"text": "\xff"}',
    "NaN": b'{"place": {"grid": "x", "lat": NaN}}',
    "Infinity": b'{"place": {"grid": "x", "lat": Infinity}}',
    "1e999": b'{"place": {"grid": "x", "lat": 1e999}}',
    "5000 digits": b'{"place": {"grid": "x", "lat": ' + b"9" * 5000 + b"}}",
    "key twice": b'{"text": "a", "text": "b"}',
    "100000 deep": b"[" * 100_000,
    "100000 deep objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "half a character": json.dumps(GOOD | {"text": "x"}).replace('"x"', '"\\ud800"').encode(),
    "NUL": json.dumps(GOOD | {"text": "a\x00b"}).encode(),
    "hidden direction": json.dumps(GOOD | {"text": "abc\u202edef"}).encode(),
    "control character": json.dumps(GOOD | {"text": "abc\x1b[31m"}).encode(),
}


@pytest.mark.parametrize("content", RAW.values(), ids=list(RAW))
def test_json_that_should_not_be(office: Office, content: bytes):
    refused(raw(office, content), 400, 422)


def test_another_media_type_is_no_command(office: Office):
    answer = office.call(
        "POST", "complaints", content=json.dumps(GOOD), headers={"Content-Type": "text/plain"}
    )
    assert refused(answer, 415)["code"] == "body.media-type"


ADDRESSES = [
    "complaints/c-00000000000000000000",
    "complaints/..%2f..%2fetc%2fpasswd",
    "complaints/%00",
    "complaints?q=%00",
    "complaints?limit=0",
    "complaints?limit=201",
    "complaints?limit=9999999999999999999999",
    "complaints?cursor=not-a-cursor",
    "complaints?cursor=WzEsMiwzXQ",
    "complaints?registered_from=yesterday",
    "complaints?min_position=-1",
    "evidence/../../keys.master",
    "evidence/" + "0" * 64,
    "statistics/no_such_rate",
    "statistics/response_rate?group_by=shoe_size",
    "statistics/response_rate?from=2026-13",
    "statistics/response_rate?from=2026-02&to=2026-01",
    "statistics/response_rate/cases?part=excluded:'--",
    "rule-books/no-such-book",
    "rule-books/deadlines/no-such-version",
    "track/AAAAA-AAAAA-AAAAA",
    "stream?after=-1",
    "no-such-place",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_leads_nowhere(office: Office, address: str):
    refused(office.get(address), 404, 422)


def test_a_method_that_is_not_taken(office: Office):
    refused(office.call("DELETE", "complaints"), 405)


def test_a_case_of_another_city_is_not_found(office: Office):
    complaint = office.registered()
    for path in (f"complaints/{complaint}", f"complaints/{complaint}/history"):
        refused(office.get(path, "elsewhere"), 404)
    refused(office.post(f"complaints/{complaint}/dispatch", {"lead": "property-co"}, "elsewhere"), 404)
    office.caught_up()
    assert office.get("complaints", "elsewhere").json()["items"] == []


def test_nobody_registers_outside_his_scope(office: Office):
    body = refused(office.post("complaints", GOOD, "elsewhere"), 409)
    assert body["rule"] == "register.outside-scope"


def test_without_an_actor_nothing_is_answered(office: Office):
    refused(office.get("complaints", ""), 401)
    refused(office.post("complaints", GOOD, "nobody-we-know"), 401)


def test_problems_speak_the_caller_s_language(office: Office):
    chinese = office.get("complaints/c-0", headers={"Accept-Language": "fr, zh;q=0.5"}).json()
    english = office.get("complaints/c-0", headers={"Accept-Language": "en-GB,en;q=0.9"}).json()
    assert chinese["code"] == english["code"] == "not-found"
    assert "看不到" in chinese["detail"] and "may not know" in english["detail"]


def test_a_refusal_names_its_rule_and_what_would_help(office: Office):
    complaint = office.registered(category="heating", text="冷")
    office.handled(complaint, "heating", "heating-co")
    body = refused(office.post(f"complaints/{complaint}/follow-up", office.visit(), "gridworker"), 409)
    assert body["code"] == body["rule"] == "follow-up.reading-required"
    assert "室温" in body["detail"] and body["what_would_help"]


FILES = {
    "a script": (b"<script>alert(1)</script>", "text/html", 422),
    "a script called a picture": (b"<svg onload=alert(1)>", "image/png", 422),
    "half a picture": (b"\xff\xd8\xff\xe0" + b"\x00" * 40, "image/jpeg", 422),
    "too much": (b"%PDF-1.7" + b"\x00" * (10 * 1024 * 1024), "application/pdf", 413),
}


@pytest.mark.parametrize("content, media_type, status", FILES.values(), ids=list(FILES))
def test_a_file_that_is_not_taken(office: Office, content: bytes, media_type: str, status: int):
    answer = office.call("POST", "evidence", files={"file": ("../../x.png", content, media_type)})
    refused(answer, status)


def test_evidence_nobody_handed_in_is_not_attached(office: Office):
    complaint = office.registered()
    office.case(complaint, "dispatch", {"lead": "property-co"})
    office.case(complaint, "respond", {}, "property")
    answer = office.post(f"complaints/{complaint}/evidence", {"ids": ["0" * 64]}, "property")
    assert refused(answer, 422)["rule"] == "evidence.unknown"


def test_a_body_of_200_mb_is_refused_before_it_is_read(office: Office):
    read = 0

    def endless():
        nonlocal read
        for _ in range(200):
            read += 1
            yield b" " * 1024 * 1024

    refused(
        office.call("POST", "complaints", content=endless(), headers={"Content-Type": "application/json"}),
        413,
    )


def test_a_declared_200_mb_is_refused_unread(office: Office):
    headers = {"Content-Type": "application/json", "Content-Length": str(200 * 1024 * 1024)}
    refused(office.call("POST", "complaints", content=b"{}", headers=headers), 413)
