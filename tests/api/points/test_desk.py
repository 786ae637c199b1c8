"""What every command at the points desk promises: once per key, on the version seen, nothing on a dry run;
who may do what, and what nobody may say."""

import json
from datetime import timedelta
from typing import Any

import pytest

from api.demo_users import USERS
from api.points.sight import of_line
from api.points.subjects import Points
from tests.api.points.conftest import COMMUNITY, MINE, Desk

CLAIM = {"account": MINE, "activity": "mediation", "quantity": 1, "occurred_on": "2025-03-09"}
ORDER = {"account": MINE, "items": [{"item": "salt", "quantity": 1}]}


@pytest.fixture
def march(desk: Desk) -> Desk:
    desk.until("2025-03-10")
    return desk


def rule_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# ------------------------------------------------------------------ once, and on the version seen


def test_a_command_told_sixteen_times_is_recorded_once(march: Desk):
    key = {"headers": {"Idempotency-Key": "k-1"}}
    answers = [march.post("points/claims", CLAIM, "resident", **key) for _ in range(16)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.headers["location"] for answer in answers}) == 1
    claim = answers[0].json()["id"]
    verified = [march.post(f"points/claims/{claim}/verify", {}, "gridworker", **key) for _ in range(16)]
    assert {answer.status_code for answer in verified} == {200}
    assert {(answer.json()["version"], answer.json()["position"]) for answer in verified} == {
        (2, verified[0].json()["position"])
    }
    assert march.account()["balance"] == 15
    orders = [march.post("points/redemptions", ORDER, "resident", **key) for _ in range(16)]
    assert len({answer.json()["id"] for answer in orders}) == 1
    assert march.account()["held_redemption"] == 5
    other = march.post("points/redemptions", ORDER | {"beneficiary": "hh-1"}, "resident", **key)
    assert rule_of(other) == (409, "idempotency.reused")


def test_a_stale_version_is_refused_and_a_fresh_one_is_not(march: Desk):
    claim = march.credited("mediation")
    stale = march.post(
        f"points/claims/{claim}/dispute", {"grounds": "x"}, "panel", headers={"If-Match": '"1"'}
    )
    assert rule_of(stale) == (412, "version.stale")
    fresh = march.post(
        f"points/claims/{claim}/dispute", {"grounds": "x"}, "panel", headers={"If-Match": '"2"'}
    )
    assert fresh.status_code == 200 and fresh.headers["etag"] == '"3"'


def test_a_dry_run_says_what_would_follow_and_records_nothing(march: Desk):
    march.credited("mediation")
    head = march.engine.log.head()
    answer = march.post("points/redemptions?dry_run=true", ORDER, "resident").json()
    assert answer["dry_run"] and len(answer["consequences"]) == len(answer["facts"]) == 3
    assert {fact["stream"].partition("-")[0] for fact in answer["facts"]} == {"rdm", "acct", "stock"}
    dear = {"account": MINE, "items": [{"item": "housekeeping", "quantity": 1}]}
    refused = march.post("points/redemptions?dry_run=true", dear, "resident")
    assert rule_of(refused) == (409, "account.too-few-points")
    assert march.post("points/claims?dry_run=true", CLAIM, "resident").status_code == 200
    assert march.engine.log.head() == head


def test_lists_go_on_by_a_cursor_and_can_wait_for_a_position(march: Desk):
    for _ in range(5):
        claim = march.filed("patrol")
    done = march.claim(claim, "verify", {}, "gridworker")
    address = f"points/claims?limit=2&state=filed&min_position={done['position']}"
    seen: list[str] = []
    page = march.get(address, "gridworker").json()
    while True:
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        page = march.get(f"{address}&cursor={page['next']}", "gridworker").json()
    assert len(seen) == len(set(seen)) == 4 and claim not in seen
    assert rule_of(march.get("points/claims?cursor=zzz", "gridworker")) == (422, "cursor.unknown")


# ------------------------------------------------------------------ who may


def test_who_files_verifies_rules_and_hands_out(march: Desk):
    claim = march.filed("mediation", who="gridworker", note="代办")
    assert march.get(f"points/claims/{claim}", "resident").json()["on_behalf"] is True
    told = march.post(f"points/claims/{claim}/verify", {}, "gridworker")
    assert rule_of(told) == (409, "claim.verified-by-party")
    assert rule_of(march.post(f"points/claims/{claim}/verify", {}, "resident")) == (403, "actor.role")
    march.claim(claim, "verify", {}, "gridworker2")
    assert rule_of(march.post(f"points/claims/{claim}/dispute", {"grounds": "x"}, "resident")) == (
        409,
        "claim.disputed-by-holder",
    )
    march.claim(claim, "dispute", {"grounds": "没有这回事"}, "dispatcher")
    minute = {"proven_quantity": 0, "reasons": "x", "votes": {"panel2": "agree"}}
    assert rule_of(march.post(f"points/claims/{claim}/rule", minute, "dispatcher"))[0] == 403
    alone = {"proven_quantity": 0, "reasons": "x"}
    assert rule_of(march.post(f"points/claims/{claim}/rule", alone, "panel")) == (409, "claim.no-majority")
    march.claim(claim, "rule", minute)
    objected = march.claim(claim, "vote-objection", {"text": "我投的是反对"}, "panel2")
    assert [each["member"] for each in objected["objections"]] == ["panel2"]


