"""What browser tests share: one Chromium, and the demo community as it stands on a Wednesday morning."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from api.compose import open_engine
from engine.engine import Engine
from scripts.demo import load_demo
from tests.api.conftest import Clock
from tests.api.serving import serving
from tests.browser.looking import ARGS, CHROMIUM, LEFT_OUT

PATIENCE = 30_000
"""Milliseconds in which a page has what it should have, on a machine with much else to do."""


@pytest.fixture(scope="package")
def play() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as play:
        yield play


@pytest.fixture(scope="package")
def browser(play: Playwright, pytestconfig: pytest.Config) -> Iterator[Browser]:
    if pytestconfig.getoption("--full"):
        LEFT_OUT.clear()
    chromium = play.chromium.launch(executable_path=CHROMIUM, args=[*ARGS])
    yield chromium
    chromium.close()


def demo(directory: Path) -> Engine:
    """The demo community in a store of its own; its clock stands on the day it was loaded."""
    made, clock = template(), Clock()
    clock.now = made[1]
    shutil.copytree(made[0].name, directory, dirs_exist_ok=True)
    return open_engine(directory, clock=clock, watch=False)


@cache
def template() -> tuple[TemporaryDirectory[str], datetime]:
    """The folder that is copied, and when its loading ended."""
    folder, clock = TemporaryDirectory(prefix="huisheng-demo-"), Clock()
    engine = open_engine(Path(folder.name), clock=clock, watch=False)
    load_demo(engine)
    engine.catch_up()
    engine.close()
    return folder, clock.now


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the demo for tests that only look: what is recorded there, all of them see."""
    with serving(demo(tmp_path_factory.mktemp("demo")), settled=True) as address:
        yield address
