"""Every page that anybody is led to, over a city's worth of everything: the whole answer, from the request to
the last byte of HTML, without a network.

Each user goes breadth first along the links he is shown; of a route he opens two addresses, and some of the
ways to ask it. What is asked anew each time (a past day nobody asked about before) is in `FIRST_LOOKS`.
"""

import re
import statistics
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from fastapi.testclient import TestClient
from starlette.routing import compile_path

from api.app import create_app
from api.demo_users import USERS
from api.files import served
from api.permissions import TABLE
from api.signing_in.tokens import Tokens
from bench.comparing import Move
from bench.figures import Unmeasurable, p95
from engine.engine import Engine

WALKERS = (
    "", "resident", "gridworker2", "dispatcher", "property", "street", "panel", "analyst", "admin",
)  # fmt: skip
WAYS, MOST = 4, 120
"""Of a list there are as many addresses as filters."""
SLOW_MS, HEAVY_BYTES, MANY_REQUESTS = 50, 100 * 1024, 5
API = Path(__file__).parent.parent / "api"
LINK = re.compile(r'<a\s[^>]*?href="([^"]+)"[^>]*>')
FILE = re.compile(r'<(?:script|link|img)\s[^>]*?(?:src|href)="(/static/[^"]+)"')
ROUTES = [
    (told, compile_path(told)[0])
    for asks, _, told in (
        route.partition(" ") for route in sorted(TABLE, key=lambda route: (route.count("{"), route))
    )
    if asks == "GET"
]
"""Fixed addresses before those with an id in them."""
ASKED = (
    ("dispatcher", "/complaints?category=class-03&state=closed"),
    ("property", "/complaints?category=class-01&state=closed"),
    ("dispatcher", "/complaints?q=暖气"),
    ("dispatcher", "/complaints?q=暖气不热"),
    ("street", "/complaints?category=class-03&state=closed"),
    ("analyst", "/statistics/units/heating-co"),
    ("property", "/statistics/units/property-co"),
)
FIRST_LOOKS = (
    ("analyst", "/statistics?as_of={day}"),
    ("analyst", "/statistics?as_of={day}&known_at={day}"),
    ("analyst", "/statistics?from={day}&to={later}"),
    ("analyst", "/statistics/on_time_closure_rate?as_of={day}"),
    ("analyst", "/statistics/response_rate?group_by=unit&as_of={day}"),
    ("street", "/statistics/units/heating-co?as_of={day}"),
    ("street", "/statistics/units/heating-co?from={day}&to={later}"),
)
"""Another day each time."""


@dataclass
class Opened:
    """One way to a page, and how long each opening took: by the clock, of the processor, in milliseconds."""

    who: str
    path: str
    bytes: int = 0
    requests: int = 1
    wall: list[float] = field(default_factory=list)
    own: list[float] = field(default_factory=list)

    @property
    def route(self) -> str:
        return route_of(self.path)

    def faults(self) -> list[str]:
        found = ["slow"] if p95(self.own) > SLOW_MS else []
        found += ["heavy"] if self.bytes > HEAVY_BYTES else []
        return [*found, "many requests"] if self.requests > MANY_REQUESTS else found


def walked(engine: Engine, times: int, move: Move) -> list[dict[str, Any]]:
    """A row for each route, by its slowest address, and one for all of them."""
    http = TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000))
    tokens = Tokens(engine.vault.token_secret(), engine.clock, timedelta(days=1))
    pages: list[Opened] = []
    for done, who in enumerate(WALKERS):
        move(done, len(WALKERS) + 1)
        sign_in(http, tokens, who)
        pages += list(walk(http, who, times))
    move(len(WALKERS), len(WALKERS) + 1)
    for who, path in ASKED:
        sign_in(http, tokens, who)
        pages.append(again(http, Opened(who, path), times + 1))
    for who, path in FIRST_LOOKS:
        sign_in(http, tokens, who)
        pages.append(anew(http, Opened(who, path), times + 1))
    move(len(WALKERS) + 1, len(WALKERS) + 1)
    return [*told(pages), whole(pages)]


def sign_in(http: TestClient, tokens: Tokens, who: str) -> None:
    http.headers = {"Accept": "text/html,*/*"}
    if who:
        http.headers["Authorization"] = f"Bearer {tokens.mint(USERS[who].actor)}"