def test_another_city_knows_of_nothing(march: Desk):
    claim = march.credited("mediation")
    order = march.ordered(("salt", 1))
    for path in (
        f"points/accounts/{MINE}", f"points/accounts/{MINE}/statement?month=2025-03",
        f"points/accounts/{MINE}/replay", f"points/claims/{claim}", f"points/claims/{claim}/replay",
        f"points/redemptions/{order}", "panel", "panel/reviews", "panel/honours",
        f"points/rankings?period=2025-03&grid={COMMUNITY}",
    ):  # fmt: skip
        assert march.get(path, "elsewhere").status_code == 404, path
    for path in ("points/accounts", "points/claims", "points/redemptions", "points/stock"):
        assert march.get(f"{path}", "elsewhere").json()["items"] == [], path
    for path, body in (
        (f"points/claims/{claim}/dispute", {"grounds": "x"}), (f"points/redemptions/{order}/cancel", {}),
        ("points/stock", {"item": "salt", "quantity": 1, "reason": "x"}), ("points/claims", CLAIM),
        ("points/redemptions", ORDER), ("points/what-if", {"tariff": "2025-0", "account": MINE}),
    ):  # fmt: skip
        assert march.post(path, body, "elsewhere").status_code == 404, path


def test_an_order_for_somebody_needs_his_consent_and_the_delivery_proven(march: Desk):
    march.credited("mediation")
    assert rule_of(march.post("points/redemptions", ORDER, "gridworker")) == (
        409,
        "redemption.consent-required",
    )
    photo = march.photo()
    proxy = {"proxy": {"person": "gridworker", "consent": photo}}
    order = march.done("points/redemptions", ORDER | proxy, "gridworker")["id"]
    handed = march.post(f"points/redemptions/{order}/fulfil", {}, "gridworker2")
    assert rule_of(handed) == (409, "redemption.delivery-required")
    march.done(f"points/redemptions/{order}/fulfil", {"delivery": photo}, "gridworker2")
    unknown = march.post(
        "points/redemptions", ORDER | {"proxy": {"person": "gridworker", "consent": "f" * 64}}, "gridworker"
    )
    assert rule_of(unknown) == (422, "evidence.unknown")


def test_an_order_may_be_cancelled_by_its_holder(march: Desk):
    march.credited("mediation")
    order = march.ordered(("salt", 3))
    assert march.shelf("salt")["available"] == 47
    assert march.done(f"points/redemptions/{order}/cancel", {}, "resident")["reason"] == "holder"
    assert march.account()["available"] == 15 and march.shelf("salt")["available"] == 50
    again = march.post(f"points/redemptions/{order}/cancel", {}, "resident")
    assert rule_of(again) == (409, "redemption.state")
    assert again.json()["what_would_help"]


def test_stock_is_received_counted_and_never_less_than_promised(march: Desk):
    march.credited("mediation")
    march.ordered(("salt", 2))
    gone = {"item": "salt", "quantity": -49, "reason": "受潮"}
    assert rule_of(march.post("points/stock", gone, "gridworker")) == (409, "stock.promised")
    counted = march.done(
        "points/stock/counts", {"item": "salt", "quantity": 40, "reason": "盘点"}, "gridworker"
    )
    assert (counted["on_hand"], counted["available"]) == (40, 38)
    march.done("points/stock/receipts", {"item": "salt", "quantity": 10, "reason": "捐赠"}, "gridworker")
    assert march.shelf("salt")["available"] == march.shelf("salt")["quantity"] == 48
    assert march.post("points/stock", gone | {"quantity": 0}, "gridworker").status_code == 422
    service = {"item": "housekeeping", "quantity": 1, "reason": "x"}
    assert march.post("points/stock", service, "gridworker").status_code == 409
    assert march.shelf("housekeeping")["available"] is None


# ------------------------------------------------------------------ what nobody may say


@pytest.mark.parametrize("quantity", ["true", '"5"', "5.0", "0", "-5", "1" + "0" * 30, "1001", "null"])
def test_a_quantity_is_a_whole_number_of_a_sane_size(march: Desk, quantity: str):
    head = march.engine.log.head()
    raw = json.dumps(CLAIM | {"quantity": 0}).replace('"quantity": 0', f'"quantity": {quantity}')
    plain = {"headers": {"Content-Type": "application/json"}, "content": raw}
    answer = march.call("POST", "points/claims", "resident", **plain)
    assert answer.status_code == 422, answer.text
    raw = json.dumps(ORDER).replace('"quantity": 1', f'"quantity": {quantity}')
    assert march.call("POST", "points/redemptions", "resident", **plain | {"content": raw}).status_code == 422
    assert march.engine.log.head() == head


