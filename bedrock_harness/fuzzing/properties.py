"""What holds for everything that goes over the wire, as data: a strategy, and a function that its values must pass.

The code under test and the oracles are parameters of the function, so that a broken one can be planted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from msgspec import Struct

from bedrock_harness.fuzzing import oracles
from bedrock_harness.fuzzing import strategies as wire
from bedrock_harness.fuzzing.mutation import edited
from bedrock_harness.fuzzing.promises import promise
from bedrock_harness.fuzzing.targets import MAX_FRAME, check_frames, see, typed
from bedrock_harness.wire.canonical import canonical_target, fold_headers
from bedrock_harness.wire.errors import FoldError
from bedrock_harness.wire.events import read_event
from bedrock_harness.wire.fold import fold
from bedrock_harness.wire.frames import Frame, FrameDecoder, encode
from bedrock_harness.wire.grammar import violations
from bedrock_harness.wire.signing import sign
from bedrock_harness.wire.verification import verify

__all__ = ["PROPERTIES", "STRICTER", "Property"]


class Property(Struct, frozen=True, kw_only=True):
    """A sentence that holds for every value of `strategy`: `check` returns, or raises."""

    name: str
    about: str
    strategy: st.SearchStrategy[Any]
    check: Callable[[Any], None]


# --------------------------------------------------------------------------------------------------------------- frames

STRICTER = {
    "FrameTooShortError": "Prelude: a message is at least its 12 bytes of prelude and 4 of checksum",
    "HeadersTooLongError": "Headers lie within the message: headers_length leaves 16 bytes of total_length",
    "EmptyHeaderNameError": "Header names MUST be at least one byte long",
    "HeaderOverrunError": "The two-byte length of a value is the length of the value that follows",
    "FrameTooLongError": "the limit that the caller set; not of the specification",
    "IncompleteFrameError": "A stream that ends in a frame is incomplete",
}
"""Errors of ours where botocore goes on, each with what decides for it. Everywhere else it must agree."""


def _sent(sent: list[Frame]) -> bytes:
    return b"".join(map(encode, sent))


def check_round_trip(sent: list[Frame], decoder: Callable[..., Any] = FrameDecoder) -> None:
    """Frames encoded and decoded are the same, to the types and the order of their headers."""
    reader = decoder()
    read = reader.feed(_sent(sent))
    reader.close()
    promise([*map(typed, read)] == [*map(typed, sent)], "{} is read back as {}", sent, read)


def check_long_frame(sent: tuple[Frame, int], decoder: Callable[..., Any] = FrameDecoder) -> None:
    """A frame at the edges of what is allowed survives, in chunks of any size."""
    frame, size = sent
    data, reader = encode(frame), decoder()
    read = [frame for at in range(0, len(data), size) for frame in reader.feed(data[at : at + size])]
    reader.close()
    promise([*map(typed, read)] == [typed(frame)], "a frame of {} bytes does not survive chunks of {}", len(data), size)


def check_every_split(sent: list[Frame], decoder: Callable[..., Any] = FrameDecoder) -> None:
    """A stream cut in two at every byte is the same stream, and its first part ends soundly only between frames."""
    data = _sent(sent)
    ends, position = {0}, 0
    for frame in sent:
        position += len(encode(frame))
        ends.add(position)
    whole = see([data], decoder)
    for at in range(len(data) + 1):
        promise(see([data[:at], data[at:]], decoder) == whole, "cut at {} the stream is another one", at)
        promise(
            (see([data[:at]], decoder).error == "") == (at in ends),
            "the end at byte {} is taken for what it is not",
            at,
        )


def check_mutated(spoilt: tuple[list[Frame], Any], decoder: Callable[..., Any] = FrameDecoder) -> None:
    """A stream with anything changed and its checksums right is seen alike in all pieces, or fails alike."""
    sent, edits = spoilt
    check_frames(edited(_sent(sent), edits), decoder)


def check_botocore_frames(spoilt: tuple[list[Frame], Any], decoder: Callable[..., Any] = FrameDecoder) -> None:
    """botocore reads what we read and refuses what we refuse, but where `STRICTER` says that the specification does."""
    sent, edits = spoilt
    data = edited(_sent(sent), edits)
    ours = see([data], decoder)
    theirs, error = oracles.botocore_frames([data])
    for (headers, payload), (their_headers, their_payload) in zip(ours.frames, theirs, strict=False):
        # botocore gives a UUID as its 16 bytes, and integers without their width.
        read = {name: getattr(value, "bytes", value) for name, _, value in headers}
        promise(
            read == their_headers and payload == their_payload,
            "botocore reads {}, we read {}",
            their_headers,
            read,
        )
    kind = ours.error.partition(":")[0]
    if kind in STRICTER:
        return
    promise(len(ours.frames) == len(theirs), "botocore reads {} frames, we read {}", len(theirs), len(ours.frames))
    promise(bool(kind) == bool(error), "we say {}, botocore says {}", ours.error or "nothing", error or "nothing")


# --------------------------------------------------------------------------------------------------------------- events


def check_reply(made: tuple[Any, int], folding: Callable[..., dict[str, Any]] = fold) -> None:
    """A reply streamed with its blocks interleaved, in chunks of any size, keeps the order and folds into itself."""
    (reply, frames), size = made
    data, decoder = _sent(frames), FrameDecoder(max_frame=MAX_FRAME)
    events = [read_event(frame) for at in range(0, len(data), size) for frame in decoder.feed(data[at : at + size])]
    decoder.close()
    promise(violations(events) == [], "a reply in order is called out of order: {}", violations(events))
    folded = folding(events)
    promise(folded == reply, "the reply is {}, folded it is {}", reply, folded)


def check_disorder(frames: list[Frame], judge: Callable[..., Any] = violations) -> None:
    """Events in any order are judged and folded, or end in a typed error; in order are only those that lack nothing."""
    events = [read_event(frame) for frame in frames]
    found = judge(events)
    try:
        fold(events)
    except FoldError as error:
        promise(bool(error.hint and error.message), "an error has a message and a hint")
    for violation in found:
        promise(bool(violation.message) and 0 <= violation.position <= len(events), "{} is out of place", violation)
    kinds = [str(frame.event_type) for frame in frames]
    sound = [kinds.count(kind) for kind in ("messageStart", "messageStop", "metadata")] == [1, 1, 1]
    ends = kinds[0] == "messageStart" and kinds[-2:] == ["messageStop", "metadata"]
    promise(bool(found) or (sound and ends), "a stream of {} is called in order", kinds)


# --------------------------------------------------------------------------------------------------------------- signing

_NOON = datetime(2025, 1, 30, 12, tzinfo=UTC)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _authorization(signed: Any) -> str:
    return str(dict(signed.request.headers)["Authorization"])


def check_botocore_signature(case: Any, signer: Callable[..., Any] = sign) -> None:
    """Every request gets the Authorization header that botocore gives it.

    botocore signs a query as it is spelt in the URL. Where that is not the encoding that the General Reference requires
    ("UriEncode() ... every byte except the unreserved characters", so never `%7E` or `%2f`), it is not asked.
    """
    request, who, place = case
    theirs, at = oracles.botocore_authorization(request, who, **place)
    ours = signer(request, who, at=at, **place)
    if sorted(request.target.partition("?")[2].split("&")) != sorted(ours.canonical.query.split("&")):
        return
    promise(
        _authorization(ours) == theirs,
        "botocore signs {}, we sign {} for {!r}",
        theirs,
        _authorization(ours),
        ours.canonical.text,
    )


def check_awscrt_signature(case: Any, signer: Callable[..., Any] = sign) -> None:
    """Every request gets the Authorization header that awscrt gives it.

    awscrt takes a path with `:/` in it for a URI with a scheme, and refuses it, or loses what is ahead. RFC 9112, 3.2.1:
    what begins with a slash is a path. There, and for a percent sign that encodes nothing in a query, it is not asked.
    """
    request, who, place = case
    path, _, query = request.target.partition("?")
    if ":/" in path or _STRAY_PERCENT.search(query):
        return
    theirs = oracles.awscrt_authorization(request, who, **place, at=_NOON)
    ours = signer(request, who, at=_NOON, **place)
    promise(
        _authorization(ours) == theirs,
        "awscrt signs {}, we sign {} for {!r}",
        theirs,
        _authorization(ours),
        ours.canonical.text,
    )


def check_accepted(case: Any, judge: Callable[..., Any] = verify) -> None:
    """What is signed is accepted; with one bit of body, target or signature turned over it is refused."""
    request, who, place, bit = case
    signed = sign(request, who, at=_NOON, **place).request
    promise(judge(signed, who, at=_NOON, **place).valid, "what is signed is refused")
    *headers, (name, value) = signed.headers
    last = f"{int(value[-64:], 16) ^ 1 << bit % 256:064x}"
    changed = [type(signed)(signed.method, signed.target, (*headers, (name, value[:-64] + last)), signed.body)]
    if signed.body:
        body = bytearray(signed.body)
        body[bit // 8 % len(body)] ^= 1 << bit % 8
        changed.append(type(signed)(signed.method, signed.target, signed.headers, bytes(body)))
    target = bytearray(signed.target.encode())
    target[bit // 8 % len(target)] ^= 1 << bit % 8
    other = target.decode("utf-8", "surrogateescape")
    if canonical_target(other) != canonical_target(signed.target):
        changed.append(type(signed)(signed.method, other, signed.headers, signed.body))
    for one in changed:
        promise(judge(one, who, at=_NOON, **place).problem == "mismatch", "{} is accepted, and was not signed", one)


def check_folding(value: str, folding: Callable[..., dict[str, str]] = fold_headers) -> None:
    """A header's value is folded by its blanks alone, whatever else is in it."""
    folded = folding([("x", value)])["x"]
    promise(folding([("x", folded)])["x"] == folded, "{!r} folded once is {!r}, and twice another one", value, folded)
    for letter in "xé":
        beside = folding([("x", f"{letter}{value}{letter}")])["x"]
        inner = folding([("x", f"x{value}x")])["x"]
        promise(beside[1:-1] == inner[1:-1], "{!r} is folded otherwise beside {!r}", value, letter)


