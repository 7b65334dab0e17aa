"""Requests as values: content blocks, and what becomes of them on the way to the wire, by rules that a caller may choose."""

from bedrock_harness.client.requests.content import (
    audio,
    cache_point,
    citations,
    document,
    guarded_image,
    guarded_text,
    image,
    reasoning,
    redacted_reasoning,
    search_result,
    text,
    tool_result,
    tool_use,
    video,
)
from bedrock_harness.client.requests.names import Names
from bedrock_harness.client.requests.prepare import Prepared, prepare
from bedrock_harness.client.requests.restoring import Restorer, restored

__all__ = [
    "Names",
    "Prepared",
    "Restorer",
    "audio",
    "cache_point",
    "citations",
    "document",
    "guarded_image",
    "guarded_text",
    "image",
    "prepare",
    "reasoning",
    "redacted_reasoning",
    "restored",
    "search_result",
    "text",
    "tool_result",
    "tool_use",
    "video",
]
