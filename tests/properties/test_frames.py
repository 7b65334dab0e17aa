"""What holds for every frame and every way to cut a stream."""

import itertools
import struct
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_harness.fuzzing.strategies import cuts, frames, header_values, pieces, streams
from bedrock_harness.fuzzing.strategies.frames import text
from bedrock_harness.wire.errors import EventError, FrameError
from bedrock_harness.wire.events import EVENT_TYPES, read_event
from bedrock_harness.wire.frames import Byte, Frame, FrameDecoder, encode


def outcome(chunks):
    """Everything there is to see of a stream: its frames, and how it ends."""
    decoder, seen = FrameDecoder(), []
    try:
        for chunk in chunks:
            seen += decoder.feed(chunk)
        decoder.close()
    except FrameError as error:
        return seen + error.before, type(error), str(error), error.offset, decoder.offset
    return seen, None, "", None, decoder.offset


def typed(frame):
    return [(name, type(value), value) for name, value in frame.headers.items()], frame.payload


@given(frames)
def test_a_frame_survives_its_bytes(frame):
    """A frame encoded and decoded is the same, to the types and the order of its headers."""
    decoder = FrameDecoder()
    (read,) = decoder.feed(encode(frame))
    decoder.close()
    assert typed(read) == typed(frame)


@given(streams, cuts)
def test_cuts_change_nothing(sent, at):
    """However a stream is cut, its frames are the same."""
    data = b"".join(map(encode, sent))
    assert outcome(pieces(data, at)) == (sent, None, "", None, len(data))


@given(streams, st.integers(0, 10**6), cuts)
def test_cuts_change_no_fault_either(sent, bit, at):
    """However a spoilt stream is cut, the frames ahead of the fault, the fault and its place are the same."""
    data = bytearray(b"".join(map(encode, sent)))
    if data:
        data[bit // 8 % len(data)] ^= 1 << (bit % 8)
    whole = outcome([bytes(data)])
    assert outcome(pieces(bytes(data), at)) == whole
    assert whole[0] == sent[: len(whole[0])]
    assert (whole[1] is None) == (not data)


def without_memory(data):
    """The frames of a stream and how it ends, from a new decoder for each frame: none has seen a head before."""
    seen, at = [], 0
    while at < len(data):
        decoder = FrameDecoder()
        try:
            frames = decoder.feed(data[at:])
            if not frames:
                decoder.close()
        except FrameError as error:
            frames = error.before
            if not frames:
                return seen, type(error), at + error.offset
        seen.append(frames[0])
        at += len(encode(frames[0]))
    return seen, None, None


# Heads of the same length, the same prelude, and other lengths of payload: whatever a memo could mistake.
alike = st.builds(
    Frame, st.sampled_from([{}, {"a": "1"}, {"a": "2"}, {"ab": ""}, {"a": "12"}]), st.sampled_from([b"", b"1", b"12"])
)


@given(st.lists(alike, min_size=1, max_size=20), st.none() | st.integers(0, 10**6), st.integers(0, 10**6), cuts)
def test_what_was_seen_before_changes_nothing(sent, bit, length, at):
    """A decoder that remembers heads and preludes sees what one sees that does not, in spoilt and cut streams too."""
    data = bytearray(b"".join(map(encode, sent)))
    if bit is not None:
        data[bit // 8 % len(data)] ^= 1 << (bit % 8)
    del data[len(data) - length % len(data) :]
    frames, fault, _, place, _ = outcome(pieces(bytes(data), at))
    assert (frames, fault, place) == without_memory(bytes(data))


@given(st.binary(max_size=300), st.integers(0, 2**32 - 1))
def test_isal_gives_the_same_checksums(data, start):
    """The faster CRC-32 that is used where it is installed is that of the standard library."""
    isal = pytest.importorskip("isal.isal_zlib", reason="isal is not installed: bedrock-harness[fast]")
    assert isal.crc32(data, start) == crc32(data, start)


@given(streams, st.integers(0, 10**6))
def test_an_end_between_frames_is_the_only_sound_one(sent, length):
    """A stream that ends anywhere but between two frames is incomplete."""
    encoded = [encode(frame) for frame in sent]
    data = b"".join(encoded)
    ends = set(itertools.accumulate(map(len, encoded), initial=0))
    cut = length % (len(data) + 1)
    assert (outcome([data[:cut]])[1] is None) == (cut in ends)


@given(streams, cuts)
def test_botocore_sees_the_same(sent, at):
    """botocore's decoder reads the same headers and payloads from our bytes."""
    buffer, theirs = EventStreamBuffer(), []
    for piece in pieces(b"".join(map(encode, sent)), at):
        buffer.add_data(piece)
        theirs += [(message.headers, message.payload) for message in buffer]
    # botocore gives a UUID as its 16 bytes.
    ours = [
        ({name: getattr(value, "bytes", value) for name, value in frame.headers.items()}, frame.payload)
        for frame in sent
    ]
    assert theirs == ours


@given(st.binary(max_size=400), cuts)
def test_rubbish_is_a_typed_error(data, at):
    """Whatever bytes arrive, nothing but a typed error comes of them."""
    outcome(pieces(data, at))


@given(st.binary(max_size=120), st.binary(max_size=20))
def test_rubbish_with_right_checksums_is_a_typed_error(block, payload):
    """A header block of arbitrary bytes under right checksums is read or is a typed error, the same whenever it comes."""
    lengths = struct.pack(">II", 16 + len(block) + len(payload), len(block))
    head = lengths + struct.pack(">I", crc32(lengths)) + block + payload
    data = head + struct.pack(">I", crc32(head))
    first = outcome([data])
    assert outcome([data[:12], data[12:]]) == first
    if first[1] is None:
        assert [typed(frame) for frame in FrameDecoder().feed(data + data)] == [typed(first[0][0])] * 2


def attempt(frame):
    try:
        return read_event(frame)
    except EventError as error:
        return error


@given(st.sampled_from([*EVENT_TYPES, "unheardOf"]), st.binary(max_size=60) | text.map(str.encode))
@settings(max_examples=200)
def test_any_payload_is_an_event_or_a_typed_error(kind, payload):
    """Whatever a payload holds, it is an event that keeps its frame, or a typed error that does."""
    frame = Frame({":event-type": kind, ":message-type": "event"}, payload)
    result = attempt(frame)
    assert result.frame is frame
    assert isinstance(result, EventError) or isinstance(result.extra, dict)


@given(
    st.dictionaries(
        st.sampled_from([":message-type", ":event-type", ":exception-type", ":error-code", "x"]), header_values
    )
)
def test_any_headers_are_an_event_or_a_typed_error(headers):
    """Whatever the headers say, a frame is an event or a typed error."""
    result = attempt(Frame(headers, b"{}"))
    assert not isinstance(result, EventError) or result.hint


def test_a_broken_decoder_would_be_caught():
    """The comparison by type that the round trip rests on tells equal values of different widths apart."""
    with pytest.raises(AssertionError):
        assert typed(Frame({"n": Byte(1)})) == typed(Frame({"n": True}))
