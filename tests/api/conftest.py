"""An office to call: the sample community on a store of its own, and people who knock over HTTP."""

import io
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from api.app import create_app
from api.compose import open_engine
from api.demo_users import COMMUNITY, USERS, enrol
from api.signing_in.tokens import Tokens
from domain.messages import Actor
from engine.engine import Engine, utc_now
from engine.vault import Vault
from scripts.setting_up import apply, load

SAMPLE = Path(__file__).parents[2] / "scripts" / "samples" / "community.toml"
GRID = "demo/north/sl/grid-01"


class Clock:
    """The engine's clock, which a test may move. It stands on a Wednesday morning, local time."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 18, 1, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


def as_user(engine: Engine, who: str, *, life: timedelta = timedelta(days=400)) -> dict[str, str]:
    """The header with which a demo user asks: a token made here, without a password. Nobody's token for a
    name that is none of theirs."""
    tokens = Tokens(engine.vault.token_secret(), engine.clock, life)
    actor = USERS[who].actor if who in USERS else Actor(who, "dispatcher", COMMUNITY)
    return {"Authorization": f"Bearer {tokens.mint(actor)}"}


def at_store(directory: Path, who: str) -> dict[str, str]:
    """As `as_user`, for a server of another process: its folder is enough to make a token."""
    vault = Vault.open(directory, make=False)
    try:
        tokens = Tokens(vault.token_secret(), utc_now, timedelta(hours=1))
        return {"Authorization": f"Bearer {tokens.mint(USERS[who].actor)}"}
    finally:
        vault.close()


@dataclass
class Office:
    """The application, its engine and its clock. `call` gives the answer as it came."""

    http: TestClient
    engine: Engine
    clock: Clock

    def call(self, method: str, path: str, who: str = "dispatcher", **options: Any) -> Any:
        headers = {**(as_user(self.engine, who) if who else {}), **options.pop("headers", {})}
        return self.http.request(
            method, path if path.startswith("/") else f"/api/v1/{path}", headers=headers, **options
        )

    def get(self, path: str, who: str = "dispatcher", **options: Any) -> Any:
        return self.call("GET", path, who, **options)

    def post(self, path: str, body: Any = None, who: str = "dispatcher", **options: Any) -> Any:
        return self.call("POST", path, who, json={} if body is None else body, **options)

    def done(self, path: str, body: Any = None, who: str = "dispatcher", **options: Any) -> dict[str, Any]:
        """A command that must succeed."""
        answer = self.post(path, body, who, **options)
        assert answer.status_code in (200, 201), answer.text
        found: dict[str, Any] = answer.json()
        return found

    def registered(self, who: str = "dispatcher", **fields: Any) -> str:
        body: dict[str, Any] = {
            "category": "property",
            "text": "单元门禁失灵，晚上关不上",
            "place": {"grid": GRID, "address": "柳园 5 号楼 3 单元"},
            "channel": "hotline",
            "reporter": {"name": "王小明", "phone": "13800000001"},
        }
        return str(self.done("complaints", body | fields, who)["id"])

    def case(self, complaint: str, command: str, body: Any = None, who: str = "dispatcher") -> dict[str, Any]:
        return self.done(f"complaints/{complaint}/{command}", body, who)

    def handled(self, complaint: str, unit: str = "property", lead: str = "property-co") -> None:
        """Dispatched, responded to and reported as handled."""
        self.case(complaint, "dispatch", {"lead": lead})
        self.case(complaint, "respond", {}, unit)
        self.case(complaint, "resolution", {"result": "solved", "answer": "已修好"}, unit)

    def photo(self, who: str = "gridworker") -> str:
        kept = io.BytesIO()
        Image.new("RGB", (40, 30), (200, 120, 40)).save(kept, "JPEG")
        answer = self.call(
            "POST", "evidence", who, files={"file": ("室温.jpg", kept.getvalue(), "image/jpeg")}
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def visit(self, **fields: Any) -> dict[str, Any]:
        body: dict[str, Any] = {
            "method": "on_site", "satisfaction": "satisfied", "solved": "yes", "reached": True,
            "visited_at": self.clock.now.isoformat(),
        }  # fmt: skip
        return body | fields

    def caught_up(self) -> int:
        return self.engine.catch_up()


Preparing = Callable[[Engine, Clock], None]


def settled(engine: Engine, clock: Clock) -> None:
    """The sample community, and its people."""
    apply(engine.desk, load(SAMPLE))
    enrol(engine)


def opened(
    directory: Path, clock: Clock, database: str | None = None, prepare: Preparing = settled
) -> Engine:
    """A store of its own, prepared: a copy, where a folder can be copied. `prepare` is a function of a
    module, which does the same each time."""
    if database is None and not (directory.exists() and any(directory.iterdir())):
        made, clock.now = template(clock.now, prepare)
        shutil.copytree(made.name, directory, dirs_exist_ok=True)
        return open_engine(directory, clock=clock, watch=False)
    engine = open_engine(directory, database, clock=clock, watch=False)
    prepare(engine, clock)
    return engine


@cache
def template(now: datetime, prepare: Preparing) -> tuple[TemporaryDirectory[str], datetime]:
    """The folder that is copied, prepared at this moment, its views made, and when it was done."""
    folder, clock = TemporaryDirectory(prefix="huisheng-sample-"), Clock()
    clock.now = now
    engine = open_engine(Path(folder.name), clock=clock, watch=False)
    prepare(engine, clock)
    engine.catch_up()
    engine.close()
    return folder, clock.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def office(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    engine = opened(tmp_path, clock)
    engine.start()
    app = create_app(engine, demo=True)
    with TestClient(app, client=("127.0.0.1", 50000)) as http:
        yield Office(http, engine, clock)
    engine.close()
