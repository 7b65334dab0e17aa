"""What coverage-guided fuzzing feeds with bytes: for each part of the wire, what it promises whatever arrives.

A target is a function of bytes that returns where every promise holds. Only the typed errors of the part's contract
may leave it, and its checks catch these: anything else is a finding. The code under test is a parameter, so that a
broken one can be planted to prove that the target finds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Literal
from urllib.parse import unquote_to_bytes
from zlib import crc32

from msgspec import Struct

from bedrock_harness.fuzzing import seeds
from bedrock_harness.fuzzing.promises import promise
from bedrock_harness.recordings import cassette
from bedrock_harness.wire.canonical import Request, canonical_request, canonical_target
from bedrock_harness.wire.errors import EventError, FoldError, FrameEncodingError, FrameError, SignatureError
from bedrock_harness.wire.events import EVENT_TYPES, Event, read_event
from bedrock_harness.wire.fold import Folder
from bedrock_harness.wire.frames import Frame, FrameDecoder, encode
from bedrock_harness.wire.grammar import Grammar
from bedrock_harness.wire.signing import sign
from bedrock_harness.wire.verification import Verification, verify

__all__ = ["MAX_FRAME", "TARGETS", "Seen", "Target", "see", "typed"]

MAX_FRAME = 64 * 1024
"""The longest frame that a fuzzed decoder accepts: small, so that a length which is believed shows in memory."""

_MIB = 1024 * 1024


class Target(Struct, frozen=True, kw_only=True):
    """A part of the wire under fuzzing. `memory` is the most bytes that an input of 4 KiB may take, memos included."""

    name: str
    about: str
    check: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    memory: int = 4 * _MIB
    form: Literal["stream", "bytes"] = "bytes"
    words: tuple[bytes, ...] = ()
    """What the input's language is made of, for libFuzzer's dictionary."""


# --------------------------------------------------------------------------------------------------------------- frames


class Seen(Struct, frozen=True):
    """All that a caller sees of a stream: its frames, how it ended, and where."""

    frames: list[tuple[Any, ...]]
    error: str = ""
    offset: int | None = None
    position: int = 0


def typed(frame: Frame) -> tuple[Any, ...]:
    """A frame as a value whose headers keep their order and their types: `Byte(1)`, `True` and `1` are equal otherwise."""
    return tuple((name, type(value).__name__, value) for name, value in frame.headers.items()), frame.payload


def see(chunks: Iterable[bytes], decoder: Callable[..., Any] = FrameDecoder) -> Seen:
    """Decode a stream and return all there is to see of it. Promises that the decoder is bounded, and fails for good."""
    reader, frames = decoder(max_frame=MAX_FRAME), []
    try:
        for chunk in chunks:
            frames += reader.feed(chunk)
            promise(
                reader.buffered < MAX_FRAME,
                "{} bytes are buffered, {} is the longest frame",
                reader.buffered,
                MAX_FRAME,
            )
        reader.close()
    except FrameError as error:
        frames += error.before
        promise(bool(error.hint and error.message), "an error has a message and a hint")
        for again in (lambda: reader.feed(b"\0" * 16), reader.close):
            _promise_same(error, again)
        return Seen([typed(frame) for frame in frames], f"{type(error).__name__}: {error}", error.offset, reader.offset)
    return Seen([typed(frame) for frame in frames], position=reader.offset)


def _promise_same(error: FrameError, again: Callable[[], object]) -> None:
    if type(error).__name__ == "IncompleteFrameError":
        return
    try:
        again()
    except FrameError as repeated:
        promise(str(repeated) == str(error) and not repeated.before, "after {} comes {}", error, repeated)
    else:
        promise(False, "after {} the decoder goes on", error)  # noqa: FBT003 - as `assert` reads


def check_frames(data: bytes, decoder: Callable[..., Any] = FrameDecoder) -> None:
    """However a stream is cut, what is seen of it is the same; frames encoded again are the bytes that they came from."""
    whole = see([data], decoder)
    for chunks in _cuts(data):
        cut = see(chunks, decoder)
        promise(cut == whole, "the whole stream gives {}, the one cut in {} gives {}", whole, len(chunks), cut)
    frames = decoder(max_frame=MAX_FRAME)
    try:
        read = frames.feed(data)
    except FrameError as error:
        read = error.before
    try:
        again = b"".join(map(encode, read))
    except FrameEncodingError:
        return  # a string of 32 KiB or more is read, and not written
    promise(again == data[: len(again)], "frames encoded again are not the bytes that they came from")


def _cuts(data: bytes) -> list[list[bytes]]:
    random = Random(crc32(data))  # noqa: S311 - no secret
    bounds = sorted(random.randrange(len(data) + 1) for _ in range(random.randrange(1, 9)))
    cut = [data[begin:end] for begin, end in zip([0, *bounds], [*bounds, len(data)], strict=True)]
    single = [data[at : at + 1] for at in range(len(data))] if len(data) <= 512 else [data]
    return [cut, single]


# --------------------------------------------------------------------------------------------------------------- events

_KINDS = (*EVENT_TYPES, "unheardOf")


def check_events(data: bytes, read: Callable[[Frame], Event] = read_event) -> None:
    """Any payload under any event type is an event that keeps its frame, or a typed error that does.

    The first byte chooses the type, or the category of failure; the rest is the payload.
    """
    choice, payload = (data[0] if data else 0), data[1:]
    kind = _KINDS[choice % len(_KINDS)]
    headers = {
        "event": {":event-type": kind, ":message-type": "event"},
        "exception": {":exception-type": "throttlingException", ":message-type": "exception"},
        "error": {":error-code": "500", ":error-message": "x", ":message-type": "error"},
    }["exception" if choice >= 0xF0 else "error" if choice >= 0xE0 else "event"]
    frame = Frame(dict(headers), payload)
    try:
        event = read(frame)
    except EventError as error:
        promise(error.frame is frame and bool(error.hint), "an error keeps its frame and has a hint")
        return
    promise(event.frame is frame, "an event keeps the frame that it was read from")
    promise(isinstance(event.extra, dict), "what is not modelled is a mapping")


def check_replies(data: bytes, *, grammar: Callable[[], Any] = Grammar, folder: Callable[[], Any] = Folder) -> None:
    """Any stream of events has an order that can be judged and folds into JSON, or ends with a typed error.

    A stream in order ends, and has one block for each index that it names.
    """
    try:
        frames = FrameDecoder(max_frame=MAX_FRAME).feed(data)
    except FrameError as error:
        frames = error.before
    rules, folding = grammar(), folder()
    found, names, indices = [], [], set()
    try:
        for frame in frames:
            event = read_event(frame)
            found.append(rules.observe(event))
            names.append(type(event).__name__)
            indices.add(getattr(event, "content_block_index", None))
            folding.add(event)
        found.append(rules.close())
        reply = folding.reply()
        json.dumps(reply)
    except (EventError, FoldError) as error:
        promise(bool(error.hint and error.message), "an error has a message and a hint")
        return
    if any(found):
        return
    promise(folding.complete, "a stream in order is complete")
    promise("MessageStart" in names and "MessageStop" in names, "a stream in order begins and ends: {}", names)
    content = reply["output"]["message"]["content"]
    most = len(indices - {None})
    promise(len(content) <= most, "a stream in order has {} blocks, and its reply {}", most, len(content))


# --------------------------------------------------------------------------------------------------------------- signing

_NOON = datetime(2025, 1, 30, 12, tzinfo=UTC)
_CANONICAL_PATH = re.compile(r"/(?:[A-Za-z0-9\-._~/]|%[0-9A-F]{2})*")
_CANONICAL_QUERY = re.compile(r"(?:[A-Za-z0-9\-._~=&]|%[0-9A-F]{2})*")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def check_paths(data: bytes, canonical: Callable[..., tuple[str, str]] = canonical_target) -> None:
    """Any target has a canonical path and query in the alphabet of RFC 3986, which mean what was sent."""
    target = data.decode("utf-8", "surrogateescape")
    path, query = canonical(target)
    promise(_CANONICAL_PATH.fullmatch(path) is not None, "the canonical path is {!r}", path)
    promise(_CANONICAL_QUERY.fullmatch(query) is not None, "the canonical query is {!r}", query)
    segments = path.split("/")[1:]
    promise(
        not {".", "..", ""} & set(segments[:-1]) and segments[-1] not in {".", ".."},
        "{!r} is not normalised",
        path,
    )
    raw = data.partition(b"?")[0]
    promise(unquote_to_bytes(canonical(target, normalize=False)[0]) == (raw or b"/"), "a path is encoded once more")
    promise(canonical(path.replace("%", ""))[0] == path.replace("%", ""), "{!r} is not normalised to the end", path)
    promise(canonical(f"/?{query}")[1] == query, "{!r} is not canonical yet", query)


def _request(data: bytes) -> Request:
    """A request out of bytes: request line, header lines up to an empty one, body. Lines that are no header are left out."""
    head, _, body = data.partition(b"\n\n")
    first, *lines = head.decode("utf-8", "surrogateescape").split("\n")
    method, _, target = first.partition(" ")
    pairs = (line.partition(":") for line in lines)
    headers = tuple((name, value) for name, colon, value in pairs if colon and _TOKEN.fullmatch(name))
    return Request(method, target, headers, body)


def check_requests(
    data: bytes, *, judge: Callable[..., Verification] = verify, signer: Callable[..., Any] = sign
) -> None:
    """Any request gets a verdict in words, without a secret; and what is signed is accepted, to the last step."""
    place: dict[str, Any] = {"region": "us-east-1", "at": _NOON}
    request = _request(data)
    verdict = judge(request, seeds.CREDENTIALS, bearer_token="token-that-nobody-guesses", **place)  # noqa: S106 - made up
    promise(bool(verdict.reason) != verdict.valid, "a verdict says why, or that all is well: {}", verdict.problem)
    promise(seeds.CREDENTIALS.secret_access_key not in f"{verdict}{verdict.reason}", "a verdict shows no secret")
    try:
        canonical_request(request, sorted({name.lower() for name, _ in request.headers}))
        signed = signer(request, seeds.CREDENTIALS, **place)
    except SignatureError as error:
        promise(bool(error.hint and error.message), "an error has a message and a hint")
        return
    verdict = judge(signed.request, seeds.CREDENTIALS, **place)
    if any(name.lower() == "x-amz-content-sha256" for name, _ in request.headers):
        return  # it is signed as it stands, and held against the body by the receiver
    promise(verdict.valid, "what is signed is refused: {}", verdict.reason)
    promise(verdict.canonical == signed.canonical, "the receiver derives another canonical request than the signer")


# --------------------------------------------------------------------------------------------------------------- cassettes


@cache
def _folder() -> TemporaryDirectory[str]:
    """One folder for all the process's cassettes: making one takes longer than reading what is in it."""
    return TemporaryDirectory(prefix="bedrock-harness-")


