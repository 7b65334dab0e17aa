"""Streams taken apart: every byte told once, every fault the decoder's own, and reading that goes on behind it."""

import struct
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.wire.dissection import dissect, next_frame
from bedrock_harness.wire.errors import EventError, FrameError
from bedrock_harness.wire.events import MessageStart, read_event
from bedrock_harness.wire.frames import Frame, FrameDecoder, Long, encode
from bedrock_harness.wire.grammar import violations
from tests.properties.test_frames import frames, typed
from tests.wire.made import conversation, decode, event_frame, header, raw_frame, stream

FRAMES = conversation(3)
SIZES = [len(encode(frame)) for frame in FRAMES]
WHOLE = stream(FRAMES)
SECOND = SIZES[0]
THIRD = SIZES[0] + SIZES[1]


def told(dissection):
    """The offsets at which pieces begin, and the errors of those that have one."""
    return [(piece.span.start, piece.fault and piece.fault.error) for piece in dissection.pieces]


def leaves(dissection):
    return [leaf for piece in dissection.pieces for leaf in piece.span.leaves]


def starts(*, without=(), shift=0):
    """Where frames begin, the later ones shifted."""
    at = [sum(SIZES[:n]) for n in range(len(SIZES))]
    return [(begin + (shift if begin > SECOND else 0), None) for begin in at if begin not in without]


def test_a_sound_stream_is_sound():
    """A sound stream has a piece for each frame, with the frame and the event that the decoder reads."""
    found = dissect(WHOLE)
    assert found.sound
    assert found.ordered
    assert [piece.frame for piece in found.pieces] == FRAMES
    assert [piece.event for piece in found.pieces] == [read_event(frame) for frame in FRAMES]
    assert told(found) == starts()


def test_each_field_has_its_place():
    """Each field of a frame is a leaf with its offsets and what it says."""
    data = encode(Frame({"n": Long(-2), "on": True, "s": "é"}, b"hello"))
    assert [(leaf.kind, leaf.start, leaf.end, leaf.value) for leaf in leaves(dissect(data))] == [
        ("total length", 0, 4, len(data)),
        ("headers length", 4, 8, 22),
        ("prelude checksum", 8, 12, crc32(data[:8])),
        ("name length", 12, 13, 1),
        ("name", 13, 14, "n"),
        ("type", 14, 15, 5),
        ("value", 15, 23, -2),
        ("name length", 23, 24, 2),
        ("name", 24, 26, "on"),
        ("type", 26, 27, 0),
        ("value", 27, 27, True),
        ("name length", 27, 28, 1),
        ("name", 28, 29, "s"),
        ("type", 29, 30, 7),
        ("value length", 30, 32, 2),
        ("value", 32, 34, "é"),
        ("payload", 34, 39, None),
        ("checksum", 39, 43, crc32(data[:-4])),
    ]


def test_a_wrong_message_checksum_is_shown_with_the_right_one():
    """A frame with a wrong checksum is read for what it seems to say, with the checksum that its bytes give."""
    data = bytearray(WHOLE)
    data[SECOND - 1] ^= 1
    first = dissect(bytes(data)).pieces[0]
    (checksum,) = first.span.find("checksum")
    assert (first.fault.error, first.fault.offset) == ("MessageChecksumError", SECOND - 4)
    assert checksum.should_be == crc32(WHOLE[: SECOND - 4]) == checksum.value ^ 1
    assert isinstance(first.event, MessageStart)
    assert not first.lost
    assert told(dissect(bytes(data)))[1:] == starts()[1:]


def test_a_wrong_prelude_checksum_is_shown_with_the_right_one():
    """Where a sound frame follows at the place that the lengths name, they are believed whatever their checksum."""
    data = bytearray(WHOLE)
    data[SECOND + 8] ^= 1
    found = dissect(bytes(data))
    second = found.pieces[1]
    (checksum,) = second.span.find("prelude checksum")
    assert (second.fault.error, second.fault.offset) == ("PreludeChecksumError", SECOND + 8)
    assert checksum.should_be == crc32(WHOLE[SECOND : SECOND + 8])
    assert second.frame == FRAMES[1]
    assert [offset for offset, _ in told(found)] == [offset for offset, _ in starts()]
    assert found.end is None


INSERTED = {
    "in the prelude": (SECOND + 5, "PreludeChecksumError"),
    "in the headers": (SECOND + 40, "MessageChecksumError"),
    "in the payload": (THIRD - 20, "MessageChecksumError"),
}


