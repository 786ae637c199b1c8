"""A real server on this machine, for what a test client cannot do: streams, many callers at once."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from api.app import create_app
from api.compose import open_engine
from api.demo_users import enrol
from engine.engine import Engine
from scripts.setting_up import apply, load
from tests.api.conftest import SAMPLE


@contextmanager
def served(directory: Path) -> Iterator[str]:
    """The address of a server over a new store with the sample community."""
    engine = open_engine(directory)
    apply(engine.desk, load(SAMPLE))
    enrol(engine)
    with serving(engine) as address:
        yield address


@contextmanager
def serving(engine: Engine) -> Iterator[str]:
    """The address of a server over this engine, which it starts, and closes afterwards."""
    engine.start()
    config = uvicorn.Config(
        create_app(engine, demo=True), port=0, log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        engine.close()
