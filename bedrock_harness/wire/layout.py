"""Where each field of a frame is: its bytes as a tree of spans.

Knows the layout of the Amazon Event Stream Specification, and reads as much of a broken frame as can be told. Whether a
frame is right is not judged here: only a checksum that does not fit is shown with the one that would.
"""

from __future__ import annotations

from struct import Struct as Layout
from typing import TYPE_CHECKING, Literal, TypeAlias
from zlib import crc32

from msgspec import Struct

from bedrock_harness.wire.frames import MAX_FRAME, MAX_HEADERS
from bedrock_harness.wire.headers import TYPES, HeaderValue

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PRELUDE", "Kind", "Span", "end_of", "lay_out", "plausible"]

Kind: TypeAlias = Literal[
    "frame",
    "prelude",
    "total length",
    "headers length",
    "prelude checksum",
    "headers",
    "header",
    "name length",
    "name",
    "type",
    "value length",
    "value",
    "payload",
    "checksum",
    "unread",
]
"""What a span is. `frame`, `prelude`, `headers` and `header` have parts; the others are leaves."""

_LENGTHS = Layout(">II")
_WORD = Layout(">I")
PRELUDE = 12
"""Bytes of a prelude: two lengths and their CRC."""
_OVERHEAD = 16


class Span(Struct, frozen=True):
    """Bytes from `start` up to `end`, offsets in the stream.

    `value` is what a leaf says: a number for lengths, type and checksums, a text for a name, the value of a header, None
    for a payload and for what is cut short or unread. `should_be` is the CRC that the bytes give, where `value` is another.
    """

    kind: Kind
    start: int
    end: int
    value: HeaderValue | None = None
    parts: tuple[Span, ...] = ()
    should_be: int | None = None

    @property
    def leaves(self) -> Iterator[Span]:
        """The spans without parts below this one, itself if it has none, in their order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves

    def find(self, kind: Kind) -> Iterator[Span]:
        """The spans of this kind at or below this one, in their order."""
        if self.kind == kind:
            yield self
        for part in self.parts:
            yield from part.find(kind)


def plausible(data: bytes, start: int) -> bool:
    """Return whether `start` has a whole prelude: lengths within the specification's limits, and their CRC."""
    return end_of(data, start) is not None and _WORD.unpack_from(data, start + 8)[0] == crc32(data[start : start + 8])


def end_of(data: bytes, start: int) -> int | None:
    """Return where the frame at `start` ends by its own lengths, or None where these are cut short or impossible."""
    if start + PRELUDE > len(data):
        return None
    total, headers = _LENGTHS.unpack_from(data, start)
    possible = _OVERHEAD <= total <= MAX_FRAME and headers <= min(total - _OVERHEAD, MAX_HEADERS)
    return start + total if possible else None


def lay_out(data: bytes, start: int, stop: int, *, trusted: bool) -> list[Span]:
    """Lay out as much of a frame as lies between `start` and `stop`: no more than its prelude where it is not trusted."""
    if stop - start < PRELUDE and not trusted:
        return [Span("unread", start, stop)]
    spans = [_prelude(data, start, min(start + PRELUDE, stop))]
    end = end_of(data, start)
    if end is None or not trusted:
        return spans
    headers_end = start + PRELUDE + _LENGTHS.unpack_from(data, start)[1]
    if start + PRELUDE < min(headers_end, stop):
        block = _headers(data, start + PRELUDE, min(headers_end, stop))
        spans.append(Span("headers", start + PRELUDE, min(headers_end, stop), parts=tuple(block)))
    if headers_end <= stop:
        spans.append(Span("payload", headers_end, min(end - 4, stop)))
    if end - 4 < stop:
        spans.append(_checksum("checksum", data, start, end - 4, min(end, stop)))
    return spans


def _prelude(data: bytes, start: int, stop: int) -> Span:
    kinds: tuple[Kind, ...] = ("total length", "headers length")
    parts = [
        Span(kind, at, min(at + 4, stop), _WORD.unpack_from(data, at)[0] if at + 4 <= stop else None)
        for kind, at in zip(kinds, (start, start + 4), strict=True)
        if at < stop
    ]
    if start + 8 < stop:
        parts.append(_checksum("prelude checksum", data, start, start + 8, stop))
    return Span("prelude", start, stop, parts=tuple(parts))


def _checksum(kind: Kind, data: bytes, start: int, at: int, stop: int) -> Span:
    """Read the CRC at `at` of the bytes from `start` up to it."""
    if stop - at < _WORD.size:
        return Span(kind, at, stop)
    declared, actual = _WORD.unpack_from(data, at)[0], crc32(data[start:at])
    return Span(kind, at, stop, declared, should_be=None if declared == actual else actual)


def _headers(data: bytes, start: int, stop: int) -> Iterator[Span]:
    """Read headers one by one, up to the first that does not fit into its block: from there on it is unread."""
    while start < stop:
        parts = tuple(_fields(data, start, stop))
        yield Span("header", start, parts[-1].end, parts[-1].value, parts)
        start = parts[-1].end


def _fields(data: bytes, at: int, stop: int) -> Iterator[Span]:
    """Read one header field by field. What does not fit, or follows a type that does not exist, is unread up to `stop`.

    A whole header ends with its value, which takes no bytes where it is a boolean or empty.
    """
    name_length = data[at]
    yield Span("name length", at, at + 1, name_length)
    at += 1
    if at + name_length > stop:
        yield Span("unread", at, stop)
        return
    yield Span("name", at, at + name_length, data[at : at + name_length].decode(errors="replace"))
    at += name_length
    code = data[at] if at < stop else None
    if code is not None:
        yield Span("type", at, at + 1, code)
        at += 1
    if code is None or code >= len(TYPES):
        yield Span("unread", at, stop)
        return
    size = TYPES[code].size
    if size is None and at + 2 <= stop:
        size = int.from_bytes(data[at : at + 2])
        yield Span("value length", at, at + 2, size)
        at += 2
    if size is None or at + size > stop:
        yield Span("unread", at, stop)
        return
    raw = data[at : at + size]
    value = raw.decode(errors="replace") if TYPES[code].python is str else TYPES[code].read(raw)
    yield Span("value", at, at + size, value)
