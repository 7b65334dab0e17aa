"""An event stream taken apart: what each byte of it is, what it says, and what is wrong where.

Knows where to read on when a stream is broken. Does not judge: every fault is the error that `FrameDecoder`, `read_event`
or `Grammar` has for the same bytes, with its offset.

Theory of operation. The bytes are a row of pieces, and each piece is a tree of spans whose leaves tile it: no byte is
left out, none is told twice. A decoder stops at its first fault. Here reading goes on, for the reader's sake, where a
next frame is plausible: 8 bytes of lengths within the specification's limits, and 4 that are their CRC-32. By chance that
happens once in 4,000 million places. A broken frame's own lengths are believed when a plausible frame, or the end of
the bytes, is where they say; else the bytes are searched.
"""

from __future__ import annotations

import re

from msgspec import Struct
from msgspec.structs import replace

from bedrock_harness.wire.errors import (
    EventError,
    EventHeaderError,
    FrameError,
    HeaderError,
    PreludeChecksumError,
    WireError,
)
from bedrock_harness.wire.events import Event, UnknownEvent, read_event
from bedrock_harness.wire.frames import Frame, FrameDecoder
from bedrock_harness.wire.grammar import Grammar, OrderViolation
from bedrock_harness.wire.layout import PRELUDE, Kind, Span, end_of, lay_out, plausible

__all__ = ["Dissection", "Fault", "Piece", "dissect", "next_frame"]

# Each search may read what is left of the stream: a stream made of beginnings alone would be read as often as it has bytes.
_MOST_LOST = 100
# The first bytes of lengths within the limits: below 2 * 2**24 for the frame, below 3 * 2**16 for its headers.
_PLAUSIBLE = re.compile(rb"(?=[\x00\x01][\x00-\xff]{3}\x00[\x00-\x02])")


class Fault(Struct, frozen=True):
    """What is wrong at an offset of the stream: the name of the typed error, its message and its hint."""

    offset: int
    error: str
    message: str
    hint: str


class Piece(Struct, frozen=True):
    """A frame, whole or broken, or bytes that are none. It ends where the next piece begins.

    `frame` and `event` are what it says; of a broken frame, what it seems to say. They are None where that cannot be read.
    `lost` says that the piece does not end where its own lengths say: the place of the next one had to be searched for.
    """

    span: Span
    frame: Frame | None = None
    event: Event | None = None
    fault: Fault | None = None
    lost: bool = False
    disorder: OrderViolation | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it, its place in the order included."""
        return self.fault is None and self.disorder is None


class Dissection(Struct, frozen=True):
    """A stream's pieces in their order, and what its end lacks by the order of events.

    `ordered` says that the order was judged: it is where any event is ConverseStream's, or where there is none at all.
    """

    size: int
    pieces: tuple[Piece, ...]
    ordered: bool
    end: OrderViolation | None

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with any piece, nor with the end."""
        return self.end is None and all(piece.sound for piece in self.pieces)


def dissect(data: bytes) -> Dissection:
    """Take a whole stream apart. Raises nothing, whatever the bytes."""
    pieces: list[Piece] = []
    position = lost = 0
    while position < len(data):
        pieces.append(_piece(data, position) if lost < _MOST_LOST else _remainder(data, position))
        position = pieces[-1].span.end
        lost += pieces[-1].lost
    events = [piece.event for piece in pieces if piece.event is not None]
    if events and all(isinstance(event, UnknownEvent) for event in events):
        return Dissection(len(data), tuple(pieces), ordered=False, end=None)
    grammar = Grammar()
    placed = tuple(_placed(piece, grammar) for piece in pieces)
    return Dissection(len(data), placed, ordered=True, end=grammar.close())


def next_frame(data: bytes, start: int = 0) -> int | None:
    """Return the first offset from `start` on at which a frame plausibly begins, or None."""
    places = (match.start() for match in _PLAUSIBLE.finditer(data, start))
    return next((place for place in places if plausible(data, place)), None)


# ----------------------------------------------------------------------------------------------------------- a piece


def _piece(data: bytes, start: int) -> Piece:
    """Read the piece that begins at `start`. It ends where the next one begins."""
    end = end_of(data, start)
    error = _decoder_error(data[start : start + PRELUDE if end is None else end])
    if error is None or isinstance(error, HeaderError):  # both checksums are right, so the lengths are
        following, trusted = end or len(data), True
    elif end is not None and (end == len(data) or plausible(data, end)):
        following, trusted = end, True
    else:
        trusted = not isinstance(error, PreludeChecksumError)
        following = next_frame(data, start + (PRELUDE if trusted else 1)) or len(data)
    spans = lay_out(data, start, min(following, end or following), trusted=trusted)
    if spans[-1].end < following:
        spans.append(Span("unread", spans[-1].end, following))
    span = Span("frame", start, following, parts=tuple(spans))
    frame = _frame(data, span)
    if error is not None:
        fault = _fault(error, start + (error.offset or 0))
        event = None if frame is None else _event(frame)
        return Piece(span, frame, event if not isinstance(event, EventError) else None, fault, following != end)
    assert frame is not None
    event = _event(frame)
    if isinstance(event, EventError):
        place: Kind = "headers" if isinstance(event, EventHeaderError) else "payload"
        at = next((part.start for part in span.find(place)), start + PRELUDE)
        return Piece(span, frame, None, _fault(event, at))
    return Piece(span, frame, event)


def _remainder(data: bytes, start: int) -> Piece:
    """Stand for everything from `start` on, in a stream that is too broken to be read on."""
    message = f"{_MOST_LOST} times the next frame was not where it had to be: the rest is not read"
    fault = Fault(start, FrameError.__name__, message, FrameError.hint)
    return Piece(Span("frame", start, len(data), parts=(Span("unread", start, len(data)),)), fault=fault, lost=True)


def _placed(piece: Piece, grammar: Grammar) -> Piece:
    """Judge the order. A piece without an event counts as an unknown one, so that events have their pieces' numbers."""
    violation = grammar.observe(piece.event or UnknownEvent("", b""))
    return piece if violation is None else replace(piece, disorder=violation)


def _decoder_error(data: bytes) -> FrameError | None:
    decoder = FrameDecoder()
    try:
        decoder.feed(data)
        decoder.close()
    except FrameError as error:
        return error
    return None


def _event(frame: Frame) -> Event | EventError:
    try:
        return read_event(frame)
    except EventError as error:
        return error


def _fault(error: WireError, offset: int) -> Fault:
    return Fault(offset, type(error).__name__, error.message, error.hint)


def _frame(data: bytes, span: Span) -> Frame | None:
    """Return the frame that a piece lays out, or None where it is not all there or its headers cannot be read."""
    checksum = next(span.find("checksum"), None)
    headers = list(span.find("header"))
    if checksum is None or checksum.value is None or any(header.parts[-1].kind != "value" for header in headers):
        return None
    payload = next(span.find("payload"))
    named = {str(header.parts[1].value): header.value for header in headers if header.value is not None}
    return Frame(named, data[payload.start : payload.end])
