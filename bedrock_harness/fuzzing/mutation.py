"""Event streams changed, and their checksums put right again, so that what is behind a checksum is reached too.

Blind fuzzing never passes a CRC-32: 8 million executions of a coverage-guided run found ten inputs worth keeping. Knows
the layout of a frame, leniently: whatever bytes come are taken for frames as far as their lengths go.
"""

from __future__ import annotations

from random import Random
from struct import Struct as Layout
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["EDITS", "Edit", "Mutate", "Piece", "edited", "joined", "mutated_stream", "repaired", "split"]

_LENGTHS = Layout(">II")
_CHECKSUM = Layout(">I")
_PRELUDE_SIZE = 12
_OVERHEAD = 16

Mutate: TypeAlias = "Callable[[bytes, int], bytes]"
"""Bytes and a most length to other bytes: what a fuzzer does to a whole input, here done to a part of one."""


class Piece(NamedTuple):
    """A frame without its numbers: its header block and its payload, as they stand."""

    headers: bytes
    payload: bytes


def split(data: bytes) -> tuple[list[Piece], bytes]:
    """The frames of a stream as far as their lengths make sense, and the bytes from there on."""
    pieces, position = [], 0
    while position + _OVERHEAD <= len(data):
        total, headers = _LENGTHS.unpack_from(data, position)
        if total < _OVERHEAD or position + total > len(data) or headers > total - _OVERHEAD:
            break
        body = position + _PRELUDE_SIZE
        pieces.append(Piece(data[body : body + headers], data[body + headers : position + total - _CHECKSUM.size]))
        position += total
    return pieces, data[position:]


def joined(pieces: Iterable[Piece], rest: bytes = b"") -> bytes:
    """The stream of these frames, with right lengths and checksums."""
    return b"".join([_framed(piece) for piece in pieces]) + rest


def repaired(data: bytes) -> bytes:
    """The same stream with every checksum right, frame after frame, as far as its lengths lead."""
    stream, position = bytearray(data), 0
    while position + _PRELUDE_SIZE <= len(stream):
        total, _ = _LENGTHS.unpack_from(stream, position)
        prelude = stream[position : position + _LENGTHS.size]
        _CHECKSUM.pack_into(stream, position + _LENGTHS.size, crc32(prelude))
        if total < _OVERHEAD or position + total > len(stream):
            break
        end = position + total - _CHECKSUM.size
        _CHECKSUM.pack_into(stream, end, crc32(stream[position:end]))
        position += total
    return bytes(stream)


def _framed(piece: Piece) -> bytes:
    headers, payload = piece
    lengths = _LENGTHS.pack(_OVERHEAD + len(headers) + len(payload), len(headers))
    head = lengths + _CHECKSUM.pack(crc32(lengths)) + headers + payload
    return head + _CHECKSUM.pack(crc32(head))


# --------------------------------------------------------------------------------------------------- edits that are data

EditKind: TypeAlias = Literal["set", "insert", "delete", "repeat", "total", "headers", "cut"]
EDITS: tuple[EditKind, ...] = ("set", "insert", "delete", "repeat", "total", "headers", "cut")


class Edit(NamedTuple):
    """One change to a stream. `place` counts bytes, or frames for the lengths, around the end; `value` fills it."""

    kind: EditKind
    place: int
    value: int


def edited(data: bytes, edits: Sequence[Edit]) -> bytes:
    """The stream after these edits, with every checksum right again after each."""
    for edit in edits:
        data = repaired(_EDITORS[edit.kind](data, edit.place, edit.value)) if data else data
    return data


def _set(data: bytes, place: int, value: int) -> bytes:
    at = place % len(data)
    return data[:at] + bytes((value & 0xFF,)) + data[at + 1 :]


def _insert(data: bytes, place: int, value: int) -> bytes:
    at = place % len(data)
    return data[:at] + bytes((value & 0xFF,)) + data[at:]


def _delete(data: bytes, place: int, value: int) -> bytes:
    at = place % len(data)
    return data[:at] + data[at + 1 + value % 8 :]


def _repeat(data: bytes, place: int, value: int) -> bytes:
    at = place % len(data)
    return data[: at + 1 + value % 64] + data[at:]


def _cut(data: bytes, place: int, value: int) -> bytes:
    return data[: (place + value) % len(data)]


def _length(field: int) -> Callable[[bytes, int, int], bytes]:
    def edit(data: bytes, place: int, value: int) -> bytes:
        starts, position = [], 0
        for piece in split(data)[0]:
            starts.append(position)
            position += _OVERHEAD + len(piece.headers) + len(piece.payload)
        if not starts:
            return data
        at = starts[place % len(starts)] + field
        return data[:at] + (value & 0xFFFFFFFF).to_bytes(4) + data[at + 4 :]

    return edit


_EDITORS: dict[EditKind, Callable[[bytes, int, int], bytes]] = {
    "set": _set,
    "insert": _insert,
    "delete": _delete,
    "repeat": _repeat,
    "total": _length(0),
    "headers": _length(4),
    "cut": _cut,
}


# --------------------------------------------------------------------------------------------------- a mutator for a fuzzer


def mutated_stream(data: bytes, most: int, seed: int, mutate: Mutate) -> bytes:
    """Another stream, of at most `most` bytes: `mutate` does its work on the whole, a header block, a payload or the order.

    One in sixteen keeps the wrong checksums that come of it, so that the checks of them are reached too.
    """
    random = Random(seed)  # noqa: S311 - no secret
    pieces, rest = split(data)
    way = random.randrange(16)
    if way == 0 or not pieces:
        return mutate(data, most) if way == 0 else repaired(mutate(data, most))
    if way <= 3:
        return repaired(mutate(data, most))
    if way <= 5:
        edits = [Edit(random.choice(EDITS), random.getrandbits(16), _number(random)) for _ in range(1 + way % 2)]
        return edited(data, edits)[:most]
    at = random.randrange(len(pieces))
    room = max(most - len(data), 0)
    headers, payload = pieces[at]
    if way <= 8:
        pieces[at] = Piece(mutate(headers, len(headers) + room), payload)
    elif way <= 13:
        pieces[at] = Piece(headers, mutate(payload, len(payload) + room))
    elif way == 14:
        pieces.insert(random.randrange(len(pieces)), pieces.pop(at))
    else:
        pieces[at : at + 1] = [pieces[at]] * random.randrange(3)
    return joined(pieces, rest)[:most]


def _number(random: Random) -> int:
    """A length worth trying: around a power of two, or around nothing."""
    return int((1 << random.randrange(33)) + random.randrange(-17, 18)) & 0xFFFFFFFF
