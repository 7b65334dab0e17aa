"""Where botocore is lax, and we are not: each laxity shown, and the rule that decides against it.

When botocore mends its ways a test here fails, and goes.
"""

import struct

import pytest
from botocore.auth import SigV4Auth
from botocore.eventstream import EventStreamBuffer

from bedrock_harness.wire.errors import EventError, FrameError, IncompleteFrameError
from bedrock_harness.wire.events import read_event
from bedrock_harness.wire.frames import Frame, FrameDecoder, encode
from bedrock_harness.wire.sigv4 import Request, canonical_request
from tests.wire.made import header, raw_frame

SPOILT = {
    # "Header names MUST be at least one byte long."
    "no header name": raw_frame(header(b"", 0)),
    # "A two-byte unsigned integer that indicates the length in bytes of the following value."
    "a value that overruns its block": raw_frame(header(b"x", 7, b"\x00\xffabc")),
    # 4 of its 16 bytes are its own checksum; botocore gives a message and leaves these 4 bytes for the next one.
    "a total length of 12": raw_frame(total=12),
}


def botocore(data):
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_frame_is_refused(name):
    """botocore makes a message of a frame that the specification does not allow; we refuse it."""
    assert len(botocore(SPOILT[name])) == 1
    with pytest.raises(FrameError):
        FrameDecoder().feed(SPOILT[name])


def test_a_stream_cut_in_a_frame_is_reported():
    """botocore ends in silence inside a frame; we say that it is incomplete."""
    data = encode(Frame({}, b"payload"))[:-1]
    assert botocore(data) == []
    decoder = FrameDecoder()
    decoder.feed(data)
    with pytest.raises(IncompleteFrameError):
        decoder.close()


@pytest.mark.parametrize(
    ("block", "theirs"),
    [
        (header(b"a", 10), KeyError),
        (header(b"a", 4, b"\x00"), struct.error),
        (header(b"a\xff", 0), UnicodeDecodeError),
    ],
)
def test_a_broken_header_is_a_typed_error(block, theirs):
    """botocore lets KeyError, struct.error or UnicodeDecodeError out for a broken header; we raise an error of ours."""
    with pytest.raises(theirs):
        botocore(raw_frame(block))
    with pytest.raises(FrameError):
        FrameDecoder().feed(raw_frame(block))


@pytest.mark.parametrize(
    "frame",
    [
        Frame({":event-type": "messageStart"}, b'{"role":"assistant"}'),
        Frame({":message-type": "event"}, b'{"role":"assistant"}'),
        Frame({":message-type": "event", ":event-type": "messageStart"}, b'{"role":"assist'),
    ],
    ids=["no message type", "no event type", "cut JSON"],
)
def test_a_frame_that_is_no_event_is_refused(frame):
    """botocore takes, drops or empties such an event; Smithy's protocol tests require a refusal."""
    with pytest.raises(EventError):
        read_event(frame)


def test_blanks_beyond_ascii_belong_to_a_headers_value():
    """botocore folds every blank of Unicode in a header; the General Reference speaks of spaces."""
    request = Request("GET", "/", (("X", "a\u3000\u3000b"),))
    assert SigV4Auth._header_value(None, "a\u3000\u3000b") == "a b"
    assert canonical_request(request, ["x"]).headers == (("x", "a\u3000\u3000b"),)
