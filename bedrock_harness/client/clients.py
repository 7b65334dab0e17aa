"""The client as its users meet it, blocking and in an event loop: arguments in, replies and streams out.

Knows names and defaults. What happens between is `exchanges`', once for both.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self, TypeAlias

from msgspec import structs

from bedrock_harness.client import body, exchanges, reading
from bedrock_harness.client.exchanges import EventSource
from bedrock_harness.client.options import AS_GIVEN, DEFAULT_OPTIONS, Options
from bedrock_harness.client.replies import Reply
from bedrock_harness.client.requests.prepare import prepare
from bedrock_harness.client.settings import settle
from bedrock_harness.client.signing import Call
from bedrock_harness.client.transport import Blocking, Looped, Transport, run
from bedrock_harness.client.transport import options as http_options
from bedrock_harness.wire.events import Event
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["AsyncClient", "AsyncStream", "Client", "Stream"]

Messages: TypeAlias = Sequence[Mapping[str, Any]]
System: TypeAlias = str | Sequence[Mapping[str, Any]] | None


class _Client:
    """What both clients are made of."""

    _transport: ClassVar[type[Blocking] | type[Looped]]

    def __init__(
        self,
        region: str | None = None,
        credentials: Credentials | Mapping[str, str | None] | None = None,
        bearer_token: str | None = None,
        endpoint: str | None = None,
        *,
        timeout: float | None = 60.0,
        read_timeout: float | None = None,
        attempts: int = 1,
        repair: bool = True,
        ca_file: str | None = None,
        options: Options = DEFAULT_OPTIONS,
    ) -> None:
        self._options = options if repair else structs.replace(options, repairs=AS_GIVEN)
        self._settings = settle(
            region=region,
            credentials=credentials,
            bearer_token=bearer_token,
            endpoint=endpoint,
            attempts=attempts,
            repair=repair,
            environment=os.environ,
        )
        ca_file = ca_file or os.environ.get("AWS_CA_BUNDLE")
        self._network: Transport = self._transport(http_options(timeout=timeout, read_timeout=read_timeout, ca_file=ca_file))

    def _call(self, operation: str, model: str, messages: Messages, system: System, members: Mapping[str, Any]) -> Call:
        prepared = prepare(operation, model, messages, system, self._options, members)
        return Call(prepared.operation, prepared.model, body.to_json(prepared.body))

    def _reply(
        self, model: str, messages: Messages, system: System, members: Mapping[str, Any]
    ) -> Coroutine[Any, Any, Reply]:
        call = self._call("Converse", model, messages, system, members)
        return exchanges.converse(self._network, self._settings, call)

    def _source(self, model: str, messages: Messages, system: System, members: Mapping[str, Any]) -> EventSource:
        call = self._call("ConverseStream", model, messages, system, members)
        return EventSource(self._network, self._settings, call)


class _Stream:
    """What both streams are made of."""

    def __init__(self, source: EventSource) -> None:
        self._source = source
        self._ready: deque[Event] = deque()

    @property
    def request_id(self) -> str | None:
        """The service's id of the request; None before the stream is open."""
        return self._source.request_id


class Client(_Client):
    """A Converse client that blocks. Threads may share one; `close` it, or use it as a context manager.

    `credentials` are a `wire.sigv4.Credentials` or a mapping of its members, `bearer_token` a Bedrock API key; failing
    both, the environment is asked. So it is for `region` and `endpoint`; docs/client.md has the table. `timeout` bounds
    connecting and sending, in seconds; `read_timeout`, which is `timeout` unless given, bounds each silence of the service,
    before the reply and within a stream. `attempts` counts every sending of a request. `repair` mends conversations that
    the service would refuse. `ca_file` is a PEM file to trust in place of the usual authorities.

    Raises InvalidRequest for arguments that cannot be meant. All errors are BedrockErrors.
    """

    _transport = Blocking

    def converse(self, model: str, messages: Messages, *, system: System = None, **members: Any) -> Reply:
        """The model's answer, whole.

        `model` is an id or an ARN. `messages` and `members` (`inferenceConfig`, `toolConfig`, ...) are in Converse's own
        shapes; bytes stand for blobs. `system` may be a plain text.
        """
        return run(self._reply(model, messages, system, members))

    def converse_stream(self, model: str, messages: Messages, *, system: System = None, **members: Any) -> Stream:
        """The model's answer as it is given. Takes what `converse` takes; nothing is sent before the stream is entered."""
        return Stream(self._source(model, messages, system, members))

    def close(self) -> None:
        """Close all connections."""
        run(self._network.shut())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Stream(_Stream):
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

    def reply(self) -> Reply:
        """Read to the end, and fold all events into the reply that `converse` would have given."""
        return run(self._source.reply())

    def close(self) -> None:
        """Let go of the connection."""
        run(self._source.close())

    def __enter__(self) -> Self:
        run(self._source.open())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Event]:
        return self

    def __next__(self) -> Event:
        if not self._ready:
            self._ready.extend(run(self._source.more()))
        if not self._ready:
            raise StopIteration
        return self._ready.popleft()


class AsyncClient(_Client):
    """A Converse client for an event loop. Made as `Client` is; `aclose` it, or use it as an async context manager."""

    _transport = Looped

    async def converse(self, model: str, messages: Messages, *, system: System = None, **members: Any) -> Reply:
        """The model's answer, whole. See `Client.converse`."""
        return await self._reply(model, messages, system, members)

    def converse_stream(self, model: str, messages: Messages, *, system: System = None, **members: Any) -> AsyncStream:
        """The model's answer as it is given. See `Client.converse_stream`; there is nothing to await before entering."""
        return AsyncStream(self._source(model, messages, system, members))

    async def aclose(self) -> None:
        """Close all connections."""
        await self._network.shut()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class AsyncStream(_Stream):
    """A ConverseStream reply in an event loop. See `Stream`."""

    async def text(self) -> AsyncIterator[str]:
        """The answer's text, piece by piece. Reasoning and tool calls are left out."""
        reader = reading.TextReader()
        async for event in self:
            if piece := reader.feed(event):
                yield piece
        if piece := reader.close():
            yield piece

    async def reply(self) -> Reply:
        """Read to the end, and fold all events into the reply that `converse` would have given."""
        return await self._source.reply()

    async def aclose(self) -> None:
        """Let go of the connection."""
        await self._source.close()

    async def __aenter__(self) -> Self:
        await self._source.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[Event]:
        return self

    async def __anext__(self) -> Event:
        if not self._ready:
            self._ready.extend(await self._source.more())
        if not self._ready:
            raise StopAsyncIteration
        return self._ready.popleft()