def walk(http: TestClient, who: str, times: int) -> Iterator[Opened]:
    waiting, known = deque(["/"]), {"/"}
    taken: Counter[str] = Counter()
    seen = 0
    while waiting and seen < MOST:
        path = waiting.popleft()
        route, names = route_of(path), sorted({name for name, _ in parse_qsl(urlsplit(path).query)})
        pattern = f"{route}?{'&'.join(names)}" if names else route
        taken[pattern] += 1
        taken[f"{route}??"] += bool(names)
        if taken[pattern] > (1 if names else 2) or taken[f"{route}??"] > WAYS:
            continue
        page = Opened(who, path)
        html = once(http, page, path)
        if html is None:
            continue
        seen += 1
        yield again(http, page, times)
        for link in LINK.findall(html):
            to = plain(urljoin(path, unescape(link)))
            if to and to not in known and not to.startswith("/api/"):
                known.add(to)
                waiting.append(to)


def plain(address: str) -> str:
    """The address without its fragment and its language; "" for one of another host."""
    split = urlsplit(address)
    query = [(name, value) for name, value in parse_qsl(split.query) if name != "lang"]
    outside = split.netloc or split.scheme
    return "" if outside else split.path + (f"?{urlencode(query)}" if query else "")


def route_of(path: str) -> str:
    bare = urlsplit(path).path
    return next((told for told, shape in ROUTES if shape.match(bare)), bare)


def once(http: TestClient, page: Opened, path: str) -> str | None:
    """Open it and remember how long it took. None for what is no page."""
    began, worked = time.perf_counter(), time.process_time()
    answer = http.get(path, follow_redirects=False)
    own, wall = time.process_time() - worked, time.perf_counter() - began
    if answer.status_code != 200 or "text/html" not in answer.headers.get("content-type", ""):
        return None
    page.own.append(own * 1000)
    page.wall.append(wall * 1000)
    files = set(FILE.findall(answer.text))
    local = {API / name.strip("/").partition("?")[0] for name in files}
    weight = sum(len(served(file, file.stat().st_mtime_ns)[1]) for file in local if file.exists())
    page.bytes = max(page.bytes, len(answer.content) + weight)
    page.requests = max(page.requests, 1 + len(files))
    return answer.text


def again(http: TestClient, page: Opened, times: int) -> Opened:
    for _ in range(times):
        if once(http, page, page.path) is None:
            raise Unmeasurable(f"{page.who} {page.path} is no page")
    return page


def anew(http: TestClient, page: Opened, times: int) -> Opened:
    """Each time about other days, in the middle of their months too."""
    today = datetime.now(UTC).date()
    for n in range(times):
        day = today - timedelta(days=190 - 17 * (n % 10) - n // 10)
        path = page.path.format(day=day, later=min(today, day + timedelta(days=100 + n)))
        if once(http, page, path) is None:
            raise Unmeasurable(f"{page.who} {path} is no page")
    return page


# ------------------------------------------------------------------ what is told


def told(pages: list[Opened]) -> list[dict[str, Any]]:
    by: dict[str, list[Opened]] = {}
    for page in pages:
        by.setdefault(page.route if "{day}" not in page.path else page.path, []).append(page)
    return [row(f"page: {route}", of) for route, of in sorted(by.items())]


def row(name: str, pages: list[Opened]) -> dict[str, Any]:
    slowest = max(pages, key=lambda page: p95(page.own))
    return {
        "page": name,
        "p50_ms": round(statistics.median(ms for page in pages for ms in page.wall), 1),
        "p95_ms": round(p95(slowest.wall), 1),
        "processor_ms": round(statistics.median(ms for page in pages for ms in page.own), 1),
        "processor_p95_ms": round(p95(slowest.own), 1),
        "kb": round(max(page.bytes for page in pages) / 1024, 1),
        "requests": max(page.requests for page in pages),
        "over": ", ".join(dict.fromkeys(fault for page in pages for fault in page.faults())),
        "slowest": f"{slowest.who or 'stranger'} {slowest.path}",
    }


def whole(pages: list[Opened]) -> dict[str, Any]:
    """All openings of all pages: here p95 is that of a page opened at random."""
    own = [ms for page in pages for ms in page.own]
    wall = [ms for page in pages for ms in page.wall]
    every = row(f"all {len(pages)} addresses of {len({page.route for page in pages})} pages", pages)
    every |= {"p95_ms": round(p95(wall), 1), "processor_p95_ms": round(p95(own), 1)}
    return every
