"""What the simulator will send for a scripted reply, in lines that a person can read: what, in which pieces, how it breaks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bedrock_harness.reporting import counted
from bedrock_harness.service.exceptions import find
from bedrock_harness.simulator.rendering.answers import answer_body, answer_events
from bedrock_harness.simulator.script import (
    Answer,
    Delivery,
    ErrorFrame,
    Event,
    Fault,
    Frame,
    Http,
    HttpError,
    Json,
    RawBytes,
    Stream,
    Thrown,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedrock_harness.simulator.script import FrameScript, Reply

__all__ = ["delivered", "lines", "summary"]

_ENDINGS = {
    "close": "the connection is closed without a final chunk",
    "finish": "the reply ends properly, so that HTTP sees nothing wrong",
    "reset": "the connection is reset",
    "stall": "the connection stays open, in silence",
}


def summary(reply: Reply, *, stream: bool) -> str:
    """The reply in a few words."""
    match reply:
        case Answer():
            return f"200, an answer {'as a stream of events' if stream else 'in one body'}"
        case Stream():
            return "200, a stream of exactly these frames"
        case HttpError():
            exception = find(reply.code)
            return f"{reply.status or (exception.status if exception else 500)} {reply.code}"
        case Http():
            return f"{reply.status}, as a proxy might say it"
        case Json():
            return "200, exactly this body"


def lines(reply: Reply, *, stream: bool) -> Iterator[tuple[str, ...]]:
    """What is sent: number, event and payload of each frame, or each line of the reply alone."""
    match reply:
        case Answer() if not stream:
            yield (answer_body(reply).decode(),)
        case Answer():
            yield from _numbered(answer_events(reply), reply.fault)
        case Stream():
            yield from _numbered(reply.frames, reply.fault)
        case HttpError():
            yield from ((f"{name}: {value}",) for name, value in reply.headers.items())
            yield (reply.message,)
        case Http():
            yield from ((f"{name}: {value}",) for name, value in reply.headers.items())
            yield (reply.body.decode("utf-8", "backslashreplace"),)
        case Json():
            yield (_json(reply.members),)


def delivered(reply: Reply) -> Iterator[str]:
    """How it is sent, where that is not plainly a frame at a time; and where it breaks."""
    yield from _pieces(reply.deliver)
    if reply.fault is not None:
        yield _break(reply.fault)


def _numbered(frames: Iterable[FrameScript], fault: Fault | None) -> Iterator[tuple[str, str, str]]:
    numbered = [(f"#{number}", *_frame(frame)) for number, frame in enumerate(frames)]
    end = fault.frame if fault is not None and fault.frame is not None else len(numbered)
    yield from numbered[:end]
    if end < len(numbered):
        yield ("", "cut here", f"of the {len(numbered)} frames {len(numbered) - end} are never sent")


def _frame(frame: FrameScript) -> tuple[str, str]:
    match frame:
        case Event():
            return frame.type, _json(frame.payload)
        case Thrown():
            return frame.name, _json({"message": frame.message, **frame.members})
        case ErrorFrame():
            return "error", f"{frame.code}: {frame.message}"
        case Frame():
            return "frame", f"{_json(frame.headers)} {frame.payload.decode('utf-8', 'backslashreplace')}"
        case RawBytes():
            return "bytes", frame.data.hex(" ")


def _pieces(delivery: Delivery) -> Iterator[str]:
    match delivery.pieces:
        case "frames":
            pass
        case "whole":
            yield "in one chunk"
        case int(size):
            yield "in chunks of 1 byte" if size == 1 else f"in chunks of {size} bytes"
        case offsets:
            yield f"cut at byte {', '.join(map(str, offsets))}"
    if delivery.delay:
        yield f"{delivery.delay:g} s after the request"
    if delivery.gap:
        yield f"{delivery.gap:g} s between chunks"
    if delivery.times:
        yield f"each chunk at its own time, the last {delivery.times[-1]:g} s after the request"


def _break(fault: Fault) -> str:
    if fault.flip is not None:
        return f"bit {fault.flip} is turned over"
    place = counted(fault.byte, "byte") if fault.byte is not None else counted(fault.frame or 0, "frame")
    return f"after {place} {_ENDINGS[fault.ending]}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
