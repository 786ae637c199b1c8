"""What the rows say after each kind of fact, and that they come out the same however they are made."""

import json
from datetime import date
from typing import Any

import msgspec

from domain.points import facts as f
from engine.tables import RowShape
from projections.case import micros
from tests.projections.points.booking import PROJECTIONS, Log, rule, sealed, tables


def lived() -> Log:
    """One of everything."""
    log = Log()
    log.opened()
    log.opened("acct-card", "temporary")
    log.opened("acct-next", "household")
    log.received("flour", 60)
    log.received("detergent", 60)
    log.credited("mediation", 15)
    log.credited("hazard-report", 10)
    log.filed("clm-trips")
    entry = log.verified("clm-trips")
    log.ordered("rdm-1", ("flour", 1, 20), ("detergent", 1, 5))
    log.fulfilled("rdm-1")
    log.disputed("clm-trips")
    log.tell("clm-trips", f.StatementTaken("p-luo", sealed(), 1), by="panel", role="panel")
    log.tell("clm-trips", f.MemberRecused("panel3", None), by="panel3", role="panel")
    log.ruled("clm-trips", entry)
    log.tell("clm-trips", f.VoteObjected("panel2", sealed()), by="panel2", role="panel")
    log.tell("clm-trips", f.RulingAppealed(sealed()), by="resident", role="resident")
    log.credited("patrol", 5, account="acct-card")
    log.transferred(5, "acct-card", "acct-next")
    log.tell("stock-flour", f.StockCorrected("flour", -1, "盘点"))
    log.holding("clm-other", "disputed", 5)
    return log


def row(log: Log, table: str, **wanted: Any) -> dict[str, Any]:
    (found,) = [each for each in tables(log.lines)[table] if all(each[k] == v for k, v in wanted.items())]
    return found


# ------------------------------------------------------------------ however they are made


def test_rows_have_the_columns_of_their_tables() -> None:
    log = lived()
    log.tell("panel-demo", f.PanelAppointed("demo", ("panel", "panel2"), 2))
    log.tell("panel-demo", f.ReviewOpened("2025-03", 9, 3, 40, 25, 10, ("acct-resident#1",)))
    log.tell("panel-demo", f.FindingNoted("2025-03", "stock", sealed(), ""))
    log.tell("panel-demo", f.DisclosurePublished("2025-H1", 9, 1, 25))
    log.tell("panel-demo", f.RankingFrozen("2025-03", 9, rule(), 1, (f.Ranked(1, "acct-resident", 30),)))
    log.tell("panel-demo", f.HonourGranted("star-1", "社区之星", "acct-resident", "2025-03", rule()))
    found = tables(log.lines)
    for projection in PROJECTIONS:
        for spec in projection.TABLES:
            assert found[spec.name], spec.name
            shape = RowShape(spec)
            for each in found[spec.name]:
                assert each.keys() == spec.columns.keys(), spec.name
                assert len(shape.tuple(each)) == len(spec.columns)


def test_a_state_put_away_and_taken_out_again_goes_on_as_before() -> None:
    for projection in PROJECTIONS:
        stored: dict[str, bytes] = {}
        direct: dict[str, Any] = {}
        reader = msgspec.msgpack.Decoder(projection.STATE)
        for line in lived().lines:
            if type(line.fact) not in projection.FACTS:
                continue
            subject = projection.subject(line)
            assert subject == line.stream
            before = reader.decode(stored[subject]) if subject in stored else None
            after = projection.fold(before, line)
            whole = projection.fold(direct.get(subject), line)
            assert projection.rows(after) == projection.rows(whole)
            assert projection.marks(before, after, line) == projection.marks(direct.get(subject), whole, line)
            stored[subject] = msgspec.msgpack.encode(after)
            direct[subject] = whole


