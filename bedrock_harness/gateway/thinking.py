"""Reasoning with its signature, in the shape of Anthropic's thinking blocks: `thinking` and `redacted_thinking`.

Anthropic's own front has it as content blocks. The OpenAI front carries the same blocks in a member `thinking_blocks`
beside `reasoning_content`, where LiteLLM has them, so that a client that sends a message back sends its signatures too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bedrock_harness.gateway import media
from bedrock_harness.gateway.fields import Fields

__all__ = ["READERS", "read_back", "redacted", "show", "thought"]


def show(block: Mapping[str, Any]) -> dict[str, Any]:
    """A reasoning block of Converse's as a thinking block. Reasoning without a signature has an empty one."""
    if "redactedContent" in block:
        return {"type": "redacted_thinking", "data": block["redactedContent"]}
    reasoning = block.get("reasoningText", {})
    return {"type": "thinking", "thinking": reasoning.get("text", ""), "signature": reasoning.get("signature", "")}


def thought(fields: Fields) -> dict[str, Any]:
    """A `thinking` block as one of Converse's, its signature byte for byte. An empty signature is none."""
    return _reasoning(fields.need("thinking", str), fields.take("signature", str))


def redacted(fields: Fields) -> dict[str, Any]:
    """A `redacted_thinking` block as one of Converse's."""
    return {"reasoningContent": {"redactedContent": media.checked_base64(fields.need("data", str), fields.at("data"))}}


READERS = {"redacted_thinking": redacted, "thinking": thought}
"""How a thinking block is read, by its type."""


def read_back(message: Fields) -> list[dict[str, Any]]:
    """The reasoning of an assistant's message of OpenAI's: its thinking blocks, else its `reasoning_content`."""

    def block(fields: Fields) -> dict[str, Any]:
        fields.take("index", int)  # its place among the blocks, which streaming clients leave in it
        return fields.required("type", READERS)(fields)

    blocks = message.each("thinking_blocks", block)
    text = message.take("reasoning_content", str)
    return blocks or ([_reasoning(text, None)] if text else [])


def _reasoning(text: str, signature: str | None) -> dict[str, Any]:
    signed = {"signature": signature} if signature else {}
    return {"reasoningContent": {"reasoningText": {"text": text, **signed}}}
