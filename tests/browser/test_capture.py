"""The door without signal, in a real browser: the network is cut, the page closed and opened again, the
signal comes back, an answer is lost; and over the API each thing noted is there exactly once."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, Playwright, Route, expect

from api.compose import open_engine
from api.demo_users import PASSWORD, enrol, keep_accounts
from api.signing_in.passwords import Passwords
from engine.engine import Engine, utc_now
from scripts.setting_up import apply, load
from tests.api.conftest import GRID, SAMPLE, Clock, as_user
from tests.api.serving import serving
from tests.browser.conftest import PATIENCE
from tests.browser.looking import ARGS, CHROMIUM, PHONE, barriers, follow, narrow, needs_chromium, sign_in

pytestmark = needs_chromium

RECORDED, ALREADY, CONFLICT = "已记入", "以前已经补传过，没有重复", "没能记入，已留存，等人处理"

SHANGHAI = ZoneInfo("Asia/Shanghai")
AHEAD = round((Clock().now - utc_now()).total_seconds())
"""Seconds from now to a Wednesday morning: there the clocks of the server and of every phone go on, so that
no day ends and no weekend begins in the middle of a test."""


def now() -> datetime:
    return utc_now() + timedelta(seconds=AHEAD)


INSTALLED = (
    "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller ? null "
    ": new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', () => done(null))))"
)

QUIET = (
    "() => navigator.locks && new Promise((held) => navigator.locks.request("
    "'huisheng-capture', () => { held(); return new Promise(() => {}); }))"
)
"""Brings nothing in any more, once what is on its way has come to nothing: as a browser closes, the network
it was cut from is there for a moment."""


@dataclass
class Street:
    """A server with cases that wait for their follow-up, and its API."""

    home: str
    engine: Engine

    def call(self, who: str, method: str, path: str, **options: Any) -> Any:
        answer = httpx.request(
            method, f"{self.home}/api/v1/{path}", headers=as_user(self.engine, who), timeout=60, **options
        )
        assert answer.is_success, answer.text
        return answer.json()

    def resolved(self, category: str = "property", lead: str = "property", text: str = "单元门禁失灵") -> str:
        """A case reported as handled."""
        body = {
            "category": category,
            "text": text,
            "place": {"grid": GRID, "address": "柳园 5 号楼 3 单元 601"},
            "channel": "hotline",
            "reporter": {"name": "王小明", "phone": "13800000001"},
        }
        case = str(self.call("dispatcher", "POST", "complaints", json=body)["id"])
        self.call("dispatcher", "POST", f"complaints/{case}/dispatch", json={"lead": f"{lead}-co"})
        self.call(lead, "POST", f"complaints/{case}/respond", json={})
        done = {"result": "solved", "answer": "已修好"}
        self.call(lead, "POST", f"complaints/{case}/resolution", json=done)
        return case

    def follow_ups(self, case: str) -> list[dict[str, Any]]:
        told = self.call("dispatcher", "GET", f"complaints/{case}/history")["items"]
        return [line for line in told if line["name"] == "complaint.followed-up"]

    def number(self, case: str) -> str:
        return str(self.call("dispatcher", "GET", f"complaints/{case}")["number"])

    def round(self) -> str:
        """Two households and a round through them, yesterday and today; today's plan goes to both."""
        today = now().astimezone(SHANGHAI).date()
        for id, door in (("sl-0007", "601"), ("sl-0008", "602")):
            home = {"id": id, "grid": GRID, "people": 2, "kind": "resident", "name": "赵阿婆"}
            self.call("dispatcher", "POST", "households", json=home | {"address": f"柳园 5 号楼 {door}"})
        span = {"name": "走千家", "grid": GRID, "from": str(today - timedelta(days=1)), "to": str(today)}
        opened = self.call("dispatcher", "POST", "visits/rounds", json=span)
        self.call("gridworker", "POST", f"visits/rounds/{opened['id']}/plans", json={"day": str(today)})
        return str(opened["id"])

    def care_plan(self) -> str:
        """Somebody who is looked after, and called on every other day."""
        home = {"id": "sl-0009", "grid": GRID, "people": 1, "kind": "key", "address": "柳园 6 号楼 101"}
        self.call("dispatcher", "POST", "households", json=home)
        plan = {"household": "sl-0009", "grounds": "living_alone", "risk": "high", "cadence_days": 2}
        told = self.call("gridworker", "POST", "care-plans", json=plan)
        return str(told["id"])

    def captures(self, case: str) -> list[str]:
        told = self.call("dispatcher", "GET", f"capture?about={case}")["items"]
        return [each["state"] for each in told]


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    engine = open_engine(tmp_path_factory.mktemp("capture"), clock=now, watch=False)
    apply(engine.desk, load(SAMPLE))
    enrol(engine)
    keep_accounts(engine, Passwords().hash(PASSWORD), engine.clock())
    with serving(engine, settled=True) as home:
        yield Street(home, engine)


