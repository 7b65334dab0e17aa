"""What the gateway lets a caller use: bytes of a request, requests at a time, seconds of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from msgspec import Struct
from starlette.requests import Request

from bedrock_harness.gateway.fields import Refused

__all__ = ["CallerLeft", "Limits", "Places", "read_within", "unless_gone"]

T = TypeVar("T")

CONTENT_TOO_LARGE = 413
TOO_MANY_REQUESTS = 429


class Limits(Struct, frozen=True, kw_only=True):
    """The bounds, each with the reason for its default."""

    body: int = 32 * 1024 * 1024
    """Bytes of a request's body: Anthropic's own limit (API reference, "Errors", 413)."""
    requests: int = 64
    """Requests under way at a time. Each holds a connection to Bedrock and its caller's body."""
    seconds: float = 600.0
    """For one answer, streamed or not: as long as the official clients wait unless told otherwise."""


class CallerLeft(Exception):
    """The caller closed the connection: nobody is there to be answered."""


class Places:
    """Counts requests under way."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken = 0

    @property
    def free(self) -> bool:
        """Whether one more would be let in."""
        return self._taken < self._most

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place for as long as the request is under way. Raises Refused where there is none."""
        if not self.free:
            raise Refused(
                "", f"{self._most} requests are under way, which is this gateway's limit", status=TOO_MANY_REQUESTS
            )
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1


async def read_within(pieces: AsyncIterator[bytes], most: int) -> bytes:
    """The bytes of a body, of at most that many. What is too long is refused as soon as it shows."""
    body = bytearray()
    async for piece in pieces:
        body += piece
        if len(body) > most:
            raise Refused(
                "", f"the body is longer than {most} bytes, which is this gateway's limit", status=CONTENT_TOO_LARGE
            )
    return bytes(body)


async def unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """The result of some work, unless the caller leaves first: then the work is cancelled, and CallerLeft raised.

    The request's body must have been read: what is received behind it is that the caller has gone.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise CallerLeft
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
