"""Runs both sides of a comparison in turn, several rounds each; answers with medians and their ratio."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from bench.figures import Round, Unmeasurable, median_round

ROOT = Path(__file__).parent.parent

Move = Callable[[int, int | None], None]
"""Shows how far a measurement has come: (rounds done, of)."""


def side(module: str, what: str, folder: Path, *options: str) -> Round:
    """One round of one side, in a fresh process and a fresh folder. Raises Unmeasurable."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="bench-") as fresh:
        command = [sys.executable, "-m", module, what, fresh, *options]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Unmeasurable((ran.stderr.strip().splitlines() or ["no word"])[-1])
    answer = json.loads(ran.stdout.splitlines()[-1])
    return Round(answer["count"], answer["seconds"])


def alternate(sides: Sequence[Callable[[], Round]], rounds: int, move: Move) -> list[Round]:
    """The median of each side, measured in turn, so that a busy minute of the machine hits all of them."""
    taken: list[list[Round]] = [[] for _ in sides]
    for done in range(rounds):
        move(done, rounds)
        for number, measure in enumerate(sides):
            taken[number].append(measure())
    move(rounds, rounds)
    return [median_round(each) for each in taken]


def append(folder: Path, clients: int, seconds: float, rounds: int, move: Move) -> dict[str, Any]:
    """Durable commands by `clients` threads: our desk beside the library's Application, on the same disk."""
    options = ("--clients", str(clients), "--seconds", str(seconds))
    theirs, ours, with_views = alternate(
        [
            partial(side, "bench.library", "append", folder, *options),
            partial(side, "bench.ours", "append", folder, *options),
            partial(side, "bench.ours", "append", folder, *options, "--views"),
        ],
        rounds,
        move,
    )
    return {
        "commands": ours.count,
        "seconds": round(ours.seconds, 2),
        "commands_per_second": round(ours.per_second),
        "with_views_per_second": round(with_views.per_second),
        "library_commands_per_second": round(theirs.per_second),
        "ratio": round(ours.per_second / theirs.per_second, 1),
        "clients": clients,
        "rounds": rounds,
    }


def rebuild(folder: Path, cases: int, jobs: int, rounds: int, move: Move) -> dict[str, Any]:
    """Replay of a whole log into all our views, beside the same views kept the library's way (one transaction
    per event), and beside one small view of the library's own events.

    The library's sides replay a tenth of the cases: their rate is steady, and the whole would take minutes.
    """
    tenth = str(max(10, cases // 10))
    ours, same, small = alternate(
        [
            partial(side, "bench.ours", "rebuild", folder, "--cases", str(cases), "--jobs", str(jobs)),
            partial(side, "bench.library_views", "rebuild", folder, "--cases", tenth),
            partial(side, "bench.library", "rebuild", folder, "--cases", tenth),
        ],
        rounds,
        move,
    )
    return {
        "events": ours.count,
        "seconds": round(ours.seconds, 2),
        "events_per_second": round(ours.per_second),
        "library_events_per_second": round(same.per_second),
        "ratio": round(ours.per_second / same.per_second, 1),
        "library_small_view_events_per_second": round(small.per_second),
        "ratio_to_small_view": round(ours.per_second / small.per_second, 1),
        "cases": cases,
        "jobs": jobs,
        "rounds": rounds,
    }