def check_cassettes(data: bytes, read: Callable[[Path], Iterable[cassette.Recorded]] = cassette.read) -> None:
    """Any file is a cassette whose exchanges have the types that they declare, or a typed error."""
    file = Path(_folder().name, "cassette.yaml")
    file.write_bytes(data)
    try:
        exchanges = tuple(read(file))
    except cassette.CassetteError as error:
        promise(bool(error.hint and error.expected), "an error says what is required and has a hint")
        return
    for exchange in exchanges:
        promise(isinstance(exchange.reply_body, bytes), "a reply's body is bytes")
        promise(all(isinstance(part, str) for pair in exchange.request_headers for part in pair), "headers are text")
        promise(all(isinstance(part, str) for pair in exchange.reply_headers for part in pair), "headers are text")


TARGETS: tuple[Target, ...] = (
    Target(
        name="frames",
        about="FrameDecoder, whole, in random chunks and byte by byte",
        check=check_frames,
        seeds=seeds.streams,
        form="stream",
    ),
    Target(
        name="events",
        about="read_event on any payload",
        check=check_events,
        seeds=seeds.payloads,
        words=seeds.JSON_WORDS,
    ),
    Target(
        name="replies",
        about="Grammar and Folder on any stream of events",
        check=check_replies,
        seeds=seeds.streams,
        form="stream",
    ),
    Target(name="paths", about="canonical paths and queries", check=check_paths, seeds=seeds.targets),
    Target(
        name="requests",
        about="verify on any request, and sign against verify",
        check=check_requests,
        seeds=seeds.requests,
        words=seeds.HTTP_WORDS,
    ),
    Target(
        name="cassettes",
        about="reading a cassette",
        check=check_cassettes,
        seeds=seeds.cassettes,
        memory=64 * _MIB,
        words=seeds.YAML_WORDS,
    ),
)
"""The targets, in the order in which they are fuzzed."""
