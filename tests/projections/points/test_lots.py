"""The view's lots are the decider's: what it says is due to lapse is what lapses, whatever came before."""

import random
from datetime import timedelta
from typing import Any

import pytest

from domain.messages import ENGINE
from domain.points import account as accounts
from domain.points.account import commands as c
from domain.points.account.state import unheld
from domain.points.facts import PointsExpired
from domain.refusals import Refused
from domain.steps import Step
from projections.case import micros
from projections.points.account import Account, fold
from projections.points.lots import Lot, consumed, free_since, lapsed
from tests.domain.points_spec import LAN, MEMBER, PANEL, Community, books_with, sample

MINE = accounts.account_of(LAN.person)


def steps(dice: random.Random, state: Any, n: int) -> list[tuple[Any, Any]]:
    """Something that may be asked of the account now; some of it in vain."""
    holds = list(state.holds)
    now = dice.choice(("earn", "earn", "hold", "hold", "release", "capture", "back", "dispute", "expire"))
    match now:
        case "earn":
            return [(c.CarryOver(dice.randint(1, 9), f"s{n}", state.opened_at.date()), ENGINE)]
        case "hold":
            return [(c.Hold(f"rdm-{n}", "ordered", dice.randint(1, 9)), LAN)]
        case "dispute" if state.credits:
            entry = dice.choice(list(state.credits))
            asked = state.credits[entry].rest or 1
            cause = f"clm-{n}"
            disputed = (c.Hold(cause, "disputed", asked), PANEL)
            return [disputed, (c.Reverse(entry, dice.randint(0, asked), cause, "no"), PANEL)]
        case "release" if holds:
            return [(c.Release(dice.choice(holds), "cancelled"), MEMBER)]
        case "capture" if holds:
            return [(c.Capture(dice.choice(holds)), MEMBER)]
        case "back" if state.credits:
            entry = dice.choice(list(state.credits.values()))
            return [(c.TakeBack(entry.cause, entry.cause_kind, "no"), ENGINE)]
    return [(c.Expire(), ENGINE)]


@pytest.mark.parametrize("seed", range(12))
def test_the_view_knows_what_the_decider_knows(seed: int) -> None:
    dice = random.Random(seed)
    village = Community(books_with(supervision={**sample("supervision-2025-1.toml"), "expiry_months": 2}))
    village.open(LAN)
    seen, lapses, found = 0, 0, None
    for n in range(250):
        village.now += timedelta(days=dice.choice((0, 0, 1, 9)))
        state = village.state("account", MINE)
        before = village.books.lapsed_before(village.now)
        assert before is not None
        due = found is not None and (free_since(found.lots, found.held) or 2**62) < micros(before)
        if due:
            (fact,) = village.submit((Step("account", MINE, c.Expire()),), ENGINE)
            assert isinstance(fact, PointsExpired) and fact.points > 0
            lapses += 1
        else:
            assert village.submit((Step("account", MINE, c.Expire()),), ENGINE) == []
            for asked, by in steps(dice, state, n):
                try:
                    village.submit((Step("account", MINE, asked),), by)
                except Refused:
                    break
        for line in village.lines[seen:]:
            found = fold(found, line)
        seen = len(village.lines)
        agree(found, village.state("account", MINE))
    assert lapses > 2


def agree(found: Account | None, state: Any) -> None:
    assert found is not None
    assert found.lots == tuple(Lot(lot.entry, lot.points, micros(lot.since)) for lot in state.lots)
    assert sum(lot.points for lot in found.lots) == state.available + state.held
    free = unheld(state.lots, state.held)
    assert sum(lot.points for lot in free) == state.available
    assert free_since(found.lots, found.held) == (micros(free[0].since) if free else None)


def test_what_lapses_is_the_oldest_that_nothing_holds() -> None:
    lots = (Lot("a", 5, 1), Lot("b", 5, 2), Lot("c", 5, 3))
    assert free_since(lots, 0) == 1 and free_since(lots, 5) == 2 and free_since(lots, 15) is None
    assert lapsed(lots, 7, 3) == (Lot("a", 5, 1), Lot("b", 2, 2), Lot("c", 5, 3))
    assert consumed(lots, 6) == (Lot("b", 4, 2), Lot("c", 5, 3))
    assert consumed(lots, 6, "c") == (Lot("a", 4, 1), Lot("b", 5, 2))
