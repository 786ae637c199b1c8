"""A day of an administrator and of an analyst in a real browser, and the news that come while one looks."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Page,
    Request,
    ViewportSize,
    expect,
    sync_playwright,
)

from api.compose import open_engine
from scripts.demo import load_demo
from tests.api.serving import serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
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

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    engine = open_engine(tmp_path_factory.mktemp("office"))
    load_demo(engine)
    with serving(engine) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


@pytest.fixture(params=WAYS, ids=["desk", "phone-without-script"])
def visit(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    size, script = request.param
    context = browser.new_context(viewport=size, java_script_enabled=script)
    yield context
    context.close()


def entered(context: BrowserContext, home: str, who: str) -> Page:
    """As a stranger does: with one click on the first page."""
    page = context.new_page()
    page.goto(home + "/")
    more = page.locator("details", has=page.get_by_role("button", name=who, exact=True, include_hidden=True))
    if more.count() and not page.get_by_role("button", name=who, exact=True).is_visible():
        more.locator("summary").click()
    page.get_by_role("button", name=who, exact=True).click()
    page.wait_for_url(home + "/")
    return page


def test_an_administrator_lets_somebody_in_and_out_again(
    visit: BrowserContext, browser: Browser, home: str
) -> None:
    login = f"chen{next(NUMBERS)}"
    page = entered(visit, home, "admin")
    page.goto(home + "/office/people/new")
    page.get_by_label("姓名").fill("陈晓岚")
    page.get_by_role("button", name="登记", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("陈某还没有授权")
    person = page.url.split("?")[0]
    page.goto(f"{person}/do/grant")
    page.get_by_role("button", name="授权", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("要改")
    page.get_by_label("网格员").check()
    page.locator("#f-scope").select_option("demo/north/sl/grid-01")
    page.locator("#f-reason").fill("到岗")
    page.get_by_role("button", name="授权", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("陈某现在有 1 项授权")
    expect(page.get_by_role("status").filter(has_text="到岗")).to_be_visible()
    page.get_by_role("link", name="给他登录名和密码").click()
    page.locator("#f-login").fill(login)
    page.get_by_role("button", name="设好密码").click()
    password = page.locator("#made").inner_text()

    his = browser.new_context()
    there = his.new_page()
    there.goto(home + "/login")
    there.locator("#username").fill(login)
    there.locator("#password").fill(password)
    there.get_by_role("button", name="登录", exact=True).click()
    there.goto(home + "/complaints")
    assert there.url == home + "/complaints"

    page.goto(person)
    page.get_by_role("link", name=re.compile("收回网格员")).click()
    expect(page.locator(".consequence")).to_contain_text("下一次点击")
    page.locator("#f-reason").fill("离岗")
    page.get_by_role("button", name="收回", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("陈某还没有授权")
    there.goto(home + "/complaints")
    assert "/login" in there.url
    his.close()


def test_a_tariff_is_proposed_compared_rehearsed_and_adopted(visit: BrowserContext, home: str) -> None:
    version = f"2026-{next(NUMBERS)}"
    page = entered(visit, home, "admin")
    page.goto(home + "/office/rule-books/tariffs/propose")
    text = page.locator("#f-content").input_value()
    page.locator("#f-version").fill(version)
    page.locator("#f-content").fill(text.replace("points = 15", "points = -3", 1))
    page.get_by_role("button", name="提出").click()
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"第 \d+ 行，lines\[\d+\]\.points"))
    page.locator("#f-content").fill(text.replace("points = 15", "points = 12", 1))
    page.get_by_role("button", name="提出").click()
    expect(page.get_by_role("status").filter(has_text="已经提出")).to_be_visible()

    page.goto(f"{home}/rule-books/tariffs/2025-1/diff/{version}")
    expect(page.locator("del.diff-del")).to_have_text("15 分")
    expect(page.locator("ins.diff-add")).to_have_text("12 分")
    page.locator("#w-f").fill("2026-01")
    page.locator("#w-r").select_option(version)
    page.get_by_role("button", name="推演").click()
    expect(page.locator(".sum-line .total")).to_contain_text(version)

    page.goto(f"{home}/rule-books/tariffs/{version}/adopt")
    page.locator("#f-effective_from").fill("2026-01-01")
    page.get_by_role("button", name="定下来").click()
    expect(page.get_by_role("alert")).to_contain_text("rule-book.retroactive")
    tomorrow = (datetime.now(UTC).date() + timedelta(days=2)).isoformat()
    page.locator("#f-effective_from").fill(tomorrow)
    page.get_by_role("button", name="定下来").click()
    expect(page.get_by_role("alert")).to_contain_text("rule-book.resolution-missing")
    told = {"held_on": "2026-01-10", "eligible": "42", "present": "36", "in_favour": "33", "minutes": "同意"}
    for name, value in told.items():
        page.locator(f'[id="f-resolution.{name}"]').fill(value)
    page.get_by_role("button", name="定下来").click()
    expect(page.get_by_role("status").filter(has_text="已经通过")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("还没到日子")


def test_a_check_of_the_views_runs_to_no_difference(visit: BrowserContext, home: str) -> None:
    page = entered(visit, home, "analyst")
    page.goto(home + "/office/projections")
    page.get_by_role("button", name="全部核对").click()
    done = page.get_by_role("status").filter(has_text="没有差别")
    for _ in range(60):
        if done.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(done).to_be_visible()
    expect(page.locator("tbody .chip-good").first).to_have_text("没有差别")


def test_news_are_offered_and_nothing_moves(browser: Browser, home: str) -> None:
    context = browser.new_context(viewport=DESK)
    page = entered(context, home, "dispatcher")
    page.goto(home + "/complaints?state=")
    expect(page.locator(".live")).to_have_text("实时")
    before = page.locator("main h1").bounding_box()
    other = context.new_page()
    other.goto(home + "/register")
    other.locator("input[name=category]").first.check()
    other.locator("[name=text]").fill("楼道灯不亮，老人夜里看不见路")
    other.locator("[name='place.grid']").select_option("demo/north/sl/grid-02")
    other.locator("form[action*='/register'] button.btn-main").first.click()
    other.wait_for_url("**/registered*")
    other.close()
    page.bring_to_front()
    expect(page.locator("[data-fresh] a")).to_have_text("有 1 件新的，点这里看", timeout=10_000)
    assert page.locator("main h1").bounding_box() == before
    page.locator("p[data-fresh] a").click()
    expect(page.locator("main")).to_contain_text("楼道灯不亮")
    context.close()


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
    context = browser.new_context(viewport=DESK)
    entered(context, home, "admin").close()
    for n, path in enumerate(PAGES):
        page = context.new_page()
        asked: list[str] = []
        faults: list[str] = []
        page.on("request", partial(noted, asked))
        page.on("pageerror", partial(failed, faults))
        answer = page.goto(f"{home}{path}?lang={'en' if n % 2 else 'zh'}")
        assert answer is not None and answer.status == 200, path
        assert page.locator("h1").count() == 1, path
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
        assert len(set(asked)) <= 5 and not faults, (path, asked, faults)
        page.close()
    context.close()


def noted(asked: list[str], request: Request) -> None:
    asked.append(request.url)


def failed(faults: list[str], error: Error) -> None:
    faults.append(str(error))


@pytest.mark.parametrize("path", ["/office/projections", "/office/people/gridworker2", PAGES[5]])
def test_a_phone_s_page_is_open_to_all(browser: Browser, home: str, path: str) -> None:
    context = browser.new_context(viewport=PHONE)
    page = entered(context, home, "admin")
    page.goto(home + path)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    context.close()
