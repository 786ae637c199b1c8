"""The figures' pages in a real browser: every number opens, nothing stands in the way, at any width."""

# ruff: noqa: F401, F811

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.test_pages import CHROMIUM, DESK, PHONE, browser, home, sign_in

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")

INDICATOR = "/statistics/on_time_closure_rate"
PATHS = (
    "/statistics",
    f"{INDICATOR}?group_by=grid&minimum=0&compare_from=2026-01&compare_to=2026-03",
    "/statistics/same_class_change?lang=en",
    "/statistics/response_rate/cases?part=missed",
    "/statistics/units/property-co?lang=en",
    f"{INDICATOR}?as_of=heute&lang=en",
)
MOST = 100 * 1024


def signed_in(
    browser: Browser, home: str, *, phone: bool, script: bool = True
) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport=PHONE if phone else DESK, java_script_enabled=script)
    page = context.new_page()
    sign_in(page, home, "analyst")
    return context, page


@pytest.mark.parametrize(
    "phone", [pytest.param(False, id="desk"), pytest.param(True, marks=pytest.mark.full, id="phone")]
)
def test_pages_are_small_whole_and_readable_by_everybody(browser: Browser, home: str, phone: bool) -> None:
    context, page = signed_in(browser, home, phone=phone)
    faults: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    for path in PATHS:
        page.goto("about:blank")  # the page before ends its stream
        asked.clear()
        answer = page.goto(home + path)
        assert answer is not None and answer.status == (422 if "heute" in path else 200), path
        assert page.locator("h1").count() == 1
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= (390 if phone else 1280), path
        assert {urlsplit(url).netloc for url in asked} == {urlsplit(home).netloc} and len(asked) <= 5
        found = Axe().run(page)
        assert found.violations_count == 0, (path, found.generate_report())
    assert [fault for fault in faults if "422" not in fault] == []
    context.close()


def test_the_first_load_of_the_overview_is_small(browser: Browser, home: str) -> None:
    context, page = signed_in(browser, home, phone=False)
    page.goto(home + "/statistics")
    sizes = page.evaluate(
        "performance.getEntries().filter(one => one.encodedBodySize).map(one => one.encodedBodySize)"
    )
    assert 20_000 < sum(sizes) <= MOST
    context.close()


def test_charts_say_their_finding_and_lines_stand_where_the_numbers_are(browser: Browser, home: str) -> None:
    context, page = signed_in(browser, home, phone=False)
    page.goto(home + "/statistics")
    charts = page.locator("svg.chart")
    assert charts.count() == 12
    for title in page.locator("svg.chart title").all_text_contents():
        assert title
    heights = page.evaluate(
        "[...document.querySelectorAll('svg.chart polyline, svg.chart circle')]"
        ".map(one => one.getBBox()).every(box => box.y >= 18 && box.y + box.height <= 150)"
    )
    assert heights is True
    context.close()


def test_a_number_opens_its_cases_and_a_case_its_story_without_a_script(browser: Browser, home: str) -> None:
    context, page = signed_in(browser, home, phone=True, script=False)
    page.goto(home + "/statistics")
    page.get_by_role("link", name="按期办结率", exact=True).first.click()
    page.get_by_label("分组").select_option("grid")
    page.get_by_role("button", name="重新计算").click()
    page.wait_for_url("**group_by=grid**")
    number = page.locator("tbody .num a").first
    shown = number.inner_text()
    number.click()
    assert page.locator("h1").inner_text().endswith(f"，{shown} 条")
    page.locator("main a[href^='/complaints/c-']").first.click()
    assert page.locator(".story .fact").count() >= 1
    context.close()
