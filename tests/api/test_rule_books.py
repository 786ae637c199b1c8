"""Rule books over HTTP: reading versions, seeing how two differ, proposing and adopting."""

import copy
from typing import Any

from tests.api.conftest import Office


def stricter(office: Office) -> dict[str, Any]:
    content: dict[str, Any] = copy.deepcopy(office.get("rule-books/deadlines/2026-1").json()["content"])
    content["lines"][0]["amount"] += 1
    return content


def test_the_books_and_their_versions(office: Office):
    books = {item["book"]: item for item in office.get("rule-books").json()["items"]}
    assert books["deadlines"]["in_force"] == "2026-1"
    assert books["indicators"]["versions"] == 0
    found = office.get("rule-books/deadlines").json()
    assert [(item["version"], item["adopted"]) for item in found["items"]] == [("2026-1", True)]


def test_a_version_is_proposed_compared_and_adopted(office: Office):
    proposed = office.post(
        "rule-books/deadlines", {"version": "2026-2", "content": stricter(office)}, "street"
    )
    assert (proposed.status_code, proposed.headers["location"]) == (
        201,
        "/api/v1/rule-books/deadlines/2026-2",
    )
    (difference,) = office.get("rule-books/deadlines/2026-1/diff/2026-2").json()["differences"]
    assert difference["after"] == difference["before"] + 1

    resolution = {"held_on": "2026-11-10", "eligible": 30, "present": 28, "in_favour": 25, "minutes": "同意"}
    adoption = {"effective_from": "2026-12-01", "resolution": resolution}
    office.done("rule-books/deadlines/2026-2/adopt", adoption, "street")
    found = office.get("rule-books/deadlines/2026-2").json()
    assert (found["effective_from"], found["resolution"]) == ("2026-12-01", resolution)
    assert office.get("rule-books/deadlines").json()["in_force"] == "2026-1"


def test_nothing_takes_effect_in_the_past(office: Office):
    office.done("rule-books/deadlines", {"version": "2026-2", "content": stricter(office)}, "street")
    answer = office.post("rule-books/deadlines/2026-2/adopt", {"effective_from": "2026-01-01"}, "street")
    assert (answer.status_code, answer.json()["rule"]) == (409, "rule-book.retroactive")


def test_a_version_never_changes(office: Office):
    answer = office.post("rule-books/deadlines", {"version": "2026-1", "content": stricter(office)}, "street")
    assert (answer.status_code, answer.json()["rule"]) == (409, "rule-book.version-exists")


def test_bad_content_names_its_field(office: Office):
    content = stricter(office)
    content["lines"][0]["amount"] = "two"
    answer = office.post("rule-books/deadlines", {"version": "2026-3", "content": content}, "street")
    assert (answer.status_code, answer.json()["field"]) == (422, "lines[0].amount")


def test_not_everybody_makes_rules(office: Office):
    body = {"version": "2026-4", "content": stricter(office)}
    assert office.post("rule-books/deadlines", body, "heating").status_code == 403
    assert office.post("rule-books/no-such", body, "street").status_code == 404
