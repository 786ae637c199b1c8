"""Reading the book `duties`: what is shipped, and each fault by its field."""

from typing import Any

import pytest

from domain.rule_books import BadContent
from domain.rule_books.duty_rules import DOING, read_duties
from tests.domain.duties.duties_spec import SHIPPED

LINE: dict[str, Any] = {
    "code": "sweep", "zh": "清扫", "en": "Sweep", "rhythm": "weekly", "level": "grid", "role": "gridworker",
}  # fmt: skip


def test_the_shipped_book_has_what_the_sources_name():
    rules = read_duties(SHIPPED, "2026-1")
    assert {line.code: line.rhythm for line in rules.lines.values()} == {
        "patrol": "daily", "visit_plan": "daily", "care_visits": "weekly", "spot_check": "weekly",
        "listening": "days", "ledger_review": "monthly", "ranking": "monthly", "forum": "quarterly",
        "disclosure": "half_yearly", "honour": "yearly", "season_report": "quarterly",
    }  # fmt: skip
    assert rules.lines["listening"].days == (5, 15, 25)
    assert rules.lines["listening"].holidays == "held"
    named = {name for line in rules.lines.values() for name in line.done_by}
    assert named == set(DOING)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": "Sweep-1"}, "lines[0].code"),
        ({"rhythm": "hourly"}, "lines[0].rhythm"),
        ({"level": "planet"}, "lines[0].level"),
        ({"role": "resident"}, "lines[0].role"),
        ({"role": "unit"}, "lines[0].unit"),
        ({"unit": "property-co"}, "lines[0].unit"),
        ({"rhythm": "days", "days": []}, "lines[0].days"),
        ({"rhythm": "days", "days": [5, 29]}, "lines[0].days"),
        ({"days": [5]}, "lines[0].days"),
        ({"holidays": "moved"}, "lines[0].holidays"),
        ({"rhythm": "daily", "holidays": "moved"}, "lines[0].holidays"),
        ({"after": True}, "lines[0].within_days"),
        ({"after": True, "within_days": 8}, "lines[0].within_days"),
        ({"within_days": 3}, "lines[0].within_days"),
        ({"done_by": ["complaint.closed"]}, "lines[0].done_by"),
        ({"colour": "red"}, "lines[0].colour"),
    ],
)
def test_a_fault_is_named_by_its_field(changed: dict[str, Any], field: str):
    with pytest.raises(BadContent) as told:
        read_duties({"lines": [LINE | changed]}, "1")
    assert told.value.field == field


def test_a_code_stands_once():
    with pytest.raises(BadContent) as told:
        read_duties({"lines": [LINE, LINE]}, "1")
    assert told.value.field == "lines[1].code"
