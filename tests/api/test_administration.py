"""What operators did to the store, for administrators and the panel."""

from datetime import timedelta

import pytest

from api.administration import note
from domain.administration import NoteBackup, NoteExport, NoteRebuild, NoteRestore, NoteRotation
from domain.messages import Actor
from domain.refusals import Refused
from tests.api.conftest import Office

OPERATOR = Actor("operator", "admin")
DEEDS = (
    NoteBackup("store", 12),
    NoteExport("cases", 40, True),
    NoteExport("events", 400, False),
    NoteRotation(7),
    NoteRebuild(("cases",), 12),
    NoteRestore("2026-11-18T00:00:00+00:00", 12),
)


def test_deeds_are_listed_newest_first_in_both_languages(office: Office) -> None:
    for deed in DEEDS:
        note(office.engine, deed, OPERATOR)
    found = office.get("administration", "admin").json()
    assert [item["name"].partition(".")[2] for item in found["items"]] == [
        "restored", "views-rebuilt", "keys-rotated", "exported", "exported", "backed-up",
    ]  # fmt: skip
    assert found["items"][3]["sentence"] == "operator导出了 400 行事件（含明文）。"
    english = office.get("administration", "panel", headers={"Accept-Language": "en"}).json()["items"]
    assert english[4]["sentence"] == "operator exported 40 rows of cases (redacted)."
    assert all(item["actor"]["person"] == "operator" for item in english)


def test_the_list_has_pages(office: Office) -> None:
    for deed in DEEDS:
        note(office.engine, deed, OPERATOR)
    seen: list[int] = []
    cursor = None
    while True:
        params = {"limit": 4} | ({"cursor": cursor} if cursor else {})
        found = office.get("administration", "admin", params=params).json()
        seen += [item["position"] for item in found["items"]]
        cursor = found["next"]
        if cursor is None:
            break
    assert seen == sorted(seen, reverse=True) and len(seen) == len(DEEDS)
    assert office.get("administration", "admin", params={"cursor": "x"}).status_code == 422


@pytest.mark.parametrize("who", ["dispatcher", "gridworker", "resident", "street", "analyst", "heating"])
def test_it_is_not_for_others(office: Office, who: str) -> None:
    assert office.get("administration", who).status_code == 403


def test_only_operators_say_so(office: Office) -> None:
    with pytest.raises(Refused):
        note(office.engine, NoteRotation(1), Actor("dispatcher", "dispatcher", "demo"))


def test_readiness_warns_of_keys_that_were_never_kept(office: Office) -> None:
    assert office.get("/readyz", "").json()["health"]["keys"]["warnings"]
    note(office.engine, NoteBackup("keys", 1), OPERATOR)
    assert office.get("/readyz", "").json()["health"]["keys"]["warnings"] == []
    office.clock.now += timedelta(days=31)
    assert "31 days" in office.get("/readyz", "").json()["health"]["keys"]["warnings"][0]