def test_rows_begin_with_their_subject() -> None:
    for projection in PROJECTIONS:
        kinds = {spec.name: spec for spec in projection.TABLES}
        for line in lived().lines:
            if type(line.fact) in projection.FACTS:
                state = projection.fold(None, line) if line.version == 1 else None
                for name, rows in (projection.rows(state) if state else {}).items():
                    assert all(each[kinds[name].key[0]] == line.stream for each in rows)


# ------------------------------------------------------------------ accounts


def test_an_account_says_what_is_free_held_and_owed() -> None:
    log = Log()
    log.opened()
    log.credited("mediation", 15)
    log.holding("clm-9", "disputed", 5)
    log.ordered("rdm-1", ("salt", 1, 5))
    found = row(log, "accounts", id="acct-resident")
    assert (found["balance"], found["available"], found["held"]) == (15, 5, 10)
    assert (found["held_disputed"], found["held_redemption"], found["earned"]) == (5, 5, 15)
    assert {(each["hold"], each["purpose"]) for each in tables(log.lines)["holds"]} == {
        ("clm-9", "disputed"),
        ("rdm-1", "ordered"),
    }


def test_a_reversal_takes_the_held_then_the_free_and_the_rest_is_owed() -> None:
    log = Log()
    log.opened()
    first = log.credited("shopping-for-elder", 15, cause="clm-1").fact.entry  # type: ignore[attr-defined]
    log.ordered("rdm-1", ("salt", 1, 5))
    log.fulfilled("rdm-1")
    log.holding("clm-1", "disputed", 6)
    log.reversed(first, 15, "clm-1")
    found = row(log, "accounts", id="acct-resident")
    assert (found["balance"], found["owed"], found["held"], found["earned"]) == (0, 5, 0, 0)
    assert not tables(log.lines)["holds"]
    taken = row(log, "entries", kind="reversed")
    assert (taken["points"], taken["gross"], taken["owed"]) == (-10, -15, 5)
    log.credited("mediation", 15)
    settled = row(log, "entries", activity="mediation")
    assert (settled["points"], settled["gross"], settled["owed"], settled["balance"]) == (10, 15, -5, 10)
    assert row(log, "accounts", id="acct-resident")["owed"] == 0


def test_the_longest_suspension_holds_and_each_is_lifted_by_itself() -> None:
    log = Log()
    log.opened()
    late, soon = log.now.replace(year=2026), log.now.replace(month=9)
    log.tell("acct-resident", f.RedemptionSuspended(late, "clm-1"))
    log.tell("acct-resident", f.RedemptionSuspended(soon, "clm-2"))
    assert row(log, "accounts", id="acct-resident")["suspended_until"] == micros(late)
    log.tell("acct-resident", f.RedemptionRestored("clm-1"))
    found = row(log, "accounts", id="acct-resident")
    assert (found["suspended_until"], found["suspended_for"]) == (micros(soon), "clm-2")


def test_an_opening_balance_was_not_earned_here() -> None:
    log = Log()
    log.opened()
    log.credited("opening-balance", 40, cause="import:old-books")
    found = row(log, "accounts", id="acct-resident")
    assert (found["balance"], found["earned"]) == (40, 0)
    assert not tables(log.lines)["earned"]


def test_earned_is_counted_on_the_local_day_of_recording() -> None:
    log = Log()
    log.opened(moment="2025-03-01 08:00")
    log.credited("patrol", 5, moment="2025-04-01 00:30", on="2025-03-31")
    (found,) = tables(log.lines)["earned"]
    assert found["day"] == date(2025, 4, 1).toordinal()


# ------------------------------------------------------------------ claims, orders, stock


def test_a_claim_is_told_from_filing_to_appeal() -> None:
    log = lived()
    found = row(log, "claims", id="clm-trips")
    assert (found["state"], found["quantity"], found["proven_quantity"]) == ("appealed", 3, 1)
    assert (found["reversed_points"], found["score_change"], found["false_claim"]) == (10, -10, 1)
    assert json.loads(found["votes"]) == {"panel": "agree", "panel2": "agree"}
    assert json.loads(found["recused"]) == ["panel3"]
    assert (found["statements"], found["objections"], found["verified_by"]) == (1, 1, "gridworker2")
    assert found["next_by"] is None


