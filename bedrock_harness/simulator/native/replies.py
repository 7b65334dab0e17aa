"""What the replies of all families are made of: token counts, identifiers, text and the pieces it is streamed in.

Streams are made from Converse's own events, so that both ways of asking cut an answer at the same places. Knows no family.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from bedrock_harness.simulator.native.request import Native
from bedrock_harness.simulator.rendering.answers import answer_events
from bedrock_harness.simulator.script import Answer, Cited, Reasoning, Text, ToolUse

__all__ = [
    "GUARDRAIL_INTERVENED",
    "METRICS",
    "arguments",
    "base62",
    "digest",
    "headers",
    "metrics",
    "pieces",
    "reasoning_of",
    "stop_sequence",
    "text_of",
    "texts",
    "tool_uses",
    "uuid",
]

METRICS = "amazon-bedrock-invocationMetrics"
"""The member that the service adds to the last chunk of every stream."""

GUARDRAIL_INTERVENED = "guardrail_intervened"

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def metrics(answer: Answer) -> dict[str, Any]:
    """What the service says of an invocation in a stream's last chunk. Cache counts are there for models that cache.

    The first byte is said to have come after a third of the time, as in recordings of Claude.
    """
    usage = answer.usage
    counts = {
        "inputTokenCount": usage.input,
        "outputTokenCount": usage.output,
        "invocationLatency": answer.latency_ms,
        "firstByteLatency": answer.latency_ms // 3,
        "cacheReadInputTokenCount": usage.cache_read,
        "cacheWriteInputTokenCount": usage.cache_write,
    }
    return {name: count for name, count in counts.items() if count is not None}


def headers(input_tokens: int, output_tokens: int | None, latency_ms: int, **cache: int | None) -> dict[str, str]:
    """The headers of a unary reply, as recorded; `cache_read` and `cache_write` where the model caches.

    An embedding has no output tokens.
    """
    counts = {
        "X-Amzn-Bedrock-Cache-Read-Input-Token-Count": cache.get("cache_read"),
        "X-Amzn-Bedrock-Cache-Write-Input-Token-Count": cache.get("cache_write"),
        "X-Amzn-Bedrock-Input-Token-Count": input_tokens,
        "X-Amzn-Bedrock-Invocation-Latency": latency_ms,
        "X-Amzn-Bedrock-Output-Token-Count": output_tokens,
    }
    return {name: str(count) for name, count in counts.items() if count is not None}


def text_of(answer: Answer) -> str:
    """All the text of an answer."""
    return "".join(block.text for block in answer.blocks if isinstance(block, (Text, Cited)))


def reasoning_of(answer: Answer) -> str:
    """All the reasoning of an answer that can be read."""
    return "".join(block.text for block in answer.blocks if isinstance(block, Reasoning))


def tool_uses(answer: Answer) -> list[ToolUse]:
    """The tool calls of an answer."""
    return [block for block in answer.blocks if isinstance(block, ToolUse)]


def arguments(call: ToolUse) -> str:
    """A tool call's input as JSON text, as the families carry it that are shaped after OpenAI's API."""
    return json.dumps(call.input, ensure_ascii=False)


def pieces(answer: Answer) -> Iterator[tuple[str, dict[str, Any]]]:
    """The events of the same answer in ConverseStream: each event's type and payload."""
    return ((event.type, event.payload) for event in answer_events(answer))


def texts(answer: Answer) -> Iterator[str]:
    """The pieces in which the text of an answer is streamed: at least one, which may be empty."""
    found = False
    for kind, payload in pieces(answer):
        if kind == "contentBlockDelta" and "text" in payload["delta"]:
            found = True
            yield payload["delta"]["text"]
    if not found:
        yield ""


def stop_sequence(answer: Answer, native: Native) -> str | None:
    """The stop sequence that ended an answer: the one it names, else the first that was asked for."""
    if answer.stop != "stop_sequence":
        return None
    named = answer.extra.get("additionalModelResponseFields")
    if isinstance(named, dict) and isinstance(named.get("stop_sequence"), str):
        return str(named["stop_sequence"])
    inference = (native.converse or {}).get("inferenceConfig", {})
    asked = inference.get("stopSequences") or [None]
    return asked[0] if isinstance(asked[0], str) else None


# ----------------------------------------------------------------------------------------------------------- identifiers


def digest(native: Native, answer: Answer | None = None, salt: str = "") -> bytes:
    """32 bytes that are the same for the same request and answer: identifiers are made of them, and no clock is asked."""
    return hashlib.sha256(native.digest + repr((answer, salt)).encode("utf-8", "surrogatepass")).digest()


def base62(data: bytes, length: int) -> str:
    """An identifier of letters and digits."""
    return "".join(_BASE62[byte % 62] for byte in data[:length])


def uuid(data: bytes) -> str:
    """An identifier in the form of a random UUID."""
    return str(UUID(bytes=data[:16], version=4))
