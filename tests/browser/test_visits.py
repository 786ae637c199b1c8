"""A grid member's day from door to door on a phone, with a script and without one: a need found at a door, a
door nobody opened, a second tap, and every page of it open to a screen reader."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page

from api.app import create_app
from api.demo_users import PASSWORD, keep_accounts
from api.signing_in.passwords import Passwords
from tests.api.conftest import GRID, Clock, Office, opened
from tests.api.serving import serving
from tests.browser.looking import DESK, PHONE, as_person, barriers, follow, narrow, needs_chromium

pytestmark = needs_chromium

HOMES = ("柳园1号楼101", "柳园1号楼102", "柳园2号楼101", "柳园2号楼102", "柳园10号楼101", "柳园10号楼102")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A grid of six households, and a round with the plan of today."""
    clock = Clock()
    engine = opened(tmp_path_factory.mktemp("doors") / "store", clock)
    keep_accounts(engine, Passwords().hash(PASSWORD), engine.clock())
    with (
        serving(engine, settled=True) as address,
        TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http,
    ):
        office = Office(http, engine, clock)
        today = engine.desk.stage().organisation.local_date(engine.clock())
        for n, where in enumerate(HOMES):
            entry = {"id": f"D-{n}", "grid": GRID, "compound": "柳园", "address": where, "people": 3}
            office.done("households", entry, "gridworker")
        round = {"name": "走千家", "grid": GRID, "from": today.isoformat(), "to": today.isoformat()}
        id = office.done("visits/rounds", round, "dispatcher")["id"]
        office.caught_up()
        office.done(f"visits/rounds/{id}/plans", {"day": today.isoformat()}, "gridworker")
        yield address


def to_first_door(page: Page, home: str) -> str:
    """From my day to today's plan and on to its first door; its address."""
    page.goto(home + "/day")
    follow(page.locator("main a.btn[href^='/visits/']"))
    where = page.locator("main .duties h3").first.inner_text()
    assert narrow(page)
    follow(page.get_by_role("link", name="到门口了").first)
    assert where in page.locator("h1").inner_text() and narrow(page)
    return where


@pytest.mark.parametrize("script", [True, False], ids=["script", "without-script"])
def test_a_day_from_door_to_door(browser: Browser, home: str, script: bool) -> None:
    with as_person(browser, home, "gridworker", size=PHONE, script=script) as page:
        where = to_first_door(page, home)
        follow(page.get_by_role("link", name="开门", exact=True))
        follow(page.get_by_role("button", name="下一步"))
        assert "请填写：见到几个人" in page.locator(".error-summary").inner_text()
        page.get_by_label("见到几个人").fill("2")
        follow(page.get_by_role("button", name="下一步"))
        page.get_by_label("第 1 件：哪一类").select_option("heating")
        page.get_by_label("第 1 件：什么事").fill("客厅只有 15℃")
        follow(page.get_by_role("button", name="再加一件"))
        page.get_by_label("第 2 件：什么事").fill("单元门关不上")
        follow(page.get_by_role("button", name="记下"))
        assert "第 2 件：哪一类" in page.locator(".error-summary").inner_text() and narrow(page)
        assert page.get_by_label("第 1 件：什么事").input_value() == "客厅只有 15℃"
        page.get_by_label("第 2 件：哪一类").select_option("property")
        follow(page.get_by_role("button", name="记下"))
        said = page.locator(".flash").inner_text()
        assert "见到 2 人" in said and "登记成 2 件工单" in said and narrow(page)
        assert where in page.locator("h1").inner_text()
        follow(page.get_by_role("link", name="到门口了").first)
        follow(page.get_by_role("link", name="无人应门"))
        follow(page.get_by_role("button", name="记下"))
        assert "无人应门" in page.locator(".flash").inner_text()
        follow(page.get_by_role("link", name="看今天的清单"))
        assert where not in page.locator("main .duties").inner_text()
        assert "今天去过的" in page.locator("main").inner_text()


def test_a_second_tap_records_once(browser: Browser, home: str) -> None:
    with as_person(browser, home, "gridworker", size=PHONE) as page:
        to_first_door(page, home)
        follow(page.get_by_role("link", name="拒访"))
        form = page.url
        page.locator("main form").evaluate("form => { form.target = '_blank'; }")
        with page.context.expect_page() as other:
            page.get_by_role("button", name="记下").click()
        other.value.wait_for_url("**/households/*?done=*")
        assert page.url == form
        page.locator("main form").evaluate("form => { form.target = ''; }")
        follow(page.get_by_role("button", name="记下"))
        page.wait_for_url("**/households/*?done=*")
        assert urlsplit(page.url).path == urlsplit(other.value.url).path
        assert page.locator(".story .fact").count() == 1


def test_the_door_is_open_to_a_screen_reader(browser: Browser, home: str) -> None:
    """The other pages: tests/browser/test_every_page.py."""
    with as_person(browser, home, "gridworker", size=PHONE) as page:
        to_first_door(page, home)
        door, found = page.url, {}
        for path in ("", "?outcome=opened", "?outcome=moved"):
            page.goto(door + path)
            if (report := barriers(page)) or not narrow(page):
                found[path] = report or "too wide"
        assert found == {}


def test_the_dispatcher_opens_a_round_and_plans_its_day(browser: Browser, home: str) -> None:
    with as_person(browser, home, "dispatcher", size=DESK) as page:
        page.goto(home + "/visits")
        follow(page.get_by_role("link", name="发起一轮走访"))
        page.get_by_label("这一轮叫什么").fill("冬季走访")
        page.get_by_label("走哪里").select_option(GRID)
        follow(page.get_by_role("button", name="发起", exact=True))
        assert "冬季走访：6 户里走到 0 户" in page.locator("h1").inner_text()
        follow(page.get_by_role("link", name="排一天的走访"))
        follow(page.get_by_role("button", name="先看会发生什么"))
        assert "如果现在提交" in page.locator("main").inner_text()
        follow(page.get_by_role("button", name="排好"))
        assert "排好了" in page.locator(".flash").inner_text()
        follow(page.locator("main table a").first)
        assert page.get_by_role("link", name="到门口了").count() == 0
