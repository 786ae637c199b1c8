"""The demo's points: believable, adding up, and with something for the panel to do."""

import json
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from api.compose import open_engine
from domain.messages import Recorded
from domain.rule_books.tariffs import read_catalogue, read_tariff
from engine.engine import Engine
from engine.reactions import Reactions
from engine.read import Filter, rows, sums
from engine.rebuild import rebuild
from projections.points.checking import ledger_check
from projections.points.replay import Step, replay_claim
from projections.points.spans import month_bounds
from projections.points.statement import statement
from projections.points.what_if import under
from projections.points.words import PointsNames, activities, items
from projections.words import CHINESE, Speaker
from scripts.demo import load_demo
from tests.projections.story import ZONE
from tests.scripts.test_demo import NOW

SAMPLES = Path(__file__).parents[2] / "scripts" / "samples"
STOCKED = {"salt", "soap", "dish-soap", "flour", "haircut", "detergent"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(tmp_path_factory.mktemp("demo"), clock=lambda: NOW, watch=False)
    assert load_demo(engine).refused == ()
    engine.catch_up()
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def lines(engine: Engine) -> list[Recorded]:
    return engine.log.read(limit=100_000)


def view(engine: Engine, table: str, *where: Filter, order: tuple[str, str] | None = None) -> list[Any]:
    with engine.views.read() as reading:
        return rows(reading, table, where=where, order=order, limit=5_000).items


def told(engine: Engine, lines: list[Recorded], claim: str) -> list[Step]:
    books = engine.desk.stage().books
    names = PointsNames(activities=activities(books), items=items(books))
    return replay_claim(claim, lines, books, Speaker(CHINESE, ZONE, names, engine.vault.open_kept))


# ------------------------------------------------------------------ the whole


def test_whoever_reacts_to_all_of_it_again_adds_nothing(engine: Engine) -> None:
    """A worker that was running while the demo was loaded, or begins again at the beginning."""
    head = engine.log.head()
    (points,) = [each for each in engine.reactions if each.reaction.name == "points"]
    assert points.turn() == 0, "loading says that all this has been reacted to"
    again = Reactions(engine.log, engine.desk, points.reaction)
    again.bookmark.position = lambda: again.bookmark._reached  # type: ignore[method-assign]
    again.bookmark._reached = 0
    while again.turn():
        pass
    assert (engine.log.head(), again.refused()) == (head, [])


def test_the_ledger_adds_up_and_the_views_say_so_too(engine: Engine, lines: list[Recorded]) -> None:
    with engine.views.read() as reading:
        entries = {
            row["account"]: row["points"] for row in sums(reading, "entries", "points", by=["account"])
        }
    tables = {name: view(engine, name) for name in ("accounts", "journal", "stock")}
    assert ledger_check(lines, entries=entries, **tables) == []
    assert len(entries) == 40


def test_a_rebuild_makes_the_same_rows(engine: Engine) -> None:
    assert rebuild(engine, verify=True).difference is None
    assert rebuild(engine, verify=True, jobs=2).difference is None


def test_the_books_pay_and_price_what_the_contract_says() -> None:
    def book(name: str) -> dict[str, Any]:
        return tomllib.loads((SAMPLES / name).read_text("utf-8"))

    def paid(version: str) -> dict[str, int]:
        tariff = read_tariff(book(f"tariffs-{version}.toml"), version)
        return {line.activity: line.points for line in tariff.lines.values()}

    now = paid("2025-1")
    assert now == {
        "visit-registration": 5, "hazard-report": 10, "mediation": 15, "patrol": 5, "shopping-for-elder": 5,
        "mini-program-report": 5, "health-lecture": 3, "clean-up": 10, "stairwell-cleaning": 5,
    }  # fmt: skip
    assert paid("2025-0") == now | {"mediation": 10, "hazard-report": 15}
    catalogue = read_catalogue(book("catalogue-2025-1.toml"), "1")
    assert {item.item: item.price for item in catalogue.items.values()} == {
        "salt": 5, "soap": 5, "dish-soap": 10, "blood-pressure": 10, "flour": 20, "haircut": 20,
        "detergent": 5, "housekeeping": 50, "appliance-repair": 50,
    }  # fmt: skip
    assert {item.item for item in catalogue.items.values() if item.stocked} == STOCKED


def test_there_is_plenty_on_the_shelves(engine: Engine) -> None:
    shelves = {row["item"]: row["available"] for row in view(engine, "stock")}
    assert shelves.keys() == STOCKED
    assert min(shelves.values()) >= 50


def test_accounts_are_of_residents_a_household_and_a_card(engine: Engine) -> None:
    kinds = [row["kind"] for row in view(engine, "accounts")]
    assert (kinds.count("resident"), kinds.count("household"), kinds.count("temporary")) == (38, 1, 1)
    (mine,) = view(engine, "accounts", Filter("id", "=", "acct-resident"))
    assert (mine["holder"], mine["credit_score"], mine["suspended_until"]) == ("resident", 100, None)
    assert mine["available"] >= 50


def test_orders_were_fetched_brought_cancelled_and_forgotten(engine: Engine) -> None:
    orders = view(engine, "redemptions")
    assert {row["state"] for row in orders} == {"requested", "fulfilled", "cancelled"}
    assert {row["reason"] for row in orders} >= {"desk", "timed_out", "suspended"}
    assert all(row["delivery"] for row in orders if row["proxy"] and row["state"] == "fulfilled")
    assert any(row["partner"] == "property-co" for row in orders)


# ------------------------------------------------------------------ statements


def test_the_residents_months_follow_each_other_and_end_with_his_balance(engine: Engine) -> None:
    mine = Filter("account", "=", "acct-resident")
    entries = view(engine, "entries", mine, order=("version", "asc"))
    baskets: dict[str, list[Any]] = {}
    for row in view(engine, "redemption_lines", mine, order=("redemption", "asc")):
        baskets.setdefault(row["redemption"], []).append(row)
    found, stood = [], 0
    months = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)]
    for month in months:
        start, end = month_bounds(month, ZONE)
        inside = [row for row in entries if start <= row["recorded_at"] < end]
        found.append(statement(stood, inside, baskets))
        stood += sum(row["points"] for row in inside)
    assert all(now.closing == after.opening for now, after in pairwise(found))
    (account,) = view(engine, "accounts", Filter("id", "=", "acct-resident"))
    assert found[-1].closing == account["balance"]
    assert sum(bool(month.entries) for month in found) >= 8
    spent = [entry for month in found for entry in month.entries if entry.kind == "redeemed"]
    assert spent and all(entry.item and entry.rule is not None for entry in spent)


