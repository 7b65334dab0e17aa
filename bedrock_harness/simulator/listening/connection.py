"""One client's connection: requests answered in order, the next one only after the reply before is over.

Between the socket and the two ends that know HTTP (`requests` reads it, `sending` writes it). What is answered is none of its
business: it hands each request to `respond` and sends what it gets.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic_ns
from typing import cast

from bedrock_harness.simulator.journal import Exchange
from bedrock_harness.simulator.listening.proxy import origin_form
from bedrock_harness.simulator.listening.reception import Reception, leave_softly
from bedrock_harness.simulator.listening.requests import Item, Refused, RequestReader
from bedrock_harness.simulator.listening.sending import Sending
from bedrock_harness.simulator.listening.silence import Silence

__all__ = ["Connection"]

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Connection(asyncio.Protocol):
    """The protocol of one accepted socket."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._host = reception.host
        self._reader = RequestReader(reception.host.limits)
        self._waiting: deque[tuple[Item, int]] = deque()
        self._exchange: Exchange | None = None
        self._refusing = False
        self._sending: Sending | None = None
        self._leaving = self._reading_paused = False
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The peer is there."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._reception.made(self)
        self._silence = Silence(
            self._loop,
            self._host.limits.idle,
            unfinished=self._host.limits.arrival,
            busy=lambda: self._sending is not None,
            leave=self._transport.close,
        )

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The peer is gone, or we have closed."""
        self._silence.stop()
        self._waiting.clear()
        if self._sending is not None:
            self._sending.stop()
        if self._exchange is not None:
            if not self._leaving and self._exchange.finished is None:
                self._exchange.closed_by_peer = monotonic_ns()
            self._settle()
        self._sending = None
        self._reception.gone(self)

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer."""
        items = self._reader.feed(data)
        self._silence.heard(whole=bool(items) or not self._reader.started)
        if items:
            now = monotonic_ns()
            self._waiting.extend((item, now) for item in items)
        self._next()

    def pause_writing(self) -> None:
        """The peer reads more slowly than it is written to."""
        if self._sending is not None:
            self._sending.pause()

    def resume_writing(self) -> None:
        """The peer has caught up."""
        if self._sending is not None:
            self._sending.resume()

    def abort(self) -> None:
        """Leave at once: the simulator closes."""
        self._leaving = True
        self._transport.abort()

    def _next(self) -> None:
        """Answer the next request, unless a reply is under way; hold back the peer that has too many waiting.

        One in a turn of the loop: a peer that pipelines takes turns with the others.
        """
        if self._sending is None and self._waiting and not self._transport.is_closing():
            self._answer(*self._waiting.popleft())
        if self._sending is None and self._reader.awaits_continue and not self._transport.is_closing():
            self._reader.continue_sent()
            self._transport.write(_CONTINUE)
        self._hold_back(hold=len(self._waiting) >= self._host.limits.pipelined)

    def _answer(self, item: Item, at: int) -> None:
        self._refusing = isinstance(item, Refused)
        if self._reception.interception is not None:
            item = origin_form(item)
        if isinstance(item, Refused):
            outgoing = self._host.refuse(item)
        else:
            self._exchange, outgoing = self._host.respond(item, self._reception.number, at)
        self._sending = Sending(self._loop, self._transport, outgoing, self._exchange, self._over)
        self._sending.start()

    def _over(self, keep_alive: bool) -> None:
        self._sending = None
        self._settle()
        self._silence.heard()
        if self._refusing:
            self._leave_softly()
        elif not keep_alive:
            self._transport.close()
        else:
            self._loop.call_soon(self._next)

    def _settle(self) -> None:
        exchange, self._exchange = self._exchange, None
        if exchange is not None:
            self._host.settle(exchange)

    def _leave_softly(self) -> None:
        """The reader drops what still arrives."""
        self._hold_back(hold=False)
        leave_softly(self._loop, self._transport)

    def _hold_back(self, *, hold: bool) -> None:
        if hold != self._reading_paused and not self._transport.is_closing():
            self._reading_paused = hold
            (self._transport.pause_reading if hold else self._transport.resume_reading)()
