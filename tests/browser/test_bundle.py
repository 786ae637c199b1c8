"""The page of a proof pack, opened as a file without network: what holds is green, what was touched is not,
and it agrees with the verifier in Python."""

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, BrowserContext, Page

from api.app import create_app
from api.bundles.judging import PackRefused, judge, unzipped
from api.compose import open_engine
from api.demo_users import enrol
from scripts.setting_up import apply, load
from tests.api.conftest import SAMPLE
from tests.api.points.conftest import COMMUNITY, Desk, SpringClock
from tests.api.points.disputing import disputed
from tests.api.points.packs import STRANGER, Files, tampered
from tests.browser.looking import PHONE, as_person, barriers, follow, narrow, needs_chromium

pytestmark = needs_chromium

VERDICT = "document.documentElement.dataset.verified"
JUDGE = """async ([packs, options]) => {
    const found = [];
    for (const pack of packs) {
        const files = {};
        for (const [name, data] of Object.entries(pack))
            files[name] = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
        const told = await huisheng.verify(files, options);
        found.push([told.verified, told.code || "", told.where || 0, told.by]);
    }
    return found;
}"""
EACH, FULL = 20, 170
"""Of every kind of tampering: 360 packs, in a full run 3,060 with more than 10,000 proofs in them."""
FEW = 5
"""As many for arithmetic that differs in nothing else from what was just tried."""
AT_ONCE = 100
"""Packs handed to the browser in one go."""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The pack of a disputed claim, as the holder downloads it."""
    clock = SpringClock()
    engine = open_engine(tmp_path_factory.mktemp("pack"), clock=clock, watch=False)
    apply(engine.desk, load(SAMPLE))
    enrol(engine)
    engine.start()
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        desk = Desk(http, engine, clock)
        desk.opened()
        panel = {"place": COMMUNITY, "members": ["panel", "panel2", "panel3"], "quorum": 2}
        desk.done("panel", panel, "street")
        claim = disputed(desk)
        answer = desk.get(f"audit/bundles/claim/{claim}", "resident")
    engine.close()
    assert answer.status_code == 200
    found: bytes = answer.content
    return found


@pytest.fixture(scope="module")
def files(packed: bytes) -> Files:
    return unzipped(io.BytesIO(packed))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, files: Files) -> Path:
    found = tmp_path_factory.mktemp("unpacked")
    (found / "index.html").write_bytes(files["index.html"])
    return found


@pytest.fixture
def offline(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(offline=True, viewport=PHONE)
    yield context
    context.close()


@pytest.fixture
def page(offline: BrowserContext, folder: Path) -> Page:
    page = offline.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda fault: asked.append(str(fault)))
    page.goto((folder / "index.html").as_uri())
    page.wait_for_selector(".verdict.good, .verdict.bad")
    assert [url for url in asked if not url.startswith("file:")] == []
    return page


def coded(files: Files) -> dict[str, str]:
    return {name: base64.b64encode(data).decode() for name, data in files.items() if name != "index.html"}


def judged(page: Page, packs: list[Files], **options: Any) -> list[list[Any]]:
    found: list[list[Any]] = []
    for start in range(0, len(packs), AT_ONCE):
        some = [coded(pack) for pack in packs[start : start + AT_ONCE]]
        found += page.evaluate(JUDGE, [some, options])
    return found


def proofs(files: Files) -> int:
    """How many entries a pack proves to be in the ledger."""
    return len(json.loads(files["events.json"])["events"])


def ours(files: Files) -> tuple[bool, int]:
    try:
        judge(files)
    except PackRefused as refused:
        return False, refused.event
    return True, 0


def test_a_whole_pack_is_green_without_network(page: Page) -> None:
    assert page.evaluate(VERDICT) == "true"
    assert "全部核对无误" in page.inner_text("#said") and "帮独居老人买菜" in page.inner_text("h1")
    assert narrow(page)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert "密封" in page.inner_text("#events") and "邻居说只帮过一次" not in page.content()
    page.click("#language")
    assert "entries hold" in page.inner_text("#said") and "panel.example/witness" in page.inner_text("main")
    assert not barriers(page)


@pytest.mark.parametrize("builtin", [False, True], ids=["WebCrypto", "its own arithmetic"])
def test_every_altered_pack_is_refused_and_ours_says_the_same(
    page: Page, files: Files, builtin: bool, pytestconfig: pytest.Config
) -> None:
    each = FULL if pytestconfig.getoption("--full") else FEW if builtin else EACH
    packs = list(tampered(files, each, seed=11 + builtin))
    assert len(packs) >= 15 * each
    assert each != FULL or (len(packs) >= 3_000 and len(packs) * proofs(files) >= 10_000)
    told = judged(page, [files, *(altered for _, altered in packs)], builtin=builtin)
    assert told[0][0] is True and told[0][3] == ("built-in" if builtin else "WebCrypto")
    wrong = [
        (name, *answer)
        for (name, altered), answer in zip(packs, told[1:], strict=True)
        if answer[0] or ours(altered)[0] or (name == "leaf" and not answer[2])
    ]
    assert wrong == []


def test_a_page_whose_own_files_were_altered_is_red(
    offline: BrowserContext, folder: Path, files: Files
) -> None:
    before = files["index.html"].decode()
    name, leaf = "leaf", json.loads(files["events.json"])["events"][1]["leaf"]
    altered = before.replace(leaf, ("B" if leaf[0] != "B" else "A") + leaf[1:])
    assert altered != before, name
    (folder / "altered.html").write_text(altered, "utf-8")
    page = offline.new_page()
    page.goto((folder / "altered.html").as_uri())
    page.wait_for_selector(".verdict.bad")
    assert page.evaluate(VERDICT) == "false"
    assert "第 2 条" in page.inner_text("#said") and page.locator(".event").count() == 0


def test_the_key_one_holds_and_another_zip_are_judged_too(page: Page, packed: bytes, tmp_path: Path) -> None:
    page.fill("#key", str(STRANGER.verifier))
    page.wait_for_selector(".verdict.bad")
    assert "不是您手里的那一把" in page.inner_text("#why") and page.evaluate(VERDICT) == "false"
    page.fill("#key", "")
    page.wait_for_selector(".verdict.good")
    at = packed.index(b"c2sp.org/tlog-proof@v1\nindex ") + 60
    (tmp_path / "altered.zip").write_bytes(packed[:at] + bytes([packed[at] ^ 1]) + packed[at + 1 :])
    page.set_input_files("#pack", tmp_path / "altered.zip")
    page.wait_for_selector(".verdict.bad")
    (tmp_path / "whole.zip").write_bytes(packed)
    page.set_input_files("#pack", tmp_path / "whole.zip")
    page.wait_for_selector(".verdict.good")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_verification_answers_without_a_script(browser: Browser, home: str, lang: str) -> None:
    with as_person(browser, home, "panel", size=PHONE, script=False) as page:
        assert urlopen(f"{home}/api/v1/audit/checkpoints/latest").status == 200
        page.goto(f"{home}/audit?lang={lang}")
        follow(page.locator("main form button"))
        assert ("只增不改" if lang == "zh" else "only added to") in page.inner_text("main .flash-good")


def test_the_page_of_verification_is_readable_on_a_phone(browser: Browser, home: str) -> None:
    """In Chinese: tests/browser/test_every_page.py."""
    with as_person(browser, home, "panel", size=PHONE) as page:
        page.goto(f"{home}/audit?lang=en&from=1&to=2")
        assert narrow(page) and not barriers(page)


def test_its_arithmetic_is_that_of_the_standards(page: Page) -> None:
    """SHA-256 and SHA-512 against hashlib, Ed25519 against another implementation, with a signature whose
    number was made larger by the group's order."""
    from hashlib import sha256, sha512

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    order = 2**252 + 27742317777372353535851937790883648493
    script = """([data, key, made]) => {
        const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0)), h = huisheng;
        return [h.hex(h.sha256(bytes(data))), h.hex(h.sha512(bytes(data))),
                ...made.map(one => h.ed25519(bytes(key), bytes(one), bytes(data)))];
    }"""
    for length in (0, 1, 55, 56, 63, 64, 111, 112, 127, 128, 500):
        key = Ed25519PrivateKey.from_private_bytes(bytes([length % 251] * 32))
        data = bytes(n * 7 % 256 for n in range(length))
        good = key.sign(data)
        large = good[:32] + (int.from_bytes(good[32:], "little") + order).to_bytes(32, "little")
        wrong = good[:5] + bytes([good[5] ^ 4]) + good[6:]
        given = [data, key.public_key().public_bytes_raw()]
        args = [base64.b64encode(each).decode() for each in given]
        made = [base64.b64encode(each).decode() for each in (good, large, wrong)]
        told = page.evaluate(script, [*args, made])
        assert told == [sha256(data).hexdigest(), sha512(data).hexdigest(), True, False, False]
