"""Models on InvokeModel that speak OpenAI's chat completions: gpt-oss, and the open models that followed it.

Shapes: "OpenAI models" in the Bedrock user guide and OpenAI's reference. Reasoning stands in the text between <reasoning>
tags, around every piece of it in a stream (CherryHQ/cherry-studio#10225). There is no chunk for usage alone: the one that
names the finish reason has the service's counts (langchain-ai/langchain-aws reads them there).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bedrock_harness.simulator.native import converse
from bedrock_harness.simulator.native.chat import CHAT_FIELDS, chat_body
from bedrock_harness.simulator.native.replies import (
    METRICS,
    arguments,
    digest,
    metrics,
    pieces,
    reasoning_of,
    text_of,
    tool_uses,
)
from bedrock_harness.simulator.native.request import Native
from bedrock_harness.simulator.native.schema import Field, check, refuse_by_schema
from bedrock_harness.simulator.script import Answer, ToolUse

__all__ = ["chunks", "read", "reply"]

_REASONS = {
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
    "max_tokens": "length",
    "tool_use": "tool_calls",
}
_BODY = Field(("object",), closed=False, fields={**CHAT_FIELDS, "max_completion_tokens": Field(("integer",), least=1)})
"""Open: the guide refers to OpenAI's reference for all other members, and that keeps growing."""

_ADDITIONAL = ("frequency_penalty", "presence_penalty", "reasoning_effort", "seed")


def read(body: dict[str, Any], _model: str) -> dict[str, Any]:
    """The Converse body of a chat completion's body. Raises Refused."""
    refuse_by_schema(check(_BODY, body, null_is_absent=True))
    return chat_body(body, converse.picked(body, *_ADDITIONAL))


def reply(answer: Answer, native: Native) -> dict[str, Any]:
    """The body of a whole reply."""
    usage = answer.usage
    text = _reasoning(reasoning_of(answer)) + text_of(answer)
    calls = [
        {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments(call)}}
        for call in tool_uses(answer)
    ]
    message = {"content": text or None if calls else text, "refusal": None, "role": "assistant"}
    return {
        "choices": [
            {
                "finish_reason": _reason(answer),
                "index": 0,
                "logprobs": None,
                "message": {**message, "tool_calls": calls} if calls else message,
            }
        ],
        **_head(answer, native, "chat.completion"),
        "usage": {
            "completion_tokens": usage.output,
            "prompt_tokens": usage.input,
            "total_tokens": usage.input + usage.output,
        },
    }


def chunks(answer: Answer, native: Native) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed reply."""
    head = _head(answer, native, "chat.completion.chunk")
    yield {"choices": [{"delta": {"role": "assistant"}, "finish_reason": None, "index": 0}], **head}
    for delta in _deltas(answer):
        yield {"choices": [{"delta": delta, "finish_reason": None, "index": 0}], **head}
    last = {"delta": {}, "finish_reason": _reason(answer), "index": 0}
    yield {"choices": [last], **head, METRICS: metrics(answer)}


def _deltas(answer: Answer) -> Iterator[dict[str, Any]]:
    calls = -1
    for kind, payload in pieces(answer):
        if kind == "contentBlockStart":
            calls += 1
            yield _call(calls, answer.blocks[payload["contentBlockIndex"]])
        elif kind == "contentBlockDelta":
            delta = payload["delta"]
            if "toolUse" in delta and delta["toolUse"]["input"]:
                function = {"arguments": delta["toolUse"]["input"]}
                yield {"tool_calls": [{"index": calls, "function": function}]}
            elif "text" in delta:
                yield {"content": delta["text"]}
            elif delta.get("reasoningContent", {}).get("text"):
                yield {"content": _reasoning(delta["reasoningContent"]["text"])}


def _call(place: int, call: Any) -> dict[str, Any]:
    """The delta that begins a tool call; its arguments follow."""
    assert isinstance(call, ToolUse)
    function = {"name": call.name, "arguments": ""}
    return {"tool_calls": [{"index": place, "id": call.id, "type": "function", "function": function}]}


def _reasoning(text: str) -> str:
    return f"<reasoning>{text}</reasoning>" if text else ""


def _reason(answer: Answer) -> str:
    return _REASONS.get(answer.stop, "stop")


def _head(answer: Answer, native: Native, kind: str) -> dict[str, Any]:
    made = digest(native, answer)
    return {
        "created": native.at,
        "id": f"chatcmpl-{int.from_bytes(made[:4]) % 10**8:08}",
        "model": native.model,
        "object": kind,
        "service_tier": "default",
        "system_fingerprint": f"fp_{made[4:9].hex()}",
    }
