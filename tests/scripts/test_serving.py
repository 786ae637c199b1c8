"""The server as an operator meets it: it starts, stops when told, and keeps to this machine with --demo."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from scripts.cli import run

ROOT = Path(__file__).parents[2]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from scripts.cli import main; main()", "serve", *arguments]


@contextmanager
def serving(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and its address, once it is ready."""
    process = subprocess.Popen(
        command("--port", "0", *options),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        said = ""
        while not (found := re.search(r"http://\S+", said)):
            said = process.stdout.readline()
            assert said, "ended before it served"
        wait_for(found[0])
        yield process, found[0]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its workers too
        process.wait()


def as_dispatcher(address: str) -> dict[str, str]:
    """Signed in as the demo says: his name, and the password `demo`."""
    form = {"username": "dispatcher", "password": "demo"}
    answer = httpx.post(f"{address}/api/v1/token", data=form, timeout=60)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def wait_for(address: str) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("never ready")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Whoever serves from it first loads the demo there; the next finds it."""
    return str(tmp_path_factory.mktemp("serving") / "store")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_stops_at_once_although_somebody_listens(store: str, workers: str):
    with serving("--demo", "--data", store, "--workers", workers) as (process, address):
        stream = f"{address}/api/v1/stream?after=1000000"
        with httpx.stream("GET", stream, headers=as_dispatcher(address), timeout=60) as answer:
            lines = answer.iter_lines()
            assert next(lines).startswith("retry")
            process.send_signal(signal.SIGINT)
            assert [line for line in lines if line.startswith("data")] == []
        rest, _ = process.communicate(timeout=60)
        assert (process.returncode, "Traceback" in rest) == (0, False), rest


def test_nobody_serves_on_where_the_first_process_was_killed(store: str):
    with serving("--data", store, "--workers", "2") as (process, address):
        process.kill()
        rest, _ = process.communicate(timeout=60)  # its workers hold the pipe as long as they live
        assert "Traceback" not in rest
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{address}/readyz")


def test_the_demo_keeps_to_this_machine(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    assert run(["serve", "--demo", "--host", "0.0.0.0", "--data", str(tmp_path)]) == 2
    assert capfd.readouterr().err.count("\n") == 1
    assert not list(tmp_path.iterdir())
