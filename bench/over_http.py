"""Requests against a server of our own on this machine, few clients, bounded in count and time."""

import http.client
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from api.demo_users import PASSWORD
from bench.comparing import ROOT, Move
from bench.figures import Unmeasurable, milliseconds
from bench.ours import GRID, TEXT

STARTING = 120.0
"""Seconds a server gets to become ready (it may have cases to write first)."""

REGISTRATION = {"category": "heating", "text": TEXT, "place": {"grid": GRID}, "channel": "phone"}
READS: Mapping[str, str] = {
    "first page": "/api/v1/complaints?limit=20",
    "filtered": "/api/v1/complaints?" + urlencode({"state": "resolved", "category": "heating", "limit": 20}),
    "search": f"/api/v1/complaints?q={quote('暖气不热')}&limit=20",
    "statistics": "/api/v1/statistics/response_rate?group_by=unit",
}


class Caller:
    """One client with one connection that stays open."""

    def __init__(self, port: int, person: str = "dispatcher") -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {"Content-Type": "application/json"}
        if person:
            self.headers |= signed_in(port, person)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The decoded answer. Raises Unmeasurable for anything but 2xx."""
        sent = None if body is None else json.dumps(body)
        self.connection.request(method, path, sent, self.headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if not 200 <= answer.status < 300:
            raise Unmeasurable(
                f"{method} {path} answered {answer.status}: {content[:200].decode(errors='replace')}"
            )
        return json.loads(content)


@cache
def signed_in(port: int, person: str) -> Mapping[str, str]:
    """The header of a demo user of the server at this port; each signs in once."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"username": person, "password": PASSWORD})
    connection.request("POST", "/api/v1/token", body, form)
    answer = connection.getresponse()
    content = answer.read()
    if answer.status != 200:
        raise Unmeasurable(f"{person} could not sign in: {content[:200].decode(errors='replace')}")
    return {"Authorization": f"Bearer {json.loads(content)['access_token']}"}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def served(folder: Path, cases: int = 0) -> Iterator[int]:
    """The port of a server over a fresh store with that many cases in it; stopped at the end."""
    port = free_port()
    with tempfile.TemporaryDirectory(dir=folder, prefix="served-") as store:
        command = [sys.executable, "-m", "bench.server", store, str(port), "--cases", str(cases)]
        server = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        try:
            await_ready(server, port)
            yield port
        finally:
            server.terminate()
            server.communicate(timeout=30)


def await_ready(server: subprocess.Popen[str], port: int) -> None:
    ends = time.monotonic() + STARTING
    while time.monotonic() < ends:
        if server.poll() is not None:
            said = server.communicate()[1].strip().splitlines()
            raise Unmeasurable(said[-1] if said else "the server ended")
        try:
            Caller(port, "").ask("GET", "/readyz")
            return
        except (OSError, Unmeasurable):
            time.sleep(0.1)
    raise Unmeasurable(f"the server was not ready within {STARTING:.0f} s")


def together(clients: int, seconds: float, once: Callable[[int], None]) -> tuple[list[float], float]:
    """Latencies in seconds of `once(client)` by each client until the time is up; and the time it took."""
    latencies: list[list[float]] = [[] for _ in range(clients)]
    broken: list[BaseException] = []
    ends = time.perf_counter() + seconds

    def client(number: int) -> None:
        try:
            while not broken and (now := time.perf_counter()) < ends:
                once(number)
                latencies[number].append(time.perf_counter() - now)
        except (OSError, Unmeasurable, http.client.HTTPException) as error:
            broken.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken:
        raise Unmeasurable(str(broken[0]))
    return [one for many in latencies for one in many], time.perf_counter() - started


def http_rates(folder: Path, clients: int, seconds: float, move: Move) -> list[dict[str, Any]]:
    """Registrations (each a durable commit) and first pages per second, apart and at once."""
    with served(folder) as port:
        callers = [Caller(port) for _ in range(clients)]

        def register(number: int) -> None:
            callers[number].ask("POST", "/api/v1/complaints", REGISTRATION)

        def read(number: int) -> None:
            callers[number].ask("GET", READS["first page"])

        def both(number: int) -> None:
            (read if number % 2 else register)(number)

        rows = []
        for done, (name, once) in enumerate((("register", register), ("list", read), ("both", both))):
            move(done, 3)
            latencies, took = together(clients, seconds, once)
            rate = round(len(latencies) / took)
            rows.append(
                {"request": name, "clients": clients, "requests": len(latencies), "requests_per_second": rate}
                | milliseconds(latencies)
            )
        return rows


def read_latencies(folder: Path, sizes: Sequence[int], times: int, move: Move) -> list[dict[str, Any]]:
    """One client's latencies of each kind of read, over registers of several sizes."""
    rows = []
    for done, size in enumerate(sizes):
        move(done, len(sizes))
        with served(folder, size) as port:
            caller = Caller(port)
            for name, path in READS.items():
                caller.ask("GET", path)
                latencies = []
                for _ in range(times):
                    started = time.perf_counter()
                    caller.ask("GET", path)
                    latencies.append(time.perf_counter() - started)
                rows.append({"cases": size, "read": name} | milliseconds(latencies))
    return rows
