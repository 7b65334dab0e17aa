"""The way back: a reply in the caller's names, with a forced tool's call folded into the answer that it is.

Knows what a prepared request remembers. What does not concern it passes through untouched, whole replies and events alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from bedrock_harness.client.options import Note
from bedrock_harness.client.requests.prepare import Prepared
from bedrock_harness.wire import events
from bedrock_harness.wire.events import Event

__all__ = ["Restorer", "is_plain", "restored"]


def is_plain(prepared: Prepared) -> bool:
    """Whether replies to this request are as their caller expects them, with nothing to restore."""
    return not (prepared.names.tools or prepared.answer_tool or prepared.unique_calls)


def restored(members: Mapping[str, Any], prepared: Prepared) -> tuple[Mapping[str, Any], tuple[Note, ...]]:
    """The members of a Converse reply in the caller's terms, and what was left out of them."""
    message = (members.get("output") or {}).get("message")
    if is_plain(prepared) or not message:
        return members, ()
    content = message.get("content") or []
    content, notes = _unique(content) if prepared.unique_calls else (content, ())
    content = [_block(block, prepared) for block in content]
    reason = members.get("stopReason")
    if prepared.answer_tool and reason == "tool_use" and not any("toolUse" in block for block in content):
        reason = "end_turn"
    output = {**members["output"], "message": {**message, "content": content}}
    return {**members, "output": output} | ({} if reason is None else {"stopReason": reason}), notes


def _block(block: dict[str, Any], prepared: Prepared) -> dict[str, Any]:
    call = block.get("toolUse")
    if not isinstance(call, dict) or not isinstance(name := call.get("name"), str):
        return block
    if name == prepared.answer_tool:
        return {"text": json.dumps(call.get("input", {}), ensure_ascii=False)}
    return {**block, "toolUse": {**call, "name": prepared.names.original(name)}}


def _unique(content: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], tuple[Note, ...]]:
    """The blocks without tool calls that repeat one before them, by name and input; Llama gives such (R40)."""
    seen: set[str] = set()
    kept, dropped = [], 0
    for block in content:
        call = block.get("toolUse")
        key = None if call is None else json.dumps([call.get("name"), call.get("input")], sort_keys=True)
        if key in seen:
            dropped += 1
            continue
        if key is not None:
            seen.add(key)
        kept.append(block)
    text = f"{dropped} tool calls were left out of the reply: they repeat others with another id."
    return kept, (Note("duplicate-calls-dropped", text),) if dropped else ()


class Restorer:
    """Events in the caller's terms, one stream's. Repeated tool calls pass: what was told cannot be taken back."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._answers: set[int] = set()
        self._calls = False

    def events(self, batch: Sequence[Event]) -> list[Event]:
        """These events, in the caller's terms."""
        return [restored for event in batch if (restored := self._event(event)) is not None]

    def _event(self, event: Event) -> Event | None:
        if type(event) is events.ContentBlockStart and (call := event.start.tool_use) is not None:
            if call.name == self._prepared.answer_tool:
                self._answers.add(event.content_block_index)
                return None
            self._calls = True
            name = self._prepared.names.original(call.name)
            return replace(event, start=replace(event.start, tool_use=replace(call, name=name)))
        if type(event) is events.ContentBlockDelta and event.content_block_index in self._answers:
            piece = event.delta.tool_use
            return event if piece is None else replace(event, delta=events.Delta(text=piece.input))
        if type(event) is events.MessageStop and event.stop_reason == "tool_use" and self._answers and not self._calls:
            return replace(event, stop_reason="end_turn")
        return event