@contextmanager
def phone(browser: Browser, *, late: int = 0) -> Iterator[BrowserContext]:
    """A phone whose clock is `late` seconds off."""
    context = browser.new_context(viewport=PHONE, timezone_id="Asia/Shanghai")
    set_clock(context, late)
    yield context
    context.close()


@contextmanager
def closed_again(play: Playwright, device: Path, *, offline: bool = False) -> Iterator[BrowserContext]:
    """A phone that keeps what it stored when its browser is closed."""
    context = play.chromium.launch_persistent_context(
        device, executable_path=CHROMIUM, args=[*ARGS], viewport=PHONE, timezone_id="Asia/Shanghai",
        offline=offline,
    )  # fmt: skip
    set_clock(context)
    yield context
    for page in context.pages:
        page.evaluate(QUIET)
    context.close()


def set_clock(context: BrowserContext, late: int = 0) -> None:
    context.add_init_script(
        f"const now = Date.now, off = {(AHEAD + late) * 1000}; "
        "window.Date = class extends Date { constructor(...a) { super(...(a.length ? a : [now() + off])); } "
        "static now() { return now() + off; } };"
    )
    context.set_default_timeout(PATIENCE)


def capture_page(context: BrowserContext, street: Street, who: str = "gridworker") -> Page:
    """Signed in, the page installed, the list taken along."""
    page = context.new_page()
    sign_in(page, street.home, who)
    page.goto(street.home + "/capture")
    page.evaluate(INSTALLED)
    page.get_by_role("button", name="带上清单").click()
    expect(page.locator("#along")).to_contain_text("带着")
    return page


def note(page: Page, number: str, **reading: str) -> None:
    """Fill in the door's form by label, and save it on the phone."""
    page.get_by_role("button", name=f"记下回访 {number}").click()
    form = page.locator("#place form")
    for label, value in reading.items():
        form.get_by_label(label).fill(value)
    form.get_by_role("group", name="居民满意吗").get_by_label("满意", exact=True).check()
    form.get_by_role("group", name="居民认为解决了吗").get_by_label("解决了", exact=True).check()


def save(page: Page) -> None:
    page.get_by_role("button", name="存在手机上").click()
    expect(page.locator("#says")).to_contain_text("已存在手机上")


def result(page: Page, number: str) -> Any:
    return page.locator("#results li", has_text=number)


