"""Meta's Llama models on InvokeModel.

Shapes: "Meta Llama models" in the Bedrock user guide; streams as recorded by newrelic-python-agent, where the prompt is
counted in the first chunk only and the generation in each, from the beginning on.
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

_SHARE = Field(("number",), least=0, most=1)
_BODY = Field(
    ("object",),
    fields={
        "prompt": Field(("string",), required=True, least=1),
        "max_gen_len": Field(("integer",), least=1),
        "temperature": _SHARE,
        "top_p": _SHARE,
        "images": Field(("array",), items=Field(("string",))),
    },
)


def read(body: dict[str, Any], _model: str) -> dict[str, Any]:
    """The Converse body of a Llama body. Images are not shown to the speaker: their kind is not told. Raises Refused."""
    refuse_by_schema(check(_BODY, body))
    inference = converse.limits(body.get("max_gen_len"), body.get("temperature"), body.get("top_p"), None)
    return prompt_body(body["prompt"], "instructions", inference=inference)


def reply(answer: Answer, _native: Native) -> dict[str, Any]:
    """The body of a whole reply."""
    return {
        "generation": text_of(answer),
        "prompt_token_count": answer.usage.input,
        "generation_token_count": answer.usage.output,
        "stop_reason": _reason(answer),
    }


def chunks(answer: Answer, _native: Native) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed reply; the last has no text."""
    said = 0
    for said, text in enumerate(texts(answer), 1):
        yield _chunk(text, answer.usage.input if said == 1 else None, min(said, answer.usage.output), None)
    prompt = None if said else answer.usage.input
    yield {**_chunk("", prompt, answer.usage.output, _reason(answer)), METRICS: metrics(answer)}


def _chunk(text: str, prompt: int | None, generation: int, reason: str | None) -> dict[str, Any]:
    return {
        "generation": text,
        "prompt_token_count": prompt,
        "generation_token_count": generation,
        "stop_reason": reason,
    }


def _reason(answer: Answer) -> str:
    return "length" if answer.stop == "max_tokens" else "stop"