def test_what_does_not_exist_or_may_not_be_is_refused_with_its_rule(march: Desk):
    march.credited("mediation")
    head = march.engine.log.head()
    asked: list[tuple[str, dict[str, Any], str, int, str]] = [
        ("points/claims", CLAIM | {"points": 99}, "resident", 422, "body.invalid"),
        ("points/claims", CLAIM | {"occurred_on": "2025-1-1"}, "resident", 422, "body.invalid"),
        ("points/claims", CLAIM | {"occurred_on": "2025-01-31"}, "resident", 409, "claim.before-account"),
        ("points/claims", CLAIM | {"occurred_on": "2025-03-11"}, "resident", 409, "claim.in-the-future"),
        ("points/claims", CLAIM | {"activity": "juggling"}, "resident", 409, "tariff.unknown-activity"),
        ("points/claims", CLAIM | {"evidence": ["../x"]}, "resident", 422, "evidence.unknown"),
        ("points/claims", CLAIM | {"account": "acct-nobody"}, "resident", 404, "not-found"),
        ("points/redemptions", ORDER | {"items": [{"item": "car"}]}, "resident", 409, "redemption.unpriced"),
        ("points/redemptions", ORDER | {"items": []}, "resident", 422, "body.invalid"),
        ("points/redemptions", ORDER | {"items": [{"item": "salt"}] * 2}, "resident", 422, "list.twice"),
        ("points/accounts", {"holder": "resident", "kind": "resident"}, "gridworker", 409, "account.state"),
        ("points/accounts", {"holder": "x y", "kind": "resident"}, "gridworker", 422, "body.invalid"),
        ("points/accounts", {"holder": "x"}, "resident", 403, "actor.role"),
        ("points/accounts", {"holder": "x", "place": "s"}, "gridworker", 409, "account.outside-scope"),
        ("points/what-if", {"tariff": "1999-9", "account": MINE}, "resident", 422, "tariff.unknown"),
        ("points/what-if", {"tariff": {"lines": []}}, "resident", 422, "rule-book.bad-content"),
    ]  # fmt: skip
    for path, body, who, status, code in asked:
        answer = march.post(path, body, who)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, body, answer.text)
        assert answer.headers["content-type"].startswith("application/problem+json")
        english = march.post(path, body, who, headers={"Accept-Language": "en"}).json()
        assert english["detail"] != answer.json()["detail"]
    for path in (f"points/accounts/{MINE}/statement?month=2025-13", "points/rankings?period=lately"):
        assert march.get(path, "resident").status_code == 422
    assert march.engine.log.head() == head


# ------------------------------------------------------------------ what waits, and what is told live


def test_what_waits_for_whom(march: Desk):
    claim = march.filed("mediation")

    def duties(who: str) -> list[tuple[str, str]]:
        march.caught_up()
        items = march.get("duties", who).json()["items"]
        return [(each["kind"], each["link"].rpartition("/")[2]) for each in items]

    assert duties("gridworker2") == [("claim", claim)]
    march.claim(claim, "verify", {}, "gridworker2")
    order = march.ordered(("salt", 1))
    assert duties("gridworker") == [("redemption", order)]
    march.claim(claim, "dispute", {"grounds": "x"}, "dispatcher")
    assert duties("panel") == [("dispute", claim)]
    minute = {"proven_quantity": 1, "reasons": "x", "votes": {"panel2": "agree"}}
    march.claim(claim, "rule", minute)
    march.claim(claim, "appeal", {"grounds": "x"}, "resident")
    assert (duties("panel"), duties("street")) == ([], [("appeal", claim)])
    assert duties("elsewhere") == []


def test_a_price_that_is_reached_is_news_until_he_orders(march: Desk):
    def news(lang: str = "zh-CN") -> list[tuple[str, list[str]]]:
        march.caught_up()
        answer = march.get("duties", "resident", headers={"Accept-Language": lang}).json()["items"]
        told = [each for each in answer if each["kind"] == "price_reached"]
        return [(each["why"], [one["item"] for one in each["items"]]) for each in told]

    assert news() == []
    march.credited("mediation")  # 15 points: salt and soap for 5, a check of the blood pressure for 10
    ((why, items),) = news()
    assert why.startswith("积分够换了：") and {"salt", "soap"} <= set(items) and "flour" not in items
    assert news("en")[0][0].startswith("Your points now buy: ")
    assert "积分够换了" in march.get("/my/points", "resident").text
    march.clock.now += timedelta(days=31)
    assert news() == [] and "积分够换了" not in march.get("/my/points", "resident").text
    march.credited("mediation", on="2025-04-10")
    assert "flour" in news()[0][1]
    march.ordered(("flour", 1))
    assert news() == []


def test_the_stream_tells_of_points_only_those_who_may_know(march: Desk):
    march.credited("mediation")
    lines = [line for line in march.engine.log.read(0) if line.stream.startswith(("acct-", "clm-"))]
    stage = march.engine.desk.stage()
    for who, known in (("resident", True), ("gridworker", True), ("elsewhere", False), ("heating", False)):
        actor = USERS[who].actor
        seen = {of_line(Points(march.engine), actor, stage.organisation, line) for line in lines}
        assert seen == {known}, who
