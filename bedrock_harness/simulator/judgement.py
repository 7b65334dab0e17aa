"""What is wrong with a request, before the script has a say.

Everything is looked at in every request, so that the journal tells all of it; the first thing wrong, in the service's own
order, is what the client gets to read: the route, the signature, the body, the service model, the rules of a conversation.
Pure: the time is an argument.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from bedrock_harness.service import rules, shapes
from bedrock_harness.service.model_ids import ModelIdError, parse, parse_path
from bedrock_harness.simulator.identities import Identities
from bedrock_harness.simulator.refusals import WINDOW, Refusal, refuse_authorization
from bedrock_harness.wire.sigv4 import Credentials, Diagnosis, Request, Verification, diagnose, verify

__all__ = ["Judgement", "authorize", "judge"]

_SERVED = frozenset({"Converse", "ConverseStream"})
_ACCESS_KEY = re.compile(r"Credential=([^/,\s]+)/")
_UNREADABLE = Refusal("SerializationException", "The request body is no JSON object.")
_NO_MODEL = Refusal("ValidationException", "The provided model identifier is invalid.")
_UNKNOWN = Refusal("UnknownOperationException", "")


class Judgement(msgspec.Struct, frozen=True):
    """What a request is and what is wrong with it. `refusal` is what the client is told, None for a good request."""

    operation: str | None
    model: str | None
    body: Any
    authorization: Verification
    diagnosis: Diagnosis | None
    """Why the authorization is not valid; None where it is."""
    violations: tuple[shapes.Violation, ...]
    broken_rules: tuple[rules.BrokenRule, ...]
    refusal: Refusal | None


_BodyFindings: TypeAlias = "tuple[tuple[shapes.Violation, ...], tuple[rules.BrokenRule, ...], Refusal | None]"


def judge(request: Request, identities: Identities, *, region: str, at: datetime) -> Judgement:
    """Judge a request received at the time `at` by the simulator of this region."""
    operation, model = _route(request)
    authorization = authorize(request, identities, region=region, at=at)
    diagnosis = None if authorization.valid else _explain(request, identities, region=region, at=at)
    body, readable = _read(request.body)
    findings: _BodyFindings = (), (), _UNREADABLE
    if operation is None or model is None:
        findings = (), (), _UNKNOWN
    elif readable:
        findings = _judge_body(operation, model, body)
    violations, broken, refusal = findings
    if operation is not None and not authorization.valid:
        refusal = refuse_authorization(request, authorization, region=region, at=at)
    return Judgement(operation, model, body, authorization, diagnosis, violations, broken, refusal)


def _judge_body(operation: str, model: str, body: Any) -> _BodyFindings:
    """Hold a body against the model, then, where it has the model's shape, against the rules of a conversation."""
    violations = shapes.validate(operation, body)
    if unfit := shapes.refusal(violations):
        return violations, (), Refusal(unfit.exception, unfit.message)
    broken = rules.check(body, model=model)
    if not _is_model_id(model):
        return violations, broken, _NO_MODEL
    return violations, broken, Refusal("ValidationException", broken[0].message) if broken else None


def _route(request: Request) -> tuple[str | None, str | None]:
    found = parse_path(request.target)
    return found if found and found[0] in _SERVED and request.method == "POST" else (None, None)


def authorize(request: Request, identities: Identities, *, region: str, at: datetime) -> Verification:
    """Hold the signature against the credentials whose access key it names, against the plain ones where it names none."""
    token = identities.bearer.bearer_token
    return verify(request, _claimed(request, identities), region=region, at=at, window=WINDOW, bearer_token=token)


def _explain(request: Request, identities: Identities, *, region: str, at: datetime) -> Diagnosis:
    token = identities.bearer.bearer_token
    return diagnose(request, _claimed(request, identities), region=region, at=at, window=WINDOW, bearer_token=token)


def _claimed(request: Request, identities: Identities) -> Credentials:
    headers = (value for name, value in request.headers if name.lower() == "authorization")
    claimed = _ACCESS_KEY.search(next(headers, ""))
    return (identities.find(claimed[1]) if claimed else None) or identities.keys


def _read(body: bytes) -> tuple[Any, bool]:
    """The body as JSON, and whether it can be read. No body at all is an empty object to the service's framework."""
    try:
        return (msgspec.json.decode(body) if body else {}), True
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None, False


def _is_model_id(text: str) -> bool:
    """Whether the path names a model, decoded once: what was encoded twice still has its percent signs."""
    try:
        parse(text)
    except ModelIdError:
        return False
    return True
