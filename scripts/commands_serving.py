"""`huisheng serve` and `huisheng worker`: the product running."""

import signal
import socket
import threading
from contextlib import closing
from ipaddress import ip_address
from typing import Annotated

import typer

from scripts.terminal import DEFAULT_DATA, USAGE, Data, Database, fail, say

ADDRESS = "127.0.0.1"
PORT = 8000

SERVE = """\
Examples:

\b
  huisheng serve                            API and pages on 127.0.0.1:8000, store in ./var
  huisheng serve --demo                     an invented community to try things on
  huisheng serve --data /srv/huisheng --port 80 --host 0.0.0.0
  huisheng serve --database postgresql://huisheng@db/huisheng --workers 4
"""

WORKER = """\
Examples:

\b
  huisheng worker --database postgresql://huisheng@db/huisheng
  huisheng worker --data var --quiet
"""


def add_to(app: typer.Typer) -> None:
    app.command(epilog=SERVE)(serve)
    app.command(epilog=WORKER)(worker)


def loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = ADDRESS,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes any free one.")] = PORT,
    data: Data = DEFAULT_DATA,
    database: Database = None,
    demo: Annotated[bool, typer.Option("--demo", help="Load and open an invented community.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Serving processes.")] = 1,
) -> None:
    """Serve the API and the pages. Ready when GET /readyz answers 200; Ctrl-C stops cleanly."""
    if demo and not loopback(host):
        fail(USAGE, f"--demo lets everybody in: it listens on this machine only, not on {host}")
    from scripts.serving import Serving

    with closing(listening(host, port)) as listener:
        Serving(data, database, demo, beyond=not loopback(host)).run(listener, workers)


def listening(host: str, port: int) -> socket.socket:
    """A socket on the address, bound now so that a taken port is one line and not a log."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        fail(USAGE, f"cannot listen on {host}:{port}: {error.strerror}; choose another with --host or --port")
    listener.set_inheritable(True)
    return listener


def worker(
    data: Data = DEFAULT_DATA,
    database: Database = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing unless something is wrong.")] = False,
) -> None:
    """Follow the log: views, policies and the watch over deadlines, apart from any server.

    Several may run; one at a time does the work and another takes over within seconds when it stops.
    """
    from scripts.opening import opened

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with opened(data, database, start=True) as engine:
        if not quiet:
            say(f"huisheng worker: following from position {engine.views.position()}; Ctrl-C stops")
        stop.wait()
