"""Wrong ways to hash a body: another body, another encoding of it, or something in place of a hash.

Each function is given what was received and yields what stands in place of the body's hash. JSON is read only up to
MOST_JSON bytes, and a body that is no JSON yields nothing where one would have to be.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import md5, sha1, sha256, sha512
from itertools import product
from typing import TYPE_CHECKING, Any

from bedrock_harness.wire.diagnosis.attempts import Mistake, Variation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedrock_harness.wire.diagnosis.attempts import Received

__all__ = ["BODIES", "MOST_JSON"]

MOST_JSON = 1024 * 1024
"""Bytes of a body of which other spellings are tried: each costs a hash over all of it."""

_SPACING: tuple[tuple[str, tuple[str, str], int | None], ...] = (
    ("compact", (",", ":"), None),
    ("with a blank after commas and colons", (", ", ": "), None),
    ("indented by 2", (",", ": "), 2),
    ("indented by 4", (",", ": "), 4),
    ("with a blank after colons", (",", ": "), None),
)
_STYLES = tuple(product(_SPACING, (False, True), (False, True)))
_PIECES = (65_536, 8_192, 16_384, 32_768, 4_096, 1_024)


def _hashed(what: str, body: bytes) -> Variation:
    return Variation(what, {"payload": sha256(body).hexdigest()})


def _empty(received: Received) -> Iterator[Variation]:  # noqa: ARG001 - the same for every request
    """Hash nothing, or what a language writes for nothing."""
    yield _hashed("an empty body", b"")
    for word in ("{}", "null", "undefined", "None", "[object Object]", "[object ReadableStream]"):
        yield _hashed(repr(word), word.encode())
    yield Variation("an empty line in place of a hash", {"payload": ""})


def _unhashed(received: Received) -> Iterator[Variation]:
    """Put a word in place of the hash."""
    for word in ("UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"):
        yield Variation(word, {"payload": word})
    if len(received.request.body) <= MOST_JSON:
        yield Variation("the body itself", {"payload": received.request.body.decode("utf-8", "surrogateescape")})


def _hash_form(received: Received) -> Iterator[Variation]:
    """Write the hash otherwise, or take another."""
    body = received.request.body
    right = sha256(body)
    yield Variation("that of the body, unlike X-Amz-Content-SHA256", {"payload": right.hexdigest()})
    yield Variation("in capitals", {"payload": right.hexdigest().upper()})
    yield Variation("in base64", {"payload": b64encode(right.digest()).decode()})
    yield _hashed("of the hash", right.hexdigest().encode())
    if len(body) <= MOST_JSON:
        yield Variation("by MD5", {"payload": md5(body, usedforsecurity=False).hexdigest()})
        yield Variation("by SHA-1", {"payload": sha1(body, usedforsecurity=False).hexdigest()})
        yield Variation("by SHA-512", {"payload": sha512(body).hexdigest()})


def _cut(received: Received) -> Iterator[Variation]:
    """Hash the first piece of a body that is read in pieces."""
    for size in _PIECES:
        if len(received.request.body) > size:
            yield _hashed(f"{size} bytes", received.request.body[:size])


def _newline(received: Received) -> Iterator[Variation]:
    """Have a newline at the end that was not sent, or none that was; or the other line ends."""
    body = received.request.body
    if len(body) > MOST_JSON:
        return
    yield _hashed("with a newline at its end", body + b"\n")
    yield _hashed("with CR LF at its end", body + b"\r\n")
    yield _hashed("without the blanks around it", body.strip())
    yield _hashed("with CR LF for each newline", body.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    yield _hashed("with LF for each CR LF", body.replace(b"\r\n", b"\n"))
    yield _hashed("without a byte order mark", body.removeprefix(b"\xef\xbb\xbf"))


def _encoding(received: Received) -> Iterator[Variation]:
    """Encode the text otherwise than it was sent."""
    body = received.request.body
    if len(body) > MOST_JSON:
        return
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return
    yield _hashed("in Latin-1", text.encode("latin-1", "replace"))
    yield _hashed("in Latin-1, without what it lacks", text.encode("latin-1", "ignore"))
    yield _hashed("in Windows-1252", text.encode("cp1252", "replace"))
    yield _hashed("in ASCII", text.encode("ascii", "replace"))
    wide = text.encode("utf-16-le", "surrogatepass")
    yield _hashed("in UTF-16", wide)
    yield _hashed("in UTF-16 with a byte order mark", b"\xff\xfe" + wide)
    yield _hashed("as the low byte of each UTF-16 unit", wide[::2])
    yield _hashed("in UTF-8 twice over", body.decode("latin-1").encode())


def _quoted(received: Received) -> Iterator[Variation]:
    """Encode JSON that is text already, or base64 it."""
    body = received.request.body
    if len(body) > MOST_JSON:
        return
    text = body.decode("utf-8", "replace")
    yield _hashed("as a JSON string", json.dumps(text).encode())
    yield _hashed("as a JSON string", json.dumps(text, ensure_ascii=False).encode())
    yield _hashed("in base64", b64encode(body))


def _sorted(received: Received) -> Iterator[Variation]:
    """Sort the keys, all else as it was sent."""
    yield from _in_style(received, lambda spacing, ascii_only, _: (spacing, ascii_only, True), "with its keys sorted")


def _escaped(received: Received) -> Iterator[Variation]:
    r"""Write what is not ASCII as \u escapes, or the other way round, all else as it was sent."""
    yield from _in_style(
        received, lambda spacing, ascii_only, ordered: (spacing, not ascii_only, ordered), "escaped otherwise"
    )


def _reserialised(received: Received) -> Iterator[Variation]:
    """Write the JSON anew, with other blanks, perhaps sorted or escaped too."""
    document = _document(received)
    if document is None:
        return
    for ending, remark in ((b"", ""), (b"\n", ", with a newline at its end")):
        for spacing, ascii_only, ordered in _STYLES:
            text = _written(document, spacing, ascii_only, ordered)
            what = spacing[0] + (", escaped" if ascii_only else "") + (", its keys sorted" if ordered else "")
            if text is not None:
                yield _hashed(f"{what}{remark}", text + ending)


def _in_style(received: Received, change: Any, what: str) -> Iterator[Variation]:
    document = _document(received)
    if document is None:
        return
    body = received.request.body
    for style in _STYLES:
        if _written(document, *style) == body:
            text = _written(document, *change(*style))
            if text is not None:
                yield _hashed(what, text)


def _document(received: Received) -> Any:
    """The body as JSON, or None where there is none to be read."""
    body = received.request.body
    if len(body) > MOST_JSON:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _written(
    document: Any, spacing: tuple[str, tuple[str, str], int | None], ascii_only: bool, ordered: bool
) -> bytes | None:
    _, separators, indent = spacing
    try:
        return json.dumps(
            document, separators=separators, indent=indent, ensure_ascii=ascii_only, sort_keys=ordered
        ).encode()
    except (ValueError, RecursionError, TypeError):
        return None


_STEP = "IAM user guide, create a canonical request"

BODIES: tuple[Mistake, ...] = (
    Mistake(
        "body-empty",
        "The payload hash is that of {}, not of the body that was sent.",
        "Hash the bytes of the body that is sent; serialise it before signing.",
        "vercel/ai CHANGELOG d4b2964",
        _empty,
    ),
    Mistake(
        "body-sorted",
        "The payload hash is that of the body {}; the body was sent in another order.",
        "Serialise the body once, and hash and send the same bytes.",
        "vercel/ai CHANGELOG d4b2964",
        _sorted,
    ),
    Mistake(
        "body-escaped",
        "The payload hash is that of the body {}: \\u escapes in one, the characters themselves in the other.",
        "Serialise the body once, and hash and send the same bytes.",
        "aws/aws-sdk-js#2776",
        _escaped,
    ),
    Mistake(
        "body-newline",
        "The payload hash is that of the body {}.",
        "Hash the bytes exactly as they are sent.",
        _STEP,
        _newline,
    ),
    Mistake(
        "body-reserialised",
        "The payload hash is that of the same JSON written anew ({}), not of the bytes that were sent.",
        "Serialise the body once, and hash and send the same bytes.",
        "vercel/ai CHANGELOG d4b2964",
        _reserialised,
    ),
    Mistake(
        "body-encoding",
        "The payload hash is that of the text {}; it was sent in UTF-8.",
        "Encode the body as UTF-8 first, and hash those bytes.",
        "aws-samples/sigv4-signing-examples#13",
        _encoding,
    ),
    Mistake(
        "body-cut",
        "The payload hash covers only the first {} of the body.",
        "Hash the whole body, not the first piece of the stream that it is read from.",
        "aws/aws-sdk-java-v2#5895",
        _cut,
    ),
    Mistake(
        "body-quoted",
        "The payload hash is that of the body {}.",
        "Hash the bytes exactly as they are sent.",
        "r7kamura/aws-signer-v4#3",
        _quoted,
    ),
    Mistake(
        "body-unhashed",
        "The canonical request ends in {}, not in the hash of the body.",
        "Hash the body: only S3 accepts a word in its place.",
        _STEP,
        _unhashed,
    ),
    Mistake(
        "body-hash-form",
        "The payload hash is written or made otherwise: {}.",
        "Write SHA-256 of the body in hexadecimal digits, letters small.",
        _STEP,
        _hash_form,
    ),
)
"""The mistakes in hashing the body."""
