"""What is wrong with a field is told in the reader's language."""

from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api import misfits
from api.bodies import Moment
from api.kinds import Day
from api.points.bodies import Quantity
from api.words import CHINESE, ENGLISH, catalogue


class Asked(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    quantity: Quantity = 1
    on: Day | None = None
    at: Moment | None = None
    role: Literal["panel", "street", "unit"] = "unit"
    names: list[str] = Field(default_factory=list, max_length=1)


def told(lang: str, **fields: object) -> str:
    with pytest.raises(ValidationError) as found:
        Asked(**fields)  # type: ignore[arg-type]
    (error,) = found.value.errors()
    return misfits.said(dict(error), lang)


@pytest.mark.parametrize(
    ("fields", "chinese", "english"),
    [
        ({"quantity": True}, "要填整数，不加引号，不带小数点", "Input should be a valid integer"),
        ({"quantity": 0}, "不能小于 1", "Input should be greater than or equal to 1"),
        ({"price": 0}, "这里没有这一项", "Extra inputs are not permitted"),
        (
            {"role": "god"},
            "只能填其中之一：panel、street、unit",
            "Input should be 'panel', 'street' or 'unit'",
        ),
        (
            {"names": ["a", "b"]},
            "最多 1 项，现在 2 项",
            "List should have at most 1 item after validation, not 2",
        ),
        ({"on": "2026-W01-1"}, "日期写成 2025-03-14", "a day is written 2025-03-14"),
        ({"at": "2026-01-01T00:00:00"}, "时刻要带时区，如 +08:00", "a moment needs an offset"),
        ({"on": "2026-02-30"}, "写法不对", "day is out of range for month"),
    ],
)
def test_a_fault_is_told_in_both_languages(fields: dict[str, object], chinese: str, english: str):
    assert (told(CHINESE, **fields), told(ENGLISH, **fields)) == (chinese, english)


def test_a_kind_nobody_has_met_is_told_in_english_and_bounded():
    error = {"type": "brand_new", "msg": "x" * 1000}
    assert misfits.said(error, CHINESE) == "x" * misfits.MOST


def test_each_check_of_our_own_has_its_chinese_sentence():
    for said in (
        "a moment lies between 1970 and 2200",
        "a day lies between 1900 and 2200",
        "a day is written 2026-02-17",
    ):
        assert said in catalogue("zh")
