"""A grid member walks a route with a phone, with a script and without one: what was read at each stop, a
hazard that becomes a case, and every page of patrols open to a screen reader."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from api.app import create_app
from api.compose import open_engine
from api.demo_users import PASSWORD, enrol, keep_accounts
from api.signing_in.passwords import Passwords
from engine.engine import utc_now
from scripts.setting_up import apply, load
from tests.api.conftest import GRID, SAMPLE, Office
from tests.api.serving import serving
from tests.browser.test_case_work import as_person, narrow
from tests.browser.test_pages import CHROMIUM, PHONE
from tests.browser.test_pages import browser as browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (Debian: apt-get install chromium)")


@dataclass(frozen=True, slots=True)
class Walked:
    home: str
    route: str
    patrol: str
    sweep: str


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """A route that was walked once, and a sweep."""
    engine = open_engine(tmp_path_factory.mktemp("patrols"))
    apply(engine.desk, load(SAMPLE))
    enrol(engine)
    keep_accounts(engine, Passwords().hash(PASSWORD), engine.clock())
    with serving(engine) as home:
        http = TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000))
        office = Office(http, engine, utc_now)  # type: ignore[arg-type]
        way = {"name": "管网", "grid": GRID, "stops": ["换热站", "北门"], "category": "heating"}
        route = office.done("patrols/routes", way, "gridworker")["id"]
        walk = {"grid": GRID, "route": route, "minutes": 20, "stops": [{"stop": "换热站"}]}
        patrol = office.done("patrols", walk, "gridworker")["id"]
        today = engine.desk.stage().organisation.local_date(engine.clock()).isoformat()
        asked = {"grids": [GRID], "due_on": today, "what": "门禁都查", "category": "property"}
        sweep = office.done("sweeps", asked)["id"]
        assert engine.views.wait_for(engine.log.head(), 30)
        yield Walked(home, route, patrol, sweep)


@pytest.mark.parametrize("script", [True, False], ids=["script", "without-script"])
def test_a_route_is_walked_and_a_hazard_found(browser: Browser, there: Walked, script: bool) -> None:
    with as_person(browser, there.home, "gridworker", size=PHONE, script=script) as page:
        page.goto(there.home + "/patrols")
        assert narrow(page)
        page.get_by_role("link", name="按“管网”巡查").click()
        page.get_by_label("用了多少分钟").fill("35")
        page.get_by_role("button", name="记录巡查").click()
        assert "至少看一个点位" in page.locator(".error-summary").inner_text()
        page.get_by_label("看过：换热站").check()
        page.get_by_label("换热站的读数").fill("16.5")
        page.get_by_label("隐患是哪一类").first.select_option("heating")
        page.get_by_label("隐患是什么").first.fill("阀门渗水")
        assert narrow(page)
        page.get_by_role("button", name="记录巡查").click()
        assert "发现隐患 1 件" in page.locator("h1").inner_text() and narrow(page)
        stops = page.get_by_role("table").inner_text()
        assert "超出范围" in stops and "未查看" in stops
        page.get_by_role("link", name="隐患 1").click()
        assert "阀门渗水" in page.locator("main").inner_text()


PAGES = {
    "walks": (
        "/patrols", "/patrols/new?route={0.route}", "/patrols/{0.patrol}", "/patrols/{0.patrol}/do/hazards",
    ),
    "routes": ("/patrols/routes/new", "/patrols/routes/{0.route}", "/patrols/routes/{0.route}/do/retire"),
    "sweeps": ("/sweeps", "/sweeps/{0.sweep}", "/sweeps/{0.sweep}/do/checks"),
}  # fmt: skip


@pytest.mark.parametrize("paths", PAGES.values(), ids=PAGES)
def test_every_page_is_open_to_a_screen_reader(
    browser: Browser, there: Walked, paths: tuple[str, ...]
) -> None:
    with as_person(browser, there.home, "gridworker", size=PHONE) as page:
        found = {}
        for path in paths:
            page.goto(there.home + path.format(there))
            faults = [f"{v['id']}: {v['help']}" for v in Axe().run(page).response["violations"]]
            if faults or not narrow(page):
                found[path] = faults or ["wider than the phone"]
        assert found == {}
