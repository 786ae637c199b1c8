"""A started server under bodies without end, heads without end, and clients that trickle: it refuses, and its
memory stays as it was."""

import http.client
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from api import limits
from scripts import heads

ROOT = Path(__file__).parents[2]
MB = 1024 * 1024
GROWTH = 20 * MB
"""What 200 MB may cost (trust.md)."""
SLOWLY = """
import sys
from api import limits
from scripts import heads, cli
limits.SECONDS = heads.SECONDS = 1.0
sys.argv = ["huisheng", *sys.argv[1:]]
cli.main()
"""


@dataclass
class Server:
    port: int
    process: psutil.Process

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def told(self, connection: socket.socket) -> bytes:
        """All it says until it closes."""
        found = b""
        while piece := connection.recv(65536):
            found += piece
        return found

    @property
    def memory(self) -> int:
        return int(self.process.memory_info().rss)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """As an operator starts it, but for what it waits: a second instead of many."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = int(found.getsockname()[1])
    store = tmp_path_factory.mktemp("hostile-server")
    command = [sys.executable, "-c", SLOWLY, "serve", "--port", str(port), "--data", str(store / "var")]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    try:
        running = Server(port, psutil.Process(process.pid))
        for _ in range(600):
            try:
                ask = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                ask.request("GET", "/readyz")
                if ask.getresponse().status == 200:
                    break
            except OSError:
                pass
            time.sleep(0.1)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=30)


PATHS = (
    "/api/v1/complaints",
    "/api/v1/complaints/bulk",
    "/api/v1/evidence",
    "/api/v1/token",
    "/login",
    "/nowhere",
)


def poured(server: Server, head: bytes, piece: bytes, megabytes: int = 200) -> tuple[bytes, int]:
    """Send as much as it takes; what it answered first, and the most memory it took meanwhile."""
    most, said = server.memory, b""
    with server.connect() as connection:
        connection.sendall(head)
        try:
            for _ in range(megabytes * MB // len(piece)):
                connection.sendall(piece)
                most = max(most, server.memory)
        except OSError:
            pass  # it has closed: what was to be shown
        with suppress(OSError):
            said = connection.recv(65536)
    return said, max(most, server.memory)


@pytest.mark.parametrize("path", PATHS)
def test_200_mb_with_their_length_take_no_memory(server: Server, path: str) -> None:
    before = server.memory
    told = f"Content-Type: application/json\r\nContent-Length: {200 * MB}"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{told}\r\n\r\n"
    said, most = poured(server, head.encode(), b" " * MB)
    assert said == b"" or said.startswith(b"HTTP/1.1 413"), said[:200]
    assert most - before <= GROWTH


@pytest.mark.parametrize("path", PATHS)
def test_200_mb_in_pieces_take_no_memory(server: Server, path: str) -> None:
    before = server.memory
    kind = "multipart/form-data; boundary=x" if "evidence" in path else "application/json"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n"
    piece = b"100000\r\n" + b" " * MB + b"\r\n"
    said, most = poured(server, head.encode(), piece)
    assert most - before <= GROWTH
    assert said == b"" or b" 4" in said[:16], said[:200]


def test_a_head_without_end_takes_no_memory(server: Server) -> None:
    before = server.memory
    said, most = poured(server, b"GET / HTTP/1.1\r\nHost: x\r\n", b"X-A: " + b"a" * 60_000 + b"\r\n")
    assert said == b"" or said.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
    assert most - before <= GROWTH
    said, most = poured(server, b"GET /", b"a" * 60_000)
    assert said == b"" or said.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))
    assert most - before <= GROWTH


def test_a_head_that_is_whole_and_too_long_is_refused(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: " + b"a" * heads.HEAD_BYTES + b"\r\n\r\n"
        )
        assert server.told(connection).startswith(b"HTTP/1.1 431")


def test_whoever_trickles_is_shown_out(server: Server) -> None:
    """A head that does not come, and a body that does not: each within its time (here a second)."""
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost")
        assert server.told(connection).startswith(b"HTTP/1.1 408")
    with server.connect() as connection:
        connection.sendall(
            b"POST /api/v1/complaints HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert server.told(connection).startswith(b"HTTP/1.1 408")
    assert heads.SECONDS >= 10 and limits.SECONDS >= 10, "people on slow lines are given their time"


STRANGE = {
    "TRACE": b"TRACE /api/v1/complaints HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method of its own": b"BREW /api/v1/complaints HTTP/1.1\r\nHost: x\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "length and pieces": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "not ascii": "GET /api/v1/工单 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "NUL in the address": b"GET /api/v1/\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 200 + b"\r\n\r\n",
}


@pytest.mark.parametrize("content", STRANGE.values(), ids=list(STRANGE))
def test_what_is_hardly_http_is_refused(server: Server, content: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        said = server.told(connection)
    assert said == b"" or said.split(b" ", 2)[1][:1] == b"4", said[:200]
    assert server.process.is_running()