@pytest.mark.parametrize("place", INSERTED)
@pytest.mark.parametrize("garbage", [b"x", b"xyz\x00\x00", bytes(40)], ids=["1 byte", "5 bytes", "40 zeros"])
def test_reading_goes_on_behind_bytes_too_many(place, garbage):
    """Bytes too many in a frame spoil that frame; the next one is found behind them, and all after it."""
    at, error = INSERTED[place]
    found = dissect(WHOLE[:at] + garbage + WHOLE[at:])
    assert told(found) == [(0, None), (SECOND, error), *starts(shift=len(garbage))[2:]]
    assert found.pieces[1].lost


@pytest.mark.parametrize("place", INSERTED)
def test_reading_goes_on_behind_bytes_lost(place):
    """Bytes lost from a frame spoil that frame; the next one is found inside the length that it declares."""
    at, error = INSERTED[place]
    found = dissect(WHOLE[:at] + WHOLE[at + 3 :])
    assert told(found) == [(0, None), (SECOND, error), *starts(shift=-3)[2:]]


@pytest.mark.parametrize("garbage", [b"x", b"eleven byte", bytes(12), b"more than a prelude"])
def test_bytes_between_frames_are_told_as_none(garbage):
    """Bytes between two frames are a piece of their own, however few."""
    found = dissect(WHOLE[:SECOND] + garbage + WHOLE[SECOND:])
    later = [(at + len(garbage), fault) for at, fault in starts()[1:]]
    short = len(garbage) < 12
    error = found.pieces[1].fault.error
    assert [at for at, _ in told(found)] == [0, SECOND, *(at for at, _ in later)]
    assert error in {"PreludeChecksumError", "FrameTooShortError"}
    assert ([leaf.kind for leaf in found.pieces[1].span.leaves] == ["unread"]) == short


def test_a_frame_lost_whole_is_out_of_order_only():
    """A stream without one of its frames is sound bytes, and the order tells what is missing."""
    found = dissect(b"".join(encode(frame) for frame in FRAMES if frame.event_type != "contentBlockStop"))
    assert [fault for _, fault in told(found)] == [None] * (len(FRAMES) - 1)
    (stop,) = (piece for piece in found.pieces if piece.disorder)
    assert stop.disorder.message == "messageStop before contentBlockStop for block 0"
    assert not found.sound


BROKEN_LENGTHS = {
    "too short": (raw_frame(total=15), "FrameTooShortError", 0),
    "too long": (raw_frame(total=0xFFFFFFFF), "FrameTooLongError", 0),
    "no room for its headers": (raw_frame(total=16, headers_length=1), "HeadersTooLongError", 4),
}


@pytest.mark.parametrize("name", BROKEN_LENGTHS)
def test_impossible_lengths_are_told_and_passed_over(name):
    """Impossible lengths under a right checksum are a fault of their own, and the next frame is found."""
    spoilt, error, at = BROKEN_LENGTHS[name]
    found = dissect(spoilt + WHOLE)
    assert told(found) == [(0, error), *((len(spoilt) + begin, None) for begin in [0, *(s for s, _ in starts()[1:])])]
    assert found.pieces[0].fault.offset == at
    assert [leaf.kind for leaf in found.pieces[0].span.leaves][-1] == "unread"


@pytest.mark.parametrize("cut", range(1, SIZES[-1]))
def test_a_cut_stream_is_told_to_its_last_byte(cut):
    """A stream cut anywhere in its last frame is laid out to its last byte, with the decoder's own fault."""
    data = WHOLE[:-cut]
    found = dissect(data)
    last = found.pieces[-1]
    assert told(found) == [*starts()[:-1], (sum(SIZES[:-1]), "IncompleteFrameError")]
    assert last.fault.offset == last.span.end == len(data)
    assert found.end.message == "the stream ends after messageStop, where metadata must come"
    assert any(last.span.find("checksum")) == (cut < 4)


def test_headers_are_read_up_to_the_first_that_does_not_fit():
    """A header block is laid out up to the header that does not parse, and the rest of it is unread."""
    data = raw_frame(header(b"a", 0) + header(b"b", 10, b"what follows"), b"payload")
    (piece,) = dissect(data).pieces
    kinds = [(leaf.kind, leaf.start) for leaf in piece.span.leaves][3:]
    assert (piece.fault.error, piece.fault.offset) == ("UnknownHeaderTypeError", 17)
    assert kinds == [
        ("name length", 12),
        ("name", 13),
        ("type", 14),
        ("value", 15),
        ("name length", 15),
        ("name", 16),
        ("type", 17),
        ("unread", 18),
        ("payload", 30),
        ("checksum", 37),
    ]
    assert piece.frame is None


