"""The pages of the calendar of duties: a month, one duty, and its forms, without a script."""

import re
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from tests.api.conftest import Clock, opened
from tests.api.test_duties import LISTENING, PATROL, Hall
from tests.api.test_duties import hall as hall


def page(hall: Hall, path: str, who: str, status: int = 200) -> str:
    hall.caught_up()
    answer = hall.get(path, who, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return str(answer.text)


def sent(hall: Hall, path: str, form: dict[str, str], who: str, status: int = 200) -> str:
    answer = hall.call("POST", path, who, data=form, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return str(answer.text)


def key(html: str) -> str:
    found = re.search(r'name="key" value="(\w+)"', html)
    assert found
    return found[1]


def test_a_month_shows_what_is_open_what_was_missed_and_what_is_to_come(hall: Hall):
    hall.at("2026-11-26T10:00")
    hall.noticed()
    month = page(hall, "/duties?grid=demo/north/sl&what=listening", "dispatcher")
    assert "民意5来听" in month and "漏办" in month and "没有说明原因" in month
    december = page(hall, "/duties?month=2026-12&what=listening", "dispatcher")
    assert december.count("将到") >= 3
    day = page(hall, "/duties?month=2026-11&day=2026-11-20&what=patrol", "dispatcher")
    assert "第一网格" in day and "0 / 8" in day
    assert "Listening day" in page(hall, "/duties?lang=en&what=listening", "dispatcher")


def test_a_duty_is_done_from_its_page_and_the_reason_of_a_missed_one_stands_beside_it(hall: Hall):
    hall.at("2026-11-26T10:00")
    hall.noticed()
    assert f"/duties/{LISTENING}/do/explain" in page(hall, f"/duties/{LISTENING}", "dispatcher")
    form = page(hall, f"/duties/{LISTENING}/do/explain", "dispatcher")
    said = {"key": key(form), "period": "2026-11-25", "reason": "暴雪封路"}
    sent(hall, f"/duties/{LISTENING}/do/explain", said, "dispatcher")
    assert "暴雪封路" in page(hall, f"/duties/{LISTENING}", "dispatcher")
    assert "请填写" in sent(
        hall, f"/duties/{LISTENING}/do/explain", {"period": "2026-11-25"}, "dispatcher", 422
    )
    form = page(hall, f"/duties/{PATROL}/do/done", "gridworker")
    assert 'value="2026-11-26"' in form
    told = {"key": key(form), "period": "2026-11-26", "note": "绕小区一圈", "preview": "1"}
    assert "还没有记录任何东西" in sent(hall, f"/duties/{PATROL}/do/done", told, "gridworker")
    sent(hall, f"/duties/{PATROL}/do/done", told | {"preview": ""}, "gridworker")
    assert "绕小区一圈" in page(hall, f"/duties/{PATROL}", "gridworker")


def test_a_listening_day_leads_to_the_register_and_to_what_was_said_there(hall: Hall):
    hall.at("2026-11-25T10:00")
    html = page(hall, f"/duties/{LISTENING}", "dispatcher")
    assert "/register?channel=listening_day" in html
    assert '<option value="listening_day" selected>' in page(
        hall, "/register?channel=listening_day", "dispatcher"
    )


def test_residents_and_other_places_find_no_page(hall: Hall):
    page(hall, "/duties", "resident", 403)
    page(hall, f"/duties/{PATROL}", "property", 404)
    page(hall, "/duties", "property")


def test_without_a_book_the_page_says_how_to_begin(tmp_path: Path, clock: Clock):
    engine = opened(tmp_path, clock)
    engine.start()
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        bare = Hall(http, engine, clock)
        assert "还没有采用履职日历" in page(bare, "/duties", "dispatcher")
    engine.close()


def test_the_book_is_read_and_proposed_like_the_others(hall: Hall):
    for path in ("/rule-books", "/rule-books/duties", "/rule-books/duties/2026-1"):
        assert "履职日历" in page(hall, path, "dispatcher")
    content = hall.get("rule-books/duties/2026-1").json()["content"]
    for line in content["lines"]:
        line |= {"holidays": "moved"} if line["code"] == "listening" else {}
    hall.done("rule-books/duties", {"version": "2026-2", "content": content}, "admin")
    differs = hall.get("rule-books/duties/2026-1/diff/2026-2").json()
    assert "lines[listening].holidays" in str(differs)
    assert "2026-2" in page(hall, "/rule-books/duties/2026-1/diff/2026-2", "dispatcher")
    content["lines"][0]["rhythm"] = "hourly"
    refused = hall.post("rule-books/duties", {"version": "2026-3", "content": content}, "admin")
    assert (refused.status_code, refused.json()["code"]) == (422, "rule-book.bad-content")
