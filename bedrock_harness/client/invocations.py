"""Streams of InvokeModelWithResponseStream as their users meet them: the chunks, as the model's own JSON.

Iterators and context managers, blocking and in an event loop. What a chunk means is the model's; what ends a stream well or
badly, the reader of `native` knows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Self

from bedrock_harness.client.exchanges import EventSource
from bedrock_harness.client.native import chunk_of
from bedrock_harness.client.transport import run

__all__ = ["AsyncChunkStream", "ChunkStream"]


class ChunkStream:
    """Chunks as they come. Entering it sends the request; leaving it early closes the connection."""

    def __init__(self, source: EventSource) -> None:
        self._source = source

    def close(self) -> None:
        """Let go of the connection."""
        run(self._source.close())

    def __enter__(self) -> Self:
        run(self._source.open())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        while batch := run(self._source.more()):
            yield from (chunk for event in batch if (chunk := chunk_of(event)) is not None)


class AsyncChunkStream:
    """Chunks as they come, in an event loop. See `ChunkStream`."""

    def __init__(self, source: EventSource) -> None:
        self._source = source

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._source.close()

    async def __aenter__(self) -> Self:
        await self._source.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        while batch := await self._source.more():
            for event in batch:
                if (chunk := chunk_of(event)) is not None:
                    yield chunk
