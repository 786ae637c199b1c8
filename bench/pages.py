"""What the pages ask of the views, and every page, over a city's worth of everything (bench/city.py): the
time of the answer, without a network."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from api import answering, duties, lists, stories
from api.answers import Reader
from api.cases import Cases
from api.questions import Asked
from bench import city, walking
from bench.comparing import Move
from bench.figures import taken
from domain.messages import Actor
from engine.engine import Engine
from projections.indicators import INDICATORS
from scripts.opening import opened

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
NO_PAGE = {"kb": None, "requests": None, "over": "", "slowest": ""}


def pages(folder: Path, cases: int, times: int, move: Move) -> list[dict[str, Any]]:
    """The 50th and 95th percentile of each question to the views, then of each page (bench/walking.py), which
    is opened a quarter of the times."""
    store = folder / "store"
    city.make(store, folder / "tickets.jsonl", city.Size.of(cases), move)
    with opened(store) as engine:
        asked = dict(questions(engine))
        rows = []
        for done, (name, ask) in enumerate(asked.items()):
            move(done, len(asked))
            rows.append({"page": name} | taken(ask, times) | NO_PAGE)
        move(len(asked), len(asked))
        return rows + walking.walked(engine, max(2, times // 4), move)


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
