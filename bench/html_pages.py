"""The pages people open, over a city's worth of cases: the whole answer, from the request to the last byte of
HTML, without a network."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from fastapi.testclient import TestClient

from api.app import create_app
from api.demo_users import USERS, enrol
from api.signing_in.tokens import Tokens
from bench.figures import Unmeasurable
from engine.engine import Engine
from scripts.setting_up import apply, load

COMMUNITY = Path(__file__).parent.parent / "scripts" / "samples" / "community.toml"
OPENED = {
    "my day": ("dispatcher", "/day"),
    "queue": ("dispatcher", "/complaints"),
    "queue, open": ("dispatcher", "/complaints?state=open"),
    "queue, class and state": ("dispatcher", "/complaints?category=class-03&state=closed"),
    "queue, a word": ("dispatcher", "/complaints?q=暖气"),
    "queue, a longer word": ("dispatcher", "/complaints?q=暖气不热"),
    "first page": ("analyst", "/"),
    "figures": ("analyst", "/statistics"),
    "figures, months cut by days": ("analyst", "/statistics?from=2026-02-10&to=2026-10-20"),
    "figures of a past moment, again": ("analyst", "/statistics?as_of=2026-09-15"),
    "one figure": ("analyst", "/statistics/on_time_closure_rate"),
    "one unit": ("analyst", "/statistics/units/unit-03"),
}


def people(engine: Engine) -> None:
    """The sample community and its users, without whom nobody may open a page."""
    apply(engine.desk, load(COMMUNITY))
    enrol(engine)


def opened(engine: Engine, case: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each page, and what opens it. Unmeasurable where one does not open."""
    http = TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000))
    tokens = Tokens(engine.vault.token_secret(), engine.clock, timedelta(days=1))

    def opens(who: str, path: str) -> Callable[[], object]:
        headers = {"Authorization": f"Bearer {tokens.mint(USERS[who].actor)}", "Accept": "text/html"}

        def once() -> None:
            answer = http.get(path, headers=headers, follow_redirects=False)
            if answer.status_code != 200:
                raise Unmeasurable(f"{path} answers {answer.status_code}")

        return once

    for name, (who, path) in (OPENED | {"case": ("dispatcher", f"/complaints/{case}")}).items():
        yield f"page: {name}", opens(who, path)
