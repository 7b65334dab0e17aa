"""Streams of InvokeModelWithResponseStream as their users meet them: the chunks, as the model's own JSON.

Blocking and in an event loop. What a chunk means is the model's; what ends a stream well or badly, the reader of `native`
knows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from bedrock_harness.client.event_source import EventSource
from bedrock_harness.client.holding import AsyncHeld, Held
from bedrock_harness.client.native import chunk_of
from bedrock_harness.client.network import run
from bedrock_harness.wire.events import Event

__all__ = ["AsyncChunkStream", "ChunkStream"]


class ChunkStream(Held):
    """Chunks as they come: an iterator, and a context manager that lets go of the connection."""

    def __init__(self, source: EventSource) -> None:
        self._source = source
        self._ready: Iterator[Event] = iter(())

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while True:
            for event in self._ready:
                if (chunk := chunk_of(event)) is not None:
                    yield chunk
            if not (batch := run(self._source.more())):
                return
            self._ready = iter(batch)


class AsyncChunkStream(AsyncHeld):
    """Chunks as they come, in an event loop. See `ChunkStream`."""

    def __init__(self, source: EventSource) -> None:
        self._source = source
        self._ready: Iterator[Event] = iter(())

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        while True:
            for event in self._ready:
                if (chunk := chunk_of(event)) is not None:
                    yield chunk
            if not (batch := await self._source.more()):
                return
            self._ready = iter(batch)
