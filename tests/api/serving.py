"""A real server on this machine, for what a test client cannot do: streams, many callers at once."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

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
def serving(engine: Engine, *, settled: bool = False) -> Iterator[str]:
    """The address of a server over this engine, which it starts, and closes afterwards.

    `settled`: a page shows all that was recorded before it was asked for. Elsewhere the lists may be a moment
    behind, but for him who recorded it; whoever plays several people would have to wait for them.
    """
    engine.start()
    app: ASGIApp = create_app(engine, demo=True)
    config = uvicorn.Config(
        Settled(app, engine) if settled else app, port=0, log_level="warning", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        engine.close()


class Settled:
    """Before anything is answered, the views and the search index have come to the head of the log."""

    def __init__(self, app: ASGIApp, engine: Engine) -> None:
        self._app, self._engine = app, engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.to_thread(self._wait)
        await self._app(scope, receive, send)

    def _wait(self) -> None:
        head, ends = self._engine.log.head(), time.monotonic() + 30
        assert self._engine.views.wait_for(head, 30), "the views stand still"
        while self._engine.search.position() < head:
            assert time.monotonic() < ends, "the search index stands still"
            time.sleep(0.01)
