"""A Converse reply as a message of Anthropic's, whole.

One member is not Anthropic's: `bedrock` (see `remainder`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bedrock_harness.gateway import citations, remainder, thinking
from bedrock_harness.gateway.asked import Told
from bedrock_harness.gateway.reasons import stop_reason

__all__ = ["head", "message", "stop_of", "usage_of"]

_TIERS = {"default": "standard", "priority": "priority"}
"""Converse's service tiers in Anthropic's words; of the others Anthropic has none, and they stay as they are."""


def message(reply: Mapping[str, Any], told: Told) -> dict[str, Any]:
    """The reply in Anthropic's shape."""
    content = ((reply.get("output") or {}).get("message") or {}).get("content") or []
    return {
        **head(told),
        "content": [shown for block in content if (shown := _show(block)) is not None],
        **stop_of(reply),
        "usage": usage_of(reply),
        "bedrock": remainder.beside_the_message(reply, remainder.block_kinds(content) | _hidden(content)),
    }


def head(told: Told) -> dict[str, Any]:
    """The members that a message has before anything is said."""
    return {"id": f"msg_{told.id}", "type": "message", "role": "assistant", "model": told.model}


def stop_of(reply: Mapping[str, Any]) -> dict[str, Any]:
    """Why the model stopped, and at which of the caller's sequences, where the reply says so."""
    fields = reply.get("additionalModelResponseFields")
    sequence = fields.get("stop_sequence") if isinstance(fields, dict) else None
    return {"stop_reason": stop_reason(reply.get("stopReason")), "stop_sequence": sequence}


def usage_of(reply: Mapping[str, Any]) -> dict[str, Any]:
    """Token counts, counted as Converse counts them: what was cached is no part of the input."""
    usage = reply.get("usage") or {}
    written = {detail["ttl"]: detail["inputTokens"] for detail in usage.get("cacheDetails") or ()}
    counts = {
        "input_tokens": usage.get("inputTokens", 0),
        "output_tokens": usage.get("outputTokens", 0),
        "cache_read_input_tokens": usage.get("cacheReadInputTokens", 0),
        "cache_creation_input_tokens": usage.get("cacheWriteInputTokens", 0),
    }
    if written:
        lives = ("5m", "1h")
        counts["cache_creation"] = {f"ephemeral_{ttl}_input_tokens": written.get(ttl, 0) for ttl in lives}
    if tier := (reply.get("serviceTier") or {}).get("type"):
        counts["service_tier"] = _TIERS.get(tier, tier)
    return counts


def _hidden(content: list[dict[str, Any]]) -> set[str]:
    """`citation`, where a text names a source of a kind that Anthropic does not have."""
    sources = (one for block in content for one in block.get("citationsContent", {}).get("citations", ()))
    return {"citation" for one in sources if citations.show(one) is None}


def _show(block: Mapping[str, Any]) -> dict[str, Any] | None:
    if "text" in block:
        return {"type": "text", "text": block["text"], "citations": None}
    if "citationsContent" in block:
        cited = block["citationsContent"]
        text = "".join(piece.get("text", "") for piece in cited.get("content", ()))
        sources = [shown for one in cited.get("citations", ()) if (shown := citations.show(one)) is not None]
        return {"type": "text", "text": text, "citations": sources or None}
    if "reasoningContent" in block:
        return thinking.show(block["reasoningContent"])
    if "toolUse" in block:
        call = block["toolUse"]
        return {"type": "tool_use", "id": call["toolUseId"], "name": call["name"], "input": call.get("input", {})}
    return None
