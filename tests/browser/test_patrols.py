"""A grid member walks a route with a phone, with a script and without one: what was read at each stop, a
hazard that becomes a case, and every page of patrols open to a screen reader."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser

from api.app import create_app
from api.demo_users import PASSWORD, keep_accounts
from api.signing_in.passwords import Passwords
from tests.api.conftest import GRID, Clock, Office, opened
from tests.api.serving import serving
from tests.browser.looking import PHONE, as_person, barriers, follow, narrow, needs_chromium

pytestmark = needs_chromium


@dataclass(frozen=True, slots=True)
class Walked:
    home: str
    route: str
    patrol: str
    sweep: str


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walked]:
    """A route that was walked once, and a sweep."""
    clock = Clock()
    engine = opened(tmp_path_factory.mktemp("patrols") / "store", clock)
    keep_accounts(engine, Passwords().hash(PASSWORD), engine.clock())
    with (
        serving(engine, settled=True) as home,
        TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http,
    ):
        office = Office(http, engine, clock)
        way = {"name": "管网", "grid": GRID, "stops": ["换热站", "北门"], "category": "heating"}
        route = office.done("patrols/routes", way, "gridworker")["id"]
        walk = {"grid": GRID, "route": route, "minutes": 20, "stops": [{"stop": "换热站"}]}
        patrol = office.done("patrols", walk, "gridworker")["id"]
        today = engine.desk.stage().organisation.local_date(engine.clock()).isoformat()
        asked = {"grids": [GRID], "due_on": today, "what": "门禁都查", "category": "property"}
        sweep = office.done("sweeps", asked)["id"]
        yield Walked(home, route, patrol, sweep)


@pytest.mark.parametrize("script", [True, False], ids=["script", "without-script"])
def test_a_route_is_walked_and_a_hazard_found(browser: Browser, there: Walked, script: bool) -> None:
    with as_person(browser, there.home, "gridworker", size=PHONE, script=script) as page:
        page.goto(there.home + "/patrols")
        assert narrow(page)
        follow(page.get_by_role("link", name="按“管网”巡查"))
        page.get_by_label("用了多少分钟").fill("35")
        follow(page.get_by_role("button", name="记录巡查"))
        assert "至少看一个点位" in page.locator(".error-summary").inner_text()
        page.get_by_label("看过：换热站").check()
        page.get_by_label("换热站的读数").fill("16.5")
        page.get_by_label("隐患是哪一类").first.select_option("heating")
        page.get_by_label("隐患是什么").first.fill("阀门渗水")
        assert narrow(page)
        follow(page.get_by_role("button", name="记录巡查"))
        assert "发现隐患 1 件" in page.locator("h1").inner_text() and narrow(page)
        stops = page.get_by_role("table").inner_text()
        assert "超出范围" in stops and "未查看" in stops
        follow(page.get_by_role("link", name="隐患 1"))
        assert "阀门渗水" in page.locator("main").inner_text()


PAGES = (
    "/patrols/{0.patrol}/do/hazards",
    "/patrols/routes/{0.route}/do/retire",
    "/sweeps/{0.sweep}/do/checks",
)
"""The others: tests/browser/test_every_page.py."""


def test_every_form_is_open_to_a_screen_reader(browser: Browser, there: Walked) -> None:
    with as_person(browser, there.home, "gridworker", size=PHONE) as page:
        found = {}
        for path in PAGES:
            page.goto(there.home + path.format(there))
            if (faults := barriers(page)) or not narrow(page):
                found[path] = faults or "wider than the phone"
        assert found == {}
