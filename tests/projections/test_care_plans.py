"""What the log says of a care plan: counts that a late entry mends, and a sentence for every fact."""

from itertools import count
from zoneinfo import ZoneInfo

import pytest

from domain.care.commands import (
    AnswerEmergency,
    ChangeRisk,
    ClosePlan,
    DeliverNotice,
    FollowHousehold,
    HandOver,
    Moment,
    OpenPlan,
    RevealCare,
    SendNotice,
)
from domain.care.facts import CareFact
from domain.messages import ENGINE, Actor, Envelope, Recorded
from projections.care.plans import CARE_PLANS, Plan, fold, row
from projections.care.telling import sentence
from projections.words import CHINESE, ENGLISH, Speaker
from tests.domain.care_spec import Plan as Story
from tests.domain.care_spec import on, opened
from tests.domain.spec import GRID, GRIDWORKER2


def lines(story: Story) -> list[Recorded]:
    position = count(1)
    return [
        Recorded(n, "care-h1", n, at, Envelope(at, Actor("gridworker", "gridworker", GRID)), fact)
        for n, (at, fact) in zip(position, story.dated, strict=False)
    ]


def folded(story: Story) -> Plan:
    state: Plan | None = None
    for line in lines(story):
        state = fold(state, line)
    assert state is not None
    return state


def lived() -> Story:
    story = opened().tick(8).visit(5, entered=8, health="血压偏高").visit(9)
    story = story.do(ChangeRisk("daily", "刚出院")).do(HandOver("gridworker2", "轮岗"))
    story = story.at(on(10)).do(
        AnswerEmergency((Moment("called", on(10)), Moment("handed_over", on(10))), 0, "relatives", "女儿")
    )
    story = story.do(FollowHousehold("demo/north/sl/grid-02"), ENGINE).do(FollowHousehold(GRID), ENGINE)
    story = story.do(SendNotice("notice-1", "关好门窗")).do(DeliverNotice("notice-1", "phone"))
    return story.do(RevealCare("health", "代班"), GRIDWORKER2).do(ClosePlan("moved"))


def test_a_miss_is_counted_and_a_late_entry_mends_it():
    missed = row(folded(opened().tick(8)))
    assert (missed["missed"], missed["mended"], missed["unanswered"], missed["kept"]) == (1, 0, 1, 0)
    mended = row(folded(opened().tick(8).visit(5, entered=8)))
    assert (mended["missed"], mended["mended"], mended["unanswered"], mended["kept"]) == (1, 1, 0, 1)
    assert mended["due_on"] == "2026-03-14"


def test_what_is_overdue_stays_so_until_somebody_came():
    first = row(folded(opened().tick(8)))["visit_by"]
    assert row(folded(opened().tick(30)))["visit_by"] == first
    assert row(folded(opened().tick(30).visit(30)))["visit_by"] > first


def test_the_rows_are_the_deciders_state():
    story = opened().tick(15).visit(5, entered=15).visit(16).do(ChangeRisk("daily", "刚出院"))
    found, plan = row(folded(story)), story.plan
    assert found["due_on"] == plan.running.until.isoformat()
    assert found["missed"] - found["mended"] == len(plan.missed)
    assert (found["risk"], found["cadence_days"], found["worker"]) == (
        plan.risk, plan.cadence_days, plan.worker,
    )  # fmt: skip


def test_a_closed_plan_waits_for_nothing_and_one_opened_again_keeps_its_counts():
    closed = row(folded(lived()))
    assert (closed["state"], closed["visit_by"], closed["next_by"]) == ("closed", None, None)
    again = row(folded(lived().at(on(20)).do(OpenPlan("h1", GRID, "disabled", "low"))))
    assert (again["state"], again["kept"], again["missed"]) == ("active", 2, 1)


@pytest.mark.parametrize("language", [CHINESE, ENGLISH])
def test_every_fact_is_said(language: str):
    told = lived()
    assert {type(fact) for fact in told.facts} == set(CareFact.__args__)
    speaker = Speaker(language, ZoneInfo("Asia/Shanghai"), opened=lambda kept: kept.sealed.text)  # type: ignore[attr-defined]
    said = [sentence(line, speaker) for line in lines(told)]
    assert all(said) and not any("{" in one for one in said)
    assert "血压偏高" in " ".join(said)
    if language == ENGLISH:
        words = "".join(said).replace("血压偏高", "").replace("女儿", "").replace("轮岗", "")
        words = words.replace("刚出院", "").replace("关好门窗", "").replace("代班", "")
        assert not [c for c in words if "一" <= c <= "鿿"]


def test_it_folds_every_fact_it_knows():
    assert set(CareFact.__args__) == CARE_PLANS.FACTS
