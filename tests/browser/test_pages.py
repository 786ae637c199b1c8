"""The pages in a real browser, on the demo community: readable, whole, and nothing fetched from elsewhere."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from api.compose import open_engine
from scripts.demo import load_demo
from tests.api.serving import serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
TWO_SIZES = [pytest.param(DESK, id="desk"), pytest.param(PHONE, marks=pytest.mark.full, id="phone")]
"""A quick run looks at desks only here: test_every_page looks at every page on a phone."""
PATHS = ("/", "/complaints", "/complaints?state=resolved", "/statistics")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")


@dataclass
class Visit:
    """A page, and what went wrong while it was looked at."""

    page: Page
    home: str
    asked: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        answer = self.page.goto(self.home + path)
        assert answer is not None and answer.status == 200, path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    engine = open_engine(tmp_path_factory.mktemp("browser"))
    load_demo(engine)
    with serving(engine) as address:
        assert engine.views.wait_for(engine.log.head(), 60)
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        yield chromium
        chromium.close()


def sign_in(page: Page, home: str, who: str = "dispatcher") -> None:
    """As a visitor of the demo does: the button with the name."""
    page.goto(home + "/login")
    page.get_by_role("button", name=who, exact=True).click()
    page.wait_for_url(home + "/")


@pytest.fixture(params=[(DESK, True), (PHONE, True), (PHONE, False)], ids=["desk", "phone", "without-script"])
def visit(request: pytest.FixtureRequest, browser: Browser, home: str) -> Iterator[Visit]:
    size, script = request.param
    context = browser.new_context(viewport=size, java_script_enabled=script, locale="en-US")
    page = context.new_page()
    sign_in(page, home)
    page.goto("about:blank")  # the page before ends its stream
    visit = Visit(page, home)
    page.on("request", lambda asked: visit.asked.append(asked.url))
    page.on("console", lambda said: visit.faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: visit.faults.append(str(error)))
    yield visit
    context.close()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_small_whole_and_asks_nobody_else(visit: Visit, path: str) -> None:
    visit.go(path)
    assert visit.page.locator("h1").count() == 1
    assert visit.page.get_attribute("html", "lang") == "zh-CN"
    assert {urlsplit(url).netloc for url in visit.asked} == {urlsplit(visit.home).netloc}
    assert len(visit.asked) <= 5 and not visit.faults
    wide = visit.page.locator("body").bounding_box()
    size = visit.page.viewport_size
    assert wide is not None and size is not None and wide["width"] <= size["width"]


def test_english_is_a_click_away_and_stays(visit: Visit) -> None:
    visit.go("/")
    visit.page.locator("a[hreflang=en]").first.click()
    assert visit.page.get_attribute("html", "lang") == "en"
    visit.page.locator("main a[href*='/complaints']").first.click()
    assert visit.page.get_attribute("html", "lang") == "en"


def test_a_rate_opens_its_cases_and_a_case_tells_its_story(visit: Visit) -> None:
    visit.go("/")
    visit.page.locator("main a[href*='part=']").first.click()
    visit.page.locator("main a[href^='/complaints/c-']").first.click()
    visit.page.locator(".story .fact").nth(2).wait_for()
    assert not visit.faults


@pytest.mark.parametrize("size", TWO_SIZES)
@pytest.mark.parametrize("path", [*PATHS, "case", "/login"])
def test_nothing_stands_in_the_way_of_a_screen_reader(
    browser: Browser, home: str, path: str, size: ViewportSize
) -> None:
    page = browser.new_page(viewport=size)
    if path != "/login":
        sign_in(page, home)
    page.goto(home + ("/complaints" if path == "case" else path))
    if path == "case":
        page.locator("main a[href^='/complaints/c-']").first.click()
    found = Axe().run(page)
    page.close()
    assert found.violations_count == 0, found.generate_report()


def test_the_keyboard_reaches_the_search(browser: Browser, home: str) -> None:
    page = browser.new_page(viewport=DESK)
    sign_in(page, home)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("input[name=q]").first.fill("暖气")
    page.keyboard.press("Enter")
    page.wait_for_url("**/complaints?*q=*")
    assert page.locator("main a[href^='/complaints/c-']").count() > 0
    page.close()


def test_one_signs_in_takes_another_role_and_leaves(visit: Visit) -> None:
    """The menu at the top right; without a script too."""
    page = visit.page
    visit.go("/login")
    page.get_by_role("button", name="gridworker2", exact=True).click()
    page.locator(".who > summary").click()
    page.get_by_role("button", name="改以居民身份").click()
    page.locator(".who > summary").click()
    assert "居民" in page.locator(".who-panel p").inner_text()
    page.get_by_role("button", name="退出登录").click()
    assert page.url == visit.home + "/login" and not visit.faults
    page.goto(visit.home + "/complaints?state=resolved")
    page.locator("#username").fill("dispatcher")
    page.locator("#password").fill("wrong")
    page.get_by_role("button", name="登录", exact=True).click()
    assert "登录名或密码不对" in page.get_by_role("alert").inner_text()
    page.locator("#password").fill("demo")
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/complaints?state=resolved")
