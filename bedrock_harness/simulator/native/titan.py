"""Amazon Titan's text models on InvokeModel.

Shapes: "Amazon Titan Text models" in the Bedrock user guide; the completion reasons as recorded, where FINISH stands for
what the guide calls FINISHED (opentelemetry-python-contrib, traceloop/openllmetry, newrelic-python-agent).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bedrock_harness.simulator.native import converse
from bedrock_harness.simulator.native.prompts import prompt_body
from bedrock_harness.simulator.native.replies import METRICS, metrics, text_of, texts
from bedrock_harness.simulator.native.request import Native
from bedrock_harness.simulator.native.schema import Field, check, refuse_by_schema
from bedrock_harness.simulator.script import Answer

__all__ = ["chunks", "read", "reply"]

_REASONS = {
    "content_filtered": "CONTENT_FILTERED",
    "max_tokens": "LENGTH",
    "stop_sequence": "STOP_CRITERIA_MET",
}

_SHARE = Field(("number",), least=0, most=1)
_BODY = Field(
    ("object",),
    fields={
        "inputText": Field(("string",), required=True, least=1),
        "textGenerationConfig": Field(
            ("object",),
            fields={
                "maxTokenCount": Field(("integer",), least=0),
                "stopSequences": Field(("array",), items=Field(("string",))),
                "temperature": _SHARE,
                "topP": _SHARE,
            },
        ),
    },
)


def read(body: dict[str, Any], _model: str) -> dict[str, Any]:
    """The Converse body of a Titan body. Raises Refused."""
    refuse_by_schema(check(_BODY, body))
    given = body.get("textGenerationConfig", {})
    inference = converse.limits(
        given.get("maxTokenCount") or None, given.get("temperature"), given.get("topP"), given.get("stopSequences")
    )
    return prompt_body(body["inputText"], "lines", inference=inference)


def reply(answer: Answer, _native: Native) -> dict[str, Any]:
    """The body of a whole reply."""
    result = {
        "tokenCount": answer.usage.output,
        "outputText": text_of(answer),
        "completionReason": _reason(answer),
    }
    return {"inputTextTokenCount": answer.usage.input, "results": [result]}


def chunks(answer: Answer, _native: Native) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed reply: the first counts the input, the last the output."""
    told = list(texts(answer))
    for place, text in enumerate(told):
        first, last = place == 0, place == len(told) - 1
        yield {
            "outputText": text,
            "index": 0,
            "totalOutputTextTokenCount": answer.usage.output if last else None,
            "completionReason": _reason(answer) if last else None,
            "inputTextTokenCount": answer.usage.input if first else None,
            **({METRICS: metrics(answer)} if last else {}),
        }


def _reason(answer: Answer) -> str:
    return _REASONS.get(answer.stop, "FINISH")
