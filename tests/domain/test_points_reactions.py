"""Reports that helped earn points, and on-time work does where the switch is on; each cause pays once."""

from datetime import timedelta
from typing import Any

from domain import complaint
from domain.complaint.commands import Dispatch, ReportResolution, Respond
from domain.messages import ENGINE, Actor, Dated, Envelope, Recorded
from domain.points.account import account_of
from domain.points.account.commands import Open, Reward, RewardLinkage, TakeBack
from domain.points.facts import PointsCredited, PointsReversed, PriceReached
from domain.reactions import NAMES, Wish, react
from domain.steps import Step
from tests.domain.points_spec import GRID, MEMBER, Community, books_with, sample
from tests.domain.spec import (
    DISPATCHER,
    GRIDWORKER,
    PROPERTY,
    RESIDENT,
    Story,
    again_resolved,
    dissatisfied,
    received,
    registration,
    resolved,
    satisfied,
)
from tests.domain.tickets import FULL, YEAR_LATER, told

REPORTER = account_of(RESIDENT.person)
RESOLVER = account_of(PROPERTY.person)


def lines(*asked: tuple[Any, Actor], start: Story | None = None) -> list[tuple[Recorded, Any]]:
    """Each line the commands lead to, with the case as it was before."""
    story = start or Story()
    found: list[tuple[Recorded, Any]] = []
    for command, by in asked:
        wanted = command(story) if callable(command) else command
        state = story.state
        for decided in story.decided(wanted, by):
            dated = decided if isinstance(decided, Dated) else Dated(decided, story.now)
            envelope = Envelope(dated.occurred_at, by)
            version = len(story.facts) + len(found) + 1
            found.append((Recorded(version, "c-case", version, story.now, envelope, dated.fact), state))
            fact: Any = dated.fact
            state = complaint.evolve(state, fact, envelope)
        story = story.do(wanted, by)
    return found


def wishes(seen: list[tuple[Recorded, Any]]) -> list[Wish]:
    return [wish for line, before in seen for wish in react(line, before)]


def name_of(line: Recorded) -> str:
    fact: Any = line.fact
    name: str = fact.NAME
    return name


def grant(village: Community, asked: list[Wish]) -> list[Any]:
    """The entries the wishes lead to; notices of prices apart."""
    return [
        fact
        for wish in asked
        for fact in village.submit((Step(wish.kind, wish.stream, wish.command),), ENGINE)
        if not isinstance(fact, PriceReached)
    ]


def community(**rules: Any) -> Community:
    known = books_with(supervision={**sample("supervision-2025-1.toml"), **rules})
    village = Community(known, now=received().now - timedelta(days=3))
    village.open(RESIDENT)
    village.do("account", RESOLVER, Open(PROPERTY.person, "staff", GRID), Actor("admin", "admin"))
    village.now = received().now + timedelta(days=3)
    return village


# ------------------------------------------------------------------ reports


def test_a_report_through_the_mini_program_earns_at_once():
    seen = lines((registration(channel="mini_program"), RESIDENT))
    (wish,) = wishes(seen)
    assert (wish.stream, wish.caused_by) == (REPORTER, "c-case@1")
    assert wish.command == Reward("mini-program-report", 1, seen[0][0].occurred_at, "c-case", "complaint")
    village = community()
    (credited,) = grant(village, [wish] * 16)
    assert isinstance(credited, PointsCredited)
    assert (credited.points, credited.cause, credited.verified_by) == (5, "c-case", "engine")


def test_who_registers_for_him_earns_nothing():
    seen = lines((registration(channel="mini_program"), MEMBER))
    assert [wish.stream for wish in wishes(seen)] == [REPORTER]


def test_another_channel_or_a_part_of_a_case_earns_nothing():
    assert wishes(lines((registration(), RESIDENT))) == []
    assert wishes(lines((registration(channel="mini_program", split_from="c-0"), RESIDENT))) == []
    anonymous = registration(channel="mini_program", reporter=None, reporter_id="")
    assert wishes(lines((anonymous, MEMBER))) == []


