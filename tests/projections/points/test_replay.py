"""The replay of a dispute tells each step with what it changed, by which rule, and who knew what."""

from dataclasses import replace
from itertools import pairwise

import pytest

from domain.points import facts as f
from domain.rule_books import Books
from projections.points.replay import Step, replay_account, replay_claim
from projections.words import ENGLISH
from tests.projections.points.booking import Log, sealed
from tests.projections.points.test_story import speaker
from tests.projections.story import at


def disputed() -> Log:
    """Three trips claimed, one proven; an order was pending."""
    log = Log("2025-03-01 09:00")
    log.opened()
    log.credited("mediation", 30)
    log.received("salt", 50)
    log.filed("clm-1", moment="2025-03-06 20:12")
    entry = log.verified("clm-1", moment="2025-03-07 09:00")
    log.credited("patrol", 5)
    log.ordered("rdm-1", ("salt", 4, 5))
    log.disputed("clm-1")
    log.tell("clm-1", f.StatementTaken("p-luo", sealed(), 1), "2025-03-09 10:05", "panel", "panel")
    log.tell("clm-1", f.MemberRecused("panel3", None), "2025-03-09 18:00", "panel3", "panel")
    log.ruled("clm-1", entry)
    log.tell("clm-1", f.RulingAppealed(sealed()), "2025-03-20 09:00", "resident", "resident")
    return log


def steps(log: Log, claim: str = "clm-1") -> list[Step]:
    return replay_claim(claim, log.lines, Books(), speaker())


def named(found: list[Step], fact: str) -> Step:
    return next(step for step in found if step.fact == fact)


def test_the_steps_are_those_of_this_claim_alone() -> None:
    assert [step.fact for step in steps(disputed())] == [
        "claim.filed",
        "claim.verified",
        "points.credited",
        "claim.disputed",
        "points.held",
        "claim.statement-taken",
        "claim.member-recused",
        "claim.ruled",
        "points.reversed",
        "points.hold-released",
        "points.redemption-suspended",
        "points.credit-score-adjusted",
        "claim.appealed",
    ]


def test_they_are_numbered_and_each_begins_where_the_one_before_ended() -> None:
    found = steps(disputed())
    assert [(step.step, step.of) for step in found] == [(n, 13) for n in range(1, 14)]
    for one, following in pairwise(found):
        assert one.after["state"] == following.before["state"]
        assert one.recorded_at <= following.recorded_at


def test_the_state_and_the_figures_change_where_they_did() -> None:
    found = steps(disputed())
    assert (found[0].before["state"], found[0].after["state"]) == ("unfiled", "filed")
    credited = named(found, "points.credited")
    assert (credited.before["balance"], credited.after["balance"]) == (30, 45)
    held = named(found, "points.held")
    assert held.changed == ("available", "held", "held_disputed")
    assert (held.after["held_disputed"], held.after["held_redemption"]) == (15, 20)
    ruled = named(found, "claim.ruled")
    assert (ruled.before["state"], ruled.after["state"]) == ("disputed", "ruled")
    assert (ruled.after["proven_quantity"], ruled.after["reversed_points"]) == (1, 10)
    taken = named(found, "points.reversed")
    assert (taken.after["balance"], taken.after["held_disputed"]) == (40, 5)
    score = named(found, "points.credit-score-adjusted")
    assert score.changed == ("credit_score",) and score.after["credit_score"] == 90
    assert named(found, "points.redemption-suspended").after["suspended_until"].endswith("Z")


def test_each_step_names_its_rule() -> None:
    found = steps(disputed())
    rules = {step.fact: (step.rule.book, step.rule.line) for step in found if step.rule}
    assert rules["claim.filed"] == rules["claim.verified"] == ("tariffs", "shopping-for-elder")
    assert rules["points.reversed"] == ("tariffs", "shopping-for-elder")
    assert rules["points.redemption-suspended"] == ("supervision", "false-claim")
    assert rules["claim.appealed"] == ("supervision", "appeal")
    text = named(found, "points.credit-score-adjusted").rule
    assert text is not None and "6 个日历月" in text.text and "信用分减 10" in text.text


