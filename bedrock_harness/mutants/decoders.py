"""The decoder that many write at first: a buffer, and a loop that cuts frames off its front.

As it stands it is right, if slow. The mutants of framing derive from it and get one step wrong. It shares with the wire
room only the reading of a frame's headers.
"""

from __future__ import annotations

from zlib import crc32

from bedrock_harness.wire.errors import (
    FrameError,
    FrameTooLongError,
    IncompleteFrameError,
    MessageChecksumError,
    PreludeChecksumError,
)
from bedrock_harness.wire.frames import MAX_FRAME, Frame
from bedrock_harness.wire.headers import read_headers

__all__ = ["PlainDecoder"]

PRELUDE = 12
CHECKSUM = 4


class PlainDecoder:
    """Frames out of bytes, with the face of `wire.frames.FrameDecoder`."""

    def __init__(self, *, max_frame: int = MAX_FRAME) -> None:
        self.max_frame = max_frame
        self.buffer = b""
        self.offset = 0

    @property
    def buffered(self) -> int:
        """Bytes of the unfinished frame."""
        return len(self.buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that these bytes finish."""
        self.buffer += data
        found: list[Frame] = []
        try:
            while (frame := self.take()) is not None:
                found.append(frame)
        except FrameError as error:
            error.before = found
            raise
        return found

    def close(self) -> None:
        """Raises IncompleteFrameError where bytes are left."""
        if self.buffer:
            raise IncompleteFrameError("the stream ended in a frame", offset=self.offset)

    def take(self) -> Frame | None:
        """Cut the next frame off the buffer, None where it is not whole yet."""
        if len(self.buffer) < PRELUDE:
            return None
        total, headers = int.from_bytes(self.buffer[:4]), int.from_bytes(self.buffer[4:8])
        self.check_prelude()
        if total > self.max_frame:
            raise FrameTooLongError(f"a frame declares {total} bytes", offset=self.offset)
        if len(self.buffer) < total:
            return None
        message, self.buffer = self.buffer[:total], self.buffer[total:]
        self.check_message(message)
        body = message[PRELUDE:-CHECKSUM]
        frame = Frame(
            read_headers(body[:headers], offset=self.offset), self.read_payload(body[headers:], PRELUDE + headers)
        )
        self.offset += total
        return frame

    def check_prelude(self) -> None:
        """Compare the checksum of the two lengths."""
        if crc32(self.buffer[:8]) != int.from_bytes(self.buffer[8:PRELUDE]):
            raise PreludeChecksumError("the prelude's checksum is wrong", offset=self.offset)

    def check_message(self, message: bytes) -> None:
        """Compare the checksum of the whole frame."""
        if crc32(message[:-CHECKSUM]) != int.from_bytes(message[-CHECKSUM:]):
            raise MessageChecksumError("a frame's checksum is wrong", offset=self.offset)

    def read_payload(self, payload: bytes, start: int) -> bytes:  # noqa: ARG002 - for decoders that need to know
        """The payload, which begins `start` bytes behind the frame's beginning."""
        return payload
