"""The two ways of touching the network: blocking, and in an event loop. The only code of the client that exists twice.

Each method is one call of httpx. Everything else is written once, as coroutines over a `Transport`. Those of `Blocking`
never wait for an event loop, so that `run` takes a coroutine to its end in one step.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from functools import lru_cache
from typing import Any, Protocol, TypedDict, TypeVar
from urllib.request import getproxies

import httpx

from bedrock_harness.client.errors import BedrockError, ConnectionFailed, InvalidRequest, RequestTimeout
from bedrock_harness.client.network import deadline
from bedrock_harness.client.network.connecting import BlockingConnections, LoopedConnections

__all__ = [
    "Blocking",
    "HttpOptions",
    "Looped",
    "Transport",
    "direct",
    "http_options",
    "out_of_time",
    "run",
    "tls_context",
    "translate",
]

T = TypeVar("T")

_LOOPBACK = ("all://127.0.0.1", "all://[::1]", "all://localhost")
"""Hosts that are reached without a proxy, whatever HTTP_PROXY says: a proxy's loopback is another machine's."""

_PHASES = (
    (httpx.ConnectTimeout, "connect", "the connection was not made"),
    (httpx.WriteTimeout, "write", "the request could not be sent"),
    (httpx.ReadTimeout, "read", "nothing arrived"),
    (httpx.PoolTimeout, "pool", "no connection became free"),
)


class Transport(Protocol):
    """What the client asks of the network. A body is read through the handle that `pieces` returns."""

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the reply's head."""

    def pieces(self, response: httpx.Response) -> AsyncGenerator[bytes]:
        """The body's bytes as they arrive, undecoded."""

    async def close(self, response: httpx.Response) -> None:
        """Have done with a reply. A connection whose reply was read to the end is kept, any other is closed."""

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""

    async def aside(self, task: Callable[[], T]) -> T:
        """The result of something that blocks, such as asking for credentials."""

    async def shut(self) -> None:
        """Close all connections."""


class HttpOptions(TypedDict):
    """What both of httpx's clients are made with."""

    verify: ssl.SSLContext
    timeout: httpx.Timeout
    limits: httpx.Limits


class Blocking:
    """A transport that blocks the calling thread. Its coroutines never suspend."""

    def __init__(self, options: HttpOptions) -> None:
        connections = BlockingConnections(options["verify"], options["limits"])
        self._client = httpx.Client(**options, mounts=dict.fromkeys(direct(), connections))

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send; the reply's body is not read yet."""
        return self._client.send(request, stream=True)

    async def pieces(self, response: httpx.Response) -> AsyncGenerator[bytes]:
        """The raw body: httpx would wait for whole pieces of a given size otherwise."""
        for piece in response.iter_raw():
            yield piece

    async def close(self, response: httpx.Response) -> None:
        """Close the reply."""
        response.close()

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)  # noqa: ASYNC251 - no loop is running here

    async def aside(self, task: Callable[[], T]) -> T:
        """Do it here: this thread may block."""
        return task()

    async def shut(self) -> None:
        """Close the pool."""
        self._client.close()


class Looped:
    """A transport in the running event loop."""

    def __init__(self, options: HttpOptions) -> None:
        connections = LoopedConnections(options["verify"], options["limits"])
        self._client = httpx.AsyncClient(**options, mounts=dict.fromkeys(direct(), connections))

    async def send(self, request: httpx.Request) -> httpx.Response:
        """Send; the reply's body is not read yet."""
        return await self._client.send(request, stream=True)

    def pieces(self, response: httpx.Response) -> AsyncGenerator[bytes]:
        """The raw body: httpx would wait for whole pieces of a given size otherwise."""
        return response.aiter_raw()  # type: ignore[return-value]

    async def close(self, response: httpx.Response) -> None:
        """Close the reply."""
        await response.aclose()

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)

    async def aside(self, task: Callable[[], T]) -> T:
        """Let one of the loop's threads do it."""
        return await asyncio.to_thread(task)

    async def shut(self) -> None:
        """Close the pool."""
        await self._client.aclose()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine over a `Blocking` transport, which has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    coroutine.close()
    raise RuntimeError("a coroutine over a blocking transport waited for an event loop")


def http_options(*, timeout: float | None, read_timeout: float | None, ca_file: str | None) -> HttpOptions:
    """Options for httpx. Waiting for a free connection would age the signature, so their number has no limit.

    Raises InvalidRequest for a time that is none: to httpx it would be one that is over at once.
    """
    for name, seconds in (("timeout", timeout), ("read_timeout", read_timeout)):
        if seconds is not None and seconds <= 0:
            raise InvalidRequest(f"{name} is {seconds:g} s.", hint="None is no bound.")
    return {
        "verify": tls_context(ca_file),
        "timeout": httpx.Timeout(timeout, read=timeout if read_timeout is None else read_timeout),
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=20),
    }


def direct() -> tuple[str, ...]:
    """What is reached without a proxy, as httpx writes patterns: this machine, and whatever no variable names a proxy for."""
    return _LOOPBACK if "all" in getproxies() else ("all://", *_LOOPBACK)


@lru_cache(maxsize=8)
def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """What to trust: the authorities in a PEM file, or httpx's own. Kept, since making one takes some 20 ms."""
    if ca_file is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        reason = error.strerror or error
        raise InvalidRequest(f"{ca_file} holds no certificates to trust: {reason}.", hint="Give a PEM file.") from error


def translate(error: httpx.HTTPError) -> BedrockError:
    """An error of httpx as the client's own. The original is to be kept as its cause."""
    host = error.request.url.netloc.decode()
    if isinstance(error, httpx.TimeoutException) and deadline.current().is_over():
        return out_of_time(host)
    for kind, phase, what in _PHASES:
        if isinstance(error, kind):
            seconds = error.request.extensions["timeout"][phase]
            return RequestTimeout(
                f"{host}: {what} within {seconds:g} s.",
                phase=phase,
                seconds=seconds,
                retryable=phase in {"connect", "pool"},
            )
    reason = str(error).rstrip(".") or type(error).__name__
    return ConnectionFailed(f"{host}: {reason}.", retryable=True)


def out_of_time(host: str) -> RequestTimeout:
    """The error of a call that has taken all the time it may."""
    seconds = deadline.current().seconds
    return RequestTimeout(f"{host}: not done within {seconds:g} s.", phase="total", seconds=seconds)
