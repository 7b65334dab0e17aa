"""A Converse stream as the events of Anthropic's (API reference, "Streaming Messages").

`message_start` must come first and tell token counts that Converse tells last: they are 0 there, and `message_delta` has
them all. Both it and `message_stop` wait for the stream's proper end, so that a stream that broke never looks finished.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bedrock_harness.gateway import citations, remainder
from bedrock_harness.gateway.anthropic_replies import head, stop_of, usage_of
from bedrock_harness.gateway.asked import Told
from bedrock_harness.gateway.sse import Message
from bedrock_harness.gateway.steps import Began, Cited, Ended, Grew, Step, Steps
from bedrock_harness.wire.events import Event

__all__ = ["MessageEvents"]

_STARTS: dict[str, dict[str, Any]] = {
    "reasoning": {"type": "thinking", "thinking": "", "signature": ""},
    "text": {"type": "text", "text": "", "citations": None},
}
"""How a block looks before anything of it has come."""

_DELTAS = {
    "reasoning": ("thinking_delta", "thinking"),
    "text": ("text_delta", "text"),
    "tool_use": ("input_json_delta", "partial_json"),
}
"""Kind of block to the type of its deltas and the member that holds the piece."""


class MessageEvents:
    """Writes one stream."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self._steps = Steps()

    def begin(self) -> Iterator[Message]:
        """The event that names the speaker."""
        message = {**head(self._told), "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage_of({})}
        yield _event("message_start", message=message)

    def feed(self, event: Event) -> Iterator[Message]:
        """What one event of Converse's becomes."""
        for step in self._steps.feed(event):
            if isinstance(step, Cited) and citations.show(step.citation) is None:
                self._steps.kinds.add("citation")
            yield from _written(step)

    def end(self) -> Iterator[Message]:
        """The end of a stream that came to its end: why it stopped, what it cost."""
        for step in self._steps.finish():
            yield from _written(step)
        reply = self._steps.reply()
        rest = remainder.beside_the_message(reply, self._steps.kinds)
        yield _event("message_delta", delta=stop_of(reply), usage=usage_of(reply), bedrock=rest)
        yield _event("message_stop")


def _written(step: Step) -> Iterator[Message]:
    number = step.number
    match step:
        case Began(kind="redacted"):
            pass  # shown whole, when it ends
        case Began(kind="tool_use"):
            block = {"type": "tool_use", "id": step.id, "name": step.name, "input": {}}
            yield _event("content_block_start", index=number, content_block=block)
        case Began():
            yield _event("content_block_start", index=number, content_block=_STARTS[step.kind])
        case Grew():
            kind, member = _DELTAS[step.kind]
            yield _delta(number, kind, member, step.piece)
        case Cited():
            if (shown := citations.show(step.citation)) is not None:
                yield _delta(number, "citations_delta", "citation", shown)
        case Ended():
            if step.kind == "redacted":
                block = {"type": "redacted_thinking", "data": step.data}
                yield _event("content_block_start", index=number, content_block=block)
            if step.signature:
                yield _delta(number, "signature_delta", "signature", step.signature)
            yield _event("content_block_stop", index=number)


def _delta(number: int, kind: str, member: str, piece: Any) -> Message:
    return _event("content_block_delta", index=number, delta={"type": kind, member: piece})


def _event(name: str, **members: Any) -> Message:
    return Message({"type": name, **members}, name)
