"""Serving, in one process or several: the store, the demo where asked, and a socket handed to uvicorn."""

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from api.app import create_app
from api.compose import open_engine
from api.demo_users import PASSWORD, USERS
from api.signing_in.standing import Standing
from engine.engine import Engine
from scripts.demo import NotEmpty, load_demo
from scripts.opening import opened
from scripts.terminal import USAGE, fail, say

STOPS = (signal.SIGINT, signal.SIGTERM)
GRACE = 5
"""Seconds that open answers (a stream, say) get to end after Ctrl-C."""
HEALTHY = 30
"""Seconds in which a worker must answer its parent, or another takes its place: on a busy machine it imports
longer than the usual five, and would be replaced for ever."""

DATA, DATABASE, DEMO = "HUISHENG_DATA", "HUISHENG_DATABASE", "HUISHENG_DEMO"
"""How a further serving process is told what to open."""


class Announced(uvicorn.Server):
    """A server that says where it is once it answers."""

    welcome = ""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and self.welcome:
            say(self.welcome)


@dataclass(frozen=True, slots=True)
class Serving:
    """What to serve. `run` returns when it was told to stop."""

    data: Path
    database: str | None
    demo: bool
    beyond: bool = False
    """Whether other machines can reach it."""

    def run(self, listener: socket.socket, workers: int) -> None:
        """Raises StoreUnavailable (StoreDamaged) before anything is answered."""
        with opened(self.data, self.database) as engine:
            if self.demo:
                prepare_demo(engine)
            if self.beyond:
                refuse_demo_users(engine)
            if workers == 1:
                engine.start()
                # Uvicorn raises the signal again when it has stopped; by then stopping is our own business.
                for number in STOPS:
                    signal.signal(number, lambda *_: None)
                app = create_app(engine, demo=self.demo)
                app.router.lifespan_context = ending_streams(app.router.lifespan_context)
                server = Announced(configuration(app))
                server.welcome = self.welcome(listener)
                server.run(sockets=[listener])
                return
        self._run_several(listener, workers)

    def _run_several(self, listener: socket.socket, workers: int) -> None:
        os.environ |= {
            DATA: str(self.data),
            DATABASE: self.database or "",
            DEMO: "1" if self.demo else "",
        }
        config = configuration("scripts.serving:application", factory=True, workers=workers)
        say(self.welcome(listener))
        Multiprocess(config, sockets=[listener]).run()

    def welcome(self, listener: socket.socket) -> str:
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        lines = [f"Huisheng 回声 on http://{shown}:{port}  (API: /docs, ready: /readyz; Ctrl-C stops)"]
        if self.demo:
            lines.append(f"Demo users (password: {PASSWORD}; sign in at http://{shown}:{port}/login):")
            lines += [
                f"  {name:<12} {user.actor.role:<11} {user.zh} · {user.en}" for name, user in USERS.items()
            ]
        return "\n".join(lines)


def configuration(app: FastAPI | str, *, factory: bool = False, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        factory=factory,
        workers=workers,
        log_level="warning",
        access_log=False,
        server_header=False,
        http=http_protocol(),
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=HEALTHY,
    )


def http_protocol() -> str | type[asyncio.Protocol]:
    """Heads are bounded (scripts/heads.py); where `httptools` is missing, h11 bounds them to 64 KB itself."""
    if find_spec("httptools") is None:
        return "h11"
    from scripts.heads import BoundedHeads

    return BoundedHeads


def refuse_demo_users(engine: Engine) -> None:
    """Ends with exit 2 where users of the demo, whose password everybody knows, are not barred."""
    standing = Standing(engine, demo=True)
    people = ((account.login, standing.person(account.person)) for account in engine.accounts.all())
    there = [login for login, person in people if person.demo and person.may_sign_in]
    if there:
        fail(USAGE, f"this store has demo users ({', '.join(there)}): bar them, or serve on 127.0.0.1 only")


def prepare_demo(engine: Engine) -> None:
    """Load the demo where it is not there yet."""
    if not engine.log.head():
        say("Loading the demo community; it takes some seconds, once.")
    try:
        report = load_demo(engine)
    except NotEmpty as error:
        fail(USAGE, f"--demo: {error}")
    if report.loaded:
        engine.catch_up()
        say(f"{report.cases} cases, {report.facts} facts, in {report.seconds:.1f} s")


def application() -> FastAPI:
    """What a further serving process makes, told by the environment."""
    Thread(target=end_with_parent, daemon=True).start()
    engine = open_engine(Path(os.environ[DATA]), os.environ.get(DATABASE) or None)
    engine.start()
    app = create_app(engine, demo=os.environ.get(DEMO) == "1")
    running = app.router.lifespan_context

    @asynccontextmanager
    async def running_until_closed(app: FastAPI) -> AsyncIterator[Any]:
        try:
            async with running(app) as state:
                yield state
        finally:
            await asyncio.to_thread(engine.close)

    app.router.lifespan_context = ending_streams(running_until_closed)
    return app


def end_with_parent() -> None:
    """Where the process that started this one was killed, this one stops as if told to: it would serve on,
    at an address that nobody could stop as a whole."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


Lifespan = Callable[[Any], AbstractAsyncContextManager[Any]]


def ending_streams(running: Lifespan) -> Lifespan:
    """Streams end as soon as the process is told to stop: uvicorn asks the application to end only after each
    open answer has, and a stream never does by itself."""

    @asynccontextmanager
    async def listening(app: FastAPI) -> AsyncIterator[Any]:
        loop, former = asyncio.get_running_loop(), {n: signal.getsignal(n) for n in STOPS}

        def told(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(app.state.pulse.end)
            stop = former[signal.Signals(number)]
            if callable(stop):
                stop(number, frame)

        async with running(app) as state:
            for number in STOPS:
                signal.signal(number, told)
            try:
                yield state
            finally:
                for number, stop in former.items():
                    signal.signal(number, stop)

    return listening
