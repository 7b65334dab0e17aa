"""One reply on its way through: each piece handed on the moment it comes, and noted with its time.

Between an httpx response that is being read and the client's socket. The body is kept beside, up to MAX_REPLY; nothing waits
until it is whole. A client that has left is written to no more, and the reply is read to its end all the same.
"""

from __future__ import annotations

import asyncio
from time import monotonic_ns

import httpx

from bedrock_harness.recordings.chunks import Chunk
from bedrock_harness.recordings.upstream import HOP_BY_HOP
from bedrock_harness.simulator.requests import Received

__all__ = ["MAX_REPLY", "Passing", "headers_of"]

MAX_REPLY = 32 * 1024 * 1024
"""Bytes of a reply that is kept. A longer one is passed on, and not recorded."""

_LAST_CHUNK = b"0\r\n\r\n"
_NO_BODY = frozenset({204, 304})
_TEXT = ("utf-8", "surrogateescape")


def headers_of(message: httpx.Response | httpx.Request) -> tuple[tuple[str, str], ...]:
    """The headers of a message as they were on the wire, in their order."""
    return tuple((name.decode(*_TEXT), value.decode(*_TEXT)) for name, value in message.headers.raw)


class Passing:
    """Passes one reply on. `start` is the monotonic time, in nanoseconds, from which all others are counted.

    After `run`: `head` and `chunks` say when what came, `broken` that the upstream broke off, `keep_alive` whether the client's
    connection can take another request.
    """

    def __init__(self, response: httpx.Response, received: Received, writer: asyncio.StreamWriter, start: int) -> None:
        self.response = response
        self._writer = writer
        self._start = start
        self._client_left = False
        self._pieces: list[bytes] = []
        self._size = 0
        self._bodiless = received.request.method == "HEAD" or response.status_code in _NO_BODY
        sized = "content-length" in response.headers
        self._chunked = received.chunked_ok and not sized and not self._bodiless
        self._framed = self._chunked or sized or self._bodiless
        self._asked_to_stay = received.keep_alive
        self.head = 0
        self.chunks: list[Chunk] = []
        self.broken = False

    @property
    def body(self) -> bytes:
        """What came of the body, nothing where it was too long."""
        return b"".join(self._pieces)

    @property
    def too_long(self) -> bool:
        """Whether it had more than MAX_REPLY bytes."""
        return self._size > MAX_REPLY

    @property
    def keep_alive(self) -> bool:
        """Whether the client knows where this reply ended, and may send another request."""
        return self._asked_to_stay and self._framed and not self.broken and not self._client_left

    async def run(self) -> None:
        """Pass the whole reply on."""
        self.head = monotonic_ns() - self._start
        await self._write(self._head())
        try:
            async for piece in self.response.aiter_raw():
                if piece:
                    await self._pass(piece)
        except httpx.HTTPError:
            self.broken = True
            return
        if self._chunked:
            await self._write(_LAST_CHUNK)

    async def _pass(self, piece: bytes) -> None:
        at = monotonic_ns() - self._start
        await self._write(b"%x\r\n%b\r\n" % (len(piece), piece) if self._chunked else piece)
        self._size += len(piece)
        if self._size > MAX_REPLY:
            self._pieces.clear()
            return
        self._pieces.append(piece)
        self.chunks.append(Chunk(self._size, at))

    def _head(self) -> bytes:
        response = self.response
        kept = [(name, value) for name, value in headers_of(response) if name.lower() not in HOP_BY_HOP]
        if self._chunked:
            kept.append(("Transfer-Encoding", "chunked"))
        kept.append(("Connection", "keep-alive" if self._asked_to_stay and self._framed else "close"))
        lines = [f"HTTP/1.1 {response.status_code} {response.reason_phrase}"]
        lines += [f"{name}: {value}" for name, value in kept]
        return "\r\n".join((*lines, "", "")).encode(*_TEXT)

    async def _write(self, data: bytes) -> None:
        """Write, and wait where the client reads more slowly than the upstream sends."""
        if self._client_left or self._writer.is_closing():
            self._client_left = True
            return
        self._writer.write(data)
        try:
            await self._writer.drain()
        except OSError:
            self._client_left = True
