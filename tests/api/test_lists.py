"""The register as a list: filters, pages, search, what each caller sees, and reading one's own writes."""

from datetime import datetime, timedelta

import pytest

from api import lists
from tests.api.conftest import Office

OTHER_GRID = "demo/north/sl/grid-02"


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def test_pages_are_newest_first_and_neither_repeat_nor_skip(office: Office):
    made = [office.registered(text=f"第 {n} 件") for n in range(7)]
    office.caught_up()
    seen, cursor = [], None
    while True:
        page = office.get("complaints", params={"limit": 3} | ({"cursor": cursor} if cursor else {})).json()
        seen += [item["id"] for item in page["items"]]
        if cursor is None:
            office.registered(text="后来的")
            office.caught_up()
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


def test_the_cursor_is_called_next(office: Office):
    made = [office.registered(text=f"第 {n} 件") for n in range(3)]
    office.caught_up()
    first = office.get("complaints", params={"limit": 2}).json()
    for name in ("next", "cursor"):
        assert ids(office.get("complaints", params={"limit": 2, name: first["next"]})) == made[:1]
    for wrong in ("next=garbage", "cursor=garbage", f"next={first['next']}&cursor=other"):
        refused = office.get(f"complaints?{wrong}")
        assert (refused.status_code, refused.json()["code"]) == (422, "cursor.unknown")
    counted = "statistics/on_time_closure_rate/cases"
    assert office.get(f"{counted}?next=%25%25").status_code == 422


