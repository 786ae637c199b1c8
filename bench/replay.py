"""A disputed claim told step by step out of a log of any length: what `GET /points/claims/{id}/replay` and
`huisheng replay claim` do.

    python -m bench.replay fill FOLDER --events N
    python -m bench.replay tell FOLDER CLAIM --times T

`fill` writes a log of N facts with one disputed claim spread over it, and says which; `tell` opens that store
in a fresh process, with no page of its file in memory, and replays the claim. Either prints a line of JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

from api.points.replay import claim_steps
from api.points.subjects import Points
from bench.comparing import ROOT, Move
from bench.figures import Unmeasurable, milliseconds
from bench.ours import COMMUNITY, GRID
from domain.messages import Actor, Envelope
from domain.points import claim as claims
from domain.points import orders
from domain.points import panel as panels
from domain.points.account import account_of
from domain.points.account.commands import Open
from domain.points.facts import AccountOpened, ClaimFiled, ClaimVerified, PointsCredited, Posting, Rule
from domain.points.redemption import ItemAsked
from domain.scene import Scene
from domain.steps import Seen, Step, Steps
from engine.codec import encode
from engine.desk import Order
from engine.engine import Engine
from engine.log import Row
from scripts.opening import existing, opened
from scripts.setting_up import apply, load

DEEDS = 200
"""Deeds of the account in dispute: some years of a diligent holder, all of which a replay reads."""
LEAST = 1_000
"""Facts of a log that has room for the claim and its account."""
ACROSS = 500
"""Other accounts whose facts lie between each other, as in a log that grew day by day."""
ENDING = 12
"""Facts from the ruling on."""
PLACE = "demo/north/sl"
MEMBER, OTHER = Actor("gridworker", "gridworker", GRID), Actor("gridworker2", "gridworker", GRID)
FIRST, SECOND = Actor("panel", "panel", PLACE), Actor("panel2", "panel", PLACE)
STREET = Actor("street", "street", "demo/north")
HOLDER = Actor("p-bench", "resident", GRID)
DAY, WHEN = date(2025, 3, 3), datetime(2025, 3, 3, 1, tzinfo=UTC)
LINE = Rule("tariffs", "2025-1", "patrol", "社区巡逻：每次 5 分 · Community patrol: 5 points per time")

# ------------------------------------------------------------------ the claim


class Story:
    """What the desk is told of the account in dispute, step by step."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.desk = engine, engine.desk
        self.account, self.panel = account_of(HOLDER.person), panels.panel_of(PLACE)
        self.claim, self.order = "clm-bench", "rdm-bench"

    def do(self, steps: Steps, actor: Actor) -> None:
        self.desk.do(Order(steps, actor))

    def one(self, kind: str, stream: str, command: Any, actor: Actor) -> None:
        self.desk.do(Order((Step(kind, stream, command),), actor))

    def seen(self, kind: str, stream: str) -> Seen:
        return Seen(*self.desk.state(kind, stream))

    def scene(self, actor: Actor) -> Scene:
        now, stage = self.engine.clock(), self.desk.stage()
        return Scene(now, now, actor, self.claim, stage.books, stage.organisation)

    def earn(self, claim: str, activity: str, quantity: int) -> None:
        organisation = self.desk.stage().organisation
        state = self.seen("account", self.account).state
        today = organisation.local_date(self.engine.clock())
        told = {"activity": activity, "quantity": quantity, "occurred_on": today}
        self.do(orders.file(claim, self.account, state, organisation, **told), HOLDER)  # type: ignore[arg-type]
        filed = self.seen("claim", claim).state
        self.do(orders.verify(claim, filed, self.seen("account", self.account)), OTHER)

    def begin(self) -> None:
        self.one("panel", self.panel, panels.Appoint(PLACE, ("panel", "panel2", "panel3"), 2), STREET)
        self.one("account", self.account, Open(HOLDER.person, "resident", GRID), MEMBER)
        for n in range(DEEDS):
            self.earn(f"clm-bench-{n}", "patrol", 1)
        self.earn(self.claim, "shopping-for-elder", 3)
        state = self.seen("account", self.account).state
        asked = [ItemAsked("housekeeping")]
        self.do(orders.request(self.order, self.account, state, self.scene(HOLDER), items=asked), HOLDER)

    def dispute(self) -> None:
        state = self.seen("claim", self.claim).state
        self.do(orders.dispute(self.claim, state, "only one trip was seen"), FIRST)
        told = claims.ROUTES["statement"]("p-witness", "I saw him once.", 1)
        self.one("claim", self.claim, told, MEMBER)
        self.one("claim", self.claim, claims.ROUTES["recuse"](), Actor("panel3", "panel", PLACE))

    def end(self) -> None:
        ruling = orders.rule(
            self.claim,
            self.seen("claim", self.claim).state,
            self.seen("account", self.account),
            self.panel,
            self.seen("panel", self.panel),
            {self.order: self.seen("redemption", self.order).state},
            self.scene(FIRST),
            proven_quantity=1,
            reasons="one of three",
            votes={"panel2": "agree"},
        )
        self.do(ruling, FIRST)
        self.one("claim", self.claim, claims.ROUTES["appeal"]("the shop will tell"), HOLDER)
        state = self.seen("claim", self.claim).state
        self.do(orders.decide_appeal(self.claim, state, "overturned", "the shop told"), STREET)


