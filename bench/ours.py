"""Our own side of the measurements: the desk with its group commit, and the rebuild of all views.

    python -m bench.ours append FOLDER --clients N --seconds S [--views]
    python -m bench.ours rebuild FOLDER --cases N --jobs J

Either prints one line of JSON; `processor` is what one of `count` took of this process, in microseconds: on a
busy machine that still says something. `--views` lets the views follow in the same process, as a server does.
"""

import argparse
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from domain.complaint import commands as c
from domain.messages import Actor
from domain.steps import Step
from engine.desk import Order
from engine.engine import Engine
from engine.rebuild import rebuild as rebuild_views
from scripts.opening import opened
from scripts.setting_up import apply, load

TEXT = "楼道里暖气不热,室温只有十四度,老人和孩子都受不了,请尽快派人来看看。"
GRID = "demo/north/sl/grid-01"
COMMUNITY = Path(__file__).parent.parent / "scripts" / "samples" / "community.toml"

DISPATCHER = Actor("dispatcher", "dispatcher", "demo/north/sl")
HEATING = Actor("heating", "unit", "heating-co")


def orders(case: str) -> Iterator[Order]:
    """One case from its registration to its resolution: four commands, each an order of its own."""
    registered = c.Register("heating", TEXT, c.Place(GRID), "phone", tracking_key=case)
    for actor, command in (
        (DISPATCHER, registered),
        (DISPATCHER, c.Dispatch("heating-co")),
        (HEATING, c.Respond()),
        (HEATING, c.ReportResolution("solved", TEXT)),
    ):
        yield Order((Step("complaint", case, command),), actor)


def append(engine: Engine, clients: int, seconds: float) -> dict[str, Any]:
    """Each client takes cases through register, dispatch, respond, resolve until the time is up."""
    done = [0] * clients
    stop = threading.Event()

    def client(number: int) -> None:
        while not stop.is_set():
            for order in orders(engine.vault.new_id("c")):
                if stop.is_set():
                    return
                engine.desk.do(order)
                done[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return {"count": sum(done), "seconds": time.perf_counter() - started}


def fill(engine: Engine, cases: int) -> None:
    """Write `cases` cases of four facts each; many at once, so that filling is quick."""
    waiting = []
    for _ in range(cases):
        waiting += [engine.desk.submit(order) for order in orders(engine.vault.new_id("c"))]
        if len(waiting) >= 400:
            for future in waiting:
                future.result()
            waiting.clear()
    for future in waiting:
        future.result()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("append", "rebuild"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--views", action="store_true")
    asked = parser.parse_args()
    with opened(asked.folder, start=asked.views) as engine:
        apply(engine.desk, load(COMMUNITY))
        if asked.what == "rebuild":
            fill(engine, asked.cases)
        began = time.process_time()
        if asked.what == "append":
            answer = append(engine, asked.clients, asked.seconds)
        else:
            report = rebuild_views(engine, jobs=asked.jobs)
            answer = {"count": report.events, "seconds": report.seconds}
        answer["processor"] = round(1e6 * (time.process_time() - began) / answer["count"], 1)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
