"""A Converse reply as a chat completion, whole.

Members beside OpenAI's own: `reasoning_content` and `thinking_blocks` (see `thinking`), `citations` in Converse's shape, since
OpenAI's annotations know web pages alone, and `bedrock` (see `remainder`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from bedrock_harness.gateway import remainder, thinking
from bedrock_harness.gateway.asked import Told
from bedrock_harness.gateway.reasons import finish_reason

__all__ = ["chat_completion", "common", "tier_of", "usage_of"]


def chat_completion(reply: Mapping[str, Any], told: Told) -> dict[str, Any]:
    """The reply in OpenAI's shape."""
    content = _content(reply)
    choice = {
        "index": 0,
        "message": _message(content),
        "logprobs": None,
        "finish_reason": finish_reason(reply.get("stopReason")),
    }
    return {
        **common(told, "chat.completion"),
        "choices": [choice],
        "usage": usage_of(reply.get("usage")),
        **tier_of(reply),
        "bedrock": remainder.beside_the_message(reply, remainder.block_kinds(content)),
    }


def common(told: Told, kind: str) -> dict[str, Any]:
    """The members that completions and their chunks share."""
    return {"id": f"chatcmpl-{told.id}", "object": kind, "created": told.created, "model": told.model}


def usage_of(usage: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Token counts. OpenAI counts cached tokens among the prompt's, Converse beside them; None where there are none."""
    if usage is None:
        return None
    read, written = usage.get("cacheReadInputTokens", 0), usage.get("cacheWriteInputTokens", 0)
    prompt, completion = usage.get("inputTokens", 0) + read + written, usage.get("outputTokens", 0)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": usage.get("totalTokens", prompt + completion),
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written},
    }


def tier_of(reply: Mapping[str, Any]) -> dict[str, Any]:
    """The service tier, where the reply names one."""
    tier = reply.get("serviceTier")
    return {"service_tier": tier["type"]} if tier else {}


def _content(reply: Mapping[str, Any]) -> list[dict[str, Any]]:
    message = (reply.get("output") or {}).get("message") or {}
    content: list[dict[str, Any]] = message.get("content") or []
    return content


def _message(content: list[dict[str, Any]]) -> dict[str, Any]:
    blocks = [thinking.show(block) for block in _members(content, "reasoningContent")]
    calls = [_call(call) for call in _members(content, "toolUse")]
    citations = [one for cited in _members(content, "citationsContent") for one in cited.get("citations", ())]
    texts = [text for block in content for text in _texts(block)]
    shown = {
        "reasoning_content": "".join(block.get("thinking", "") for block in blocks),
        "thinking_blocks": blocks,
        "citations": citations,
        "tool_calls": calls,
    }
    message = {"role": "assistant", "content": "".join(texts) if texts else None, "refusal": None}
    return {**message, **{name: value for name, value in shown.items() if value}}


def _members(content: Iterable[Mapping[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [block[kind] for block in content if kind in block]


def _texts(block: Mapping[str, Any]) -> list[str]:
    if "text" in block:
        return [block["text"]]
    return [piece["text"] for piece in block.get("citationsContent", {}).get("content", ()) if "text" in piece]


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json.dumps(call.get("input", {}), ensure_ascii=False)
    return {"id": call["toolUseId"], "type": "function", "function": {"name": call["name"], "arguments": arguments}}
