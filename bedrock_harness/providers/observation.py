"""What a provider told its caller in one turn, folded from the parts as they came.

It knows the protocol's parts and nothing of who sent them. Conformance judges this and nothing else of a provider.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import UNSET, Struct, structs

from bedrock_harness.providers.lines import joined
from bedrock_harness.providers.protocol import Done, Failure, Part, Reasoning, ToolCall, Usage

__all__ = ["Observation", "fold"]

COUNTS: Final = ("input", "output", "total", "cache_read", "cache_write")


class Observation(Struct, frozen=True, kw_only=True):
    """One turn as the caller saw it. Times are the adapter's monotonic nanoseconds, or the harness's."""

    text: str = ""
    """All text parts, joined."""
    reasoning: tuple[Reasoning, ...] = ()
    """Reasoning parts in a row make one; a signature ends it, and redacted content always stands alone."""
    tool_calls: tuple[ToolCall, ...] = ()
    stop: str | None = None
    """The last stop reason, None where the provider told none."""
    usage: Usage | None = None
    """Each count as it was told last, None where none was told."""
    error: Failure | None = None
    """How the turn ended, None where it ended well."""
    parts: tuple[Part, ...] = ()
    """The parts as they came, each with its own `at`; a text may begin or end in half a surrogate pair."""
    started: int = 0
    """When the harness sent the turn, on the harness's monotonic clock (on Linux and macOS the adapter's as well)."""
    ended: int = 0
    """When the adapter was done."""


def fold(parts: Iterable[Part], done: Done, *, started: int) -> Observation:
    """Fold the parts of one turn, and how it ended, into what the caller saw."""
    parts = tuple(parts)
    return Observation(
        text=joined("".join(part.text for part in parts if part.text is not UNSET)),
        reasoning=_reasoning(parts),
        tool_calls=tuple(part.tool_call for part in parts if part.tool_call is not UNSET),
        stop=next((part.stop for part in reversed(parts) if part.stop is not UNSET), None),
        usage=_usage(parts),
        error=done.error,
        parts=parts,
        started=started,
        ended=done.at,
    )


def _reasoning(parts: tuple[Part, ...]) -> tuple[Reasoning, ...]:
    folded: list[Reasoning] = []
    open_block = False
    for part in parts:
        piece = part.reasoning
        if piece is UNSET:
            open_block = False
        elif open_block and piece.redacted is None:
            folded[-1] = Reasoning(text=_together(folded[-1].text, piece.text), signature=piece.signature)
            open_block = piece.signature is None
        else:
            folded.append(piece)
            open_block = piece.signature is None and piece.redacted is None
    return tuple(block if block.text is None else structs.replace(block, text=joined(block.text)) for block in folded)


def _together(before: str | None, after: str | None) -> str | None:
    return before if after is None else (before or "") + after


def _usage(parts: tuple[Part, ...]) -> Usage | None:
    told = [part.usage for part in parts if part.usage is not UNSET]
    if not told:
        return None
    counts = {name: value for usage in told for name in COUNTS if (value := getattr(usage, name)) is not None}
    return structs.replace(told[-1], **counts)
