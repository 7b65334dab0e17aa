"""Cohere's Command models on InvokeModel: generation from a prompt.

Shapes: "Cohere Command models" in the Bedrock user guide; replies as recorded by opentelemetry-python-contrib and
newrelic-python-agent. A stream that was not asked for in the body as well comes as one chunk with everything in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bedrock_harness.simulator.native import converse
from bedrock_harness.simulator.native.prompts import prompt_body
from bedrock_harness.simulator.native.replies import METRICS, digest, metrics, text_of, texts, uuid
from bedrock_harness.simulator.native.request import Native
from bedrock_harness.simulator.native.schema import Field, check, refuse_by_schema
from bedrock_harness.simulator.script import Answer

__all__ = ["chunks", "finish_reason", "read", "reply"]

_REASONS = {
    "content_filtered": "ERROR_TOXIC",
    "guardrail_intervened": "ERROR_TOXIC",
    "max_tokens": "MAX_TOKENS",
}
_MOST_GENERATIONS = 5
_BODY = Field(
    ("object",),
    fields={
        "prompt": Field(("string",), required=True, least=1),
        "k": Field(("number",), least=0, most=500),
        "logit_bias": Field(("object",)),
        "max_tokens": Field(("integer",), least=1, most=4096),
        "num_generations": Field(("integer",), least=1, most=_MOST_GENERATIONS),
        "p": Field(("number",), least=0, most=1),
        "return_likelihoods": Field(("string",), allowed=("GENERATION", "ALL", "NONE")),
        "stop_sequences": Field(("array",), items=Field(("string",))),
        "stream": Field(("boolean",)),
        "temperature": Field(("number",), least=0, most=5),
        "truncate": Field(("string",), allowed=("NONE", "START", "END")),
    },
)


def read(body: dict[str, Any], _model: str) -> dict[str, Any]:
    """The Converse body of a Command body. Raises Refused."""
    refuse_by_schema(check(_BODY, body))
    inference = converse.limits(
        body.get("max_tokens"), body.get("temperature"), body.get("p"), body.get("stop_sequences")
    )
    return prompt_body(body["prompt"], "none", inference=inference, additional=converse.picked(body, "k"))


def reply(answer: Answer, native: Native) -> dict[str, Any]:
    """The body of a whole reply. Every generation that is asked for says the same."""
    generations = [
        {
            "finish_reason": finish_reason(answer),
            "id": uuid(digest(native, answer, f"generation {number}")),
            "text": text_of(answer),
        }
        for number in range(native.body.get("num_generations", 1))
    ]
    return {"generations": generations, "id": uuid(digest(native, answer)), "prompt": native.body["prompt"]}


def chunks(answer: Answer, native: Native) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed reply."""
    last = {METRICS: metrics(answer)}
    if not native.body.get("stream"):
        yield {**reply(answer, native), **last}
        return
    for text in texts(answer):
        yield {"index": 0, "is_finished": False, "text": text}
    yield {"finish_reason": finish_reason(answer), "index": 0, "is_finished": True, "text": "", **last}


def finish_reason(answer: Answer) -> str:
    """Why an answer ended, in Cohere's words."""
    return _REASONS.get(answer.stop, "COMPLETE")
