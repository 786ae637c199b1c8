"""The sources' own cases, lived over HTTP by the demo's users, with invented names."""

from tests.api.points.conftest import MINE, Desk


def test_a_month_of_sixty_eight_points(desk: Desk):
    """68 = 20 (two mediations) + 15 (hazards) + 33 (activities) where mediation is worth 10; the published
    tariff pays mediation 15 and a hazard 10."""
    desk.until("2025-02-27")
    for day in ("2025-02-05", "2025-02-19"):
        desk.credited("mediation", on=day)
    desk.credited("hazard-report", on="2025-02-11")
    for activity, many in (("clean-up", 4), ("stairwell-cleaning", 2), ("health-lecture", 1)):
        desk.credited(activity, many, on="2025-02-20")
    told = desk.get(f"points/accounts/{MINE}/statement?month=2025-02", "resident").json()
    assert (told["opening"], told["closing"]) == (0, 68)
    by: dict[str, int] = {}
    for entry in told["entries"]:
        by[entry["activity"]] = by.get(entry["activity"], 0) + entry["points"]
    assert by["mediation"] == 20 and by["hazard-report"] == 15
    assert sum(by.values()) == 68 == sum(entry["points"] for entry in told["entries"])
    assert {entry["rule"]["version"] for entry in told["entries"]} == {"2025-0"}
    other = desk.done("points/what-if", {"tariff": "2025-1", "account": MINE}, "resident")
    assert other["total_difference"] == 2 * (15 - 10) + (10 - 15)
    (mine,) = other["accounts"]
    assert (mine["actual"], mine["under"], mine["difference"]) == (68, 73, 5)
    assert desk.account()["balance"] == 68


def test_a_basket_of_flour_and_detergent_for_twenty_five(desk: Desk):
    desk.until("2025-03-10")
    for _ in range(2):
        desk.credited("mediation")
    order = desk.ordered(("flour", 1), ("detergent", 1))
    asked = desk.get(f"points/redemptions/{order}", "resident").json()
    assert (asked["state"], asked["total"]) == ("requested", 25)
    assert [(line["item"], line["price"]) for line in asked["lines"]] == [("flour", 20), ("detergent", 5)]
    held = desk.account()
    assert (held["balance"], held["available"], held["held_redemption"]) == (30, 5, 25)
    assert desk.shelf("flour")["available"] == 49
    done = desk.done(f"points/redemptions/{order}/fulfil", {}, "gridworker")
    assert done["state"] == "fulfilled"
    spent = desk.account()
    assert (spent["balance"], spent["available"], spent["held"]) == (5, 5, 0)
    assert desk.shelf("flour")["on_hand"] == 49


