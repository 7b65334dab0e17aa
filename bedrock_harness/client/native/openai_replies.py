"""OpenAI's replies and chunks of InvokeModel, read back into Converse's: text, reasoning taken out of it, and tool calls.

Knows chat completions and the marks around gpt-oss's reasoning.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bedrock_harness.client.native.shared import METRICS, converse_reply, metadata, stop_events, unreadable
from bedrock_harness.wire import events
from bedrock_harness.wire.events import Event

__all__ = ["OpenAIChunks", "Parts", "read"]

_FAMILY = "OpenAI"
_STOPS = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "content_filtered",
}
_BEGIN, _END = "<reasoning>", "</reasoning>"


def read(body: Mapping[str, Any], counts: dict[str, int] | None) -> dict[str, Any]:
    """The Converse reply of a whole reply. Raises ProtocolError for a body that is none."""
    choices = body.get("choices")
    if not (isinstance(choices, list) and choices and isinstance(message := choices[0].get("message"), dict)):
        unreadable(_FAMILY, "it has no message")
    parts = Parts()
    content: list[dict[str, Any]] = []
    for reasoned, text in (*parts.feed(message.get("content") or ""), *parts.close()):
        content.append({"reasoningContent": {"reasoningText": {"text": text}}} if reasoned else {"text": text})
    content += [_call(call) for call in message.get("tool_calls") or ()]
    return converse_reply(content, _stop(choices[0].get("finish_reason")), _usage(body.get("usage")) or counts)


def _stop(reason: Any) -> str:
    return _STOPS.get(reason, str(reason or "end_turn"))


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    function = call["function"]
    try:
        given = json.loads(function.get("arguments") or "{}")
    except ValueError:
        unreadable(_FAMILY, f"the arguments of the tool call {call['id']} are no JSON")
    return {"toolUse": {"toolUseId": call["id"], "name": function["name"], "input": given}}


def _usage(given: Any) -> dict[str, int] | None:
    counts = given if isinstance(given, dict) else {}
    sent, said = counts.get("prompt_tokens"), counts.get("completion_tokens")
    if not (isinstance(sent, int) and isinstance(said, int)):
        return None
    return {"inputTokens": sent, "outputTokens": said, "totalTokens": sent + said}


class Parts:
    """Text taken apart into reasoning and answer, however it is cut: what may be the beginning of a mark waits."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = False

    def feed(self, text: str) -> Iterator[tuple[bool, str]]:
        """The parts that can be told: whether each is reasoning, and its text, never empty."""
        text = self._held + text
        while (place := text.find(mark := _END if self._inside else _BEGIN)) >= 0:
            if place:
                yield self._inside, text[:place]
            text = text[place + len(mark) :]
            self._inside = not self._inside
        held = next((size for size in range(len(mark) - 1, 0, -1) if text.endswith(mark[:size])), 0)
        self._held = text[len(text) - held :]
        if told := text[: len(text) - held]:
            yield self._inside, told

    def close(self) -> Iterator[tuple[bool, str]]:
        """What was held back at the end."""
        if self._held:
            yield self._inside, self._held
            self._held = ""


class OpenAIChunks:
    """Chunks of a chat completion as Converse's events. A block ends where the next of another kind begins."""

    def __init__(self) -> None:
        self._parts = Parts()
        self._started = False
        self._index = -1
        self._open: str | None = None
        self._usage: dict[str, int] = {}

    def events(self, chunk: Mapping[str, Any]) -> list[Event]:
        """The events that this chunk brings."""
        found: list[Event] = [] if self._started else [events.MessageStart("assistant")]
        self._started = True
        self._usage.update(_usage(chunk.get("usage")) or {})
        for choice in (chunk.get("choices") or ())[:1]:
            delta = choice.get("delta") or {}
            found += self._told(self._parts.feed(delta.get("content") or ""))
            for call in delta.get("tool_calls") or ():
                found += self._called(call)
            if (reason := choice.get("finish_reason")) is not None:
                found += self._told(self._parts.close())
                found += stop_events(None if self._open is None else self._index, _stop(reason))
                self._open = None
        return found + (metadata(chunk, self._usage) if METRICS in chunk else [])

    def _told(self, parts: Iterator[tuple[bool, str]]) -> Iterator[Event]:
        for reasoned, text in parts:
            yield from self._turn_to("reasoning" if reasoned else "text")
            delta = (
                events.Delta(reasoning_content=events.ReasoningDelta(text=text))
                if reasoned
                else events.Delta(text=text)
            )
            yield events.ContentBlockDelta(self._index, delta)

    def _called(self, call: Mapping[str, Any]) -> Iterator[Event]:
        function = call.get("function") or {}
        if call.get("id"):
            yield from self._turn_to(f"tool {call['id']}")
            start = events.Start(tool_use=events.ToolUseStart(call["id"], function.get("name", "")))
            yield events.ContentBlockStart(self._index, start)
        if piece := function.get("arguments"):
            yield events.ContentBlockDelta(self._index, events.Delta(tool_use=events.ToolUseDelta(piece)))

    def _turn_to(self, kind: str) -> Iterator[Event]:
        """Begin a block of this kind, unless it is open."""
        if self._open == kind:
            return
        if self._open is not None:
            yield events.ContentBlockStop(self._index)
        self._index, self._open = self._index + 1, kind
