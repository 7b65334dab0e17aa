"""One stream of an HTTP/2 connection: the request that grows on it, then the reply.

To the `Sending` of its reply it is the transport. So what is written for HTTP/1.1 becomes frames here: the head a HEADERS
frame, the body DATA frames as large as the peer's windows allow; what they do not allow waits. A reply that breaks off ends
in RST_STREAM, which is what a front end makes of a lost connection behind it. A reset is one of TCP, and takes the whole
connection with it.
"""

from __future__ import annotations

import asyncio
from time import monotonic_ns
from typing import Any, Protocol, cast

from h2.connection import H2Connection
from h2.errors import ErrorCodes
from msgspec import structs

from bedrock_harness.simulator.journal import Exchange
from bedrock_harness.simulator.listening.http2_fields import RequestHead, response_fields
from bedrock_harness.simulator.listening.requests import Item, Received
from bedrock_harness.simulator.listening.sending import Outgoing, Sending
from bedrock_harness.wire.sigv4 import Request

__all__ = ["Carrier", "Stream"]

_CONTINUE = ((b":status", b"100"),)


class Carrier(Protocol):
    """What a stream needs of its connection."""

    peer: H2Connection
    transport: asyncio.Transport

    @property
    def closing(self) -> bool:
        """Whether nothing more can be sent."""

    def flush(self) -> None:
        """Write what the h2 library has to send."""

    def over(self, stream: Stream, keep_alive: bool) -> None:
        """The stream has ended; without `keep_alive` the connection is to end after it."""

    def abort(self) -> None:
        """End the connection at once."""


class Stream:
    """A stream, from its request's head to the end of its reply."""

    def __init__(self, number: int, head: RequestHead, carrier: Carrier) -> None:
        self.number = number
        self.item: Item | None = None
        """What the peer has sent, once that is known: a whole request, or why it is refused."""
        self.arrived = 0
        """Monotonic nanoseconds of that moment."""
        self.exchange: Exchange | None = None
        self.held = 0
        """Bytes of the request's body that are held while it is not whole."""
        self.whole = False
        """Whether the peer has ended its side."""
        self._head = head
        self._pieces: list[bytes] = []
        self._expects = head.header("expect").lower() == "100-continue"
        self._carrier = carrier
        self._sending: Sending | None = None
        self._waits = False
        self._unsent = bytearray()
        self._reply_head = b""
        self._breaks = False
        self._ending: ErrorCodes | None = None
        self._keep_alive = True

    # ------------------------------------------------------------------------------------------------------- the request

    def take(self, data: bytes) -> None:
        """A piece of the request's body; of one that is settled it is dropped."""
        if self.item is None:
            self._expects = False
            self._pieces.append(data)
            self.held += len(data)

    def settle_on(self, item: Item | None) -> None:
        """This is the request: a refusal, or with None all that has come."""
        head = self._head
        request = Request(head.method, head.target, head.headers, b"".join(self._pieces))
        self.item = item or Received(request, keep_alive=True, chunked_ok=True)
        self.arrived = monotonic_ns()
        self._pieces.clear()
        self.held = 0

    # --------------------------------------------------------------------------------------------------------- the reply

    @property
    def answering(self) -> bool:
        """Whether a reply is under way."""
        return self._sending is not None

    def answer(self, loop: asyncio.AbstractEventLoop, outgoing: Outgoing, exchange: Exchange | None) -> None:
        """Begin the reply. HTTP/2 has its own way to end a body: no chunks."""
        self.exchange = exchange
        self._reply_head = outgoing.head
        self._breaks = outgoing.plan.ending != "finish"
        transport = cast("asyncio.Transport", self)
        self._sending = Sending(loop, transport, structs.replace(outgoing, chunked=False), exchange, self._written)
        self._sending.start()

    def go_on(self) -> None:
        """Send what has waited, as far as the peer allows by now, and tell a peer that waits to send its body."""
        if self._expects and self.item is None:
            self._expects = False
            self._carrier.peer.send_headers(self.number, _CONTINUE)
        self._push()
        if not self._unsent:
            self.wait(waits=False)

    def wait(self, *, waits: bool) -> None:
        """Have the `Sending` wait, or go on."""
        if self._sending is not None and waits != self._waits:
            self._waits = waits
            (self._sending.pause if waits else self._sending.resume)()

    def stop(self) -> None:
        """The peer has given the stream up, or is gone: send nothing more."""
        if self._sending is not None:
            self._sending.stop()
            self._sending = None

    def _written(self, keep_alive: bool) -> None:
        """The `Sending` is over: the stream is, when all of it is sent."""
        self._sending = None
        # A reply that breaks off, and a refusal, concern their stream alone.
        self._keep_alive = keep_alive or self._breaks or self.exchange is None
        self._ending = ErrorCodes.INTERNAL_ERROR if self._breaks else ErrorCodes.NO_ERROR
        self._push()

    def _push(self) -> None:
        peer = self._carrier.peer
        if self._carrier.closing:
            return
        while self._unsent:
            room = min(peer.local_flow_control_window(self.number), peer.max_outbound_frame_size)
            if room <= 0:
                break
            peer.send_data(self.number, bytes(self._unsent[:room]))
            del self._unsent[:room]
        if self._ending is not None and not self._unsent:
            self._end(self._ending)
        self._carrier.flush()

    def _end(self, code: ErrorCodes) -> None:
        self._ending = None
        if code is ErrorCodes.NO_ERROR:
            self._carrier.peer.end_stream(self.number)
        if code is not ErrorCodes.NO_ERROR or not self.whole:
            # After a whole reply it asks the peer to stop sending its request (RFC 9113, 8.1).
            self._carrier.peer.reset_stream(self.number, code)
        self._carrier.over(self, self._keep_alive)

    # ------------------------------------------------------------------------ what a `Sending` needs of an asyncio.Transport

    def write(self, data: bytes) -> None:
        """Send a piece of the reply. Its head comes with the first."""
        if self._reply_head:
            self._carrier.peer.send_headers(self.number, response_fields(self._reply_head))
            data = data[len(self._reply_head) :]
            self._reply_head = b""
        self._unsent += data
        self._push()
        if self._unsent:
            self.wait(waits=True)

    def is_closing(self) -> bool:
        """Whether the connection is."""
        return self._carrier.closing

    def get_write_buffer_size(self) -> int:
        """Bytes that have not left this process."""
        return len(self._unsent) + self._carrier.transport.get_write_buffer_size()

    def get_extra_info(self, name: str) -> Any:
        """The connection's."""
        return self._carrier.transport.get_extra_info(name)

    def abort(self) -> None:
        """End the whole connection at once."""
        self._carrier.abort()
