"""The figures' pages in a real browser: every number opens, nothing stands in the way, at any width."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.browser.looking import (
    DESK,
    PHONE,
    as_person,
    asked_for,
    barriers,
    follow,
    narrow,
    needs_chromium,
)

pytestmark = needs_chromium

INDICATOR = "/statistics/on_time_closure_rate"
PATHS = (
    "/statistics",
    f"{INDICATOR}?group_by=grid&minimum=0&compare_from=2026-01&compare_to=2026-03",
    "/statistics/same_class_change?lang=en",
    "/statistics/response_rate/cases?part=missed",
    "/statistics/units/property-co?lang=en",
    f"{INDICATOR}?as_of=heute&lang=en",
    "/complaints?as_of=2026-10-31&known_at=2026-11-01&known_at_time=08:00",
    "/points/accounts?as_of=heute",
)
MOST = 100 * 1024


@pytest.mark.parametrize(
    ("size", "paths"),
    [
        pytest.param(DESK, PATHS, marks=pytest.mark.full, id="desk"),
        pytest.param(PHONE, PATHS, marks=pytest.mark.full, id="phone"),
        pytest.param(DESK, PATHS[1:3], id="desk-quick"),
    ],
)
def test_pages_are_small_whole_and_readable_by_everybody(
    browser: Browser, home: str, size: ViewportSize, paths: tuple[str, ...]
) -> None:
    with as_person(browser, home, "analyst", size=size) as page:
        for path in paths:
            answer = page.goto(home + path)
            assert answer is not None and answer.status == (422 if "heute" in path else 200), path
            assert page.locator("h1").count() == 1 and narrow(page), path
            asked = asked_for(page)
            assert {urlsplit(url).netloc for url in asked} == {urlsplit(home).netloc} and len(asked) <= 5
            assert not barriers(page), (path, barriers(page))


def test_the_overview_is_small_and_its_charts_say_their_finding_and_stand_where_the_numbers_are(
    browser: Browser, home: str
) -> None:
    with as_person(browser, home, "analyst") as page:
        page.goto(home + "/statistics")
        sizes = page.evaluate(
            "performance.getEntries().filter(one => one.encodedBodySize).map(one => one.encodedBodySize)"
        )
        assert 20_000 < sum(sizes) <= MOST
        assert page.locator("svg.chart").count() == 12
        for title in page.locator("svg.chart title").all_text_contents():
            assert title
        heights = page.evaluate(
            "[...document.querySelectorAll('svg.chart polyline, svg.chart circle')]"
            ".map(one => one.getBBox()).every(box => box.y >= 18 && box.y + box.height <= 150)"
        )
        assert heights is True


def test_a_number_opens_its_cases_and_a_case_its_story_without_a_script(browser: Browser, home: str) -> None:
    with as_person(browser, home, "analyst", size=PHONE, script=False) as page:
        page.goto(home + "/statistics")
        follow(page.get_by_role("link", name="按期办结率", exact=True).first)
        page.get_by_label("分组").select_option("grid")
        follow(page.get_by_role("button", name="重新计算"))
        assert "group_by=grid" in page.url
        number = page.locator("tbody .num a").first
        shown = number.inner_text()
        follow(number)
        assert page.locator("h1").inner_text().endswith(f"，{shown} 条")
        follow(page.locator("main a[href^='/complaints/c-']").first)
        assert page.locator(".story .fact").count() >= 1
