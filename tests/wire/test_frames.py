"""Frames, whole and cut, sound and spoilt."""

import pickle
import struct
import tracemalloc
from zlib import crc32

import pytest

from bedrock_harness.wire.errors import (
    FrameEncodingError,
    FrameError,
    FrameTooLongError,
    FrameTooShortError,
    HeadersTooLongError,
    IncompleteFrameError,
    MessageChecksumError,
    PreludeChecksumError,
)
from bedrock_harness.wire.frames import MAX_FRAME, Frame, FrameDecoder, encode
from tests.wire.made import conversation, decode, event_frame, header, raw_frame, stream


@pytest.mark.parametrize("size", [1, 2, 3, 5, 11, 12, 13, 100, 198, 4096, None])
def test_chunks_of_any_size_give_the_same_frames(size):
    """Chunks of any size give the same frames."""
    frames = conversation()
    assert decode(stream(frames), size) == frames


def test_a_frame_says_what_it_is():
    """A frame names its message type, event type and exception type, and None where a header is missing or no string."""
    frame = event_frame("messageStart", role="assistant")
    assert (frame.message_type, frame.event_type, frame.exception_type) == ("event", "messageStart", None)
    assert Frame({":event-type": 7}).event_type is None


def test_headers_keep_their_order():
    """Headers come out in the order in which they were on the wire."""
    (frame,) = decode(encode(Frame({"z": "1", "a": "2", "m": "3"})))
    assert list(frame.headers) == ["z", "a", "m"]


def test_a_decoded_frames_headers_cannot_be_changed():
    """Headers of a decoded frame cannot be written to, since frames with the same head share them."""
    (frame,) = decode(encode(Frame({"a": "1"})))
    with pytest.raises(TypeError):
        frame.headers["a"] = "2"


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_kind_of_buffer_is_taken(kind):
    """Bytes, bytearrays and memoryviews are taken, and payloads are bytes."""
    (frame,) = FrameDecoder().feed(kind(encode(Frame({}, b"payload"))))
    assert frame == Frame({}, b"payload")
    assert type(frame.payload) is bytes


def test_a_reused_buffer_does_not_change_frames():
    """A caller may write over its buffer after feeding it."""
    data = bytearray(stream(conversation(1)))
    decoder = FrameDecoder()
    first = decoder.feed(data[:200])
    data[:] = bytes(len(data))
    assert first[0] == conversation(1)[0]


@pytest.mark.parametrize("end", range(1, len(encode(event_frame("messageStart", role="assistant")))))
def test_a_frame_cut_at_any_byte_is_reported(end):
    """A frame cut at any byte is reported, not swallowed, and the part it was cut in is named."""
    whole = event_frame("messageStart", role="assistant")
    data = encode(whole)
    decoder = FrameDecoder()
    assert decoder.feed(data + data[:end]) == [whole]
    assert (decoder.buffered, decoder.offset) == (end, len(data))
    with pytest.raises(IncompleteFrameError) as caught:
        decoder.close()
    headers_end = len(data) - 4 - len(whole.payload)
    part = (
        "prelude" if end < 12 else "headers" if end < headers_end else "payload" if end < len(data) - 4 else "checksum"
    )
    assert caught.value.part == part
    assert caught.value.missing == (12 if end < 12 else len(data)) - end
    assert caught.value.offset == len(data) + end


def test_a_stream_that_ends_between_frames_is_whole():
    """A stream that ends between two frames closes in silence, as does an empty one."""
    assert decode(stream(conversation())) == conversation()
    assert decode(b"") == []


