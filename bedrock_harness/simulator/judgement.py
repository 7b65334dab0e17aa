"""What is wrong with a request, before the script has a say.

Everything is looked at in every request, so that the journal tells all of it; the first thing wrong, in the service's own
order, is what the client gets to read: the route, the signature, the body, the service model, the rules of a conversation.
Pure: the time is an argument.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from bedrock_harness.service import rules, shapes
from bedrock_harness.service.model_ids import parse_path
from bedrock_harness.simulator.identities import Identities
from bedrock_harness.simulator.refusals import WINDOW, Refusal, refuse_authorization
from bedrock_harness.wire.sigv4 import Request, Verification, verify

__all__ = ["Judgement", "judge"]

_SERVED = frozenset({"Converse", "ConverseStream"})
_ACCESS_KEY = re.compile(r"Credential=([^/,\s]+)/")
_UNREADABLE = Refusal("SerializationException", "The request body is no JSON object.")
_UNKNOWN = Refusal("UnknownOperationException", "")


class Judgement(msgspec.Struct, frozen=True):
    """What a request is and what is wrong with it. `refusal` is what the client is told, None for a good request."""

    operation: str | None
    model: str | None
    body: Any
    authorization: Verification
    violations: tuple[shapes.Violation, ...]
    broken_rules: tuple[rules.BrokenRule, ...]
    refusal: Refusal | None


def judge(request: Request, identities: Identities, *, region: str, at: datetime) -> Judgement:
    """Judge a request received at the time `at` by the simulator of this region."""
    operation, model = _route(request)
    authorization = _authorize(request, identities, region=region, at=at)
    body, readable = _read(request.body)
    violations: tuple[shapes.Violation, ...] = ()
    broken: tuple[rules.BrokenRule, ...] = ()
    refusal: Refusal | None = None if readable else _UNREADABLE
    if operation is not None and model is not None and readable:
        try:
            violations = shapes.validate(operation, body)
            unfit = shapes.refusal(violations)
            if unfit is None:
                broken = rules.check(body, model=model)
            refusal = _as_refusal(unfit, broken)
        except RecursionError:
            refusal = _UNREADABLE
    if operation is None:
        refusal = _UNKNOWN
    elif not authorization.valid:
        refusal = refuse_authorization(request, authorization, region=region, at=at)
    return Judgement(operation, model, body, authorization, violations, broken, refusal)


def _route(request: Request) -> tuple[str | None, str | None]:
    found = parse_path(request.target)
    return found if found and found[0] in _SERVED and request.method == "POST" else (None, None)


def _authorize(request: Request, identities: Identities, *, region: str, at: datetime) -> Verification:
    """Hold the signature against the credentials whose access key it names, against the plain ones where it names none."""
    headers = (value for name, value in request.headers if name.lower() == "authorization")
    claimed = _ACCESS_KEY.search(next(headers, ""))
    credentials = (identities.find(claimed[1]) if claimed else None) or identities.keys
    token = identities.bearer.bearer_token
    return verify(request, credentials, region=region, at=at, window=WINDOW, bearer_token=token)


def _read(body: bytes) -> tuple[Any, bool]:
    """The body as JSON, and whether it can be read. No body at all is an empty object to the service's framework."""
    try:
        return (msgspec.json.decode(body) if body else {}), True
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None, False


def _as_refusal(unfit: shapes.Refusal | None, broken: tuple[rules.BrokenRule, ...]) -> Refusal | None:
    if unfit is not None:
        return Refusal(unfit.exception, unfit.message)
    return Refusal("ValidationException", broken[0].message) if broken else None