# ------------------------------------------------------------------ the log around it


def others(first: int, events: int) -> Iterator[tuple[str, int, Any]]:
    """(stream, version, fact) of many other accounts, which are opened and earn; exactly `events`."""
    made = 0
    for batch in range(events):
        names = [f"p-{first}-{batch}-{n}" for n in range(ACROSS)]
        for facts in zip(*map(life, names), strict=True):
            for fact in facts:
                if made == events:
                    return
                yield fact
                made += 1


def life(person: str) -> Iterator[tuple[str, int, Any]]:
    account = account_of(person)
    yield account, 1, AccountOpened(person, "resident", GRID, 100)
    for n in range(1, 34):
        claim, entry = f"clm-{person}-{n}", f"{account}#{n}"
        filed = ClaimFiled(
            account, person, GRID, "patrol", 1, "time", DAY, 5, LINE, "", (), (), None, person, False, claim
        )
        yield claim, 1, filed
        yield claim, 2, ClaimVerified(account, 5, entry)
        postings = (Posting("issuance", -5), Posting(account, 5))
        credited = PointsCredited(
            entry, 5, 0, claim, "claim", "patrol", 1, DAY, LINE, person, "gridworker", postings
        )
        yield account, n + 1, credited


def write(engine: Engine, first: int, events: int) -> None:
    """Facts of others, straight into the log: deciding them would take minutes and show nothing."""
    envelope = Envelope(WHEN, MEMBER, "bench", "")
    rows: list[Row] = []
    with engine.log.writing() as writing:
        head, at = writing.head()
        for position, (stream, version, fact) in enumerate(others(first, events), head + 1):
            name, body = encode(fact, envelope)
            rows.append((position, stream, version, name, at, body))
            if len(rows) == 20_000:
                writing.insert(rows)
                rows.clear()
        if rows:
            writing.insert(rows)


def fill(folder: Path, events: int) -> dict[str, Any]:
    """A log of `events` facts: the claim filed at its beginning, disputed half-way, decided at its end."""
    with opened(folder) as engine:
        apply(engine.desk, load(COMMUNITY))
        story = Story(engine)
        story.begin()
        write(engine, 1, max(0, events // 2 - engine.log.head()))
        story.dispute()
        write(engine, 2, max(0, events - engine.log.head() - ENDING))
        story.end()
        return {"events": engine.log.head(), "claim": story.claim}


# ------------------------------------------------------------------ telling it


def forgotten(folder: Path) -> None:
    """Put no page of the store into memory's keeping: the first replay reads the disk."""
    for file in folder.rglob("*"):
        if file.is_file():
            handle = os.open(file, os.O_RDONLY)
            try:
                os.fsync(handle)
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)


def tell(folder: Path, claim: str, times: int) -> dict[str, Any]:
    """Milliseconds of opening the store, of a first replay to the bytes of its answer, and of more. Before
    the store is opened, and again before the first replay, no page of it is in memory."""
    forgotten(folder)
    started = time.perf_counter()
    with existing(folder) as engine:
        opening = time.perf_counter() - started
        forgotten(folder)
        taken = []
        for _ in range(times + 1):
            started = time.perf_counter()
            steps = [step.plain() for step in claim_steps(Points(engine), claim, "zh-CN")]
            orjson.dumps({"items": steps, "next": None})
            taken.append(time.perf_counter() - started)
    first = {"open_ms": round(opening * 1000, 1), "cold_ms": round(taken[0] * 1000, 2)}
    return {"steps": len(steps)} | first | milliseconds(taken[1:])


def in_process(*arguments: str) -> dict[str, Any]:
    """What a fresh process answers. Raises Unmeasurable."""
    command = [sys.executable, "-m", "bench.replay", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Unmeasurable((ran.stderr.strip().splitlines() or ["no word"])[-1])
    answer: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return answer


def command_line(folder: Path, claim: str) -> float:
    """Seconds of `huisheng replay claim` from nothing to its last byte, the start of Python included."""
    forgotten(folder)
    command = [sys.executable, "-m", "scripts.cli", "replay", "claim", claim, "--data", str(folder)]
    started = time.perf_counter()
    ran = subprocess.run([*command, "--format", "json"], cwd=ROOT, capture_output=True, check=False)
    if ran.returncode != 0:
        raise Unmeasurable(ran.stderr.decode(errors="replace").strip().splitlines()[-1])
    return time.perf_counter() - started


def replay(folder: Path, sizes: Sequence[int], times: int, move: Move) -> list[dict[str, Any]]:
    """One row per size of the log: the same claim, cold and warm."""
    rows = []
    for done, size in enumerate(sizes):
        move(done, len(sizes))
        store = folder / f"log-{size}"
        filled = in_process("fill", str(store), "--events", str(size))
        told = in_process("tell", str(store), filled["claim"], "--times", str(times))
        shell = round(command_line(store, filled["claim"]) * 1000)
        rows.append({"events": filled["events"]} | told | {"command_line_ms": shell})
    move(len(sizes), len(sizes))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("fill", "tell"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("claim", nargs="?", default="")
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=20)
    asked = parser.parse_args()
    if asked.what == "fill":
        answer = fill(asked.folder, asked.events)
    else:
        answer = tell(asked.folder, asked.claim, asked.times)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
