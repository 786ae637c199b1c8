"""Every page a user is led to, whoever he is: it opens, it is whole in both languages, it asks nobody else,
and nothing of it stands in the way of a screen reader or a narrow screen."""

import re
from collections.abc import Iterator
from functools import cache

import httpx
import pytest
from playwright.sync_api import Browser

from api import words
from api.permissions import TABLE
from tests.browser import crawling
from tests.browser.looking import PHONE, asked_for, barriers, complaints_of, needs_chromium, sign_in

STRANGER = ""
USERS = {
    STRANGER: "",
    "resident": "resident",
    "gridworker2": "gridworker",
    "dispatcher": "dispatcher",
    "property": "unit",
    "street": "street",
    "panel": "panel",
    "analyst": "analyst",
    "admin": "admin",
}
SIGNS_IN = ("/my/cases", "/my/points")
"""A stranger may be led there: the login leads on to them."""

BADGE = re.compile(
    r'<a href="([^"]+)"[^>]*><svg[^>]*>.{0,60}?</svg>[^<]*<span class="count" aria-hidden="true">(\d+)<'
)
"""An entry of the menu with a number."""


@pytest.fixture(scope="module")
def http(home: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=home, timeout=60) as http:
        yield http


WALKED: dict[str, list[crawling.Seen]] = {}
"""What the walks have seen, for the browser."""


def signed_in(http: httpx.Client, who: str) -> None:
    http.cookies.clear()
    if who:
        answer = http.post("/login", data={"username": who, "password": "demo"}, follow_redirects=False)
        assert answer.status_code == 303, answer.text


def walked(http: httpx.Client, who: str) -> list[crawling.Seen]:
    if who not in WALKED:
        signed_in(http, who)
        WALKED[who] = list(crawling.walk(http))
    return WALKED[who]


@cache
def told(language: str) -> re.Pattern[str]:
    return crawling.lines(language)


@pytest.mark.parametrize("who", USERS)
def test_every_link_opens_and_every_page_is_whole(http: httpx.Client, who: str) -> None:
    pages = walked(http, who)
    faults = [(page.path, page.shown_on, fault) for page in pages for fault in page.faults]
    if who == STRANGER:
        faults = [fault for fault in faults if fault[0] not in SIGNS_IN or fault[2] != "answers 303"]
    assert faults == []
    assert len(pages) > 12


@pytest.mark.parametrize("who", ("gridworker2", "dispatcher", "property", "street"))
def test_a_number_of_the_menu_is_that_of_the_page_it_leads_to(http: httpx.Client, who: str) -> None:
    signed_in(http, who)
    elsewhere = http.get("/duties").text
    waits = {path: int(n) for path, n in BADGE.findall(elsewhere)}
    due = re.search(r"<h1>[^<]*今天还有 (\d+) 件", http.get("/day").text)
    assert waits.get("/day", 0) == (int(due[1]) if due else 0)
    first = re.search(r'未结 <span class="count">(\d+)<', http.get("/complaints").text)
    assert first and waits.get("/complaints", 0) == int(first[1])
    assert f'<span class="sr-only">，{first[1]} 件未结</span>' in elsewhere


@pytest.mark.parametrize("who", USERS)
def test_what_a_page_offers_to_send_its_reader_may_send(http: httpx.Client, who: str) -> None:
    refused = []
    for page in walked(http, who):
        for form in page.reading.forms if page.reading else ():
            action = (form.get("action") or page.path).partition("?")[0]
            method = form.get("method", "get").upper()
            route = f"{method} {crawling.route_of(action, method)}"
            permit = TABLE.get(route)
            if permit is None or not (permit.open or USERS[who] in permit.roles | permit.told):
                refused.append((page.path, route))
    assert refused == []


@pytest.mark.parametrize("who", USERS)
def test_every_page_is_there_in_english_too(
    http: httpx.Client, who: str, pytestconfig: pytest.Config
) -> None:
    """What several are led to is read as the first of them sees it, in a full run as each does."""
    others = [] if pytestconfig.getoption("--full") else [*USERS][: [*USERS].index(who)]
    known = {page.pattern for other in others for page in walked(http, other)}
    pages = [page for page in walked(http, who) if page.reading and "?" not in page.pattern]
    signed_in(http, who)
    faults = []
    for page in {page.pattern: page for page in pages if page.pattern not in known}.values():
        assert page.reading is not None
        twin = page.reading.twins.get("en")
        if twin is None:
            faults.append((page.path, ["leads to no English page"]))
            continue
        there = crawling.opened(http, crawling.resolved(page.path, twin), page.path, page.pattern)
        http.cookies.delete(words.REMEMBERED)
        wrong = there.faults + crawling.foreign(page.reading, told(words.ENGLISH))
        if there.reading is not None:
            wrong += crawling.foreign(there.reading, told(words.CHINESE)) + crawling.marks(there.reading)
            wrong += [] if there.reading.lang == words.ENGLISH else ["is not in English"]
            wrong += [] if "zh-CN" in there.reading.twins else ["leads to no Chinese page"]
        if wrong:
            faults.append((page.path, wrong))
    assert faults == []


OWNERS = ("", "resident", "gridworker2", "panel", "admin", "dispatcher", "analyst", "property", "street")
"""Who shows a route to the browser: the first of them that was led there."""


def owned(http: httpx.Client, who: str) -> list[str]:
    """One address of every route that nobody before him was led to."""
    before = {
        crawling.route_of(page.path)
        for other in OWNERS[: OWNERS.index(who)]
        for page in walked(http, other)
        if page.reading
    }
    mine = {crawling.route_of(page.path): page.path for page in reversed(walked(http, who)) if page.reading}
    return [path for route, path in mine.items() if route not in before]


@needs_chromium
@pytest.mark.parametrize("who", OWNERS)
def test_every_page_is_readable_on_a_phone(http: httpx.Client, browser: Browser, home: str, who: str) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    if who:
        sign_in(page, home, who)
    said = complaints_of(page)
    faults: list[tuple[str, str]] = []
    for path in owned(http, who):
        page.goto(home + path)
        page.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })")
        if found := barriers(page):
            faults.append((path, found))
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            faults.append((path, f"scrolls {wide} px sideways"))
        asked = {*asked_for(page)}
        if len(asked) + page.locator("[data-live]").count() > 5:
            faults.append((path, f"asks for {sorted(asked)}"))
        if any(not url.startswith((home, "data:")) for url in asked):
            faults.append((path, f"asks others: {sorted(asked)}"))
        faults += [(path, line) for line in said]
        said.clear()
    context.close()
    assert faults == []
