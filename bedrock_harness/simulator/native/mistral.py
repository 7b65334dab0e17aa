"""Mistral's models on InvokeModel: text completion from a prompt, and the chat of Mistral Large.

Shapes: "Mistral AI text completion" and "Mistral AI chat completion" in the Bedrock user guide; streams of text as recorded
by newrelic-python-agent. The newer models speak OpenAI's shape (`openai`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bedrock_harness.simulator.native import converse
from bedrock_harness.simulator.native.chat import CHAT_FIELDS, chat_body
from bedrock_harness.simulator.native.prompts import prompt_body
from bedrock_harness.simulator.native.replies import METRICS, arguments, metrics, text_of, texts, tool_uses
from bedrock_harness.simulator.native.request import Native
from bedrock_harness.simulator.native.schema import Field, check, refuse_by_schema
from bedrock_harness.simulator.script import Answer

__all__ = ["chunks", "read", "reply"]

_REASONS = {"max_tokens": "length", "tool_use": "tool_calls"}
_PROMPT = Field(
    ("object",),
    fields={
        "prompt": Field(("string",), required=True, least=1),
        "max_tokens": Field(("integer",), least=1),
        "stop": Field(("array",), items=Field(("string",))),
        "temperature": Field(("number",), least=0, most=1),
        "top_p": Field(("number",), least=0, most=1),
        "top_k": Field(("integer",), least=0),
    },
)
_CHAT = Field(("object",), fields=CHAT_FIELDS)


def read(body: dict[str, Any], _model: str) -> dict[str, Any]:
    """The Converse body of a Mistral body, of either form. Raises Refused."""
    if "messages" in body:
        refuse_by_schema(check(_CHAT, body, null_is_absent=True))
        return chat_body(body)
    refuse_by_schema(check(_PROMPT, body))
    inference = converse.limits(body.get("max_tokens"), body.get("temperature"), body.get("top_p"), body.get("stop"))
    return prompt_body(body["prompt"], "instructions", inference=inference, additional=converse.picked(body, "top_k"))


def reply(answer: Answer, native: Native) -> dict[str, Any]:
    """The body of a whole reply, in the form of the request."""
    if "messages" not in native.body:
        return {"outputs": [{"text": text_of(answer), "stop_reason": _reason(answer)}]}
    return {"choices": [_choice(text_of(answer), _calls(answer), _reason(answer))]}


def chunks(answer: Answer, native: Native) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed reply, in the form of the request. Tool calls come whole with the last."""
    last = {METRICS: metrics(answer)}
    if "messages" not in native.body:
        for text in texts(answer):
            yield {"outputs": [{"text": text, "stop_reason": None}]}
        yield {"outputs": [{"text": "", "stop_reason": _reason(answer)}], **last}
        return
    for text in texts(answer):
        yield {"choices": [_choice(text, [], None)]}
    yield {"choices": [_choice("", _calls(answer), _reason(answer))], **last}


def _choice(text: str, calls: list[dict[str, Any]], reason: str | None) -> dict[str, Any]:
    called = {"tool_calls": calls} if calls else {}
    return {"index": 0, "message": {"role": "assistant", "content": text, **called}, "stop_reason": reason}


def _calls(answer: Answer) -> list[dict[str, Any]]:
    return [
        {"id": call.id, "function": {"name": call.name, "arguments": arguments(call)}} for call in tool_uses(answer)
    ]


def _reason(answer: Answer) -> str:
    return _REASONS.get(answer.stop, "stop")
