"""Signature Version 4: the string to sign, the signing key, and the Authorization header.

Knows the AWS General Reference ("Create a signed AWS API request", steps 2 to 5). Knows no clock: the time is an
argument. Secrets stay out of every repr, and the cache of signing keys holds neither secrets nor the day's keys in
the clear.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b, sha256
from hmac import digest
from secrets import token_bytes
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from bedrock_harness.wire.canonical import CanonicalRequest, Request, canonicalize, fold_headers, octets
from bedrock_harness.wire.errors import SignatureError

if TYPE_CHECKING:
    from _hashlib import HASH
    from collections.abc import Iterable

__all__ = [
    "ALGORITHM",
    "TERMINATOR",
    "UNSIGNED_HEADERS",
    "Credentials",
    "Signed",
    "credential_scope",
    "seconds",
    "sign",
    "signature",
    "string_to_sign",
]

ALGORITHM = "AWS4-HMAC-SHA256"
TERMINATOR = "aws4_request"
UNSIGNED_HEADERS = frozenset(
    {"authorization", "connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"}
)
"""Headers that `sign` leaves unsigned by default, since proxies change them: botocore's list, and `connection`."""

_REPLACED = frozenset({"authorization", "x-amz-date", "x-amz-security-token"})
_SALT = token_bytes(16)

_Key: TypeAlias = "tuple[HASH, HASH]"
_KEYS: dict[tuple[bytes, str], _Key] = {}
# A key lives for a day, a region and a service: a harness signs with a few at a time.
_MOST_KEYS = 64


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a signature is made with. The repr shows the access key's id alone."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    fingerprint: bytes = field(init=False, repr=False, compare=False)
    """A salted hash of the secret, which the cache of signing keys goes by. It means nothing outside this process."""

    def __post_init__(self) -> None:
        hashed = blake2b(octets(self.secret_access_key), digest_size=16, key=_SALT).digest()
        object.__setattr__(self, "fingerprint", hashed)


class Signed(Struct, frozen=True):
    """A signed request, with every step on the way to its signature (64 hexadecimal digits)."""

    request: Request
    canonical: CanonicalRequest
    string_to_sign: str
    signature: str


def sign(
    request: Request,
    credentials: Credentials,
    *,
    region: str,
    service: str = "bedrock",
    at: datetime,
    signed_headers: Iterable[str] | None = None,
) -> Signed:
    """Sign `request` as of `at`, which must have a zone.

    The signed request has X-Amz-Date, X-Amz-Security-Token where there is a token, and Authorization, in place of
    any that `request` carries. Signed are all headers but `UNSIGNED_HEADERS`, or exactly those of `signed_headers`
    (names in any case and order). An `x-amz-content-sha256` header is signed as it stands, and stands in for the
    body's hash.

    Raises `SignatureError` for a time without a zone, for no Host header, and for a header to sign that is not there.
    """
    timestamp = _timestamp(seconds(at))
    headers = request.headers
    present = fold_headers(headers)
    if not _REPLACED.isdisjoint(present):
        headers = tuple(pair for pair in headers if pair[0].lower() not in _REPLACED)
        present = fold_headers(headers)
    headers += (("X-Amz-Date", timestamp),)
    present["x-amz-date"] = timestamp
    if credentials.session_token:
        headers += (("X-Amz-Security-Token", credentials.session_token),)
        present["x-amz-security-token"] = credentials.session_token
    names = _default_names(tuple(present)) if signed_headers is None else _names(signed_headers)
    if "host" not in present or (signed_headers and not present.keys() >= set(names)):
        lacking = ", ".join(sorted({"host", *names} - present.keys()))
        raise SignatureError(f"a signature covers headers that the request does not carry: {lacking}")
    canonical = canonicalize(request, present, names, payload_hash=present.get("x-amz-content-sha256"))
    scope = credential_scope(timestamp[:8], region, service)
    text = string_to_sign(canonical, scope=scope, timestamp=timestamp)
    result = signature(text, credentials, scope=scope)
    authorization = (
        f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={canonical.signed_headers}, Signature={result}"
    )
    headers += (("Authorization", authorization),)
    return Signed(Request(request.method, request.target, headers, request.body), canonical, text, result)


def credential_scope(date: str, region: str, service: str) -> str:
    """Return the scope of a signing key: `20250130/us-east-1/bedrock/aws4_request`."""
    return f"{date}/{region}/{service}/{TERMINATOR}"


def string_to_sign(canonical: CanonicalRequest, *, scope: str, timestamp: str) -> str:
    """Return what is signed: algorithm, timestamp (`20250130T204131Z`), scope, and the canonical request's hash."""
    return f"{ALGORITHM}\n{timestamp}\n{scope}\n{sha256(octets(canonical.text)).hexdigest()}"


def signature(text: str, credentials: Credentials, *, scope: str) -> str:
    """Return the signature of a string to sign: 64 hexadecimal digits. `scope` is the credential scope it names."""
    name = (credentials.fingerprint, scope)
    key = _KEYS.get(name)
    if key is None:
        if len(_KEYS) >= _MOST_KEYS:
            _KEYS.clear()
        key = _KEYS[name] = _derive(credentials.secret_access_key, scope)
    inner, outer = key[0].copy(), key[1].copy()
    inner.update(octets(text))
    outer.update(inner.digest())
    return outer.hexdigest()


def _derive(secret: str, scope: str) -> _Key:
    """Derive the signing key and return it as HMAC's inner and outer hash (RFC 2104), ready to be copied."""
    key = octets("AWS4" + secret)
    for part in scope.split("/"):
        key = digest(key, octets(part), "sha256")
    padded = key.ljust(64, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in padded)), sha256(bytes(byte ^ 0x5C for byte in padded))


def seconds(at: datetime) -> int:
    """Return whole seconds since 1970. Raises `SignatureError` for a time without a zone."""
    if at.tzinfo is None:
        raise SignatureError(f"the time {at.isoformat()} has no zone")
    return int(at.timestamp() // 1)


def _names(headers: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name.lower() for name in headers}))


@lru_cache(maxsize=64)
def _default_names(present: tuple[str, ...]) -> tuple[str, ...]:
    return _names(name for name in present if name not in UNSIGNED_HEADERS)


@lru_cache(maxsize=64)
def _timestamp(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y%m%dT%H%M%SZ")
