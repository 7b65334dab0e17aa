"""The client as its users meet it, blocking and in an event loop: arguments in, replies and streams out.

Knows names and defaults. What happens between is `asking`'s, once for both.
"""

from __future__ import annotations

import os
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Self, TypeAlias

from msgspec import structs

from bedrock_harness.client import addressing, aliases, asking
from bedrock_harness.client.asking import Invoked
from bedrock_harness.client.chunk_streams import AsyncChunkStream, ChunkStream
from bedrock_harness.client.credentials import asked, report
from bedrock_harness.client.event_source import EventSource
from bedrock_harness.client.native import Embeddings
from bedrock_harness.client.network.transport import Blocking, Looped, Transport, http_options, run
from bedrock_harness.client.options import AS_GIVEN, DEFAULT_OPTIONS, Options
from bedrock_harness.client.replies import Reply
from bedrock_harness.client.requests.prepare import Prepared, prepare
from bedrock_harness.client.retrying import PAUSES, Pauses
from bedrock_harness.client.settings import Colons, Settings, settle
from bedrock_harness.client.streams import AsyncStream, Stream
from bedrock_harness.client.supply import Role, profile_region
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["AsyncClient", "Client"]

Messages: TypeAlias = Sequence[Mapping[str, Any]]
System: TypeAlias = str | Sequence[Mapping[str, Any]] | None
Body: TypeAlias = Mapping[str, Any] | bytes
Asking: TypeAlias = tuple[str, Messages, System, Options | None, Mapping[str, Any]]
"""What a conversation is asked with: the model, the messages, the system, the options of this call, and other members."""


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
        token_key: str | None = None,
        profile: str | None = None,
        role: Role | None = None,
        precedence: tuple[str, ...] | None = None,
        base_url: str | None = None,
        only_aws: bool = False,
        default_region: str | None = None,
        colons: Colons = "encoded",
        total_timeout: float | None = None,
        pauses: Pauses = PAUSES,
    ) -> None:
        self._options = options
        self._precedence = precedence
        self._asked = asked(
            credentials=credentials,
            bearer_token=bearer_token,
            token_key=token_key,
            profile=profile,
            role=role,
            environment=dict(os.environ),
        )
        self._settings = settle(
            region=region,
            asked=self._asked,
            endpoint=endpoint,
            attempts=attempts,
            repair=repair,
            base_url=base_url,
            only_aws=only_aws,
            default_region=default_region,
            precedence=precedence,
            colons=colons,
            total_timeout=total_timeout,
            pauses=pauses,
            profile_region=partial(profile_region, profile),
        )
        ca_file = ca_file or os.environ.get("AWS_CA_BUNDLE")
        self._network: Transport = self._transport(
            http_options(timeout=timeout, read_timeout=read_timeout, ca_file=ca_file)
        )

    def credentials_report(self) -> str:
        """Which source of credentials is used and why, a line a source. No secret is in it."""
        return report(self._asked, self._settings.chosen, self._precedence)

    def address_report(self, model: str) -> str:
        """Where requests about a model go, which region they are signed for, and what said so: two lines."""
        settings, model = self._addressed(model)
        return (
            f"endpoint {addressing.endpoint_report(settings, model)}\n"
            f"region {addressing.region_report(settings, model)}"
        )

    def _addressed(self, model: str) -> tuple[Settings, str]:
        """The settings for a model, and its id: a region that stands before it wins."""
        found = aliases.named(model)
        if found.region is None:
            return self._settings, found.model
        return replace(self._settings, region=found.region, region_source="the model"), found.model

    def _prepared(self, operation: str, ask: Asking) -> tuple[Settings, Prepared]:
        given, messages, system, options, members = ask
        settings, model = self._addressed(given)
        chosen = self._options if options is None else options
        if not settings.repair:
            chosen = structs.replace(chosen, repairs=AS_GIVEN)
        return settings, prepare(operation, model, messages, system, chosen, members)

    def _reply(self, ask: Asking) -> Coroutine[Any, Any, Reply]:
        return asking.answer(self._network, *self._prepared("Converse", ask))

    def _source(self, ask: Asking) -> tuple[EventSource, Prepared]:
        settings, prepared = self._prepared("ConverseStream", ask)
        return asking.stream(self._network, settings, prepared), prepared

    def _count(self, ask: Asking) -> Coroutine[Any, Any, int]:
        settings, prepared = self._prepared("Converse", ask)
        return asking.count_tokens(self._network, settings, prepared)

    def _invoked(self, given: str, body: Body) -> Coroutine[Any, Any, Invoked]:
        settings, model = self._addressed(given)
        return asking.invoke(self._network, settings, asking.invocation(model, body))

    def _chunks(self, given: str, body: Body) -> EventSource:
        settings, model = self._addressed(given)
        return asking.invoke_stream(self._network, settings, asking.invocation(model, body, streamed=True))

    def _embeddings(
        self, given: str, texts: Sequence[str], dimensions: int | None, kind: str
    ) -> Coroutine[Any, Any, Embeddings]:
        settings, model = self._addressed(given)
        return asking.embed(self._network, settings, model, texts, dimensions, kind)


