"""Strategies for frames: every header type, the lengths at the edges, streams, ways to cut them and to spoil them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from bedrock_harness.fuzzing.mutation import EDITS, Edit
from bedrock_harness.wire.frames import Byte, Frame, Long, Short, Timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedrock_harness.wire.headers import HeaderValue

__all__ = ["cuts", "edits", "frames", "header_values", "long_frames", "names", "pieces", "streams", "text"]

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
"""Text that UTF-8 can hold."""

names = text.filter(lambda name: 1 <= len(name.encode()) <= 255)
"""Header names."""


def _signed(bits: int) -> st.SearchStrategy[int]:
    edge = 2 ** (bits - 1)
    return st.integers(-edge, edge - 1) | st.sampled_from([-edge, -1, 0, edge - 1])


header_values: st.SearchStrategy[HeaderValue] = st.one_of(
    st.booleans(),
    _signed(8).map(Byte),
    _signed(16).map(Short),
    _signed(32),
    _signed(64).map(Long),
    st.binary(max_size=40),
    text,
    _signed(64).map(Timestamp),
    st.uuids(),
)
"""Values of all ten types."""

frames = st.builds(Frame, st.dictionaries(names, header_values, max_size=6), st.binary(max_size=300))
"""Frames of a usual size."""

_longest = st.sampled_from([0, 1, 32766, 32767])
_values_at_edges = _longest.map(lambda size: b"\xff" * size) | _longest.map(lambda size: "x" * size)
_names_at_edges = st.sampled_from(["x", "n" * 254, "n" * 255, "é" * 127, "𝄞" * 63])

long_frames = st.builds(
    Frame,
    st.dictionaries(_names_at_edges, _values_at_edges | header_values, max_size=3),
    st.sampled_from([0, 1, 4095, 65535, 65536, 1 << 20]).map(bytes),
)
"""Frames at the edges: names of 255 bytes, values of 32,767, payloads up to 1 MiB."""

streams = st.lists(frames, max_size=6)
"""Streams of frames."""

cuts = st.lists(st.integers(0, 4000), max_size=20)
"""Where to cut a stream, for `pieces`."""

edits = st.lists(
    st.builds(
        Edit,
        st.sampled_from(EDITS),
        st.integers(0, 4000),
        st.integers(0, 255) | st.integers(0, 64) | st.sampled_from([0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF]),
    ),
    max_size=6,
)
"""Changes to a stream, for `mutation.edited`, which puts the checksums right after each."""


def pieces(data: bytes, at: Iterable[int]) -> list[bytes]:
    """The data cut at these offsets, each where it falls modulo the length."""
    bounds = [0, *sorted(cut % (len(data) + 1) for cut in at), len(data)]
    return [data[begin:end] for begin, end in pairwise(bounds)]
