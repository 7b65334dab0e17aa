"""The places where many defects sit: what is read, what is told, what is remembered, what is sent.

Each function wraps one function of the client, or of its adapter, so that everything that passes there passes through
`change` as well. What is wrong about it, the mutants know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final, TypeAlias

from bedrock_harness.client import assistant_message, body
from bedrock_harness.client.network.rechunking import Rechunker
from bedrock_harness.mutants.mutant import Patch
from bedrock_harness.providers.adapters.reference import adapter
from bedrock_harness.wire import events
from bedrock_harness.wire.events import Event
from bedrock_harness.wire.frames import Frame

__all__ = [
    "FOLDING",
    "Block",
    "Part",
    "Parts",
    "chunk_by_chunk",
    "on_blocks",
    "on_body",
    "on_event",
    "on_events",
    "on_part",
    "on_parts",
]

FOLDING: Final = import_module("bedrock_harness.wire.fold")
"""The module, whose name in the wire room is taken by its function."""

Part: TypeAlias = dict[str, Any]
"""What the caller is told, as the adapter kit has it: a dict with one member."""

Parts: TypeAlias = Iterator[Part]

Block: TypeAlias = dict[str, Any]
"""A content block in Converse's shape."""


def on_event(patch: Patch, change: Callable[[Event], Event]) -> None:
    """Where a frame becomes an event, for the caller and for the history alike."""
    original = events.read_event

    def read_event(frame: Frame) -> Event:
        return change(original(frame))

    patch(events, "read_event", read_event)


def on_events(patch: Patch, change: Callable[[Iterator[Event]], Iterable[Event]]) -> None:
    """Where the events of a stream are told to the caller. The history is not touched."""
    original = adapter._streamed  # noqa: SLF001 - a mutant knows the insides

    def streamed(told: Iterator[Event]) -> Parts:
        return original(iter(change(told)))

    patch(adapter, "_streamed", streamed)


def chunk_by_chunk(patch: Patch) -> None:
    """The pieces in which a body is read: chunks as they were sent. The client joins them, which hides where they end."""
    patch(Rechunker, "feed", lambda _, data: data)


def on_parts(patch: Patch, change: Callable[[Parts], Parts]) -> None:
    """What the caller is told in one turn, streamed or whole."""
    original = adapter.ReferenceConversation.send

    def send(self: adapter.ReferenceConversation, content: list[Block], stream: bool) -> Parts:
        yield from change(original(self, content, stream))

    patch(adapter.ReferenceConversation, "send", send)


def on_part(patch: Patch, change: Callable[[Part], Part | None]) -> None:
    """Each single thing that the caller is told; None leaves it out."""
    on_parts(patch, lambda parts: (told for part in parts if (told := change(part)) is not None))


def on_blocks(patch: Patch, change: Callable[[Block], Block | None]) -> None:
    """Each block of a reply on its way into the history; None leaves it out."""
    original = assistant_message

    def remembered(reply: Mapping[str, Any]) -> dict[str, Any]:
        message = original(reply)
        content = [kept for block in message["content"] if (kept := change(block)) is not None]
        return {**message, "content": content}

    patch(adapter, "assistant_message", remembered)


def on_body(patch: Patch, change: Callable[[dict[str, Any]], Mapping[str, Any]]) -> None:
    """The whole body of a request, just before it is written as JSON."""
    original = body.to_json
    patch(body, "to_json", lambda members: original(change(dict(members))))