def picture() -> FilePayload:
    kept = io.BytesIO()
    Image.effect_noise((2600, 1900), 60).convert("RGB").save(kept, "JPEG", quality=90)
    return {"name": "室温.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


def test_what_is_noted_without_signal_is_recorded_once_when_it_is_back(
    play: Playwright, street: Street, tmp_path: Path
) -> None:
    warm, door = street.resolved("heating", "heating"), street.resolved()
    asked: list[str] = []
    with closed_again(play, tmp_path) as context:
        context.on("request", lambda each: asked.append(each.url))
        page = capture_page(context, street)
        context.set_offline(True)
        page.reload()
        expect(page.locator("#net")).to_contain_text("没有信号")
        note(page, street.number(warm), 室温="19。5")
        page.get_by_label("照片").set_input_files([picture()])
        save(page)
        note(page, street.number(door))
        save(page)
        expect(page.locator("#queue li")).to_have_count(2)
        assert not barriers(page) and narrow(page)
    assert not street.follow_ups(warm) and not street.follow_ups(door)
    by_phone = {"method": "phone", "satisfaction": "satisfied", "solved": "yes", "reached": True}
    street.call(
        "dispatcher", "POST", f"complaints/{door}/follow-up",
        json=by_phone | {"visited_at": "2099-01-01T00:00:00Z", "reason": "网格员没有信号"}
        | {"visited_at": street.call("dispatcher", "GET", "capture/along")["now"]},
    )  # fmt: skip
    with closed_again(play, tmp_path, offline=True) as context:
        page = context.new_page()
        page.goto(street.home + "/capture")
        expect(page.locator("#queue li")).to_have_count(2)
        context.set_offline(False)
        expect(result(page, street.number(warm))).to_contain_text(RECORDED)
        expect(result(page, street.number(door))).to_contain_text(CONFLICT)
        expect(page.locator("#queue li")).to_have_count(0)
        page.reload()
        expect(page.locator("#waiting")).to_contain_text("没有要补传的")
        follow(page.get_by_role("link", name="没能记入、等人处理的"))
        sign_in(page, street.home, "dispatcher")  # who noted it does not decide alone that it is dropped
        follow(page.locator("main a[href*='/capture/cap-']").first)
        assert "满意" in page.locator("main").inner_text()
        assert not barriers(page) and narrow(page)
        page.get_by_label("不用再记").check()
        page.get_by_label("为什么这样处理").fill("派单员已电话回访")
        follow(page.get_by_role("button", name="处理完了"))
        expect(page.locator("main")).to_contain_text("派单员已电话回访")
    (told,) = street.follow_ups(warm)
    assert told["occurred_at"] < told["recorded_at"]
    assert street.captures(warm) == ["recorded"] and street.captures(door) == ["settled"]
    assert len(street.follow_ups(door)) == 1
    assert {httpx.URL(url).host for url in asked} == {httpx.URL(street.home).host}


def test_an_attempt_of_yesterday_evening_is_noted_without_signal_and_counts_then(
    play: Playwright, street: Street, tmp_path: Path
) -> None:
    round = street.round()
    today = now().astimezone(SHANGHAI).date()
    yesterday = today - timedelta(days=1)
    slot = {"household": "sl-0007", "day": str(today), "window": "evening", "note": "带上血压计"}
    street.call("dispatcher", "POST", f"visits/rounds/{round}/bookings", json=slot)
    with closed_again(play, tmp_path) as context:
        page = capture_page(context, street)
        context.set_offline(True)
        page.reload()
        page.get_by_role("button", name="到门口了 柳园 5 号楼 601").click()
        form = page.locator("#place form")
        form.get_by_label("日期").fill(str(yesterday))
        form.get_by_label("几点", exact=True).fill("19:30")
        usual = "周末" if yesterday.weekday() >= 5 else "晚上"
        expect(form.get_by_role("radio", name=usual)).to_be_checked()
        form.get_by_role("radio", name="晚上").check()
        form.get_by_label("开门").check()
        form.get_by_label("见到几个人").fill("2")
        form.get_by_label("哪一类").select_option("heating")
        form.get_by_label("什么事").fill("客厅冷")
        form.get_by_label("住户自己提的").check()
        expect(form.get_by_label("就是约好的这一次（晚上）")).to_be_checked()
        assert "血压计" not in page.content(), "what was said of a slot stays behind"
        form.get_by_text("谁一起去的").click()
        along = form.get_by_role("group", name="同行的第 1 位")
        along.get_by_label("姓名").fill("孟祥云")
        along.get_by_label("身份").select_option("老党员")
        form.get_by_label("照片").set_input_files(picture())
        form.get_by_text("另约一个时间").click()
        form.get_by_label("约在哪一天").fill(str(today))
        form.get_by_role("group", name="约在什么时段").get_by_label("晚上").check()
        assert not barriers(page) and narrow(page)
        save(page)
        expect(page.locator("#queue li")).to_have_count(2)
    head = street.call("dispatcher", "POST", f"visits/rounds/{round}/close", json={})["position"]
    covered = street.call("dispatcher", "GET", f"visits/coverage?round={round}&min_position={head}")
    assert covered["coverage_people"]["numerator"] == 0
    with closed_again(play, tmp_path, offline=True) as context:
        page = context.new_page()
        page.goto(street.home + "/capture?lang=en")
        page.get_by_role("button", name="A household not on the list", exact=True).click()
        form = page.locator("#place form")
        form.get_by_label("No answer").check()
        page.get_by_role("button", name="Save on the phone").click()
        expect(page.locator("#says")).to_contain_text("Still missing: Household id")
        form.get_by_label("Household id").fill("sl-0008")
        assert not barriers(page) and narrow(page)
        page.get_by_role("button", name="Save on the phone").click()
        expect(page.locator("#queue li")).to_have_count(3)
        context.set_offline(False)
        expect(result(page, "柳园 5 号楼 601，约")).to_contain_text("The round is closed.")
        expect(result(page, "柳园 5 号楼 601:")).to_contain_text("Recorded")
        expect(result(page, "sl-0008")).to_contain_text("Could not be recorded")
    (kept,) = street.call("gridworker", "GET", f"capture?about={round}/sl-0008")["items"]
    assert (kept["state"], kept["refusal"]) == ("kept", "visit-round.closed")
    head = kept["position"]
    found = street.call("dispatcher", "GET", f"visits/rounds/{round}/attempts?min_position={head}")
    (tried,) = found["items"]
    there = datetime.fromisoformat(tried["occurred_at"]).astimezone(SHANGHAI)
    assert (there.date(), f"{there:%H:%M}", tried["window"]) == (yesterday, "19:30", "evening")
    assert tried["booking"] == "b1" and len(tried["photos"]) == 1
    assert [(each["name"], each["capacity"]) for each in tried["team"]] == [("孟祥云", "老党员")]
    (complaint,) = tried["complaints"]
    case = street.call("dispatcher", "GET", f"complaints/{complaint}")
    assert (case["category"], case["channel"], case["origin"]) == ("heating", "visit", "reactive")
    covered = street.call("dispatcher", "GET", f"visits/coverage?round={round}")
    assert covered["coverage_people"]["numerator"] == 2
    assert covered["coverage_households"]["numerator"] == 1


def test_a_care_visit_and_a_slot_are_noted_without_signal(browser: Browser, street: Street) -> None:
    plan, today = street.care_plan(), now().astimezone(SHANGHAI).date()
    tomorrow = str(today + timedelta(days=1))
    span = {"name": "再走一遍", "grid": GRID, "from": str(today), "to": tomorrow}
    round = street.call("dispatcher", "POST", "visits/rounds", json=span)["id"]
    with phone(browser) as context:
        page = capture_page(context, street)
        context.set_offline(True)
        page.get_by_role("button", name="记下关爱探访 柳园 6 号楼 101").click()
        form = page.locator("#place form")
        form.get_by_label("陪着聊了天").check()
        form.get_by_role("group", name="用水").get_by_label("有隐患").check()
        form.get_by_label("健康状况").fill("血压偏高")
        form.get_by_label("哪一类").select_option("property")
        form.get_by_label("什么事").fill("水管漏水")
        assert not barriers(page) and narrow(page)
        save(page)
        page.get_by_role("button", name="给不在清单上的一户约时间").click()
        form.get_by_label("住户编号").fill("sl-0009")
        form.get_by_label("哪一轮走访").select_option(round)
        form.get_by_label("约在哪一天").fill(str(today + timedelta(days=2)))
        page.get_by_role("button", name="存在手机上").click()
        expect(page.locator("#says")).to_contain_text("这一轮走访从")
        form.get_by_label("约在哪一天").fill(tomorrow)
        form.get_by_label("几点起").fill("19:00")
        expect(form.get_by_role("radio", name="晚上")).to_be_checked()
        form.get_by_label("约的时候说了什么").fill("女儿在家")
        assert not barriers(page) and narrow(page)
        save(page)
        context.set_offline(False)
        expect(result(page, "柳园 6 号楼 101")).to_contain_text(RECORDED)
        expect(result(page, "sl-0009")).to_contain_text(RECORDED)
        expect(page.locator("#queue li")).to_have_count(0)
    (slot,) = street.call("gridworker", "GET", f"visits/rounds/{round}/bookings")["items"]
    assert (slot["day"], slot["window"], slot["note"]) == (tomorrow, "evening", "女儿在家")
    (visit,) = street.call("gridworker", "GET", f"care-plans/{plan}")["visits"]
    assert (visit["met"], visit["chat"], visit["water"], visit["health"]) == (True, True, "fault", "血压偏高")
    (complaint,) = visit["complaints"]
    assert street.call("dispatcher", "GET", f"complaints/{complaint}")["channel"] == "visit"


def test_an_answer_that_is_lost_doubles_nothing(browser: Browser, street: Street) -> None:
    case = street.resolved()
    with phone(browser) as context:
        page = capture_page(context, street)

        losing = [True]

        def lose(route: Route) -> None:
            answer = route.fetch()
            if losing:
                route.abort()
            else:
                route.fulfill(response=answer)

        page.route("**/api/v1/capture", lose)
        note(page, street.number(case))
        page.get_by_role("button", name="存在手机上").click()
        expect(page.locator("#queue li")).to_have_count(1)
        expect(page.locator("#waiting")).to_contain_text("稍后")
        assert len(street.follow_ups(case)) == 1
        losing.clear()
        twin = context.new_page()
        twin.goto(street.home + "/capture")
        page.evaluate("document.querySelector('#send').click()")
        expect(result(twin, street.number(case))).to_contain_text(ALREADY)
    assert len(street.follow_ups(case)) == 1 and street.captures(case) == ["recorded"]


def test_signing_out_wipes_the_list_and_keeps_what_was_noted(browser: Browser, street: Street) -> None:
    case = street.resolved()
    with phone(browser) as context:
        page = capture_page(context, street)
        context.set_offline(True)
        note(page, street.number(case))
        save(page)
        context.clear_cookies()  # the session has ended
        context.set_offline(False)
        expect(page.locator("#says")).to_contain_text("登录已过期")
        expect(page.locator("#queue li")).to_have_count(1)
        sign_in(page, street.home, "gridworker2")
        page.goto(street.home + "/capture")
        expect(page.locator("#queue li")).to_contain_text("别人不能代为补传")
        page.get_by_text("看记了什么").click()
        expect(page.locator("#queue li")).to_contain_text("满意")
        page.goto(street.home + "/day")
        page.locator(".who > summary").click()
        follow(page.get_by_role("button", name="退出登录"))
        assert page.url == street.home + "/login"
        page.goto(street.home + "/capture")
        expect(page.locator("#along")).to_contain_text("还没有带上清单")
        expect(page.locator("#queue li")).to_have_count(1)
        sign_in(page, street.home, "gridworker")
        page.goto(street.home + "/capture")
        expect(result(page, street.number(case))).to_contain_text(RECORDED)
    assert len(street.follow_ups(case)) == 1


def test_a_full_phone_leaves_the_form_and_a_wrong_clock_is_seen(browser: Browser, street: Street) -> None:
    case = street.resolved()
    with phone(browser, late=900) as context:
        page = capture_page(context, street)
        expect(page.locator("#clock")).to_contain_text("快了 15分钟")
        note(page, street.number(case))
        page.evaluate(
            "() => { window.put = IDBObjectStore.prototype.put; IDBObjectStore.prototype.put = () => "
            "{ throw new DOMException('full', 'QuotaExceededError'); }; }"
        )
        page.get_by_role("button", name="存在手机上").click()
        expect(page.locator("#says")).to_contain_text("没有存下")
        page.evaluate("() => { IDBObjectStore.prototype.put = window.put; }")
        page.get_by_role("button", name="存在手机上").click()
        expect(result(page, street.number(case))).to_contain_text("没能记入")
    assert not street.follow_ups(case) and street.captures(case) == ["kept"]


def test_by_keyboard_alone_and_in_english(browser: Browser, street: Street) -> None:
    case = street.resolved()
    with phone(browser) as context:
        page = capture_page(context, street)
        with page.expect_navigation(url="**/capture?lang=en"):
            page.get_by_role("link", name="English").press("Enter")
        page.get_by_role("button", name=f"Note a follow-up {street.number(case)}").press("Enter")
        assert page.evaluate("document.activeElement.id") == "c-title"
        page.get_by_role("button", name="Save on the phone").press("Enter")
        expect(page.locator("#says")).to_contain_text("Still missing")
        assert page.evaluate("document.activeElement.id") == "says"
        page.locator("#c-reached-2").press("Space")
        assert not barriers(page) and narrow(page)
        context.set_offline(True)
        page.get_by_role("button", name="Save on the phone").press("Enter")
        expect(page.locator("#queue li")).to_have_count(1)
        page.reload()
        assert page.get_attribute("html", "lang") == "en"
        page.goto(street.home + "/capture")
        assert page.get_attribute("html", "lang") == "en", "the language chosen last"
        page.on("dialog", lambda asked: asked.accept())
        page.get_by_role("button", name="Throw this away").press("Enter")
        expect(page.locator("#queue li")).to_have_count(0)
    assert not street.captures(case)


def test_without_a_script_it_says_so_and_leads_to_the_forms(browser: Browser, street: Street) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(street.home + "/capture")
    assert "要用 JavaScript" in page.locator("main").inner_text() and narrow(page)
    assert page.locator("noscript a[href='/day']").count() == 1
    assert not page.locator("#capture").is_visible()
    context.close()
