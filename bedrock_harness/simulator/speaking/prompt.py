"""A request as the model reads it: one piece after the other, each with its tokens.

Tools come first, then the system prompt, then the messages: the order in which Anthropic's guide on prompt caching has
prefixes grow. Counting and caching both walk these pieces, which is why they agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from bedrock_harness.service.conversation import inside, objects
from bedrock_harness.simulator.speaking.tokens import count_block, count_tool

__all__ = ["Piece", "count", "lay_out"]

_A_TURN = 4
"""Tokens that a message costs beside its content: where it begins, whose it is, where it ends. Its first block has them."""

_TOOLS = 346
"""Tokens that offering tools costs beside the tools: the hidden prompt that explains them. Anthropic's page on tool use has
this number for Claude 4; recordings of Claude and of Nova show as much or more."""


class Piece(Struct, frozen=True):
    """One piece of the prompt: where it belongs, what it is, how many tokens it has.

    `cache` is the time to live of a cache point, which is a piece with no tokens; None for all else.
    """

    place: str
    content: Any
    tokens: int
    cache: str | None = None


def lay_out(body: Mapping[str, Any]) -> Iterator[Piece]:
    """The pieces of a Converse body, in the order in which the model reads them."""
    for number, (_, tool) in enumerate(objects(inside(body, "toolConfig", "tools"))):
        yield _piece("tool", tool, count_tool(tool) + (0 if number else _TOOLS))
    for _, block in objects(body.get("system")):
        yield _piece("system", block, count_block(block))
    for turn, message in objects(body.get("messages")):
        beginning = _A_TURN
        for _, block in objects(message.get("content")):
            piece = _piece(f"{turn}/{message.get('role')}", block, beginning + count_block(block))
            yield piece
            beginning = beginning if piece.cache else 0


def count(body: Mapping[str, Any]) -> int:
    """How many tokens a Converse body has."""
    return sum(piece.tokens for piece in lay_out(body))


def _piece(place: str, content: Mapping[str, Any], tokens: int) -> Piece:
    point = content.get("cachePoint")
    return Piece(place, content, tokens) if point is None else Piece(place, content, 0, inside(point, "ttl") or "5m")