_spoilt = st.tuples(wire.streams, wire.edits)
_signing = st.tuples(wire.requests, wire.credentials, wire.places)

PROPERTIES: tuple[Property, ...] = (
    Property(name="round-trip", about="frames survive their bytes", strategy=wire.streams, check=check_round_trip),
    Property(
        name="long-frames",
        about="frames at the edges survive any chunks",
        strategy=st.tuples(wire.long_frames, st.sampled_from([999, 4096, 65536, 1 << 22])),
        check=check_long_frame,
    ),
    Property(
        name="every-split",
        about="a stream cut at every byte is the same",
        strategy=st.lists(wire.frames, max_size=2),
        check=check_every_split,
    ),
    Property(name="mutated", about="spoilt streams with right checksums", strategy=_spoilt, check=check_mutated),
    Property(name="botocore-frames", about="the same, against botocore", strategy=_spoilt, check=check_botocore_frames),
    Property(
        name="interleaved",
        about="interleaved blocks fold into their reply",
        strategy=st.tuples(wire.replies(), st.integers(1, 300)),
        check=check_reply,
    ),
    Property(name="disorder", about="events in any order are judged", strategy=wire.disorders(), check=check_disorder),
    Property(
        name="botocore-signatures",
        about="signatures against botocore",
        strategy=_signing,
        check=check_botocore_signature,
    ),
    *(
        [
            Property(
                name="awscrt-signatures",
                about="signatures against awscrt",
                strategy=_signing,
                check=check_awscrt_signature,
            )
        ]
        if oracles.awscrt_installed()
        else []
    ),
    Property(
        name="accepted",
        about="what is signed is accepted, and nothing else",
        strategy=st.tuples(wire.requests, wire.credentials, wire.places, st.integers(0, 1 << 20)),
        check=check_accepted,
    ),
    Property(
        name="folding",
        about="blanks in header values",
        strategy=st.text(st.sampled_from(' \tab,"é\u00a0\u3000')) | st.text(st.characters(exclude_categories=["C"])),
        check=check_folding,
    ),
)
"""The properties, in the order in which they are searched."""
