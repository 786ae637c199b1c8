"""Questions: days and months of the deployment, groups, small groups, what cannot be asked."""

from typing import Any

import pytest

from projections.asking import (
    BadQuestion,
    Question,
    as_of_text,
    bounded,
    counted,
    from_text,
    listing,
    needs_span,
    plan,
    to_text,
)
from projections.days import months, year_before
from projections.indicators import INDICATORS, find, role
from tests.projections.adding import added, asked_of, tables
from tests.projections.story import ZONE, Story, µs


def question(indicator: str, **others: Any) -> Question:
    return Question(find(indicator), as_of=µs("2027-01-31"), zone=ZONE, **others)


def many(n: int, lead: str, log: list[Any]) -> None:
    for each in range(n):
        story = Story(f"c-{lead}-{each}", log=log)
        story.registered().dispatched(lead=lead).responded(unit=lead).resolved(
            "11-05 10:00" if each % 2 else "11-10 10:00"
        )


def test_days_months_and_moments() -> None:
    assert from_text("2025-03", ZONE) == from_text("2025-03-01", ZONE) == µs("2025-03-01")
    assert to_text("2025-03-31", ZONE) == to_text("2025-03", ZONE) == µs("2025-04-01")
    assert to_text("2025-12", ZONE) == µs("2026-01-01")
    assert as_of_text("2025-03-31", ZONE) == µs("2025-04-01") - 1
    moment = "2025-03-31T10:00:00+08:00"
    assert from_text(moment, ZONE) == as_of_text(moment, ZONE) == µs("2025-03-31 10:00")
    for bad in ("2025-03-31T10:00:00", "2025-13", "yesterday", "2025-02-30", ""):
        with pytest.raises(BadQuestion):
            from_text(bad, ZONE)
    for beyond in ("9999-12-31", "9999-12", "9999-12-31T23:59:59.999999-14:00"):
        with pytest.raises(BadQuestion):
            to_text(beyond, ZONE)


def test_months_are_cut_to_the_period() -> None:
    assert [*months(µs("2025-11-10"), µs("2026-01-05"), ZONE)] == [
        ("2025-11", µs("2025-11-10"), µs("2025-12-01")),
        ("2025-12", µs("2025-12-01"), µs("2026-01-01")),
        ("2026-01", µs("2026-01-01"), µs("2026-01-05")),
    ]


def test_a_year_before_a_leap_day() -> None:
    assert year_before(µs("2028-02-29 10:00"), ZONE) == µs("2027-02-28 10:00")
    assert year_before(µs("2026-11-01"), ZONE) == µs("2025-11-01")


def test_small_groups_stand_apart_with_their_counts() -> None:
    log: list[Any] = []
    many(20, "heating-co", log)
    many(19, "water-co", log)
    made = asked_of(tables(log), question("on_time_closure_rate", group_by=("lead",)))
    assert [(line.group["lead"], line.figure.denominator) for line in made.lines] == [("heating-co", 20)]
    assert [(line.group["lead"], line.figure.numerator) for line in made.small_groups] == [("water-co", 9)]


def test_months_are_no_ranking() -> None:
    asked = question("on_time_closure_rate", group_by=("month",))
    assert needs_span(asked)
    with pytest.raises(BadQuestion):
        plan(asked)
    asked = bounded(asked, µs("2026-11-09 18:00"), µs("2026-12-09 18:00"))
    told = Story().registered().dispatched().responded().resolved()
    told.reopened("12-01 09:00").dispatched("12-01 10:00", round=2, resolve_by="12-09 18:00")
    made = asked_of(tables(told.log), asked)
    assert [(line.group["month"], line.figure.denominator) for line in made.lines] == [
        ("2026-11", 1),
        ("2026-12", 1),
    ]
    assert made.small_groups == ()


def test_grids_at_every_level() -> None:
    log: list[Any] = []
    for n, grid in enumerate(("a/b/c/1", "a/b/c/2", "a/b/d/1", "a/x/y/1")):
        Story(f"c-{n}", log=log).registered(grid=grid)
    for level, expected in (
        ("grid", {"a/b/c/1": 1, "a/b/c/2": 1, "a/b/d/1": 1, "a/x/y/1": 1}),
        ("community", {"a/b/c": 2, "a/b/d": 1, "a/x/y": 1}),
        ("street", {"a/b": 3, "a/x": 1}),
    ):
        made = asked_of(tables(log), question("proactive_share", group_by=(level,), minimum=0))
        assert {line.group[level]: line.figure.denominator for line in made.lines} == expected


def test_two_dimensions_at_once() -> None:
    log: list[Any] = []
    many(4, "heating-co", log)
    asked = question("response_rate", group_by=("unit", "category"), minimum=0)
    lines = asked_of(tables(log), asked).lines
    assert [dict(line.group) for line in lines] == [{"unit": "heating-co", "category": "heating"}]


@pytest.mark.parametrize(
    ("indicator", "others"),
    [
        ("on_time_closure_rate", {"group_by": ("colour",)}),
        ("proactive_share", {"cohort": "resolved"}),
        ("on_time_closure_rate", {"cohort": "born"}),
        ("on_time_closure_rate", {"start": 5, "end": 5}),
        ("same_class_change", {}),
    ],
)
def test_what_cannot_be_asked(indicator: str, others: dict[str, Any]) -> None:
    with pytest.raises(BadQuestion):
        plan(question(indicator, **others))


def test_nothing_counted_is_no_rate_and_one_row() -> None:
    made = asked_of(tables([]), question("satisfaction_rate"))
    assert [(line.figure.numerator, line.figure.denominator) for line in made.lines] == [(0, 0)]


def test_every_number_opens_its_rounds() -> None:
    log: list[Any] = []
    many(3, "heating-co", log)
    Story("c-gone", log=log).registered().dispatched().withdrawn("11-03 09:00")
    asked = question("on_time_closure_rate")
    found = [(each, added(tables(log), each)) for each in listing(asked)]

    def opened(part: str = "") -> list[tuple[str, int, str]]:
        return [(each.case, each.round, each.role) for each in counted(asked, found, part)]

    assert opened("numerator") == [("c-heating-co-1", 1, "numerator")]
    assert [role for _, _, role in opened("denominator")] == ["denominator", "numerator", "denominator"]
    assert opened("excluded:withdrawn") == [("c-gone", 1, "excluded:withdrawn")]
    assert len(opened()) == 4


def test_indicators_are_found_by_name_version_and_variant() -> None:
    assert find("on_time_closure_rate") is find("on_time_closure_rate@1")
    assert find("on_time_closure_rate@closed_only").id == "on_time_closure_rate@closed_only"
    for unknown in ("on_time", "on_time_closure_rate@2", ""):
        with pytest.raises(KeyError):
            find(unknown)


@pytest.mark.parametrize("indicator", INDICATORS, ids=lambda each: each.id)
def test_a_definition_is_whole(indicator: Any) -> None:
    assert set(indicator.numerator) <= set(indicator.denominator)
    assert indicator.formula_zh and indicator.formula_en and indicator.zh and indicator.en
    assert role(indicator, indicator.numerator[0]) == "numerator"
    assert len({each.id for each in INDICATORS}) == len(INDICATORS)
