r"""Traffic made fit to be kept: credentials, tokens, signatures, signing dates and account ids taken out, however encoded.

Knows how a secret looks on the wire: plainly, percent-encoded once or more, escaped in JSON, in base64 at any alignment and
inside base64 again. Two sorts of secrets are found: those that are given, since the recorder knows them, and those with a
shape that gives them away. Does not know cassettes: a cassette's own `!!binary` is made of what has been scrubbed.

Every replacement is as long as what it replaces. So chunk offsets, frame lengths and Content-Length stay true; in an event
stream the checksums are made to fit again. What this cannot see: a secret that a model spells out over several deltas, and
one that was encrypted or compressed.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import crc32
from collections.abc import Iterable
from functools import lru_cache, partial
from itertools import pairwise

from msgspec import Struct

from bedrock_harness.recordings.chunks import frame_ends

__all__ = ["ACCOUNT", "DROPPED", "Scrubber"]

DROPPED = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        "set-cookie",
        "x-amz-date",
        "x-amz-security-token",
        "x-api-key",
    }
)
"""Headers, in small letters, that are left out whole, on requests and on replies."""

ACCOUNT = b"123456789012"
"""What stands for every account id: the one that AWS's own documents use."""

_FILL = b"REDACTED"
_DEPTH = 4
"""How often base64 is looked for inside base64."""


class _Shape(Struct, frozen=True):
    """A secret by its looks. Group 1 is what is replaced. One of `hints` must occur: looking is much faster than searching."""

    hints: tuple[bytes, ...]
    pattern: re.Pattern[bytes]
    fill: bytes = _FILL


def _shape(pattern: bytes, *hints: bytes, fill: bytes = _FILL) -> _Shape:
    return _Shape(hints, re.compile(pattern), fill)


# Escapes are bounded, so that no run of backslashes is searched from each of its places to its end.
_COLON = rb"(?:\\{0,8}:|%(?:25){0,4}3[Aa]|\\{1,8}u003[Aa])"
_EQUALS = rb"(?:=|%(?:25){0,4}3[Dd]|\\{1,8}u003[Dd])"
_WORD = rb"(?:[A-Za-z0-9-]|%(?:25){0,4}2[Dd]|\\{1,8}u002[Dd])*"
_BETWEEN = rb"(?:[^0-9%]|%(?:25){0,4}[0-9A-Fa-f]{2}){1,16}?"
_TOKEN = rb"[A-Za-z0-9%/+=_.~\\-]"

_SHAPES = (
    _shape(
        rb"arn" + _COLON + rb"aws" + _WORD + (_COLON + _WORD) * 2 + _COLON + rb"(\d{12})(?!\d)",
        b"arn",
        fill=ACCOUNT,
    ),
    _shape(
        rb"(?i:bucketOwner|account(?:[-_ ]?id)?)" + _BETWEEN + rb"(\d{12})(?!\d)", b"Owner", b"ccount", fill=ACCOUNT
    ),
    _shape(rb"(?<![A-Z0-9])((?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16})(?![A-Z0-9])", b"AKIA", b"ASIA", b"AROA", b"AIDA"),
    _shape(rb"(?i:signature)" + _EQUALS + rb"([0-9a-fA-F]{64})", b"ignature"),
    _shape(rb"(?i:x-amz-date)" + _BETWEEN + rb"(\d{8}T\d{6}Z)", b"-date", b"-Date", b"-DATE"),
    _shape(rb"(?i:x-amz-security-token)" + _BETWEEN + rb"(" + _TOKEN + rb"{16,})", b"oken", b"TOKEN"),
    _shape(rb"(?i:bearer)(?:\s|%(?:25){0,4}20|\+)+(" + _TOKEN + rb"{16,})", b"earer"),
    _shape(rb"((?:IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9+/=%_-]{32,})", b"IQoJb3JpZ2lu", b"FwoGZXIvYXdz"),
    # In an image of some megabytes ABSK turns up by chance, among other letters of base64.
    _shape(
        rb"((?<![A-Za-z0-9+/])ABSK[A-Za-z0-9+/=]{32,}|bedrock-api-key-[A-Za-z0-9+/=%_-]{16,})",
        b"ABSK",
        b"bedrock-api-key-",
    ),
)
"""What gives itself away: account ids (ARNs, S3 owners), ids of keys and principals (IAM user guide, "Unique identifiers"),
signatures, their dates, session tokens (by header, and by the two words that STS begins them with), Bedrock API keys."""

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{20,}={0,2}")
"""Runs that hold at least 15 bytes: no secret of AWS's is shorter, and the names of members are not looked into."""
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_STANDARD = bytes.maketrans(b"+/", b"-_")


