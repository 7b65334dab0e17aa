"""Finding out which mistakes give the signature that a client sent: one, or two together.

Every variation of every mistake is tried by itself, then with every other that changes other fields. A signature is 256
bits, so that what gives it is what the client did, or cannot be told apart from it. Keys live as long as the search.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from hmac import compare_digest
from itertools import combinations, groupby, islice
from typing import Any, TypeAlias

from msgspec import Struct, structs

from bedrock_harness.wire.canonical import octets
from bedrock_harness.wire.diagnosis.attempts import (
    FORMS,
    Mistake,
    Proof,
    Received,
    assembled,
    hashed,
    heading,
    hmac_sha256,
    key_of,
    to_sign,
)
from bedrock_harness.wire.diagnosis.mistakes import MISTAKES

__all__ = ["Made", "Reproduction", "reproduce"]

_Pieces: TypeAlias = Sequence[Any]

_PAIRED = 10
"""Variations of a mistake that are tried with others; by themselves all are. That makes some 15,000 pairs."""

_LONGEST = 16_384
"""Characters of a canonical request up to which pairs of mistakes in it are tried, each of which hashes all of it."""


_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


class Made(Struct, frozen=True):
    """A mistake that was made. `alike` names the others that give the same signature on this request."""

    mistake: Mistake
    what: str
    alike: tuple[str, ...] = ()


class Reproduction(Struct, frozen=True):
    """How the signature came about: through no mistake, one or two. Canonical request and string to sign are the client's."""

    made: tuple[Made, ...]
    canonical: str
    string_to_sign: str


class _Side(Struct, frozen=True):
    """A variation of the canonical request, or of string to sign and key, and what comes of it, in pieces."""

    made: Made
    changes: Mapping[str, Any]
    pieces: _Pieces
    changed: frozenset[int]
    """The places of the pieces that differ from the right ones."""
    hash: str = ""
    """Of a canonical request."""

    def __repr__(self) -> str:
        return f"_Side({self.made.mistake.id})"


def reproduce(received: Received, signature: bytes) -> Reproduction | None:
    """Find the fewest mistakes, at most two, that lead to this signature (32 bytes). None where none do."""
    search = _Search(received, signature)
    if search.fits(search.written, search.proved):
        return search.found()
    lefts, rights = search.sides()
    for left in lefts:
        if search.fits(left.pieces, search.proved):
            return search.found(left)
    for right in rights:
        if search.fits(search.written, right.pieces):
            return search.found(right)
    lefts, rights = _some(lefts), _some(rights)
    return search.across(lefts, rights) or search.after(rights) or search.before(lefts)


