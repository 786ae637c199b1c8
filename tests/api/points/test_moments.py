"""A refusal that names a moment names it where people live, in both languages."""

from typing import Any

import pytest

from tests.api.points.conftest import Desk


@pytest.fixture
def ruled(desk: Desk) -> str:
    """A claim ruled on at 09:00 local time on 10 March."""
    desk.until("2025-03-10")
    claim = desk.credited("shopping-for-elder", 3)
    desk.claim(claim, "dispute", {"grounds": "只有一次"}, "dispatcher")
    minute = {"proven_quantity": 1, "reasons": "一次", "votes": {"panel2": "agree"}}
    desk.claim(claim, "rule", minute)
    return claim


def both(desk: Desk, path: str, body: Any, who: str) -> tuple[str, str, str]:
    """The rule that refuses, and its sentence in Chinese and in English."""
    answers = [desk.post(f"{path}?lang={lang}", body, who).json() for lang in ("zh", "en")]
    return answers[0]["rule"], answers[0]["detail"], answers[1]["detail"]


def test_the_end_of_an_appeal_is_told_in_local_time(desk: Desk, ruled: str):
    desk.until("2025-04-01")
    rule, zh, en = both(desk, f"points/claims/{ruled}/appeal", {"grounds": "晚了"}, "resident")
    assert rule == "claim.appeal-too-late"
    assert "2025-03-25 09:00" in zh and "UTC" not in zh
    assert "2025-03-25 09:00 (+08:00)" in en and "+00:00" not in en


def test_the_end_of_an_objection_is_told_in_local_time(desk: Desk, ruled: str):
    desk.until("2025-03-20")
    body = {"text": "我投的是反对"}
    rule, zh, en = both(desk, f"points/claims/{ruled}/vote-objection", body, "panel2")
    assert rule == "claim.objection-too-late"
    assert "2025-03-13 09:00" in zh and "2025-03-13 09:00 (+08:00)" in en


def test_the_end_of_a_dispute_and_of_a_suspension_are_local_midnights(desk: Desk, ruled: str):
    body = {"account": "acct-resident", "items": [{"item": "salt", "quantity": 1}]}
    rule, zh, en = both(desk, "points/redemptions", body, "resident")
    assert rule == "account.redemption-suspended"
    assert "2025-09-10" in zh and "2025-09-10" in en
    claim = desk.credited("mediation")
    desk.until("2026-03-12")
    rule, zh, en = both(desk, f"points/claims/{claim}/dispute", {"grounds": "太久"}, "dispatcher")
    assert rule == "claim.dispute-too-late"
    assert "2026-03-11 00:00" in zh and "2026-03-11 00:00 (+08:00)" in en


def test_a_step_before_the_one_before_it_is_told_in_local_time(desk: Desk):
    desk.until("2025-03-10")
    claim = desk.filed("mediation")
    early = {"occurred_at": "2025-03-09T16:30:05Z"}
    rule, zh, en = both(desk, f"points/claims/{claim}/verify", early, "gridworker")
    assert rule == "moment.out-of-order"
    assert "2025-03-10 00:30:05" in zh and "2025-03-10 09:00" in zh
    assert "2025-03-10 00:30:05 (+08:00)" in en


def test_what_a_list_of_commands_says_of_moments_is_local_too(desk: Desk):
    desk.until("2025-03-10")
    complaint = desk.registered()
    desk.case(complaint, "dispatch", {"lead": "property-co"})
    desk.clock.later(days=20)
    desk.caught_up()
    found = desk.get(f"complaints/{complaint}?lang=en", "property").json()
    said = [no["reason"] + no["what_would_help"] for no in found["refused"]]
    assert not any("+00:00" in each for each in said)
    rule, zh, en = both(desk, f"complaints/{complaint}/decline", {"reason": "other"}, "property")
    assert rule == "decline.too-late", (rule, zh)
    assert "(+08:00)" in en and "UTC" not in zh