@pytest.mark.parametrize(
    "address",
    [
        "complaints?catgory=heating", "complaints/similar?text=漏水&gird=demo", "duties?whose=me",
        "statistics/on_time_closure_rate?form=2026-01", "statistics?by=lead", "rule-books?x=1",
        "stream?from=3",
    ],
)  # fmt: skip
def test_a_mistyped_filter_never_returns_everything(office: Office, address: str):
    refused = office.get(address, headers={"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["code"]) == (422, "query.unknown")
    assert address.partition("?")[2].split("&")[-1].split("=")[0] in refused.json()["detail"]


def test_a_command_takes_no_unknown_parameter(office: Office):
    before = office.engine.log.head()
    answer = office.post("complaints?dryrun=true", {})
    assert (answer.status_code, office.engine.log.head()) == (422, before)


def test_every_reading_takes_min_position_and_lang(office: Office):
    case = office.registered()
    position = office.caught_up()
    for address in (
        f"complaints/{case}/history",
        f"complaints/{case}/clocks/dispatch/why",
        "rule-books",
        "duties",
    ):
        answer = office.get(f"{address}?min_position={position}&lang=en")
        assert answer.status_code == 200, answer.text


def test_filters_narrow(office: Office):
    heating = office.registered(category="heating", text="冷", urgency="emergency", channel="phone")
    elsewhere = office.registered(place={"grid": OTHER_GRID}, origin="proactive", external_number="12345-1")
    handled = office.registered()
    office.case(handled, "dispatch", {"lead": "property-co", "track": "whistle"})
    office.caught_up()
    number = office.get(f"complaints/{heating}").json()["number"]
    asked = {
        "category=heating": [heating],
        "category=heating&category=property": [handled, elsewhere, heating],
        "urgency=emergency": [heating],
        "channel=phone": [heating],
        "origin=proactive": [elsewhere],
        "external_number=12345-1": [elsewhere],
        "q=12345-1": [elsewhere],
        f"number={number}": [heating],
        f"q={number}": [heating],
        f"grid={OTHER_GRID}": [elsewhere],
        "grid=demo/north": [handled, elsewhere, heating],
        "state=dispatched": [handled],
        "lead=property-co": [handled],
        "track=whistle": [handled],
        "overdue=true": [],
        "registered_from=2026-11-18&registered_to=2026-11-18": [handled, elsewhere, heating],
        "registered_to=2026-11-17": [],
        "registered_from=2026-12": [],
    }
    assert {query: ids(office.get(f"complaints?{query}")) for query in asked} == asked


def test_overdue_cases_are_found_by_the_clock(office: Office):
    complaint = office.registered()
    office.clock.later(days=3)
    office.caught_up()
    assert ids(office.get("complaints?overdue=true")) == [complaint]
    assert office.get(f"complaints/{complaint}").json()["overdue"] is True
    assert ids(office.get("complaints?overdue=false")) == []


def test_what_is_due_today_is_found_by_the_local_day(office: Office):
    complaint = office.registered()
    due = datetime.fromisoformat(office.get(f"complaints/{complaint}").json()["dispatch_by"])
    office.clock.now = due - timedelta(hours=1)
    office.caught_up()
    assert ids(office.get("complaints?due=today")) == [complaint]
    office.clock.later(hours=9)
    tomorrow = office.registered()
    office.caught_up()
    assert ids(office.get("complaints?due=today")) == []
    office.clock.later(hours=6)
    assert ids(office.get("complaints?due=today")) == [tomorrow]


def test_what_a_unit_sent_back_is_found_until_it_is_dispatched_anew(office: Office):
    complaint, _ = office.registered(), office.registered()
    found = []
    for command, body, who in (
        ("dispatch", {"lead": "property-co"}, "dispatcher"),
        ("decline", {"reason": "不归我管"}, "property"),
        ("dispatch", {"lead": "heating-co"}, "dispatcher"),
    ):
        office.case(complaint, command, body, who)
        office.caught_up()
        found.append(ids(office.get("complaints?returned=true")))
    assert found == [[], [complaint], []]


def test_search_finds_chinese_inside_the_text(office: Office):
    one = office.registered(text="客厅只有 15℃，暖气片上热下凉")
    other = office.registered(
        text="楼道灯不亮，晚上看不见", place={"grid": OTHER_GRID, "address": "和畅园 9 号楼"}
    )
    office.case(other, "dispatch", {"lead": "property-co"})
    office.case(other, "respond", {}, "property")
    office.case(other, "resolution", {"result": "solved", "answer": "换了感应灯泡"}, "property")
    office.caught_up()
    assert ids(office.get("complaints?q=暖气片")) == [one]
    assert ids(office.get("complaints?q=和畅园")) == [other]
    assert ids(office.get("complaints?q=感应灯泡")) == [other]
    assert ids(office.get("complaints?q=暖气片&category=heating")) == []
    assert ids(office.get("complaints?q=没有这几个字")) == []


def test_each_sees_what_is_his(office: Office):
    mine = office.registered(reporter=None, who="resident", channel="mini_program")
    led = office.registered(place={"grid": OTHER_GRID})
    office.case(led, "dispatch", {"lead": "heating-co", "assisting": ["property-co"]})
    office.caught_up()
    assert ids(office.get("complaints", "dispatcher")) == [led, mine]
    assert ids(office.get("complaints", "gridworker")) == [mine]
    assert ids(office.get("complaints", "heating")) == [led]
    assert ids(office.get("complaints", "property")) == [led]
    assert ids(office.get("complaints", "resident")) == [mine]
    assert ids(office.get("complaints", "admin")) == [led, mine]
    assert ids(office.get("complaints", "elsewhere")) == []


def test_a_grid_of_many_cases_is_listed_the_same(office: Office, monkeypatch: pytest.MonkeyPatch):
    made = [office.registered(text=f"第 {n} 件") for n in range(4)]
    office.registered(place={"grid": OTHER_GRID})
    office.caught_up()
    monkeypatch.setattr(lists, "MANY", 3)
    first = office.get("complaints?grid=demo/north/sl/grid-01&limit=3", "gridworker")
    assert ids(first) == made[:0:-1]
    rest = office.get("complaints", "gridworker", params={"limit": 3, "next": first.json()["next"]})
    assert ids(rest) == made[:1]


def test_a_resident_finds_the_cases_he_supports_too(office: Office):
    mine = office.registered(reporter=None, who="resident", channel="mini_program")
    other = office.registered()
    office.registered()
    office.case(mine, "merge", {"into": other, "reason": "同一件事"})
    office.caught_up()
    assert ids(office.get("complaints", "resident")) == [other, mine]


def test_the_reporter_is_masked_and_his_number_never_shown(office: Office):
    complaint = office.registered(reporter={"name": "欧阳小明", "phone": "13800000009"})
    for who in ("dispatcher", "gridworker"):
        answer = office.get(f"complaints/{complaint}", who)
        reporter = answer.json()["reporter"]
        assert (reporter["name"], reporter["phone"], reporter["masked"]) == ("欧阳某", None, True)
        assert "13800000009" not in answer.text and "小明" not in answer.text
    analyst = office.get(f"complaints/{complaint}", "analyst").json()
    assert analyst["reporter"] is None and analyst["text"] is None
    assert analyst["place"]["address"] is None


def test_a_reader_waits_for_his_own_write(office: Office):
    for n in range(5):
        done = office.done("complaints", {
            "category": "property", "text": f"第 {n} 件", "place": {"grid": OTHER_GRID}, "channel": "hotline",
        })  # fmt: skip
        page = office.get("complaints", params={"min_position": done["position"]})
        assert ids(page)[0] == done["id"]


def test_a_position_that_never_comes_is_not_waited_for_long(office: Office):
    answer = office.get("complaints?min_position=999999")
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["code"] == "views.behind"


def test_similar_cases_are_suggested(office: Office):
    one = office.registered(text="三号楼暖气不热，老人怕冷")
    other = office.registered(
        text="暖气不热，家里有老人", place={"grid": "demo/north/sl/grid-01", "address": "别处"}
    )
    office.registered(text="井盖丢了", place={"grid": OTHER_GRID})
    office.caught_up()
    assert ids(office.get(f"complaints/{one}/similar")) == [other]
    found = office.get("complaints/similar", params={"text": "暖气不热", "grid": "demo/north/sl"})
    assert set(ids(found)) == {one, other}


def test_duties_are_what_waits_for_the_caller(office: Office):
    waiting, asked, visit = office.registered(), office.registered(), office.registered()
    office.case(asked, "dispatch", {"lead": "property-co"})
    office.handled(visit)
    office.caught_up()

    def due(who: str) -> list[tuple[str, str]]:
        items = office.get("duties?for=me", who).json()["items"]
        return [(item["kind"], item["complaint"]) for item in items]

    assert due("dispatcher") == [("dispatch", waiting)]
    assert due("property") == [("response", asked)]
    assert due("gridworker") == [("follow_up", visit)]
    assert due("heating") == []


@pytest.mark.parametrize("limit", [1, 200])
def test_the_bounds_of_a_page(office: Office, limit: int):
    office.registered()
    office.caught_up()
    assert len(ids(office.get(f"complaints?limit={limit}"))) == 1
