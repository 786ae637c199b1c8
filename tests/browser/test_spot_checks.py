"""The weekly spot checks in a real browser: drawn again by the page itself, from the pack alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page

from api.app import create_app
from api.compose import open_engine
from api.demo_users import enrol
from scripts.setting_up import apply, load
from tests.api.conftest import SAMPLE, Clock, Office, as_user
from tests.api.serving import serving
from tests.api.test_sampling import DICE, SPOT, closed, fixed, next_week
from tests.browser.looking import ONE_PHONE, PHONE, barriers, complaints_of, narrow, needs_chromium

pytestmark = needs_chromium

LIST = "/audit/spot-checks"
REDRAW = f"{LIST}/{SPOT}/redraw"
REDRAWN = "document.documentElement.dataset.redrawn"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    """(the address, the pack) of an office with a week drawn and the one after waiting for its value."""
    clock = Clock()
    engine = open_engine(tmp_path_factory.mktemp("spots"), clock=clock, watch=False)
    apply(engine.desk, load(SAMPLE))
    enrol(engine)
    engine.start()
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        office = Office(http, engine, clock)
        closed(office, 7)
        next_week(office)
        fixed(office)
        office.done(f"spot-checks/{SPOT}/value", DICE, "panel")
        closed(office, 1)
        clock.later(days=7)
        office.caught_up()
        office.done("spot-checks", {"week": "2026-W48"}, "street")
        office.caught_up()
        pack = office.get(f"spot-checks/{SPOT}/pack", "").json()
        pack["panel"] = as_user(engine, "panel")
    with serving(engine) as address:
        yield address, pack


def settled(page: Page) -> str:
    page.wait_for_selector("html[data-redrawn]")
    return str(page.evaluate(REDRAWN))


@pytest.mark.parametrize("size", ONE_PHONE)
def test_the_pages_are_whole_and_readable_by_everybody(
    browser: Browser, drawn: tuple[str, Any], size: Any
) -> None:
    home, pack = drawn
    context = browser.new_context(viewport=size, extra_http_headers=pack["panel"])
    page = context.new_page()
    faults = complaints_of(page)
    for path in (LIST, f"{LIST}/{SPOT}", f"{LIST}/spots-2026-W48-demo.north", REDRAW, f"{REDRAW}?lang=en"):
        answer = page.goto(home + path)
        assert answer is not None and answer.status == 200, path
        if REDRAW in path:
            settled(page)
        assert narrow(page), path
        assert not barriers(page), (path, barriers(page))
    assert not faults
    context.close()


def test_the_browser_draws_again_and_names_who_signed(browser: Browser, drawn: tuple[str, Any]) -> None:
    home, pack = drawn
    page = browser.new_page()
    page.goto(home + REDRAW)
    assert settled(page) == "true"
    assert page.locator("#redrawn-draw li").all_inner_texts() == pack["draw"]
    assert "5 件，次序也一样" in page.locator("#redrawn").inner_text()
    assert pack["keys"][0].partition("+")[0] in page.locator("#redrawn-signed").inner_text()
    page.get_by_label("您从别处得到的公钥").fill(pack["keys"][0])
    page.get_by_text("公钥是您填的").wait_for()
    page.close()


def changed(pack: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    frame, draw = pack["frame"], pack["draw"]
    yield "root", pack | {"root": "0" * 64}
    yield "a ticket", pack | {"frame": [frame[0] | {"ticket": "0" * 64}, *frame[1:]]}
    yield "a case left out", pack | {"frame": frame[1:]}
    yield "a case twice", pack | {"frame": [*frame, frame[0]]}
    yield "the value", pack | {"value": "1" * 10}
    yield "the seed", pack | {"seed": "0" * 64}
    yield "the order", pack | {"draw": draw[::-1]}
    yield "how many", pack | {"many": pack["many"] - 1}
    yield "the week", pack | {"week": "2026-W46"}
    note = pack["checkpoint"]["note"]
    yield "the note", pack | {"checkpoint": pack["checkpoint"] | {"note": note.replace("\n", "\n1", 1)}}
    yield "the tree", pack | {"checkpoint": pack["checkpoint"] | {"size": 1}}
    yield "no key", pack | {"keys": []}


def test_a_pack_that_was_touched_is_not_taken(
    browser: Browser, drawn: tuple[str, Any], tmp_path: Path
) -> None:
    home, pack = drawn
    page = browser.new_page()
    page.goto(home + REDRAW)
    assert settled(page) == "true"
    file = tmp_path / "pack.json"
    for what, touched in changed(pack):
        file.write_text(json.dumps(touched), "utf-8")
        page.evaluate("delete document.documentElement.dataset.redrawn")
        page.set_input_files("#f-pack", [])
        page.set_input_files("#f-pack", file)
        assert settled(page) == "false", what
    page.close()


def test_without_a_script_the_draw_and_its_rule_stand_there(browser: Browser, drawn: tuple[str, Any]) -> None:
    home, pack = drawn
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(home + REDRAW)
    shown = page.locator("section[aria-labelledby=h-drawn] > div tbody th").all_inner_texts()
    assert shown == pack["draw"]
    assert "这一步要开脚本" in page.locator("noscript").inner_text()
    context.close()


def test_a_draw_without_a_value_is_called_a_demo_by_the_browser_too(
    browser: Browser, drawn: tuple[str, Any]
) -> None:
    home, _ = drawn
    page = browser.new_page()
    page.goto(f"{home}{LIST}/spots-2026-W48-demo.north/redraw")
    assert settled(page) == "true" and "演示抽取" in page.locator("#redrawn").inner_text()
    page.close()
