"""An office with households to look after."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.following import DUTIES
from domain.households.commands import Register
from domain.messages import Actor
from domain.steps import Step
from engine.desk import Order
from engine.watch import Watch
from tests.api.conftest import GRID, Office

WORKER = Actor("gridworker", "gridworker", GRID)
OTHER_GRID = "demo/north/sl/grid-02"


class Care:
    """Households h1 (key), h2 (resident) of grid-01 and h3 (key) of grid-02; time passes at will."""

    def __init__(self, office: Office) -> None:
        self.office = office
        dispatcher = Actor("dispatcher", "dispatcher", "demo/north/sl")
        for name, grid, kind in (("h1", GRID, "key"), ("h2", GRID, "resident"), ("h3", OTHER_GRID, "key")):
            step = Step("household", f"hh-{name}", Register(grid, people=1, kind=kind, name="赵阿婆"))
            office.engine.desk.do(Order((step,), dispatcher))
        office.caught_up()

    def open(self, household: str = "h1", who: str = "gridworker", **more: Any) -> dict[str, Any]:
        body = {"household": household, "grounds": "living_alone", "risk": "high"} | more
        return self.office.done("care-plans", body, who)

    def visit(self, who: str = "gridworker", plan: str = "care-h1", **more: Any) -> dict[str, Any]:
        return self.office.done(f"care-plans/{plan}/visits", more, who)

    def get(self, path: str = "/care-h1", who: str = "gridworker") -> Any:
        self.office.caught_up()
        return self.office.get(f"care-plans{path}", who)

    def days_later(self, days: int) -> None:
        """And the engine's clock has looked."""
        self.office.clock.later(days=days)
        engine = self.office.engine
        self.office.caught_up()
        watch = Watch(
            engine.log, engine.views, engine.desk, self.office.clock,
            duties=DUTIES, look=engine.desk.state, monotonic=lambda: 0.0,
        )  # fmt: skip
        watch.guard.trusted = lambda: True  # type: ignore[method-assign]
        while watch.turn() == 0.0:
            self.office.caught_up()
        self.office.caught_up()

    def ago(self, **span: float) -> str:
        return (self.office.clock.now - timedelta(**span)).isoformat()


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.fixture
def care(office: Office) -> Care:
    return Care(office)