def test_a_hazard_earns_when_it_proved_to_be_one():
    hazard = received(origin="proactive")
    seen = lines((lambda s: satisfied(s.now), GRIDWORKER), start=again_resolved(hazard))
    (wish,) = wishes(seen)
    assert (wish.stream, wish.command.activity) == (REPORTER, "hazard-report")
    assert wish.command.done_at == hazard.case.registered_at
    assert wish.command.by == GRIDWORKER.person
    (credited,) = grant(community(), [wish, wish])
    assert (credited.points, credited.occurred_on.isoformat()) == (10, "2026-03-02")


def test_both_rules_pay_one_hazard_for_they_stack():
    first = wishes(lines((registration(channel="mini_program", origin="proactive"), RESIDENT)))
    hazard = received(origin="proactive")
    second = wishes(lines((lambda s: satisfied(s.now), GRIDWORKER), start=again_resolved(hazard)))
    village = community()
    grant(village, first + second)
    assert village.account(RESIDENT).balance == 15


def test_a_complaint_is_no_hazard():
    assert wishes(lines((lambda s: satisfied(s.now), GRIDWORKER), start=resolved())) == []


# ------------------------------------------------------------------ linkage


UNTIL_RESOLVED = (
    (Dispatch("property-co"), DISPATCHER),
    (Respond(), PROPERTY),
    (ReportResolution("solved", "the lamp was changed"), PROPERTY),
)


def on_time() -> list[Wish]:
    return wishes(lines(*UNTIL_RESOLVED, start=received()))


def test_on_time_work_earns_only_where_the_switch_is_on():
    (wish,) = on_time()
    assert wish.stream == RESOLVER
    assert isinstance(wish.command, RewardLinkage)
    assert grant(community(), [wish]) == []
    (credited,) = grant(community(linkage_points=4), [wish, wish])
    assert (credited.points, credited.cause, credited.rule.line) == (4, "c-case", "linkage")


def test_late_work_earns_nothing():
    late = received()
    for command, by in UNTIL_RESOLVED[:2]:
        late = late.do(command, by)
    assert wishes(lines(UNTIL_RESOLVED[2], start=late.later(timedelta(days=60)))) == []


def test_what_reopens_is_taken_back_and_may_be_earned_again():
    village = community(linkage_points=4)
    grant(village, on_time())
    back = wishes(lines((lambda s: dissatisfied(s.now), GRIDWORKER), start=resolved()))
    assert RESOLVER in {wish.stream for wish in back}
    assert all(isinstance(wish.command, TakeBack) for wish in back)
    taken = grant(village, back + back)
    assert [type(fact) for fact in taken] == [PointsReversed]
    assert village.state("account", RESOLVER).balance == 0
    assert len(grant(village, on_time())) == 1


def test_taking_linkage_back_touches_no_report():
    """A grid member may have reported as a resident what he then handled."""
    village = community(linkage_points=4)
    grant(village, wishes(lines((registration(channel="mini_program"), RESIDENT))))
    asked = TakeBack("c-case", "linkage", "reopened")
    assert village.submit((Step("account", REPORTER, asked),), ENGINE) == []


def test_residents_earn_no_linkage_and_staff_no_report():
    village = community(linkage_points=4)
    now = village.now
    link = Step("account", REPORTER, RewardLinkage("c-1", now))
    report = Step("account", RESOLVER, Reward("mini-program-report", 1, now, "c-1", "complaint"))
    assert village.submit((link,), ENGINE) == village.submit((report,), ENGINE) == []


def test_what_other_systems_did_earns_nothing():
    mini = told(FULL, channel="mini_program", origin="proactive")
    imported = lines((mini, ENGINE), start=Story(now=YEAR_LATER))
    assert {name_of(line) for line, _ in imported} & set(NAMES)
    assert wishes(imported) == []


def test_only_the_named_facts_ask_for_anything():
    asking = set()
    for pairs in (
        lines((registration(channel="mini_program"), RESIDENT)),
        lines(*UNTIL_RESOLVED, start=received()),
        lines((lambda s: satisfied(s.now), GRIDWORKER), start=again_resolved(received(origin="proactive"))),
        lines((lambda s: dissatisfied(s.now), GRIDWORKER), start=resolved()),
    ):
        asking |= {name_of(line) for line, before in pairs if list(react(line, before))}
    assert asking == {name for name in NAMES if name.startswith("complaint.")}
