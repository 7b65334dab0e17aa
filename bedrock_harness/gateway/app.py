"""The gateway as an ASGI application: routes, bounds, and what becomes of errors and of callers who leave.

Knows HTTP and nothing of either front's vocabulary: that is in `fronts`, as pure functions. Talks to Bedrock through the
reference client and in no other way.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from bedrock_harness.client import AsyncClient, AsyncStream, BedrockError
from bedrock_harness.client.body import to_json
from bedrock_harness.client.options import Note
from bedrock_harness.client.signing import is_loopback
from bedrock_harness.gateway import headers as amazon
from bedrock_harness.gateway.asked import Asked, Told
from bedrock_harness.gateway.bounds import CallerLeft, Limits, Places, read_within, unless_gone
from bedrock_harness.gateway.failures import Failure, failure_of
from bedrock_harness.gateway.fields import Refused
from bedrock_harness.gateway.fronts import FRONTS, OPENAI, Front
from bedrock_harness.gateway.handled import CLIENT_CLOSED_REQUEST, Handled, Watch
from bedrock_harness.gateway.listing import listed
from bedrock_harness.gateway.models import Models
from bedrock_harness.gateway.openai_embeddings import embeddings_reply, read_embeddings
from bedrock_harness.gateway.sse import encode
from bedrock_harness.wire.events import Event

__all__ = ["NOT_CARRIED", "application"]

NOT_CARRIED = "x-not-carried"
"""The header of a reply that names the request's members that were passed over."""

CHANGED = "x-changed"
"""The header of a reply that names what the client mended about the request, by the codes of its notes."""

MOST_NAMED = 50
"""Members named in a header. Servers and clients refuse heads of some 8 KiB."""

GRACE = 5.0
"""Seconds behind an answer's time in which a caller who reads slowly may take the rest of it."""

FORBIDDEN = 403
UNSUPPORTED_MEDIA_TYPE = 415

_log = logging.getLogger(__name__)


