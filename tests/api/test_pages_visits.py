"""The pages of visit rounds: a round opened and planned, a member's day in the order one walks, the door a
page at a time, what a need became, slots, the figures with their bases."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages.visits.visit_desk import natural
from tests.api.conftest import GRID, Clock, Office, opened

HOMES = {"A-1": "柳园 3号楼1单元302", "A-2": "柳园 12号楼1单元101", "A-3": "柳园 3号楼1单元1101"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    clock = Clock()
    engine = opened(tmp_path_factory.mktemp("visit-pages") / "store", clock)
    engine.start()
    office = Office(TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)), engine, clock)
    for id, address in HOMES.items():
        home = {
            "id": id,
            "grid": GRID,
            "compound": "柳园",
            "address": address,
            "people": 3,
            "kind": "resident",
        }
        office.done("households", home, "gridworker")
    office.caught_up()
    yield office
    engine.close()


def page(office: Office, path: str, who: str = "gridworker") -> str:
    office.caught_up()
    office.http.cookies.clear()  # a language chosen before is kept there
    answer = office.get(path, who, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    assert len(answer.content) < 100_000
    return str(answer.text)


def sent(office: Office, path: str, who: str = "gridworker", **typed: str) -> Any:
    office.http.cookies.clear()
    return office.call("POST", path, who, data=typed, follow_redirects=False)


def heading(text: str) -> str:
    (found,) = re.findall(r"<h1>(.*?)</h1>", text)
    return str(found)


@pytest.fixture
def round(office: Office) -> str:
    """A round of its own, opened from the form, with its day planned."""
    typed = {"name": "走千家", "grid": GRID, "from": "2026-11-01", "to": "2026-12-15"}
    made = sent(office, "/visits/new", **typed)
    assert made.status_code == 303, made.text
    id = re.findall(r"round-[0-9a-z-]+", made.headers["location"])[0]
    planned = sent(office, f"/visits/{id}/plan", day="2026-11-18")
    assert planned.status_code == 303, planned.text
    return str(id)


def door(round: str, home: str = "A-1") -> str:
    return f"/visits/{round}/households/{home}/door"


def told(office: Office, round: str, home: str = "A-1", **typed: str) -> Any:
    whole = {"outcome": "opened", "window": "day", "mode": "in_person", "people_met": "2", "go": "record"}
    return sent(office, door(round, home), **(whole | typed))


def attempts(office: Office, round: str, home: str = "A-1") -> list[dict[str, Any]]:
    office.caught_up()
    answer = office.get(f"visits/rounds/{round}/households/{home}", "gridworker").json()
    return list(answer["attempts_made"])


# ------------------------------------------------------------------ the day


def test_numbers_in_an_address_go_by_their_size():
    doors = ["12号楼101", "3号楼1101", "3号楼302", "附楼"]
    assert sorted(doors, key=natural) == ["3号楼302", "3号楼1101", "12号楼101", "附楼"]


def test_a_members_day_goes_from_door_to_door_and_booked_ones_come_first(office: Office, round: str):
    shown = page(office, f"/visits/{round}/day")
    places = [shown.index(HOMES[id]) for id in ("A-1", "A-3", "A-2")]
    assert places == sorted(places) and "今天还有 3 户" in heading(shown)
    booked = sent(
        office, f"/visits/{round}/households/A-2/book", household="A-2", day="2026-11-18", window="day",
        mode="in_person", note="先打电话",
    )  # fmt: skip
    assert booked.status_code == 303
    assert sent(office, f"/visits/{round}/plan", day="2026-11-18").status_code == 303
    shown = page(office, f"/visits/{round}/day")
    assert shown.index(HOMES["A-2"]) < shown.index(HOMES["A-1"])
    assert "约好白天" in shown and "先打电话" in shown
    assert f"/visits/{round}/day" in page(office, "/day")


def test_the_dispatcher_sees_everybodys_day_and_the_door_is_the_members(office: Office, round: str):
    shown = page(office, f"/visits/{round}/day", "dispatcher")
    assert "worker=gridworker" in shown and "1 位网格员走 3 户" in heading(shown)
    his = page(office, f"/visits/{round}/day?worker=gridworker", "dispatcher")
    assert HOMES["A-1"] in his and "/door" not in his
    assert office.get(door(round), "dispatcher").status_code == 403
    assert "还没有排走访" in heading(page(office, f"/visits/{round}/day?day=2026-11-30", "dispatcher"))


def test_planned_for_a_day_outside_the_round_it_says_so(office: Office, round: str):
    no = sent(office, f"/visits/{round}/plan", "dispatcher", day="2027-01-10")
    assert no.status_code == 422 and "visit.outside-days" in no.text


# ------------------------------------------------------------------ the door


def test_a_photograph_and_more_people_than_registered(office: Office, round: str):
    photo = office.photo()
    assert told(office, round, "A-3", people_met="7", photos=photo).status_code == 303
    (tried,) = attempts(office, round, "A-3")
    assert tried["photos"] == [photo]
    shown = page(office, f"/visits/{round}/households/A-3")
    for part in (f"/evidence/{photo}", "见到 7 人，登记", "/households/A-3/do/recount"):
        assert part in shown, part
    assert HOMES["A-3"] in page(office, f"/visits/{round}?status=more_met")
    assert "核对登记人数：" in page(office, "/day")


def test_the_door_asks_for_the_outcome_first_and_for_people_only_where_it_opened(office: Office, round: str):
    first = page(office, door(round))
    assert all(f"outcome={code}" in first for code in ("opened", "no_answer", "refused", "moved"))
    shut = page(office, f"{door(round)}?outcome=no_answer")
    assert "people_met" not in shut and "needs[0]" not in shut and 'value="day" checked' in shut
    met = page(office, f"{door(round)}?outcome=opened")
    assert "people_met" in met and "这户登记 3 人" in met


def test_what_was_typed_goes_on_and_nothing_is_recorded_before_the_last_page(office: Office, round: str):
    first = told(office, round, people_met="", go="on")
    assert first.status_code == 422 and "有误" in first.text and "请填写：见到几个人" in first.text
    on = told(office, round, go="on", **{"team[0].name": "孟祥云", "team[0].capacity": "老党员"})
    assert on.status_code == 200 and 'name="people_met" value="2"' in on.text and "孟祥云" in on.text
    more = told(office, round, go="more", **{"needs[0].category": "heating", "needs[0].text": "冷"})
    assert "needs[1].text" in more.text and "needs[2].text" not in more.text and ">冷</textarea>" in more.text
    assert attempts(office, round) == []


def test_needs_become_cases_whose_numbers_are_told_and_lead_back(office: Office, round: str):
    made = told(
        office, round, note="愿意加群", key="a" * 32,
        **{
            "needs[0].category": "heating", "needs[0].text": "客厅只有 15℃", "needs[0].itself": "true",
            "needs[1].category": "property", "needs[1].text": "门禁坏了",
            "team[0].name": "孟祥云", "team[0].capacity": "老党员",
            "readings[0].quantity": "room_temperature",
            "readings[0].unit": "°C", "readings[0].value": "15",
        },
    )  # fmt: skip
    assert made.status_code == 303, made.text
    shown = page(office, made.headers["location"])
    (one,) = attempts(office, round)
    assert "登记成 2 件工单" in shown and len(one["complaints"]) == 2
    assert (
        one["team"][0]["name"] == "孟祥云" and one["readings"][0]["value"] == 15 and one["note"] == "愿意加群"
    )
    first, second = (office.get(f"complaints/{id}").json() for id in one["complaints"])
    assert (first["origin"], second["origin"]) == ("reactive", "proactive")
    assert first["number"] in shown and second["number"] in shown
    assert f"/visits/{round}/households/A-1" in page(office, f"/complaints/{first['id']}")
    assert f"/visits/{round}/households/A-1" in page(office, "/households/A-1")
    assert "下一户" in shown and HOMES["A-3"] in shown and f"{door(round, 'A-3')}" in shown
    assert "今天还有 2 户" in heading(page(office, f"/visits/{round}/day"))


def test_a_double_tap_records_once(office: Office, round: str):
    typed = {"key": "b" * 32, "since": "1763429000", "needs[0].category": "heating", "needs[0].text": "冷"}
    first, again = told(office, round, **typed), told(office, round, **typed)
    assert first.status_code == again.status_code == 303
    (one,) = attempts(office, round)
    assert len(one["complaints"]) == 1


def test_half_a_need_is_named_and_records_nothing(office: Office, round: str):
    half = told(office, round, **{"needs[0].category": "heating", "needs[0].text": ""})
    assert half.status_code == 422 and "请填写：第 1 件：什么事" in half.text
    strange = told(office, round, people_met="2000")
    assert strange.status_code == 422 and "f-people_met" in strange.text
    assert attempts(office, round) == []


def test_the_time_is_taken_by_the_pages_unless_it_was_typed(office: Office, round: str):
    began = int(office.engine.clock().timestamp()) - 600
    assert told(office, round, since=str(began)).status_code == 303
    assert told(office, round, "A-2", since=str(began), minutes="25").status_code == 303
    assert told(office, round, "A-3", since=str(began - 90_000)).status_code == 303
    assert [attempts(office, round, id)[0]["minutes"] for id in HOMES] == [10, 25, None]


def test_nobody_home_comes_back_in_another_window(office: Office, round: str):
    made = told(office, round, outcome="no_answer", people_met="")
    shown = page(office, made.headers["location"])
    assert "还没进门" in heading(shown) and "下次换晚上去" in shown
    assert attempts(office, round)[0]["minutes"] is None


# ------------------------------------------------------------------ the round


def test_a_round_shows_three_figures_each_with_its_base_and_who_is_left(office: Office, round: str):
    told(office, round)
    told(office, round, "A-2", outcome="no_answer", people_met="")
    shown = page(office, f"/visits/{round}")
    assert "3 户里走到 1 户" in heading(shown)
    for rate in ("50.0<small>%", "33.3<small>%", "22.2<small>%"):
        assert rate in shown
    whole = office.get(f"visits/coverage?round={round}").json()
    assert whole.pop("by_grid") and office.get(f"visits/rounds/{round}").json()["coverage"] == whole
    assert HOMES["A-1"] not in shown and HOMES["A-2"] in shown and "去过 1 次" in shown
    assert HOMES["A-1"] in page(office, f"/visits/{round}?status=reached")
    assert "没有这样的住户" in page(office, f"/visits/{round}?window=evening")
    assert "无人应门" in page(office, f"/visits/{round}/attempts?outcome=no_answer")
    assert "reached 1 of 3" in heading(page(office, f"/visits/{round}?lang=en"))


def test_who_counts_only_sees_the_figures_and_no_household(office: Office, round: str):
    told(office, round)
    shown = page(office, f"/visits/{round}", "analyst")
    assert "走到 1 户" in heading(shown) and "/households/" not in shown
    assert office.get(f"/visits/{round}/households/A-1", "analyst").status_code == 403


def test_a_slot_is_cancelled_and_a_round_closed(office: Office, round: str):
    path = f"/visits/{round}/households/A-1"
    slot = {"household": "A-1", "day": "2026-11-20", "window": "evening", "mode": "in_person"}
    assert sent(office, f"{path}/book", **slot).status_code == 303
    assert "11月20日 晚上" in page(office, path)
    assert sent(office, f"{path}/bookings/b1/cancel", reason="出差").status_code == 303
    assert "取消了" in page(office, path)
    past = sent(office, f"{path}/book", **(slot | {"day": "2026-11-02"}))
    assert past.status_code == 422 and "visit.booked-for-the-past" in past.text
    assert sent(office, f"/visits/{round}/close", reason="走完了").status_code == 303
    shown = page(office, f"/visits/{round}")
    assert "已结束" in shown and "/plan" not in shown and f"/visits/{round}/close" not in shown


@pytest.mark.parametrize("who", ["resident", "heating"])
def test_who_keeps_no_place_sees_none_of_it(office: Office, round: str, who: str):
    for path in ("/visits", f"/visits/{round}", door(round), f"/visits/{round}/day"):
        assert office.get(path, who).status_code in (403, 404)
