"""The prompt cache: which part of a prompt was read from it, and which was written to it.

Knows prefixes by their digest, how many tokens they had and until when they are kept; keeps no prompt. Time is what the
caller says it is, in seconds. As the Bedrock user guide has it ("Prompt caching for faster model inference"): a cache point
ends a prefix; a prefix below the model's minimum is not cached, and nobody is told; a read renews the prefix's life; for
Claude the service looks back over some 20 blocks ahead of a point for the end of a prefix that it knows.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from hashlib import blake2b
from typing import Literal, TypeAlias, cast

import msgspec
from msgspec import Struct

from bedrock_harness.simulator.speaking.manners import Manner
from bedrock_harness.simulator.speaking.prompt import Piece

__all__ = ["Cached", "PromptCache", "Ttl"]

Ttl: TypeAlias = Literal["5m", "1h"]

_SECONDS: dict[Ttl, float] = {"5m": 300.0, "1h": 3_600.0}

_MOST = 4_096
"""Prefixes remembered. The least recently used is forgotten first."""


class Cached(Struct, frozen=True):
    """Tokens of a prompt that were read from the cache, and those that were written to it by time to live."""

    read: int = 0
    written: dict[Ttl, int] = {}


class _End(Struct, frozen=True):
    """Where a prefix of the prompt ends: its digest, its tokens, and the cache point that stands there."""

    digest: bytes
    tokens: int
    ttl: Ttl | None


class PromptCache:
    """The prefixes seen so far, of all models."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[bytes, tuple[Ttl, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def account(self, pieces: Iterable[Piece], *, model: str, manner: Manner, now: float) -> Cached:
        """What this prompt reads from the cache and writes to it, at that time. Remembers what it wrote."""
        laid = tuple(pieces)
        if manner.cache_minimum is None or not any(piece.cache for piece in laid):
            return Cached()
        ends = _ends(model, laid)
        points = [place for place, end in enumerate(ends) if end.ttl is not None and end.tokens >= manner.cache_minimum]
        read = max((self._known(ends, point, manner.cache_lookback, now) for point in points), default=0)
        written: dict[Ttl, int] = {}
        done = read
        for point in points:
            end = ends[point]
            if end.ttl is not None and end.tokens > done:
                written[end.ttl] = written.get(end.ttl, 0) + end.tokens - done
                done = end.tokens
                self._keep(end.digest, end.ttl, now)
        return Cached(read, written)

    def _known(self, ends: tuple[_End, ...], point: int, lookback: int, now: float) -> int:
        """The tokens of the longest living prefix that ends at this point or shortly ahead of it."""
        for end in reversed(ends[max(0, point - lookback) : point + 1]):
            kept = self._kept.get(end.digest)
            if kept is not None and now < kept[1]:
                self._keep(end.digest, kept[0], now)
                return end.tokens
        return 0

    def _keep(self, digest: bytes, ttl: Ttl, now: float) -> None:
        self._kept[digest] = (ttl, now + _SECONDS[ttl])
        self._kept.move_to_end(digest)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)


def _ends(model: str, pieces: tuple[Piece, ...]) -> tuple[_End, ...]:
    """The prefix that ends with each piece. A cache point belongs to the end of the piece ahead of it."""
    ends: list[_End] = []
    tokens = 0
    running = blake2b(model.encode("utf-8", "surrogatepass"), digest_size=16)
    for piece in pieces:
        if piece.cache is not None:
            if ends:
                ends[-1] = _End(ends[-1].digest, ends[-1].tokens, cast("Ttl", piece.cache))
            continue
        tokens += piece.tokens
        running.update(msgspec.json.encode((piece.place, piece.content)))
        ends.append(_End(running.digest(), tokens, None))
    return tuple(ends)
