"""ApplyGuardrail: a guardrail's judgement of a text, with no model asked."""

from __future__ import annotations

from bedrock_harness.simulator.operations.conversing import shape_of, unreadable
from bedrock_harness.simulator.operations.operation import Call, Findings, Form, Operation, World
from bedrock_harness.simulator.script import Json, Reply

__all__ = ["APPLY_GUARDRAIL"]


def _examine(call: Call) -> Findings:
    return unreadable(call) or shape_of("ApplyGuardrail", call)


def _answer(call: Call, world: World) -> Reply:
    labels, source = call.labels, call.body["source"]
    return Json(world.speaker.guard(call.body, labels["guardrailIdentifier"], labels["guardrailVersion"], source))


APPLY_GUARDRAIL = Operation("ApplyGuardrail", "bedrock-runtime", _examine, _answer, lambda _: Form())
