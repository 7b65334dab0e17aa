"""In which pieces a recorded body arrived, and when; and where its frames end.

Arithmetic on offsets. What a cassette keeps under the key `recorded` of an interaction, beside what vcrpy knows of it:

    recorded:
      at: '2026-11-21T00:45:00.123+00:00'   when the request was complete, by the recorder's clock
      origin: https://bedrock-runtime.us-east-1.amazonaws.com
      operation: ConverseStream             None for other traffic
      model: anthropic.claude-sonnet-4-20250514-v1:0
      head: 412000000                       nanoseconds from there to the reply's head
      chunks: [[130, 412000400], ...]       the end of each chunk as an offset in the body, and its time like `head`
      ending: finish                        or `break`, where the reply broke off

Chunks are HTTP's where the reply was chunked and arrived slowly enough; several that came at once may be split or stand
apart, which is what a client saw as well.
"""

from __future__ import annotations

from binascii import crc32
from typing import Any, Literal

import msgspec
from msgspec import Struct

__all__ = ["KEY", "Chunk", "Timing", "frame_ends", "timing_of"]

KEY = "recorded"
"""Where a cassette keeps what vcrpy has no place for, in each interaction. vcrpy reads past it."""

_SMALLEST_FRAME = 16
"""Prelude of 12 bytes and a checksum of 4, with neither headers nor payload."""


class Chunk(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A piece of a body: the offset of its end, and nanoseconds from the complete request to its arrival."""

    end: int
    at: int


class Timing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a cassette of ours knows beyond vcrpy's. The module says what each member is."""

    at: str
    origin: str
    operation: str | None = None
    model: str | None = None
    head: int
    chunks: tuple[Chunk, ...]
    ending: Literal["finish", "break"] = "finish"


def timing_of(value: Any, size: int) -> Timing:
    """The timing out of a cassette's plain values, for a body of this size. Raises ValueError for what is none."""
    timing = msgspec.convert(value, Timing)
    ends, times = [chunk.end for chunk in timing.chunks], [timing.head, *(chunk.at for chunk in timing.chunks)]
    if any(after <= before for before, after in zip([0, *ends], ends, strict=False)) or (ends or [0])[-1] != size:
        raise ValueError(f"its chunks must end at rising offsets, the last at the body's end, {size}")
    if any(after < before for before, after in zip([0, *times], times, strict=False)):
        raise ValueError("its times must not go backwards")
    return timing


def frame_ends(body: bytes) -> tuple[int, ...]:
    """The offset at which each whole frame of an event stream ends, up to the first place where there is no frame.

    Goes by the lengths in the preludes, each held against the prelude's checksum.
    """
    ends: list[int] = []
    start = 0
    while start + _SMALLEST_FRAME <= len(body):
        size = int.from_bytes(body[start : start + 4])
        if crc32(body[start : start + 8]) != int.from_bytes(body[start + 8 : start + 12]):
            break
        if size < _SMALLEST_FRAME or start + size > len(body):
            break
        start += size
        ends.append(start)
    return tuple(ends)
