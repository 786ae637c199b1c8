"""The pack of a published figure in its own page: the counts out of the bytes, and altered ones refused."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, ViewportSize

from api.app import create_app
from tests.api.conftest import Clock, Office, as_user, opened
from tests.api.points.packs import Files, put, tampered, told
from tests.api.serving import serving
from tests.api.test_figure_packs import GROWN
from tests.api.test_publishing import handled, publish
from tests.browser.looking import ONE_PHONE, barriers, narrow, needs_chromium
from tests.browser.test_bundle import VERDICT, files, folder, judged, offline, ours, page

__all__ = ["files", "folder", "offline", "page"]

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    clock = Clock()
    engine = opened(tmp_path_factory.mktemp("figure"), clock)
    engine.start()
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        office = Office(http, engine, clock)
        handled(office, 3)
        office.caught_up()
        figure = publish(office, group_by=["grid"])["id"]
        found: bytes = office.get(f"audit/bundles/figure/{figure}", "street").content
    engine.close()
    return found


@pytest.mark.parametrize("size", ONE_PHONE)
def test_the_pages_of_published_figures_are_readable_by_everybody(
    browser: Browser, tmp_path: Path, size: ViewportSize
) -> None:
    clock = Clock()
    engine = opened(tmp_path / "store", clock)
    engine.start()
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        office = Office(http, engine, clock)
        handled(office, 10)
        office.caught_up()
        figure = publish(office, group_by=["grid"])["id"]
        office.caught_up()
        street = as_user(engine, "street")
    with serving(engine) as home:
        context = browser.new_context(viewport=size, extra_http_headers=street)
        page = context.new_page()
        for path in ("/figures", f"/figures/{figure}", f"/figures/{figure}?lang=en"):
            page.goto(home + path)
            assert narrow(page), path
            assert not barriers(page), (path, barriers(page))
        context.close()


def test_it_is_green_and_shows_the_counts_out_of_the_bytes(page: Page, folder: Path) -> None:
    assert page.evaluate(VERDICT) == "true"
    table = page.locator("table.said")
    assert table.locator("tbody td").all_inner_texts()[1:3] == ["0", "3"]
    assert "reopen_rate@1" in table.locator("caption").inner_text()
    assert narrow(page) and not barriers(page)


def test_altered_ones_are_refused_as_ours_refuses_them(page: Page, files: Files) -> None:
    packs = [altered for _, altered in tampered(files, 4)]
    for change in GROWN:
        altered, copy = told(files), dict(files)
        change(altered)
        put(copy, altered)
        packs.append(copy)
    answers = judged(page, [files, *packs])
    assert answers[0][0] is True
    assert [answer[1] for answer in answers[-len(GROWN) :]] == ["grown"] * len(GROWN)
    assert not any(answer[0] or ours(altered)[0] for altered, answer in zip(packs, answers[1:], strict=True))
