"""ApplyGuardrail: a guardrail's judgement of a text, with no model asked."""

from __future__ import annotations

from bedrock_harness.service import shapes
from bedrock_harness.simulator.operations.conversing import findings, unreadable
from bedrock_harness.simulator.operations.operation import Call, Findings, Operation, World
from bedrock_harness.simulator.rendering.form import Form
from bedrock_harness.simulator.script import Json, Reply

__all__ = ["APPLY_GUARDRAIL"]


def _examine(call: Call) -> Findings:
    return unreadable(call) or findings(
        shapes.validate_parameters("ApplyGuardrail", call.labels) + shapes.validate("ApplyGuardrail", call.body)
    )


def _answer(call: Call, world: World) -> Reply:
    labels, source = call.labels, call.body["source"]
    return Json(world.speaker.guard(call.body, labels["guardrailIdentifier"], labels["guardrailVersion"], source))


APPLY_GUARDRAIL = Operation("ApplyGuardrail", "bedrock-runtime", _examine, _answer, lambda _: Form())
