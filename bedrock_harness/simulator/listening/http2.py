"""One client's connection over HTTP/2: requests side by side on streams, each answered as `connection` answers its one.

Frames, their compression and their order are the h2 library's business. What is added here are bounds on what a peer can
make grow: streams side by side, header lists, bodies that are not whole yet, and work begun only to be given up again
(CVE-2023-44487). A peer that does not read is not read from either, so that answers to its pings cannot pile up.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic_ns
from typing import cast

from h2.config import H2Configuration
from h2.connection import ConnectionState, H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RequestReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import ProtocolError
from h2.settings import SettingCodes, Settings

from bedrock_harness.simulator.listening.http2_fields import read_request_head
from bedrock_harness.simulator.listening.http2_stream import Stream
from bedrock_harness.simulator.listening.reception import Reception, leave_softly
from bedrock_harness.simulator.listening.requests import Limits, Refused, body_too_large
from bedrock_harness.simulator.listening.silence import Silence

__all__ = ["Http2Connection"]

_WINDOW = 1024 * 1024
"""Bytes that a peer may send ahead on a stream. The protocol's 64 KiB would make a body of 20 MB wait 300 times."""
_BODIES = 4
"""Bodies of the largest size that are held for one connection while they are not whole."""
_RESETS_PER_STREAM = 2
_RESET_WINDOW = 1.0
"""A peer that gives up more than twice as many streams in a second as it may have side by side is told to calm down:
a client that goes away gives up all that it has, once."""


