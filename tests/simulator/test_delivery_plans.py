"""Plans of deliveries, for any frames, cuts and faults: pure arithmetic on bytes."""

import gzip
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.simulator.rendering.delivery import make_plan
from bedrock_harness.simulator.script import Delivery, Fault

FRAMES = st.lists(st.binary(max_size=40), max_size=8)
OFFSETS = st.integers(-5, 400)
PIECES = st.one_of(st.sampled_from(["frames", "whole"]), st.integers(-1, 50), st.lists(OFFSETS, max_size=6).map(tuple))
SECONDS = st.floats(0, 5)
DELIVERIES = st.builds(
    Delivery,
    pieces=PIECES,
    delay=SECONDS,
    gap=SECONDS,
    times=st.lists(SECONDS, max_size=6).map(tuple),
    gzip=st.booleans(),
)
FAULTS = st.none() | st.builds(
    Fault,
    byte=st.none() | st.integers(0, 400),
    frame=st.none() | st.integers(0, 10),
    ending=st.sampled_from(["finish", "close", "reset", "stall"]),
    flip=st.none() | st.integers(-1, 4000),
    head=st.booleans(),
)


def parsed(chunked):
    """The chunks of a chunked body without its last one."""
    chunks = []
    while chunked:
        size, _, rest = chunked.partition(b"\r\n")
        length = int(size, 16)
        chunks.append(rest[:length])
        assert rest[length : length + 2] == b"\r\n"
        chunked = rest[length + 2 :]
    return chunks


@given(FRAMES, DELIVERIES, FAULTS)
def test_any_plan_is_sound(frames, deliver, fault):
    """Pieces are never empty and make up the body; a chunk is a piece; times never go back; a length never promises less."""
    plan = make_plan(frames, deliver, fault)
    pieces = [plan.body[begin:end] for begin, end in pairwise((0, *plan.cuts))]
    assert all(pieces)
    assert b"".join(pieces) == plan.body
    assert parsed(plan.chunks.data) == pieces
    ends = (0, *plan.chunks.ends)
    assert [parsed(plan.chunks.data[begin:end]) for begin, end in pairwise(ends)] == [[piece] for piece in pieces]
    assert list(plan.times) == sorted(plan.times)
    assert plan.declared >= len(plan.body)


@given(FRAMES, DELIVERIES, FAULTS)
def test_a_fault_takes_bytes_away_or_turns_one_bit(frames, deliver, fault):
    """A broken body is the beginning of the whole one, but for the one bit."""
    whole = make_plan(frames, deliver, None).body
    broken = make_plan(frames, deliver, fault).body
    different = [at for at, (one, other) in enumerate(zip(whole, broken, strict=False)) if one != other]
    assert len(broken) <= len(whole)
    assert len(different) <= 1
    for at in different:
        assert fault is not None
        assert at == fault.flip // 8
        assert (whole[at] ^ broken[at]).bit_count() == 1


@given(FRAMES, PIECES)
def test_any_body_compressed_is_the_same(frames, pieces):
    """Whatever its frames and pieces, a compressed body unpacks to what it was."""
    plan = make_plan(frames, Delivery(pieces=pieces, gzip=True), None)
    assert gzip.decompress(plan.body) == b"".join(frames)
