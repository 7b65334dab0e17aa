"""What the simulator does with a request, as data.

A script is a tuple of replies. Request n gets reply n; the last reply answers every request after it. A reply says what is
sent, in how many pieces, and where it breaks. This module knows no socket and encodes no byte: it can be listed, compared,
explained and mutated.

Four kinds of reply:

* `Answer` is what a model says. It serves Converse and ConverseStream alike, as the service does.
* `Stream` is an exact list of frames, for streams that no model would send by itself.
* `Json` is one JSON body of the service's, for the operations that are no conversation.
* `HttpError` and `Http` are everything that is not a model's answer.
"""

from __future__ import annotations

from itertools import pairwise
from math import inf
from typing import Any, Literal, TypeAlias

from msgspec import Struct, field

__all__ = [
    "Answer",
    "Block",
    "Cited",
    "Constant",
    "Delivery",
    "ErrorFrame",
    "Event",
    "Fault",
    "Frame",
    "Http",
    "HttpError",
    "Json",
    "Knots",
    "Lognormal",
    "Pace",
    "RawBytes",
    "Reasoning",
    "Redacted",
    "Reply",
    "Script",
    "Spread",
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


class Cited(_Data, frozen=True):
    """Text with the places of documents that it rests on: a citationsContent block, each citation in Converse's shape.

    Streamed as one delta a citation, then text deltas: so recorded (agentjido/req_llm, converse_citations_streaming).
    """

    text: str
    citations: tuple[dict[str, Any], ...]
    deltas: tuple[str, ...] | None = None


Block: TypeAlias = Text | Reasoning | Redacted | ToolUse | Cited


class Usage(_Data, frozen=True):
    """Token counts. `total` is their sum unless given. `cache_details` has the tokens written by the cache's ttl."""

    input: int = 12
    output: int = 9
    cache_read: int | None = None
    cache_write: int | None = None
    total: int | None = None
    cache_details: dict[Literal["5m", "1h"], int] = field(default_factory=dict)


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


def _seconds(what: str, *given: float) -> None:
    if not all(0 <= seconds < inf for seconds in given):
        raise ValueError(f"{what} needs finite seconds, 0 or more, not {', '.join(map(str, given))}")


class Constant(_Data, frozen=True):
    """The same time each time, in seconds."""

    seconds: float

    def __post_init__(self) -> None:
        _seconds("a constant time", self.seconds)


class Lognormal(_Data, frozen=True):
    """Times of a lognormal distribution, by its median and its 99th percentile, in seconds: how latencies mostly lie."""

    median: float
    p99: float

    def __post_init__(self) -> None:
        _seconds("a lognormal time", self.median, self.p99)
        if not 0 < self.median <= self.p99:
            raise ValueError(f"a lognormal time needs 0 < median <= p99, not {self.median} and {self.p99}")


class Knots(_Data, frozen=True):
    """Times by percentiles, straight between them: pairs of a percentile from 0 to 100 and seconds, both rising.

    Below the first knot times are the first's, above the last the last's.
    """

    knots: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        percentiles, seconds = [at for at, _ in self.knots], [time for _, time in self.knots]
        _seconds("knots", *seconds)
        if not self.knots or not all(0 <= percentile <= 100 for percentile in percentiles):
            raise ValueError("knots need a pair of a percentile from 0 to 100 and seconds")
        if any(later <= earlier for earlier, later in pairwise(percentiles)) or seconds != sorted(seconds):
            raise ValueError(f"knots must rise: {self.knots}")


Spread: TypeAlias = Constant | Lognormal | Knots


class Pace(_Data, frozen=True):
    """How long the first piece takes, and how long each after the one before.

    Drawn for each reply anew, from the seed and the request's number: a run that is repeated has the same times.
    """

    first: Spread
    gap: Spread


class Delivery(_Data, frozen=True):
    """In which pieces a body is written, and when. A piece is one HTTP chunk; those that are due at once share one write to
    the socket, so that a `gap` is what puts them into TCP segments of their own. Without chunks each is a write of its own.

    `pieces`: "frames" for a piece a frame, "whole" for one piece, a number for pieces of that many bytes, a tuple for
    cuts at these byte offsets of the body. `delay` seconds pass before the response head, `gap` seconds between pieces,
    both on absolute deadlines. `times` takes the place of both: the seconds from the request to each piece, as a recording
    has them; pieces beyond the last time go out with it. `pace` draws such times from distributions.

    `framing` says how HTTP tells the body's end: "service" is as Bedrock does it, chunked for streams and a Content-Length
    for all else. `gzip` compresses the body whether it was asked for or not. `linger` seconds pass between the last byte
    and the close, where the connection is to be closed. `hang_up` closes the connection after the reply: "announced" by
    `Connection: close`, or "silently", as a server does whose keep-alive has run out.
    """

    pieces: Literal["frames", "whole"] | int | tuple[int, ...] = "frames"
    delay: float = 0.0
    gap: float = 0.0
    times: tuple[float, ...] = ()
    pace: Pace | None = None
    framing: Literal["service", "chunked", "content-length", "close"] = "service"
    gzip: bool = False
    linger: float = 0.0
    hang_up: Literal["announced", "silently"] | None = None

    def __post_init__(self) -> None:
        _seconds("a delivery", self.delay, self.gap, self.linger, *self.times)


class Fault(_Data, frozen=True):
    """Where a body breaks, and how.

    The body ends after `byte` bytes or after `frame` frames (0 is before the first); `ending` says how the peer learns of
    it: "finish" closes the reply properly, so that HTTP sees nothing wrong; "close" closes the connection with no
    final chunk; "reset" resets it; "stall" leaves it open in silence. Without `head` not even the response head is sent:
    the ending is all that the peer sees, and "finish" closes the connection. `flip` turns over one bit, counted from the
    body's first bit, and needs no ending. `thrown` takes the place of the frames from `frame` on, and is the whole reply of
    an operation that does not stream; `spoil` breaks the frame number `frame`: one of its checksums, or its length, which
    then claims 2 GiB. With either of them `frame` cuts nothing, and is the first frame where it is not given.
    """

    byte: int | None = None
    frame: int | None = None
    ending: Literal["finish", "close", "reset", "stall"] = "finish"
    flip: int | None = None
    head: bool = True
    thrown: Thrown | ErrorFrame | None = None
    spoil: Literal["prelude-crc", "message-crc", "length"] | None = None

    def __post_init__(self) -> None:
        if (self.byte or 0) < 0 or (self.frame or 0) < 0:
            raise ValueError("a fault's byte and frame are counted from 0")


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
    """What a model says: sent whole to Converse, as events to ConverseStream, in the family's own shape to InvokeModel."""

    blocks: tuple[Block, ...]
    stop: str = "end_turn"
    usage: Usage = Usage()
    latency_ms: int = 312
    extra: dict[str, Any] = field(default_factory=dict)
    """More members of the reply: `trace`, `additionalModelResponseFields`, `performanceConfig`, `serviceTier`."""
    deliver: Delivery = Delivery()
    fault: Fault | None = None


class Stream(_Data, frozen=True):
    """Exactly these frames, for operations that stream."""

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


class Json(_Data, frozen=True):
    """A reply of the service's with exactly these members, for operations that answer with one JSON body."""

    members: dict[str, Any]
    deliver: Delivery = Delivery()
    fault: Fault | None = None


Reply: TypeAlias = Answer | Stream | HttpError | Http | Json
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