class Http2Connection(asyncio.Protocol):
    """The protocol of one accepted socket whose peer speaks HTTP/2."""

    transport: asyncio.Transport

    def __init__(self, reception: Reception) -> None:
        self.peer = _make_peer(reception.host.limits)
        self._reception = reception
        self._host = reception.host
        self._streams: dict[int, Stream] = {}
        self._waiting: deque[int] = deque()
        self._resets: deque[float] = deque(maxlen=_RESETS_PER_STREAM * reception.host.limits.streams)
        self._turn: asyncio.Handle | None = None
        self._paused = self._leaving = self._left = False
        self._loop = asyncio.get_running_loop()

    # ------------------------------------------------------------------------------------------------- called by asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The peer is there: tell it the bounds."""
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
        self._reception.made(self)
        self._silence = Silence(
            self._loop,
            self._host.limits.idle,
            busy=lambda: any(stream.answering for stream in self._streams.values()),
            leave=self._leave,
        )
        self.peer.initiate_connection()
        self.peer.increment_flow_control_window(_BODIES * _WINDOW)
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The peer is gone, or we have closed."""
        self._silence.stop()
        if self._turn is not None:
            self._turn.cancel()
        for stream in tuple(self._streams.values()):
            self._give_up(stream)
        self._reception.gone(self)

    def data_received(self, data: bytes) -> None:
        """Bytes from the peer."""
        if self.closing:
            return
        try:
            events = self.peer.receive_data(data)
        except ProtocolError as error:
            self._host.refuse(Refused(400, f"This is no HTTP/2: {error}."))
            self._leave(error.error_code)
            return
        if any(isinstance(event, ConnectionTerminated) for event in events):
            # h2 takes a GOAWAY for the end of all streams. Those that have begun go on (RFC 9113, 6.8).
            self.peer.state_machine.state = ConnectionState.SERVER_OPEN
            self._leaving = True
        if any(isinstance(event, RequestReceived | DataReceived) for event in events):  # pings alone keep nothing alive
            self._silence.heard()
        # First all that has come in, then all that goes out: a stream may have been given up further on.
        for event in events:
            self._note(event)
        self._send()

    def pause_writing(self) -> None:
        """The peer reads more slowly than it is written to."""
        self._paused = True
        self.transport.pause_reading()
        for stream in self._streams.values():
            stream.wait(waits=True)

    def resume_writing(self) -> None:
        """The peer has caught up."""
        self._paused = False
        if not self.transport.is_closing():
            self.transport.resume_reading()
        if not self.closing:
            self._send()

    def abort(self) -> None:
        """Leave at once: the simulator closes, or a script says so."""
        self._left = True
        self.transport.abort()

    # ------------------------------------------------------------------------------------------------------ what comes in

    def _note(self, event: Event) -> None:
        match event:
            case RequestReceived():
                self._begin(event)
            case DataReceived(stream_id=int(number), data=bytes(data), flow_controlled_length=int(size)):
                self.peer.acknowledge_received_data(size, number)
                if stream := self._streams.get(number):
                    self._take(stream, data)
            case StreamEnded(stream_id=int(number)) if stream := self._streams.get(number):
                stream.whole = True
                self._settle_on(stream, None)
            case StreamReset(stream_id=int(number)):
                self._resets.append(self._loop.time())
                if stream := self._streams.get(number):
                    self._give_up(stream)

    def _begin(self, event: RequestReceived) -> None:
        head = read_request_head(event.headers)
        stream = self._streams[event.stream_id] = Stream(event.stream_id, head, self)
        length = head.header("content-length")
        if length.isdecimal() and int(length) > self._host.limits.body:
            self._settle_on(stream, body_too_large(self._host.limits))

    def _take(self, stream: Stream, data: bytes) -> None:
        stream.take(data)
        limit = self._host.limits.body
        if stream.held > limit or sum(each.held for each in self._streams.values()) > _BODIES * limit:
            self._settle_on(stream, body_too_large(self._host.limits))

    def _settle_on(self, stream: Stream, refused: Refused | None) -> None:
        if stream.item is None:
            stream.settle_on(refused)
            self._waiting.append(stream.number)

    def _give_up(self, stream: Stream) -> None:
        """The peer has reset the stream, or the connection is gone."""
        stream.stop()
        exchange = stream.exchange
        if exchange is not None and not self._left:
            exchange.closed_by_peer = monotonic_ns()
        self._forget(stream)

    def _forget(self, stream: Stream) -> None:
        del self._streams[stream.number]
        if stream.exchange is not None:
            self._host.settle(stream.exchange)

    # ------------------------------------------------------------------------------------------------------ what goes out

    @property
    def closing(self) -> bool:
        """Whether nothing more can be sent."""
        return self._left or self.transport.is_closing()

    def flush(self) -> None:
        """Write what the h2 library has to send."""
        if not self.closing and (data := self.peer.data_to_send()):
            self.transport.write(data)

    def over(self, stream: Stream, keep_alive: bool) -> None:
        """A stream has ended."""
        self._forget(stream)
        self._silence.heard()
        self._leaving |= not keep_alive
        self._leave_if_done()

    def _send(self) -> None:
        """Send all that may be sent by now."""
        if len(self._resets) == self._resets.maxlen and self._resets[-1] - self._resets[0] < _RESET_WINDOW:
            self._leave(ErrorCodes.ENHANCE_YOUR_CALM)
        for stream in tuple(self._streams.values()):
            if not self._paused:
                stream.go_on()
        self._next()
        self.flush()
        self._leave_if_done()

    def _next(self) -> None:
        """Answer one request in a turn of the loop: a peer with many takes turns with the others."""
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        while self._waiting and not self._paused and not self.closing:
            stream = self._streams.get(self._waiting.popleft())
            if stream is not None:
                self._answer(stream)
                self._turn = self._loop.call_soon(self._next)
                break

    def _answer(self, stream: Stream) -> None:
        item = stream.item
        if isinstance(item, Refused):
            stream.answer(self._loop, self._host.refuse(item), None)
        elif item is not None:
            exchange, outgoing = self._host.respond(item, self._reception.number, stream.arrived)
            stream.answer(self._loop, outgoing, exchange)

    def _leave_if_done(self) -> None:
        if self._leaving and not self._streams:
            self._leave()

    def _leave(self, code: ErrorCodes = ErrorCodes.NO_ERROR) -> None:
        """Say goodbye, drop what still arrives, and close. `code` tells the peer what it has done."""
        if not self.closing:
            self.peer.close_connection(code)
            self.flush()
            self._left = True
            leave_softly(self._loop, self.transport)


def _make_peer(limits: Limits) -> H2Connection:
    """The state of a connection with these bounds. What a script sends is not checked, and a request kept as received."""
    config = H2Configuration(
        client_side=False,
        normalize_inbound_headers=False,
        normalize_outbound_headers=False,
        validate_outbound_headers=False,
    )
    peer = H2Connection(config)
    initial = {
        SettingCodes.MAX_CONCURRENT_STREAMS: limits.streams,
        SettingCodes.MAX_HEADER_LIST_SIZE: limits.head,
        SettingCodes.INITIAL_WINDOW_SIZE: _WINDOW,
    }
    peer.local_settings = Settings(client=False, initial_values=initial)
    peer.decoder.max_header_list_size = limits.head
    return peer
