"""Event-stream frames: encoding, and decoding of bytes in whatever pieces they arrive.

Knows the Amazon Event Stream Specification (smithy.io/2.0/aws/amazon-eventstream.html) and neither JSON nor Bedrock.

    total_length u32 | headers_length u32 | CRC of these 8 bytes u32 | headers | payload | CRC of all before it u32

Theory of operation. A chunk is read in place with a cursor: no byte is moved for a frame that lies whole within a
chunk. A frame cut by a chunk's end waits until the bytes it declares are there, and then goes ahead of the chunk that
finished it. So each byte is moved twice at most, and the work is linear in bytes at any chunk size.

The heads of frames (prelude and headers) repeat: a stream of ConverseStream deltas has some sixty, one for each
length of the padding `p`. A head seen before needs no parsing: it is looked up whole, and the CRC goes on from its
end over the payload. So do preludes, for frames of which less is there. The same headers behind another prelude are the
same mapping, so that a reader may tell them by identity. The memos are bounded, and hold only heads of frames whose both
checksums were right, and preludes whose own was.

WARNING: the order of checks matters. Lengths mean nothing before the prelude's CRC is checked, headers mean nothing
before the message's CRC is, and a length beyond the limits is refused before a byte of its frame is buffered.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from struct import Struct as Layout
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from msgspec import Struct

from bedrock_harness.wire.errors import (
    FrameEncodingError,
    FrameError,
    FrameTooLongError,
    FrameTooShortError,
    HeadersTooLongError,
    IncompleteFrameError,
    MessageChecksumError,
    PreludeChecksumError,
)
from bedrock_harness.wire.headers import Byte, HeaderValue, Long, Short, Timestamp, read_headers, write_headers

# Optional: with isal a frame of 190 bytes takes a fifth less time, and an event a tenth less.
try:
    from isal.isal_zlib import crc32
except ImportError:
    from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "MAX_FRAME",
    "MAX_HEADERS",
    "Byte",
    "Frame",
    "FrameDecoder",
    "HeaderValue",
    "Long",
    "Short",
    "Timestamp",
    "encode",
]

_PRELUDE = Layout(">III")
_LENGTHS = Layout(">II")
_CHECKSUM = Layout(">I")
_OVERHEAD = _PRELUDE.size + _CHECKSUM.size

MAX_PAYLOAD = 24 * 1024 * 1024
"""24 MiB: the specification's limit ("Message Format"). botocore has the same one, smithy-python 16 MiB."""
MAX_HEADERS = 128 * 1024
"""128 KiB: the specification's limit ("Message Format")."""
MAX_FRAME = MAX_PAYLOAD + MAX_HEADERS + _OVERHEAD
"""The longest frame that the specification knows, in bytes."""

# A ConverseStream delta's head has 99 bytes. 60 lengths of padding times a handful of event types fit many times over.
_MEMO_HEADS = 1024
_MEMO_HEAD_BYTES = 512


_Rest: TypeAlias = "Callable[[bytes, int], tuple[bytes, int]]"
# Takes payload and checksum out of the bytes at an offset, which is 70 ns faster than to slice both.
_Head: TypeAlias = "tuple[int, _Rest, int, Mapping[str, HeaderValue] | None]"
# The length of the whole frame, its rest, the CRC of the head, and its headers where they are parsed already.


class Frame(Struct, frozen=True, gc=False):
    """One event-stream message: headers in wire order, and the payload's bytes. Lengths and checksums follow."""

    headers: Mapping[str, HeaderValue]
    payload: bytes = b""

    @property
    def message_type(self) -> str | None:
        """`:message-type`: "event", "exception" or "error" in sound streams. None where missing or not a string."""
        return _string(self.headers.get(":message-type"))

    @property
    def event_type(self) -> str | None:
        """`:event-type`, such as "contentBlockDelta". None where missing or not a string."""
        return _string(self.headers.get(":event-type"))

    @property
    def exception_type(self) -> str | None:
        """`:exception-type`, such as "throttlingException". None where missing or not a string."""
        return _string(self.headers.get(":exception-type"))


