"""What a measurement answers, and how rounds are made into one number."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


class Unmeasurable(RuntimeError):
    """Something to be measured did not run; the message is the last line it printed."""


@dataclass(frozen=True, slots=True)
class Round:
    """`count` things were done in `seconds` of wall-clock time."""

    count: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.count / self.seconds if self.seconds else 0.0


def median_round(rounds: Sequence[Round]) -> Round:
    """The round with the median rate (the lower of the two middle ones)."""
    ordered = sorted(rounds, key=lambda r: r.per_second)
    return ordered[(len(ordered) - 1) // 2]


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """p50, p99 and the largest of some latencies, in milliseconds."""
    ordered = sorted(seconds)
    if not ordered:
        return {"p50_ms": 0.0, "p99_ms": 0.0, "max_ms": 0.0}
    at = min(len(ordered) - 1, int(len(ordered) * 0.99))
    return {
        "p50_ms": round(statistics.median(ordered) * 1000, 2),
        "p99_ms": round(ordered[at] * 1000, 2),
        "max_ms": round(ordered[-1] * 1000, 2),
    }


def taken(ask: Callable[[], object], times: int) -> dict[str, Any]:
    """Milliseconds of asking, after a first time: by the clock, and of the processor."""
    ask()
    wall, own = [], []
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        ask()
        own.append(time.process_time() - worked)
        wall.append(time.perf_counter() - began)
    return {
        "p50_ms": round(statistics.median(wall) * 1000, 1),
        "p95_ms": round(p95(wall) * 1000, 1),
        "processor_ms": round(statistics.median(own) * 1000, 1),
        "processor_p95_ms": round(p95(own) * 1000, 1),
    }


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0]
