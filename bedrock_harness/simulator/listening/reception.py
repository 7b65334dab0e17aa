"""What every connection is received with, whichever HTTP it turns out to speak."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bedrock_harness.simulator.journal import Exchange
from bedrock_harness.simulator.listening.requests import Limits, Received, Refused
from bedrock_harness.simulator.listening.sending import Outgoing

__all__ = ["Guest", "Host", "Reception", "leave_softly"]

_LINGER = 1.0
"""Seconds in which what a refused peer still sends is read and dropped, so that the refusal is not lost in a TCP reset
(RFC 9112, 9.6)."""


class Host(Protocol):
    """What a connection needs of the simulator."""

    limits: Limits

    def respond(self, received: Received, connection: int, at: int) -> tuple[Exchange | None, Outgoing]:
        """Judge a request received at that monotonic time, and say what goes out; not every request is an exchange."""

    def refuse(self, refused: Refused) -> Outgoing:
        """Say what goes out to bytes that are no request."""

    def settle(self, exchange: Exchange) -> None:
        """An exchange is over."""


class Guest(Protocol):
    """A connection as its listener knows it."""

    def abort(self) -> None:
        """Leave at once."""


@dataclass(frozen=True)
class Reception:
    """Who answers a connection's requests, its number, and whom to tell that a guest is there and gone.

    `interception` makes the port a proxy: it is the TLS of the hosts that the simulator stands in for.
    """

    host: Host
    number: int
    made: Callable[[Guest], None]
    gone: Callable[[Guest], None]
    interception: ssl.SSLContext | None = None


def leave_softly(loop: asyncio.AbstractEventLoop, transport: asyncio.Transport) -> None:
    """Close our direction, and the rest when the peer has had time to read what was said last."""
    if transport.can_write_eof():
        transport.write_eof()
    loop.call_later(_LINGER, transport.close)
