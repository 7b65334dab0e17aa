"""Signature Version 4 from the receiving end: is this request, exactly as received, signed by these credentials?

A request makes a claim: an access key, a scope, a time, signed headers, a signature. The claim is read first, then
held against a table of checks, in the order in which a service could tell. The first that fails is the problem.
Whatever a peer sends gives a `Verification`, never an exception. The words are ours: how AWS puts it is the
simulator's business.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

from bedrock_harness.wire.canonical import CanonicalRequest, Request, canonicalize, fold_headers, octets
from bedrock_harness.wire.claims import Claim, Problem, Refusal, read_claim
from bedrock_harness.wire.errors import SignatureError
from bedrock_harness.wire.signing import ALGORITHM, Credentials, seconds, signature, string_to_sign

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Claim", "Problem", "Verification", "problems", "verify"]

_LONGEST_SCHEME = 24
_UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"


class Verification(Struct, frozen=True):
    """The verdict on a request's authorisation. `reason` is one sentence, empty where it is valid.

    `canonical` and `string_to_sign` are what the receiver computed, where the claim could be read, whatever came of it.
    `age` is how many seconds ago the request says it was signed: negative for the future, None where it does not say.
    """

    scheme: Literal["sigv4", "bearer", "none"]
    problem: Problem | None = None
    reason: str = ""
    claim: Claim | None = None
    canonical: CanonicalRequest | None = None
    string_to_sign: str | None = None
    age: float | None = None

    @property
    def valid(self) -> bool:
        """Whether the request is authorised."""
        return self.problem is None


class _Case(Struct, frozen=True):
    """A claim beside everything it is held against."""

    claim: Claim
    headers: dict[str, str]
    body: bytes
    string_to_sign: str
    credentials: Credentials
    region: str
    service: str
    at: datetime
    window: timedelta


def verify(
    request: Request,
    credentials: Credentials,
    *,
    region: str,
    service: str = "bedrock",
    at: datetime,
    window: timedelta = timedelta(minutes=5),
    bearer_token: str | None = None,
) -> Verification:
    """Judge the authorisation of `request`, exactly as received, at the time `at` (with a zone).

    Accepted are a signature by `credentials` for this region and service, made at most `window` before or after `at`
    (five minutes at AWS), and, where `bearer_token` is given, `Authorization: Bearer` with that token.

    Raises `SignatureError` for an `at` without a zone, and for nothing that a peer sends.
    """
    seconds(at)
    headers = fold_headers(request.headers)
    authorization = headers.get("authorization", "")
    scheme = authorization.partition(" ")[0]
    if scheme.lower() == "bearer":
        return _bearer(authorization[len(scheme) :].strip(), bearer_token)
    if scheme != ALGORITHM:
        return _unsigned(authorization, scheme)
    try:
        claim = read_claim(authorization, headers)
        payload_hash = headers.get("x-amz-content-sha256")
        canonical = canonicalize(request, headers, claim.signed_headers, payload_hash=payload_hash)
        text = string_to_sign(canonical, scope=claim.scope, timestamp=claim.timestamp)
    except Refusal as refusal:
        return Verification("sigv4", refusal.problem, refusal.reason)
    except SignatureError as error:
        return Verification("sigv4", "malformed", f"The request cannot be put into canonical form: {error.message}.")
    case = _Case(claim, headers, request.body, text, credentials, region, service, at, window)
    problem, reason = next((found for check in _CHECKS if (found := check(case))), (None, ""))
    return Verification("sigv4", problem, reason, claim, canonical, text, (at - claim.time).total_seconds())


def problems(
    request: Request,
    verdict: Verification,
    credentials: Credentials,
    *,
    region: str,
    service: str,
    at: datetime,
    window: timedelta,
) -> tuple[tuple[Problem, str], ...]:
    """Return everything that is wrong with a request, each with its reason; `verdict` is what `verify` made of it."""
    if verdict.claim is None or verdict.string_to_sign is None:
        return ((verdict.problem, verdict.reason),) if verdict.problem else ()
    headers = fold_headers(request.headers)
    case = _Case(verdict.claim, headers, request.body, verdict.string_to_sign, credentials, region, service, at, window)
    return tuple(found for check in _CHECKS if (found := check(case)))


# --------------------------------------------------------------------------------------------------- without a signature


def _bearer(token: str, expected: str | None) -> Verification:
    if expected is None:
        return Verification("bearer", "bad-bearer", "The request carries a bearer token, and none is accepted here.")
    if compare_digest(token.encode("utf-8", "replace"), expected.encode("utf-8", "replace")):
        return Verification("bearer")
    return Verification("bearer", "bad-bearer", "The bearer token is not the one that was given out.")


def _unsigned(authorization: str, scheme: str) -> Verification:
    if not authorization:
        return Verification("none", "missing", "The request has no Authorization header.")
    # A key sent with no scheme before it is a secret: only what can be no key is shown.
    shown = f"is {scheme}" if scheme != authorization and len(scheme) <= _LONGEST_SCHEME else "has no name"
    return Verification("none", "unknown-scheme", f"The Authorization scheme {shown}, {ALGORITHM} is required.")


# ----------------------------------------------------------------------------------------------------------- the checks

_Found: TypeAlias = "tuple[Problem, str] | None"


def _key(case: _Case) -> _Found:
    if _same(case.claim.access_key_id, case.credentials.access_key_id):
        return None
    return "unknown-key", "The request is signed with an access key that is not known here."


def _token(case: _Case) -> _Found:
    sent, expected = case.headers.get("x-amz-security-token"), case.credentials.session_token
    if sent is None and expected:
        return "wrong-token", "These credentials are temporary, and the request has no X-Amz-Security-Token."
    if sent is not None and not expected:
        return "wrong-token", "The request has an X-Amz-Security-Token, and these credentials have no session token."
    if sent is not None and expected and not _same(sent, expected):
        return "wrong-token", "X-Amz-Security-Token is not the session token of these credentials."
    return None


def _scope(case: _Case) -> _Found:
    claim = case.claim
    required = {"date": claim.timestamp[:8], "region": case.region, "service": case.service}
    stated = {"date": claim.date, "region": claim.region, "service": claim.service}
    wrong = [
        f"{part} {stated[part]!r} where {value!r} is required"
        for part, value in required.items()
        if value != stated[part]
    ]
    return ("wrong-scope", f"The credential scope has {', '.join(wrong)}.") if wrong else None


def _not_expired(case: _Case) -> _Found:
    if case.claim.time >= case.at - case.window:
        return None
    return "expired", f"The request was signed {case.at - case.claim.time} ago, at most {case.window} is allowed."


def _not_early(case: _Case) -> _Found:
    if case.claim.time <= case.at + case.window:
        return None
    return (
        "early",
        f"The request is signed {case.claim.time - case.at} ahead of time, at most {case.window} is allowed.",
    )


def _carried(case: _Case) -> _Found:
    lacking = [name for name in case.claim.signed_headers if name not in case.headers]
    if not lacking:
        return None
    return "missing-header", f"Signed, and not among the headers received: {', '.join(lacking)}. Did a proxy remove it?"


def _signed(case: _Case) -> _Found:
    dated = "x-amz-date" if "x-amz-date" in case.headers else "date"
    # Over HTTP/2 the AWS SDK for JavaScript signs :authority in the place of host, and the service takes it.
    host = ":authority" if ":authority" in case.claim.signed_headers else "host"
    required = [host, dated, *(["x-amz-security-token"] if "x-amz-security-token" in case.headers else [])]
    lacking = [name for name in required if name not in case.claim.signed_headers]
    return ("unsigned-header", f"Not among the signed headers: {', '.join(lacking)}.") if lacking else None


def _payload(case: _Case) -> _Found:
    stated = case.headers.get("x-amz-content-sha256")
    if stated == _UNSIGNED_PAYLOAD:
        return "unsigned-payload", "X-Amz-Content-SHA256 is UNSIGNED-PAYLOAD, which Bedrock does not accept."
    if stated is not None and stated != sha256(case.body).hexdigest():
        return "wrong-payload-hash", "X-Amz-Content-SHA256 is not the SHA-256 of the body received."
    return None


def _signature(case: _Case) -> _Found:
    if _same(case.claim.signature, signature(case.string_to_sign, case.credentials, scope=case.claim.scope)):
        return None
    return "mismatch", "The signature is not the one that these credentials give for the request received."


def _same(one: str, other: str) -> bool:
    """Compare in a time that tells nothing of where they differ."""
    return compare_digest(octets(one), octets(other))


_CHECKS: tuple[Callable[[_Case], _Found], ...] = (
    _key,
    _token,
    _scope,
    _not_expired,
    _not_early,
    _carried,
    _signed,
    _payload,
    _signature,
)
