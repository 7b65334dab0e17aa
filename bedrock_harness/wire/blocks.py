"""What the events of a content block carry: its head, and its pieces.

The unions ContentBlockStart and ContentBlockDelta as botocore 1.44 models them. A union is one value with optional
members: exactly one has a value in sound traffic, none where the service sends a kind that is not modelled here.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

__all__ = [
    "Delta",
    "ImageDelta",
    "ImageSource",
    "Part",
    "ReasoningDelta",
    "Start",
    "ToolResultDelta",
    "ToolUseDelta",
    "ToolUseStart",
]


class Part(Struct, frozen=True, gc=False, rename="camel"):
    """A modelled part of an event. Its optional members are None where they are missing."""


class ToolUseStart(Part, frozen=True, gc=False):
    """The head of a tool call: its id, the tool's name, and its type where a server runs it."""

    tool_use_id: str
    name: str
    type: str | None = None


class Start(Part, frozen=True, gc=False):
    """The union ContentBlockStart. Text and reasoning blocks have none: they begin with their first delta."""

    tool_use: ToolUseStart | None = None
    tool_result: dict[str, Any] | None = None
    image: dict[str, Any] | None = None


class ToolUseDelta(Part, frozen=True, gc=False):
    """A piece of the JSON text of a tool call's input."""

    input: str


class ReasoningDelta(Part, frozen=True, gc=False):
    """A piece of reasoning: of its text, its signature, or, as base64 by itself, of its encrypted content."""

    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None


class ToolResultDelta(Part, frozen=True, gc=False):
    """A piece of a tool's result, where the service ran the tool: text, or any JSON."""

    text: str | None = None
    json: Any = None


class ImageSource(Part, frozen=True, gc=False):
    """Where an image is: a piece of its bytes, as base64 by itself, or its place in S3."""

    bytes: str | None = None
    s3_location: dict[str, Any] | None = None


class ImageDelta(Part, frozen=True, gc=False):
    """A piece of an image, or why there is none."""

    source: ImageSource | None = None
    error: dict[str, Any] | None = None


class Delta(Part, frozen=True, gc=False):
    """The union ContentBlockDelta: one of these has a value, or none where the service has a kind not modelled here."""

    text: str | None = None
    tool_use: ToolUseDelta | None = None
    reasoning_content: ReasoningDelta | None = None
    citation: dict[str, Any] | None = None
    tool_result: list[ToolResultDelta] | None = None
    image: ImageDelta | None = None
