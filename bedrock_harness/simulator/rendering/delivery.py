"""In which pieces a body goes out, and where it breaks: a `Delivery` and a `Fault`, worked out to offsets.

Pure arithmetic on bytes. When a piece is written, and to what, is `sending`'s business.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import Literal

from msgspec import Struct

from bedrock_harness.simulator.rendering.timing import fixed
from bedrock_harness.simulator.script import Delivery, Fault, Pace

__all__ = ["Chunks", "Plan", "make_plan"]

_NO_FAULT = Fault()
_GZIP = zlib.MAX_WBITS | 16
"""zlib's way to say that the format is gzip."""


class Chunks(Struct, frozen=True):
    """A body as HTTP/1.1 writes it in chunks: `data` without the last, empty chunk, and where each piece's chunk ends."""

    data: bytes
    ends: tuple[int, ...]


class Plan(Struct, frozen=True, dict=True):
    """What is written: `body` in pieces that end at `cuts`, each at its own of `times`, in seconds after the reply began.

    Pieces beyond the last time go out with it; without times nothing is waited for. Where there is a `pace`, times are
    drawn from it for each reply. `declared` is the size that a Content-Length states: more than the body where a fault
    cuts it and HTTP is to notice. Without `head` the ending is all that is sent. `hangs_up` closes a connection that the
    reply's head leaves open, `linger` seconds after the last byte, as any connection that is to be closed.
    """

    body: bytes
    cuts: tuple[int, ...]
    declared: int
    ending: Literal["finish", "close", "reset", "stall"] = "finish"
    times: tuple[float, ...] = ()
    pace: Pace | None = None
    head: bool = True
    hangs_up: bool = False
    linger: float = 0.0

    @cached_property
    def chunks(self) -> Chunks:
        """The body with a chunk a piece. Worked out once: a plan that is kept is sent many times."""
        begins = (0, *self.cuts)
        written = [
            b"%x\r\n%b\r\n" % (end - begin, self.body[begin:end]) for begin, end in zip(begins, self.cuts, strict=False)
        ]
        return Chunks(b"".join(written), tuple(accumulate(map(len, written))))


def make_plan(frames: Sequence[bytes], deliver: Delivery, fault: Fault | None) -> Plan:
    """Plan the delivery of a body that consists of these frames; a body that is no stream is one frame."""
    if deliver.gzip:
        frames = _gzipped(frames)
    whole = b"".join(frames)
    ends = tuple(accumulate(map(len, frames)))
    fault = fault or _NO_FAULT
    size = _kept(len(whole), ends, fault)
    cuts = _cuts(size, ends, deliver.pieces)
    return Plan(
        body=_flip(whole, fault.flip)[:size],
        cuts=cuts,
        declared=size if fault.ending == "finish" else len(whole),
        ending="close" if fault.ending == "finish" and not fault.head else fault.ending,
        times=() if deliver.pace else fixed(deliver, len(cuts)),
        pace=deliver.pace,
        head=fault.head,
        hangs_up=deliver.hang_up == "silently",
        linger=deliver.linger,
    )


def _gzipped(frames: Sequence[bytes]) -> tuple[bytes, ...]:
    """Each frame compressed and flushed, so that a reader has it whole when its piece has come (RFC 1952)."""
    packer = zlib.compressobj(wbits=_GZIP)
    packed = [packer.compress(frame) + packer.flush(zlib.Z_SYNC_FLUSH) for frame in frames]
    return (*packed[:-1], b"".join((*packed[-1:], packer.flush())))


def _kept(size: int, ends: tuple[int, ...], fault: Fault) -> int:
    """How many bytes go out. Where a fault names both a byte and a frame, the earlier one holds."""
    if not fault.head:
        return 0
    limits = [size]
    if fault.byte is not None:
        limits.append(fault.byte)
    cuts_frames = fault.thrown is None and fault.spoil is None
    if cuts_frames and fault.frame is not None and fault.frame < len(ends):
        limits.append(ends[fault.frame - 1] if fault.frame else 0)
    return min(limits)


def _cuts(
    size: int, ends: tuple[int, ...], pieces: Literal["frames", "whole"] | int | tuple[int, ...]
) -> tuple[int, ...]:
    """The end of each piece, in order, with no empty piece: an empty HTTP chunk would end the reply."""
    match pieces:
        case "frames":
            wanted: Sequence[int] = ends
        case "whole":
            wanted = ()
        case int():
            wanted = range(pieces, size, pieces) if pieces > 0 else ()
        case _:
            wanted = pieces
    cuts = sorted({end for end in wanted if 0 < end < size})
    return (*cuts, size) if size else ()


def _flip(body: bytes, bit: int | None) -> bytes:
    """Turn over one bit, counted from the highest of the first byte. A bit beyond the body changes nothing."""
    if bit is None or not 0 <= bit < len(body) * 8:
        return body
    byte, place = divmod(bit, 8)
    return b"".join((body[:byte], bytes((body[byte] ^ (0x80 >> place),)), body[byte + 1 :]))
