"""Server processes over a store that is there, for tests that need several of them at once.

They are forked from one process that has imported the application: each would be seconds about it.
"""

import multiprocessing
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import uvicorn

from api.app import create_app
from api.compose import open_engine

START = 120
"""Seconds in which a process serves, on a machine with much else to do."""


@contextmanager
def processes(many: int, directory: Path, database: str | None) -> Iterator[list[str]]:
    """The addresses of so many server processes over one store."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload([__name__])
    started, lines = [], []
    for _ in range(many):
        ours, theirs = forking.Pipe()
        process = forking.Process(target=serve, args=(theirs, directory, database), daemon=True)
        process.start()
        theirs.close()
        started.append(process)
        lines.append(ours)
    try:
        assert all(line.poll(START) for line in lines), "a server did not start"
        yield [f"http://127.0.0.1:{line.recv()}/api/v1" for line in lines]
    finally:
        for line in lines:
            line.close()
        for process in started:
            process.join(60)
            process.kill()
    assert [process.exitcode for process in started] == [0] * many


def serve(line: Connection, directory: Path, database: str | None) -> None:
    """Tells its port, and ends when the other end of the line does."""
    engine = open_engine(directory, database)
    engine.start()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(200)
        server = uvicorn.Server(uvicorn.Config(create_app(engine, demo=True), log_level="warning"))

        def stop() -> None:
            line.poll(None)
            server.should_exit = True

        threading.Thread(target=stop, daemon=True).start()
        line.send(listener.getsockname()[1])
        server.run(sockets=[listener])
    engine.close()
