"""A day of an administrator and of an analyst in a real browser, and the news that come while one looks."""

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.api.conftest import Clock
from tests.api.serving import serving
from tests.browser.conftest import demo
from tests.browser.looking import (
    DESK,
    PHONE,
    as_person,
    asked_for,
    barriers,
    follow,
    narrow,
    needs_chromium,
    sign_in,
)

NUMBERS = count(10)
"""Every pass has names of its own: what was said once stays."""
WAYS = [(DESK, True), (PHONE, False)]
PAGES = (
    "/", "/office/projections", "/rule-books", "/rule-books/tariffs", "/rule-books/deadlines/2026-1",
    "/rule-books/tariffs/2025-0/diff/2025-1", "/rule-books/tariffs/2025-0/adopt",
    "/office/rule-books/tariffs/propose", "/office/organisation", "/office/organisation/do/grid",
    "/office/people", "/office/people/gridworker2", "/office/people/gridworker2/do/grant",
    "/office/people/gridworker2/password", "/office/people/resident/erase", "/office/administration",
    "/office/health",
)  # fmt: skip

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(demo(tmp_path_factory.mktemp("office")), settled=True) as address:
        yield address


@pytest.fixture(params=WAYS, ids=["desk", "phone-without-script"])
def way(request: pytest.FixtureRequest) -> tuple[ViewportSize, bool]:
    size, script = request.param
    return size, bool(script)


@pytest.fixture
def script(way: tuple[ViewportSize, bool]) -> bool:
    return way[1]


@pytest.fixture
def visit(way: tuple[ViewportSize, bool], browser: Browser) -> Iterator[BrowserContext]:
    size, script = way
    context = browser.new_context(viewport=size, java_script_enabled=script)
    yield context
    context.close()


def entered(context: BrowserContext, home: str, who: str) -> Page:
    """As a stranger does: with one click on the first page."""
    page = context.new_page()
    page.goto(home + "/")
    button = page.get_by_role("button", name=who, exact=True, include_hidden=True)
    more = page.locator("details", has=button)
    if more.count() and not button.is_visible():
        more.locator("summary").click()
    follow(button)
    assert page.url == home + "/"
    return page


def signed_in(context: BrowserContext, home: str, who: str) -> Page:
    page = context.new_page()
    sign_in(page, home, who)
    return page


def finished(page: Page, script: bool) -> None:
    """With a script a page follows long work by itself, without one whoever waits loads it again."""
    while not script and page.locator("[data-job]").count():
        page.wait_for_timeout(300)
        page.reload()
    expect(page.locator("[data-job]")).to_have_count(0)


