"""One server process over a store that is there, for tests that need several: `python -m … DIR [DATABASE]`.

It prints its port, and ends when its input does.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from api.app import create_app
from api.compose import open_engine

ROOT = Path(__file__).parents[3]


@contextmanager
def processes(many: int, directory: Path, database: str | None) -> Iterator[list[str]]:
    """The addresses of so many server processes over one store."""
    command = [
        sys.executable,
        "-m",
        "tests.api.points.serving",
        str(directory),
        *([database] if database else []),
    ]
    started = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(many)
    ]
    try:
        ports = [process.stdout.readline().strip() for process in started if process.stdout]
        assert all(port.isdecimal() for port in ports), "a server did not start"
        yield [f"http://127.0.0.1:{port}/api/v1" for port in ports]
    finally:
        for process in started:
            process.communicate(timeout=30)


def serve(directory: str, database: str | None = None) -> None:
    engine = open_engine(directory, database)
    engine.start()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(200)
        server = uvicorn.Server(uvicorn.Config(create_app(engine, demo=True), log_level="warning"))

        def stop() -> None:
            sys.stdin.read()
            server.should_exit = True

        threading.Thread(target=stop, daemon=True).start()
        print(listener.getsockname()[1], flush=True)
        server.run(sockets=[listener])
    engine.close()


if __name__ == "__main__":
    serve(*sys.argv[1:])
