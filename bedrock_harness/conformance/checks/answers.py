"""Checks on what the provider told its caller when it reported success."""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import Struct

from bedrock_harness.conformance.checks.base import Check, Seen, Shortfall, brief
from bedrock_harness.providers.protocol import ToolCall

__all__ = [
    "Answered",
    "Call",
    "Called",
    "Incremental",
    "NoInventedCall",
    "NotCounted",
    "NotStopped",
    "Reasoned",
    "Stopped",
    "Used",
]


class Answered(Check, frozen=True, kw_only=False):
    """The text, to the character."""

    text: str

    name: ClassVar = "text"
    requirement: ClassVar = "The caller gets the text as the model said it, to the character."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the whole text."""
        said = seen.observation.text
        return None if said == self.text else Shortfall(brief(self.text), brief(said))


class Stopped(Check, frozen=True, kw_only=False):
    """The stop reason, in the service's word."""

    reason: str

    name: ClassVar = "stop-reason"
    requirement: ClassVar = "The caller learns why the model stopped."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the stop reason."""
        stop = seen.observation.stop
        return None if stop == self.reason else Shortfall(self.reason, stop or "no stop reason")


class NotStopped(Check, frozen=True, kw_only=False):
    """Any stop reason but this one, or none."""

    reason: str

    name: ClassVar = "false-stop-reason"
    requirement: ClassVar = "An answer that was cut short or withheld is not told as a finished one."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the stop reason."""
        stop = seen.observation.stop
        return Shortfall(f"any stop reason but {self.reason}", stop) if stop == self.reason else None


class Used(Check, frozen=True):
    """Token counts. A count left out is not compared."""

    input: int | None = None
    output: int | None = None
    total: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None

    name: ClassVar = "usage"
    requirement: ClassVar = "The caller gets the token counts as the service counted them."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare each count that is given."""
        fields = ("input", "output", "total", "cache_read", "cache_write")
        expected = {field: count for field in fields if (count := getattr(self, field)) is not None}
        usage = seen.observation.usage
        if usage is None:
            return Shortfall(brief(expected), "no usage")
        actual = {field: getattr(usage, field) for field in expected}
        return None if actual == expected else Shortfall(brief(expected), brief(actual))


class NotCounted(Check, frozen=True):
    """No token counts, since the service sent none: unknown is not zero."""

    name: ClassVar = "usage-unknown"
    requirement: ClassVar = "Token counts that the service did not send are not made up."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Look for any count."""
        usage = seen.observation.usage
        fields = ("input", "output", "total", "cache_read", "cache_write")
        counts = {field: count for field in fields if (count := getattr(usage, field, None)) is not None}
        return Shortfall("no usage", brief(counts)) if counts else None


class Call(Struct, frozen=True):
    """A tool call that is expected. Without an id, any id will do."""

    name: str
    input: Any
    id: str | None = None

    def matches(self, call: ToolCall) -> bool:
        """Whether the provider's call is this one; 22.0 and 22 are the same number, True and 1 are not."""
        same_id = self.id is None or self.id == call.id
        return same_id and self.name == call.name and _same(self.input, call.input)


class Called(Check, frozen=True, kw_only=False):
    """The tool calls, in order and no others."""

    calls: tuple[Call, ...]

    name: ClassVar = "tool-calls"
    requirement: ClassVar = "The caller gets each tool call once, whole and in order, with its id, name and input."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare all calls."""
        calls = seen.observation.tool_calls
        if len(calls) == len(self.calls) and all(map(Call.matches, self.calls, calls)):
            return None
        shown = [{"id": call.id, "name": call.name, "input": call.input} for call in calls]
        expected = [{"id": call.id or "any", "name": call.name, "input": call.input} for call in self.calls]
        return Shortfall(brief(expected), brief(shown) if shown else "no tool call")


class NoInventedCall(Check, frozen=True):
    """No tool call whose input is anything but the text that the model wrote, where that text is not JSON."""

    about: ClassVar = "turn"
    name: ClassVar = "invented-input"
    requirement: ClassVar = "A tool call whose input is not JSON is never handed over with another input in its place."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Look for a call with an input that was read, mended or emptied; the raw text is no such input."""
        invented = [call for call in seen.observation.tool_calls if not (call.input and isinstance(call.input, str))]
        shown = brief([{"name": call.name, "input": call.input} for call in invented])
        return Shortfall("an error, no call, or the input as raw text", shown) if invented else None


class Reasoned(Check, frozen=True, kw_only=False):
    """The reasoning's text, apart from the answer's."""

    text: str

    name: ClassVar = "reasoning"
    requirement: ClassVar = "The caller gets reasoning as reasoning, never inside the answer."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the reasoning's text."""
        said = "".join(block.text or "" for block in seen.observation.reasoning)
        return None if said == self.text else Shortfall(brief(self.text), brief(said) if said else "no reasoning")


class Incremental(Check, frozen=True):
    """The first part is told before the last piece was sent."""

    name: ClassVar = "incremental"
    requirement: ClassVar = "The caller sees the first part while the rest is still on its way."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare two instants of one monotonic clock: the first part's, and the last write's."""
        parts, writes = seen.observation.parts, seen.exchanges[-1].writes
        if not parts or not writes:
            return Shortfall("a first part before the last write", "no part at all")
        late = (parts[0].at - writes[-1].at) / 1e6
        return (
            None
            if late < 0
            else Shortfall("a first part before the last write", f"the first part {late:.0f} ms after it")
        )


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() == actual.keys() and all(_same(value, actual[key]) for key, value in expected.items())
    if isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)):
        return len(expected) == len(actual) and all(map(_same, expected, actual))
    return bool(expected == actual)
