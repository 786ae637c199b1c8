"""A day of the panel in a real browser: a doubtful claim from the dispute to the ruling and its replay, and a
month of the ledger reviewed and signed; with and without a script, at a desk and on a phone."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from domain.messages import Actor
from domain.points import orders
from domain.points.account import INITIAL
from domain.steps import Seen, Step
from engine.desk import Order
from engine.engine import Engine
from tests.api.serving import serving
from tests.browser.conftest import demo
from tests.browser.looking import DESK, PHONE, as_person, barriers, follow, narrow, needs_chromium

pytestmark = needs_chromium

CLAIM = "clm-panel-day"
GRID = "demo/north/sl/grid-01"
KEEPER = Actor("gridworker", "gridworker", GRID)
OTHER = Actor("gridworker2", "gridworker", GRID)


def credited(engine: Engine) -> None:
    """The resident's claim of three trips, filed by himself, verified by a grid member."""
    today = engine.desk.stage().organisation.local_date(engine.clock())
    state, _ = engine.desk.state("account", "acct-resident")
    assert state is not INITIAL
    filed = orders.file(
        CLAIM, "acct-resident", state, engine.desk.stage().organisation, activity="shopping-for-elder",
        quantity=3, occurred_on=today - timedelta(days=1),
    )  # fmt: skip
    engine.desk.do(Order(tuple(Step(s.kind, s.stream, s.command) for s in filed), KEEPER))
    claim, _ = engine.desk.state("claim", CLAIM)
    account = Seen(*engine.desk.state("account", "acct-resident"))
    steps = orders.verify(CLAIM, claim, account)
    engine.desk.do(Order(tuple(Step(s.kind, s.stream, s.command, s.expected) for s in steps), OTHER))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    engine = demo(tmp_path_factory.mktemp("points"))
    credited(engine)
    with serving(engine, settled=True) as address:
        yield address


def shown(page: Page) -> str:
    return page.locator("main").inner_text()


def send(page: Page) -> None:
    follow(page.locator("main form button.btn-main"))


def test_a_doubtful_claim_is_disputed_heard_ruled_and_replayed(browser: Browser, home: str) -> None:
    """Without a script: every step of the slider is a link, every command a form."""
    with (
        as_person(browser, home, "panel", script=False) as panel,
        as_person(browser, home, "panel2", script=False) as second,
        as_person(browser, home, "panel3", script=False) as third,
    ):
        panel.goto(f"{home}/points/claims?state=credited&account=acct-resident")
        follow(panel.locator(f"main a[href='/points/claims/{CLAIM}']"))
        follow(panel.locator(".actions-card a.btn-main"))
        send(panel)
        assert "请填写" in shown(panel) and panel.title().startswith("有误：")
        panel.fill("textarea[name=grounds]", "邻居说只买过一次")
        send(panel)
        assert "争议中" in shown(panel)
        assert "提出异议" in panel.locator("main [role=status]").first.inner_text()
        second.goto(f"{home}/points/claims/{CLAIM}/do/statement")
        second.fill("input[name=witness][type=text]", "hh-0042")
        second.fill("textarea[name=text]", "我只见过一次")
        second.fill("input[name=proven_quantity]", "1")
        send(second)
        assert "我只见过一次" in shown(second)
        third.goto(f"{home}/points/claims/{CLAIM}/do/recuse")
        send(third)
        panel.goto(f"{home}/points/claims/{CLAIM}/do/rule")
        assert panel.locator("input[name='votes.panel3']").count() == 0
        panel.fill("input[name=proven_quantity]", "1")
        panel.fill("textarea[name=reasons]", "小票只有一张")
        send(panel)
        assert "claim.no-majority" in shown(panel)
        panel.check("input[name='votes.panel2'][value=agree]")
        follow(panel.locator("button[name=preview]"))
        foreseen = panel.locator(".consequence").inner_text()
        assert "10 分" in foreseen and "信用分 −10" in foreseen
        send(panel)
        assert panel.locator("h1").inner_text() == "帮独居老人买菜：申报 3 次，认定 1 次"
        changed = panel.locator("#h-state ~ div").inner_text()
        assert "已裁决" in changed and "−10" in changed and "90" in changed
        follow(panel.locator("a[rel=prev]"))
        assert "回避" in panel.locator(".steps .is-now").inner_text()
        assert "小票只有一张" not in shown(panel)
        follow(panel.locator(".steps li a").first)
        assert "申报" in panel.locator(".section-head h2").inner_text()


def test_a_month_is_looked_at_and_signed_by_enough(browser: Browser, home: str) -> None:
    """The demo's last review has one signature and waits for the second; on a phone."""
    with as_person(browser, home, "panel2", size=PHONE) as page:
        page.goto(f"{home}/points")
        follow(page.locator("main a[href^='/points/reviews/']").first)
        follow(page.locator("main a.btn-main"))
        assert "笔里抽出" in shown(page)
        follow(page.locator("main a.btn-main"))
        assert "分毫不差" in shown(page) and "没有一个账户低于零" in shown(page)
        flour = page.locator("input[name='counts.flour']")
        flour.fill(str(int(flour.input_value()) - 1))
        page.fill("textarea[name=reason]", "受潮一袋")
        send(page)
        assert "受潮一袋" in page.locator("main .flash").first.inner_text() or "已经有人签字" in shown(page)
        follow(page.locator("main a.btn-main"))
        send(page)
        assert "签字齐了，核查生效" in shown(page) and narrow(page)


PATHS = (
    "/points", "/points/claims", f"/points/claims/{CLAIM}", f"/points/claims/{CLAIM}?all=true",
    "/points/claims/clm-b22ee6007b0b5a459c14dd7e934ec88c/do/rule", "/points/accounts/acct-resident",
    "/points/accounts/acct-resident/statement", "/points/accounts/acct-resident/under?tariff=2025-0",
    "/points/accounts", "/points/redemptions", "/points/stock?item=flour", "/points/settlement",
    "/points/attendance", "/points/rankings", "/points/reviews", "/points/disclosures",
)  # fmt: skip

READ_IN_ENGLISH = PATHS[2], PATHS[6], PATHS[13]
"""Asked for by a screen reader in both languages: the replay, a statement, the ranking."""


@pytest.mark.parametrize(
    ("size", "lang", "paths"),
    [
        pytest.param(DESK, "en", PATHS, marks=pytest.mark.full, id="desk-en"),
        pytest.param(PHONE, "zh", PATHS, marks=pytest.mark.full, id="phone-zh"),
        pytest.param(DESK, "en", READ_IN_ENGLISH, id="desk-en-quick"),
    ],
)
def test_every_page_is_small_narrow_and_open_to_a_screen_reader(
    browser: Browser, home: str, size: ViewportSize, lang: str, paths: tuple[str, ...]
) -> None:
    """On a phone, in a quick run too: tests/browser/test_every_page.py."""
    with as_person(browser, home, "panel", size=size) as page:
        for path in paths:
            answer = page.goto(f"{home}{path}{'&' if '?' in path else '?'}lang={lang}")
            assert answer is not None and answer.status == 200, path
            assert len(answer.body()) < 100_000 and narrow(page), path
            assert not barriers(page), (path, barriers(page))
        page.emulate_media(media="print")
        assert not page.locator(".topbar").is_visible()
