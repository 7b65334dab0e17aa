"""Converse, ConverseStream and CountTokens: the operations whose body is a conversation in Converse's own shape."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as Base64Error
from functools import partial
from typing import Any

from bedrock_harness.service import rules, shapes
from bedrock_harness.service.model_ids import ModelIdError, parse
from bedrock_harness.simulator.depth import is_deeper
from bedrock_harness.simulator.native import Refused, read
from bedrock_harness.simulator.operations.operation import Call, Findings, Operation, World
from bedrock_harness.simulator.refusals import Refusal
from bedrock_harness.simulator.rendering.answers import answer_body, answer_events
from bedrock_harness.simulator.rendering.form import Form
from bedrock_harness.simulator.script import Json, Reply

__all__ = [
    "CONVERSE",
    "CONVERSE_STREAM",
    "COUNT_TOKENS",
    "STREAMED",
    "WHOLE",
    "check_model",
    "findings",
    "refusal_by",
    "unreadable",
]

_NO_MODEL = Refusal("ValidationException", "The provided model identifier is invalid.")
_UNREADABLE = Refusal("SerializationException", "The request body is no JSON object.")


def unreadable(call: Call) -> Findings | None:
    """The refusal of a body that is no JSON; None where it can be read."""
    return None if call.readable else Findings(refusal=_UNREADABLE)


def check_model(model: str) -> Refusal | None:
    """The refusal of what is no model id. The path is decoded once: what was encoded twice still has its percent signs."""
    try:
        parse(model)
    except ModelIdError:
        return _NO_MODEL
    return None


def findings(violations: tuple[shapes.Violation, ...]) -> Findings:
    """What does not fit the operation's shape, the first layer of the service's judgement."""
    unfit = shapes.refusal(violations)
    return Findings(violations, (), Refusal(unfit.exception, unfit.message) if unfit else None)


def refusal_by(broken: tuple[rules.BrokenRule, ...]) -> Refusal | None:
    """The refusal that the first of the broken rules makes; None where none is broken."""
    return Refusal(broken[0].exception, broken[0].message) if broken else None


def _examine(call: Call, *, operation: str) -> Findings:
    """Hold a body against the model, then, where it has the model's shape, against the rules of a conversation."""
    if no_json := unreadable(call):
        return no_json
    found = findings(shapes.validate(operation, call.body))
    if found.refusal:
        return found
    broken = rules.check(call.body, model=call.model, operation=operation, strictness=call.strictness)
    return Findings(found.violations, broken, check_model(call.model) or refusal_by(broken), call.body)


def _answer(call: Call, world: World) -> Reply:
    assert call.conversation is not None
    return world.speaker.answer(call.conversation, call.model, now=call.at)


WHOLE = Form(body=answer_body)
"""An answer as Converse's reply."""

STREAMED = Form(streamed=True, frames=answer_events)
"""An answer as ConverseStream's reply."""

CONVERSE = Operation("Converse", "bedrock-runtime", partial(_examine, operation="Converse"), _answer, lambda _: WHOLE)
CONVERSE_STREAM = Operation(
    "ConverseStream", "bedrock-runtime", partial(_examine, operation="ConverseStream"), _answer, lambda _: STREAMED
)


# ------------------------------------------------------------------------------------------------------------ CountTokens


def _examine_count(call: Call) -> Findings:
    if no_json := unreadable(call):
        return no_json
    found = findings(shapes.validate("CountTokens", call.body))
    if found.refusal:
        return found
    refusal = check_model(call.model)
    try:
        conversation = _counted(call)
    except Refused as refused:
        return Findings(found.violations, (), refusal or Refusal(refused.code, refused.message))
    broken = rules.check(conversation, model=call.model, operation="CountTokens", strictness=call.strictness)
    return Findings(found.violations, broken, refusal or refusal_by(broken), conversation)


def _counted(call: Call) -> dict[str, Any]:
    """What is to be counted, in Converse's shape. Raises `Refused` for a native body that cannot be read."""
    given = call.body["input"]
    if "converse" in given:
        converse: dict[str, Any] = given["converse"]
        return converse
    try:
        body = json.loads(b64decode(given["invokeModel"]["body"]))
    except (Base64Error, ValueError, RecursionError):
        body = None
    if body is None or is_deeper(body):
        raise Refused("ValidationException", "The request body is no JSON.")
    return read(body, call.model).converse or {}


def _count(call: Call, world: World) -> Reply:
    assert call.conversation is not None
    return Json({"inputTokens": world.speaker.count(call.conversation)})


COUNT_TOKENS = Operation("CountTokens", "bedrock-runtime", _examine_count, _count, lambda _: Form())
