"""What holds for every reply that is streamed: it keeps the order, and folds back into itself."""

from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.fuzzing.strategies import replies
from bedrock_harness.wire.events import read_event
from bedrock_harness.wire.fold import fold
from bedrock_harness.wire.frames import FrameDecoder, encode
from bedrock_harness.wire.grammar import violations


@given(replies(), st.integers(1, 300))
def test_a_streamed_reply_folds_into_itself(made, size):
    """A reply streamed block by block or interleaved, in chunks of any size, keeps the order and folds into itself."""
    reply, frames = made
    data = b"".join(map(encode, frames))
    decoder = FrameDecoder()
    events = [read_event(frame) for at in range(0, len(data), size) for frame in decoder.feed(data[at : at + size])]
    decoder.close()
    assert violations(events) == []
    assert fold(events) == reply


@given(replies(), st.integers(0, 10**6))
def test_a_stream_with_an_event_missing_is_noticed(made, number):
    """A stream that lacks one event other than a delta breaks the order."""
    _, frames = made
    vital = [at for at, frame in enumerate(frames) if frame.event_type != "contentBlockDelta"]
    missing = vital[number % len(vital)]
    assert violations([read_event(frame) for at, frame in enumerate(frames) if at != missing])
