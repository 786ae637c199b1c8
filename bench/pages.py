"""What the pages ask of the views, over a city's worth of cases: the time of the answer, without HTTP.

The store is made by the importer, an hour in the past, as one in daily use is: most was recorded long ago.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from api import answering, duties, lists, stories
from api.answers import Reader
from api.cases import Cases
from api.compose import open_engine
from api.questions import Asked
from bench import html_pages, page_cases
from bench.comparing import Move
from domain.messages import Actor
from engine.engine import Engine
from projections.indicators import INDICATORS
from scripts.importing import follow, load_mapping, run
from scripts.opening import opened

MAPPING = Path(__file__).parent.parent / "mappings" / "plain.toml"
DISPATCHER = Actor("dispatcher", "dispatcher", "demo/north/sl")
UNIT = Actor("unit", "unit", "unit-03")
LISTS = {
    "everything": lists.Asked(),
    "one state": lists.Asked(state=("closed",)),
    "one class": lists.Asked(category=("class-03",)),
    "one grid": lists.Asked(grid="demo/north/sl/grid-02"),
    "one lead": lists.Asked(lead=("unit-03",)),
    "one channel": lists.Asked(channel=("web",)),
    "overdue": lists.Asked(overdue=True),
    "one number": lists.Asked(external_number="B-0000500"),
    "state, class and grid": lists.Asked(("closed",), ("class-03",), "demo/north/sl/grid-02"),
}
Ask = Callable[[], object]


def pages(folder: Path, cases: int, times: int, move: Move) -> list[dict[str, Any]]:
    """The 50th and 95th percentile of each page, and its median of processor time."""
    store = folder / "store"
    prepare(store, folder / "tickets.jsonl", cases)
    with opened(store) as engine:
        asked = dict(questions(engine))
        rows = []
        for done, (name, ask) in enumerate(asked.items()):
            move(done, len(asked))
            rows.append({"page": name} | taken(ask, times))
        move(len(asked), len(asked))
        return rows


def prepare(store: Path, file: Path, cases: int) -> None:
    past = datetime.now(UTC) - timedelta(hours=1)
    page_cases.write(file, cases, past)
    engine = open_engine(store, clock=lambda: past)
    try:
        html_pages.people(engine)
        run(engine, file, load_mapping(MAPPING))
        follow(engine)
    finally:
        engine.close()


def taken(ask: Ask, times: int) -> dict[str, float]:
    ask()
    wall, own = [], []
    for _ in range(times):
        began, worked = time.perf_counter(), time.process_time()
        ask()
        own.append(time.process_time() - worked)
        wall.append(time.perf_counter() - began)
    cuts = statistics.quantiles(wall, n=20, method="inclusive")
    return {
        "p50_ms": round(statistics.median(wall) * 1000, 1),
        "p95_ms": round(cuts[18] * 1000, 1),
        "processor_ms": round(statistics.median(own) * 1000, 1),
    }


def questions(engine: Engine) -> Iterator[tuple[str, Ask]]:
    cases = Cases(engine)
    for role, actor in (("dispatcher", DISPATCHER), ("unit", UNIT)):
        reader = Reader(cases, actor, lists.now_of(engine))
        for name, asked in LISTS.items():
            yield f"register, {role}: {name}", listed(engine, reader, actor, asked)
        yield f"duties, {role}", lambda a=actor, r=reader: duties.due_for(engine, r, a, "zh-CN", 100)  # type: ignore[misc]
    page = lists.complaints(engine, Reader(cases, UNIT, lists.now_of(engine)), UNIT, lists.Asked(), None, 50)
    case = cases.must(page["items"][0]["id"])
    yield "one case", lambda: Reader(cases, UNIT, lists.now_of(engine)).of_case(case)
    yield "its history", lambda: stories.history(engine, cases, UNIT, case, "zh-CN")
    mine = lists.complaints(
        engine, Reader(cases, DISPATCHER, lists.now_of(engine)), DISPATCHER, lists.Asked(), None, 1
    )
    yield from html_pages.opened(engine, mine["items"][0]["id"])
    last = engine.clock() - timedelta(days=1)
    year, month = f"{last - timedelta(days=364):%Y-%m-%d}", f"{last - timedelta(days=31):%Y-%m}"
    for indicator in INDICATORS:
        for by in ("month", "unit"):
            figure = Asked(indicator.id, year, f"{last:%Y-%m-%d}", (by,))
            yield f"{indicator.id} of a year by {by}", figured(engine, figure)
    rate = Asked("on_time_closure_rate", month, month)
    yield "cases of a month's rate", lambda: answering.counted_cases(engine, rate, "denominator", limit=100)


def listed(engine: Engine, reader: Reader, actor: Actor, asked: lists.Asked) -> Ask:
    return lambda: lists.complaints(engine, reader, actor, asked, None, 50, total=True)


def figured(engine: Engine, asked: Asked) -> Ask:
    return lambda: answering.figure(engine, asked)
