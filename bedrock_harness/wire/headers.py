"""The header block of an event-stream frame: ten types of value, to and from bytes.

Knows the table of types of the Amazon Event Stream Specification ("Headers Format", Smithy 2.0,
smithy.io/2.0/aws/amazon-eventstream.html) and nothing of frames, checksums or what a header means.

A reader is strict where a lax one would give a wrong value: overruns, duplicates, empty names, unknown types and text
that is not UTF-8 are errors. It accepts string and byte values of any length that the two length bytes can say; the
specification's `<1..2^15-1>` binds the writer.
"""

from __future__ import annotations

from struct import Struct, error
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from uuid import UUID

from bedrock_harness.wire.errors import (
    DuplicateHeaderError,
    EmptyHeaderNameError,
    FrameEncodingError,
    HeaderOverrunError,
    HeaderTextError,
    UnknownHeaderTypeError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["TYPES", "Byte", "HeaderType", "HeaderValue", "Long", "Short", "Timestamp", "read_headers", "write_headers"]


class _Sized(int):
    """An integer that remembers the width it has on the wire."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({int(self)})"


class Byte(_Sized):
    """An 8-bit signed integer (type 2)."""

    __slots__ = ()


class Short(_Sized):
    """A 16-bit signed integer (type 3)."""

    __slots__ = ()


class Long(_Sized):
    """A 64-bit signed integer (type 5)."""

    __slots__ = ()


class Timestamp(_Sized):
    """Milliseconds since 1970-01-01T00:00:00Z (type 8): not seconds, unlike the timestamps of JSON."""

    __slots__ = ()


HeaderValue: TypeAlias = bool | int | bytes | str | UUID
"""A header's value. A plain `int` is 32 bits wide (type 4); `Byte`, `Short`, `Long` and `Timestamp` say otherwise."""


class HeaderType(NamedTuple):
    """One row of the table of types: `size` is the value's bytes, or None where two bytes of length go before it."""

    code: int
    name: str
    python: type
    size: int | None
    read: Callable[[bytes], HeaderValue]
    write: Callable[..., bytes]


_INT8, _INT16, _INT32, _INT64 = Struct(">b"), Struct(">h"), Struct(">i"), Struct(">q")
_LENGTH = Struct(">H")
_LONGEST_NAME = 255
_LONGEST_VALUE = 2**15 - 1


def _nothing(_: object) -> bytes:
    return b""


TYPES: tuple[HeaderType, ...] = (
    HeaderType(0, "boolean true", bool, 0, lambda _: True, _nothing),
    HeaderType(1, "boolean false", bool, 0, lambda _: False, _nothing),
    HeaderType(2, "byte", Byte, 1, lambda data: Byte(_INT8.unpack(data)[0]), _INT8.pack),
    HeaderType(3, "short", Short, 2, lambda data: Short(_INT16.unpack(data)[0]), _INT16.pack),
    HeaderType(4, "integer", int, 4, lambda data: int(_INT32.unpack(data)[0]), _INT32.pack),
    HeaderType(5, "long", Long, 8, lambda data: Long(_INT64.unpack(data)[0]), _INT64.pack),
    HeaderType(6, "byte array", bytes, None, bytes, bytes),
    HeaderType(7, "string", str, None, bytes.decode, str.encode),
    HeaderType(8, "timestamp", Timestamp, 8, lambda data: Timestamp(_INT64.unpack(data)[0]), _INT64.pack),
    HeaderType(9, "uuid", UUID, 16, lambda data: UUID(bytes=data), lambda value: bytes(value.bytes)),
)
"""The ten types, at the index of their code."""

_BY_PYTHON_TYPE = {row.python: row for row in TYPES if row.python is not bool}


def read_headers(block: bytes, *, offset: int = 0) -> dict[str, HeaderValue]:
    """Parse a whole header block, in its order. `offset` is where the block begins in the stream, for errors.

    Raises a `HeaderError` for an empty name, an unknown type, a duplicate, an overrun or text that is not UTF-8.
    """
    headers: dict[str, HeaderValue] = {}
    position = 0
    while position < len(block):
        start = position
        name_end = position + 1 + block[position]
        if name_end == position + 1:
            raise EmptyHeaderNameError("a header has no name, at least 1 byte is required", offset=offset + position)
        name = _text(_slice(block, position + 1, name_end, "name", offset), "a header's name", offset + position + 1)
        code = _slice(block, name_end, name_end + 1, "type", offset)[0]
        if code >= len(TYPES):
            message = f"header {name!r} has type {code}, the types are 0 to {len(TYPES) - 1}"
            raise UnknownHeaderTypeError(message, offset=offset + name_end)
        kind = TYPES[code]
        position = name_end + 1
        size = kind.size
        if size is None:
            size = _LENGTH.unpack(_slice(block, position, position + 2, "length", offset))[0]
            position += 2
        value = _slice(block, position, position + size, "value", offset)
        if name in headers:
            raise DuplicateHeaderError(f"header {name!r} appears twice in one frame", offset=offset + start)
        headers[name] = (
            _text(value, f"the value of header {name!r}", offset + position) if kind.python is str else kind.read(value)
        )
        position += size
    return headers


def write_headers(headers: Mapping[str, HeaderValue]) -> bytes:
    """Encode headers in their order. Raises `FrameEncodingError` for a name or value that does not fit its type."""
    return b"".join(_write_header(name, value) for name, value in headers.items())


def _write_header(name: str, value: HeaderValue) -> bytes:
    kind = TYPES[0 if value else 1] if isinstance(value, bool) else _BY_PYTHON_TYPE.get(type(value))
    if kind is None:
        raise FrameEncodingError(f"header {name!r} has a value of type {type(value).__name__}, which is no header type")
    try:
        encoded = name.encode()
        data = kind.write(value)
    except (error, UnicodeEncodeError) as cause:
        raise FrameEncodingError(f"header {name!r}: {value!r} does not fit the type {kind.name}: {cause}") from cause
    if not 1 <= len(encoded) <= _LONGEST_NAME:
        raise FrameEncodingError(f"header name {name!r} has {len(encoded)} bytes, 1 to {_LONGEST_NAME} are required")
    length = b""
    if kind.size is None:
        if len(data) > _LONGEST_VALUE:
            message = f"header {name!r} has {len(data)} bytes of value, at most {_LONGEST_VALUE} are allowed"
            raise FrameEncodingError(message)
        length = _LENGTH.pack(len(data))
    return bytes((len(encoded),)) + encoded + bytes((kind.code,)) + length + data


def _slice(block: bytes, start: int, end: int, what: str, offset: int) -> bytes:
    if end > len(block):
        message = (
            f"a header's {what} takes {end - start} bytes, {max(len(block) - start, 0)} are left of the header block"
        )
        raise HeaderOverrunError(message, offset=offset + start)
    return block[start:end]


def _text(data: bytes, what: str, offset: int) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as cause:
        raise HeaderTextError(f"{what} is not UTF-8: {cause.reason}", offset=offset + cause.start) from cause
