"""Server-sent events as both fronts write them (WHATWG HTML, 9.2): an event's name where it has one, and a line of data."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from bedrock_harness.client.body import to_json

__all__ = ["DONE", "Message", "encode"]


class Message(Struct, frozen=True):
    """One server-sent event. Data that is a text stands as it is, everything else as JSON."""

    data: Any
    event: str | None = None


DONE = Message("[DONE]")
"""What ends OpenAI's streams."""


def encode(message: Message) -> bytes:
    """The event's bytes. JSON holds no raw newline, so its data is one line."""
    name = f"event: {message.event}\n".encode() if message.event else b""
    data = message.data.encode() if isinstance(message.data, str) else to_json(message.data)
    return name + b"data: " + data + b"\n\n"
