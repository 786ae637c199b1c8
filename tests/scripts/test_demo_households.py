"""The households of the demo: 960 in eight grids, each where its grid is; some moved, some are gone."""

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from api.compose import DECIDERS
from domain.households.household import Away, Living
from domain.organisation import Organisation
from engine.engine import Engine
from scripts.demo import households
from scripts.demo.households import GONE, HOLDERS, HOUSEHOLDS, MEMBERS, MOVES, Entry, entries
from scripts.demo.past import Past
from scripts.demo.people import GRIDS
from scripts.setting_up import OPERATOR, load, missing

SAMPLE = Path(__file__).parents[2] / "scripts" / "samples" / "community.toml"
DAY = datetime(2026, 3, 11, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_there_are_960_and_always_the_same() -> None:
    every = list(entries())
    assert len(every) == len({each.id for each in every}) == HOUSEHOLDS == 960
    assert Counter(each.grid for each in every) == dict.fromkeys(GRIDS, 120)
    assert len({each.home.dwelling for each in every}) == HOUSEHOLDS
    assert len({each.home.address for each in every}) == HOUSEHOLDS
    assert [each.steps() for each in every[:3]] == [Entry(number).steps() for number in range(3)]
    assert {each.id for each in every} >= set(HOLDERS.values())
    assert sum(len(each.people) for each in every) == MEMBERS + 1
    assert not set(MOVES) & set(GONE)


def test_they_live_by_the_rules(tmp_path: Path) -> None:
    engine = Engine.open(tmp_path, projections=(), deciders=DECIDERS, clock=lambda: DAY)
    past = Past(engine)
    begun = DAY - timedelta(days=430)
    for change in missing(load(SAMPLE), Organisation(), {}, DAY.date()).changes:
        past.do(begun, OPERATOR, change.step)
    engine.vault.ensure_keys(households.subjects())
    households.enter(past, begun, OPERATOR)
    households.begin(past, DAY)
    past.until(DAY)
    assert past.refused == []
    states = {entry.number: past.seen("household", entry.stream).state for entry in entries()}
    assert {number for number, state in states.items() if isinstance(state, Away)} == set(GONE)
    for number in MOVES:
        state = states[number]
        assert isinstance(state, Living) and state.household.dwelling != Entry(number).home.dwelling
    engine.close()
