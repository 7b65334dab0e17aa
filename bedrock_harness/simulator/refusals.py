"""What the service answers instead of a reply, in its own words: refused signatures, unknown operations, bad bodies.

Messages are those of research on public threads, named beside each. What is wrong with a signature is found out by
`wire.verification`; this module only says it as AWS does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from msgspec import Struct

from bedrock_harness.service.exceptions import find
from bedrock_harness.wire.canonical import canonical_request, fold_headers
from bedrock_harness.wire.sigv4 import Problem, Request, Verification, string_to_sign

__all__ = ["UNKNOWN_OPERATION", "UNKNOWN_OPERATION_BODY", "WINDOW", "Refusal", "refuse_authorization"]

WINDOW = timedelta(minutes=5)
"""How far a signature's time may be from the service's: "20250130T204631Z - 5 min." (anthropics/anthropic-sdk-go#122)."""

UNKNOWN_OPERATION_BODY = b'{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}'
"""The body for a path with no route, mostly under HTTP 200: clients that look at the status took it for an answer
(vercel/ai#17523, BerriAI/litellm#3805)."""

_API_KEY_PREFIX = "ABSK"
_PARTS = ("Credential", "Signature", "SignedHeaders")


class Refusal(Struct, frozen=True):
    """An exception over HTTP. `member` is the message's name in the body: `Message` from the layer that reads API keys."""

    code: str
    message: str
    member: str = "message"

    @property
    def status(self) -> int:
        """The HTTP status of the exception table, 400 for a name that is not in it."""
        known = find(self.code)
        return known.status if known else 400


UNKNOWN_OPERATION = Refusal("UnknownOperationException", "")
"""A path with no route."""


class _Context(Struct, frozen=True):
    request: Request
    verdict: Verification
    region: str
    service: str
    at: datetime
    window: timedelta


def refuse_authorization(
    request: Request,
    verdict: Verification,
    *,
    region: str,
    service: str = "bedrock",
    at: datetime,
    window: timedelta = WINDOW,
) -> Refusal:
    """What AWS answers to a request whose authorisation has this problem, at this time; region and service are those that
    its credential scope was to name."""
    assert verdict.problem is not None
    return _ANSWERS[verdict.problem](_Context(request, verdict, region, service, at, window))


def _missing(_: _Context) -> Refusal:
    return Refusal("MissingAuthenticationTokenException", _lacking("", dated=False))


def _incomplete(context: _Context) -> Refusal:
    headers = fold_headers(context.request.headers)
    dated = "x-amz-date" in headers or "date" in headers
    return Refusal("IncompleteSignatureException", _lacking(headers.get("authorization", ""), dated=dated))


def _lacking(authorization: str, *, dated: bool) -> str:
    """One sentence for each part that is not there (westonbrown/Cyber-AutoAgent#29)."""
    sentences = [
        f"Authorization header requires '{part}' parameter." for part in _PARTS if f"{part}=" not in authorization
    ]
    if not dated:
        sentences.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    return " ".join(sentences)


def _malformed(context: _Context) -> Refusal:
    if _lacking(fold_headers(context.request.headers).get("authorization", ""), dated=True):
        return _incomplete(context)
    wanted = "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, and a valid date."
    return Refusal("IncompleteSignatureException", wanted)


def _unknown_key(_: _Context) -> Refusal:
    """Also for a session token that is missing or foreign (vercel/ai#4163, Aider-AI/aider#1986)."""
    return Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")


def _wrong_scope(context: _Context) -> Refusal:
    """The wording of AWS's common errors: the first part that is wrong, with what is right."""
    claim = context.verdict.claim
    assert claim is not None
    if claim.region != context.region:
        message = f"Credential should be scoped to a valid region, not '{claim.region}'. "
    elif claim.service != context.service:
        message = f"Credential should be scoped to correct service: '{context.service}'. "
    else:
        message = (
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claim.date}' != '{claim.timestamp[:8]}', from '{claim.timestamp}'."
        )
    return Refusal("InvalidSignatureException", message)


def _expired(context: _Context) -> Refusal:
    """anthropics/anthropic-sdk-go#122, aws-samples/bedrock-access-gateway#163."""
    limit = _stamp(context.at - context.window)
    stated = context.verdict.claim.timestamp if context.verdict.claim else ""
    message = f"Signature expired: {stated} is now earlier than {limit} ({_stamp(context.at)} - {_window(context)}.)"
    return Refusal("InvalidSignatureException", message)


def _early(context: _Context) -> Refusal:
    limit = _stamp(context.at + context.window)
    stated = context.verdict.claim.timestamp if context.verdict.claim else ""
    message = (
        f"Signature not yet current: {stated} is still later than {limit} ({_stamp(context.at)} + {_window(context)}.)"
    )
    return Refusal("InvalidSignatureException", message)


def _window(context: _Context) -> str:
    return f"{context.window.total_seconds() / 60:g} min"


def _expired_token(context: _Context) -> Refusal:
    """Of an expired API key the service says no more than of a wrong one (anomalyco/opencode#47073)."""
    if context.verdict.scheme == "bearer":
        return _bad_bearer(context)
    return Refusal("ExpiredTokenException", "The security token included in the request is expired")


def _unsigned_header(_: _Context) -> Refusal:
    message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    return Refusal("InvalidSignatureException", message)


def _mismatch(context: _Context) -> Refusal:
    """With what AWS computed from the request it got, which is how people find their mistake (grafana/k6-jslib-aws#109)."""
    claim = context.verdict.claim
    assert claim is not None
    expected = canonical_request(context.request, claim.signed_headers)
    text = string_to_sign(expected, scope=claim.scope, timestamp=claim.timestamp)
    message = (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
        "signing method. Consult the service documentation for details.\n\n"
        f"The Canonical String for this request should have been\n'{expected.text}'\n\n"
        f"The String-to-Sign should have been\n'{text}'\n"
    )
    return Refusal("InvalidSignatureException", message)


def _bad_bearer(context: _Context) -> Refusal:
    """farion1231/cc-switch#1679 and anomalyco/opencode#47073: both with a capital M."""
    token = fold_headers(context.request.headers).get("authorization", "").partition(" ")[2]
    if not token.strip().startswith(_API_KEY_PREFIX):
        message = "Invalid API Key format: Must start with pre-defined prefix"
    else:
        message = "Authentication failed: Please make sure your API Key is valid."
    return Refusal("AccessDeniedException", message, member="Message")


def _stamp(time: datetime) -> str:
    return f"{time:%Y%m%dT%H%M%SZ}"


_ANSWERS: Mapping[Problem, Callable[[_Context], Refusal]] = MappingProxyType(
    {
        "missing": _missing,
        "unknown-scheme": _incomplete,
        "malformed": _malformed,
        "incomplete": _incomplete,
        "missing-header": _mismatch,
        "unknown-key": _unknown_key,
        "wrong-token": _unknown_key,
        "wrong-scope": _wrong_scope,
        "expired": _expired,
        "early": _early,
        "unsigned-header": _unsigned_header,
        "unsigned-payload": _mismatch,
        "wrong-payload-hash": _mismatch,
        "mismatch": _mismatch,
        "bad-bearer": _bad_bearer,
        "expired-token": _expired_token,
    }
)
