"""What is wrong with a request, before the script has a say.

Everything is looked at in every request, so that the journal tells all of it; the first thing wrong, in the service's own
order, is what the client gets to read: the route, the signature, the body, the service model, the rules of a conversation.
Pure: the time is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from bedrock_harness.service import rules, shapes
from bedrock_harness.service.endpoints import parse_host
from bedrock_harness.simulator.depth import MAX_DEPTH, is_deeper
from bedrock_harness.simulator.identities import Identities, Known
from bedrock_harness.simulator.operations import Call, Operation, find, query_of
from bedrock_harness.simulator.refusals import UNKNOWN_OPERATION, WINDOW, Refusal, refuse_authorization
from bedrock_harness.wire.canonical import fold_headers
from bedrock_harness.wire.sigv4 import Diagnosis, Request, Verification, diagnose, verify

__all__ = ["Judgement", "Measure", "authorize", "judge", "refuse"]

_ACCESS_KEY = re.compile(r"Credential=([^/,\s]+)/")
_UNROUTED = "bedrock"
"""What a request is held to be signed for that names no operation, so that the journal can say whether it is signed well."""


class Measure(msgspec.Struct, frozen=True):
    """What requests are held against: the simulator's region, how old a signature may be, and which rules are in force."""

    region: str
    window: timedelta = WINDOW
    strictness: str = "latest"


class Judgement(msgspec.Struct, frozen=True):
    """What a request is and what is wrong with it. `refusal` is what the client is told, None for a good request."""

    operation: Operation | None
    call: Call | None
    body: Any
    authorization: Verification
    diagnosis: Diagnosis | None
    """Why the authorization is not valid; None where it is."""
    violations: tuple[shapes.Violation, ...] = ()
    broken_rules: tuple[rules.BrokenRule, ...] = ()
    refusal: Refusal | None = None

    @property
    def signed_for(self) -> str:
        """The service that the signature had to name."""
        return (self.operation.signs_as if self.operation else None) or _UNROUTED


def judge(request: Request, identities: Identities, measure: Measure, *, at: datetime) -> Judgement:
    """Judge a request received at the time `at`."""
    found = find(request)
    if found is None:
        body, _ = _json(request.body)
        authorization = authorize(request, identities, measure, at=at)
        diagnosis = _explain(request, identities, measure, authorization, at=at)
        return Judgement(None, None, body, authorization, diagnosis, refusal=UNKNOWN_OPERATION)
    operation, labels = found
    body, readable = _form(request.body) if operation.protocol == "query" else _json(request.body)
    named = _named_key(request)
    call = Call(
        labels, query_of(request.target), request, body, readable, measure.strictness, int(at.timestamp()), named
    )
    service = operation.signs_as
    if service is None:
        authorization, diagnosis = _with_token(request, identities), None
    else:
        authorization = authorize(request, identities, measure, at=at, service=service)
        diagnosis = _explain(request, identities, measure, authorization, at=at, service=service)
    findings = operation.examine(call)
    refusal = findings.refusal
    if not authorization.valid:
        refusal = refuse(request, authorization, measure, at=at, service=service or _UNROUTED)
    call = msgspec.structs.replace(call, conversation=findings.conversation, native=findings.native)
    return Judgement(
        operation, call, body, authorization, diagnosis, findings.violations, findings.broken_rules, refusal
    )


def refuse(request: Request, authorization: Verification, measure: Measure, *, at: datetime, service: str) -> Refusal:
    """What the client is told of an authorization that is not valid; `service` is what it had to be signed for."""
    return refuse_authorization(
        request,
        authorization,
        region=_region(request, measure),
        service=service,
        at=at,
        window=measure.window,
    )


# -------------------------------------------------------------------------------------------------------- authorisation


def authorize(
    request: Request, identities: Identities, measure: Measure, *, at: datetime, service: str = _UNROUTED
) -> Verification:
    """Hold the signature against the credentials whose access key it names, against the plain ones where it names none."""
    known = _claimed(request, identities)
    verdict = verify(request, known.credentials, **_terms(request, identities, measure, at=at, service=service))
    if not verdict.valid:
        return verdict
    expires = known.expires if verdict.scheme == "sigv4" else identities.expires
    if expires is None or at < expires:
        return verdict
    token = "session token" if verdict.scheme == "sigv4" else "bearer token"
    reason = f"The {token} expired {at - expires} ago."
    return msgspec.structs.replace(verdict, problem="expired-token", reason=reason)


def _region(request: Request, measure: Measure) -> str:
    """The region that a signature must name: of the AWS host that the request is for, else the simulator's own."""
    endpoint = parse_host(fold_headers(request.headers).get("host", ""))
    return endpoint.region if endpoint is not None else measure.region


def _terms(
    request: Request, identities: Identities, measure: Measure, *, at: datetime, service: str
) -> Mapping[str, Any]:
    """What `verify` and `diagnose` are told alike. STS takes no bearer tokens."""
    return {
        "region": _region(request, measure),
        "service": service,
        "at": at,
        "window": measure.window,
        "bearer_token": identities.bearer.bearer_token if service == "bedrock" else None,
    }


def _explain(
    request: Request,
    identities: Identities,
    measure: Measure,
    verdict: Verification,
    *,
    at: datetime,
    service: str = _UNROUTED,
) -> Diagnosis | None:
    """Which mistake the client made; None where there is none, or where only time has passed."""
    if verdict.valid or verdict.problem == "expired-token":
        return None
    credentials = _claimed(request, identities).credentials
    return diagnose(request, credentials, **_terms(request, identities, measure, at=at, service=service))


def _claimed(request: Request, identities: Identities) -> Known:
    named = _named_key(request)
    return (identities.find(named) if named else None) or Known(identities.keys, "")


def _named_key(request: Request) -> str | None:
    headers = (value for name, value in request.headers if name.lower() == "authorization")
    claimed = _ACCESS_KEY.search(next(headers, ""))
    return claimed[1] if claimed else None


def _with_token(request: Request, identities: Identities) -> Verification:
    """The container's endpoint: its token in the Authorization header, bare."""
    given = fold_headers(request.headers).get("authorization", "")
    if compare_digest(given.encode("utf-8", "surrogateescape"), identities.container_token.encode()):
        return Verification("none")
    return Verification("none", "bad-bearer", "The Authorization header is not the container's token.")


# -------------------------------------------------------------------------------------------------------------- the body


def _json(body: bytes) -> tuple[Any, bool]:
    """The body as JSON, and whether it can be read. No body at all is an empty object to the service's framework."""
    try:
        value = msgspec.json.decode(body) if body else {}
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None, False
    too_deep = body.count(b"{") + body.count(b"[") > MAX_DEPTH and is_deeper(value)
    return (None, False) if too_deep else (value, True)


def _form(body: bytes) -> tuple[dict[str, str], bool]:
    """The body as a form. It has been read before, to find its operation."""
    return dict(parse_qsl(body.decode("latin-1"), keep_blank_values=True)), True
