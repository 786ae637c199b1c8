"""The panel over HTTP: reviews, disclosures, rankings, honours; rules, cards, and what-if over many."""

import time
from typing import Any

from tests.api.points.conftest import COMMUNITY, MINE, Desk


def spring(desk: Desk) -> None:
    """Deeds and an order in March; it is April."""
    desk.until("2025-03-10")
    for _ in range(2):
        desk.credited("mediation")
    order = desk.ordered(("flour", 1))
    desk.done(f"points/redemptions/{order}/fulfil", {"partner": "property-co"}, "gridworker")
    other = desk.opened("hh-0042", kind="household")
    desk.claim(desk.filed("patrol", who="gridworker", account=other), "verify", {}, "gridworker2")
    desk.until("2025-04-02")


def test_a_month_is_reviewed_by_enough_members(desk: Desk):
    desk.until("2025-03-10")
    running = desk.post("panel/reviews", {"month": "2025-03"}, "panel")
    assert (running.status_code, running.json()["rule"]) == (409, "panel.period-running")
    spring(desk)
    opened = desk.done("panel/reviews", {"month": "2025-03"}, "panel")
    assert (opened["state"], opened["entries"], opened["credited"]) == ("open", 4, 35)
    assert (opened["redeemed"], opened["reversed"], len(opened["sample"])) == (20, 0, 4)
    finding = {"text": "第 1 笔缺照片", "entry": opened["sample"][0]}
    noted = desk.done("panel/reviews/2025-03/findings", finding, "panel2")
    assert noted["findings"] == ["2025-03-1"] and noted["noted"][0]["text"] == "第 1 笔缺照片"
    assert desk.done("panel/reviews/2025-03/sign", {}, "panel")["state"] == "open"
    signed = desk.done("panel/reviews/2025-03/sign", {}, "panel2")
    assert (signed["state"], signed["signed_by"]) == ("reviewed", ["panel", "panel2"])
    desk.caught_up()
    told = desk.get("panel/reviews/2025-03", "street").json()
    assert {row["entry"] for row in told["drawn"]} == set(opened["sample"])
    flour = next(row for row in told["stock"] if row["item"] == "flour")
    assert (flour["opening"], flour["issued"], flour["closing"]) == (50, 1, 49)
    assert [row["month"] for row in desk.get("panel/reviews", "panel").json()["items"]] == ["2025-03"]
    assert desk.get("panel/reviews", "resident").status_code == 403
    assert desk.post("panel/reviews/2025-03/sign", {}, "street").status_code == 403


def test_a_ranking_is_frozen_and_honoured_once_the_period_is_over(desk: Desk):
    spring(desk)
    desk.caught_up()
    running = desk.get("points/rankings?period=2025-03", "resident").json()
    assert [(row["rank"], row["account"], row["points"]) for row in running["items"]] == [
        (1, MINE, 30),
        (2, "acct-hh-0042", 5),
    ]
    assert not running["frozen"] and running["place"] == COMMUNITY
    desk.done("panel/rankings", {"period": "2025-03"}, "panel")
    honour = desk.done("panel/honours", {"account": MINE, "period": "2025-03"}, "panel")
    assert honour["state"] == "granted" and "社区之星" in honour["title"]
    nobody = desk.post("panel/honours", {"account": "acct-nobody", "period": "2025-03"}, "panel")
    assert nobody.json()["rule"] == "panel.not-ranked"
    frozen = desk.get("points/rankings?period=2025-03", "resident").json()
    assert frozen["frozen"] and frozen["items"][0]["honour"] == honour["honour"]
    desk.done(f"panel/honours/{honour['honour']}/revoke", {"reason": "裁决认定虚报"}, "panel")
    (listed,) = desk.get("panel/honours", "resident").json()["items"]
    assert (listed["state"], listed["reason"]) == ("revoked", "裁决认定虚报")


def test_a_half_year_is_made_public(desk: Desk):
    spring(desk)
    early = desk.post("panel/disclosures", {"half_year": "2025-H1"}, "panel")
    assert early.json()["rule"] == "panel.period-running"
    desk.until("2025-07-01")
    desk.done("panel/disclosures", {"half_year": "2025-H1"}, "panel")
    desk.caught_up()
    (public,) = desk.get("panel/disclosures", "").json()["items"]
    assert (public["half_year"], public["redemptions"], public["points"]) == ("2025-H1", 1, 20)
    assert "published_by" not in public and public["reviews"] == []


def test_a_half_year_tells_how_much_each_months_review_found_and_nobodys_name(desk: Desk):
    spring(desk)
    opened = desk.done("panel/reviews", {"month": "2025-03"}, "panel")
    finding = {"text": "第 1 笔缺照片", "entry": opened["sample"][0]}
    desk.done("panel/reviews/2025-03/findings", finding, "panel2")
    for member in ("panel", "panel2"):
        desk.done("panel/reviews/2025-03/sign", {}, member)
    desk.until("2025-07-01")
    desk.done("panel/disclosures", {"half_year": "2025-H1"}, "panel")
    desk.caught_up()
    answer = desk.get("panel/disclosures", "")
    (public,) = answer.json()["items"]
    (march,) = public["reviews"]
    assert (march["month"], march["state"], march["findings"], march["signatures"]) == (
        "2025-03", "reviewed", 1, 2,
    )  # fmt: skip
    assert "缺照片" not in answer.text and "acct-" not in answer.text


