"""What a Converse reply says and a front has no word for: kept in one member of the reply, `bedrock`, in Converse's shape.

There are the service's own stop reason, its token counts, a guardrail's trace, the fields that a model family adds. A caller
who needs them finds them where Converse's documentation says; other callers never look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["KINDS", "beside_the_message", "block_kinds"]

KINDS = frozenset({"citationsContent", "reasoningContent", "text", "toolUse"})
"""Blocks of a reply that the fronts can show."""


def beside_the_message(reply: Mapping[str, Any], kinds: Iterable[str] = ()) -> dict[str, Any]:
    """The reply's members but its message. `kinds` are those of its blocks; the ones that no front shows are named."""
    hidden = sorted(set(kinds) - KINDS)
    kept = {name: member for name, member in reply.items() if name != "output"}
    return {**kept, "notShown": hidden} if hidden else kept


def block_kinds(content: Iterable[Mapping[str, Any]]) -> set[str]:
    """The kinds of these blocks, by the member that each has."""
    return {kind for block in content for kind in block}
