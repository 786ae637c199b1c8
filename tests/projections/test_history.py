"""Every fact has a sentence in both languages, and none shows what may not be shown."""

from dataclasses import fields
from datetime import datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from domain.complaint import facts as f
from domain.deadlines import Deadline
from domain.messages import Actor, Envelope, Recorded, Sealed
from projections.case import Kept
from projections.history import SENTENCES, consequences, sentence, story
from projections.words import CHINESE, ENGLISH, Names, Speaker
from tests.projections.story import ZONE, Story, at, promise, sealed

NAMES = Names(
    units={"heating-co": "松林供热公司", "property-co": "物业公司"},
    people={"dispatcher": "周敏"},
    categories={"heating": "供热", "noise": "噪声"},
    grids={"demo/north/sl/grid-01": "第 01 网格"},
)
COMPLAINT_FACTS: tuple[type, ...] = f.Fact.__args__


def speaker(language: str = CHINESE, opened: Any = None) -> Speaker:
    return Speaker(language, ZONE, NAMES, opened)


def sample(kind: Any) -> Any:
    """Some value of a declared type; everything optional is there."""
    if get_origin(kind) in (Union, UnionType):
        return sample(get_args(kind)[0])
    if get_origin(kind) is tuple:
        return (sample(get_args(kind)[0]),)
    if kind is Deadline:
        return promise("resolution", "11-02 09:00", "11-09 18:00")
    if kind is Sealed:
        return sealed()
    if hasattr(kind, "__dataclass_fields__"):
        hints = get_type_hints(kind)
        return kind(**{field.name: sample(hints[field.name]) for field in fields(kind)})
    return {str: "heating", int: 2, float: 20.5, bool: True, datetime: at("11-09 18:00")}[kind]


def line_of(fact: Any, role: str = "dispatcher") -> Recorded:
    moment = at("11-05 10:00")
    return Recorded(7, "c-1", 3, moment, Envelope(moment, Actor("dispatcher", role)), fact)


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
@pytest.mark.parametrize("kind", COMPLAINT_FACTS)
def test_every_fact_has_a_sentence(kind: type, language: str) -> None:
    said = sentence(line_of(sample(kind)), speaker(language, lambda kept: "…"))
    assert said.endswith(("。", "”", ".")), said
    assert "{" not in said and "None" not in said
    assert language == ENGLISH or any("一" <= letter <= "鿿" for letter in said)


def test_no_sentence_is_missing_and_none_is_too_many() -> None:
    assert set(SENTENCES) == set(COMPLAINT_FACTS)


@pytest.mark.parametrize("kind", COMPLAINT_FACTS)
def test_sealed_words_are_said_only_to_who_may_read_them(kind: type) -> None:
    line = line_of(sample(kind))
    assert "box" not in sentence(line, speaker()) and "“…”" not in sentence(line, speaker())


def test_words_are_opened_from_their_own_home() -> None:
    homes: list[Kept] = []

    def opened(kept: Kept) -> str:
        homes.append(kept)
        return "客厅只有 15℃"

    line = Story().registered().log[0]
    assert "“客厅只有 15℃”" in sentence(line, speaker(opened=opened))
    assert homes == [Kept(sealed("text"), "c-1", 1, "complaint.registered", "text")]


def test_erased_words_say_that_they_were_erased() -> None:
    line = Story().registered().log[0]
    assert "（内容已删除）" in sentence(line, speaker(opened=lambda kept: None))
    assert "(erased)" in sentence(line, speaker(ENGLISH, opened=lambda kept: None))


def test_the_dispatch_says_who_does_what_by_when() -> None:
    line = Story().registered().dispatched(assisting=("property-co",)).log[1]
    assert sentence(line, speaker()) == (
        "周敏派单给松林供热公司主办，物业公司协办，方式“吹哨报到”。应在 11月3日 18:00 前响应。"
        "承诺 11月9日 18:00 前办结。"
    )
    assert sentence(line, speaker(ENGLISH)) == (
        "周敏 dispatched it to 松林供热公司, assisted by 物业公司, track “units report in”. "
        "It must respond by 3 Nov 18:00. Resolution is promised by 9 Nov 18:00."
    )


def test_a_deadline_in_another_year_is_told_with_its_year() -> None:
    line = Story().registered("12-30 09:00").dispatched("12-30 10:00", resolve_by="2027-01-06 18:00").log[1]
    assert "2027年1月6日 18:00" in sentence(line, speaker())


def test_a_bad_reading_says_that_it_reopens() -> None:
    told = Story().registered().dispatched().responded().resolved()
    reading = f.Reading("room_temperature", 17.4, "℃", True, False)
    at_visit = at("11-05 16:00")
    told.tell(
        f.FollowUpRecorded("on_site", "satisfied", "yes", (reading,), (), False, "p-1", None, None, at_visit),
        at_visit,
    )
    told.tell(f.ComplaintReopened(2, "reading_out_of_range", None, None), at_visit)
    assert consequences(told.log[-2:], speaker())[1:] == [
        "室温 17.4℃ 不达标，提交后会返工。",
        "提交后这件诉求会返工，进入第 2 轮：实测不达标。",
    ]
    assert "room temperature 17.4℃ is out of range" in consequences(told.log[-2:], speaker(ENGLISH))[1]


def test_a_late_entry_says_what_it_is_judged_by() -> None:
    line = Story().registered().dispatched().responded("11-02 11:00", judged="11-08 09:00").log[2]
    assert "按记录时间 11月8日 09:00 判定" in sentence(line, speaker())


def test_the_story_has_rounds_and_milestones() -> None:
    told = Story().whole().reopened("11-08 09:00").dispatched("11-08 10:00", round=2)
    told.attempted("11-08 11:00")
    whole = story(told.lines(), speaker())
    assert [each.round for each in whole] == [1, 1, 1, 1, 1, 1, 2, 2, 2]
    assert [each.name for each in story(told.lines(), speaker(), key=True)][-1] == "complaint.dispatched"
    assert whole[4].evidence == ("ab" * 32,)
    assert (whole[5].tone, whole[6].tone) == ("good", "bad")
