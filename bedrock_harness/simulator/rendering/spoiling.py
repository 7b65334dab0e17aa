"""Frames of a stream broken on purpose, before they are cut into pieces: what a `Fault` does to frames and not to bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType
from zlib import crc32

from bedrock_harness.simulator.rendering.answers import encode_frames
from bedrock_harness.simulator.rendering.padding import seeded
from bedrock_harness.simulator.script import Fault

__all__ = ["spoil_frames"]

_PRELUDE = 8
"""Bytes of a frame before its first checksum: the length of all, the length of the headers."""
_ALL_BITS = 0xFFFFFFFF
_TWO_GIB = 2**31


def spoil_frames(frames: tuple[bytes, ...], fault: Fault | None) -> tuple[bytes, ...]:
    """The frames with the fault's exception in place of those from `frame` on, or with the frame `frame` spoilt.

    Without `frame` it is the first. An exception beyond the last frame follows it; a frame that is not there is not spoilt.
    """
    if fault is None:
        return frames
    at = fault.frame or 0
    if fault.thrown is not None:
        frames = (*frames[:at], *encode_frames((fault.thrown,), seeded("")))
    if fault.spoil is not None and at < len(frames):
        frames = (*frames[:at], _SPOILERS[fault.spoil](frames[at]), *frames[at + 1 :])
    return frames


def _prelude_crc(frame: bytes) -> bytes:
    """A wrong checksum of the prelude, which the checksum of the whole message covers and agrees with."""
    return _sealed(frame[:_PRELUDE] + _turned(frame[_PRELUDE : _PRELUDE + 4]) + frame[_PRELUDE + 4 : -4])


def _message_crc(frame: bytes) -> bytes:
    return frame[:-4] + _turned(frame[-4:])


def _length(frame: bytes) -> bytes:
    """A length of 2 GiB under checksums that agree with it: a reader must not wait for it, nor make room for it."""
    prelude = struct.pack(">I", _TWO_GIB) + frame[4:_PRELUDE]
    return _sealed(prelude + struct.pack(">I", crc32(prelude)) + frame[_PRELUDE + 4 : -4])


def _turned(checksum: bytes) -> bytes:
    return struct.pack(">I", int.from_bytes(checksum) ^ _ALL_BITS)


def _sealed(frame: bytes) -> bytes:
    return frame + struct.pack(">I", crc32(frame))


_SPOILERS: Mapping[str, Callable[[bytes], bytes]] = MappingProxyType(
    {"prelude-crc": _prelude_crc, "message-crc": _message_crc, "length": _length}
)
