"""The pages in a real browser, on the demo community: readable, whole, and nothing fetched from elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.looking import (
    DESK,
    PHONE,
    as_person,
    asked_for,
    barriers,
    complaints_of,
    follow,
    narrow,
    needs_chromium,
    sign_in,
)

PATHS = ("/", "/complaints", "/complaints?state=resolved", "/statistics")

pytestmark = needs_chromium


@dataclass
class Visit:
    """A page, and what went wrong while it was looked at."""

    page: Page
    home: str
    faults: list[str]

    def go(self, path: str) -> None:
        answer = self.page.goto(self.home + path)
        assert answer is not None and answer.status == 200, path


WAYS = {
    "desk": pytest.param((DESK, True), id="desk"),
    "phone": pytest.param((PHONE, True), id="phone", marks=pytest.mark.full),
    "without-script": pytest.param((PHONE, False), id="without-script"),
}
"""A quick run has a desk with scripts and a phone without: test_every_page looks at every page on a phone."""


@pytest.fixture(params=WAYS.values())
def visit(request: pytest.FixtureRequest, browser: Browser, home: str) -> Iterator[Visit]:
    size, script = request.param
    context = browser.new_context(viewport=size, java_script_enabled=script, locale="en-US")
    page = context.new_page()
    sign_in(page, home)
    yield Visit(page, home, complaints_of(page))
    context.close()


def test_a_page_is_small_whole_and_asks_nobody_else(visit: Visit) -> None:
    for path in PATHS:
        visit.go(path)
        assert visit.page.locator("h1").count() == 1, path
        assert visit.page.get_attribute("html", "lang") == "zh-CN", path
        asked = asked_for(visit.page)
        assert {urlsplit(url).netloc for url in asked} == {urlsplit(visit.home).netloc}, path
        assert len(asked) <= 5 and narrow(visit.page) and not visit.faults, path


def test_english_is_a_click_away_and_stays(visit: Visit) -> None:
    visit.go("/")
    follow(visit.page.locator("a[hreflang=en]").first)
    assert visit.page.get_attribute("html", "lang") == "en"
    follow(visit.page.locator("main a[href*='/complaints']").first)
    assert "/complaints" in visit.page.url and visit.page.get_attribute("html", "lang") == "en"


def test_a_rate_opens_its_cases_and_a_case_tells_its_story(visit: Visit) -> None:
    visit.go("/")
    follow(visit.page.locator("main a[href*='part=']").first)
    follow(visit.page.locator("main a[href^='/complaints/c-']").first)
    visit.page.locator(".story .fact").nth(2).wait_for()
    assert not visit.faults


def test_nothing_stands_in_the_way_of_a_screen_reader_at_a_desk(browser: Browser, home: str) -> None:
    """On a phone: tests/browser/test_every_page.py."""
    with as_person(browser, home, "dispatcher") as page:
        for path in PATHS:
            page.goto(home + path)
            assert not barriers(page), (path, barriers(page))
        page.goto(home + "/complaints")
        follow(page.locator("main a[href^='/complaints/c-']").first)
        assert not barriers(page), barriers(page)
        page.context.clear_cookies()
        page.goto(home + "/login")
        assert not barriers(page), barriers(page)


def test_the_keyboard_reaches_the_search(browser: Browser, home: str) -> None:
    with as_person(browser, home, "dispatcher") as page:
        page.goto(home + "/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.locator("input[name=q]").first.fill("暖气")
        with page.expect_navigation(url=re.compile(r"/complaints\?(.*&)?q=")):
            page.keyboard.press("Enter")
        assert page.locator("main a[href^='/complaints/c-']").count() > 0


def test_one_signs_in_takes_another_role_and_leaves(visit: Visit) -> None:
    """By the buttons of the demo, the menu at the top right, and a password; without a script too."""
    page = visit.page
    page.context.clear_cookies()
    visit.go("/login")
    follow(page.get_by_role("button", name="gridworker2", exact=True))
    assert page.url == visit.home + "/"
    page.locator(".who > summary").click()
    follow(page.get_by_role("button", name="改以居民身份"))
    page.locator(".who > summary").click()
    expect(page.locator(".who-panel p")).to_contain_text("居民")
    follow(page.get_by_role("button", name="退出登录"))
    assert page.url == visit.home + "/login" and not visit.faults
    page.goto(visit.home + "/complaints?state=resolved")
    page.locator("#username").fill("dispatcher")
    page.locator("#password").fill("wrong")
    follow(page.get_by_role("button", name="登录", exact=True))
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不对")
    page.locator("#password").fill("demo")
    follow(page.get_by_role("button", name="登录", exact=True))
    assert page.url == visit.home + "/complaints?state=resolved"
