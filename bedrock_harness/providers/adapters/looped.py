"""The reference client in an event loop, as an adapter: what `Reference` asks of the client that blocks, asked of the other.

Each conversation has a loop of its own, which runs while it is waited for. What is told is told by the same code, so that the
two clients differ in nothing but themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from bedrock_harness.client import AsyncClient, AsyncStream, Reply
from bedrock_harness.providers.adapters.kit import Conversation, serve
from bedrock_harness.providers.adapters.reference.adapter import Reference, ReferenceConversation
from bedrock_harness.wire.events import Event

__all__ = ["ReferenceAsync"]


class ReferenceAsync(Reference):
    """The Converse client of bedrock_harness for event loops."""

    name = "reference-async"

    def open(self, opening: dict[str, Any]) -> Conversation:
        """A client and a loop of its own for each conversation."""
        return ReferenceConversation(opening, self.manners, Looped)


class Looped:
    """An AsyncClient with the face of a Client."""

    def __init__(self, **given: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = self._runner.run(_made(given))

    def converse(self, model: str, messages: list[Any], **members: Any) -> Reply:
        """The model's answer, whole."""
        return self._runner.run(self._client.converse(model, messages, **members))

    def converse_stream(self, model: str, messages: list[Any], **members: Any) -> LoopedStream:
        """The model's answer as it is given."""
        return LoopedStream(self._runner, self._client.converse_stream(model, messages, **members))

    def close(self) -> None:
        """Close the connections, and the loop."""
        self._runner.run(self._client.aclose())
        self._runner.close()


class LoopedStream:
    """An AsyncStream with the face of a Stream."""

    def __init__(self, runner: asyncio.Runner, stream: AsyncStream) -> None:
        self._runner = runner
        self._stream = stream

    def reply(self) -> Reply:
        """The folded reply."""
        return self._runner.run(self._stream.reply())

    def __enter__(self) -> Self:
        self._runner.run(self._stream.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._runner.run(self._stream.__aexit__(kind, error, trace))

    def __iter__(self) -> Iterator[Event]:
        while (event := self._runner.run(self._next())) is not None:
            yield event

    async def _next(self) -> Event | None:
        try:
            return await anext(self._stream)
        except StopAsyncIteration:
            return None


async def _made(given: dict[str, Any]) -> AsyncClient:
    """Made in the loop, as its user would."""
    return AsyncClient(**given)


if __name__ == "__main__":
    serve(ReferenceAsync())
