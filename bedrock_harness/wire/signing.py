"""Signature Version 4: the string to sign, the signing key, and the Authorization header.

Knows the AWS General Reference ("Create a signed AWS API request", steps 2 to 5). Knows no clock: the time is an
argument. Secrets stay out of every repr.

Whoever signs, signs like requests in quick succession. So all that the body does not change is put together by one
function, `_prepare`, and remembered: what is left is to hash the body, and to go on from there. Measured on 2 KB with
CPython 3.11, in microseconds: 4, of which 2.7 are spent in hashes; 12 in the first such request of a second.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from hmac import digest
from typing import TYPE_CHECKING, Any, TypeAlias

from bedrock_harness.wire.canonical import (
    CanonicalRequest,
    Discreet,
    Request,
    canonicalize,
    fold_headers,
    hash_payload,
    octets,
)
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
    {
        "authorization",
        "baggage",
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "traceparent",
        "tracestate",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-amzn-trace-id",
    }
)
"""Headers that `sign` leaves unsigned by default, since proxies change them: botocore's list, and the signature's own."""

_REPLACED = frozenset({"authorization", "x-amz-date", "x-amz-security-token"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A key lives for a day, a region and a service, what is prepared for a second: a harness signs with a few at a time.
_REMEMBERED = 64

_Headers: TypeAlias = "tuple[tuple[str, str], ...]"
_Key: TypeAlias = "tuple[HASH, HASH]"
# HMAC's inner and outer hash (RFC 2104), which have absorbed the key: to be copied, and gone on from.


class Credentials(Discreet, frozen=True, gc=False):
    """What a signature is made with. The repr shows the access key's id alone."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("access_key_id", self.access_key_id)]


class Signed(Discreet, frozen=True, gc=False, eq=False):
    """A signed request and its signature (64 hexadecimal digits). The steps on the way there are put together when asked for."""

    request: Request
    signature: str
    _prepared: _Prepared
    _payload_hash: str
    _canonical_hash: str

    @property
    def canonical(self) -> CanonicalRequest:
        """The canonical request."""
        return CanonicalRequest(*self._prepared.canonical, self._payload_hash)

    @property
    def string_to_sign(self) -> str:
        """What the signature is the HMAC of."""
        return self._prepared.string_to_sign + self._canonical_hash

    def __eq__(self, other: object) -> bool:
        """The signed request says it all: its date, its scope, and its signature."""
        return self.request == other.request if isinstance(other, Signed) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.request)

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("request", self.request), ("string_to_sign", self.string_to_sign)]


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
    names = None if signed_headers is None else _names(signed_headers)
    ready = _prepare(request.method, request.target, request.headers, names, credentials, region, service, seconds(at))
    payload_hash = ready.stated_hash or hash_payload(request.body)
    hashing = ready.hashing.copy()
    hashing.update(payload_hash.encode("utf-8", "surrogateescape"))
    canonical_hash = hashing.hexdigest()
    result = _hmac(ready.key, canonical_hash.encode())
    headers = (*ready.headers, ("Authorization", ready.authorization + result))
    signed = Request(request.method, request.target, headers, request.body)
    return Signed(signed, result, ready, payload_hash, canonical_hash)


class _Prepared(Discreet, frozen=True, gc=False):
    """Every step of a signature up to where the body's hash has its say, which is at the end of each."""

    headers: _Headers
    stated_hash: str | None
    canonical: tuple[str, str, str, _Headers, str]
    hashing: HASH
    """Has absorbed the canonical request up to the payload hash. To be copied, and gone on from."""
    string_to_sign: str
    key: _Key
    """Has absorbed `string_to_sign`, and lacks the canonical request's hash."""
    authorization: str

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("string_to_sign", self.string_to_sign)]


@lru_cache(maxsize=_REMEMBERED)
def _prepare(
    method: str,
    target: str,
    headers: _Headers,
    names: tuple[str, ...] | None,
    credentials: Credentials,
    region: str,
    service: str,
    second: int,
) -> _Prepared:
    timestamp = (_EPOCH + timedelta(seconds=second)).strftime("%Y%m%dT%H%M%SZ")
    headers = tuple(pair for pair in headers if pair[0].lower() not in _REPLACED)
    headers += (("X-Amz-Date", timestamp),)
    if credentials.session_token:
        headers += (("X-Amz-Security-Token", credentials.session_token),)
    present = fold_headers(headers)
    names = _names(present.keys() - UNSIGNED_HEADERS) if names is None else names
    lacking = {"host", *names} - present.keys()
    if lacking:
        message = f"a signature covers headers that the request does not carry: {', '.join(sorted(lacking))}"
        raise SignatureError(message)
    bodiless = canonicalize(Request(method, target, headers), present, names)
    scope = credential_scope(timestamp[:8], region, service)
    text = _string_to_sign(timestamp, scope, "")
    inner, outer = _key(credentials.secret_access_key, scope)
    inner = inner.copy()
    inner.update(octets(text))
    return _Prepared(
        headers=headers,
        stated_hash=present.get("x-amz-content-sha256"),
        canonical=(bodiless.method, bodiless.path, bodiless.query, bodiless.headers, bodiless.signed_headers),
        hashing=sha256(octets(bodiless.text.removesuffix(bodiless.payload_hash))),
        string_to_sign=text,
        key=(inner, outer),
        authorization=f"{ALGORITHM} Credential={credentials.access_key_id}/{scope}, "
        f"SignedHeaders={bodiless.signed_headers}, Signature=",
    )


def credential_scope(date: str, region: str, service: str) -> str:
    """Return the scope of a signing key: `20250130/us-east-1/bedrock/aws4_request`."""
    return f"{date}/{region}/{service}/{TERMINATOR}"


def string_to_sign(canonical: CanonicalRequest, *, scope: str, timestamp: str) -> str:
    """Return what is signed: algorithm, timestamp (`20250130T204131Z`), scope, and the canonical request's hash."""
    return _string_to_sign(timestamp, scope, sha256(octets(canonical.text)).hexdigest())


def signature(text: str, credentials: Credentials, *, scope: str) -> str:
    """Return the signature of a string to sign: 64 hexadecimal digits. `scope` is the credential scope it names."""
    return _hmac(_key(credentials.secret_access_key, scope), octets(text))


def seconds(at: datetime) -> int:
    """Return whole seconds since 1970. Raises `SignatureError` for a time without a zone."""
    try:
        since = at - _EPOCH
    except TypeError:
        raise SignatureError(f"the time {at.isoformat()} has no zone") from None
    return since.days * 86_400 + since.seconds


def _names(headers: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name.lower() for name in headers}))


def _string_to_sign(timestamp: str, scope: str, canonical_hash: str) -> str:
    return f"{ALGORITHM}\n{timestamp}\n{scope}\n{canonical_hash}"


@lru_cache(maxsize=_REMEMBERED)
def _key(secret: str, scope: str) -> _Key:
    """Derive the signing key, a step for each part of the scope."""
    key = octets("AWS4" + secret)
    for part in scope.split("/"):
        key = digest(key, octets(part), "sha256")
    padded = key.ljust(64, b"\0")
    return sha256(bytes(byte ^ 0x36 for byte in padded)), sha256(bytes(byte ^ 0x5C for byte in padded))


def _hmac(key: _Key, data: bytes) -> str:
    inner, outer = key[0].copy(), key[1].copy()
    inner.update(data)
    outer.update(inner.digest())
    return outer.hexdigest()
