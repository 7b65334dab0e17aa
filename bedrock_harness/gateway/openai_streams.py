"""A Converse stream as chat completion chunks.

The last chunks wait for the stream's proper end: only then is it known why the model stopped, what it cost, and that nothing
was cut off. So a stream that broke never looks finished. Chunks follow OpenAI's API reference, "Streaming".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bedrock_harness.gateway import remainder
from bedrock_harness.gateway.asked import Told
from bedrock_harness.gateway.openai_replies import common, tier_of, usage_of
from bedrock_harness.gateway.reasons import finish_reason
from bedrock_harness.gateway.sse import DONE, Message
from bedrock_harness.gateway.steps import Began, Cited, Ended, Grew, Step, Steps
from bedrock_harness.wire.events import Event

__all__ = ["ChatChunks"]

Delta = dict[str, Any]


class ChatChunks:
    """Writes one stream. `counted` asks for the chunk with token counts (`stream_options.include_usage`)."""

    def __init__(self, told: Told, *, counted: bool) -> None:
        self._common = common(told, "chat.completion.chunk")
        self._counted = counted
        self._steps = Steps()
        self._places: dict[int, tuple[str, int]] = {}
        self._citations = 0

    def begin(self) -> Iterator[Message]:
        """The chunk that names the speaker."""
        yield self._chunk({"role": "assistant", "content": None})

    def feed(self, event: Event) -> Iterator[Message]:
        """The chunks of one event."""
        for step in self._steps.feed(event):
            yield from self._written(step)

    def end(self) -> Iterator[Message]:
        """The chunks of a stream that came to its end: why it stopped, what it cost, done."""
        for step in self._steps.finish():
            yield from self._written(step)
        reply = self._steps.reply()
        members = {"bedrock": remainder.beside_the_message(reply, self._steps.kinds), **tier_of(reply)}
        yield self._chunk({}, finish_reason(reply.get("stopReason")), members)
        usage = usage_of(reply.get("usage"))
        if self._counted and usage is not None:
            yield Message({**self._common, "choices": [], "usage": usage})
        yield DONE

    def _written(self, step: Step) -> Iterator[Message]:
        delta = self._delta(step)
        if delta:
            yield self._chunk(delta)

    def _delta(self, step: Step) -> Delta:
        match step:
            case Began(kind="tool_use"):
                place = self._place(step.number, "tool_calls")
                head = {"id": step.id, "type": "function", "function": {"name": step.name, "arguments": ""}}
                return {"tool_calls": [{"index": place, **head}]}
            case Began(kind="reasoning" | "redacted"):
                self._place(step.number, "thinking_blocks")
            case Grew(kind="text"):
                return {"content": step.piece}
            case Grew(kind="tool_use"):
                return self._arguments(step.number, step.piece)
            case Grew(kind="reasoning"):
                block = {"type": "thinking", "thinking": step.piece}
                return {"reasoning_content": step.piece, **self._thinking(step.number, block)}
            case Ended(kind="tool_use", empty=True):
                return self._arguments(step.number, "{}")
            case Ended(kind="reasoning"):
                # Text and signature may both be empty: the block has both members in any case.
                block = {"type": "thinking", "thinking": "", "signature": step.signature}
                return self._thinking(step.number, block)
            case Ended(kind="redacted"):
                return self._thinking(step.number, {"type": "redacted_thinking", "data": step.data})
            case Cited():
                self._citations += 1
                return {"citations": [{"index": self._citations - 1, **step.citation}]}
        return {}

    def _place(self, number: int, member: str) -> int:
        """The place of a block in the list that it is shown in; a new one is put behind the others."""
        if number not in self._places:
            self._places[number] = (member, sum(other == member for other, _ in self._places.values()))
        return self._places[number][1]

    def _arguments(self, number: int, piece: str) -> Delta:
        return {"tool_calls": [{"index": self._place(number, "tool_calls"), "function": {"arguments": piece}}]}

    def _thinking(self, number: int, block: Delta) -> Delta:
        return {"thinking_blocks": [{"index": self._place(number, "thinking_blocks"), **block}]}

    def _chunk(self, delta: Delta, finish: str | None = None, members: dict[str, Any] | None = None) -> Message:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return Message({**self._common, "choices": [choice], **(members or {})})
