"""The first lines of a request, bounded: how long they may be, and how long they may take.

The parser of `httptools` takes whatever comes: a head of 200 MB would stand in memory before the application
is asked, and a client that sends a byte a minute would hold its connection for ever.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_BYTES = 64 * 1024
SECONDS = 15.0
"""From the first byte (of a connection: from its beginning) to the empty line that ends the head."""
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedHeads(HttpToolsProtocol):
    """Closes the connection of whoever sends a head too long (431) or too slowly (408)."""

    _waits: asyncio.TimerHandle | None = None
    _in_head = True
    _read = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A piece is fed whole (at most 256 KB): what counts is how much of a head has come before it."""
        if self._in_head:
            self._read += len(data)
        super().data_received(data)
        if self._in_head and self._read > HEAD_BYTES:
            self._refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self._in_head:
            self._begin()

    def on_headers_complete(self) -> None:
        self._end()
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            self._refuse(TOO_LARGE)
            raise ValueError("the head is too long")  # stops the parser
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            super().send_400_response(msg)

    def _begin(self) -> None:
        self._in_head, self._read = True, 0
        self._waits = self.loop.call_later(SECONDS, self._refuse, TOO_SLOW)

    def _end(self) -> None:
        self._in_head = False
        if self._waits is not None:
            self._waits.cancel()
            self._waits = None

    def _refuse(self, answer: bytes) -> None:
        self._end()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
