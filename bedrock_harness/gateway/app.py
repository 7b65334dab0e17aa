"""The gateway as an ASGI application: routes, bounds, and what becomes of errors and of callers who leave.

Knows HTTP and nothing of either front's vocabulary: that is in `fronts`, as pure functions. Talks to Bedrock through the
reference client and in no other way.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bedrock_harness.client import AsyncClient
from bedrock_harness.client.signing import is_loopback
from bedrock_harness.gateway import headers as amazon
from bedrock_harness.gateway.answers import failed, head, json_reply, refusal, told_of
from bedrock_harness.gateway.asked import Asked
from bedrock_harness.gateway.bounds import CallerLeft, Limits, Places, read_within, unless_gone
from bedrock_harness.gateway.failures import Failure
from bedrock_harness.gateway.fields import Refused
from bedrock_harness.gateway.fronts import FRONTS, OPENAI, Front
from bedrock_harness.gateway.handled import CLIENT_CLOSED_REQUEST, Handled
from bedrock_harness.gateway.listing import listed
from bedrock_harness.gateway.models import Models
from bedrock_harness.gateway.openai_embeddings import embeddings_reply, read_embeddings
from bedrock_harness.gateway.streaming import Streamed, Visit, pieces

__all__ = ["application"]

FORBIDDEN = 403
UNSUPPORTED_MEDIA_TYPE = 415


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
        self, front: Front, request: Request, answer: Callable[[Visit], Awaitable[Response]]
    ) -> Response:
        """An answer within all bounds, or the error that keeps it away, in the front's shape."""
        async with AsyncExitStack() as stack:
            visit = Visit(request, self._limits.seconds, stack, self._observer)
            try:
                stack.enter_context(self._places.taken())
                async with asyncio.timeout_at(visit.deadline):
                    return await answer(visit)
            except (CallerLeft, ClientDisconnect):
                return Response(status_code=CLIENT_CLOSED_REQUEST)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller is told in its front's shape
                return refusal(front, failed(error, visit.watch))
        raise AssertionError("unreachable: no context swallows an error")

    async def _converse(self, front: Front, visit: Visit) -> Response:
        request = visit.request
        asked = front.read(await self._json_of(request), request.headers, self._models)
        visit.watch.asked(asked)
        members = {**asked.members, **amazon.members(request.headers)}
        if asked.stream:
            return await self._stream(front, visit, asked, members)
        reply = await unless_gone(request, self.client.converse(asked.model, asked.messages, **members))
        headers = head(front, asked.notes, reply.request_id, reply.notes)
        body = front.reply(reply, told_of(asked, reply.request_id))
        visit.watch.answered()
        return json_reply(body, headers)

    async def _stream(self, front: Front, visit: Visit, asked: Asked, members: dict[str, Any]) -> Response:
        """A stream whose first event has come: until then an error is a status of its own."""
        stream = self.client.converse_stream(asked.model, asked.messages, **members)
        visit.stack.push_async_callback(stream.aclose)
        await unless_gone(visit.request, stream.__aenter__())
        headers = head(front, asked.notes, stream.request_id, stream.notes)
        headers |= {"cache-control": "no-cache", "x-accel-buffering": "no"}
        return Streamed(pieces(front, asked, stream, visit), headers, visit.deadline, visit.stack.pop_all())

    async def _embed(self, visit: Visit) -> Response:
        asked = read_embeddings(await self._json_of(visit.request), self._models)
        visit.watch.asked(asked)
        work = self.client.embed(asked.model, asked.texts, dimensions=asked.dimensions)
        body = embeddings_reply(await unless_gone(visit.request, work), asked)
        visit.watch.answered()
        return json_reply(body, head(OPENAI, asked.notes, None, ()))

    async def list_models(self, request: Request) -> Response:
        """The names that a caller may use."""
        return json_reply(listed(self._models, request.headers), {})

    async def healthz(self, _request: Request) -> Response:
        """Whether the process answers."""
        return json_reply({"status": "ok"}, {})

    async def readyz(self, _request: Request) -> Response:
        """Whether one more request would be let in."""
        free = self._places.free
        return json_reply({"status": "ready" if free else "full"}, {}, status=200 if free else 503)

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


async def _no_route(request: Request, error: Exception) -> Response:
    """A path or a method that there is not, in the shape of OpenAI's errors, which most clients can read."""
    assert isinstance(error, HTTPException)
    message = f"{error.detail}: {request.method} {request.url.path}"
    return json_reply(
        OPENAI.error(Failure(status=error.status_code, message=message)), error.headers or {}, status=error.status_code
    )
