"""A working day in the browser: a call is registered, dispatched, handled, followed up and closed by four
people, without a script on a phone and with one on a desk; the queue by keyboard alone; every page open to a
screen reader."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.test_pages import CHROMIUM, DESK, PHONE, sign_in
from tests.browser.test_pages import browser as browser
from tests.browser.test_pages import home as home

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")


@contextmanager
def as_person(
    browser: Browser, home: str, who: str, *, size: ViewportSize = DESK, script: bool = True
) -> Iterator[Page]:
    """A page signed in; it fails when the page itself complains."""
    context = browser.new_context(viewport=size, java_script_enabled=script)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    sign_in(page, home, who)
    yield page
    context.close()
    assert not [fault for fault in faults if "status of 4" not in fault]


def narrow(page: Page) -> bool:
    """Whether nothing makes the page scroll sideways."""
    size = page.viewport_size
    box = page.locator("body").bounding_box()
    return size is not None and box is not None and box["width"] <= size["width"]


@pytest.mark.parametrize(("size", "script"), [(PHONE, False), (DESK, True)], ids=["without-script", "desk"])
def test_a_call_becomes_a_closed_case(browser: Browser, home: str, size: ViewportSize, script: bool) -> None:
    how = {"size": size, "script": script}
    with as_person(browser, home, "dispatcher", **how) as page:  # type: ignore[arg-type]
        page.goto(home + "/register")
        page.get_by_label("物业管理", exact=True).check()
        page.get_by_label("什么事").fill(f"单元门禁失灵，晚上关不上，{'手机' if not script else '桌面'}")
        page.get_by_label("在哪个网格").select_option("demo/north/sl/grid-01")
        page.get_by_label("详细地址").fill("柳园 5 号楼 3 单元")
        page.get_by_label("手机号").fill("13800000077")
        page.get_by_role("button", name="登记", exact=True).click()
        assert "编号是" in page.locator("h1").inner_text() and narrow(page)
        page.get_by_role("link", name="现在就派单").click()
        page.get_by_label("主办单位").select_option("property-co")
        page.get_by_role("button", name="先看会发生什么").click()
        assert "如果现在提交" in page.locator("main").inner_text()
        page.get_by_role("button", name="派单", exact=True).click()
        assert "松林物业服务公司主办" in page.locator(".flash").inner_text()
        case = urlsplit(page.url).path
    with as_person(browser, home, "property", **how) as page:  # type: ignore[arg-type]
        page.locator(f"main a[href$='{case}/do/respond']").click()
        page.get_by_role("button", name="报到").click()
        page.goto(home + "/day")
        page.locator(f"main a[href$='{case}/do/resolution']").click()
        page.get_by_label("已解决", exact=True).check()
        page.get_by_label("给居民的答复").fill("门禁已换新，现场试过三次。")
        page.get_by_role("button", name="报告办结").click()
        assert "报告办结" in page.locator(".flash").inner_text() and narrow(page)
    with as_person(browser, home, "gridworker", **how) as page:  # type: ignore[arg-type]
        page.locator(f"main a[href$='{case}/do/follow-up']").click()
        page.get_by_role("group", name="居民满意吗").get_by_label("满意", exact=True).check()
        page.get_by_role("group", name="居民认为解决了吗").get_by_label("解决了", exact=True).check()
        assert narrow(page)
        page.get_by_role("button", name="提交回访").click()
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
        page.keyboard.press("Enter")
        page.wait_for_url("**/complaints/bulk")
        assert "？" in page.locator("h1").inner_text() and page.locator(".consequence").count() == 2
        page.get_by_role("button", name="派出勾选的").press("Enter")
        page.locator("main [role=status]").wait_for()
        assert "2 件" in page.locator("h1").inner_text()
        page.get_by_role("link", name="继续派单").press("Enter")
        page.wait_for_url("**/complaints?state=received**")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.wait_for_url("**/complaints/c-*")
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
        page.get_by_label("什么事").type(like)
        page.locator("#alike li").first.wait_for()
        assert like[:8] in page.locator("#alike").inner_text()


def test_a_reading_says_what_it_will_cause_before_it_is_sent(browser: Browser, home: str) -> None:
    with as_person(browser, home, "gridworker", size=PHONE) as page:
        page.goto(home + "/complaints?state=resolved&category=heating&sort=newest")
        case = urlsplit(str(page.locator("tbody th a").first.get_attribute("href"))).path
        page.goto(home + case + "/do/follow-up")
        page.get_by_label("室温").fill("17.4")
        assert "低于 18°C" in page.locator(".verdict").inner_text()
        page.get_by_label("室温").fill("18")
        assert "达标" in page.locator(".verdict").inner_text() and narrow(page)


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


@pytest.mark.parametrize(
    ("size", "lang"),
    [
        pytest.param(DESK, "", marks=pytest.mark.full, id="desk"),
        pytest.param(PHONE, "en", id="phone-english"),
    ],
)
def test_nothing_stands_in_the_way_of_a_screen_reader(
    browser: Browser, home: str, size: ViewportSize, lang: str
) -> None:
    with as_person(browser, home, "dispatcher", size=size) as page:
        page.goto(home + "/complaints?state=received")
        case = urlsplit(str(page.locator("tbody th a").first.get_attribute("href"))).path
        asked: list[str] = []
        page.on("request", lambda each: None if "/stream" in each.url else asked.append(each.url))
        for path in WHERE:
            asked.clear()
            page.goto(home + path.replace("CASE", case) + (f"?lang={lang}" if lang else ""))
            for each in page.locator("details.more").all():
                each.evaluate("e => e.open = true")
            found = Axe().run(page)
            assert found.violations_count == 0, (path, found.generate_report())
            assert len(asked) <= 5 and {urlsplit(url).netloc for url in asked} == {urlsplit(home).netloc}, (
                path
            )
            assert narrow(page) and page.get_attribute("html", "lang") == (lang or "zh-CN"), path
            assert len(page.content().encode()) < 100_000, path
