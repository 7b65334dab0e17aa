"""What a caller asks for, in Converse's shapes, whichever front it came through."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

__all__ = ["Asked", "Told"]


class Asked(Struct, frozen=True, kw_only=True):
    """One request of a caller, ready for the client. Blobs are base64 strings."""

    name: str
    """The model as the caller calls it."""
    model: str
    """The model as Bedrock calls it."""
    messages: list[dict[str, Any]]
    members: dict[str, Any] = field(default_factory=dict)
    """Everything else of the Converse request: `system`, `inferenceConfig`, `toolConfig`, ..."""
    stream: bool = False
    counted: bool = True
    """Whether a stream is to tell its token counts."""
    notes: tuple[str, ...] = ()
    """Paths of the caller's members that are passed over."""


class Told(Struct, frozen=True, kw_only=True):
    """What a reply says of itself, whichever front it goes out through."""

    id: str
    """Without the prefix that a front puts before it."""
    model: str
    """The model as the caller calls it."""
    created: int
    """Seconds since 1970."""
