"""The pictures of docs/tour.md: the demo community on a Wednesday morning, as its users see it. The clock
stands, so that the same pages give the same pictures.

    scripts/tour
"""

import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from api.compose import open_engine
from scripts.demo import load_demo
from tests.api.conftest import Clock
from tests.api.serving import serving
from tests.browser.looking import CHROMIUM, PHONE

PICTURES = Path(__file__).parents[2] / "docs" / "images" / "tour"
HEAVIEST = 60_000
"""Bytes of one picture."""
DESK: ViewportSize = {"width": 1120, "height": 860}


@dataclass(frozen=True, slots=True)
class View:
    """One picture: who looks, where he begins, and the links he follows from there."""

    name: str
    who: str
    path: str
    clicks: tuple[str, ...] = ()
    phone: bool = False


VIEWS = (
    View("first-page", "", "/"),
    View("day", "dispatcher", "/day"),
    View("queue", "dispatcher", "/complaints?state=open"),
    View(
        "case", "dispatcher", "/complaints?category=heating&state=closed", ("th a[href^='/complaints/c-']",)
    ),
    View("follow-up", "gridworker2", "/day", ("a.btn[href*='/do/follow-up']",), phone=True),
    View(
        "visits",
        "dispatcher",
        "/visits",
        ("main a[href^='/visits/']:not([href*='/new']):not([href*='/day'])",),
    ),
    View("visit-day", "gridworker", "/visits", ("main a[href*='/day']",), phone=True),
    View("households", "dispatcher", "/households"),
    View("care", "dispatcher", "/care"),
    View("patrols", "dispatcher", "/patrols"),
    View("duties", "street", "/duties"),
    View("claims", "panel", "/points"),
    View("replay", "panel", "/points/claims", ("a[href*='state=disputed']", "th a[href^='/points/claims/']")),
    View("review", "panel", "/points/reviews/2026-10"),
    View("figures", "analyst", "/statistics"),
    View("indicator", "analyst", "/statistics/on_time_closure_rate"),
    View("report", "", "/report", phone=True),
    View("my-cases", "resident", "/my/cases", ("main a[href^='/my/cases/c-']",), phone=True),
    View("my-points", "resident", "/my/points", phone=True),
    View("tariffs", "admin", "/rule-books/tariffs/2025-0/diff/2025-1"),
)


def take(folder: Path, views: tuple[View, ...] = VIEWS) -> None:
    """Make every picture, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="huisheng-tour-") as store:
        engine = open_engine(Path(store), clock=Clock(), watch=False)
        load_demo(engine)
        with serving(engine) as home, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
            for view in views:
                (folder / f"{view.name}.png").write_bytes(picture(browser, home, view))
            browser.close()


def picture(browser: Browser, home: str, view: View) -> bytes:
    context = browser.new_context(
        viewport=PHONE if view.phone else DESK, locale="zh-CN", reduced_motion="reduce"
    )
    try:
        page = context.new_page()
        if view.who:
            page.goto(home + "/login")
            page.get_by_role("button", name=view.who, exact=True).click()
            page.wait_for_url(home + "/")
            put_away_the_hint(page)
        page.goto(home + view.path)
        put_away_the_hint(page)
        for link in view.clicks:
            page.locator(link).first.click()
            page.wait_for_load_state()
        return small(page.screenshot())
    finally:
        context.close()


def put_away_the_hint(page: Page) -> None:
    """What greets who comes for the first time would stand in every picture."""
    known = page.locator(".hint button")
    if known.count():
        known.click()
        page.wait_for_load_state()


def small(shot: bytes) -> bytes:
    """The picture in as many colours as fit the weight."""
    whole = Image.open(io.BytesIO(shot)).convert("RGB")
    for colours in (64, 32, 16, 8):
        file = io.BytesIO()
        whole.quantize(colours, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
        if file.tell() <= HEAVIEST:
            break
    return file.getvalue()


if __name__ == "__main__":
    if CHROMIUM is None:
        sys.exit("the tour needs Chromium (Debian: apt-get install chromium)")
    take(PICTURES)
    print(f"{len(VIEWS)} pictures in {PICTURES.relative_to(Path.cwd())}")
