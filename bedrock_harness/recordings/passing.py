"""One reply on its way through: each piece handed on the moment it comes, and noted with its time.

Between an httpx response that is being read and the client's socket. The body is kept beside, up to MAX_REPLY; nothing waits
until it is whole. A client that has left is written to no more, and the reply is read to its end all the same.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from time import monotonic_ns

import httpx

from bedrock_harness.recordings.chunks import Chunk, Timing
from bedrock_harness.recordings.tape import Take
from bedrock_harness.recordings.upstream import HOP_BY_HOP
from bedrock_harness.service.model_ids import parse_path
from bedrock_harness.simulator.listening.requests import Received

__all__ = ["MAX_REPLY", "Passing"]

MAX_REPLY = 32 * 1024 * 1024
"""Bytes of a reply that is kept. A longer one is passed on, and not recorded."""

_LAST_CHUNK = b"0\r\n\r\n"
_NO_BODY = frozenset({204, 304})
_TEXT = ("utf-8", "surrogateescape")


class Passing:
    """Passes one reply on. `start` is the monotonic time, in nanoseconds, from which all others are counted.

    After `run`: `head` and `chunks` say when what came, `broken` that the upstream broke off, `keep_alive` whether the client's
    connection can take another request.
    """

    def __init__(self, response: httpx.Response, received: Received, writer: asyncio.StreamWriter, start: int) -> None:
        self.response = response
        self._request = received.request
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
    def too_long(self) -> bool:
        """Whether it had more than MAX_REPLY bytes."""
        return self._size > MAX_REPLY

    @property
    def keep_alive(self) -> bool:
        """Whether the client knows where this reply ended, and may send another request."""
        return self._asked_to_stay and self._framed and not self.broken and not self._client_left

    def take(self, at: datetime, origin: str, secrets: frozenset[str]) -> Take:
        """The exchange, for a request that was complete at that time, and was sent to this origin with these secrets."""
        operation, model = parse_path(self._request.target) or (None, None)
        return Take(
            request=self._request,
            status=self.response.status_code,
            reason=self.response.reason_phrase,
            reply_headers=_headers(self.response),
            reply_body=b"".join(self._pieces),
            timing=Timing(
                at=at.isoformat(timespec="milliseconds"),
                origin=origin,
                operation=operation,
                model=model,
                head=self.head,
                chunks=tuple(self.chunks),
                ending="break" if self.broken else "finish",
            ),
            secrets=secrets,
        )

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
        kept = [(name, value) for name, value in _headers(response) if name.lower() not in HOP_BY_HOP]
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


def _headers(response: httpx.Response) -> tuple[tuple[str, str], ...]:
    """The headers as they were on the wire, in their order."""
    return tuple((name.decode(*_TEXT), value.decode(*_TEXT)) for name, value in response.headers.raw)
