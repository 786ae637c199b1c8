"""Looking at a page: the browser, its two sizes, who looks, and what every page must hold."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, ViewportSize

from api.demo_users import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync",
    # A page is looked at for a second: what V8 would spend on making its scripts fast is never earned back.
    "--js-flags=--no-opt --no-maglev --always-sparkplug",
)  # fmt: skip
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
ONE_PHONE = [pytest.param(DESK, marks=pytest.mark.full, id="desk"), pytest.param(PHONE, id="phone")]
"""A quick run looks at what only its own file leads to once, on a phone."""
LEFT_OUT = ["tbody tr:nth-child(n+7)", "main li:nth-child(n+7)", "svg *"]
"""Lines of a list that are as those before them, and the inside of pictures: a full run looks at them too."""
AXE = {"resultTypes": ["violations"], "preload": False}
"""Nothing is fetched for the two rules that would read style sheets and sound: one is experimental, and no
page has sound."""
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)"
)


def sign_in(page: Page, home: str, who: str = "dispatcher") -> None:
    """The session's cookie, without the two pages of the way to it; tests/browser/test_pages.py goes it."""
    form: dict[str, str | float | bool] = {"username": who, "password": PASSWORD}
    answer = page.context.request.post(f"{home}/login", form=form, max_redirects=0)
    assert answer.status == 303, answer.text()


@contextmanager
def as_person(
    browser: Browser, home: str, who: str, *, size: ViewportSize = DESK, script: bool = True
) -> Iterator[Page]:
    """A page of somebody signed in; it fails when the page itself complains."""
    context = browser.new_context(viewport=size, java_script_enabled=script)
    try:
        page = context.new_page()
        faults = complaints_of(page)
        sign_in(page, home, who)
        yield page
    finally:
        context.close()
    assert not [fault for fault in faults if "status of 4" not in fault]


def complaints_of(page: Page) -> list[str]:
    """What the page's console and scripts say is wrong, from now on."""
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    return faults


def narrow(page: Page) -> bool:
    """Whether nothing makes the page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def barriers(page: Page) -> str:
    """What stands in the way of a screen reader, as axe reports it; "" where nothing does."""
    context = {"exclude": [[each] for each in LEFT_OUT]} if LEFT_OUT else None
    found = Axe().run(page, context=context, options=AXE)
    return str(found.generate_report()) if found.violations_count else ""


def asked_for(page: Page) -> list[str]:
    """The addresses this very page was made of: what another one asks for meanwhile is not among them."""
    found: list[str] = page.evaluate(
        "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))"
        ".map(one => one.name)"
    )
    return found


def follow(link: Locator) -> None:
    """Click, and be on the page it leads to, all of it loaded: what is read next is never the page before."""
    with link.page.expect_navigation():
        link.click()


def by_api(home: str, who: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """What somebody does meanwhile, elsewhere: a command, or a question where there is no `body`."""
    form = {"username": who, "password": PASSWORD, "grant_type": "password"}
    token = httpx.post(f"{home}/api/v1/token", data=form, timeout=60).json()["access_token"]
    answer = httpx.request(
        "GET" if body is None else "POST",
        f"{home}/api/v1/{path}",
        json=body,
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )
    assert answer.is_success, answer.text
    told: dict[str, Any] = answer.json()
    return told
