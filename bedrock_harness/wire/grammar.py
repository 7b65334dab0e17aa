"""The order of ConverseStream events, as two tables.

    messageStart ( [contentBlockStart] contentBlockDelta* contentBlockStop )+ messageStop metadata

Measured on recordings of the real service: 1,059 events of 30 streams, without an exception. Blocks may interleave; their
indices count from 0 in the order in which they begin. Tool calls, tool results and images have a head, and need it; text
and reasoning never have one and begin with their first delta. An exception or error ends the stream wherever it comes.
Unknown events may come anywhere.

One table is for the stream, one for each block; `violations` walks both. A message names the block, and the event at which
that block began or stopped: it counts events from 1, as people do. This module does not know whether a stream that keeps
the order makes sense: shapes and rules are judged elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import fields

from bedrock_harness.wire.events import (
    EVENT_TYPES,
    ContentBlockDelta,
    ContentBlockStart,
    ContentBlockStop,
    Delta,
    Start,
    Thrown,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bedrock_harness.wire.events import Event

__all__ = ["BLOCK", "FAMILIES", "STREAM", "Grammar", "OrderViolation", "violations"]

StreamState: TypeAlias = Literal[
    "nothing yet", "in the message", "after messageStop", "after metadata", "after an error"
]
BlockState: TypeAlias = Literal["not begun", "begun by its head", "in its deltas", "stopped"]

STREAM: Mapping[tuple[StreamState, str], StreamState] = {
    ("nothing yet", "messageStart"): "in the message",
    ("in the message", "contentBlockStart"): "in the message",
    ("in the message", "contentBlockDelta"): "in the message",
    ("in the message", "contentBlockStop"): "in the message",
    ("in the message", "messageStop"): "after messageStop",
    ("after messageStop", "metadata"): "after metadata",
    ("nothing yet", "exception"): "after an error",
    ("in the message", "exception"): "after an error",
    ("after messageStop", "exception"): "after an error",
    ("after metadata", "end"): "after metadata",
    ("after an error", "end"): "after an error",
}
"""Where a stream goes from a state with an event. What is not here is out of order."""

BLOCK: Mapping[tuple[BlockState, str], BlockState] = {
    ("not begun", "contentBlockStart"): "begun by its head",
    ("not begun", "contentBlockDelta"): "in its deltas",
    ("begun by its head", "contentBlockDelta"): "in its deltas",
    ("begun by its head", "contentBlockStop"): "stopped",
    ("in its deltas", "contentBlockDelta"): "in its deltas",
    ("in its deltas", "contentBlockStop"): "stopped",
}
"""Where a block goes from a state with an event. What is not here is out of order."""

FAMILIES: Mapping[str, str] = {
    "text": "text",
    "citation": "text",
    "reasoning_content": "reasoning",
    "tool_use": "tool call",
    "tool_result": "tool result",
    "image": "image",
}
"""What kind of block a member of a head or a delta belongs to. The deltas of one block are of one kind."""

HEADED = frozenset(FAMILIES[member.name] for member in fields(Start))
"""The kinds of block that begin with a contentBlockStart."""

_OPENERS: Mapping[str, str] = {
    "tool call": "a tool start",
    "tool result": "a tool result start",
    "image": "an image start",
}
"""What a kind of block that needs a head is opened by."""

_HISTORY: Mapping[BlockState, str] = {
    "not begun": "never began",
    "begun by its head": "was opened at event {since}",
    "in its deltas": "has had deltas since event {since}",
    "stopped": "was stopped at event {since}",
}
"""What a message says of a block in each state, where an event does not fit the state."""

_OfABlock: TypeAlias = ContentBlockStart | ContentBlockDelta | ContentBlockStop
_OF_A_BLOCK = (ContentBlockStart, ContentBlockDelta, ContentBlockStop)
_NAMES: Mapping[type, str] = {kind: name for name, kind in EVENT_TYPES.items()} | {Thrown: "exception"}
_ORDER: tuple[StreamState, ...] = (
    "nothing yet",
    "in the message",
    "after messageStop",
    "after metadata",
    "after an error",
)
_LEADS_TO: Mapping[str, StreamState] = {name: state for (_, name), state in STREAM.items() if name != "end"}


class OrderViolation(Struct, frozen=True):
    """An event out of order: its place in the stream counted from 0, its name, its block if it has one, and a sentence.

    At the end of the stream the name is "end", and the place is the number of events.
    """

    position: int
    event: str
    block: int | None
    message: str


class _Block:
    """Where a block is, since which event (counted from 1), and of which kind, once that is known."""

    __slots__ = ("kind", "since", "state")

    def __init__(self) -> None:
        self.state: BlockState = "not begun"
        self.since = 0
        self.kind: str | None = None

    def enter(self, state: BlockState, event: int) -> None:
        if state != self.state:
            self.state, self.since = state, event


class Grammar:
    """Follows one stream. After a violation it goes on from where the event leads, and reports each fault once."""

    def __init__(self) -> None:
        self._state: StreamState = "nothing yet"
        self._position = 0
        self._blocks: dict[int, _Block] = {}

    def observe(self, event: Event) -> OrderViolation | None:
        """Take the next event, and say what is out of order about it."""
        position = self._position
        self._position += 1
        name = _NAMES.get(type(event))
        if name is None:
            return None
        index = event.content_block_index if isinstance(event, _OF_A_BLOCK) else None
        subject = name if index is None else f"{name} for block {index}"
        message = self._advance(name, subject)
        if isinstance(event, _OF_A_BLOCK):
            block_message = self._advance_block(name, subject, event)
            message = message or block_message
        elif name == "messageStop":
            message = message or self._unfinished()
        return OrderViolation(position, name, index, message) if message else None

    def close(self) -> OrderViolation | None:
        """Say what is missing, now that the stream has ended."""
        if (self._state, "end") in STREAM:
            return None
        still_open = f" with {_blocks(self._open())} open" if self._open() else ""
        message = f"the stream ends {_where(self._state)}{still_open}, where {_awaited(self._state)} must come"
        return OrderViolation(self._position, "end", None, message)

    def _advance(self, name: str, subject: str) -> str | None:
        state = self._state
        known = STREAM.get((state, name))
        if known is not None:
            self._state = known
            return None
        self._state = max(state, _LEADS_TO[name], key=_ORDER.index)
        return f"{subject} {_where(state)}, where {_awaited(state)} must come"

    def _advance_block(self, name: str, subject: str, event: _OfABlock) -> str | None:
        index = event.content_block_index
        awaited = len(self._blocks)
        block = self._blocks.setdefault(index, _Block())
        state = block.state
        following = BLOCK.get((state, name))
        if following is None:
            message = f"{subject}, which {_HISTORY[state].format(since=block.since)}"
            if name == "contentBlockStop":
                block.enter("stopped", self._position)
            return message
        block.enter(following, self._position)
        if state == "not begun" and index != awaited:
            return f"{subject}, where block {awaited} must begin"
        return _misfit(subject, event, block, state)

    def _unfinished(self) -> str | None:
        if not self._blocks:
            return "messageStop in a message without a content block"
        return f"messageStop before contentBlockStop for {_blocks(self._open())}" if self._open() else None

    def _open(self) -> list[int]:
        return [index for index, block in self._blocks.items() if block.state != "stopped"]


def violations(events: Iterable[Event]) -> list[OrderViolation]:
    """Return everything that is out of order in a whole stream, in its order."""
    grammar = Grammar()
    found = [violation for event in events if (violation := grammar.observe(event)) is not None]
    missing = grammar.close()
    return [*found, missing] if missing else found


def _misfit(subject: str, event: _OfABlock, block: _Block, state: BlockState) -> str | None:
    """Say what is wrong with the head or the delta that a block has been given, and keep the block's kind."""
    if isinstance(event, ContentBlockStart):
        block.kind = _kind(event.start)
        if block.kind is None and not event.extra.get("start"):
            return f"{subject} without a head: only blocks of the kinds {_listed(sorted(HEADED), 'and')} have one"
    elif isinstance(event, ContentBlockDelta):
        kind = _kind(event.delta)
        expected, block.kind = block.kind, block.kind or kind
        if state == "not begun" and kind in HEADED:
            return f"{subject}, which was never opened by {_OPENERS[kind]}"
        if kind is not None and expected is not None and kind != expected:
            return f"{subject} is of kind {kind}, and the block is of kind {expected}"
    return None


def _kind(part: Start | Delta) -> str | None:
    """Return the kind of block that the first member with a value belongs to."""
    return next((FAMILIES[name] for name in part.__struct_fields__ if getattr(part, name) is not None), None)


def _awaited(state: StreamState) -> str:
    followers = [name for before, name in STREAM if before == state and name != "exception"]
    return _listed(["the end" if name == "end" else name for name in followers], "or")


def _where(state: StreamState) -> str:
    return "at the start" if state == "nothing yet" else state


def _blocks(indices: list[int]) -> str:
    return f"block{'s' if len(indices) > 1 else ''} {_listed([str(index) for index in indices], 'and')}"


def _listed(words: list[str], last: str) -> str:
    return f" {last} ".join(filter(None, (", ".join(words[:-1]), words[-1])))
