"""`huisheng audit sample`: the demo draw says what it is, a frame is fixed once, a pack is redrawn without a
store."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.compose import open_engine
from api.demo_users import enrol
from domain.complaint.commands import Dispatch, FollowUp, Place, Register, ReportResolution, Respond
from domain.messages import Actor
from domain.sampling import week_of
from domain.steps import Step
from engine.desk import Order
from engine.engine import Engine
from scripts.cli import run
from scripts.setting_up import apply, load
from tests.api.conftest import SAMPLE
from tests.domain.spec import DISPATCHER, GRID, GRIDWORKER, PROPERTY

DAY = datetime(2025, 10, 15, 2, tzinfo=UTC)
"""A Wednesday, 10:00 in Shanghai; its week has long been over."""
WEEK = week_of(DAY.date())


def tell(engine: Engine, case: str, command: Any, actor: Actor, at: datetime) -> None:
    engine.desk.do(Order((Step("complaint", case, command),), actor, at))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Twelve cases closed in one week of October."""
    folder = tmp_path_factory.mktemp("spots")
    engine = open_engine(folder, clock=lambda: DAY + timedelta(days=30), watch=False)
    apply(engine.desk, load(SAMPLE))
    enrol(engine)
    for n in range(12):
        case, at = f"c-week{n:02}", DAY + timedelta(minutes=n)
        told = Register("property", f"门禁 {n}", Place(GRID), "hotline")
        tell(engine, case, told, DISPATCHER, at)
        tell(engine, case, Dispatch("property-co"), DISPATCHER, at + timedelta(hours=1))
        tell(engine, case, Respond(), PROPERTY, at + timedelta(hours=2))
        tell(engine, case, ReportResolution("solved", "修好"), PROPERTY, at + timedelta(hours=3))
        visit = FollowUp(method="on_site", visited_at=at + timedelta(hours=4), reached=True, solved="yes")
        tell(engine, case, visit, GRIDWORKER, at + timedelta(hours=4))
    engine.close()
    yield folder


def sample(store: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    assert run(["audit", "sample", "--week", WEEK, "--data", str(store), "--format", "json", *more]) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_without_a_value_it_is_a_demo_draw(store: Path, capsys: pytest.CaptureFixture[str]):
    first, second = sample(store, capsys), sample(store, capsys)
    assert {"frame", "draw", "checkpoint", "cases"} <= first.keys()
    assert (first["draw"]["kind"], first["frame"]["size"], len(first["cases"])) == ("demo draw", 12, 5)
    assert "演示" in first["draw"]["label"] and "demo draw" in first["draw"]["label_en"]
    assert [first[name] for name in ("frame", "draw", "cases")] == [
        second[name] for name in ("frame", "draw", "cases")
    ]
    assert run(["audit", "sample", "--week", WEEK, "--data", str(store)]) == 0
    assert "演示抽取" in capsys.readouterr().out


def test_a_pack_is_redrawn_without_a_store(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pack = tmp_path / "week.json"
    drawn = sample(store, capsys, "--pack", str(pack))
    key = json.loads(pack.read_text("utf-8"))["keys"][0]
    command = ["audit", "sample", "--pack", str(pack), "--verify", "--format", "json"]
    assert run([*command, "--key", key]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["signature"], told["kind"]) == (True, "good", "demo")
    assert told["draw"] == [case["id"] for case in drawn["cases"]]
    other = key[:-6] + "AAAAA="
    assert run([*command, "--key", other]) in (1, 3)
    capsys.readouterr()


@pytest.mark.parametrize("change", ["case", "ticket", "value", "many", "draw", "week", "note"])
def test_a_pack_that_was_altered_is_refused(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
):
    pack = tmp_path / "week.json"
    sample(store, capsys, "--pack", str(pack))
    read = json.loads(pack.read_text("utf-8"))
    match change:
        case "case":
            read["frame"][0]["case"] += "x"
        case "ticket":
            read["frame"][0]["ticket"] = "0" * 64
        case "draw":
            read["draw"] = read["draw"][::-1]
        case "note":
            read["checkpoint"]["size"] += 1
        case "many":
            read["many"] += 1
        case _:
            read[change] = "2026-W01"
    pack.write_text(json.dumps(read), "utf-8")
    assert run(["audit", "sample", "--pack", str(pack), "--verify"]) == 1
    capsys.readouterr()


def test_what_is_no_pack_or_no_week_is_said(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    bad = tmp_path / "bad.json"
    bad.write_text('{"format": "other"}', "utf-8")
    assert run(["audit", "sample", "--pack", str(bad), "--verify"]) == 3
    assert run(["audit", "sample", "--pack", str(tmp_path / "none"), "--verify"]) == 3
    assert run(["audit", "sample", "--verify"]) == 2
    assert run(["audit", "sample", "--week", "2026-W54", "--data", str(store)]) == 2
    assert run(["audit", "sample", "--week", WEEK, "--grid", "nowhere", "--data", str(store)]) == 2
    assert all(line.startswith("huisheng: ") for line in capsys.readouterr().err.splitlines())


def test_a_frame_is_fixed_once_and_found_without_its_place(store: Path, capsys: pytest.CaptureFixture[str]):
    loose = sample(store, capsys, "--grid", "demo/north")
    fixed = sample(store, capsys, "--grid", "demo/north", "--fix")
    assert fixed["draw"] == {"kind": "none", "seed": None}
    assert fixed["frame"]["root"] == loose["frame"]["root"]
    assert sample(store, capsys)["id"] == fixed["id"]
    again = ["audit", "sample", "--week", WEEK, "--grid", "demo/north", "--fix", "--data", str(store)]
    assert run(again) == 2
    capsys.readouterr()
