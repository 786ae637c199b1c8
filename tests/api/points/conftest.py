"""The office with a points desk: the resident's account, stock on the shelves, a panel that sits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from engine.engine import Engine
from tests.api.conftest import Clock, Office, opened, settled

COMMUNITY = "demo/north/sl"
MINE = "acct-resident"


class SpringClock(Clock):
    """It stands on 1 February 2025, when tariff 2025-0 was in force and 2025-1 agreed on."""

    def __init__(self) -> None:
        self.now = datetime(2025, 2, 1, 1, 30, tzinfo=UTC)


@dataclass
class Desk(Office):
    """What people do at the points desk, in one line each."""

    def opened(self, holder: str = "resident", who: str = "gridworker", **fields: Any) -> str:
        return str(self.done("points/accounts", {"holder": holder, "kind": "resident", **fields}, who)["id"])

    def filed(
        self, activity: str, quantity: int = 1, on: str = "", who: str = "resident", **more: Any
    ) -> str:
        body = {"account": MINE, "activity": activity, "quantity": quantity, "occurred_on": on or self.today}
        return str(self.done("points/claims", body | more, who)["id"])

    def credited(self, activity: str, quantity: int = 1, on: str = "", **more: Any) -> str:
        claim = self.filed(activity, quantity, on, **more)
        self.claim(claim, "verify", {}, "gridworker")
        return claim

    def claim(self, claim: str, command: str, body: Any = None, who: str = "panel") -> dict[str, Any]:
        return self.done(f"points/claims/{claim}/{command}", body, who)

    def account(self, account: str = MINE, who: str = "gridworker") -> dict[str, Any]:
        answer = self.get(f"points/accounts/{account}", who)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ordered(self, *items: tuple[str, int], who: str = "resident", **more: Any) -> str:
        wanted = [{"item": item, "quantity": quantity} for item, quantity in items]
        body = {"account": MINE, "items": wanted, **more}
        return str(self.done("points/redemptions", body, who)["id"])

    def shelf(self, item: str) -> dict[str, Any]:
        items = self.get("points/stock", "resident").json()["items"]
        return next(each for each in items if each["item"] == item)

    @property
    def today(self) -> str:
        zone = self.engine.desk.stage().organisation.zone
        return self.clock.now.astimezone(zone).date().isoformat()

    def until(self, day: str) -> None:
        """Nine in the morning of that day, local time."""
        self.clock.now = datetime.fromisoformat(f"{day}T09:00:00+08:00").astimezone(UTC)


@pytest.fixture
def clock() -> Clock:
    return SpringClock()


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    engine = opened(tmp_path, clock, prepare=stocked)
    engine.start()
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        yield Desk(http, engine, clock)
    engine.close()


def stocked(engine: Engine, clock: Clock) -> None:
    """The sample community; the resident has an account, there are goods, the panel is appointed."""
    settled(engine, clock)
    with TestClient(create_app(engine, demo=True), client=("127.0.0.1", 50000)) as http:
        desk = Desk(http, engine, clock)
        desk.opened()
        for item in ("flour", "detergent", "salt"):
            desk.done("points/stock", {"item": item, "quantity": 50, "reason": "街道配送"}, "gridworker")
        panel = {"place": COMMUNITY, "members": ["panel", "panel2", "panel3"], "quorum": 2}
        desk.done("panel", panel, "street")