def encode(frame: Frame) -> bytes:
    """Return the frame's bytes, both checksums included. Raises `FrameEncodingError` for headers that do not fit.

    Payloads beyond the specification's 24 MiB are encoded all the same: what a peer makes of them is worth a test.
    """
    headers = write_headers(frame.headers)
    if len(headers) > MAX_HEADERS:
        raise FrameEncodingError(f"the headers take {len(headers)} bytes, at most {MAX_HEADERS} are allowed")
    lengths = _LENGTHS.pack(_OVERHEAD + len(headers) + len(frame.payload), len(headers))
    message = b"".join((lengths, _CHECKSUM.pack(crc32(lengths)), headers, frame.payload))
    return message + _CHECKSUM.pack(crc32(message))


class FrameDecoder:
    """Frames out of bytes, in pieces of any size. Holds at most one unfinished frame, of at most `max_frame` bytes."""

    __slots__ = ("_blocks", "_fault", "_head_size", "_heads", "_max_frame", "_need", "_offset", "_sizes", "_tail")

    def __init__(self, *, max_frame: int = MAX_FRAME) -> None:
        self._max_frame = max_frame
        self._offset = 0
        self._tail = bytearray()
        self._need = _PRELUDE.size
        self._sizes: dict[bytes, tuple[int, int]] = {}
        self._heads: dict[bytes, _Head] = {}
        self._blocks: dict[bytes, Mapping[str, HeaderValue]] = {}
        self._head_size = _PRELUDE.size
        self._fault: FrameError | None = None

    @property
    def buffered(self) -> int:
        """Bytes of the unfinished frame held so far."""
        return len(self._tail)

    @property
    def offset(self) -> int:
        """Bytes from the start of the stream to the start of the next frame, or of the one at fault."""
        return self._offset

    def feed(self, data: bytes | bytearray | memoryview) -> list[Frame]:
        """Take the next bytes and return the frames that they finish.

        Raises a `FrameError` whose `before` holds the frames finished by this call ahead of the fault. From then on
        every call raises it again, with nothing in `before`: the specification requires that the stream be terminated.
        """
        if self._fault is not None:
            raise copy(self._fault)
        chunk = data if type(data) is bytes else bytes(data)
        if self._tail:
            if len(self._tail) + len(chunk) < self._need:
                self._tail += chunk
                return []
            chunk = b"".join((self._tail, chunk))
            self._tail = bytearray()
        frames: list[Frame] = []
        try:
            self._scan(chunk, frames)
        except FrameError as fault:
            self._fault = copy(fault)
            fault.before = frames
            raise
        return frames

    def close(self) -> None:
        """Say that the stream has ended. Raises `IncompleteFrameError` inside a frame, and an earlier fault again."""
        if self._fault is not None:
            raise copy(self._fault)
        held = len(self._tail)
        if not held:
            return
        part = self._part(held)
        missing = self._need - held
        message = f"the stream ended in a frame's {part}, {missing} bytes before the end of its {self._unit()}"
        raise IncompleteFrameError(message, offset=self._offset + held, part=part, missing=missing)

    def _unit(self) -> str:
        return "prelude" if self._need == _PRELUDE.size else f"{self._need} bytes"

    def _part(self, held: int) -> Literal["prelude", "headers", "payload", "checksum"]:
        if held < _PRELUDE.size:
            return "prelude"
        if held < _PRELUDE.size + _LENGTHS.unpack_from(self._tail)[1]:
            return "headers"
        return "payload" if held < self._need - _CHECKSUM.size else "checksum"

    def _scan(self, data: bytes, frames: list[Frame]) -> None:
        """Append every whole frame of `data`, and keep what is left as the unfinished frame."""
        heads = self._heads
        head_size = self._head_size
        start = self._offset
        size = len(data)
        position = 0
        try:
            while position < size:
                # Most heads are as long as the one before.
                known = heads.get(data[position : position + head_size])
                if known is None:
                    prelude = data[position : position + _PRELUDE.size]
                    need = _PRELUDE.size
                    if len(prelude) < need:
                        break
                    need, head_size = self._sizes.get(prelude) or self._measure(prelude, start + position)
                    if position + need > size:  # The sizes are enough to wait for the rest.
                        break
                    head = data[position : position + head_size]
                    known = heads.get(head) or (need, _rest(need - head_size), crc32(head), None)
                need, rest, checksum, headers = known
                end = position + need
                if end > size:
                    break
                payload, declared = rest(data, position + head_size)
                if crc32(payload, checksum) != declared:
                    raise _corrupted(data[position:end], start + position)
                if headers is None:
                    headers = self._learn(data[position : position + head_size], known, start + position)
                frames.append(Frame(headers, payload))
                position = end
        finally:
            self._offset = start + position
            self._head_size = head_size
        if position < size:
            self._tail = bytearray(data[position:])
            self._need = need

    def _measure(self, prelude: bytes, offset: int) -> tuple[int, int]:
        """Check a prelude and return the length of its frame and of its head, prelude and headers. Remember both."""
        total, headers, checksum = _PRELUDE.unpack(prelude)
        actual = crc32(prelude[: _LENGTHS.size])
        if actual != checksum:
            message = f"the prelude's checksum is {checksum:#010x}, its bytes give {actual:#010x}"
            if prelude.isascii() and prelude.decode().isprintable():
                message += f"; the bytes read {prelude.decode()!r}"
            raise PreludeChecksumError(message, offset=offset + _LENGTHS.size)
        if total < _OVERHEAD:
            message = f"a frame declares {total} bytes, at least {_OVERHEAD} are required"
            raise FrameTooShortError(message, offset=offset)
        if total > self._max_frame:
            message = f"a frame declares {total} bytes, at most {self._max_frame} are accepted"
            raise FrameTooLongError(message, offset=offset)
        limit = min(total - _OVERHEAD, MAX_HEADERS)
        if headers > limit:
            message = f"a frame of {total} bytes declares {headers} bytes of headers, at most {limit} are allowed"
            raise HeadersTooLongError(message, offset=offset + 4)
        if len(self._sizes) >= _MEMO_HEADS:
            self._sizes.clear()
        sizes = self._sizes[prelude] = (total, _PRELUDE.size + headers)
        return sizes

    def _learn(self, head: bytes, known: _Head, offset: int) -> Mapping[str, HeaderValue]:
        """Parse a new head's headers, and remember them with the rest of what is known."""
        block = head[_PRELUDE.size :]
        headers = self._blocks.get(block)
        if headers is None:
            headers = MappingProxyType(read_headers(block, offset=offset + _PRELUDE.size))
        if len(head) <= _MEMO_HEAD_BYTES:
            if len(self._heads) >= _MEMO_HEADS:
                self._heads.clear()
                self._blocks.clear()
            self._heads[head] = (*known[:3], headers)
            self._blocks[block] = headers
        return headers


def _rest(size: int) -> _Rest:
    return cast("_Rest", Layout(f">{size - _CHECKSUM.size}sI").unpack_from)


def _corrupted(frame: bytes, offset: int) -> MessageChecksumError:
    declared, actual = _CHECKSUM.unpack(frame[-4:])[0], crc32(frame[:-4])
    message = f"a frame's checksum is {declared:#010x}, its {len(frame)} bytes give {actual:#010x}"
    return MessageChecksumError(message, offset=offset + len(frame) - _CHECKSUM.size)


def _string(value: HeaderValue | None) -> str | None:
    return value if isinstance(value, str) else None