def test_an_administrator_lets_somebody_in_and_out_again(
    visit: BrowserContext, browser: Browser, home: str
) -> None:
    login = f"chen{next(NUMBERS)}"
    page = entered(visit, home, "admin")
    page.goto(home + "/office/people/new")
    page.get_by_label("姓名").fill("陈晓岚")
    follow(page.get_by_role("button", name="登记", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("陈某还没有授权")
    person = page.url.split("?")[0]
    page.goto(f"{person}/do/grant")
    follow(page.get_by_role("button", name="授权", exact=True))
    expect(page.get_by_role("alert")).to_contain_text("要改")
    page.get_by_label("网格员").check()
    page.locator("#f-scope").select_option("demo/north/sl/grid-01")
    page.locator("#f-reason").fill("到岗")
    follow(page.get_by_role("button", name="授权", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("陈某现在有 1 项授权")
    expect(page.get_by_role("status").filter(has_text="到岗")).to_be_visible()
    follow(page.get_by_role("link", name="给他登录名和密码"))
    page.locator("#f-login").fill(login)
    follow(page.get_by_role("button", name="设好密码"))
    password = page.locator("#made").inner_text()

    his = browser.new_context()
    there = his.new_page()
    there.goto(home + "/login")
    there.locator("#username").fill(login)
    there.locator("#password").fill(password)
    follow(there.get_by_role("button", name="登录", exact=True))
    there.goto(home + "/complaints")
    assert there.url == home + "/complaints"

    page.goto(person)
    follow(page.get_by_role("link", name=re.compile("收回网格员")))
    expect(page.locator(".consequence")).to_contain_text("下一次点击")
    page.locator("#f-reason").fill("离岗")
    follow(page.get_by_role("button", name="收回", exact=True))
    expect(page.get_by_role("heading", level=1)).to_have_text("陈某还没有授权")
    there.goto(home + "/complaints")
    assert "/login" in there.url
    his.close()


def test_a_tariff_is_proposed_compared_rehearsed_and_adopted(
    visit: BrowserContext, home: str, script: bool
) -> None:
    version = f"2026-{next(NUMBERS)}"
    page = signed_in(visit, home, "admin")
    page.goto(home + "/office/rule-books/tariffs/propose")
    text = page.locator("#f-content").input_value()
    page.locator("#f-version").fill(version)
    page.locator("#f-content").fill(text.replace("points = 15", "points = -3", 1))
    follow(page.get_by_role("button", name="提出"))
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"第 \d+ 行，lines\[\d+\]\.points"))
    page.locator("#f-content").fill(text.replace("points = 15", "points = 12", 1))
    follow(page.get_by_role("button", name="提出"))
    expect(page.get_by_role("status").filter(has_text="已经提出")).to_be_visible()

    page.goto(f"{home}/rule-books/tariffs/2025-1/diff/{version}")
    expect(page.locator("del.diff-del")).to_have_text("15 分")
    expect(page.locator("ins.diff-add")).to_have_text("12 分")
    page.locator("#w-f").fill("2026-01")
    page.locator("#w-r").select_option(version)
    follow(page.get_by_role("button", name="推演"))
    finished(page, script)
    expect(page.locator(".sum-line .total")).to_contain_text(version)

    page.goto(f"{home}/rule-books/tariffs/{version}/adopt")
    page.locator("#f-effective_from").fill("2026-01-01")
    follow(page.get_by_role("button", name="定下来"))
    expect(page.get_by_role("alert")).to_contain_text("rule-book.retroactive")
    tomorrow = (Clock().now.date() + timedelta(days=2)).isoformat()
    page.locator("#f-effective_from").fill(tomorrow)
    follow(page.get_by_role("button", name="定下来"))
    expect(page.get_by_role("alert")).to_contain_text("rule-book.resolution-missing")
    told = {"held_on": "2026-01-10", "eligible": "42", "present": "36", "in_favour": "33", "minutes": "同意"}
    for name, value in told.items():
        page.locator(f"#f-resolution-{name}").fill(value)
    follow(page.get_by_role("button", name="定下来"))
    expect(page.get_by_role("status").filter(has_text="已经通过")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("还没到日子")


def test_a_check_of_the_views_runs_to_no_difference(visit: BrowserContext, home: str, script: bool) -> None:
    page = signed_in(visit, home, "analyst")
    page.goto(home + "/office/projections")
    follow(page.get_by_role("button", name="全部核对"))
    done = page.get_by_role("status").filter(has_text="没有差别")
    finished(page, script)
    expect(done).to_be_visible()
    expect(page.locator("tbody .chip-good").first).to_have_text("没有差别")


def test_news_are_offered_and_nothing_moves(browser: Browser, home: str) -> None:
    with as_person(browser, home, "dispatcher") as page:
        page.goto(home + "/complaints?state=")
        expect(page.locator(".live")).to_have_text("实时")
        before = page.locator("main h1").bounding_box()
        other = page.context.new_page()
        other.goto(home + "/register")
        other.locator("input[name=category]").first.check()
        other.locator("[name=text]").fill("楼道灯不亮，老人夜里看不见路")
        other.locator("[name='place.grid']").select_option("demo/north/sl/grid-02")
        follow(other.locator("form[action*='/register'] button.btn-main").first)
        assert "/registered" in other.url
        other.close()
        page.bring_to_front()
        expect(page.locator("[data-fresh] a")).to_have_text("有 1 件新的，点这里看")
        assert page.locator("main h1").bounding_box() == before
        follow(page.locator("p[data-fresh] a"))
        expect(page.locator("main")).to_contain_text("楼道灯不亮")


def test_a_language_once_chosen_stays_and_a_hint_once_read_goes(visit: BrowserContext, home: str) -> None:
    page = entered(visit, home, "panel")
    expect(page.locator(".hint")).to_be_visible()
    page.get_by_role("button", name="知道了").click()
    expect(page.locator(".hint")).to_have_count(0)
    page.goto(home + "/?lang=en")
    page.goto(home + "/rule-books")
    assert page.get_attribute("html", "lang") == "en" and "lang=" not in page.url
    page.goto(home + "/rule-books?lang=zh")
    assert page.get_attribute("html", "lang") == "zh-CN"


@pytest.mark.full
def test_every_page_is_whole_small_and_open_to_all(browser: Browser, home: str) -> None:
    with as_person(browser, home, "admin") as page:
        for n, path in enumerate(PAGES):
            answer = page.goto(f"{home}{path}?lang={'en' if n % 2 else 'zh'}")
            assert answer is not None and answer.status == 200, path
            assert page.locator("h1").count() == 1, path
            assert not barriers(page), (path, barriers(page))
            assert len(asked_for(page)) <= 5, (path, asked_for(page))
            page.set_viewport_size(PHONE)
            assert narrow(page), path
            page.set_viewport_size(DESK)


def test_forms_of_the_office_are_open_to_all_on_a_phone(browser: Browser, home: str) -> None:
    """What test_every_page does not show to axe: it takes one address of every route."""
    with as_person(browser, home, "admin", size=PHONE) as page:
        for path in (PAGES[6], PAGES[12], PAGES[14]):
            page.goto(home + path)
            assert not barriers(page), (path, barriers(page))
