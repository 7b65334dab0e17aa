"""What can be wrong with bytes, events and signatures, as typed errors.

    WireError
    ├── FrameError                     the byte stream is not a sequence of whole frames
    │   ├── PreludeChecksumError
    │   ├── MessageChecksumError
    │   ├── FrameTooShortError
    │   ├── FrameTooLongError
    │   ├── HeadersTooLongError
    │   ├── IncompleteFrameError
    │   └── HeaderError
    │       ├── EmptyHeaderNameError
    │       ├── DuplicateHeaderError
    │       ├── UnknownHeaderTypeError
    │       ├── HeaderOverrunError
    │       └── HeaderTextError
    ├── FrameEncodingError             a frame that no bytes can express
    ├── EventError                     a whole frame that is no ConverseStream event
    │   ├── EventHeaderError
    │   └── EventPayloadError
    ├── FoldError                      events that make no message
    │   └── ToolInputError
    └── SignatureError                 a request that cannot be signed

A message says what was found and what was required. `hint` says what to do about it, and belongs to the class. This
module does not know how any of it is found out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from bedrock_harness.wire.frames import Frame

__all__ = [
    "DuplicateHeaderError",
    "EmptyHeaderNameError",
    "EventError",
    "EventHeaderError",
    "EventPayloadError",
    "FoldError",
    "FrameEncodingError",
    "FrameError",
    "FrameTooLongError",
    "FrameTooShortError",
    "HeaderError",
    "HeaderOverrunError",
    "HeaderTextError",
    "HeadersTooLongError",
    "IncompleteFrameError",
    "MessageChecksumError",
    "PreludeChecksumError",
    "SignatureError",
    "ToolInputError",
    "UnknownHeaderTypeError",
    "WireError",
]


class WireError(Exception):
    """Something on the wire is not what the specification requires.

    `offset` is the absolute offset of the fault in bytes since the stream began, or None where there is no stream.
    """

    hint: ClassVar[str] = "Compare the bytes with the specification named in the message."

    def __init__(self, message: str, *, offset: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset

    def __str__(self) -> str:
        return self.message if self.offset is None else f"{self.message} (at byte {self.offset} of the stream)"


class FrameError(WireError):
    """The bytes are not a sequence of whole frames. `before` holds the same call's whole frames ahead of the fault."""

    hint = "The stream cannot be read on from here: the specification requires that it be terminated."

    def __init__(self, message: str, *, offset: int | None = None) -> None:
        super().__init__(message, offset=offset)
        self.before: list[Frame] = []


class PreludeChecksumError(FrameError):
    """The prelude's CRC-32 does not fit its two lengths."""

    hint = "Bytes were lost, added or changed ahead of this point, or the body is no event stream at all."


class MessageChecksumError(FrameError):
    """A frame's CRC-32 does not fit its bytes."""

    hint = "Bytes of this frame were changed on their way. A writer computes the CRC over prelude, headers and payload."


class FrameTooShortError(FrameError):
    """A frame declares fewer bytes than its own prelude and checksum take."""

    hint = "total_length counts the whole frame: 12 bytes of prelude, headers, payload and 4 bytes of checksum."


class FrameTooLongError(FrameError):
    """A frame declares more bytes than the decoder accepts. Nothing of it was buffered."""

    hint = (
        "Raise max_frame if such frames are meant; the specification ends at 24 MiB of payload and 128 KiB of headers."
    )


class HeadersTooLongError(FrameError):
    """A frame declares more bytes of headers than it has room for, or than the specification allows."""

    hint = (
        "headers_length counts the header block alone, and must leave 16 bytes of total_length to prelude and checksum."
    )


class IncompleteFrameError(FrameError):
    """The stream ended inside a frame.

    `part` says where: in the prelude, the headers, the payload or the checksum. `missing` is the number of bytes up to
    the frame's end, or to the prelude's where its length is not known yet.
    """

    hint = "The connection was cut, or a proxy dropped the rest: treat the reply as incomplete, never as finished."

    def __init__(
        self,
        message: str,
        *,
        offset: int | None = None,
        part: Literal["prelude", "headers", "payload", "checksum"] = "prelude",
        missing: int = 0,
    ) -> None:
        super().__init__(message, offset=offset)
        self.part = part
        self.missing = missing


class HeaderError(FrameError):
    """A header block with right checksums that does not parse."""

    hint = "A header is a length and a name, a type from 0 to 9, and a value of that type."


class EmptyHeaderNameError(HeaderError):
    """A header with no name."""

    hint = "A header's name has 1 to 255 bytes."


class DuplicateHeaderError(HeaderError):
    """The same header twice in one frame."""

    hint = "A header may appear once in a frame."


class UnknownHeaderTypeError(HeaderError):
    """A header type that the specification does not have."""

    hint = "The types are 0 to 9 and are not open to extension."


class HeaderOverrunError(HeaderError):
    """A header that runs past the end of its block."""

    hint = "A name's or value's declared length is wrong, or headers_length is."


class HeaderTextError(HeaderError):
    """A header name or string value that is not UTF-8."""

    hint = "Names and string values are UTF-8. Send other bytes as a byte array (type 6)."


class FrameEncodingError(WireError):
    """A frame that no bytes can express."""

    hint = "Wrap integers in Byte, Short or Long to choose their width; send long values in the payload."


class EventError(WireError):
    """A whole frame that is no ConverseStream event. `frame` is that frame."""

    hint = "The framing is sound; what the service put into this frame is not."

    def __init__(self, message: str, *, offset: int | None = None, frame: Frame | None = None) -> None:
        super().__init__(message, offset=offset)
        self.frame = frame


class EventHeaderError(EventError):
    """A frame without the headers that its category of event requires."""

    hint = (
        "Required are :message-type event with :event-type, exception with :exception-type, or error with :error-code."
    )


class EventPayloadError(EventError):
    """A payload that is no JSON object of its event's shape."""

    hint = "A payload is one JSON object whose modelled members have the modelled types."


class FoldError(WireError):
    """Events that make no message."""

    hint = "Check the order of the events with wire.grammar: it names the first one out of place."


class ToolInputError(FoldError):
    """The input deltas of a tool call, joined, are no JSON. `raw` is their text, `tool_use_id` the call."""

    hint = "The model's output may have been cut at max_tokens: do not run the tool."

    def __init__(
        self, message: str, *, offset: int | None = None, raw: str = "", tool_use_id: str | None = None
    ) -> None:
        super().__init__(message, offset=offset)
        self.raw = raw
        self.tool_use_id = tool_use_id


class SignatureError(WireError):
    """A request that cannot be signed."""

    hint = "A signature needs a time with a zone, a Host header, and every header that it is to cover."
