"""The two fronts, each a value: where it listens, how it reads, how it answers. What `app` serves.

A front is made of pure functions. None opens a socket or knows that it is served by HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from msgspec import Struct

from bedrock_harness.gateway import anthropic_replies, openai_replies
from bedrock_harness.gateway.anthropic_requests import read_messages
from bedrock_harness.gateway.anthropic_streams import MessageEvents
from bedrock_harness.gateway.asked import Asked, Told
from bedrock_harness.gateway.failures import Failure, anthropic_body, openai_body
from bedrock_harness.gateway.models import Models
from bedrock_harness.gateway.openai_requests import read_chat
from bedrock_harness.gateway.openai_streams import ChatChunks
from bedrock_harness.gateway.sse import Message
from bedrock_harness.wire.events import Event

__all__ = ["ANTHROPIC", "FRONTS", "OPENAI", "Front", "Writer"]


class Writer(Protocol):
    """Writes one stream: its beginning, what each event becomes, and the end of a stream that came to its end."""

    def begin(self) -> Iterator[Message]:
        """What comes before anything is said."""

    def feed(self, event: Event) -> Iterator[Message]:
        """What one event becomes."""

    def end(self) -> Iterator[Message]:
        """What comes behind the last event."""


class Front(Struct, frozen=True, kw_only=True):
    """One vocabulary: a path, and the functions between its shapes and Converse's."""

    path: str
    read: Callable[[object, Mapping[str, str], Models], Asked]
    reply: Callable[[Mapping[str, Any], Told], dict[str, Any]]
    writer: Callable[[Asked, Told], Writer]
    error: Callable[[Failure], dict[str, Any]]
    in_stream: Callable[[Failure], Message]
    """An error behind events that were already sent."""
    id_header: str
    """The header in which this front's clients look for a request's id."""


OPENAI = Front(
    path="/v1/chat/completions",
    read=lambda body, _headers, models: read_chat(body, models),
    reply=openai_replies.chat_completion,
    writer=lambda asked, told: ChatChunks(told, counted=asked.counted),
    error=openai_body,
    in_stream=lambda failure: Message(openai_body(failure)),
    id_header="x-request-id",
)

ANTHROPIC = Front(
    path="/v1/messages",
    read=read_messages,
    reply=anthropic_replies.message,
    writer=lambda _asked, told: MessageEvents(told),
    error=anthropic_body,
    in_stream=lambda failure: Message(anthropic_body(failure), "error"),
    id_header="request-id",
)

FRONTS = (OPENAI, ANTHROPIC)