def application(
    connect: Callable[[], AsyncClient],
    *,
    models: Models | None = None,
    limits: Limits | None = None,
    observer: Callable[[Handled], None] = lambda _: None,
    exposed: bool = False,
) -> Starlette:
    """The gateway over the client that `connect` makes when it starts. `observer` is told of each request that is over.

    Unless it is `exposed`, requests must be addressed to this machine: a page in a browser whose host name was turned to
    loopback is sent away.
    """
    gateway = _Gateway(models or Models(), limits or Limits(), observer, exposed=exposed)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with connect() as gateway.client:
            yield

    routes = [
        *(Route(front.path, partial(gateway.converse, front), methods=["POST"]) for front in FRONTS),
        Route("/v1/embeddings", gateway.embed, methods=["POST"]),
        Route("/v1/models", gateway.list_models, methods=["GET"]),
        Route("/healthz", gateway.healthz, methods=["GET"]),
        Route("/readyz", gateway.readyz, methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={HTTPException: _no_route})


class _Gateway:
    """What the routes share."""

    client: AsyncClient

    def __init__(self, models: Models, limits: Limits, observer: Callable[[Handled], None], *, exposed: bool) -> None:
        self._exposed = exposed
        self._models = models
        self._limits = limits
        self._observer = observer
        self._places = Places(limits.requests)

    async def converse(self, front: Front, request: Request) -> Response:
        """Answer one request of a front: whole, or as a stream."""
        return await self._visited(front, request, partial(self._converse, front))

    async def embed(self, request: Request) -> Response:
        """Answer an embeddings request, which OpenAI's front alone has."""
        return await self._visited(OPENAI, request, self._embed)

    async def _visited(
        self, front: Front, request: Request, answer: Callable[[_Visit], Awaitable[Response]]
    ) -> Response:
        """An answer within all bounds, or the error that keeps it away, in the front's shape."""
        async with AsyncExitStack() as stack:
            visit = _Visit(request, self._limits.seconds, stack, self._observer)
            try:
                stack.enter_context(self._places.taken())
                async with asyncio.timeout_at(visit.deadline):
                    return await answer(visit)
            except (CallerLeft, ClientDisconnect):
                return Response(status_code=CLIENT_CLOSED_REQUEST)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told in its front's shape
                return _refusal(front, _failed(error, visit.watch))
        raise AssertionError("unreachable: no context swallows an error")

    async def _converse(self, front: Front, visit: _Visit) -> Response:
        request = visit.request
        asked = front.read(await self._json_of(request), request.headers, self._models)
        visit.watch.asked(asked)
        members = {**asked.members, **amazon.members(request.headers)}
        if asked.stream:
            return await self._stream(front, visit, asked, members)
        reply = await unless_gone(request, self.client.converse(asked.model, asked.messages, **members))
        headers = _head(front, asked.notes, reply.request_id, reply.notes)
        body = front.reply(reply, _told(asked, reply.request_id))
        visit.watch.answered()
        return _json(body, headers)

    async def _stream(self, front: Front, visit: _Visit, asked: Asked, members: dict[str, Any]) -> Response:
        """A stream whose first event has come: until then an error is a status of its own."""
        stream = self.client.converse_stream(asked.model, asked.messages, **members)
        visit.stack.push_async_callback(stream.aclose)
        await unless_gone(visit.request, stream.__aenter__())
        pieces = _pieces(front, asked, stream, visit)
        visit.stack.push_async_callback(pieces.aclose)
        headers = _head(front, asked.notes, stream.request_id, stream.notes)
        headers |= {"cache-control": "no-cache", "x-accel-buffering": "no"}
        return _Streamed(pieces, headers, visit.deadline, visit.stack.pop_all())

    async def _embed(self, visit: _Visit) -> Response:
        asked = read_embeddings(await self._json_of(visit.request), self._models)
        visit.watch.asked(asked)
        work = self.client.embed(asked.model, asked.texts, dimensions=asked.dimensions)
        body = embeddings_reply(await unless_gone(visit.request, work), asked)
        visit.watch.answered()
        return _json(body, _head(OPENAI, asked.notes, None, ()))

    async def list_models(self, request: Request) -> Response:
        """The names that a caller may use."""
        return _json(listed(self._models, request.headers), {})

    async def healthz(self, _request: Request) -> Response:
        """Whether the process answers."""
        return _json({"status": "ok"}, {})

    async def readyz(self, _request: Request) -> Response:
        """Whether one more request would be let in."""
        free = self._places.free
        return _json({"status": "ready" if free else "full"}, {}, status=200 if free else 503)

    async def _json_of(self, request: Request) -> object:
        if not (self._exposed or is_loopback(request.url.hostname or "")):
            raise Refused("host", "is not this machine, and this gateway serves nobody else", status=FORBIDDEN)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            # A page in a browser can send any other type to loopback without asking first (WHATWG Fetch, CORS).
            raise Refused("", "the content type must be application/json", status=UNSUPPORTED_MEDIA_TYPE)
        body = await read_within(request.stream(), self._limits.body)
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise Refused("", "the body is not JSON") from None


class _Visit:
    """One request under way: what has to be let go of behind it, and until when it may last."""

    def __init__(
        self, request: Request, seconds: float, stack: AsyncExitStack, observer: Callable[[Handled], None]
    ) -> None:
        self.request = request
        self.deadline = asyncio.get_running_loop().time() + seconds
        self.stack = stack
        self.watch = Watch(request.url.path, observer)
        stack.callback(self.watch.over)


class _Streamed(StreamingResponse):
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


async def _pieces(front: Front, asked: Asked, stream: AsyncStream, visit: _Visit) -> AsyncGenerator[bytes, None]:
    """The bytes of a stream. An error behind the first of them is told in the stream, and ends it."""
    writer = front.writer(asked, _told(asked, stream.request_id))
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
        yield encode(front.in_stream(_failed(error, visit.watch)))


async def _next(events: AsyncIterator[Event], deadline: float) -> Event | None:
    """The next event within the time, None behind the last."""
    async with asyncio.timeout_at(deadline):
        return await anext(events, None)


def _told(asked: Asked, request_id: str | None) -> Told:
    return Told(id=request_id or str(uuid4()), model=asked.name, created=int(time.time()))


def _head(
    front: Front, passed_over: tuple[str, ...], request_id: str | None, notes: tuple[Note, ...]
) -> dict[str, str]:
    """A reply's headers: its id, the request's members that were passed over, and what the client mended."""
    named = {NOT_CARRIED: passed_over, CHANGED: tuple(dict.fromkeys(note.code for note in notes))}
    return _id(front, request_id) | {name: ", ".join(values[:MOST_NAMED]) for name, values in named.items() if values}


def _id(front: Front, request_id: str | None) -> dict[str, str]:
    return {front.id_header: request_id} if request_id else {}


def _failed(error: Exception, watch: Watch) -> Failure:
    if not isinstance(error, (Refused, BedrockError, TimeoutError)):
        _log.error("a request failed in a way that was not foreseen", exc_info=error)
    failure = failure_of(error)
    watch.failed(failure)
    return failure


def _refusal(front: Front, failure: Failure) -> Response:
    headers = _id(front, failure.request_id)
    if failure.retry_after is not None:
        headers["retry-after"] = f"{failure.retry_after:.0f}"
    return _json(front.error(failure), headers, status=failure.status)


def _json(value: dict[str, Any], headers: Mapping[str, str], *, status: int = 200) -> Response:
    return Response(to_json(value), status, headers, "application/json")


async def _no_route(request: Request, error: Exception) -> Response:
    """A path or a method that there is not, in the shape of OpenAI's errors, which most clients can read."""
    assert isinstance(error, HTTPException)
    message = f"{error.detail}: {request.method} {request.url.path}"
    return _json(
        OPENAI.error(Failure(status=error.status_code, message=message)), error.headers or {}, status=error.status_code
    )
