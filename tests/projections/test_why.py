"""A deadline explains itself: its rule, every day skipped, extensions, declines, and the four clocks."""

import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from domain import rule_books
from domain.complaint import facts as f
from domain.deadlines import Deadline
from domain.messages import Actor, Envelope, Recorded
from domain.rule_books import BookAdopted, BookProposed, Books, RuleBookState
from projections.why import why
from projections.words import ENGLISH
from tests.projections.story import Story, at, promise, sealed
from tests.projections.test_history import speaker

SAMPLES = Path(__file__).parents[2] / "scripts" / "samples"


def book(name: str, version: str, file: str) -> RuleBookState:
    content = tomllib.loads((SAMPLES / file).read_text("utf-8"))
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    told: tuple[BookProposed | BookAdopted, ...] = (
        BookProposed(name, version, content),
        BookAdopted(name, version, date(2024, 1, 1), None),
    )
    envelope = Envelope(moment, Actor("admin", "admin"))
    state = rule_books.INITIAL
    for fact in told:
        state = rule_books.evolve(state, fact, envelope)
    return state


BOOKS = Books.of(
    [
        book("deadlines", "2026-1", "deadlines-2026-1.toml"),
        book("calendars", "cn-2026", "calendar-cn-2026.toml"),
        book("categories", "2026-1", "categories-2026-1.toml"),
    ],
    "Asia/Shanghai",
)


def derived(clock: str, start: str, category: str = "noise") -> Deadline:
    begun = at(start)
    return BOOKS.deadlines(begun).derive(
        clock,
        category=BOOKS.categories(begun).of(category),
        urgency="normal",
        start=begun,
        calendar=BOOKS.calendar(begun),
    )


def holidays() -> Story:
    """Registered two days before the National Day of 2025: five working days across eight days off."""
    told = Story().registered("2025-09-29 10:00", dispatch_by="2025-09-29 17:30", category="noise")
    resolution = derived("resolution", "2025-09-29 10:00")
    response = derived("response", "2025-09-29 11:00")
    task = f.UnitTask("property-co", True, response, None)
    dispatched = f.ComplaintDispatched(
        1, "property-co", "whistle", (task,), resolution, False, at("2025-09-29 11:00")
    )
    return told.tell(dispatched, "2025-09-29 11:00")


def asked(
    lines: Sequence[Recorded],
    clock: str,
    unit: str = "",
    language: str = "zh-CN",
    now: str = "2025-09-30 11:00",
) -> Any:
    return why(lines, clock, unit, BOOKS, speaker(language), at(now))


def test_across_a_public_holiday_each_skipped_day_is_named() -> None:
    made = asked(holidays().log, "resolution")
    assert [str(day["date"]) for day in made["skipped"]] == [
        f"2025-10-{day:02}" for day in (*range(1, 9), 12)
    ]
    assert made["skipped"][0]["reason"] == "国庆节" and made["skipped"][-1]["reason"] == "周末"
    for day in (*range(1, 9), 12):
        assert any(text.startswith(f"10月{day}日不计：") for text in made["sentences"])
    assert made["rule"]["version"] == "2026-1" and made["rule"]["book"] == "deadlines"
    assert made["in_force"] == made["first_promise"] == at("2025-10-13 18:00")
    assert made["sentences"][0] == "起点：9月29日 10:00 受理登记。"
    assert "5 个工作日" in made["sentences"][1]
    assert made["sentences"][-1] == "终点：10月13日 18:00。到这一刻为止都算按时。"


def test_it_says_the_same_in_english() -> None:
    made = asked(holidays().log, "resolution", language=ENGLISH)
    assert made["sentences"][0] == "It starts at 29 Sep 10:00, the registration."
    assert "5 working days" in made["sentences"][1]
    assert "12 Oct does not count: weekend." in made["sentences"]


def test_by_the_wall_clock_nothing_is_skipped() -> None:
    told = Story().whole()
    made = asked(told.log[:4], "follow_up")
    assert made["skipped"] == [] and "没有跳过的日子。" in made["sentences"]
    assert made["in_force"] == at("11-06 10:00")


def test_extensions_and_declines_stand_in_it() -> None:
    told = holidays()
    told.declined("2025-09-29 15:00", "property-co")
    again = told.log[1].fact
    told.tell(again, "2025-09-29 16:00").responded("2025-09-29 17:00", "property-co")
    told.extended("2025-10-10 09:00", "2025-10-16 18:00", "2025-09-29 10:00")
    made = asked(told.log, "resolution")
    assert made["first_promise"] == at("2025-10-13 18:00") and made["in_force"] == at("2025-10-16 18:00")
    assert [each["until"] for each in made["extensions"]] == [at("2025-10-16 18:00")]
    assert [each["unit"] for each in made["declines"]] == ["property-co"]
    said = "".join(made["sentences"])
    assert "首次承诺：10月13日 18:00" in said
    assert "周敏同意延期 3 个工作日：期限改为 10月16日 18:00" in said
    assert "物业公司退单；时限不停" in said


def test_the_four_clocks_of_a_case_are_kept_apart() -> None:
    told = holidays().declined("2025-09-29 15:00", "property-co")
    made = asked(told.log, "resolution", now="2025-09-30 10:00")
    assert made["elapsed"] == {
        "since_call": 24 * 3600,
        "since_dispatch": 23 * 3600,
        "since_response": None,
        "since_last_decline": 19 * 3600,
    }
    told.withdrawn("2025-09-29 18:00")
    assert asked(told.log, "resolution")["elapsed"]["since_call"] == 8 * 3600


def test_each_unit_has_its_own_response_clock() -> None:
    told = Story().registered().dispatched(assisting=("property-co",))
    assert asked(told.log, "response")["unit"] == "heating-co"
    assert asked(told.log, "response", "property-co")["unit"] == "property-co"
    assert asked(told.log, "response", "water-co") is None


def test_a_new_round_starts_its_own_clocks() -> None:
    told = Story().whole().reopened("11-08 09:00", dispatch_by="11-09 12:00")
    assert asked(told.log, "resolution") is None
    assert asked(told.log, "dispatch")["sentences"][0] == "起点：11月8日 09:00 返工，第 2 轮开始。"


def test_an_imported_promise_names_its_source() -> None:
    told = Story().registered(record="import", dispatch_by=None)
    due = Deadline("resolution", at("11-02 09:00"), at("11-09 18:00"), at("11-08 09:00"), 177, "hours",
                   "import", "boston311", "target", "")  # fmt: skip
    told.tell(f.ComplaintDispatched(1, "PWD", "", (), due, False, None), "11-02 09:00")
    made = asked(told.log, "resolution")
    assert made["rule"]["book"] == "import" and "来源系统（boston311）" in made["sentences"][1]


def test_a_deadline_derived_again_says_under_what() -> None:
    told = holidays()
    later = promise("resolution", "2025-09-29 10:00", "2025-10-14 18:00")
    told.tell(
        f.DeadlineRederived("resolution", "", at("2025-10-13 18:00"), later, sealed()), "2025-09-30 09:00"
    )
    made = asked(told.log, "resolution")
    assert made["in_force"] == at("2025-10-14 18:00") and made["extensions"] == []
    assert any("重算：期限改为 10月14日 18:00" in text for text in made["sentences"])


def test_there_is_no_such_clock() -> None:
    with pytest.raises(KeyError):
        asked(holidays().log, "lunch")