def test_a_report_through_the_mini_program_earned_points_with_its_complaint_as_cause(engine: Engine) -> None:
    earned = view(engine, "entries", Filter("activity", "=", "mini-program-report"))
    assert {row["cause"][:2] for row in earned} == {"c-"}
    assert any(row["account"] == "acct-resident" for row in earned)


def test_under_another_tariff_only_its_two_lines_differ(lines: list[Recorded], engine: Engine) -> None:
    books = engine.desk.stage().books
    same, other = books.tariff_of("2025-1"), books.tariff_of("2025-0")
    assert same is not None and other is not None
    differing = set()
    for account in {line.stream for line in lines if line.stream.startswith("acct-")}:
        own = [line for line in lines if line.stream == account or line.stream.startswith("clm-")]
        assert under(account, own, same).difference == 0
        found = under(account, own, other).entries
        differing |= {entry.activity for entry in found if entry.difference}
    assert differing == {"mediation", "hazard-report"}


# ------------------------------------------------------------------ disputes and the panel


def test_four_claims_of_three_trips_were_doubted(engine: Engine) -> None:
    doubted = [row for row in view(engine, "claims") if row["disputed_at"]]
    states = {(row["state"], row["outcome"], row["proven_quantity"]) for row in doubted}
    assert states == {
        ("final", "", 1),
        ("appealed", "", 1),
        ("disputed", "", None),
        ("final", "overturned", 1),
    }
    assert {(row["activity"], row["quantity"], row["points"]) for row in doubted} == {
        ("shopping-for-elder", 3, 15)
    }


def test_the_final_ruling_is_replayed(engine: Engine, lines: list[Recorded]) -> None:
    (ruled,) = [row for row in view(engine, "claims") if row["state"] == "final" and not row["outcome"]]
    found = told(engine, lines, ruled["id"])
    facts = [step.fact for step in found]
    assert facts[0] == "claim.filed" and facts[-1] == "claim.final"
    assert {"points.reversed", "points.redemption-suspended", "redemption.cancelled"} <= set(facts)
    ruling = found[facts.index("claim.ruled")]
    assert "申报 3，认定 1" in ruling.sentence and "小票只有一张" in ruling.sentence
    assert {known.who for known in ruling.known} >= {"panel", "panel2", ruled["holder"]}
    (account,) = view(engine, "accounts", Filter("id", "=", ruled["account"]))
    assert account["credit_score"] == 90 and account["suspended_until"] == ruled["suspended_until"]


def test_the_overturned_ruling_left_nothing_behind(engine: Engine) -> None:
    (row,) = [row for row in view(engine, "claims") if row["outcome"] == "overturned"]
    (account,) = view(engine, "accounts", Filter("id", "=", row["account"]))
    assert (account["credit_score"], account["suspended_until"], account["owed"]) == (100, None, 0)
    scores = view(engine, "scores", Filter("account", "=", row["account"]))
    assert sorted(score["change"] for score in scores) == [-10, 10]


def test_the_panel_looked_at_every_month_and_the_last_waits_for_a_signature(engine: Engine) -> None:
    reviews = view(engine, "reviews", order=("month", "asc"))
    assert [row["state"] for row in reviews] == ["reviewed"] * (len(reviews) - 1) + ["open"]
    assert len(reviews) >= 8
    assert all(row["entries"] and json.loads(row["sample"]) for row in reviews)
    assert view(engine, "rankings", Filter("period", "=", "2025-Q3"))
    assert {row["state"] for row in view(engine, "honours")} >= {"granted"}
    assert [row["half_year"] for row in view(engine, "disclosures")] == ["2025-H1", "2025-H2"]


def test_a_reviews_figures_are_those_of_the_views(engine: Engine) -> None:
    for review in view(engine, "reviews"):
        start, end = month_bounds(review["month"], ZONE)
        span = (Filter("recorded_at", ">=", start), Filter("recorded_at", "<", end))
        entries = view(engine, "entries", *span)
        assert review["entries"] == len(entries)
        assert review["credited"] == sum(row["points"] for row in entries if row["kind"] == "credited")
        assert set(json.loads(review["sample"])) <= {row["entry"] for row in entries}
