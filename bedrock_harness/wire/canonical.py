"""Signature Version 4: a request in its canonical form, with every step kept.

Knows the rules of the AWS General Reference ("Create a signed AWS API request", step 1) for every service but S3:
the path is normalised and encoded once more than it was sent, so that `%3A` on the request line is `%253A` here.
Knows neither keys nor time.

Text stands for bytes. Targets and header values received from a socket are to be decoded as UTF-8 with
`surrogateescape`, so that whatever arrived is canonicalised, and signed, byte for byte.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct

from bedrock_harness.wire.errors import SignatureError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CanonicalRequest",
    "Discreet",
    "Request",
    "canonical_request",
    "canonical_target",
    "canonicalize",
    "fold_headers",
    "hash_payload",
    "octets",
]

_BLANKS = " \t\n\r\v\f\x1c\x1d\x1e\x1f"
"""What `str.split` takes for a blank in ASCII. HTTP allows the first two of them in a value, and no other control character."""
_RUN_OF_BLANKS = re.compile(f"[{_BLANKS}]+")
# Longer targets are canonicalised each time, so that a peer cannot fill the memo with megabytes.
_MEMO_TARGET = 2048


class Discreet(Struct, frozen=True, gc=False):
    """A value whose repr shows only what `__rich_repr__` yields: never a token, a signature or a body."""

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class Request(Discreet, frozen=True, gc=False):
    """An HTTP request as on the wire: the target exactly as on the request line, headers in order, duplicates kept."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        names = tuple(name for name, _ in self.headers)
        return [
            ("method", self.method),
            ("target", self.target),
            ("headers", names),
            ("body", f"{len(self.body)} bytes"),
        ]


class CanonicalRequest(Discreet, frozen=True, gc=False):
    """The six parts of a canonical request. `text` is what is hashed."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    """Lower-case names and folded values, in the order of `signed_headers`."""
    signed_headers: str
    """The names, joined by semicolons."""
    payload_hash: str
    """Hexadecimal SHA-256 of the body, or what the request says in its place."""

    @property
    def text(self) -> str:
        """The canonical request: its parts, one a line. There is an empty line after the headers."""
        lines = "".join([f"{name}:{value}\n" for name, value in self.headers])
        return f"{self.method}\n{self.path}\n{self.query}\n{lines}\n{self.signed_headers}\n{self.payload_hash}"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        shown = ("method", "path", "query", "signed_headers", "payload_hash")
        return [(name, getattr(self, name)) for name in shown]


def canonical_request(
    request: Request, signed_headers: Iterable[str], *, payload_hash: str | None = None, normalize: bool = True
) -> CanonicalRequest:
    """Return the canonical form of `request` with these headers signed, in this order.

    `payload_hash` stands in for the body's SHA-256. Without `normalize` dot segments and empty ones stay in the
    path, as some clients leave them. A signed header that the request does not carry has an empty value.
    """
    values = fold_headers(request.headers)
    return canonicalize(request, values, tuple(signed_headers), payload_hash=payload_hash, normalize=normalize)


def canonicalize(
    request: Request,
    values: dict[str, str],
    names: tuple[str, ...],
    *,
    payload_hash: str | None = None,
    normalize: bool = True,
) -> CanonicalRequest:
    """Do the same as `canonical_request` with headers that are folded already."""
    path, query = canonical_target(request.target, normalize=normalize)
    return CanonicalRequest(
        request.method,
        path,
        query,
        tuple([(name, values.get(name, "")) for name in names]),
        ";".join(names),
        payload_hash or hash_payload(request.body),
    )


def hash_payload(body: bytes) -> str:
    """Return the hexadecimal SHA-256 of a body."""
    return sha256(body).hexdigest()


def fold_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by lower-case name: values trimmed, runs of blanks made one space, duplicates joined by commas."""
    values: dict[str, str] = {}
    for name, raw in headers:
        key = name.lower()
        # str.split knows blanks beyond ASCII, which are part of the value; a pattern does not, and is slower.
        value = " ".join(raw.split()) if raw.isascii() else _RUN_OF_BLANKS.sub(" ", raw.strip(_BLANKS))
        values[key] = f"{values[key]},{value}" if key in values else value
    return values


def canonical_target(target: str, *, normalize: bool = True) -> tuple[str, str]:
    """Return the canonical path and query of a request target. The path is never decoded first.

    Dot segments and double slashes go, then every byte but letters, digits, `-_.~` and `/` is percent-encoded, a
    percent sign too. A query is decoded, encoded in one way, and sorted by encoded name and value; its `+` stands
    for itself.
    """
    return (_memoised if len(target) <= _MEMO_TARGET else _canonical_target)(target, normalize)


def octets(text: str) -> bytes:
    """Return the bytes that `text` stands for. Raises `SignatureError` where it stands for none."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as cause:
        raise SignatureError(f"the request holds text that is no UTF-8: {cause.reason}") from cause


def _canonical_target(target: str, normalize: bool) -> tuple[str, str]:
    path, _, query = target.partition("?")
    path = quote(octets(_normalized(path) if normalize else path), safe="/~")
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    encoded = sorted((_encoded_once(name), _encoded_once(value)) for name, _, value in pairs)
    return path or "/", "&".join(f"{name}={value}" for name, value in encoded)


_memoised = lru_cache(maxsize=512)(_canonical_target)


def _encoded_once(text: str) -> str:
    return quote(unquote_to_bytes(octets(text)), safe="~")


def _normalized(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    return f"/{'/'.join(kept)}{'/' if kept and path.endswith('/') else ''}"
