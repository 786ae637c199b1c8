"""A city's worth of everything the pages show: the demo's community with its beginnings and ends, and around
it a register, a round of visits, care plans, accounts, and a year of cases.

The real deciders make it, but for the accounts' facts, which go straight into the log: deciding those would
take minutes and show nothing. Same numbers, same city.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from api.compose import open_engine
from bench import page_cases, visits
from bench.comparing import Move
from domain import care
from domain.care.commands import OpenPlan
from domain.households.commands import Reclassify
from domain.households.rules import stream_of
from domain.messages import Envelope
from domain.points.account import account_of
from domain.points.facts import AccountOpened, ClaimFiled, ClaimVerified, PointsCredited, Posting, Rule
from domain.steps import Step
from domain.visits.visiting import Target
from engine.codec import encode
from engine.engine import Engine
from engine.log import Row
from scripts.demo import load_demo
from scripts.importing import follow, load_mapping, run

MAPPING = Path(__file__).parent.parent / "mappings" / "plain.toml"
GROUNDS = ("living_alone", "disabled", "bedridden", "hardship", "bereaved")
RISKS = ("low", "low", "medium", "medium", "high")
LINE = Rule("tariffs", "2025-1", "patrol", "社区巡逻：每次 5 分 · Community patrol: 5 points per time")
TOGETHER = 10_000


@dataclass(frozen=True, slots=True)
class Size:
    """How large a city is. Of the households every 40th has a care plan; every second has an account with two
    deeds, of which one in ten waits to be verified."""

    cases: int
    households: int

    @classmethod
    def of(cls, cases: int) -> "Size":
        return cls(cases, max(400, cases * 20_644 // 100_000))


def make(store: Path, tickets: Path, size: Size, move: Move) -> None:
    """Record it all an hour ago, as most of a store in daily use was recorded long ago."""
    past = datetime.now(UTC) - timedelta(hours=1)
    page_cases.write(tickets, size.cases, past)
    engine = open_engine(store, clock=lambda: past, watch=False)
    try:
        load_demo(engine)
        follow(engine)
        homes = list(visits.targets(size.households))
        visits.fill(engine, size.households, move)
        look_after(engine, homes[::40])
        keep_accounts(engine, homes[::2], past)
        run(engine, tickets, load_mapping(MAPPING))
        follow(engine)
    finally:
        engine.close()


def look_after(engine: Engine, homes: Sequence[Target]) -> None:
    for nth, home in enumerate(homes):
        worker = visits.member(home.grid)
        ground, risk = GROUNDS[nth % len(GROUNDS)], RISKS[nth % len(RISKS)]
        plan = OpenPlan(home.id, home.grid, ground, risk, worker=worker.person)
        steps = [Step("care-plan", care.stream_of(home.id), plan)]
        if home.kind != "key":
            steps.append(Step("household", stream_of(home.id), Reclassify("key", "bench")))
        visits.given(engine, worker, steps)


def keep_accounts(engine: Engine, homes: Sequence[Target], past: datetime) -> None:
    """Accounts of residents, each with two deeds."""
    rows: list[Row] = []
    with engine.log.writing() as writing:
        position, at = writing.head()
        for nth, home in enumerate(homes):
            member = visits.member(home.grid)
            for n, (stream, version, fact) in enumerate(life(nth, home.grid, past.date()), 1):
                envelope = Envelope(past - timedelta(days=nth % 300, minutes=60 - n), member, "bench", "")
                name, body = encode(fact, envelope)
                rows.append((position := position + 1, stream, version, name, at, body))
            if len(rows) >= TOGETHER:
                writing.insert(rows)
                rows.clear()
        writing.insert(rows)


def life(nth: int, grid: str, today: date) -> Iterator[tuple[str, int, Any]]:
    """(stream, version, fact) of one account."""
    person = f"p-bench-{nth}"
    account = account_of(person)
    yield account, 1, AccountOpened(person, "resident", grid, 100)
    for n in (1, 2):
        claim, entry, day = f"clm-bench-{nth}-{n}", f"{account}#{n}", today - timedelta(days=nth % 300)
        yield claim, 1, ClaimFiled(
            account, person, grid, "patrol", 1, "time", day, 5, LINE, "", (), (), None, person, False, claim
        )  # fmt: skip
        if n == 2 and nth % 10 == 0:
            return
        yield claim, 2, ClaimVerified(account, 5, entry)
        postings = (Posting("issuance", -5), Posting(account, 5))
        yield account, n + 1, PointsCredited(
            entry, 5, 0, claim, "claim", "patrol", 1, day, LINE, person, "gridworker", postings
        )  # fmt: skip