@pytest.mark.parametrize(
    ("frame", "error", "at"),
    [
        (Frame({":event-type": "messageStart"}, b"{}"), "EventHeaderError", 12),
        (event_frame("messageStart"), "EventPayloadError", 12 + 82),
        (Frame({}), "EventHeaderError", 12),
    ],
    ids=["no message type", "no role", "nothing at all"],
)
def test_a_frame_that_is_no_event_is_told_where(frame, error, at):
    """A sound frame that is no event has the event's error, at its headers or its payload."""
    (piece,) = dissect(encode(frame)).pieces
    assert (piece.fault.error, piece.fault.offset, piece.frame) == (error, at, frame)


def test_a_stream_of_another_operation_is_not_held_against_the_order():
    """Where no event is ConverseStream's, its order is not asked for; an empty stream lacks its messageStart."""
    other = dissect(stream([event_frame("chunk")] * 2))
    assert (other.ordered, other.sound) == (False, True)
    assert dissect(b"").end.message == "the stream ends at the start, where messageStart must come"


def test_a_stream_of_beginnings_alone_is_given_up():
    """Bytes made to be searched again and again are given up in time: what is left is one piece."""
    lengths = struct.pack(">II", 20_000_000, 0)
    found = dissect((lengths + struct.pack(">I", crc32(lengths))) * 100_000)
    assert len(found.pieces) == 101
    assert "the rest is not read" in found.pieces[-1].fault.message
    assert found.pieces[-1].span.end == found.size


def test_a_frame_is_found_anywhere():
    """The next frame is found wherever it begins, and only where a whole prelude is."""
    data = b"\0" * 7 + WHOLE
    assert next_frame(data) == 7
    assert next_frame(data, 8) == 7 + SECOND
    assert next_frame(WHOLE[:11]) is None
    assert next_frame(raw_frame(total=15)) is None


# ----------------------------------------------------------------------------------------------------------- properties


def expected(data):
    """The first fault that the decoder has for these bytes, and what is ahead of it."""
    decoder = FrameDecoder()
    try:
        return decoder.feed(data), decoder.close()
    except FrameError as error:
        return error.before or decode_ahead(data), (type(error).__name__, error.offset, error.message)


def decode_ahead(data):
    return FrameDecoder().feed(data) if dissect(data).pieces[-1].fault.error == "IncompleteFrameError" else []


@given(st.lists(frames, max_size=5))
def test_what_is_sound_is_read_as_the_decoder_reads_it(sent):
    """Every frame that can be encoded is laid out with its headers and payload, and its leaves tile its bytes."""
    data = stream(sent)
    found = dissect(data)
    assert [typed(piece.frame) for piece in found.pieces] == [typed(frame) for frame in sent]
    check_tiling(found, data)


@given(st.lists(frames, min_size=1, max_size=4), st.data())
def test_whatever_is_spoilt_the_first_fault_is_the_decoders(sent, draw):
    """However a stream is spoilt, the first fault told is the decoder's, and its leaves tile all of the bytes."""
    data = bytearray(stream(sent))
    at = draw.draw(st.integers(0, len(data) - 1))
    end = draw.draw(st.integers(at, min(at + 20, len(data))))
    data[at:end] = draw.draw(st.binary(max_size=20))
    spoilt = bytes(data)
    found = dissect(spoilt)
    check_tiling(found, spoilt)
    faults = [piece for piece in found.pieces if piece.fault and not is_event_error(piece.fault)]
    ahead, fault = expected(spoilt)
    first = faults[0].fault if faults else None
    assert (first and (first.error, first.offset, first.message)) == fault
    assert [piece.frame for piece in found.pieces[: len(ahead)]] == ahead


def is_event_error(fault):
    return fault.error in {kind.__name__ for kind in EventError.__subclasses__()}


@given(st.binary(max_size=300))
def test_rubbish_is_told_to_its_last_byte(data):
    """Whatever the bytes are, they are told once each."""
    check_tiling(dissect(data), data)


def check_tiling(found, data):
    ends = [0, *(leaf.end for leaf in leaves(found))]
    assert [leaf.start for leaf in leaves(found)] == ends[:-1]
    assert ends[-1] == found.size == len(data)


def test_the_order_is_the_grammars():
    """Violations are those of the grammar, each with the piece of its event, unreadable pieces counted."""
    spoilt = [FRAMES[1], Frame({}), *FRAMES[2:]]
    found = dissect(stream(spoilt))
    events = [piece.event for piece in found.pieces if piece.event]
    assert len(violations(events)) == len([piece for piece in found.pieces if piece.disorder]) == 1
    assert dissect(stream([FRAMES[0], Frame({}), *FRAMES[2:4], FRAMES[4], FRAMES[4]])).pieces[5].disorder.position == 5
    assert decode(stream(spoilt)) == [piece.frame for piece in found.pieces]
