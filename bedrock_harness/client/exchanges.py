"""A request and its reply, start to end: written once, as coroutines over a transport.

Knows the order of things: sign, send, look at the status, read within bounds, try again. What each step decides is decided
in the module of its name. A reply that comes as events is `event_source`'s.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import httpx

from bedrock_harness.client import refusals, remedies, replies, retrying, signing
from bedrock_harness.client.errors import BedrockError, ProtocolError
from bedrock_harness.client.network import Deadline, Transport, transport
from bedrock_harness.client.settings import Settings
from bedrock_harness.client.signing import Call

__all__ = [
    "MAX_BODY",
    "converse",
    "identified",
    "post",
    "read_body",
    "request_id_of",
    "too_long",
    "with_retries",
]

T = TypeVar("T")

MAX_BODY = 64 * 1024 * 1024
"""Bytes taken of a reply: 128,000 tokens streamed one an event, at the 200 bytes an event has on the wire, are 26 MB."""


async def converse(network: Transport, settings: Settings, call: Call) -> replies.Reply:
    """Ask Converse."""

    async def ask() -> replies.Reply:
        response = await post(network, settings, call)
        return replies.read_reply(await read_body(network, response, MAX_BODY), request_id_of(response))

    return await with_retries(network, settings, ask)


async def with_retries(
    network: Transport, settings: Settings, task: Callable[[], Awaitable[T]], deadline: Deadline | None = None
) -> T:
    """The task's result, after as many attempts as the settings allow and its errors deserve, and in the time they allow."""
    attempt = 1
    with deadline or Deadline(settings.total_timeout) as end:
        while True:
            try:
                return await task()
            except BedrockError as error:
                roll = random.random()  # noqa: S311 - chance, not a secret
                pause = retrying.pause_before_retry(error, attempt, settings.attempts, roll, settings.pauses)
                if pause is None or end.shorten(pause) != pause:
                    raise
            await network.sleep(pause)
            attempt += 1


async def post(network: Transport, settings: Settings, call: Call) -> httpx.Response:
    """Sign and send once. Returns the head of a reply with status 200, raises the error that any other is."""
    settings = await identified(network, settings)
    request = signing.request_for(call, settings, settings.clock.corrected(signing.now()))
    try:
        response = await network.send(request)
    except httpx.HTTPError as error:
        raise transport.translate(error) from error
    if response.status_code == httpx.codes.OK:
        return response
    body = await read_body(network, response, refusals.MAX_REFUSAL, cut=True)
    now = signing.now()
    refusal = refusals.read_refusal(response.status_code, response.headers, body, identity=settings.identity, now=now)
    remedies.put_right(settings, refusal, now)
    raise refusal


async def identified(network: Transport, settings: Settings) -> Settings:
    """The settings with an identity that is fresh: of keys that expire each attempt gets its own."""
    supply = settings.chosen.supply
    if supply is None:
        return settings
    return replace(settings, identity=supply.ready() or await network.aside(supply.current))


async def read_body(network: Transport, response: httpx.Response, limit: int, *, cut: bool = False) -> bytes:
    """The body, of at most `limit` bytes; a longer one is an error, or cut off there."""
    pieces, body = network.pieces(response), bytearray()
    try:
        async for piece in pieces:
            body += piece
            if len(body) > limit:
                if cut:
                    break
                raise too_long(limit, request_id_of(response))
    except httpx.HTTPError as error:
        if not cut:
            raise transport.translate(error) from error
    finally:
        await network.close(response)
        await pieces.aclose()
    return bytes(body[:limit])


def request_id_of(response: httpx.Response) -> str | None:
    """The service's id of the request."""
    request_id: str | None = response.headers.get("x-amzn-requestid")
    return request_id


def too_long(limit: int, request_id: str | None) -> ProtocolError:
    """The error of a body that no model would send."""
    return ProtocolError(
        f"The reply is longer than {limit} bytes: no model answers at such length.", request_id=request_id
    )