class Client(_Client):
    """A Converse client that blocks. Threads may share one; `close` it, or use it as a context manager.

    `credentials` are a `wire.sigv4.Credentials` or a mapping of its members, `bearer_token` a Bedrock API key; failing
    both, the environment is asked. So it is for `region` and `endpoint`; docs/client.md has the table. `timeout` bounds
    connecting and sending, in seconds; `read_timeout`, which is `timeout` unless given, bounds each silence of the service,
    before the reply and within a stream. `attempts` counts every sending of a request. `repair` mends conversations that
    the service would refuse; `options` say which repairs, and all else that can be chosen about requests. `ca_file` is a
    PEM file to trust in place of the usual authorities.

    Further sources of credentials are a variable of another name for the bearer token (`token_key`), a `profile`, botocore's
    chain, and a `role` to assume with the keys that were found; `precedence` names the sources to ask, in order. `base_url` is
    an endpoint that yields to `endpoint`; `only_aws` refuses any that is not AWS's. `default_region` holds where nothing names
    a region. `colons` says how a model id's colon is sent, "encoded" or "raw". `total_timeout` bounds a whole call in seconds:
    its attempts, the `pauses` between them, and the reply to its end.

    Raises InvalidRequest for arguments that cannot be meant. All errors are BedrockErrors.
    """

    _transport = Blocking

    def converse(
        self,
        model: str,
        messages: Messages,
        *,
        system: System = None,
        options: Options | None = None,
        **members: Any,
    ) -> Reply:
        """The model's answer, whole.

        `model` is an id or an ARN. `messages` and `members` (`inferenceConfig`, `toolConfig`, ...) are in Converse's own
        shapes; bytes stand for blobs, a source may be a URL, and `cache_control` stands for a cache point. `system` may be a
        plain text. `options` take the place of the client's for this call.
        """
        return run(self._reply((model, messages, system, options, members)))

    def converse_stream(
        self,
        model: str,
        messages: Messages,
        *,
        system: System = None,
        options: Options | None = None,
        **members: Any,
    ) -> Stream:
        """The model's answer as it is given. Takes what `converse` takes; nothing is sent before the stream is entered."""
        return Stream(*self._source((model, messages, system, options, members)))

    def count_tokens(
        self,
        model: str,
        messages: Messages,
        *,
        system: System = None,
        options: Options | None = None,
        **members: Any,
    ) -> int:
        """The input tokens that `converse` would be charged for, by the service's own count."""
        return run(self._count((model, messages, system, options, members)))

    def invoke(self, model: str, body: Body) -> Invoked:
        """InvokeModel: a body in the model's own format, members or their JSON, and the reply's."""
        return run(self._invoked(model, body))

    def invoke_stream(self, model: str, body: Body) -> ChunkStream:
        """InvokeModelWithResponseStream: the chunks of the reply, in the model's own format."""
        return ChunkStream(self._chunks(model, body))

    def embed(
        self, model: str, texts: Sequence[str], *, dimensions: int | None = None, kind: str = "search_document"
    ) -> Embeddings:
        """A vector for each text, by Titan or Cohere. `kind` is Cohere's input_type."""
        return run(self._embeddings(model, texts, dimensions, kind))

    def close(self) -> None:
        """Close all connections."""
        run(self._network.shut())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncClient(_Client):
    """A Converse client for an event loop. Made as `Client` is; `aclose` it, or use it as an async context manager."""

    _transport = Looped

    async def converse(
        self,
        model: str,
        messages: Messages,
        *,
        system: System = None,
        options: Options | None = None,
        **members: Any,
    ) -> Reply:
        """The model's answer, whole. See `Client.converse`."""
        return await self._reply((model, messages, system, options, members))

    def converse_stream(
        self,
        model: str,
        messages: Messages,
        *,
        system: System = None,
        options: Options | None = None,
        **members: Any,
    ) -> AsyncStream:
        """The model's answer as it is given. See `Client.converse_stream`; there is nothing to await before entering."""
        return AsyncStream(*self._source((model, messages, system, options, members)))

    async def count_tokens(
        self,
        model: str,
        messages: Messages,
        *,
        system: System = None,
        options: Options | None = None,
        **members: Any,
    ) -> int:
        """The input tokens that `converse` would be charged for. See `Client.count_tokens`."""
        return await self._count((model, messages, system, options, members))

    async def invoke(self, model: str, body: Body) -> Invoked:
        """InvokeModel, in the model's own format. See `Client.invoke`."""
        return await self._invoked(model, body)

    def invoke_stream(self, model: str, body: Body) -> AsyncChunkStream:
        """InvokeModelWithResponseStream, in the model's own format. See `Client.invoke_stream`."""
        return AsyncChunkStream(self._chunks(model, body))

    async def embed(
        self, model: str, texts: Sequence[str], *, dimensions: int | None = None, kind: str = "search_document"
    ) -> Embeddings:
        """A vector for each text. See `Client.embed`."""
        return await self._embeddings(model, texts, dimensions, kind)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._network.shut()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
