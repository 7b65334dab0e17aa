"""The first bytes of an accepted socket: which HTTP it speaks.

Over TLS the two ends have agreed (ALPN). Otherwise the first bytes tell: an HTTP/2 client that has not asked begins with a
preface that is no request of HTTP/1.1 (RFC 9113, 3.4). So does the AWS SDK for JavaScript, to http endpoints of Bedrock
Runtime. The socket is handed on with what has been read, and this module is done with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeAlias, cast

from bedrock_harness.simulator.connection import Connection, Host
from bedrock_harness.simulator.http2 import Http2Connection
from bedrock_harness.simulator.silence import Silence

__all__ = ["Arrival", "Guest"]

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Arrival(asyncio.Protocol):
    """The protocol of an accepted socket until it is known which HTTP is spoken."""

    def __init__(
        self, host: Host, number: int, *, made: Callable[[Guest], None], gone: Callable[[Guest], None]
    ) -> None:
        self._host = host
        self._number = number
        self._made, self._gone = made, gone
        self._begun = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The peer is there."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._made(self)
        loop = asyncio.get_running_loop()
        self._silence = Silence(loop, self._host.limits.idle, busy=lambda: False, leave=self._transport.close)
        secured = transport.get_extra_info("ssl_object")
        if secured is not None and (agreed := secured.selected_alpn_protocol()) is not None:
            self._hand_on(Http2Connection if agreed == "h2" else Connection)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The peer is gone before it has said what it speaks."""
        self._forget()

    def data_received(self, data: bytes) -> None:
        """The first bytes, or some of them."""
        self._begun += data
        if self._begun.startswith(_PREFACE):
            self._hand_on(Http2Connection)
        elif not _PREFACE.startswith(self._begun):
            self._hand_on(Connection)

    def abort(self) -> None:
        """Leave at once: the simulator closes."""
        self._transport.abort()

    def _hand_on(self, kind: type[Connection | Http2Connection]) -> None:
        protocol = kind(self._host, self._number, made=self._made, gone=self._gone)
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        self._forget()
        if self._begun:
            protocol.data_received(self._begun)

    def _forget(self) -> None:
        self._silence.stop()
        self._gone(self)


Guest: TypeAlias = Arrival | Connection | Http2Connection
