"""The first bytes of an accepted socket: which HTTP it speaks.

Over TLS the two ends have agreed (ALPN). Otherwise the first bytes tell: an HTTP/2 client that has not asked begins with a
preface that is no request of HTTP/1.1 (RFC 9113, 3.4). So does the AWS SDK for JavaScript, to http endpoints of Bedrock
Runtime. The socket is handed on with what has been read, and this module is done with it.
"""

from __future__ import annotations

import asyncio
from typing import cast

from bedrock_harness.simulator.listening.connection import Connection
from bedrock_harness.simulator.listening.http2 import Http2Connection
from bedrock_harness.simulator.listening.proxy import CONNECT, Tunnel
from bedrock_harness.simulator.listening.reception import Reception
from bedrock_harness.simulator.listening.silence import Silence

__all__ = ["Arrival"]

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


class Arrival(asyncio.Protocol):
    """The protocol of an accepted socket until it is known which HTTP is spoken."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._transport: asyncio.Transport | None = None
        self._begun = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The peer is there."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._reception.made(self)
        loop = asyncio.get_running_loop()
        limits = self._reception.host.limits
        self._silence = Silence(loop, limits.idle, busy=lambda: False, leave=self._transport.close)
        secured = transport.get_extra_info("ssl_object")
        if secured is not None and (agreed := secured.selected_alpn_protocol()) is not None:
            self._hand_on(Http2Connection(self._reception) if agreed == "h2" else Connection(self._reception))
        else:
            self._look()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The peer is gone before it has said what it speaks."""
        if self._transport is not None:
            self._forget()

    def data_received(self, data: bytes) -> None:
        """The first bytes, or some of them. Out of a tunnel they may come before asyncio has said that it is there."""
        self._begun += data
        if self._transport is not None:
            self._look()

    def abort(self) -> None:
        """Leave at once: the simulator closes."""
        if self._transport is not None:
            self._transport.abort()

    def _look(self) -> None:
        """Hand the connection on as soon as its first bytes tell what is spoken."""
        if self._begun.startswith(_PREFACE):
            self._hand_on(Http2Connection(self._reception))
        elif self._reception.interception is not None and self._begun.startswith(CONNECT):
            self._hand_on(Tunnel(self._reception, Arrival))
        elif not any(start.startswith(self._begun) for start in (_PREFACE, CONNECT)):
            self._hand_on(Connection(self._reception))

    def _hand_on(self, protocol: asyncio.Protocol) -> None:
        assert self._transport is not None
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        self._forget()
        if self._begun:
            protocol.data_received(self._begun)

    def _forget(self) -> None:
        self._silence.stop()
        self._reception.gone(self)
