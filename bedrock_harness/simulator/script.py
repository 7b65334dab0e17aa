"""What the simulator does with a request, as data.

A script is a tuple of replies. Request n gets reply n; the last reply answers every request after it. A reply says what is
sent, in how many pieces, and where it breaks. This module knows no socket and encodes no byte: it can be listed, compared,
explained and mutated.

Three kinds of reply:

* `Answer` is what a model says. It serves Converse and ConverseStream alike, as the service does.
* `Stream` is an exact list of frames, for streams that no model would send by itself.
* `HttpError` and `Http` are everything that is not a model's answer.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct, field

__all__ = [
    "Answer",
    "Block",
    "Delivery",
    "ErrorFrame",
    "Event",
    "Fault",
    "Frame",
    "Http",
    "HttpError",
    "RawBytes",
    "Reasoning",
    "Redacted",
    "Reply",
    "Script",
    "Stream",
    "Text",
    "Thrown",
    "ToolUse",
    "Usage",
    "answer",
    "at",
    "coalesced",
    "cut",
    "each_byte",
    "every",
    "flipped",
    "frame_by_frame",
    "stream",
]


class _Data(Struct, frozen=True, tag=True, tag_field="is", forbid_unknown_fields=True, omit_defaults=True):
    """A frozen value that says what it is when written as JSON."""


# ---------------------------------------------------------------------------------------------------------- what is said


class Text(_Data, frozen=True):
    """A text block. `deltas` are the pieces it is streamed in; without them the simulator cuts it into words."""

    text: str
    deltas: tuple[str, ...] | None = None


class Reasoning(_Data, frozen=True):
    """A reasoning block: text and, where the model signs it, the signature that must come back byte for byte.

    Streamed as text deltas, one delta with empty text, then one delta with the signature: so recorded from Claude.
    """

    text: str
    signature: str | None = None
    deltas: tuple[str, ...] | None = None


class Redacted(_Data, frozen=True):
    """A reasoning block whose content is encrypted. `pieces` are streamed as one base64 string each."""

    pieces: tuple[bytes, ...]


class ToolUse(_Data, frozen=True):
    """A tool call. `deltas` are pieces of the input's JSON text; an empty tuple streams no input at all."""

    id: str
    name: str
    input: Any = field(default_factory=dict)
    deltas: tuple[str, ...] | None = None


Block: TypeAlias = Text | Reasoning | Redacted | ToolUse


class Usage(_Data, frozen=True):
    """Token counts. `total` is their sum unless given."""

    input: int = 12
    output: int = 9
    cache_read: int | None = None
    cache_write: int | None = None
    total: int | None = None


# --------------------------------------------------------------------------------------------------------------- frames


class Event(_Data, frozen=True):
    """One event frame. The padding member `p` is added at sending, as the service does, unless `padded` is false."""

    type: str
    payload: dict[str, Any]
    padded: bool = True


class Thrown(_Data, frozen=True):
    """A modelled exception inside the stream; `name` as on the wire, such as `throttlingException`."""

    name: str
    message: str
    members: dict[str, Any] = field(default_factory=dict)


class ErrorFrame(_Data, frozen=True):
    """An unmodelled error inside the stream: `:message-type` error, code and message in headers, no payload."""

    code: str
    message: str


class Frame(_Data, frozen=True):
    """A frame with exactly these headers (all strings, in this order) and this payload."""

    headers: dict[str, str]
    payload: bytes = b""


class RawBytes(_Data, frozen=True):
    """Bytes that need not be a frame at all."""

    data: bytes


FrameScript: TypeAlias = Event | Thrown | ErrorFrame | Frame | RawBytes


# ------------------------------------------------------------------------------------------------------ how it is sent


class Delivery(_Data, frozen=True):
    """In which pieces a body is written, and when. A piece is one HTTP chunk and one write to the socket.

    `pieces`: "frames" for a piece a frame, "whole" for one piece, a number for pieces of that many bytes, a tuple for
    cuts at these byte offsets of the body. `delay` seconds pass before the response head, `gap` seconds between pieces,
    both on absolute deadlines. `times` takes the place of both: the seconds from the request to each piece, as a recording
    has them; pieces beyond the last time go out with it.
    """

    pieces: Literal["frames", "whole"] | int | tuple[int, ...] = "frames"
    delay: float = 0.0
    gap: float = 0.0
    times: tuple[float, ...] = ()


