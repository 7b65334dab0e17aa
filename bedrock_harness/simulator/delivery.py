"""In which pieces a body goes out, and where it breaks: a `Delivery` and a `Fault`, worked out to offsets.

Pure arithmetic on bytes. When a piece is written, and to what, is `sending`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import accumulate
from typing import Literal

from msgspec import Struct

from bedrock_harness.simulator.script import Delivery, Fault

__all__ = ["Chunks", "Plan", "make_plan"]


class Chunks(Struct, frozen=True):
    """A body as HTTP/1.1 writes it in chunks: `data` without the last, empty chunk, and where each piece's chunk ends."""

    data: bytes
    ends: tuple[int, ...]


class Plan(Struct, frozen=True, dict=True):
    """What is written: `body` in pieces that end at `cuts`, the first `delay` seconds after the request, each other `gap`
    seconds after the one before, or each at its own of `times`. `declared` is the size that a Content-Length states: more
    than the body where a fault cuts it and HTTP is to notice.
    """

    body: bytes
    cuts: tuple[int, ...]
    declared: int
    ending: Literal["finish", "close", "reset", "stall"] = "finish"
    delay: float = 0.0
    gap: float = 0.0
    times: tuple[float, ...] = ()

    @cached_property
    def chunks(self) -> Chunks:
        """The body with a chunk a piece. Worked out once: a plan that is kept is sent many times."""
        begins = (0, *self.cuts)
        written = [
            b"%x\r\n%b\r\n" % (end - begin, self.body[begin:end]) for begin, end in zip(begins, self.cuts, strict=False)
        ]
        return Chunks(b"".join(written), tuple(accumulate(map(len, written))))

    @property
    def paced(self) -> bool:
        """Whether anything has to be waited for."""
        return self.delay > 0 or self.gap > 0 or bool(self.times)

    def due(self, piece: int) -> float:
        """When a piece goes out: seconds after the reply began, pieces counted from 0."""
        if self.times:
            return self.times[min(piece, len(self.times) - 1)]
        return self.delay + piece * self.gap


def make_plan(frames: Sequence[bytes], deliver: Delivery, fault: Fault | None) -> Plan:
    """Plan the delivery of a body that consists of these frames; a body that is no stream is one frame."""
    whole = b"".join(frames)
    ends = tuple(accumulate(map(len, frames)))
    size = _kept(len(whole), ends, fault)
    body = _flip(whole, fault.flip)[:size] if fault else whole
    ending = fault.ending if fault else "finish"
    return Plan(
        body=body,
        cuts=_cuts(size, ends, deliver.pieces),
        declared=size if ending == "finish" else len(whole),
        ending=ending,
        delay=deliver.delay,
        gap=deliver.gap,
        times=deliver.times,
    )


def _kept(size: int, ends: tuple[int, ...], fault: Fault | None) -> int:
    """How many bytes go out. Where a fault names both a byte and a frame, the earlier one holds."""
    if fault is None:
        return size
    limits = [size]
    if fault.byte is not None:
        limits.append(fault.byte)
    if fault.frame is not None and fault.frame < len(ends):
        limits.append(ends[fault.frame - 1] if fault.frame else 0)
    return max(0, min(limits))


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
