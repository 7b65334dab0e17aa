"""A stream on its way to the caller: its pieces, and what is let go of when it ends, however it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, suppress

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from bedrock_harness.client import AsyncStream
from bedrock_harness.gateway.answers import failed, told_of
from bedrock_harness.gateway.asked import Asked
from bedrock_harness.gateway.fronts import Front
from bedrock_harness.gateway.handled import Handled, Watch
from bedrock_harness.gateway.sse import encode
from bedrock_harness.wire.events import Event

__all__ = ["Streamed", "Visit", "pieces"]

GRACE = 5.0
"""Seconds behind an answer's time in which a caller who reads slowly may take the rest of it."""


class Visit:
    """One request under way: what has to be let go of behind it, and until when it may last."""

    def __init__(
        self, request: Request, seconds: float, stack: AsyncExitStack, observer: Callable[[Handled], None]
    ) -> None:
        self.request = request
        self.deadline = asyncio.get_running_loop().time() + seconds
        self.stack = stack
        self.watch = Watch(request.url.path, observer)
        stack.callback(self.watch.over)


class Streamed(StreamingResponse):
    """A stream of server-sent events that lets go of all it holds, however it ends."""

    media_type = "text/event-stream"

    def __init__(
        self, pieces: AsyncIterator[bytes], headers: Mapping[str, str], deadline: float, stack: AsyncExitStack
    ) -> None:
        super().__init__(pieces, headers=headers)
        self._deadline = deadline
        self._stack = stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, until it is over, the caller leaves, or the caller takes too long to read."""
        async with self._stack:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._deadline + GRACE):
                    await super().__call__(scope, receive, send)


async def pieces(front: Front, asked: Asked, stream: AsyncStream, visit: Visit) -> AsyncIterator[bytes]:
    """The bytes of a stream. An error behind the first of them is told in the stream, and ends it."""
    writer = front.writer(asked, told_of(asked, stream.request_id))
    try:
        for message in writer.begin():
            yield encode(message)
        events = aiter(stream)
        while (event := await _next(events, visit.deadline)) is not None:
            for message in writer.feed(event):
                yield encode(message)
        for message in writer.end():
            yield encode(message)
        visit.watch.answered()
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told in its front's shape
        yield encode(front.in_stream(failed(error, visit.watch)))


async def _next(events: AsyncIterator[Event], deadline: float) -> Event | None:
    """The next event within the time, None behind the last."""
    async with asyncio.timeout_at(deadline):
        return await anext(events, None)
