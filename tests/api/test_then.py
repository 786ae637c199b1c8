"""The two clocks: what had happened by a day, and what was known of it by another."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.registers_then import complaints_then
from tests.api.conftest import Office

DAY = timedelta(days=1)


def told_late(office: Office) -> tuple[str, datetime, datetime]:
    """(case, when it was handled, when the counter entered that): reported as handled two days later."""
    case = office.registered()
    office.clock.later(hours=1)
    office.case(case, "dispatch", {"lead": "property-co"})
    office.case(case, "respond", {}, "property")
    office.clock.later(hours=1)
    handled = office.clock.now
    office.clock.later(days=2)
    late = {"result": "solved", "answer": "已修好", "occurred_at": handled.isoformat()}
    office.case(case, "resolution", late, "property")
    entered = office.clock.now
    office.clock.later(days=1)
    office.caught_up()
    return case, handled, entered


def z(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def state(office: Office, case: str, **query: Any) -> str:
    answer = office.get(f"complaints/{case}", "dispatcher", params=query)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["state"])


def listed(office: Office, **query: Any) -> list[str]:
    answer = office.get("complaints", "dispatcher", params=query)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["items"]]


def test_a_late_entry_makes_the_two_clocks_differ(office: Office):
    case, handled, entered = told_late(office)
    between = z(handled + timedelta(hours=1))
    assert state(office, case) == "resolved"
    assert state(office, case, as_of=between) == "resolved"
    assert state(office, case, as_of=between, known_at=between) == "handling"
    assert state(office, case, as_of=z(handled - timedelta(minutes=30))) == "handling"
    assert state(office, case, known_at=z(entered + timedelta(seconds=1))) == "resolved"


def test_the_register_and_the_history_say_the_same_as_the_case(office: Office):
    case, handled, _ = told_late(office)
    between = z(handled + timedelta(hours=1))
    both = {"as_of": between, "known_at": between}
    assert listed(office, state="resolved", as_of=between) == [case]
    assert listed(office, state="resolved", **both) == []
    assert listed(office, state="handling", **both) == [case]
    names = [
        [each["name"] for each in office.get(f"complaints/{case}/history", params=query).json()["items"]]
        for query in ({"as_of": between}, both)
    ]
    assert "complaint.resolution-reported" in names[0]
    assert names[1] == [name for name in names[0] if name != "complaint.resolution-reported"]


def test_statistics_and_the_register_count_alike_on_both_clocks(office: Office):
    case, handled, _ = told_late(office)
    between = z(handled + timedelta(hours=1))
    for query in ({"as_of": between}, {"as_of": between, "known_at": between}):
        (row,) = office.get("statistics/reopen_rate", "analyst", params=query).json()["rows"]
        assert row["denominator"] == len(listed(office, state="resolved", **query)), query
    assert case


def test_what_is_past_allows_nothing_and_says_when_it_was(office: Office):
    case, handled, _ = told_late(office)
    answer = office.get(f"complaints/{case}", params={"as_of": z(handled + timedelta(hours=1))})
    told = answer.json()
    assert (told["allowed"], told["refused"]) == ([], [])
    assert told["as_of"] == z(handled + timedelta(hours=1)) and told["known_at"] == office.engine.log.head()
    assert "ETag" not in answer.headers


def test_before_it_was_registered_there_is_no_case(office: Office):
    day_before = z(office.clock.now - DAY)
    case = office.registered()
    for path in (f"complaints/{case}", f"complaints/{case}?known_at=1"):
        query = {} if "?" in path else {"as_of": day_before}
        assert office.get(path, params=query or None).status_code == 404
    office.caught_up()
    assert listed(office, as_of=day_before) == [] == listed(office, known_at="1")


@pytest.mark.parametrize(
    "query",
    [
        {"as_of": "2030-01-01"},
        {"known_at": "2030-01-01"},
        {"known_at": "999999999"},
        {"as_of": "2026-11-18", "known_at": "2026-11-16"},
        {"as_of": "yesterday"},
        {"as_of": "2026-11-18T10:00:00"},
        {"known_at": "-1"},
    ],
)
def test_what_nobody_can_know_is_refused(office: Office, query: dict[str, str]):
    case = office.registered()
    for path in ("complaints", f"complaints/{case}", f"complaints/{case}/history"):
        answer = office.get(path, params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "query.invalid"), path


def test_today_means_up_to_now(office: Office):
    case = office.registered()
    assert state(office, case, as_of="2026-11-18", known_at="2026-11-18") == "received"


def test_what_the_register_of_then_cannot_answer_is_refused(office: Office):
    for more in ({"q": "门禁"}, {"total": "true"}, {"cursor": "1.2"}, {"cursor": "1.99999999.3"}):
        answer = office.get("complaints", params={"as_of": "2026-11-18", **more})
        assert answer.status_code == 422, more


def test_the_register_of_then_comes_in_pages_that_do_not_move(
    office: Office, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("api.registers_then.CHUNK", 3)
    monkeypatch.setattr("api.registers_then.FOLDED", 4)
    made = [office.registered() for _ in range(9)]
    office.clock.later(hours=1)
    then = z(office.clock.now)
    office.clock.later(hours=1)
    for case in made[::2]:
        office.case(case, "dispatch", {"lead": "property-co"})
    office.caught_up()
    seen: list[str] = []
    query: dict[str, Any] = {"as_of": then, "state": "received", "limit": 2}
    while True:
        answer = office.get("complaints", params=query).json()
        seen += [each["id"] for each in answer["items"]]
        assert len(answer["items"]) <= 2
        if answer["next"] is None:
            break
        office.registered()
        query["cursor"] = answer["next"]
    assert seen == made[::-1]
    assert complaints_then.__module__ == "api.registers_then"


def test_overdue_is_asked_of_the_moment(office: Office):
    case = office.registered()
    then = z(office.clock.now)
    office.clock.later(days=30)
    office.caught_up()
    assert listed(office, overdue="true") == [case]
    assert listed(office, overdue="true", as_of=then) == []
    assert listed(office, overdue="false", as_of=then) == [case]


# ------------------------------------------------------------------ points


def test_an_account_its_statement_and_a_replay_have_both_clocks(office: Office):
    office.done("points/accounts", {"holder": "resident", "kind": "resident"}, "gridworker")
    told = {"account": "acct-resident", "activity": "mediation", "quantity": 1, "occurred_on": "2026-11-18"}
    claim = office.done("points/claims", told, "resident")["id"]
    filed = office.clock.now
    office.clock.later(hours=2)
    verified = office.clock.now
    office.clock.later(days=1)
    office.done(f"points/claims/{claim}/verify", {"occurred_at": z(verified)}, "gridworker")
    office.clock.later(days=1)
    after = z(verified + timedelta(hours=1))
    both = {"as_of": after, "known_at": after}

    def ask(path: str, **query: Any) -> dict[str, Any]:
        answer = office.get(path, "gridworker", params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    account = "points/accounts/acct-resident"
    paid = ask(account)["balance"]
    assert paid > 0
    assert ask(account, as_of=after)["balance"] == paid
    assert ask(account, **both)["balance"] == 0
    assert ask(f"{account}/statement", month="2026-11", as_of=after)["closing"] == paid
    assert ask(f"{account}/statement", month="2026-11", **both)["entries"] == []
    steps = {
        name: len(ask(f"points/claims/{claim}/replay", **query)["items"])
        for name, query in {"now": {}, "happened": {"as_of": after}, "known": both}.items()
    }
    assert steps["known"] < steps["happened"] == steps["now"]
    assert ask(f"{account}/replay", **both)["items"]
    early = {"as_of": z(filed - DAY)}
    for path in (account, f"{account}/replay", f"points/claims/{claim}/replay"):
        assert office.get(path, "gridworker", params=early).status_code == 404, path
    month = {"month": "2026-11"} | early
    assert office.get(f"{account}/statement", "gridworker", params=month).status_code == 404
