"""kill -9 of an import and of the server beside it, on one store: run again, it is as if nothing had been."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from api import answering
from api.compose import open_engine
from api.questions import Asked
from engine.engine import Engine
from engine.rebuild import rebuild
from scripts.importing import follow, load_mapping, run
from tests.scripts.test_import import ANSWERED, PLAIN, RESOLVED, ROOT, ticket, write

TICKETS = 1_600
OUTCOMES: tuple[dict[str, Any], ...] = (
    {},
    RESOLVED,
    RESOLVED | ANSWERED,
    {"resolved_at": "2026-01-12T10:00:00+08:00", "result": "solved"},
)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from scripts.cli import main; main()", *arguments]


def size(path: Path) -> int:
    """Bytes of a file that SQLite may make and take away at any moment; 0 while it is not there."""
    with suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def says(engine: Engine) -> dict[str, Any]:
    """What the store says of what was imported: the facts, the figures, the register."""
    lines = [line for line in engine.log.read(0, 100_000) if line.stream.startswith("c-")]
    with engine.views.read() as reading:
        register = reading.connection.exec_driver_sql("SELECT id, state, resolved_at, version FROM cases")
        cases = Counter(tuple(row) for row in register)
    indicators = ("on_time_closure_rate", "on_time_closure_rate@closed_only", "satisfaction_rate")
    facts: Counter[tuple[str, int, str, datetime]] = Counter(
        (line.stream, line.version, type(line.fact).__name__, line.occurred_at) for line in lines
    )
    return {
        "facts": facts,
        "cases": cases,
        "found": len(engine.search.search("暖气", limit=TICKETS)),
        "figures": [answering.figure(engine, Asked(name, as_of="2026-02-01"))["rows"] for name in indicators],
    }


def test_an_import_and_a_server_killed_at_any_moment_and_run_again_give_the_same_numbers(
    tmp_path, pytestconfig
):
    drawn = random.Random(20)
    path = write(tmp_path / "t.jsonl", (ticket(str(n), **OUTCOMES[n % 4]) for n in range(TICKETS)))
    store, log = tmp_path / "torn", tmp_path / "torn/log.db-wal"
    imports = command("import", "complaints", str(path), "--mapping", "plain", "--data", str(store))
    killed = Counter[str]()
    rounds = 6 if pytestconfig.getoption("--full") else 2
    for _ in range(rounds):
        server = subprocess.Popen(
            command("serve", "--port", "0", "--data", str(store)), cwd=ROOT, stderr=subprocess.DEVNULL
        )
        importing = subprocess.Popen(imports, cwd=ROOT, stdout=subprocess.DEVNULL)
        before = size(log)
        while importing.poll() is None and size(log) <= before + 200_000:
            time.sleep(0.002)
        time.sleep(drawn.uniform(0, 0.3))
        for name, process in drawn.sample([("import", importing), ("server", server)], 2):
            process.send_signal(signal.SIGKILL)
            killed[name] += process.wait() == -signal.SIGKILL
    assert killed["import"] and killed["server"] == rounds

    done = subprocess.run([*imports, "--format", "json"], cwd=ROOT, capture_output=True, check=True)
    summary = orjson.loads(done.stdout)
    assert (summary["imported"] + summary["already"], summary["rejected"]) == (TICKETS, 0)

    torn, whole = open_engine(store), open_engine(tmp_path / "whole")
    run(whole, path, PLAIN)
    assert follow(whole) == 0
    assert torn.views.position() == torn.search.position() == torn.log.head() == whole.log.head()
    assert says(torn) == says(whole)
    assert rebuild(torn, verify=True).difference is None
    torn.close()
    whole.close()


def test_an_import_waits_for_the_server_that_keeps_the_views(tmp_path):
    path = write(tmp_path / "t.jsonl", (ticket(str(n), **RESOLVED) for n in range(200)))
    serving = open_engine(tmp_path / "var")
    serving.start()
    while not serving.leads():
        time.sleep(0.01)
    beside = open_engine(tmp_path / "var")
    run(beside, path, load_mapping(ROOT / "mappings/plain.toml"))
    moves: list[tuple[int, int | None]] = []
    assert follow(beside, lambda done, of: moves.append((done, of))) == 0
    assert not beside.leads()
    assert beside.views.position() == beside.log.head()
    # The server may have been done with it before anybody waited.
    assert all(of == beside.log.head() for _, of in moves[-1:])
    serving.close()
    beside.close()
