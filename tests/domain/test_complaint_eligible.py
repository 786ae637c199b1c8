"""Who follows up: the grid's own member first, then its neighbours', then the office, which says why."""

import pytest

from domain.complaint import eligible
from domain.complaint.commands import Dispatch, FollowUp, ReportResolution, Respond
from domain.complaint.facts import ComplaintClosed, FollowUpRecorded
from domain.messages import Actor, Clear
from tests.domain.spec import (
    CASE,
    DISPATCHER,
    GRID,
    GRIDWORKER,
    GRIDWORKER2,
    PROPERTY,
    STREET,
    Story,
    granted,
    like,
    received,
    resolved,
    satisfied,
)

SIBLING_GRID = "demo/north/sl/grid-02"
COMMUNITY = "demo/north/sl"
OWN = ("gridworker", "gridworker", GRID)
OWN2 = ("gridworker2", "gridworker", GRID)
SIBLING = ("beside", "gridworker", SIBLING_GRID)
OF_THE_COMMUNITY = ("above", "gridworker", COMMUNITY)
BESIDE = Actor(*SIBLING)
ABOVE = Actor(*OF_THE_COMMUNITY)


def follows_up(story: Story, actor: Actor) -> bool:
    """Whether the lists of what he may do say so."""
    return "follow-up" in story.offers(actor)[0]


def settled_on_the_spot() -> Story:
    """The grid's team leads, and its member settled it."""
    story = received("noise").do(Dispatch(GRID), DISPATCHER).do(Respond(), GRIDWORKER)
    return story.do(ReportResolution("solved", "done"), GRIDWORKER)


def test_a_member_of_the_grid_follows_up():
    story = resolved().granting(OWN, SIBLING)
    story.when(satisfied(story.now), GRIDWORKER).then(FollowUpRecorded, ComplaintClosed)
    assert follows_up(story, GRIDWORKER)


@pytest.mark.parametrize("actor", [BESIDE, ABOVE])
def test_a_member_of_elsewhere_waits_for_the_grids_own(actor):
    story = resolved().granting(OWN, SIBLING, OF_THE_COMMUNITY)
    story.when(satisfied(story.now), actor).then_refused("follow-up.not-his-grid", grid=GRID)
    assert not follows_up(story, actor)
    assert story.offers(actor)[1]["follow-up"].rule == "follow-up.not-his-grid"


@pytest.mark.parametrize("actor", [BESIDE, ABOVE])
def test_where_the_grid_has_nobody_its_neighbours_follow_up(actor):
    story = resolved().granting(SIBLING, OF_THE_COMMUNITY)
    story.when(satisfied(story.now), actor).then(FollowUpRecorded, ComplaintClosed)
    assert follows_up(story, actor)


def test_who_handled_is_not_eligible_so_the_neighbour_is():
    story = settled_on_the_spot().granting(OWN, SIBLING)
    story.when(satisfied(story.now), GRIDWORKER).then_refused("follow-up.by-handler")
    story.when(satisfied(story.now), BESIDE).then(FollowUpRecorded, ComplaintClosed)
    both = settled_on_the_spot().granting(OWN, OWN2, SIBLING)
    both.when(satisfied(both.now), BESIDE).then_refused("follow-up.not-his-grid")
    both.when(satisfied(both.now), GRIDWORKER2).then(FollowUpRecorded, ComplaintClosed)


def test_who_is_also_of_the_handling_company_is_not_eligible():
    story = resolved().granting(OWN, ("gridworker", "unit", PROPERTY.scope), SIBLING)
    story.when(satisfied(story.now), BESIDE).then(FollowUpRecorded, ComplaintClosed)


def test_the_resident_himself_is_not_eligible():
    story = resolved().granting(("p-li", "gridworker", GRID), SIBLING)
    story.when(satisfied(story.now), BESIDE).then(FollowUpRecorded, ComplaintClosed)


def test_a_member_of_another_community_never_follows_up():
    far = Actor("far", "gridworker", "faraway/grid-01")
    story = resolved().granting(("far", "gridworker", "faraway/grid-01"))
    story.when(satisfied(story.now), far).then_refused("follow-up.not-his-grid")


@pytest.mark.parametrize("actor", [DISPATCHER, STREET])
@pytest.mark.parametrize("grant", [OWN, SIBLING, OF_THE_COMMUNITY])
def test_the_office_says_why_no_grid_member_may(actor, grant):
    story = resolved().granting(grant)
    story.when(satisfied(story.now), actor).then_refused("follow-up.grid-member-first")
    story.when(satisfied(story.now, reason="she is ill"), actor).then(
        like(FollowUpRecorded, reason=Clear("p-li", "", "she is ill")), ComplaintClosed
    )


@pytest.mark.parametrize("actor", [DISPATCHER, STREET])
def test_where_nobody_is_eligible_the_engine_notes_why(actor):
    story = resolved().granting()
    story.when(satisfied(story.now), actor).then(
        like(FollowUpRecorded, reason=Clear("p-li", "", eligible.NOBODY)), ComplaintClosed
    )
    handled = settled_on_the_spot().granting(OWN)
    handled.when(satisfied(handled.now), actor).then(FollowUpRecorded, ComplaintClosed)


def test_a_grid_without_members_is_seen_from_the_grids_beside_it():
    organisation = granted(resolved().granting(SIBLING).grants)
    now = resolved().now
    assert GRID in eligible.without_members(SIBLING_GRID, organisation, now)
    assert SIBLING_GRID not in eligible.without_members(SIBLING_GRID, organisation, now)
    assert SIBLING_GRID not in eligible.without_members(GRID, organisation, now)
    assert eligible.without_members(COMMUNITY, organisation, now) == ()
    assert eligible.without_members("", organisation, now) == ()


def test_an_attempt_is_held_to_the_same():
    story = resolved().granting(OWN, SIBLING)
    missed = FollowUp("on_site", story.now, reached=False)
    story.when(missed, BESIDE).then_refused("follow-up.not-his-grid")
    story.when(missed, DISPATCHER).then_refused("follow-up.grid-member-first")
    assert story.stream == CASE
