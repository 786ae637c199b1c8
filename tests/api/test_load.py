"""Many registrations over HTTP while three clients read: no fault, and who waits for a position sees it."""

import threading
from pathlib import Path

import httpx
import psutil
import pytest

from tests.api.conftest import GRID, at_store
from tests.api.serving import served

QUICK, FULL = 100, 500
"""Registrations, by four at once."""
WRITERS = 4


def test_registrations_while_three_read(tmp_path: Path, request: pytest.FixtureRequest):
    many = FULL if request.config.getoption("--full") else QUICK
    statuses: list[int] = []
    seen: list[bool] = []
    done = threading.Event()

    with served(tmp_path) as address:
        who = at_store(tmp_path, "dispatcher")

        def register(numbers: range) -> None:
            with httpx.Client(base_url=f"{address}/api/v1", headers=who, timeout=30) as http:
                for n in numbers:
                    body = {
                        "category": "property", "text": f"第 {n} 件，楼道灯不亮", "place": {"grid": GRID},
                        "channel": "hotline", "reporter": {"name": "王小明", "phone": f"138{n:08}"},
                    }  # fmt: skip
                    answer = http.post("/complaints", json=body)
                    statuses.append(answer.status_code)
                    if n % 25 == 0:
                        listed = http.get(
                            "/complaints", params={"limit": 1, "min_position": answer.json()["position"]}
                        )
                        statuses.append(listed.status_code)
                        (last,) = listed.json()["items"]
                        seen.append(last["position"] >= answer.json()["position"])

        def read(path: str) -> None:
            with httpx.Client(base_url=f"{address}/api/v1", headers=who, timeout=30) as http:
                while not done.is_set():
                    statuses.append(http.get(path).status_code)

        readers = [
            threading.Thread(target=read, args=(path,))
            for path in ("/complaints", "/complaints?q=楼道灯", "/statistics/dispatch_on_time_rate")
        ]
        share = many // WRITERS
        writers = [
            threading.Thread(target=register, args=(range(n * share, (n + 1) * share),))
            for n in range(WRITERS)
        ]
        for thread in (*readers, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        done.set()
        for thread in readers:
            thread.join()
        with httpx.Client(base_url=f"{address}/api/v1", headers=who) as http:
            assert http.get("/complaints?limit=1&total=true").json()["total"] == many

    assert set(statuses) <= {200, 201}
    assert statuses.count(201) == many
    assert seen and all(seen)


def test_a_200_mb_body_is_not_kept(tmp_path: Path):
    def large():
        for _ in range(200):
            yield b" " * 1024 * 1024

    with served(tmp_path) as address:
        before = psutil.Process().memory_info().rss
        headers = at_store(tmp_path, "dispatcher") | {"Content-Type": "application/json"}
        try:
            answer = httpx.post(f"{address}/api/v1/complaints", content=large(), headers=headers, timeout=60)
            assert answer.status_code == 413
        except httpx.WriteError:
            pass  # the server hung up on us, which is as good an answer
        grown = psutil.Process().memory_info().rss - before
        assert httpx.get(f"{address}/healthz").status_code == 200
    assert grown < 20 * 1024 * 1024
