"""The audit trail measured: catching up, the first proof, proofs, disk, a full verification, and what hashing
costs the desk.

    python -m bench.audit fill|hash|prove|verify FOLDER [--events N]
    python -m bench.audit append FOLDER [--trail | --at-once]

Each step is a process of its own, as after a restart, and prints one line of JSON.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.figures import Unmeasurable, milliseconds
from bench.ours import COMMUNITY, append
from engine.ledgerbook.checking import check
from engine.ledgerbook.trail import Trail
from engine.log import Log, Row
from scripts.opening import opened
from scripts.setting_up import apply, load

ROOT = Path(__file__).parent.parent
STARTED = 1_700_000_000_000_000
PROOFS = 1_000
BODY = (
    b'{"occurred_at":"2026-11-18T01:30:00Z","actor":{"person":"dispatcher","role":"dispatcher","scope":'
    b'"demo/north/sl"},"command_id":"","caused_by":"","fact":{"text":{"subject":"c-%032x","box":"%s"}}}'
)
"""Of about 330 bytes, as a case's facts are on average."""

Move = Callable[[int, int | None], None]


def row(position: int) -> Row:
    at = position - 1
    body = BODY % (at // 4, b"AQ" * 60)
    name = "complaint.progress-noted"
    return position, f"c-{at // 4:032x}", at % 4 + 1, name, STARTED + position * 1_000, body


@contextmanager
def trail_of(folder: Path) -> Iterator[Trail]:
    log = Log.open(None, folder)
    trail = Trail.open(folder, log)
    try:
        yield trail
    finally:
        trail.close()
        log.close()


def bytes_of(folder: Path) -> int:
    with trail_of(folder) as trail:
        trail.book.state()
    return (folder / "log.db").stat().st_size


def fill(folder: Path, events: int) -> dict[str, Any]:
    with trail_of(folder) as trail:
        for first in range(1, events + 1, 50_000):
            with trail.log.writing() as writing:
                writing.insert([row(n) for n in range(first, min(events, first + 49_999) + 1)])
    return {"bytes": bytes_of(folder)}


def hash_all(folder: Path, events: int) -> dict[str, Any]:
    with trail_of(folder) as trail:
        began = time.perf_counter()
        trail.follower.catch_up()
        hashed = time.perf_counter() - began
        trail.checkpoint()
        signed = time.perf_counter() - began - hashed
    return {"seconds": hashed, "sign_seconds": signed, "bytes": bytes_of(folder)}


def prove(folder: Path, events: int) -> dict[str, Any]:
    """From opening the store on; the first proof apart."""
    chance, took, sizes = random.Random(1), [], []
    with trail_of(folder) as trail:
        for _ in range(PROOFS + 1):
            position = chance.randint(1, events)
            began = time.perf_counter()
            receipt = str(trail.receipt(position))
            took.append(time.perf_counter() - began)
            sizes.append(len(receipt.encode()))
    return {"first": took[0], "took": took[1:], "largest": max(sizes)}


def verify(folder: Path, events: int) -> dict[str, Any]:
    with trail_of(folder) as trail:
        began = time.perf_counter()
        report = check(trail.log, trail.book, trail.keys)
        return {"seconds": time.perf_counter() - began, "events": report.events, "ok": not report.findings}


def appending(
    folder: Path, trail: bool, clients: int, seconds: float, *, at_once: bool = False
) -> dict[str, Any]:
    """`at_once`: every answer waits for its signature (HUISHENG_AUDIT_RECEIPTS)."""
    if at_once:
        os.environ["HUISHENG_AUDIT_RECEIPTS"] = "at-once"
    with opened(folder) as engine:
        apply(engine.desk, load(COMMUNITY))
        if trail:
            engine.trail.start()
        began = time.process_time()
        answer = append(engine, clients, seconds)
        answer["processor"] = time.process_time() - began
        answer["signed"] = engine.trail.health()["signed"]
        return answer


# ------------------------------------------------------------------ together


def step(what: str, folder: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.audit", what, str(folder), *options]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Unmeasurable((ran.stderr.strip().splitlines() or ["no word"])[-1])
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def audit(folder: Path, events: int, rounds: int, move: Move) -> dict[str, Any]:
    """All of it on a log of `events` rows; and the desk with the trail and without, in turn: the medians."""
    steps = 4 + 2 * rounds
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(dir=folder, prefix="audit-") as place:
        for done, what in enumerate(("fill", "hash", "prove", "verify")):
            move(done, steps)
            found[what] = step(what, Path(place), "--events", str(events))
    rates: dict[bool, list[float]] = {False: [], True: []}
    spent: dict[bool, list[float]] = {False: [], True: []}
    for done in range(rounds):
        for with_trail in (False, True):
            move(4 + 2 * done + with_trail, steps)
            with tempfile.TemporaryDirectory(dir=folder, prefix="audit-") as place:
                ran = step("append", Path(place), *(["--trail"] if with_trail else []))
                rates[with_trail].append(ran["count"] / ran["seconds"])
                spent[with_trail].append(1e6 * ran["processor"] / ran["count"])
    without, beside = statistics.median(rates[False]), statistics.median(rates[True])
    plain, more = statistics.median(spent[False]), statistics.median(spent[True])
    proofs = milliseconds(found["prove"]["took"])
    return {
        "events": events,
        "catch_up_per_second": round(events / found["hash"]["seconds"]),
        "first_checkpoint_seconds": round(found["hash"]["sign_seconds"], 2),
        "megabytes_per_million": round((found["hash"]["bytes"] - found["fill"]["bytes"]) / events, 1),
        "first_proof_ms": round(found["prove"]["first"] * 1000, 2),
        "proof_p50_ms": proofs["p50_ms"],
        "proof_p99_ms": proofs["p99_ms"],
        "receipt_bytes": found["prove"]["largest"],
        "verify_seconds": round(found["verify"]["seconds"], 2),
        "verified": found["verify"]["ok"] and found["verify"]["events"] == events,
        "commands_per_second": round(beside),
        "commands_per_second_without": round(without),
        "processor_us_per_command": round(more, 1),
        "processor_us_per_command_without": round(plain, 1),
        "cost_percent": round(100 * (1 - beside / without), 1),
        "processor_cost_percent": round(100 * (more / plain - 1), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("fill", "hash", "prove", "verify", "append"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--trail", action="store_true")
    parser.add_argument("--at-once", action="store_true")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=6)
    asked = parser.parse_args()
    if asked.what == "append":
        answer = appending(asked.folder, asked.trail, asked.clients, asked.seconds, at_once=asked.at_once)
    else:
        steps = {"fill": fill, "hash": hash_all, "prove": prove, "verify": verify}
        answer = steps[asked.what](asked.folder, asked.events)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