class _Search:
    """What is the same throughout: what was received, and the signature looked for."""

    def __init__(self, received: Received, signature: bytes) -> None:
        self._received = received
        self._signature = signature
        self._step = cache(hmac_sha256)
        self.written: _Pieces = received.writing.pieces
        self.proved: _Pieces = self._proved(received.proof)

    def _proved(self, proof: Proof) -> _Pieces:
        """What a proof comes to, in pieces that change apart from one another."""
        return heading(proof), proof.hashed, proof.tail, key_of(proof, self._step)

    def fits(self, written: _Pieces, proved: _Pieces) -> bool:
        """Whether this canonical request, signed in this way, has the signature."""
        return self._signed(proved)(hashed(assembled(written), proved[1]))

    def _signed(self, proved: _Pieces) -> Callable[[str], bool]:
        """A function that says whether a canonical request, as it goes into the string to sign, has the signature."""
        head, _, tail, key = proved
        # HMAC from RFC 2104, its first block hashed once: 1.1 microseconds in place of the 2.7 of hmac.digest.
        key = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
        started, finished = sha256(key.translate(_INNER)), sha256(key.translate(_OUTER))
        wanted = self._signature

        def signs(inserted: str) -> bool:
            inner, outer = started.copy(), finished.copy()
            inner.update(octets(f"{head}{inserted}{tail}"))
            outer.update(inner.digest())
            return compare_digest(outer.digest(), wanted)

        return signs

    def found(self, *sides: _Side) -> Reproduction:
        """The answer."""
        writing, proof = self._received.writing, self._received.proof
        for side in sides:
            if side.hash:
                writing = structs.replace(writing, **side.changes)
            else:
                proof = structs.replace(proof, **side.changes)
        text = writing.text
        return Reproduction(tuple(side.made for side in sides), text, to_sign(proof, text))

    def sides(self) -> tuple[list[_Side], list[_Side]]:
        """Each variation, before the hash and after it, that differs from what is right and from those before it."""
        received = self._received
        lefts: dict[Any, _Side] = {}
        rights: dict[Any, _Side] = {}
        for mistake in MISTAKES:
            for variation in mistake.vary(received):
                made = Made(mistake, variation.what)
                if variation.writing:
                    pieces: _Pieces = structs.replace(received.writing, **variation.writing).pieces
                    hash_ = hashed(assembled(pieces))
                    side = _Side(made, variation.writing, pieces, _changed(self.written, pieces), hash_)
                    lefts[hash_] = _alike(lefts.get(hash_), side)
                else:
                    pieces = self._proved(structs.replace(received.proof, **variation.proof))
                    side = _Side(made, variation.proof, pieces, _changed(self.proved, pieces))
                    rights[pieces] = _alike(rights.get(pieces), side)
        return _differing(lefts), _differing(rights)

    def across(self, lefts: list[_Side], rights: list[_Side]) -> Reproduction | None:
        """One mistake in the canonical request, one in string to sign or key."""
        for right in rights:
            signs, form = self._signed(right.pieces), right.pieces[1]
            for left in lefts:
                if signs(left.hash if form == "hex" else hashed(assembled(left.pieces), form)):
                    return self.found(left, right)
        return None

    def before(self, lefts: list[_Side]) -> Reproduction | None:
        """Two in the canonical request."""
        if sum(map(len, self.written)) > _LONGEST:
            return None
        signs = self._signed(self.proved)
        for one, other in combinations(lefts, 2):
            pieces = _merged(one, other)
            if pieces is None and one.changes.keys().isdisjoint(other.changes):
                pieces = structs.replace(self._received.writing, **one.changes, **other.changes).pieces
            if pieces is not None and signs(hashed(assembled(pieces))):
                return self.found(one, other)
        return None

    def after(self, rights: list[_Side]) -> Reproduction | None:
        """Two in string to sign and key."""
        text = assembled(self.written)
        inserted = {form: hashed(text, form) for form in FORMS}
        for one, other in combinations(rights, 2):
            pieces = _merged(one, other)
            if pieces is None and one.changes.keys().isdisjoint(other.changes):
                pieces = self._proved(structs.replace(self._received.proof, **one.changes, **other.changes))
            if pieces is not None:
                string_to_sign = octets(f"{pieces[0]}{inserted[pieces[1]]}{pieces[2]}")
                if compare_digest(hmac_sha256(pieces[3], string_to_sign), self._signature):
                    return self.found(one, other)
        return None


def _merged(one: _Side, other: _Side) -> _Pieces | None:
    """What two variations come to together, put together from what each comes to; None where they change the same piece."""
    if not one.changed.isdisjoint(other.changed):
        return None
    merged = list(one.pieces)
    for place in other.changed:
        merged[place] = other.pieces[place]
    return merged


def _changed(right: _Pieces, pieces: _Pieces) -> frozenset[int]:
    return frozenset(place for place, piece in enumerate(pieces) if piece != right[place])


def _differing(sides: dict[Any, _Side]) -> list[_Side]:
    return [side for side in sides.values() if side.changed]


def _alike(before: _Side | None, side: _Side) -> _Side:
    """The variation, or the one before that comes to the same, with this one's name added."""
    if before is None:
        return side
    known = {before.made.mistake.id, *before.made.alike}
    if side.made.mistake.id in known:
        return before
    made = structs.replace(before.made, alike=(*before.made.alike, side.made.mistake.id))
    return structs.replace(before, made=made)


def _some(sides: list[_Side]) -> list[_Side]:
    """The first of each mistake's variations."""
    grouped = groupby(sides, key=lambda side: side.made.mistake.id)
    return [side for _, variations in grouped for side in islice(variations, _PAIRED)]
