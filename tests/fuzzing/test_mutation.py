"""Streams changed with their checksums put right: what is behind the checksums is reached."""

from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.fuzzing.mutation import Edit, edited, joined, mutated_stream, repaired, split
from bedrock_harness.fuzzing.shrinking import shrunk
from bedrock_harness.fuzzing.strategies import edits, streams
from bedrock_harness.fuzzing.targets import see
from bedrock_harness.wire.frames import Frame, encode

CHECKSUMS = ("PreludeChecksumError", "MessageChecksumError")


@given(streams)
def test_a_sound_stream_is_taken_apart_and_put_together_again(sent):
    """The frames of a sound stream, joined again, are the stream; there is nothing to repair in it."""
    data = b"".join(map(encode, sent))
    pieces, rest = split(data)
    assert (len(pieces), rest) == (len(sent), b"")
    assert joined(pieces) == repaired(data) == data


@given(streams, edits)
def test_a_spoilt_stream_fails_behind_its_checksums(sent, changes):
    """Whatever is changed, no checksum of a whole frame is wrong afterwards."""
    assert not see([edited(b"".join(map(encode, sent)), changes)]).error.startswith(CHECKSUMS)


@given(st.binary(max_size=200), st.integers(0, 1 << 32))
def test_a_mutant_has_at_most_the_length_allowed(data, seed):
    """A mutated stream, from any bytes, is no longer than it may be."""
    assert len(mutated_stream(data, 300, seed, lambda part, most: (part * 3 + b"x" * 400)[:most])) <= 300


def test_a_length_can_lie_under_a_right_checksum():
    """A declared length can be set to anything, and its prelude's checksum still fits."""
    data = edited(encode(Frame({"a": 1}, b"payload")), [Edit("headers", 0, 0xFFFFFFFF)])
    assert see([data]).error.startswith("HeadersTooLongError")


def test_an_input_is_shrunk_to_what_fails():
    """Shrinking keeps what the failure needs and nothing else."""
    assert shrunk(bytes(range(256)) * 4, lambda data: b"\x80" in data and data.count(b"\x07") > 1) == b"\x07\x07\x80"
