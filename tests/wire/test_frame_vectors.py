"""The nine golden frames that the AWS SDKs share, and botocore as a second reader of ours."""

import base64
import json
from uuid import UUID

import pytest
from botocore.eventstream import EventStreamBuffer

from bedrock_harness.wire.errors import MessageChecksumError, PreludeChecksumError
from bedrock_harness.wire.frames import Byte, Frame, FrameDecoder, Long, Short, Timestamp, encode
from tests.shared import shared
from tests.wire.made import conversation, decode, stream

POSITIVE = ["all_headers", "empty_message", "int32_header", "payload_no_headers", "payload_one_str_header"]
NEGATIVE = ["corrupted_header_len", "corrupted_headers", "corrupted_length", "corrupted_payload"]
ERRORS = {"Prelude checksum mismatch": PreludeChecksumError, "Message checksum mismatch": MessageChecksumError}

# The vectors write bytes, strings and UUIDs as base64.
READ = {
    0: lambda _: True,
    1: lambda _: False,
    2: Byte,
    3: Short,
    4: int,
    5: Long,
    6: base64.b64decode,
    7: lambda value: base64.b64decode(value).decode(),
    8: Timestamp,
    9: lambda value: UUID(bytes=base64.b64decode(value)),
}


def vector(kind, name):
    root = shared("vectors/eventstream")
    return (root / "encoded" / kind / name).read_bytes(), (root / "decoded" / kind / name).read_text(encoding="utf-8")


def test_no_vector_is_left_out():
    """Every golden frame that there is has its test."""
    root = shared("vectors/eventstream/encoded")
    assert sorted(path.name for path in (root / "positive").iterdir()) == POSITIVE
    assert sorted(path.name for path in (root / "negative").iterdir()) == NEGATIVE


@pytest.mark.parametrize("name", POSITIVE)
def test_a_golden_frame_is_read_and_written(name):
    """A golden frame decodes to its headers and payload, and encodes to the same bytes."""
    data, text = vector("positive", name)
    decoded = json.loads(text)
    headers = {row["name"]: READ[row["type"]](row["value"]) for row in decoded["headers"]}
    frame = Frame(headers, base64.b64decode(decoded["payload"]))
    (read,) = FrameDecoder().feed(data)
    assert read == frame
    assert [type(value) for value in read.headers.values()] == [type(value) for value in headers.values()]
    assert encode(frame) == data


@pytest.mark.parametrize("name", NEGATIVE)
@pytest.mark.parametrize("size", [1, 1000])
def test_a_corrupted_frame_is_refused(name, size):
    """A corrupted golden frame is refused for the reason that it was corrupted for."""
    data, reason = vector("negative", name)
    with pytest.raises(ERRORS[reason.strip()]):
        decode(data, size)


def test_botocore_reads_what_we_write():
    """botocore reads our frames, and sees the same headers and payloads."""
    buffer = EventStreamBuffer()
    buffer.add_data(stream(conversation()))
    assert [(message.headers, message.payload) for message in buffer] == [
        (dict(frame.headers), frame.payload) for frame in conversation()
    ]