@pytest.mark.parametrize("size", [1, 7, None])
@pytest.mark.parametrize("bit", [0, 5, 40, 70, 100, 500, 900, 1100])
def test_a_flipped_bit_is_noticed(bit, size):
    """A flipped bit anywhere in a frame is noticed, and the frames ahead of it are given."""
    good, spoilt = encode(event_frame("messageStart", role="assistant")), bytearray(encode(conversation()[1]))
    spoilt[bit // 8] ^= 1 << (bit % 8)
    data = good + bytes(spoilt) + good
    with pytest.raises(FrameError) as caught:
        FrameDecoder().feed(data)
    assert caught.value.before == [event_frame("messageStart", role="assistant")]
    assert isinstance(caught.value, PreludeChecksumError if bit < 96 else MessageChecksumError)
    assert len(good) <= caught.value.offset < len(good) + len(spoilt)
    with pytest.raises(FrameError):
        decode(data, size)


def test_a_fault_is_final():
    """After a fault every call raises it again, sound bytes or not, with no frames ahead of it."""
    decoder = FrameDecoder()
    good = encode(Frame({}, b"sound"))
    with pytest.raises(MessageChecksumError) as first:
        decoder.feed(good + raw_frame(b"", b"x")[:-1] + b"\0" + good)
    assert first.value.before == [Frame({}, b"sound")]
    for again in (lambda: decoder.feed(good), lambda: decoder.feed(b""), decoder.close):
        with pytest.raises(MessageChecksumError) as later:
            again()
        assert later.value.before == []
        assert later.value.offset == first.value.offset
    assert decoder.buffered == 0


@pytest.mark.parametrize("total", [0, 1, 12, 15])
def test_a_frame_shorter_than_its_own_frame_is_refused(total):
    """A declared length below 16 is refused: botocore accepts 12 and loses its place."""
    with pytest.raises(FrameTooShortError) as caught:
        FrameDecoder().feed(raw_frame(total=total))
    assert caught.value.offset == 0


def test_a_length_beyond_the_limit_is_refused_before_a_byte_is_buffered():
    """A declared length beyond the limit is refused as soon as its prelude is there."""
    decoder = FrameDecoder()
    prelude = raw_frame(total=0xFFFFFFFF)[:12]
    assert decoder.feed(prelude[:11]) == []
    with pytest.raises(FrameTooLongError) as caught:
        decoder.feed(prelude[11:])
    assert str(MAX_FRAME) in str(caught.value)
    assert decoder.buffered == 0


def test_the_limit_is_the_specifications():
    """A frame of 24 MiB and 128 KiB of headers is accepted, and one more byte is not."""
    assert MAX_FRAME == 24 * 1024 * 1024 + 128 * 1024 + 16
    assert FrameDecoder().feed(raw_frame(total=MAX_FRAME)[:12]) == []
    with pytest.raises(FrameTooLongError):
        FrameDecoder().feed(raw_frame(total=MAX_FRAME + 1)[:12])


def test_the_limit_can_be_lowered():
    """A lower limit refuses a frame that is longer, and takes one that is as long."""
    data = encode(Frame({}, b"12345"))
    assert FrameDecoder(max_frame=len(data)).feed(data) == [Frame({}, b"12345")]
    with pytest.raises(FrameTooLongError):
        FrameDecoder(max_frame=len(data) - 1).feed(data)


@pytest.mark.parametrize(("total", "headers"), [(16, 1), (100, 85), (100, 0xFFFFFFFF), (1 << 20, 128 * 1024 + 1)])
def test_headers_that_do_not_fit_are_refused(total, headers):
    """A header block longer than its frame has room for, or than 128 KiB, is refused from the prelude alone."""
    with pytest.raises(HeadersTooLongError) as caught:
        FrameDecoder().feed(raw_frame(total=total, headers_length=headers)[:12])
    assert caught.value.offset == 4


def test_lengths_mean_nothing_before_their_checksum():
    """A prelude with a wrong checksum is reported as that, whatever lengths it declares."""
    prelude = struct.pack(">III", 0xFFFFFFFF, 0, crc32(b"something else"))
    with pytest.raises(PreludeChecksumError):
        FrameDecoder().feed(prelude)


def test_headers_mean_nothing_before_the_messages_checksum():
    """A frame with a wrong checksum is reported as that, even if its headers do not parse either."""
    data = raw_frame(header(b"", 99))
    with pytest.raises(MessageChecksumError):
        FrameDecoder().feed(data[:-1] + bytes([data[-1] ^ 1]))


def test_text_in_place_of_frames_is_shown():
    """A body that is no event stream at all is recognised by its first bytes in the error."""
    with pytest.raises(PreludeChecksumError, match="Output"):
        FrameDecoder().feed(b'{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"}}')


def test_the_same_lengths_with_other_headers_are_told_apart():
    """Frames with the same prelude and different headers keep their own headers."""
    frames = [Frame({"a": value}, b"x") for value in ("1", "2", "1", "3")]
    assert decode(stream(frames)) == frames


def test_the_same_headers_with_other_lengths_are_one_mapping():
    """Frames whose payloads alone differ share their headers, so that whoever knows one knows all."""
    first, second = decode(stream([Frame({"a": "1"}, b"x"), Frame({"a": "1"}, b"other")]))
    assert first.headers is second.headers


def test_a_corrupt_frame_with_a_known_head_is_noticed():
    """A head that was seen before does not exempt the payload after it from its checksum."""
    data = encode(event_frame("messageStart", role="assistant"))
    decoder = FrameDecoder()
    decoder.feed(data)
    with pytest.raises(MessageChecksumError) as caught:
        decoder.feed(data[:-6] + b"XY" + data[-4:])
    assert caught.value.offset == 2 * len(data) - 4


def test_offsets_are_absolute():
    """The offset of a fault counts from the start of the stream, over all chunks before it."""
    good = encode(Frame({}, b"12345"))
    bad = raw_frame(header(b"n", 7, b"\x00\xffabc"))
    decoder = FrameDecoder()
    for _ in range(3):
        decoder.feed(good)
    with pytest.raises(FrameError) as caught:
        decode(bad, 1, decoder)
    assert caught.value.offset == 3 * len(good) + 12 + 5
    assert decoder.offset == 3 * len(good)


@pytest.mark.parametrize(
    "frame",
    [
        lambda n: Frame({"n": f"{n:08}" + "x" * 300}),
        lambda n: Frame({"n": "x" * (n % 300)}, bytes(n // 300)),
    ],
    ids=["headers", "lengths"],
)
def test_memory_stays_bounded_whatever_heads_arrive(frame):
    """Frames whose heads never repeat, in their headers or in their lengths alone, do not fill the memory."""
    data = stream(map(frame, range(20_000)))
    decoder = FrameDecoder()
    tracemalloc.start()
    for at in range(0, len(data), 4096):
        decoder.feed(data[at : at + 4096])
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2 * 1024 * 1024


def test_a_large_frame_in_small_pieces_is_copied_once():
    """A frame of 1 MiB fed in pieces of 64 bytes takes memory in proportion to its size."""
    data = encode(Frame({}, bytes(1024 * 1024)))
    decoder = FrameDecoder()
    tracemalloc.start()
    frames = [frame for at in range(0, len(data), 64) for frame in decoder.feed(data[at : at + 64])]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(frames) == 1
    assert peak < 6 * len(data)


def test_headers_beyond_the_limit_are_not_encoded():
    """A header block of more than 128 KiB is refused by the encoder."""
    with pytest.raises(FrameEncodingError, match="131072"):
        encode(Frame({f"n{n}": "x" * 32_000 for n in range(5)}))


def test_errors_travel_between_processes():
    """An error keeps its message, offset and hint when it is pickled."""
    error = PreludeChecksumError("wrong", offset=7)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.offset, again.hint) == (str(error), 7, error.hint)
