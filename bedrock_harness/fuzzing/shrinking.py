"""An input made smaller while it still fails in the same way. Knows bytes and frames, and what a caller tells it of failing."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bedrock_harness.fuzzing.mutation import Piece, joined, repaired, split

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["shrunk", "shrunk_stream"]

_SECONDS = 5.0


def shrunk(data: bytes, fails: Callable[[bytes], bool], *, end: float | None = None) -> bytes:
    """Return a smaller input that `fails`: halves, quarters and so on are left out, down to single bytes.

    Ends at `end` on the monotonic clock, or after five seconds, with the smallest found so far.
    """
    end = monotonic() + _SECONDS if end is None else end
    size = len(data)
    while size:
        at, smaller = 0, False
        while at < len(data) and monotonic() < end:
            candidate = data[:at] + data[at + size :]
            if fails(candidate):
                data, smaller = candidate, True
            else:
                at += size
        if not smaller:
            size //= 2
    return data


def shrunk_stream(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Do the same with an event stream, its checksums kept right: frames go first, then headers and payloads shrink."""
    end = monotonic() + _SECONDS
    pieces, rest = split(data)
    if not fails(joined(pieces, rest)):
        return shrunk(data, lambda candidate: fails(repaired(candidate)), end=end)  # a wrong checksum is what fails
    at = 0
    while at < len(pieces):
        without = pieces[:at] + pieces[at + 1 :]
        if fails(joined(without, rest)):
            pieces = without
        else:
            at += 1
    rest = shrunk(rest, lambda part: fails(joined(pieces, part)), end=end)
    for at, (headers, payload) in enumerate(pieces):
        before, after = pieces[:at], pieces[at + 1 :]

        def refused(headers: bytes, payload: bytes, before: list[Piece] = before, after: list[Piece] = after) -> bool:
            return fails(joined([*before, Piece(headers, payload), *after], rest))

        least = shrunk(payload, lambda part, headers=headers: refused(headers, part), end=end)  # type: ignore[misc]
        pieces[at] = Piece(shrunk(headers, lambda part, least=least: refused(part, least), end=end), least)  # type: ignore[misc]
    return joined(pieces, rest)
