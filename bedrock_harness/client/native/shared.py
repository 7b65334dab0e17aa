"""What the formats of InvokeModel have in common: what a format is, Converse replies and events put together, and refusals.

Knows Converse's shapes and the service's own members and headers around a family's body. Knows no family.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn, Protocol, TypeAlias

from msgspec import Struct

from bedrock_harness.client.errors import InvalidRequest, ProtocolError
from bedrock_harness.client.options import Note
from bedrock_harness.wire import events
from bedrock_harness.wire.events import Event

__all__ = [
    "METRICS",
    "Chunks",
    "Format",
    "TextChunks",
    "Written",
    "check_text_only",
    "converse_reply",
    "counted",
    "inference",
    "lost",
    "metadata",
    "stop_events",
    "texts",
    "unfit",
    "unreadable",
]

METRICS = "amazon-bedrock-invocationMetrics"
"""The member that the service adds to the last chunk of a stream."""

Written: TypeAlias = tuple[dict[str, Any], tuple[Note, ...]]
"""A body in a family's own format, and what did not fit into it."""


class Chunks(Protocol):
    """A stream's chunks made into Converse's events, one stream's."""

    def events(self, chunk: Mapping[str, Any]) -> list[Event]:
        """The events that this chunk brings."""


class Format(Struct, frozen=True):
    """A family's own format: Converse's body written in it, its reply and its chunks read back into Converse's.

    `read` is given the body and the token counts of the reply's headers, None where there are none.
    """

    write: Callable[[Mapping[str, Any]], Written]
    read: Callable[[Mapping[str, Any], dict[str, int] | None], dict[str, Any]]
    chunks: Callable[[], Chunks]


def unfit(what: str, family: str) -> NoReturn:
    """Refuse what the family's own format has no place for."""
    raise InvalidRequest(f"{family}'s own format has no place for {what}.", hint="Ask by Converse: use_converse=True.")


def unreadable(family: str, why: str) -> NoReturn:
    """Refuse a reply that is none of the family's."""
    raise ProtocolError(f"The reply is not in {family}'s own format: {why}.")


def check_text_only(body: Mapping[str, Any], family: str) -> None:
    """Refuse what a format of text alone has no place for: tools, and a schema of the answer."""
    for member, what in (("toolConfig", "tools"), ("outputConfig", "a schema of the answer")):
        if body.get(member):
            unfit(what, family)


def inference(body: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The inference configuration by the names that a family has for its members; without those it has none for."""
    given = body.get("inferenceConfig") or {}
    return {theirs: given[ours] for ours, theirs in names.items() if ours in given}


def lost(body: Mapping[str, Any], family: str) -> tuple[Note, ...]:
    """Notes of the cache points and the reasoning of a request, for a format that has neither."""
    messages = [block for message in body["messages"] for block in message["content"]]
    others = [*(body.get("system") or ()), *((body.get("toolConfig") or {}).get("tools") or ())]
    notes = []
    if any("cachePoint" in block for block in (*messages, *others)):
        notes.append(Note("cache-points-dropped", f"{family}'s own format has no cache points."))
    if any("reasoningContent" in block for block in messages):
        notes.append(Note("reasoning-dropped", f"{family}'s own format takes no reasoning back."))
    return tuple(notes)


def texts(content: Sequence[Mapping[str, Any]], family: str) -> str:
    """The text of a message, for a format that has nothing else. What is left out, `lost` tells."""
    found = []
    for block in content:
        if "text" in block:
            found.append(str(block["text"]))
        elif "citationsContent" in block:
            found += [str(part.get("text", "")) for part in block["citationsContent"].get("content", ())]
        elif not block.keys() & {"cachePoint", "reasoningContent"}:
            unfit(next(iter(block), "an empty block"), family)
    return "\n".join(found)


def counted(headers: Mapping[str, str]) -> dict[str, int] | None:
    """Converse's usage out of the headers of an InvokeModel reply; None where they tell none."""
    found = {
        member: int(value)
        for member, name in _COUNTS.items()
        if (value := headers.get(f"x-amzn-bedrock-{name}-token-count", "")).isdigit()
    }
    if "inputTokens" in found and "outputTokens" in found:
        found["totalTokens"] = found["inputTokens"] + found["outputTokens"]
    return found or None


_COUNTS = {
    "inputTokens": "input",
    "outputTokens": "output",
    "cacheReadInputTokens": "cache-read-input",
    "cacheWriteInputTokens": "cache-write-input",
}


def converse_reply(
    content: list[dict[str, Any]], stop_reason: str, usage: Mapping[str, int] | None, **fields: Any
) -> dict[str, Any]:
    """A reply in Converse's shape. Members that are None are left out."""
    reply = {
        "output": {"message": {"role": "assistant", "content": content}},
        "stopReason": stop_reason,
        "usage": None if usage is None else dict(usage),
        **fields,
    }
    return {name: value for name, value in reply.items() if value is not None}


def metadata(chunk: Mapping[str, Any], usage: Mapping[str, int] | None = None) -> list[Event]:
    """The metadata event of a chunk with the service's metrics; none of any other."""
    given = chunk.get(METRICS)
    if not isinstance(given, dict):
        return []
    counts = {
        "inputTokens": given.get("inputTokenCount"),
        "outputTokens": given.get("outputTokenCount"),
        "cacheReadInputTokens": given.get("cacheReadInputTokenCount"),
        "cacheWriteInputTokens": given.get("cacheWriteInputTokenCount"),
    }
    found = {**(usage or {}), **{name: count for name, count in counts.items() if isinstance(count, int)}}
    found["totalTokens"] = sum(found.get(name, 0) for name in ("inputTokens", "outputTokens"))
    latency = given.get("invocationLatency")
    return [events.Metadata(usage=found, metrics=None if latency is None else {"latencyMs": latency})]


def stop_events(index: int | None, stop_reason: str) -> list[Event]:
    """The end of the open block, where there is one, and of the message."""
    block: list[Event] = [] if index is None else [events.ContentBlockStop(index)]
    return [*block, events.MessageStop(stop_reason)]


class TextChunks:
    """A stream of text alone as Converse's events: one block. `piece` gives a chunk's text, and the reason of its stop."""

    def __init__(self, piece: Callable[[Mapping[str, Any]], tuple[str, str | None]]) -> None:
        self._piece = piece
        self._open: int | None = None
        self._started = False

    def events(self, chunk: Mapping[str, Any]) -> list[Event]:
        """The events that this chunk brings."""
        found: list[Event] = [] if self._started else [events.MessageStart("assistant")]
        self._started = True
        text, stopped = self._piece(chunk)
        if text:
            self._open = 0
            found.append(events.ContentBlockDelta(0, events.Delta(text=text)))
        if stopped is not None:
            found += stop_events(self._open, stopped)
        return found + metadata(chunk)
