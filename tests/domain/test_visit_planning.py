"""The plan of a day: by day residents, in the evening the employed, at weekends key households; who was not
met comes back in another window, and in the end online."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rule_books import supervision
from domain.rule_books.content import BadContent
from domain.rule_books.visiting import KINDS, Visiting
from domain.visits.planning import Candidate, next_window, planned
from domain.visits.rules import WINDOWS

MONDAY, SATURDAY = date(2026, 11, 16), date(2026, 11, 21)
GRID = "demo/north/sl/grid-01"
RULES = Visiting()
MEI = {"mei": [GRID]}


def home(n: int, kind: str = "resident", **more: object) -> Candidate:
    return Candidate(f"h{n}", str(more.pop("grid", GRID)), kind, **more)  # type: ignore[arg-type]


def going(
    day: date, *candidates: Candidate, rules: Visiting = RULES
) -> dict[tuple[str, str], tuple[str, ...]]:
    (one,) = planned(day, candidates, MEI, rules).days
    return {(share.window, share.mode): share.households for share in one.planned()}


def test_each_kind_is_met_in_its_window():
    homes = [home(n, kind) for n, kind in enumerate(KINDS)]
    assert going(MONDAY, *homes) == {("day", "in_person"): ("h0", "h3"), ("evening", "in_person"): ("h1",)}
    assert going(SATURDAY, *homes) == {("weekend", "in_person"): ("h2",)}


def test_who_did_not_open_comes_back_in_another_window():
    failed = home(1, failed=("day",))
    assert going(MONDAY, failed) == {("evening", "in_person"): ("h1",)}
    assert going(MONDAY, home(1, failed=("day", "evening"))) == {}
    assert going(SATURDAY, home(1, failed=("day", "evening"))) == {("weekend", "in_person"): ("h1",)}


def test_after_the_tries_of_the_book_it_is_made_up_online():
    failed = home(1, "employed", failed=("evening", "day", "weekend"))
    assert going(MONDAY, failed) == {("evening", "online"): ("h1",)}
    assert going(SATURDAY, failed) == {("weekend", "online"): ("h1",)}
    patient = Visiting(tries=4)
    assert going(MONDAY, failed, rules=patient) == {("evening", "in_person"): ("h1",)}


def test_what_is_agreed_goes_first_and_is_never_left_out():
    homes = [home(n) for n in range(3)]
    slot = home(9, booked=("2026-11-16", "day", "in_person"))
    later = home(8, booked=("2026-11-18", "day", "in_person"))
    narrow = Visiting(per_window=2)
    assert going(MONDAY, *homes, slot, later, rules=narrow) == {("day", "in_person"): ("h9", "h0")}


def test_a_window_holds_what_the_book_says_and_the_never_tried_go_first():
    homes = [home(0, failed=("evening",)), home(1), home(2)]
    outcome = planned(MONDAY, homes, MEI, Visiting(per_window=2))
    assert going(MONDAY, *homes, rules=Visiting(per_window=2)) == {("day", "in_person"): ("h1", "h2")}
    assert (outcome.full, outcome.nobody) == (1, 0)


def test_two_of_one_grid_share_it_and_nobody_goes_where_nobody_answers():
    homes = [home(n) for n in range(6)] + [home(7, grid="demo/north/hy/grid-01")]
    outcome = planned(MONDAY, homes, {"an": [GRID], "bo": [GRID]}, RULES)
    assert [len(one.planned()[0].households) for one in outcome.days] == [3, 3]
    assert outcome.nobody == 1
    above = planned(MONDAY, homes, {"chi": ["demo/north"]}, RULES)
    assert above.nobody == 0


KINDS_OF = st.sampled_from(KINDS)
TRIED = st.lists(st.sampled_from(WINDOWS), max_size=5).map(tuple)


@settings(max_examples=60, deadline=None)
@given(
    homes=st.lists(st.tuples(KINDS_OF, TRIED), max_size=40),
    day=st.sampled_from([MONDAY, SATURDAY]),
    most=st.integers(1, 10),
)
def test_a_plan_names_everybody_of_the_day_once_or_says_that_it_is_full(
    homes: list[tuple[str, tuple[str, ...]]], day: date, most: int
):
    rules = Visiting(per_window=most)
    asked = [home(n, kind, failed=failed) for n, (kind, failed) in enumerate(homes)]
    outcome = planned(day, asked, {"an": [GRID], "bo": [GRID]}, rules)
    shares = [share for one in outcome.days for share in one.planned()]
    named = [household for share in shares for household in share.households]
    assert len(named) == len(set(named))
    assert all(len(share.households) <= most for share in shares)
    online = {each.household for each in asked if len(each.failed) >= rules.tries}
    for share in shares:
        assert (
            (share.mode == "online")
            == bool(online & set(share.households))
            == (set(share.households) <= online)
        )
    today = ("weekend",) if day == SATURDAY else ("day", "evening")
    due = [
        each
        for each in asked
        if each.household in online or next_window(each.kind, each.failed, rules)[0] in today
    ]
    assert len(named) + outcome.full == len(due)


def test_the_book_says_who_is_met_when():
    book = supervision.read_supervision(
        {"visits": {"per_window": 5, "tries": 1, "windows": {"day": ["key"], "weekend": ["resident"]}}},
        "x",
        "UTC",
    )
    assert (book.visits.per_window, book.visits.window_of("key"), book.visits.window_of("resident")) == (
        5,
        "day",
        "weekend",
    )
    assert supervision.read_supervision({}, "x", "UTC").visits == Visiting()
    wrongs: tuple[dict[str, Any], ...] = (
        {"per_window": 0},
        {"windows": {"noon": []}},
        {"windows": {"day": ["cat"]}},
        {"x": 1},
    )
    for wrong in wrongs:
        try:
            supervision.read_supervision({"visits": wrong}, "x", "UTC")
        except BadContent:
            continue
        raise AssertionError(wrong)