class Fault(_Data, frozen=True):
    """Where a body breaks, and how.

    The body ends after `byte` bytes or after `frame` frames (0 is before the first); `ending` says how the peer learns of
    it: "finish" closes the reply properly, so that HTTP sees nothing wrong; "close" closes the connection with no
    final chunk; "reset" resets it; "stall" leaves it open in silence. `flip` turns over one bit, counted from the body's
    first bit, and needs no ending.
    """

    byte: int | None = None
    frame: int | None = None
    ending: Literal["finish", "close", "reset", "stall"] = "finish"
    flip: int | None = None


def frame_by_frame(*, gap: float = 0.0, delay: float = 0.0) -> Delivery:
    """Each frame a chunk of its own, `gap` seconds apart: what the service mostly does."""
    return Delivery(gap=gap, delay=delay)


def coalesced() -> Delivery:
    """The whole body in one chunk."""
    return Delivery(pieces="whole")


def each_byte() -> Delivery:
    """Every byte a chunk of its own."""
    return Delivery(pieces=1)


def every(size: int) -> Delivery:
    """Chunks of `size` bytes, wherever the frames begin and end."""
    return Delivery(pieces=size)


def at(*offsets: int) -> Delivery:
    """Cuts at these byte offsets of the body."""
    return Delivery(pieces=offsets)


def cut(
    *,
    byte: int | None = None,
    frame: int | None = None,
    ending: Literal["finish", "close", "reset", "stall"] = "finish",
) -> Fault:
    """End the body after `byte` bytes or `frame` frames."""
    return Fault(byte=byte, frame=frame, ending=ending)


def flipped(bit: int) -> Fault:
    """Turn over one bit of the body."""
    return Fault(flip=bit)


# -------------------------------------------------------------------------------------------------------------- replies


class Answer(_Data, frozen=True):
    """What a model says: sent whole to Converse, as events to ConverseStream."""

    blocks: tuple[Block, ...]
    stop: str = "end_turn"
    usage: Usage = Usage()
    latency_ms: int = 312
    extra: dict[str, Any] = field(default_factory=dict)
    """More members of the reply: `trace`, `additionalModelResponseFields`, `performanceConfig`, `serviceTier`."""
    deliver: Delivery = Delivery()
    fault: Fault | None = None


class Stream(_Data, frozen=True):
    """Exactly these frames, for ConverseStream only."""

    frames: tuple[FrameScript, ...]
    deliver: Delivery = Delivery()
    fault: Fault | None = None


class HttpError(_Data, frozen=True):
    """A refusal by the service. Status and headers follow the exception table unless given."""

    code: str
    message: str
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    deliver: Delivery = Delivery()
    fault: Fault | None = None


class Http(_Data, frozen=True):
    """Any HTTP reply: what a proxy, a captive portal or a wrong route says."""

    status: int
    headers: dict[str, str]
    body: bytes
    deliver: Delivery = Delivery()
    fault: Fault | None = None


Reply: TypeAlias = Answer | Stream | HttpError | Http
Script: TypeAlias = tuple[Reply, ...]

_USAGE = Usage()
_DELIVERY = Delivery()


def answer(
    *blocks: Block,
    stop: str = "end_turn",
    usage: Usage = _USAGE,
    deliver: Delivery = _DELIVERY,
    fault: Fault | None = None,
    **extra: Any,
) -> Answer:
    """A model's answer out of its blocks."""
    return Answer(blocks=blocks, stop=stop, usage=usage, deliver=deliver, fault=fault, extra=extra)


def stream(*frames: FrameScript, deliver: Delivery = _DELIVERY, fault: Fault | None = None) -> Stream:
    """A stream of exactly these frames."""
    return Stream(frames=frames, deliver=deliver, fault=fault)
