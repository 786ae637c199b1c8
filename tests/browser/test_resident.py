"""What people do for themselves, in a browser: with and without a script, on a phone, in both languages."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize

from api.compose import open_engine
from api.limits import Reporters, Visitors
from scripts.demo import load_demo
from tests.api.serving import serving
from tests.browser.test_pages import CHROMIUM, PHONE, TWO_SIZES, browser, sign_in

__all__ = ["browser"]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")

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
    engine = open_engine(tmp_path_factory.mktemp("resident"))
    load_demo(engine)
    with serving(engine) as address:
        yield address
    patch.undo()


def by_api(home: str, who: str, path: str, body: dict[str, object]) -> None:
    """What the staff does meanwhile."""
    form = {"username": who, "password": "demo", "grant_type": "password"}
    token = httpx.post(f"{home}/api/v1/token", data=form).json()["access_token"]
    answer = httpx.post(
        f"{home}/api/v1/{path}", json=body, headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert answer.status_code == 200, answer.text


def report(page: Page, home: str, text: str) -> str:
    """Fill in the form as somebody would; the code he is given."""
    page.goto(home + "/report")
    page.get_by_role("radio", name="物业管理").check()
    page.fill("textarea[name=text]", text)
    page.select_option("select", GRID)
    page.fill("input[name='place.address']", "槐荫小区 7 号楼 2 单元")
    page.locator("form button.btn-l").last.click()
    if page.locator("button[name=join]").count():
        page.get_by_role("button", name="都不是，照常提交").click()
    return page.locator(".big-num").inner_text()


def case_of(page: Page, home: str, number: str) -> str:
    form = {"username": "dispatcher", "password": "demo", "grant_type": "password"}
    token = httpx.post(f"{home}/api/v1/token", data=form).json()["access_token"]
    found = httpx.get(
        f"{home}/api/v1/complaints", params={"number": number}, headers={"Authorization": f"Bearer {token}"}
    )
    return str(found.json()["items"][0]["id"])


@pytest.mark.parametrize("script", [True, False], ids=["script", "without-script"])
def test_reported_followed_handled_not_satisfied_handled_again(
    browser: Browser, home: str, script: bool
) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=script, locale="zh-CN")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    code = report(page, home, f"单元门关不上，{'有' if script else '无'}脚本也一样")
    number = page.locator(".kv dd").first.inner_text()
    page.goto(home + "/track")
    page.fill("input[name=code]", code.lower())
    page.get_by_role("button", name="看进展").click()
    assert "等着派给" in page.locator("h1").inner_text()
    case = case_of(page, home, number)
    by_api(home, "dispatcher", f"complaints/{case}/dispatch", {"lead": "property-co"})
    by_api(home, "property", f"complaints/{case}/respond", {})
    by_api(home, "property", f"complaints/{case}/resolution", {"result": "solved", "answer": "修好了"})
    page.reload()
    assert "说办好了" in page.locator("h1").inner_text()
    page.locator("label", has_text="不满意，重新办").click()
    page.get_by_role("button", name="就这样说").click()
    assert "第 2 轮" in page.locator("main .meta").first.inner_text()
    assert page.get_by_role("status").count() >= 1
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(home).netloc}
    context.close()


@pytest.mark.parametrize("size", TWO_SIZES)
@pytest.mark.parametrize(
    ("who", "paths"), [("", OPEN), ("resident", OWN), ("gridworker", COUNTER)], ids=["open", "own", "counter"]
)
def test_every_page_is_readable_by_everybody(
    browser: Browser, home: str, size: ViewportSize, who: str, paths: tuple[str, ...]
) -> None:
    """Axe finds nothing, nothing scrolls sideways, few requests, no fault; English words are longer."""
    context = browser.new_context(viewport=size)
    page = context.new_page()
    if who:
        sign_in(page, home, who) if who == "resident" else signed_in_staff(page, home, who)
    faults: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda one: asked.append(one.url))
    lang = "en" if size is PHONE else "zh"
    for path in paths:
        page.goto("about:blank")  # the page before ends its stream
        asked.clear()
        answer = page.goto(f"{home}{path}?lang={lang}")
        assert answer is not None and answer.status == 200, path
        assert len(answer.body()) < 100_000 and len(asked) <= 5
        assert page.get_attribute("html", "data-size") == "large"
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], (path, lang)
        found = Axe().run(page)
        assert found.violations_count == 0, (path, lang, found.generate_report())
    assert not faults
    context.close()


def signed_in_staff(page: Page, home: str, who: str) -> None:
    page.goto(home + "/login")
    page.get_by_role("button", name=who, exact=True).click()
    page.wait_for_url(home + "/**")


def test_points_are_claimed_ordered_and_given_back_without_a_script(browser: Browser, home: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, home, "resident")
    page.goto(home + "/my/points")
    had = page.locator("h1").inner_text()
    page.get_by_role("link", name="申报我做的事").click()
    page.locator("label", has_text="社区巡逻").click()
    page.get_by_role("button", name="先看能得几分").click()
    assert "5 分" in page.get_by_role("status").inner_text()
    page.get_by_role("button", name="申报", exact=True).click()
    assert "等别人核实" in page.locator("main").inner_text()
    page.goto(home + "/my/points/redeem")
    page.get_by_label("食盐要几个").fill("1")
    page.get_by_role("button", name="兑换", exact=True).click()
    assert "东西给您留着" in page.locator("main").inner_text()
    page.get_by_role("button", name="不要了，取消这一单").click()
    page.get_by_role("link", name="回我的积分").click()
    assert page.locator("h1").inner_text() == had
    context.close()
