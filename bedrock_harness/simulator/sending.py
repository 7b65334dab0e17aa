"""One reply on its way out: writes on absolute deadlines, held back while the peer does not read, ended as the fault says.

Knows a transport and a loop, not what is written. A piece is one HTTP chunk and one write; the head goes with the first
piece, the end of the chunked body with the last.

Deadlines are counted from the moment the reply began, so that lateness does not add up: measured, sleeping between the
pieces makes a reply with gaps of 1 ms 12 % too long, deadlines 0.2 %.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from time import monotonic_ns

from msgspec import Struct

from bedrock_harness.simulator.delivery import Plan
from bedrock_harness.simulator.journal import Exchange, Write

__all__ = ["Outgoing", "Sending"]

_LAST_CHUNK = b"0\r\n\r\n"
_BURST = 64
"""Pieces written in one turn of the loop. A body in one-byte pieces must not keep other connections waiting."""
_FLUSH_POLL = 0.002
_LINGER_ZERO = struct.pack("ii", 1, 0)


class Outgoing(Struct, frozen=True):
    """A reply in bytes. `bodiless` is for HEAD, which is told the size and nothing more."""

    head: bytes
    plan: Plan
    chunked: bool
    keep_alive: bool
    bodiless: bool = False


class Sending:
    """Writes one `Outgoing` and journals it; calls `over(keep_alive)` once, unless it is stopped or stalls."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.Transport,
        outgoing: Outgoing,
        exchange: Exchange | None,
        over: Callable[[bool], None],
    ) -> None:
        self._loop = loop
        self._transport = transport
        self._outgoing = outgoing
        self._exchange = exchange
        self._over = over
        self._start = 0.0
        self._cuts = () if outgoing.bodiless else outgoing.plan.cuts
        self._next = self._offset = 0
        self._head = outgoing.head
        self._paused = False
        self._timer: asyncio.Handle | None = None

    def start(self) -> None:
        """Begin: deadlines are counted from here."""
        self._start = self._loop.time()
        self._go_on()

    def pause(self) -> None:
        """The peer reads too slowly: write nothing until `resume`."""
        self._paused = True

    def resume(self) -> None:
        """The peer reads again. Deadlines passed meanwhile are due at once."""
        self._paused = False
        if self._timer is None:
            self._go_on()

    def stop(self) -> None:
        """Write nothing more, and say what was sent."""
        if self._timer is not None:
            self._timer.cancel()
        self._paused = True
        self._record()

    def _go_on(self) -> None:
        self._timer = None
        plan = self._outgoing.plan
        last = max(len(self._cuts) - 1, 0)
        paced = plan.paced
        for _ in range(_BURST):
            if self._paused or self._transport.is_closing():
                return
            if paced and (due := self._start + plan.due(self._next)) > self._loop.time():
                self._timer = self._loop.call_at(due, self._go_on)
                return
            self._write_piece(is_last=self._next >= last)
            self._next += 1
            if self._next > last:
                self._end()
                return
        self._timer = self._loop.call_soon(self._go_on)

    def _write_piece(self, *, is_last: bool) -> None:
        """Write the next piece, or the head alone where the body is empty."""
        plan, chunked = self._outgoing.plan, self._outgoing.chunked and not self._outgoing.bodiless
        begin, end = self._offset, self._cuts[self._next] if self._cuts else 0
        parts = [self._head, piece := plan.body[begin:end]]
        if chunked and piece:
            parts[1:] = (b"%x\r\n" % len(piece), piece, b"\r\n")
        if chunked and is_last and plan.ending == "finish":
            parts.append(_LAST_CHUNK)
        self._head = b""
        if piece and self._exchange is not None:
            self._exchange.writes.append(Write(monotonic_ns(), begin, len(piece)))
        self._offset = end
        self._transport.write(b"".join(parts))

    def _end(self) -> None:
        match self._outgoing.plan.ending:
            case "finish":
                self._finish(keep_alive=self._outgoing.keep_alive)
            case "close":
                self._finish(keep_alive=False)
            case "reset":
                self._reset_when_flushed()
            case "stall":
                self._record()

    def _reset_when_flushed(self) -> None:
        """A reset throws away what the transport still holds, so wait until it holds nothing."""
        self._timer = None
        if self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size():
            self._timer = self._loop.call_later(_FLUSH_POLL, self._reset_when_flushed)
            return
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self._transport.abort()
        self._finish(keep_alive=False)

    def _finish(self, *, keep_alive: bool) -> None:
        self._record()
        if self._exchange is not None:
            self._exchange.finished = monotonic_ns()
        self._over(keep_alive)

    def _record(self) -> None:
        if self._exchange is not None:
            self._exchange.sent = self._outgoing.plan.body[: self._offset]