def test_a_ruling_waits_for_its_appeal_to_run_out() -> None:
    log = Log()
    log.opened()
    log.filed("clm-1")
    entry = log.verified("clm-1")
    log.disputed("clm-1")
    log.ruled("clm-1", entry)
    found = row(log, "claims", id="clm-1")
    assert found["state"] == "ruled" and found["next_by"] == found["final_at"]
    log.tell("clm-1", f.ClaimFinal(log.now), by="engine", role="engine")
    found = row(log, "claims", id="clm-1")
    assert found["state"] == "final" and found["next_by"] is None


def test_an_order_keeps_its_basket_and_its_partner() -> None:
    log = lived()
    found = row(log, "redemptions", id="rdm-1")
    assert (found["state"], found["total"], found["partner"]) == ("fulfilled", 25, "bang-ban")
    lines = [each for each in tables(log.lines)["redemption_lines"] if each["redemption"] == "rdm-1"]
    assert [(each["item"], each["points"], each["state"]) for each in lines] == [
        ("flour", 20, "fulfilled"),
        ("detergent", 5, "fulfilled"),
    ]


def test_stock_is_what_came_less_what_went() -> None:
    log = lived()
    found = row(log, "stock", item="flour")
    assert (found["received"], found["corrected"], found["issued"]) == (60, -1, 1)
    assert (found["on_hand"], found["reserved"], found["available"]) == (58, 0, 58)
    log.ordered("rdm-2", ("flour", 1, 0))
    found = row(log, "stock", item="flour")
    assert (found["on_hand"], found["reserved"], found["available"]) == (58, 1, 57)
    moves = [each["on_hand"] for each in tables(log.lines)["stock_moves"] if each["item"] == "flour"]
    assert moves == [60, 60, 59, 58, 58]


# ------------------------------------------------------------------ the panel


def test_a_review_counts_as_done_when_enough_have_signed() -> None:
    log = Log()
    log.tell("panel-demo", f.PanelAppointed("demo", ("panel", "panel2", "panel3"), 2))
    log.tell("panel-demo", f.ReviewOpened("2025-03", 99, 8, 53, 25, 5, ("acct-resident#3",)), by="panel")
    log.tell("panel-demo", f.FindingNoted("2025-03", "stock-short", sealed(), ""), by="panel")
    log.tell("panel-demo", f.ReviewSigned("2025-03", "panel"), by="panel")
    found = row(log, "reviews", month="2025-03")
    assert (found["state"], json.loads(found["signed_by"])) == ("open", ["panel"])
    log.tell("panel-demo", f.ReviewSigned("2025-03", "panel2"), by="panel2")
    signed = ("panel", "panel2")
    log.tell("panel-demo", f.LedgerReviewed("2025-03", 99, ("stock-short",), signed), by="panel2")
    found = row(log, "reviews", month="2025-03")
    assert (found["state"], found["checkpoint"], found["credited"]) == ("reviewed", 99, 53)
    assert json.loads(found["findings"]) == ["stock-short"]


def test_an_honour_revoked_stays_to_be_seen() -> None:
    log = Log()
    log.tell("panel-demo", f.PanelAppointed("demo", ("panel",), 1))
    log.tell("panel-demo", f.HonourGranted("star-1", "社区之星", "acct-a", "2025-03", rule("month")))
    log.tell("panel-demo", f.HonourGranted("star-2", "社区之星", "acct-b", "2025-03", rule("month")))
    log.tell("panel-demo", f.HonourRevoked("star-1", sealed()), by="panel")
    assert row(log, "honours", honour="star-1")["state"] == "revoked"
    assert row(log, "honours", honour="star-2")["state"] == "granted"
    assert row(log, "honours", honour="star-1")["reason"]
