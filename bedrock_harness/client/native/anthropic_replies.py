"""Anthropic's replies and stream events of InvokeModel, read back into Converse's.

Knows the Messages API's blocks, deltas and stop reasons. A kind of block that it does not know is passed over, as in a stream
of Converse's; a stream's error is a ProtocolError with Anthropic's words.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from bedrock_harness.client.native.shared import METRICS, converse_reply, metadata, unreadable
from bedrock_harness.wire import events
from bedrock_harness.wire.events import Event

__all__ = ["AnthropicChunks", "read"]

_FAMILY = "Anthropic"
_STOPS = {"refusal": "content_filtered"}
"""Anthropic's stop reasons that Converse has another word for."""

_COUNTS = {
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "cache_read_input_tokens": "cacheReadInputTokens",
    "cache_creation_input_tokens": "cacheWriteInputTokens",
}


def read(body: Mapping[str, Any], counts: dict[str, int] | None) -> dict[str, Any]:
    """The Converse reply of a whole reply. Raises ProtocolError for a body that is none."""
    if not isinstance(body.get("content"), list):
        unreadable(_FAMILY, "it has no content")
    content = [block for given in body["content"] if (block := _block(given)) is not None]
    sequence = body.get("stop_sequence")
    return converse_reply(
        content,
        _stop(body.get("stop_reason")),
        _usage(body.get("usage")) or counts,
        additionalModelResponseFields=None if sequence is None else {"stop_sequence": sequence},
    )


def _stop(reason: Any) -> str:
    return _STOPS.get(reason, str(reason or "end_turn"))


def _usage(given: Any) -> dict[str, int] | None:
    counts = given if isinstance(given, dict) else {}
    usage = {ours: counts[theirs] for theirs, ours in _COUNTS.items() if isinstance(counts.get(theirs), int)}
    return usage | {"totalTokens": usage.get("inputTokens", 0) + usage.get("outputTokens", 0)} if usage else None


def _block(given: Mapping[str, Any]) -> dict[str, Any] | None:
    match given.get("type"):
        case "text" if given.get("citations"):
            citations = [_citation(citation) for citation in given["citations"]]
            return {"citationsContent": {"content": [{"text": given["text"]}], "citations": citations}}
        case "text":
            return {"text": given["text"]}
        case "thinking":
            signed = {"signature": given["signature"]} if given.get("signature") else {}
            return {"reasoningContent": {"reasoningText": {"text": given.get("thinking", ""), **signed}}}
        case "redacted_thinking":
            return {"reasoningContent": {"redactedContent": _bytes(given["data"])}}
        case "tool_use":
            return {"toolUse": {"toolUseId": given["id"], "name": given["name"], "input": given.get("input", {})}}
    return None


def _bytes(data: str) -> str:
    return base64.b64encode(data.encode()).decode()


_LOCATIONS = {
    "char_location": ("documentChar", "start_char_index", "end_char_index"),
    "page_location": ("documentPage", "start_page_number", "end_page_number"),
    "content_block_location": ("documentChunk", "start_block_index", "end_block_index"),
}


def _citation(given: Mapping[str, Any]) -> dict[str, Any]:
    """A citation in Converse's shape: its title, the text cited, and where in which document it stands."""
    citation: dict[str, Any] = {}
    if given.get("document_title"):
        citation["title"] = given["document_title"]
    if given.get("cited_text"):
        citation["sourceContent"] = [{"text": given["cited_text"]}]
    if (known := _LOCATIONS.get(given.get("type", ""))) is not None:
        name, start, end = known
        place = {
            "documentIndex": given.get("document_index", 0),
            "start": given.get(start, 0),
            "end": given.get(end, 0),
        }
        citation["location"] = {name: place}
    return citation


class AnthropicChunks:
    """Events of the Messages API as Converse's. Text and thinking begin with their first delta, as they do in Converse."""

    def __init__(self) -> None:
        self._usage: dict[str, int] = {}

    def events(self, chunk: Mapping[str, Any]) -> list[Event]:
        """The events that this chunk brings."""
        index = chunk.get("index", 0)
        match chunk.get("type"):
            case "message_start":
                self._count((chunk.get("message") or {}).get("usage"))
                return [events.MessageStart("assistant")]
            case "content_block_start":
                return _started(index, chunk.get("content_block") or {})
            case "content_block_delta":
                delta = _delta(chunk.get("delta") or {})
                return [] if delta is None else [events.ContentBlockDelta(index, delta)]
            case "content_block_stop":
                return [events.ContentBlockStop(index)]
            case "message_delta":
                self._count(chunk.get("usage"))
                last = chunk.get("delta") or {}
                sequence = last.get("stop_sequence")
                fields = None if sequence is None else {"stop_sequence": sequence}
                return [events.MessageStop(_stop(last.get("stop_reason")), fields)]
            case "message_stop":
                return metadata(chunk if METRICS in chunk else {METRICS: {}}, self._usage)
            case "error":
                error = chunk.get("error") or {}
                unreadable(_FAMILY, f"{error.get('type', 'error')}: {error.get('message', '')}")
        return []

    def _count(self, usage: Any) -> None:
        self._usage.update(_usage(usage) or {})


def _started(index: int, block: Mapping[str, Any]) -> list[Event]:
    if block.get("type") == "tool_use":
        return [events.ContentBlockStart(index, events.Start(tool_use=events.ToolUseStart(block["id"], block["name"])))]
    if block.get("type") == "redacted_thinking":
        redacted = events.ReasoningDelta(redacted_content=_bytes(block["data"]))
        return [events.ContentBlockDelta(index, events.Delta(reasoning_content=redacted))]
    return []


def _delta(delta: Mapping[str, Any]) -> events.Delta | None:
    match delta.get("type"):
        case "text_delta":
            return events.Delta(text=delta["text"])
        case "input_json_delta":
            return events.Delta(tool_use=events.ToolUseDelta(delta.get("partial_json", "")))
        case "thinking_delta":
            return events.Delta(reasoning_content=events.ReasoningDelta(text=delta["thinking"]))
        case "signature_delta":
            return events.Delta(reasoning_content=events.ReasoningDelta(signature=delta["signature"]))
        case "citations_delta":
            return events.Delta(citation=_citation(delta.get("citation") or {}))
    return None