def test_who_knew_what_and_since_when() -> None:
    found = steps(disputed())
    filed = {known.who: known for known in found[0].known}
    assert filed["resident"].since == at("2025-03-06 20:12")
    assert filed["gridworker2"].since == at("2025-03-07 09:00")
    assert filed["p-luo"].since == at("2025-03-09 10:05") and filed["p-luo"].part == "witness"
    credited = {known.who for known in named(found, "points.credited").known}
    assert "p-luo" not in credited and "resident" in credited
    statement = {known.who: known.since for known in named(found, "claim.statement-taken").known}
    assert statement["panel"] == at("2025-03-09 10:05")
    assert statement["panel2"] == named(found, "claim.ruled").recorded_at
    reasons = {known.who for known in named(found, "claim.ruled").known}
    assert "panel3" not in reasons, "who stepped aside is told no more"


def test_what_one_save_records_is_known_together() -> None:
    log = disputed()
    ruling = next(line for line in log.lines if isinstance(line.fact, f.ClaimRuled))
    (at,) = [n for n, line in enumerate(log.lines) if line is ruling]
    log.lines[at + 1 : at + 5] = [
        replace(line, recorded_at=ruling.recorded_at) for line in log.lines[at + 1 : at + 5]
    ]
    found = steps(log)
    assert "panel2" in {known.who for known in named(found, "points.credit-score-adjusted").known}
    assert "panel2" not in {known.who for known in named(found, "claim.appealed").known}


def test_it_says_what_the_contract_asks_for() -> None:
    plain = steps(disputed())[0].plain()
    wanted = "step of fact sentence before after rule known occurred_at recorded_at actor evidence receipt"
    assert set(wanted.split()) <= set(plain)
    assert set(plain["rule"]) == {"book", "version", "line", "text"}
    assert plain["evidence"] == ["ab" * 32]
    assert plain["recorded_at"] == "2025-03-06T12:12:00Z"
    english = replay_claim("clm-1", disputed().lines, Books(), speaker(ENGLISH))
    assert "claimed 3, proven 1" in named(english, "claim.ruled").sentence


def test_a_pending_order_ended_by_the_ruling_is_part_of_the_story() -> None:
    log = disputed()
    ruling = next(line for line in log.lines if isinstance(line.fact, f.ClaimRuled))
    after = log.lines[-1]
    log.now = ruling.recorded_at
    released = log.released("rdm-1", "suspended")
    cancelled = log.tell("rdm-1", f.RedemptionCancelled("suspended"), by="panel", role="panel")
    log.lines[-2:] = [replace(line, recorded_at=ruling.recorded_at) for line in (released, cancelled)]
    assert after in log.lines
    facts = [step.fact for step in steps(log)]
    assert facts[-2:] == ["points.hold-released", "redemption.cancelled"]


def test_a_claim_that_is_none_has_no_steps() -> None:
    assert steps(disputed(), "clm-other") == []


def test_the_replay_of_an_account_is_its_whole_life() -> None:
    log = disputed()
    found = replay_account("acct-resident", log.lines, Books(), speaker())
    assert len(found) == len(log.of("acct-resident"))
    assert (found[0].before, found[0].after["state"]) == ({"state": "unopened"}, "open")
    assert found[-1].after["state"] == "suspended"
    assert found[-1].after["balance"] == log.accounts["acct-resident"].balance


@pytest.mark.parametrize("until", range(1, 30))
def test_a_replay_of_the_beginning_is_the_beginning_of_the_replay(until: int) -> None:
    """Nothing in a step depends on what came after it, but who was told of it later."""
    log = disputed()
    part = replay_claim("clm-1", log.lines[:until], Books(), speaker())
    whole = steps(log)[: len(part)]
    for early, late in zip(part, whole, strict=True):
        assert (early.sentence, early.before, early.after) == (late.sentence, late.before, late.after)
        assert set(early.known) <= set(late.known)
