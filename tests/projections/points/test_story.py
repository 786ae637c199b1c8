"""Every fact of the points has a sentence in both languages, and none shows what may not be shown."""

from dataclasses import fields
from datetime import date, datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from domain.messages import FACTS, Actor, Envelope, Recorded, Sealed
from domain.points import facts as f
from domain.points.attendance.facts import AttendanceFact
from projections.points.story import SENTENCES, sentence
from projections.points.words import PointsNames
from projections.words import CHINESE, ENGLISH, Speaker
from tests.projections.points.booking import Log, sealed
from tests.projections.story import ZONE, at

POINTS = tuple(
    kind
    for union in (f.AccountFact, f.ClaimFact, f.RedemptionFact, f.StockFact, f.PanelFact, AttendanceFact)
    for kind in get_args(union)
)
NAMES = PointsNames(
    people={
        "resident": "林晓禾",
        "gridworker": "陈晓岚",
        "panel": "何秀英",
        "p-luo": "罗某",
        "p-huo": "霍某",
    },
    activities={"shopping-for-elder": ("代买菜", "shopping for an elder")},
    items={"flour": ("面粉", "flour"), "detergent": ("洗衣液", "detergent")},
)


def speaker(language: str = CHINESE, opened: Any = None) -> Speaker:
    return Speaker(language, ZONE, NAMES, opened)


def sample(kind: Any) -> Any:
    if get_origin(kind) in (Union, UnionType):
        return sample(get_args(kind)[0])
    if get_origin(kind) is tuple:
        return (sample(get_args(kind)[0]),)
    if kind is Sealed:
        return sealed()
    if hasattr(kind, "__dataclass_fields__"):
        hints = get_type_hints(kind)
        return kind(**{field.name: sample(hints[field.name]) for field in fields(kind)})
    values = {str: "flour", int: 2, bool: True, datetime: at("11-09 18:00"), date: date(2026, 11, 5)}
    return values[kind]


def line_of(fact: Any, role: str = "gridworker") -> Recorded:
    moment = at("11-05 10:00")
    return Recorded(7, "acct-1", 3, moment, Envelope(moment, Actor("gridworker", role)), fact)


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
@pytest.mark.parametrize("kind", POINTS)
def test_every_fact_has_a_sentence(kind: type, language: str) -> None:
    said = sentence(line_of(sample(kind)), speaker(language, lambda kept: "…"))
    assert said.endswith(("。", "”", ".")), said
    assert "{" not in said and "None" not in said and "  " not in said
    assert language == ENGLISH or any("一" <= letter <= "鿿" for letter in said)


def test_no_sentence_is_missing_and_none_is_too_many() -> None:
    rooms = ("points.", "claim.", "redemption.", "stock.", "panel.", "attendance.")
    assert set(SENTENCES) == set(POINTS)
    assert set(SENTENCES) == {kind for name, kind in FACTS.items() if name.startswith(rooms)}


@pytest.mark.parametrize("kind", POINTS)
def test_sealed_words_are_said_only_to_who_may_read_them(kind: type) -> None:
    assert "“…”" not in sentence(line_of(sample(kind)), speaker())


def test_a_claim_says_what_was_done_and_what_it_pays() -> None:
    line = Log().filed("clm-1", moment="2025-03-06 09:00")
    assert sentence(line, speaker()) == (
        "林晓禾申报“代买菜” 3 次，3月5日，15 分；按积分规则 2025-1：shopping-for-elder 的规则。"
        "受益人霍某。见证人罗某。附证据 1 份。"
    )
    assert sentence(line, speaker(ENGLISH)).startswith(
        "林晓禾 claimed “shopping for an elder”, 3 times, on 5 Mar: 15 points, by tariff 2025-1"
    )


def test_who_files_for_somebody_is_seen_to() -> None:
    line = Log().filed("clm-1", by="gridworker")
    assert sentence(line, speaker()).startswith("陈晓岚（代林晓禾）申报")


def test_a_reversal_says_what_is_owed() -> None:
    log = Log()
    log.opened()
    entry = log.credited("shopping-for-elder", 15, cause="clm-1").fact.entry  # type: ignore[attr-defined]
    log.ordered("rdm-1", ("flour", 1, 12))
    log.fulfilled("rdm-1")
    said = sentence(log.reversed(entry, 10, "clm-1"), speaker())
    assert "可用中扣 3 分" in said and "还欠 7 分" in said
    settled = sentence(log.credited("patrol", 5), speaker())
    assert "其中 5 分先抵欠分" in settled


def test_a_ruling_says_claimed_and_proven() -> None:
    log = Log()
    log.opened()
    log.filed("clm-1")
    entry = log.verified("clm-1")
    log.disputed("clm-1")
    log.ruled("clm-1", entry)
    line = next(line for line in log.lines if isinstance(line.fact, f.ClaimRuled))
    said = sentence(line, speaker(opened=lambda kept: "小票只有一张"))
    assert "申报 3，认定 1" in said and "冲正 10 分" in said and "理由：“小票只有一张”" in said
    assert "claimed 3, proven 1" in sentence(line, speaker(ENGLISH))
