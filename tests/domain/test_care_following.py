"""A care plan and its household: it moves along, it ends with it, and nobody ends it over his own miss."""

from dataclasses import replace
from typing import Any

from domain import care
from domain.care import facts as f
from domain.care import reacting
from domain.care.commands import (
    AnswerEmergency,
    ClosePlan,
    EndErased,
    FollowHousehold,
    HandOver,
    Moment,
    OpenPlan,
    RecordVisit,
)
from domain.households import facts as h
from domain.messages import ENGINE, Actor, Dated, Envelope, Recorded
from domain.organisation import HeldGrant
from domain.refusals import Refused
from domain.scene import Scene
from tests.domain.care_spec import HELD, on, opened
from tests.domain.care_spec import Plan as Story
from tests.domain.spec import ADMIN, DAY, DISPATCHER, GRIDWORKER, GRIDWORKER2, T0, books, granted

NEXT = "demo/north/sl/grid-02"
NEIGHBOUR = HeldGrant("g-9", "gridworker9", "gridworker", NEXT, T0 - DAY, None, "story", "admin")


def followed(story: Story, grid: str, *held: HeldGrant, day: int = 3) -> Any:
    """What the plan says to the household's move, with these grants beside the story's."""
    scene = Scene(on(day), on(day), ENGINE, "care-h1", books(), granted((*HELD, *held)))
    facts = care.decide(FollowHousehold(grid), story.state, scene)
    return [each.fact if isinstance(each, Dated) else each for each in facts]


# ------------------------------------------------------------------ along with the household


def test_a_plan_goes_along_into_the_new_grid_to_who_goes_there():
    (moved,) = followed(opened(), NEXT, NEIGHBOUR)
    assert moved == f.CareMoved("h1", "demo/north/sl/grid-01", NEXT, "gridworker", "gridworker9")
    state: Any = care.evolve(opened().state, moved, Envelope(on(3), ENGINE))
    assert (state.plan.grid, state.plan.worker) == (NEXT, "gridworker9")
    assert state.plan.running == opened().plan.running, "what was promised stays promised"


def test_its_worker_stays_where_he_goes_there_too():
    both = replace(NEIGHBOUR, person="gridworker")
    assert followed(opened(), NEXT, both, NEIGHBOUR)[0].worker == "gridworker"


def test_it_is_nobodys_where_nobody_goes():
    assert followed(opened(), NEXT)[0].worker == ""
    above = replace(NEIGHBOUR, scope="demo/north/sl")
    assert followed(opened(), NEXT, above)[0].worker == "gridworker9", "nor only of the grid itself"


def test_within_its_grid_and_without_a_plan_nothing_follows():
    assert followed(opened(), "demo/north/sl/grid-01") == []
    assert followed(Story(), NEXT) == []
    assert followed(opened().at(on(1)).do(ClosePlan("improved")), NEXT) == []


def test_an_erased_household_is_called_on_no_more():
    ended = opened().at(on(9)).do(EndErased(), ENGINE)
    assert isinstance(ended.state, care.Closed)
    missed, closed = ended.facts[-2:]
    assert isinstance(missed, f.CareVisitMissed) and closed == f.CarePlanClosed(
        "h1", missed.grid, "erased", None
    )
    assert ended.decided(EndErased(), ENGINE) == () and Story().decided(EndErased(), ENGINE) == ()
    assert opened().decided(EndErased(), ADMIN), "whoever erases the person it names ends it"
    for command in (EndErased(), FollowHousehold(NEXT)):
        opened().refused(command, "actor.role", DISPATCHER)


def test_what_a_household_asks_of_its_plan():
    def asked(fact: Any) -> list[Any]:
        line = Recorded(7, "hh-h1", 3, on(1), Envelope(on(1), DISPATCHER), fact)
        return [(wish.stream, wish.command, wish.caused_by) for wish in reacting.asked(line)]

    assert asked(h.MovedIn(NEXT, "", "dw-1", "ten-1")) == [("care-h1", FollowHousehold(NEXT), "hh-h1@3")]
    assert asked(h.HouseholdErased("她要求")) == [("care-h1", EndErased(), "hh-h1@3")]
    assert asked(h.HouseholdRecounted(2, 3)) == []
    assert {h.MovedIn.NAME, h.HouseholdErased.NAME} == set(reacting.NAMES)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ nobody over his own miss


def test_who_missed_the_last_visit_does_not_close_the_plan():
    late = opened().at(on(8))
    late.refused(ClosePlan("moved"), "care.own-miss")
    late.tick(8).refused(ClosePlan("moved"), "care.own-miss")
    for other in (GRIDWORKER2, DISPATCHER):
        assert isinstance(late.do(ClosePlan("moved"), other).state, care.Closed)
    assert isinstance(opened().at(on(7)).do(ClosePlan("moved")).state, care.Closed), "in time he does"


def test_nor_after_handing_it_over_nor_by_an_earlier_day():
    away = opened().tick(8).do(HandOver("gridworker2", "轮岗"))
    away.refused(ClosePlan("moved"), "care.own-miss")
    assert isinstance(away.do(ClosePlan("moved"), GRIDWORKER2).state, care.Closed)
    opened().at(on(9)).refused(ClosePlan("moved"), "care.own-miss", at=on(5))


def test_a_visit_makes_it_good_told_late_or_made_late():
    for made in (opened().tick(8).visit(9), opened().tick(8).visit(6, entered=8)):
        assert isinstance(made.do(ClosePlan("improved")).state, care.Closed)
    opened().tick(15).visit(10, entered=15).tick(22).refused(ClosePlan("moved"), "care.own-miss")


# ------------------------------------------------------------------ days that cannot be


def test_a_plan_begins_when_the_register_has_the_household():
    told = OpenPlan("h1", GRIDWORKER.scope, "living_alone", "high", since=on(-2))
    Story().refused(told, "care.before-registration", at=on(-3))
    assert Story().do(told, at=on(-2, 8)).due == 5, "the day counts, not the hour"


def test_what_lies_long_past_is_no_visit_and_no_emergency():
    known = opened()
    known.refused(RecordVisit(), "moment.long-past", at=on(-400))
    known.refused(AnswerEmergency((Moment("called", on(-31)),)), "care.moment-early")
    before = known.do(AnswerEmergency((Moment("called", on(-2)),)))
    assert before.facts[-1].emergency == 1, "an emergency is often why a plan is opened"


def test_whoever_asks_of_elsewhere_is_told_so_first():
    elsewhere = Actor("gridworker9", "gridworker", NEXT)
    try:
        opened().decided(RecordVisit(), elsewhere, on(-400))
    except Refused as no:
        assert no.rule == "care.outside-scope"
