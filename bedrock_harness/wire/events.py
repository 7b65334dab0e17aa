"""ConverseStream events: what a whole frame says, typed.

Knows the members of the ConverseStreamOutput union as botocore 1.44 models them, and the three categories of message of
the Amazon Event Stream Specification ("Amazon Event Semantics"). Knows nothing of the order of events, and of limits and
enumerations only that the service model has them: a stop reason nobody has heard of is read like any other.

One JSON decode a frame, straight into the event's fields. What is not modelled stays in the frame's payload, from where
`extra` reads it when asked: the padding `p` that real traffic has in every event, and whatever the service adds next.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, cast

import msgspec
from msgspec import Struct, field
from msgspec.structs import force_setattr

from bedrock_harness.wire.blocks import (
    Delta,
    ImageDelta,
    ImageSource,
    Part,
    ReasoningDelta,
    Start,
    ToolResultDelta,
    ToolUseDelta,
    ToolUseStart,
)
from bedrock_harness.wire.errors import EventHeaderError, EventPayloadError
from bedrock_harness.wire.frames import Frame
from bedrock_harness.wire.headers import HeaderValue

__all__ = [
    "EVENT_TYPES",
    "ContentBlockDelta",
    "ContentBlockStart",
    "ContentBlockStop",
    "Delta",
    "Event",
    "ImageDelta",
    "ImageSource",
    "MessageStart",
    "MessageStop",
    "Metadata",
    "ReasoningDelta",
    "Start",
    "Thrown",
    "ToolResultDelta",
    "ToolUseDelta",
    "ToolUseStart",
    "UnknownEvent",
    "read_event",
]

_NO_FRAME = Frame({})
# No member of JSON's can have this name and survive: it is overwritten with the frame after decoding.
_FRAME_MEMBER = ":frame"


class _Event(Part, frozen=True, gc=False, kw_only=True):
    """What every event has: the frame it came from, which is an empty one for an event made by hand."""

    _frame: Any = field(default=_NO_FRAME, name=_FRAME_MEMBER)

    @property
    def frame(self) -> Frame:
        """The frame that this event was read from."""
        return cast("Frame", self._frame)

    @property
    def extra(self) -> dict[str, Any]:
        """The payload's members that no field holds, in their places: `{"p": "abc", "delta": {"audio": {}}}`.

        Parsed anew at each call. Empty where the payload is no JSON object.
        """
        payload = _object(self.frame.payload)
        return _beyond(payload, self) if payload else {}

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name != "_frame")
        return f"{type(self).__name__}({shown})"


class MessageStart(_Event, frozen=True, gc=False):
    """The reply begins. `role` is "assistant"."""

    role: str


class ContentBlockStart(_Event, frozen=True, gc=False):
    """A block with a head begins."""

    content_block_index: int
    start: Start


class ContentBlockDelta(_Event, frozen=True, gc=False):
    """The next piece of a block."""

    content_block_index: int
    delta: Delta


class ContentBlockStop(_Event, frozen=True, gc=False):
    """A block is whole."""

    content_block_index: int


class MessageStop(_Event, frozen=True, gc=False):
    """The message is whole: the only sign of it that there is."""

    stop_reason: str
    additional_model_response_fields: Any = None


class Metadata(_Event, frozen=True, gc=False):
    """What the reply cost. After messageStop, and last. Token counts and milliseconds, as the service names them."""

    usage: dict[str, Any] | None = None
    metrics: dict[str, Any] | None = None
    trace: dict[str, Any] | None = None
    performance_config: dict[str, Any] | None = None
    service_tier: dict[str, Any] | None = None


class UnknownEvent(_Event, frozen=True, gc=False):
    """An event of a type not modelled here, its payload as received. `extra` has its members."""

    type: str
    payload: bytes


class Thrown(_Event, frozen=True, gc=False):
    """The stream ends with an error, in place of its remaining events.

    `category` is "exception" for a modelled one: `name` from `:exception-type` as spelt on the wire, such as
    "throttlingException", `message` and the other `members` from the payload. It is "error" for an unmodelled one: name
    and message from `:error-code` and `:error-message`.
    """

    name: str
    message: str
    members: dict[str, Any] = field(default_factory=dict)
    category: Literal["exception", "error"] = "exception"

    @property
    def extra(self) -> dict[str, Any]:
        """The payload's members but its message."""
        return self.members


Event: TypeAlias = (
    MessageStart
    | ContentBlockStart
    | ContentBlockDelta
    | ContentBlockStop
    | MessageStop
    | Metadata
    | UnknownEvent
    | Thrown
)

_Modelled: TypeAlias = MessageStart | ContentBlockStart | ContentBlockDelta | ContentBlockStop | MessageStop | Metadata

