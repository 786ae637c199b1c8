"""The pages: readable without a script, in two languages, and no link leads nowhere."""

import re
from html.parser import HTMLParser

from tests.api.conftest import Office


class Reader(HTMLParser):
    """What a page holds that matters here."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.inline = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.inline += (
            "style" in found
            or tag == "style"
            or (tag == "script" and "src" not in found)
            or any(name.startswith("on") for name in found)
        )
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a" and found.get("href"):
            self.links.append(str(found["href"]))


def settled(office: Office) -> str:
    """A closed case, an open one, and one in round two."""
    closed = office.registered()
    office.handled(closed)
    office.case(closed, "follow-up", office.visit(), "gridworker")
    again = office.registered(category="heating", text="客厅只有 15℃ <b>&</b>", urgency="emergency")
    office.handled(again, "heating", "heating-co")
    office.case(again, "follow-up", office.visit(satisfaction="dissatisfied", solved="no"), "gridworker")
    office.registered(place={"grid": "demo/north/sl/grid-02"})
    office.caught_up()
    return again


def test_no_link_of_any_page_leads_nowhere(office: Office):
    settled(office)
    seen: set[str] = set()
    waiting = ["/", "/?lang=en", "/login"]
    while waiting:
        path = waiting.pop()
        if path in seen or len(seen) > 150:
            continue
        seen.add(path)
        answer = office.get(path)
        assert answer.status_code == 200, path
        if "text/html" in answer.headers["content-type"] and not path.startswith("/docs"):
            links = Reader(answer.text).links
            waiting += [link.partition("#")[0] for link in links if link.startswith("/")]
    assert {"/complaints", "/statistics", "/docs", "/openapi.json"} <= {
        path.partition("?")[0] for path in seen
    }


def test_a_page_has_one_heading_no_script_and_no_inline_style(office: Office):
    case = settled(office)
    for path in ("/", "/complaints", f"/complaints/{case}", "/statistics", "/statistics/response_rate/cases"):
        page = Reader(office.get(path).text)
        assert page.tags.count("h1") == 1, path
        assert page.inline == 0, path
        assert len(page.ids) == len(set(page.ids)), path
        for once in ("header", "main", "footer"):
            assert page.tags.count(once) == 1, (path, once)


def test_the_first_page_says_what_this_is_who_may_try_and_how_it_goes(office: Office):
    settled(office)
    strange, page = office.get("/", "").text, office.get("/", "analyst").text
    assert 'lang="zh-CN"' in strange and 'href="/login"' in strange and "客厅" not in strange
    offered = office.get("/login", "").text
    for user in ("resident", "gridworker", "dispatcher", "heating", "street", "elsewhere"):
        assert f'name="username" value="{user}"' in offered
    for title in ("响应率", "按期办结率", "满意率"):
        assert title in page
    assert re.search(r"50\.0<small>%", page)
    assert "客厅只有 15℃ &lt;b&gt;" in office.get("/").text


def test_the_same_page_in_english_is_one_click_away(office: Office):
    settled(office)
    page = office.get("/", "")
    assert any("lang=en" in link for link in Reader(page.text).links)
    english = office.get("/?lang=en", "").text
    assert 'lang="en"' in english and "Registered today" in english and "今天受理" not in english


def test_a_page_is_chinese_until_somebody_chooses_english(office: Office):
    asked = office.get("/", "", headers={"Accept-Language": "en", "Accept": "text/html"})
    assert "今天受理" in asked.text and asked.headers["content-language"] == "zh-CN"
    lost = office.get("/nowhere", "", headers={"Accept-Language": "en", "Accept": "text/html"})
    assert lost.status_code == 404 and "There is no such thing" not in lost.text
    assert "There is no such thing" in office.get("/nowhere", "", headers={"Accept-Language": "en"}).text


def test_the_register_can_be_filtered_by_a_plain_form(office: Office):
    case = settled(office)
    found = office.get("/complaints?category=heating&state=received").text
    assert f"/complaints/{case}" in found and "1 件工单" in found
    empty = office.get("/complaints?q=没有这几个字")
    assert "没有找到“没有这几个字”" in empty.text


def test_a_case_tells_its_story_and_why_its_deadline_falls_when_it_does(office: Office):
    case = settled(office)
    page = office.get(f"/complaints/{case}").text
    assert "第 2 轮" in page and "第 1 轮" in page
    assert "这个期限是怎么算出来的" in page and "起点：" in page
    assert "王某" in page and "王小明" not in page
    key = office.get(f"/complaints/{case}?key=true")
    assert key.status_code == 200


def test_a_page_shows_no_more_than_its_viewer_may_see(office: Office):
    case = settled(office)
    hidden = office.get(f"/complaints/{case}", "elsewhere")
    assert hidden.status_code == 404
    assert "text/html" in hidden.headers["content-type"] or hidden.json()["code"] == "not-found"
    assert office.get("/complaints", "elsewhere").text.count("<tr role") <= 1


def test_without_the_demo_the_first_page_still_opens(office: Office):
    from fastapi.testclient import TestClient

    from api.app import create_app

    with TestClient(create_app(office.engine), client=("127.0.0.1", 50000)) as plain:
        assert plain.get("/").status_code == 200
        assert "演示" not in plain.get("/login").text
        assert plain.get("/complaints").status_code == 401