def test_three_grocery_trips_claimed_one_proven(desk: Desk):
    desk.until("2025-03-10")
    for _ in range(2):
        desk.credited("mediation")
    claim = desk.credited("shopping-for-elder", 3, beneficiary="hh-0007")
    pending = desk.ordered(("flour", 1))
    desk.claim(claim, "dispute", {"grounds": "邻居说只代买过一次"}, "dispatcher")
    held = desk.account()
    assert (held["held_disputed"], held["held_redemption"], held["available"]) == (15, 20, 10)
    said = {"witness": "hh-0007", "text": "我只收到一次", "proven_quantity": 1}
    desk.claim(claim, "statement", said, "gridworker")
    desk.claim(claim, "recuse", {"reason": "亲戚"}, "panel3")
    minute = {"proven_quantity": 1, "reasons": "三次中能核实一次", "votes": {"panel2": "agree"}}
    ruled = desk.claim(claim, "rule", minute)
    assert ruled["state"] == "ruled"
    ruling = ruled["ruling"]
    assert (ruling["claimed_quantity"], ruling["proven_quantity"], ruling["reversed_points"]) == (3, 1, 10)
    assert ruling["votes"] == {"panel": "agree", "panel2": "agree"} and ruling["recused"] == ["panel3"]
    after = desk.account()
    assert (after["balance"], after["available"], after["held"]) == (35, 35, 0)
    assert after["credit_score"] == 90
    assert after["suspended_until"] == "2025-09-10T00:00:00+08:00"
    assert desk.get(f"points/redemptions/{pending}", "resident").json()["reason"] == "suspended"
    refused = desk.post(
        "points/redemptions", {"account": MINE, "items": [{"item": "salt", "quantity": 1}]}, "resident"
    )
    assert (refused.status_code, refused.json()["rule"]) == (409, "account.redemption-suspended")
    assert "2025-09-10 零点" in refused.json()["detail"]
    desk.credited("patrol")
    assert desk.account()["balance"] == 40

    desk.claim(claim, "appeal", {"grounds": "另两次有收据"}, "resident")
    same = desk.post(f"points/claims/{claim}/appeal-decision", {"outcome": "upheld", "reasons": "x"}, "panel")
    assert same.json()["rule"] == "claim.judge-voted"
    desk.claim(claim, "appeal-decision", {"outcome": "overturned", "reasons": "收据属实"}, "street")
    restored = desk.account()
    assert (restored["balance"], restored["credit_score"]) == (50, 100)
    fined, undone = restored["credit_entries"]
    assert (fined["change"], fined["after"], fined["cause"]) == (-10, 90, claim)
    assert (undone["change"], undone["after"], undone["undoes"]) == (10, 100, fined["entry"])
    assert restored["suspended_until"] is None
    desk.ordered(("salt", 1))


def test_ordering_is_possible_again_from_midnight_of_the_day_named(desk: Desk):
    desk.until("2025-08-31")
    desk.credited("mediation")
    claim = desk.credited("shopping-for-elder", 2)
    desk.claim(claim, "dispute", {"grounds": "没有看见"}, "panel3")
    minute = {"proven_quantity": 0, "reasons": "无法核实", "votes": {"panel2": "agree"}}
    desk.claim(claim, "rule", minute)
    assert desk.account()["suspended_until"].startswith("2026-02-28T00:00:00")
    body = {"account": MINE, "items": [{"item": "salt", "quantity": 1}]}
    desk.clock.now = desk.clock.now.fromisoformat("2026-02-27T23:59:59+08:00")
    assert desk.post("points/redemptions", body, "resident").status_code == 409
    desk.clock.now = desk.clock.now.fromisoformat("2026-02-28T00:00:00+08:00")
    assert desk.post("points/redemptions", body, "resident").status_code == 201


def test_the_replay_tells_it_step_by_step(desk: Desk):
    desk.until("2025-03-10")
    claim = desk.credited("shopping-for-elder", 3)
    desk.claim(claim, "dispute", {"grounds": "邻居说只代买过一次"}, "dispatcher")
    minute = {"proven_quantity": 1, "reasons": "能核实一次", "votes": {"panel2": "agree"}}
    desk.claim(claim, "rule", minute)
    steps = desk.get(f"points/claims/{claim}/replay", "resident").json()["items"]
    assert [step["step"] for step in steps] == list(range(1, len(steps) + 1))
    first = desk.get(f"points/claims/{claim}/replay?step=1", "resident").json()
    assert first["of"] == len(steps) and first["fact"] == "claim.filed"
    assert first["before"]["state"] == "unfiled" and first["after"]["state"] == "filed"
    assert first["rule"]["version"] == "2025-1"
    assert first["known"]
    assert first["receipt"] == f"/api/v1/audit/proofs/inclusion?position={first['position']}"
    assert {"claim.disputed", "points.held", "claim.ruled", "points.reversed"} <= {s["fact"] for s in steps}
    english = desk.get(f"points/claims/{claim}/replay?step=1&lang=en", "resident").json()
    assert english["sentence"] != first["sentence"]
    assert desk.get(f"points/claims/{claim}/replay?step=99", "resident").status_code == 404