EVENT_TYPES: dict[str, type[_Modelled]] = {
    "messageStart": MessageStart,
    "contentBlockStart": ContentBlockStart,
    "contentBlockDelta": ContentBlockDelta,
    "contentBlockStop": ContentBlockStop,
    "messageStop": MessageStop,
    "metadata": Metadata,
}
"""The modelled events by their `:event-type`."""

_DECODERS = {name: msgspec.json.Decoder(kind).decode for name, kind in EVENT_TYPES.items()}

_RECENT: list[tuple[object, Callable[[bytes], _Modelled] | None]] = [(None, None)]
# The headers looked at last, and the decoder that they ask for. Nearly all frames of a stream have one mapping of
# headers, and to look into it took a third of the time that an event takes.


def _decoder(headers: Mapping[str, HeaderValue]) -> Callable[[bytes], _Modelled] | None:
    """The decoder of a modelled event, None for every other frame."""
    try:
        return _DECODERS[headers[":event-type"]] if headers[":message-type"] == "event" else None  # type: ignore[index]
    except KeyError:
        return None


def read_event(frame: Frame) -> Event:
    """Return what a frame says. Exceptions and errors are returned as `Thrown`, not raised.

    Raises `EventHeaderError` for a missing or unknown `:message-type` and for the headers that each category requires,
    and `EventPayloadError` for a modelled event whose payload is not JSON of its shape. Smithy's protocol tests require
    clients to reject a missing `:message-type` or `:event-type`; botocore accepts the one and drops the other.
    """
    headers = frame.headers
    recent, decode = _RECENT[0]
    if headers is not recent:
        decode = _decoder(headers)
        if isinstance(headers, MappingProxyType):  # Others may change while they are remembered.
            _RECENT[0] = (headers, decode)
    if decode is None:
        return _read_other(frame)
    try:
        event = decode(frame.payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        event = _read_surrogates(frame, error)
    force_setattr(event, "_frame", frame)
    return event


def _read_other(frame: Frame) -> UnknownEvent | Thrown:
    if frame.message_type != "event":
        return _read_failure(frame)
    name = frame.event_type
    if name is None:
        raise EventHeaderError("an event frame has no :event-type of type string", frame=frame)
    return UnknownEvent(name, frame.payload, _frame=frame)


def _read_failure(frame: Frame) -> Thrown:
    category = frame.headers.get(":message-type")
    if category == "exception":
        if frame.exception_type is None:
            raise EventHeaderError("an exception frame has no :exception-type of type string", frame=frame)
        members = _object(frame.payload)
        if members is None:
            return Thrown(frame.exception_type, frame.payload.decode(errors="replace"), _frame=frame)
        # The authentication layer spells it with a capital.
        message = members.pop("message", None) or members.pop("Message", None)
        text = message if isinstance(message, str) else ""
        return Thrown(frame.exception_type, text, members, _frame=frame)
    if category == "error":
        code, message = frame.headers.get(":error-code"), frame.headers.get(":error-message")
        if not isinstance(code, str):
            raise EventHeaderError("an error frame has no :error-code of type string", frame=frame)
        return Thrown(code, message if isinstance(message, str) else "", category="error", _frame=frame)
    if category is None:
        raise EventHeaderError("a frame has no :message-type", frame=frame)
    raise EventHeaderError(f"a frame has the :message-type {category!r}, which does not exist", frame=frame)


def _read_surrogates(frame: Frame, error: Exception) -> _Modelled:
    r"""Read a payload that holds half a character as an escape, such as "\ud83d": two deltas can share an emoji.

    msgspec refuses these; joined, the deltas are sound text. Anything else that msgspec refuses is an error.
    """
    name = str(frame.event_type)
    try:
        if b"\\ud" not in frame.payload.lower():
            raise error
        return msgspec.convert(json.loads(frame.payload), EVENT_TYPES[name])
    except (msgspec.DecodeError, ValueError, RecursionError) as cause:
        raise EventPayloadError(f"the payload of {name} cannot be read: {cause}", frame=frame) from cause


def _object(payload: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _beyond(payload: dict[str, Any], value: Struct) -> dict[str, Any]:
    """Return the members of `payload` that `value` has no field for, at any depth."""
    fields = dict(zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True))
    extra: dict[str, Any] = {}
    for name, member in payload.items():
        inner = getattr(value, fields[name]) if name in fields else None
        if name not in fields or name == _FRAME_MEMBER:
            extra[name] = member
        elif isinstance(inner, Struct) and isinstance(member, dict) and (deeper := _beyond(member, inner)):
            extra[name] = deeper
    return extra
