"""Care periods as a figure: kept and missed by the deadline of the period, mended by what was told late."""

from typing import Any

from tests.api.care.conftest import Care, care

__all__ = ["care"]


def cadence(care: Care, **query: Any) -> tuple[int, int]:
    care.office.caught_up()
    answer = care.office.get("statistics/care_cadence_kept", "street", params=query)
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["rows"]
    return row["numerator"], row["denominator"]


def test_a_missed_period_counts_below_and_a_visit_told_late_keeps_it(care: Care):
    care.open()
    assert cadence(care) == (0, 0)
    care.days_later(8)
    assert cadence(care) == (0, 1)
    before = care.office.engine.log.head()
    care.visit(occurred_at=care.ago(days=3))
    assert cadence(care) == (1, 1)
    assert cadence(care, known_at=before) == (0, 1)
    assert cadence(care, **{"from": "2026-11-25", "to": "2026-11-25"}) == (1, 1)
    assert cadence(care, risk="high", worker="gridworker") == (1, 1)
    assert cadence(care, risk="low") == (0, 0)
    items = care.office.get("statistics/care_cadence_kept/cases", "street").json()["items"]
    assert [(each["id"], each["number"], each["part"]) for each in items] == [
        ("care-h1", "2026-11-25", "numerator")
    ]
    assert items[0]["link"] == "/api/v1/care-plans/care-h1"
