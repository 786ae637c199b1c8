"""What else waits for whom: an extension to be decided, on the list of duties and on the day's page."""

from datetime import timedelta
from typing import Any

from tests.api.conftest import Office


def waits(office: Office, who: str, kind: str = "extension") -> list[dict[str, Any]]:
    office.caught_up()
    found = office.get("duties?for=me", who).json()["items"]
    return [each for each in found if each["kind"] == kind]


def asked(office: Office) -> str:
    case = office.registered()
    office.case(case, "dispatch", {"lead": "property-co"})
    office.case(case, "respond", {}, "property")
    until = (office.clock.now + timedelta(days=12)).isoformat()
    office.case(case, "extension", {"until": until, "reason": "门禁主板要从外地调货"}, "property")
    return case


def test_an_extension_waits_for_whoever_decides_it_until_it_is_decided(office: Office):
    case = asked(office)
    for who in ("dispatcher", "street"):
        (duty,) = waits(office, who)
        assert (duty["complaint"], duty["command"]) == (case, "extension-decision")
        assert office.get(duty["why_link"].removeprefix("/api/v1/"), who).status_code == 200
    for who in ("property", "gridworker", "panel", "resident"):
        assert waits(office, who) == []
    page = office.get("/day", "dispatcher", headers={"Accept": "text/html"}).text
    assert f"/complaints/{case}/do/extension-decision" in page
    office.case(case, "extension-decision", {"extension": "1-1", "grant": True}, "dispatcher")
    assert waits(office, "dispatcher") == []


def test_a_request_that_is_overtaken_waits_for_nobody(office: Office):
    case = asked(office)
    office.case(case, "resolution", {"result": "solved", "answer": "已修好"}, "property")
    assert waits(office, "dispatcher") == []