class Scrubber:
    """Scrubs with these secrets beside all that gives itself away. Those of fewer than 6 characters are not looked for."""

    def __init__(self, secrets: Iterable[str | None] = ()) -> None:
        given = {secret for secret in secrets if secret and len(secret) >= 6}
        # The longest first: a secret may hold another one.
        self._shapes = (*map(_known, sorted(given, key=lambda secret: (-len(secret), secret))), *_SHAPES)

    def __repr__(self) -> str:
        return f"<Scrubber of {len(self._shapes)} shapes>"

    def data(self, data: bytes) -> bytes:
        """Any bytes."""
        return self._data(data, _DEPTH)

    def text(self, text: str) -> str:
        """Any text. What is no Unicode stays as it is."""
        return self.data(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")

    def headers(self, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """Headers but for DROPPED, with their values scrubbed."""
        return tuple((name, self.text(value)) for name, value in headers if name.lower() not in DROPPED)

    def stream(self, body: bytes) -> bytes:
        """The body of an event stream. A checksum that was right is right again; what is behind the last frame is bytes."""
        ends = (0, *frame_ends(body))
        return b"".join((*(self._frame(body[start:end]) for start, end in pairwise(ends)), self.data(body[ends[-1] :])))

    def _frame(self, frame: bytes) -> bytes:
        inside = self.data(frame[12:-4])
        if inside == frame[12:-4] or crc32(frame[:-4]) != int.from_bytes(frame[-4:]):
            return frame[:12] + inside + frame[-4:]
        scrubbed = frame[:12] + inside
        return scrubbed + crc32(scrubbed).to_bytes(4)

    def _data(self, data: bytes, depth: int) -> bytes:
        for shape in self._shapes:
            for hint in shape.hints:
                if hint in data:
                    data = shape.pattern.sub(partial(_refill, shape.fill), data)
                    break
        return _BASE64.sub(lambda match: self._base64(match[0], depth - 1), data) if depth else data

    def _base64(self, run: bytes, depth: int) -> bytes:
        """A run of base64 letters, whose first ones may be no part of it: all four ways of grouping are tried."""
        letters = run.rstrip(b"=")
        url_safe = b"-" in letters or b"_" in letters
        for skipped in range(4):
            piece = letters[skipped:]
            if len(piece) % 4 == 1:  # a letter alone makes no byte
                piece = piece[:-1]
            decoded = b64decode(piece.translate(_URL_SAFE) + b"=" * (-len(piece) % 4))
            scrubbed = self._data(decoded, depth)
            if scrubbed != decoded:
                encoded = b64encode(scrubbed).rstrip(b"=")
                encoded = encoded.translate(_STANDARD) if url_safe else encoded
                letters = letters[:skipped] + encoded + letters[skipped + len(piece) :]
        return letters + run[len(letters) :]


@lru_cache(maxsize=32)
def _known(secret: str) -> _Shape:
    """A given secret, each character of it in any spelling. Kept: compiling a token's pattern takes some 10 ms."""
    pattern = b"".join(map(_spellings, secret.encode("utf-8", "surrogateescape")))
    literal = re.split(r"[^A-Za-z0-9_.~-]", secret)
    return _Shape((max(literal, key=len).encode(),), re.compile(rb"(" + pattern + rb")"))


def _spellings(byte: int) -> bytes:
    """A pattern for a byte: as it is; and where somebody may escape it, percent-encoded or as JSON escapes it."""
    char = re.escape(bytes((byte,)))
    if chr(byte).isalnum() or byte in b"-._~":
        return char
    digits = b"".join(b"[%c%c]" % (digit, ord(chr(digit).upper())) for digit in b"%02x" % byte)
    return rb"(?:\\{0,8}" + char + rb"|%(?:25){0,4}" + digits + rb"|\\{1,8}u00" + digits + rb")"


def _refill(fill: bytes, match: re.Match[bytes]) -> bytes:
    """The match with its first group filled up."""
    start, end = match.start(1) - match.start(), match.end(1) - match.start()
    filled = (fill * -(-(end - start) // len(fill)))[: end - start]
    return match[0][:start] + filled + match[0][end:]
