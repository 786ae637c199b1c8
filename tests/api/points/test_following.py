"""What follows without anybody asking: points for a report, final rulings, orders nobody came for."""

from typing import Any

from api.following import DUTIES, REACTIONS
from domain.points.account.commands import Reverse
from domain.reactions import Wish
from engine.reactions import Reaction, Reactions
from engine.watch import Watch
from tests.api.points.conftest import MINE, Desk

NEW = {
    "category": "property", "text": "路灯不亮", "place": {"grid": "demo/north/sl/grid-01"},
    "channel": "mini_program",
}  # fmt: skip


def reacted(desk: Desk) -> None:
    for reaction in REACTIONS:
        following = Reactions(desk.engine.log, desk.engine.desk, reaction)
        while following.turn():
            pass


def watched(desk: Desk) -> Watch:
    desk.caught_up()
    watch = Watch(
        desk.engine.log, desk.engine.views, desk.engine.desk, desk.clock,
        duties=DUTIES, look=desk.engine.desk.state, monotonic=lambda: 0.0,
    )  # fmt: skip
    watch.guard.trusted = lambda: True  # type: ignore[method-assign]
    while watch.turn() == 0.0:
        desk.caught_up()
    return watch


def test_the_engine_that_serves_knows_what_follows(desk: Desk):
    assert set(desk.engine.watch.duties) == {duty.name for duty in DUTIES} == {
        "final", "lapsed", "missed", "unvisited", "sweep", "recurrence", "expiry",
    }  # fmt: skip
    assert desk.engine.watch.look is not None
    assert [each.reaction for each in desk.engine.reactions] == list(REACTIONS)


def test_a_refused_reaction_is_remembered_for_whoever_looks(desk: Desk):
    """And it keeps none of the others waiting."""

    def asks(line: Any, earlier: Any, stage: Any) -> list[Wish]:
        bad = Reverse("no-entry", 1, "c-1", "a mistake")
        return [Wish("account", MINE, bad, f"{line.stream}@{line.version}")]

    following = Reactions(
        desk.engine.log, desk.engine.desk, Reaction("try", ("points.account-opened",), asks)
    )
    while following.turn():
        pass
    (told,) = following.refused()
    assert (told["stream"], told["cause"]) == (MINE, f"{MINE}@1") and told["error"]
    assert following.bookmark.position() == desk.engine.log.head()
    assert desk.engine.health()["reactions"] == {each.name: {"refused": []} for each in REACTIONS}


def test_a_report_through_the_mini_program_is_paid_once(desk: Desk):
    desk.until("2025-03-10")
    complaint = desk.done("complaints", NEW, "resident")["id"]
    reacted(desk)
    assert desk.account()["balance"] == 5
    desk.engine.log.set_setting(REACTIONS[0].setting, None)
    head = desk.engine.log.head()
    reacted(desk)
    assert desk.account()["balance"] == 5 and desk.engine.log.head() == head
    (entry,) = desk.get(f"points/accounts/{MINE}/statement?month=2025-03", "resident").json()["entries"]
    assert (entry["activity"], entry["cause"]) == ("mini-program-report", complaint)


def test_a_report_of_somebody_without_an_account_pays_nobody(desk: Desk):
    desk.until("2025-03-10")
    head = desk.engine.log.head()
    desk.done("complaints", NEW | {"reporter": {"name": "李四", "phone": "13911112222"}}, "dispatcher")
    reacted(desk)
    assert desk.engine.log.head() == head + 1


def test_a_ruling_nobody_appealed_against_becomes_final(desk: Desk):
    desk.until("2025-03-10")
    claim = desk.credited("shopping-for-elder", 3)
    desk.claim(claim, "dispute", {"grounds": "只有一次"}, "dispatcher")
    minute = {"proven_quantity": 1, "reasons": "一次", "votes": {"panel2": "agree"}}
    desk.claim(claim, "rule", minute)
    desk.clock.later(days=14)
    watched(desk)
    assert desk.get(f"points/claims/{claim}", "resident").json()["state"] == "ruled"
    desk.clock.later(days=2)
    watched(desk)
    assert desk.get(f"points/claims/{claim}", "resident").json()["state"] == "final"
    late = desk.post(f"points/claims/{claim}/appeal", {"grounds": "晚了"}, "resident")
    assert (late.status_code, late.json()["rule"]) == (409, "claim.state")


def test_a_view_that_is_behind_makes_the_watch_ask_for_nothing(desk: Desk):
    """A row may still say requested or ruled when the stream has gone on."""
    desk.until("2025-03-10")
    for _ in range(2):
        desk.credited("mediation")
    kept, gone = desk.ordered(("salt", 1)), desk.ordered(("salt", 1))
    desk.done(f"points/redemptions/{gone}/fulfil", {}, "gridworker")
    claim = desk.credited("shopping-for-elder", 3)
    desk.claim(claim, "dispute", {"grounds": "只有一次"}, "dispatcher")
    minute = {"proven_quantity": 1, "reasons": "一次", "votes": {"panel2": "agree"}, "false_claim": False}
    desk.claim(claim, "rule", minute)
    look = desk.engine.desk.state
    steps = {duty.name: duty.steps for duty in DUTIES}
    assert len(steps["lapsed"](look, kept)) == 3 and steps["lapsed"](look, gone) == ()
    assert len(steps["final"](look, claim)) == 1
    desk.claim(claim, "appeal", {"grounds": "另两次有收据"}, "resident")
    assert steps["final"](look, claim) == ()


def test_an_order_nobody_came_for_frees_its_points_and_goods(desk: Desk):
    desk.until("2025-03-10")
    for _ in range(2):
        desk.credited("mediation")
    order = desk.ordered(("flour", 1), ("salt", 1))
    assert desk.account()["available"] == 5
    desk.clock.later(days=15)
    watched(desk)
    told = desk.get(f"points/redemptions/{order}", "resident").json()
    assert (told["state"], told["reason"]) == ("cancelled", "timed_out")
    assert desk.account()["available"] == 30
    assert desk.shelf("flour")["available"] == 50
