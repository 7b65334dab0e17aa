"""A streamed reply as its reader meets it, blocking and in an event loop: typed events, text, tool calls, the whole reply.

Knows how a batch of events is handed out one by one. Where batches come from is `event_source`'s, once for both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from bedrock_harness.client import asking, reading
from bedrock_harness.client.event_source import EventSource
from bedrock_harness.client.holding import AsyncHeld, Held
from bedrock_harness.client.network import run
from bedrock_harness.client.options import Note
from bedrock_harness.client.replies import Reply, ToolCall
from bedrock_harness.client.requests.prepare import Prepared
from bedrock_harness.client.tool_calls import ToolCallReader
from bedrock_harness.wire.events import Event

__all__ = ["AsyncStream", "Stream"]


class _Stream:
    """What both streams are made of."""

    def __init__(self, source: EventSource, prepared: Prepared) -> None:
        self._source = source
        self._prepared = prepared
        self._ready: Iterator[Event] = iter(())

    @property
    def notes(self) -> tuple[Note, ...]:
        """What of the request is not as its caller gave it."""
        return self._prepared.notes


class Stream(_Stream, Held):
    """A ConverseStream reply: an iterator of typed events, and a context manager that lets go of the connection.

    Entering it sends the request and waits for the first event. Leaving it early closes the connection. Errors of the
    service are raised where they happen, behind the events that came before them.
    """

    def text(self) -> Iterator[str]:
        """The answer's text, piece by piece. Reasoning and tool calls are left out."""
        reader = reading.TextReader()
        for event in self:
            if piece := reader.feed(event):
                yield piece
        if piece := reader.close():
            yield piece

    def tools(self) -> Iterator[ToolCall]:
        """The tools that the model wants run, each as soon as its call is whole. Run none before the message has stopped."""
        reader = ToolCallReader()
        for event in self:
            if call := reader.feed(event, self.request_id):
                yield call

    def reply(self) -> Reply:
        """Read to the end, and fold all events into the reply that `converse` would have given."""
        return asking.finished(run(self._source.reply()), self._prepared)

    def __iter__(self) -> Iterator[Event]:
        while True:
            yield from self._ready
            if not (batch := run(self._source.more())):
                return
            self._ready = iter(batch)

    def __next__(self) -> Event:
        event = next(self._ready, None)
        if event is None:
            self._ready = iter(run(self._source.more()))
            event = next(self._ready, None)
        if event is None:
            raise StopIteration
        return event


class AsyncStream(_Stream, AsyncHeld):
    """A ConverseStream reply in an event loop. See `Stream`."""

    async def text(self) -> AsyncIterator[str]:
        """The answer's text, piece by piece. Reasoning and tool calls are left out."""
        reader = reading.TextReader()
        async for event in self:
            if piece := reader.feed(event):
                yield piece
        if piece := reader.close():
            yield piece

    async def tools(self) -> AsyncIterator[ToolCall]:
        """The tools that the model wants run, each as soon as its call is whole. See `Stream.tools`."""
        reader = ToolCallReader()
        async for event in self:
            if call := reader.feed(event, self.request_id):
                yield call

    async def reply(self) -> Reply:
        """Read to the end, and fold all events into the reply that `converse` would have given."""
        return asking.finished(await self._source.reply(), self._prepared)

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        event = next(self._ready, None)
        if event is None:
            self._ready = iter(await self._source.more())
            event = next(self._ready, None)
        if event is None:
            raise StopAsyncIteration
        return event
