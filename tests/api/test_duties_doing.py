"""The facts that do a duty by themselves, from the routes that record them."""

from typing import Any

from domain.households.commands import Register
from domain.households.rules import stream_of
from domain.steps import Step
from engine.desk import Order
from scripts.setting_up import OPERATOR
from tests.api.test_duties import GRID, PATROL, Hall
from tests.api.test_duties import hall as hall

PLAN = "duty-visit_plan-demo.north.sl.grid-01"
SPOT = "duty-spot_check-demo.north"
RANKING = "duty-ranking-demo.north.sl"


def done_by(hall: Hall, duty: str) -> tuple[str, str, str]:
    hall.react()
    told: dict[str, Any] = hall.get(f"duties/{duty}", "admin").json()["periods"][0]
    return told["period"], told["state"], told["fact"]


def test_a_patrol_is_the_day_s_patrol_also_where_it_was_told_the_next_morning(hall: Hall):
    hall.at("2026-11-19T15:00")
    walk = {"grid": GRID, "kind": "daily", "minutes": 40, "stops": [{"stop": "换热站"}]}
    hall.done("patrols", walk, "gridworker")
    assert done_by(hall, PATROL) == ("2026-11-19", "done", "patrol.recorded")
    hall.at("2026-11-21T08:00")
    hall.noticed()
    hall.done("patrols", walk | {"occurred_at": "2026-11-20T19:00:00+08:00"}, "gridworker")
    assert done_by(hall, PATROL) == ("2026-11-20", "told_late", "patrol.recorded")
    told = hall.get(f"duties/{PATROL}").json()
    assert (told["period"], told["done"], told["missed"]) == ("2026-11-21", 1, 1)


def test_a_plan_made_the_evening_before_is_the_day_s_plan(hall: Hall):
    entry = Step("household", stream_of("h1"), Register(GRID, "柳园", 3, "resident"))
    hall.engine.desk.do(Order((entry,), OPERATOR))
    hall.caught_up()
    body = {"name": "走千家", "grid": "demo/north/sl", "from": "2026-11-01", "to": "2026-12-15"}
    round = hall.done("visits/rounds", body, "dispatcher")["id"]
    hall.at("2026-11-18T20:00")
    hall.done(f"visits/rounds/{round}/plans", {"day": "2026-11-19"}, "gridworker")
    assert done_by(hall, PLAN) == ("2026-11-19", "done", "visit-plan.made")
    assert hall.get(f"duties/{PLAN}").json()["period"] == "2026-11-20"


def test_a_frame_and_a_ranking_name_their_period(hall: Hall):
    hall.done("panel", {"place": "demo/north/sl", "members": ["panel", "panel2", "panel3"]}, "street")
    hall.at("2026-12-02T10:00")
    hall.noticed()
    hall.done("spot-checks", {"week": "2026-W48"}, "street")
    assert done_by(hall, SPOT) == ("2026-W48", "done", "sampling.frame-fixed")
    hall.done("panel/rankings", {"period": "2026-11"}, "panel")
    assert done_by(hall, RANKING) == ("2026-11", "done", "panel.ranking-frozen")
