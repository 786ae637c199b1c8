"""Attendance lists over HTTP: kept, confirmed by another, paid by reaction exactly once, put right later."""

import pytest

from api.demo_users import USERS
from api.following import REACTIONS
from api.points.duties import points_due
from api.points.subjects import Points
from engine.log import micros
from tests.api.points.conftest import MINE, Desk
from tests.api.points.test_following import reacted

GRID = "demo/north/sl/grid-01"
NEIGHBOUR = "acct-resident2"


@pytest.fixture
def march(desk: Desk) -> Desk:
    desk.opened("resident2", place=GRID)
    desk.until("2025-03-10")
    return desk


def opened(desk: Desk, activity: str = "health-lecture", who: str = "gridworker", **more: object) -> str:
    body = {"activity": activity, "occurred_on": "2025-03-09", "place": GRID, **more}
    return str(desk.done("points/attendance", body, who)["id"])


def attended(desk: Desk, *accounts: str) -> str:
    id = opened(desk)
    desk.done(f"points/attendance/{id}/present", {"accounts": list(accounts)}, "gridworker")
    return id


def told_again(desk: Desk) -> int:
    """React to the whole log from its beginning; how many lines that added."""
    head = desk.engine.log.head()
    desk.engine.log.set_setting(REACTIONS[0].setting, None)
    reacted(desk)
    return desk.engine.log.head() - head


def test_everybody_on_a_confirmed_list_is_paid_exactly_once(march: Desk):
    id = attended(march, MINE, NEIGHBOUR)
    reacted(march)
    assert march.account()["balance"] == 0
    march.done(f"points/attendance/{id}/confirm", {}, "dispatcher")
    reacted(march)
    assert march.account()["balance"] == march.account(NEIGHBOUR)["balance"] == 3
    assert told_again(march) == 0
    (entry,) = march.get(f"points/accounts/{MINE}/statement?month=2025-03", "resident").json()["entries"]
    assert (entry["activity"], entry["cause"], entry["on"]) == ("health-lecture", id, "2025-03-09")


def test_who_is_taken_off_later_loses_the_points_and_only_he(march: Desk):
    id = attended(march, MINE, NEIGHBOUR)
    march.done(f"points/attendance/{id}/confirm", {}, "dispatcher")
    reacted(march)
    off = {"account": MINE, "reason": "那天在外地"}
    answer = march.done(f"points/attendance/{id}/absent", off, "dispatcher")
    assert answer["present"] == 1 and "那天在外地" in answer["facts"][0]["sentence"]
    reacted(march)
    assert (march.account()["balance"], march.account(NEIGHBOUR)["balance"]) == (0, 3)
    assert told_again(march) == 0
    entries = march.get(f"points/accounts/{MINE}/statement?month=2025-03", "resident").json()["entries"]
    assert [each["points"] for each in entries] == [3, -3]
    march.done(f"points/attendance/{id}/cancel", {"reason": "名单有误"}, "dispatcher")
    reacted(march)
    assert march.account(NEIGHBOUR)["balance"] == 0
    assert told_again(march) == 0


def test_the_keeper_and_who_stands_on_it_do_not_confirm(march: Desk):
    id = attended(march, MINE)
    own = march.post(f"points/attendance/{id}/confirm", {}, "gridworker")
    assert (own.status_code, own.json()["rule"]) == (409, "attendance.confirmed-by-party")
    assert "不能核对" in own.json()["detail"]
    told = march.get(f"points/attendance/{id}", "gridworker").json()
    assert "confirm" not in told["allowed"] and "present" in told["allowed"]
    assert "confirm" in march.get(f"points/attendance/{id}", "dispatcher").json()["allowed"]
    hours = march.post(
        "points/attendance",
        {"activity": "clean-up", "occurred_on": "2025-03-09", "place": GRID},
        "gridworker",
    )
    assert (hours.status_code, hours.json()["rule"]) == (409, "attendance.hours-asked")


def test_a_list_is_seen_by_place_and_a_resident_sees_himself(march: Desk):
    id = attended(march, MINE, NEIGHBOUR)
    full = march.get(f"points/attendance/{id}", "dispatcher").json()
    assert [each["account"] for each in full["people"]] == [MINE, NEIGHBOUR]
    mine = march.get(f"points/attendance/{id}", "resident").json()
    assert [each["account"] for each in mine["people"]] == [MINE] and mine["present"] == 2
    assert march.get(f"points/attendance/{id}", "heating").status_code == 404
    march.caught_up()
    ids = {
        who: [each["id"] for each in march.get("points/attendance?state=taking", who).json()["items"]]
        for who in ("dispatcher", "gridworker", "resident", "property")
    }
    assert ids == {"dispatcher": [id], "gridworker": [id], "resident": [id], "property": []}
    outside = {"activity": "health-lecture", "occurred_on": "2025-03-09", "place": "demo/north"}
    refused = march.post("points/attendance", outside, "gridworker").json()
    assert refused["rule"] == "attendance.outside-scope"


def test_what_waits_for_a_second_person_is_among_his_duties(march: Desk):
    id = attended(march, MINE)
    march.caught_up()

    def waiting(who: str) -> list[str]:
        due = points_due(
            march.engine, Points(march.engine), USERS[who].actor, micros(march.clock.now), "zh-CN", 50
        )
        return [each["link"] for each in due if each["kind"] == "attendance"]

    assert waiting("gridworker") == []
    assert waiting("dispatcher") == [f"/api/v1/points/attendance/{id}"]


def test_a_dry_run_and_a_repeated_order_record_nothing_more(march: Desk):
    id = attended(march, MINE)
    head = march.engine.log.head()
    foreseen = march.post(f"points/attendance/{id}/confirm?dry_run=true", {}, "dispatcher").json()
    assert "核对名单属实" in foreseen["consequences"][0] and march.engine.log.head() == head
    key = {"headers": {"Idempotency-Key": "k-list"}}
    body = {"activity": "health-lecture", "occurred_on": "2025-03-09", "place": GRID}
    ids = {march.post("points/attendance", body, "gridworker", **key).json()["id"] for _ in range(3)}
    assert len(ids) == 1 and march.engine.log.head() == head + 1
    nobody = march.post(f"points/attendance/{id}/present", {"accounts": ["acct-nobody"]}, "gridworker")
    assert nobody.status_code == 404