def test_partners_are_settled_by_item(desk: Desk):
    spring(desk)
    desk.caught_up()
    told = desk.get("points/settlement?month=2025-03", "property").json()
    assert told["items"] == [
        {"partner": "property-co", "item": "flour", "price": 20, "points": 20, "quantity": 1}
    ]
    assert desk.get("points/settlement?month=2025-03", "heating").json()["items"] == []


def result(desk: Desk, answer: Any, who: str) -> Any:
    assert answer.status_code == 202, answer.text
    ends = time.monotonic() + 60
    while True:
        told = desk.get(answer.headers["location"], who).json()
        if told["state"] != "running" or time.monotonic() > ends:
            assert told["state"] == "done", told
            assert told["done"] == told["of"]
            return told["result"]
        time.sleep(0.02)


def test_another_tariff_over_all_accounts_is_a_job_whose_parts_add_up(desk: Desk):
    spring(desk)
    desk.caught_up()
    head, body = desk.engine.log.head(), {"tariff": "2025-0"}
    told = result(desk, desk.post("points/what-if", body, "dispatcher"), "dispatcher")
    by = {each["account"]: each for each in told["accounts"]}
    assert (by[MINE]["actual"], by[MINE]["under"]) == (30, 20)
    assert by["acct-hh-0042"]["difference"] == 0
    assert told["total_difference"] == sum(each["difference"] for each in told["accounts"]) == -10
    both = {"accounts": [MINE, "acct-hh-0042"], "from": "2025-03-01", "to": "2025-03-31"}
    again = desk.post("rule-books/tariffs/2025-0/what-if", both, "dispatcher")
    asked = result(desk, again, "dispatcher")
    assert asked["total_difference"] == told["total_difference"]
    assert {each["account"]: each for each in asked["accounts"]} == by
    assert desk.get(again.headers["location"], "resident").status_code == 404
    own = desk.done("points/what-if", {"tariff": "2025-0", "account": MINE, "from": "2025-04-01"}, "resident")
    assert own["total_difference"] == 0
    assert desk.post("points/what-if", body | both, "resident").status_code == 404
    assert desk.engine.log.head() == head and desk.account()["balance"] == 10


def test_a_temporary_cards_points_go_on_only_where_the_rules_say_so(desk: Desk):
    desk.until("2025-03-10")
    card = desk.opened("flat-12-guest", kind="temporary")
    desk.claim(desk.filed("patrol", who="gridworker", account=card), "verify", {}, "gridworker2")
    next_card = desk.opened("flat-12", kind="household")
    move = {"to": next_card, "reason": "租户搬走"}
    off = desk.post(f"points/accounts/{card}/transfer", move, "dispatcher")
    assert off.json()["rule"] == "account.card-transfer-off"
    rules = {"version": "2025-2", "content": {"card_transfer": True, "rankings": {}}}
    desk.done("rule-books/supervision", rules, "street")
    desk.done("rule-books/supervision/2025-2/adopt", {"effective_from": desk.today}, "street")
    key = {"headers": {"Idempotency-Key": "move-1"}}
    moved = desk.done(f"points/accounts/{card}/transfer", move, "dispatcher", **key)
    again = desk.done(f"points/accounts/{card}/transfer", move, "dispatcher", **key)
    assert again["repeated"] and again["position"] == moved["position"]
    empty = desk.post(f"points/accounts/{card}/transfer", move, "dispatcher")
    assert empty.json()["rule"] == "account.nothing-to-transfer"
    assert (desk.account(card)["balance"], desk.account(next_card)["balance"]) == (0, 5)


def test_a_tariff_is_proposed_and_adopted_with_its_resolution_and_never_backwards(desk: Desk):
    desk.until("2025-03-10")
    content = {
        "lines": [{"activity": "mediation", "zh": "调解", "en": "Mediation", "points": 20, "basis": "case"}]
    }
    proposed = desk.post("points/tariffs", {"version": "2025-2", "content": content}, "street")
    assert proposed.status_code == 201
    resolution = {
        "held_on": "2025-03-08", "eligible": 960, "present": 500, "in_favour": 420, "minutes": "议事厅",
    }  # fmt: skip
    past = {"effective_from": "2025-03-01", "resolution": resolution}
    assert (
        desk.post("rule-books/tariffs/2025-2/adopt", past, "street").json()["rule"] == "rule-book.retroactive"
    )
    desk.done(
        "rule-books/tariffs/2025-2/adopt", {"effective_from": desk.today, "resolution": resolution}, "street"
    )
    versions = desk.get("points/tariffs", "resident").json()["items"]
    assert versions[0]["version"] == "2025-2" and versions[0]["resolution"] == resolution
    desk.credited("mediation", on="2025-03-09")
    desk.credited("mediation", on="2025-03-10")
    assert desk.account()["balance"] == 15 + 20
    bad = {"version": "2025-3", "content": {"lines": [content["lines"][0] | {"points": -5}]}}
    answer = desk.post("points/tariffs", bad, "street")
    assert (answer.status_code, answer.json()["code"]) == (422, "rule-book.bad-content")
