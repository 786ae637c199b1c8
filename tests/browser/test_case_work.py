"""A working day in the browser: a call is registered, dispatched, handled, followed up and closed by four
people, without a script on a phone and with one on a desk; the queue by keyboard alone; every page open to a
screen reader."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.api.serving import serving
from tests.browser.conftest import demo
from tests.browser.looking import (
    DESK,
    PHONE,
    as_person,
    asked_for,
    barriers,
    by_api,
    follow,
    narrow,
    needs_chromium,
)

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(demo(tmp_path_factory.mktemp("work")), settled=True) as address:
        yield address


@pytest.mark.parametrize(("size", "script"), [(PHONE, False), (DESK, True)], ids=["without-script", "desk"])
def test_a_call_becomes_a_closed_case(browser: Browser, home: str, size: ViewportSize, script: bool) -> None:
    how = {"size": size, "script": script}
    with as_person(browser, home, "dispatcher", **how) as page:  # type: ignore[arg-type]
        page.goto(home + "/register")
        page.get_by_label("物业管理", exact=True).check()
        page.get_by_role("textbox", name="什么事").fill(
            f"单元门禁失灵，晚上关不上，{'手机' if not script else '桌面'}"
        )
        page.get_by_label("在哪个网格").select_option("demo/north/sl/grid-01")
        page.get_by_label("详细地址").fill("柳园 5 号楼 3 单元")
        page.get_by_label("手机号").fill("13800000077")
        follow(page.get_by_role("button", name="登记", exact=True))
        assert "编号是" in page.locator("h1").inner_text() and narrow(page)
        follow(page.get_by_role("link", name="现在就派单"))
        page.get_by_label("主办单位").select_option("property-co")
        follow(page.get_by_role("button", name="先看会发生什么"))
        assert "如果现在提交" in page.locator("main").inner_text()
        follow(page.get_by_role("button", name="派单", exact=True))
        assert "松林物业服务公司主办" in page.locator(".flash").inner_text()
        case = urlsplit(page.url).path
    with as_person(browser, home, "property", **how) as page:  # type: ignore[arg-type]
        page.goto(home + "/")
        follow(page.locator(f"main a[href$='{case}/do/respond']"))
        follow(page.get_by_role("button", name="报到"))
        page.goto(home + "/day")
        follow(page.locator(f"main a[href$='{case}/do/resolution']"))
        page.get_by_label("已解决", exact=True).check()
        page.get_by_label("给居民的答复").fill("门禁已换新，现场试过三次。")
        follow(page.get_by_role("button", name="报告办结"))
        assert "报告办结" in page.locator(".flash").inner_text() and narrow(page)
    with as_person(browser, home, "gridworker", **how) as page:  # type: ignore[arg-type]
        page.goto(home + "/")
        follow(page.locator(f"main a[href$='{case}/do/follow-up']"))
        page.get_by_role("group", name="居民满意吗").get_by_label("满意", exact=True).check()
        page.get_by_role("group", name="居民认为解决了吗").get_by_label("解决了", exact=True).check()
        assert narrow(page)
        follow(page.get_by_role("button", name="提交回访"))
        assert "已结案" in page.locator(".page-head .state").inner_text()
        page.goto(home + "/day")
        assert page.locator(f"main a[href$='{case}/do/follow-up']").count() == 0


def test_the_queue_by_keyboard_alone(browser: Browser, home: str) -> None:
    with as_person(browser, home, "dispatcher") as page:
        page.goto(home + "/complaints?state=received&sort=newest")
        for key in ("j", "x", "j", "x", "k"):
            page.keyboard.press(key)
        assert page.locator("tbody input:checked").count() == 2
        assert "已选 2 件" in page.locator(".bulk").inner_text()
        assert page.locator("tr.is-cursor").count() == 1
        page.keyboard.press("d")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")
        with page.expect_navigation(url="**/complaints/bulk"):
            page.keyboard.press("Enter")
        assert "？" in page.locator("h1").inner_text() and page.locator(".consequence").count() == 2
        with page.expect_navigation():
            page.get_by_role("button", name="派出勾选的").press("Enter")
        page.locator("main [role=status]").wait_for()
        assert "2 件" in page.locator("h1").inner_text()
        with page.expect_navigation(url="**/complaints?state=received**"):
            page.get_by_role("link", name="继续派单").press("Enter")
        page.keyboard.press("j")
        with page.expect_navigation(url="**/complaints/c-*"):
            page.keyboard.press("Enter")
        assert page.locator(".story .fact").count() >= 1


def test_keys_are_off_while_typing_and_can_be_switched_off(browser: Browser, home: str) -> None:
    with as_person(browser, home, "dispatcher") as page:
        page.goto(home + "/complaints")
        page.keyboard.press("/")
        page.keyboard.type("jx?")
        assert page.locator("#f-q").input_value() == "jx?" and page.locator("tr.is-cursor").count() == 0
        page.locator("h1").click()
        page.keyboard.press("?")
        page.locator("[data-keys-off]").check()
        page.locator("h1").click()
        page.keyboard.press("j")
        assert page.locator("tr.is-cursor").count() == 0
        page.reload()
        page.keyboard.press("j")
        assert page.locator("tr.is-cursor").count() == 0


def test_what_a_call_may_repeat_is_shown_while_it_is_typed(browser: Browser, home: str) -> None:
    with as_person(browser, home, "dispatcher") as page:
        page.goto(home + "/complaints?state=received")
        like = page.locator("tbody th a").first.inner_text()
        page.goto(home + "/register")
        page.get_by_role("textbox", name="什么事").fill(like)
        expect(page.locator("#alike")).to_contain_text(like[:8])


def test_a_reading_says_what_it_will_cause_before_it_is_sent(browser: Browser, home: str) -> None:
    cold = {
        "category": "heating", "text": "家里只有十几度", "channel": "hotline",
        "place": {"grid": "demo/north/sl/grid-01", "address": "柳园 2 号楼 1 单元"},
    }  # fmt: skip
    case = f"complaints/{by_api(home, 'dispatcher', 'complaints', cold)['id']}"
    by_api(home, "dispatcher", f"{case}/dispatch", {"lead": "heating-co"})
    by_api(home, "heating", f"{case}/respond", {})
    by_api(home, "heating", f"{case}/resolution", {"result": "solved", "answer": "阀门已调"})
    with as_person(browser, home, "gridworker", size=PHONE) as page:
        page.goto(f"{home}/{case}/do/follow-up")
        page.get_by_label("室温").fill("17.4")
        expect(page.locator(".verdict")).to_contain_text("低于 18°C")
        page.get_by_label("室温").fill("18")
        expect(page.locator(".verdict")).to_contain_text("达标")
        assert narrow(page)


WHERE = (
    "/day",
    "/complaints",
    "/register",
    "CASE",
    "CASE/do/dispatch",
    "CASE/do/session",
    "CASE/reveal",
    "/lost",
)
QUICK = ("CASE/do/dispatch", "CASE/do/session", "/lost")
"""tests/browser/test_every_page.py scans the others on a phone, and reads them in English."""


@pytest.mark.parametrize(
    ("size", "lang", "paths"),
    [
        pytest.param(DESK, "", WHERE, marks=pytest.mark.full, id="desk"),
        pytest.param(PHONE, "en", WHERE, marks=pytest.mark.full, id="phone"),
        pytest.param(PHONE, "en", QUICK, id="phone-english"),
    ],
)
def test_nothing_stands_in_the_way_of_a_screen_reader(
    browser: Browser, home: str, size: ViewportSize, lang: str, paths: tuple[str, ...]
) -> None:
    with as_person(browser, home, "dispatcher", size=size) as page:
        page.goto(home + "/complaints?state=received")
        case = urlsplit(str(page.locator("tbody th a").first.get_attribute("href"))).path
        for path in paths:
            page.goto(home + path.replace("CASE", case) + (f"?lang={lang}" if lang else ""))
            for each in page.locator("details.more").all():
                each.evaluate("e => { e.open = true; }")
            assert not barriers(page), (path, barriers(page))
            asked = asked_for(page)
            assert len(asked) <= 5 and {urlsplit(url).netloc for url in asked} == {urlsplit(home).netloc}, (
                path
            )
            assert narrow(page) and page.get_attribute("html", "lang") == (lang or "zh-CN"), path
            assert len(page.content().encode()) < 100_000, path
