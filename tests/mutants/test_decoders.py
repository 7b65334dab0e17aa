"""The decoder that the mutants of framing derive from: right as it stands, so that only their own step is wrong."""

from __future__ import annotations

import pytest

from bedrock_harness.mutants.decoders import PlainDecoder
from bedrock_harness.wire.errors import (
    FrameTooLongError,
    IncompleteFrameError,
    MessageChecksumError,
    PreludeChecksumError,
)
from bedrock_harness.wire.frames import Frame, encode

FRAMES = [
    Frame({":event-type": "messageStart", ":message-type": "event"}, b'{"role":"assistant"}'),
    Frame({":event-type": "contentBlockDelta", ":message-type": "event"}, '{"delta":{"text":"こ"}}'.encode()),
    Frame({}, b""),
]
WIRE = b"".join(map(encode, FRAMES))


@pytest.mark.parametrize("size", [1, 2, 11, 12, 13, 64, len(WIRE)])
def test_frames_come_out_whatever_the_pieces(size: int) -> None:
    """Pieces of any size give the same frames."""
    decoder = PlainDecoder()
    found = [frame for at in range(0, len(WIRE), size) for frame in decoder.feed(WIRE[at : at + size])]
    decoder.close()
    assert [(dict(frame.headers), frame.payload) for frame in found] == [(f.headers, f.payload) for f in FRAMES]
    assert (decoder.offset, decoder.buffered) == (len(WIRE), 0)


@pytest.mark.parametrize(
    ("at", "error"),
    [(8, PreludeChecksumError), (20, MessageChecksumError), (len(encode(FRAMES[0])) - 1, MessageChecksumError)],
)
def test_a_flipped_bit_is_an_error(at: int, error: type[Exception]) -> None:
    """Neither checksum is forgotten."""
    with pytest.raises(error):
        PlainDecoder().feed(WIRE[:at] + bytes([WIRE[at] ^ 1]) + WIRE[at + 1 :])


def test_an_unfinished_frame_is_an_error_at_the_end() -> None:
    """Bytes that are left are reported."""
    decoder = PlainDecoder()
    decoder.feed(WIRE[:-1])
    with pytest.raises(IncompleteFrameError):
        decoder.close()


def test_a_frame_beyond_the_limit_is_an_error() -> None:
    """A length that is too large is refused before its bytes are awaited."""
    with pytest.raises(FrameTooLongError):
        PlainDecoder(max_frame=32).feed(WIRE[:12])
