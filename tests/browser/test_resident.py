"""What people do for themselves, in a browser: with and without a script, on a phone, in both languages."""

from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, ViewportSize

from api.limits import Reporters, Visitors
from tests.api.serving import serving
from tests.browser.conftest import demo
from tests.browser.looking import (
    DESK,
    PHONE,
    as_person,
    asked_for,
    barriers,
    by_api,
    complaints_of,
    follow,
    narrow,
    needs_chromium,
    sign_in,
)

pytestmark = needs_chromium

GRID = "demo/north/sl/grid-01"
OPEN = ("/report", "/report/joined", "/track", "/receipts/check")
OWN = ("/my/cases", "/my/points", "/my/points/statement", "/my/points/claim", "/my/points/redeem")
COUNTER = ("/counter", "/counter/report", "/counter/with/resident", "/counter/with/resident/redeem")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One address looks at many pages here: it may."""
    patch = pytest.MonkeyPatch()
    for kind in (Visitors, Reporters):
        patch.setattr(kind, "BURST", 1e6)
    with serving(demo(tmp_path_factory.mktemp("resident")), settled=True) as address:
        yield address
    patch.undo()


def report(page: Page, home: str, text: str, *, script: bool) -> str:
    """Fill in the form as somebody would; the code he is given."""
    page.goto(home + "/report")
    page.get_by_role("radio", name="物业管理").check()
    page.fill("textarea[name=text]", text)
    page.fill("input[name='place.address']", "槐荫小区 7 号楼 2 单元")
    if script:
        with page.expect_response(
            "**/report/alike"
        ) as told:  # what it shows must not come beneath the finger
            page.select_option("select", GRID)
        told.value.finished()
    else:
        page.select_option("select", GRID)
    follow(page.locator("form button.btn-l").last)
    if page.locator("button[name=join]").count():
        follow(page.get_by_role("button", name="都不是，照常提交"))
    return page.locator(".big-num").inner_text()


@pytest.mark.parametrize("script", [True, False], ids=["script", "without-script"])
def test_reported_followed_handled_not_satisfied_handled_again(
    browser: Browser, home: str, script: bool
) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=script, locale="zh-CN")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", partial(noted, asked))
    code = report(page, home, f"单元门关不上，{'有' if script else '无'}脚本也一样", script=script)
    number = page.locator(".kv dd").first.inner_text()
    page.goto(home + "/track")
    page.fill("input[name=code]", code.lower())
    follow(page.get_by_role("button", name="看进展"))
    assert "等着派给" in page.locator("h1").inner_text()
    (found,) = by_api(home, "dispatcher", f"complaints?number={number}")["items"]
    case = f"complaints/{found['id']}"
    by_api(home, "dispatcher", f"{case}/dispatch", {"lead": "property-co"})
    by_api(home, "property", f"{case}/respond", {})
    by_api(home, "property", f"{case}/resolution", {"result": "solved", "answer": "修好了"})
    page.reload()
    assert "说办好了" in page.locator("h1").inner_text()
    page.locator("label", has_text="不满意，重新办").click()
    follow(page.get_by_role("button", name="就这样说"))
    assert "第 2 轮" in page.locator("main .meta").first.inner_text()
    assert page.get_by_role("status").count() >= 1
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(home).netloc}
    context.close()


def noted(asked: list[str], request: Request) -> None:
    asked.append(request.url)


@pytest.mark.parametrize(
    ("size", "lang"),
    [
        pytest.param(DESK, "zh", marks=pytest.mark.full, id="desk"),
        pytest.param(PHONE, "en", marks=pytest.mark.full, id="phone"),
    ],
)
@pytest.mark.parametrize(
    ("who", "paths"), [("", OPEN), ("resident", OWN), ("gridworker", COUNTER)], ids=["open", "own", "counter"]
)
def test_every_page_is_readable_by_everybody(
    browser: Browser, home: str, size: ViewportSize, lang: str, who: str, paths: tuple[str, ...]
) -> None:
    """Axe finds nothing, nothing scrolls sideways, few requests, no fault; English words are longer."""
    context = browser.new_context(viewport=size)
    page = context.new_page()
    if who:
        sign_in(page, home, who)
    faults = complaints_of(page)
    for path in paths:
        readable(page, f"{home}{path}?lang={lang}")
    assert not faults
    context.close()


def readable(page: Page, address: str) -> None:
    answer = page.goto(address)
    assert answer is not None and answer.status == 200, address
    assert len(answer.body()) < 100_000 and len(asked_for(page)) <= 5, address
    assert page.get_attribute("html", "data-size") == "large", address
    assert narrow(page), address
    assert not barriers(page), (address, barriers(page))


def test_the_counter_s_pages_are_readable_at_a_desk_and_in_english(browser: Browser, home: str) -> None:
    """What test_every_page is not led to; the others of everybody it reads on a phone."""
    with as_person(browser, home, "gridworker") as page:
        readable(page, f"{home}{COUNTER[2]}?lang=zh")
        readable(page, f"{home}{COUNTER[3]}?lang=en")
        page.context.clear_cookies()
        readable(page, f"{home}{OPEN[1]}?lang=en")


def test_points_are_claimed_ordered_and_given_back_without_a_script(browser: Browser, home: str) -> None:
    with as_person(browser, home, "resident", size=PHONE, script=False) as page:
        page.goto(home + "/my/points")
        had = page.locator("h1").inner_text()
        follow(page.get_by_role("link", name="申报我做的事"))
        page.locator("label", has_text="社区巡逻").click()
        follow(page.get_by_role("button", name="先看能得几分"))
        assert "5 分" in page.get_by_role("status").inner_text()
        follow(page.get_by_role("button", name="申报", exact=True))
        assert "等别人核实" in page.locator("main").inner_text()
        page.goto(home + "/my/points/redeem")
        page.get_by_label("食盐要几个").fill("1")
        follow(page.get_by_role("button", name="兑换", exact=True))
        assert "东西给您留着" in page.locator("main").inner_text()
        follow(page.get_by_role("button", name="不要了，取消这一单"))
        follow(page.get_by_role("link", name="回我的积分"))
        assert page.locator("h1").inner_text() == had
