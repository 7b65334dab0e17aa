"""Connections for httpx whose replies arrive in few chunks: `rechunking` between the socket and h11.

Knows how httpcore is given a network of one's own. It is httpcore's own network, blocking or in an event loop, with one
thing done to what is read, and no read that outlasts its call's deadline. Connections through a proxy are left to httpx alone.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import Any

import httpcore
import httpx

from bedrock_harness.client.network.deadline import current
from bedrock_harness.client.network.rechunking import Rechunker

__all__ = ["BlockingConnections", "LoopedConnections"]


class BlockingConnections(httpx.HTTPTransport):
    """httpx's own transport, on a pool whose connections join chunks."""

    def __init__(self, verify: ssl.SSLContext, limits: httpx.Limits) -> None:
        super().__init__(verify=verify, limits=limits)
        self._pool = httpcore.ConnectionPool(**_pool(verify, limits), network_backend=_Network())


class LoopedConnections(httpx.AsyncHTTPTransport):
    """The same in an event loop."""

    def __init__(self, verify: ssl.SSLContext, limits: httpx.Limits) -> None:
        super().__init__(verify=verify, limits=limits)
        self._pool = httpcore.AsyncConnectionPool(**_pool(verify, limits), network_backend=_LoopedNetwork())


def _pool(verify: ssl.SSLContext, limits: httpx.Limits) -> dict[str, Any]:
    return {
        "ssl_context": verify,
        "max_connections": limits.max_connections,
        "max_keepalive_connections": limits.max_keepalive_connections,
        "keepalive_expiry": limits.keepalive_expiry,
    }


def _in_time(timeout: float | None) -> float | None:
    """The timeout of a step that keeps the call's deadline. A socket's timeout of zero would mean another thing."""
    left = current().shorten(timeout)
    if left == 0.0:
        raise httpcore.ReadTimeout("the time of the whole call is over")
    return left


def _connect_in_time(options: dict[str, Any]) -> dict[str, Any]:
    return {**options, "timeout": _in_time(options.get("timeout"))}


class _Network(httpcore.SyncBackend):
    def connect_tcp(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(*args, **_connect_in_time(options)))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        self._chunks = Rechunker()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._chunks.feed(self._stream.read(max_bytes, _in_time(timeout)))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._chunks.begin()
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        # A thread that is waiting for this socket would not notice that it is closed, only that it is shut down.
        with suppress(OSError):
            socket.socket.shutdown(self._stream.get_extra_info("socket"), socket.SHUT_RDWR)
        self._stream.close()

    def start_tls(self, *args: Any, **options: Any) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _LoopedNetwork(httpcore.AnyIOBackend):
    async def connect_tcp(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _LoopedStream(await super().connect_tcp(*args, **_connect_in_time(options)))


class _LoopedStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._chunks = Rechunker()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's face
        return self._chunks.feed(await self._stream.read(max_bytes, _in_time(timeout)))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's face
        self._chunks.begin()
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        return _LoopedStream(await self._stream.start_tls(*args, **options))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
