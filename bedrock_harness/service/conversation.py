"""A Converse request as the conversation rules look at it: turns, blocks and tools, each with its place.

Takes any JSON: what has not the shape of a message or a block is passed over, since `shapes` has spoken of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any

from msgspec import Struct

from bedrock_harness.service.families import Family, family_of
from bedrock_harness.service.model_ids import ModelId, ModelIdError, parse

__all__ = ["Block", "CachePoint", "Request", "Turn", "inside", "objects", "read"]

_CACHE_POINT = "cachePoint"


class Block(Struct, frozen=True):
    """One content block of the conversation, with its place."""

    turn: int
    index: int
    role: str
    value: Mapping[str, Any]

    @property
    def path(self) -> str:
        """Where it stands in the body, counted from 0."""
        return f"messages.{self.turn}.content.{self.index}"


class Turn(Struct, frozen=True):
    """One message that is the user's or the assistant's."""

    index: int
    role: str
    blocks: tuple[Block, ...]

    @property
    def path(self) -> str:
        """Where it stands in the body, counted from 0."""
        return f"messages.{self.index}"


class CachePoint(Struct, frozen=True):
    """One cache point: the path of the list that it stands in, its place there, and what it says of itself."""

    within: str
    place: int
    value: Any

    @property
    def path(self) -> str:
        """Where it stands in the body, counted from 0."""
        return f"{self.within}.{self.place}"


class Request(Struct, frozen=True, dict=True):
    """A Converse request as the rules see it.

    Messages of the role `system` are no turns: what they may follow is not known.
    """

    body: Mapping[str, Any]
    operation: str
    model: ModelId | None
    """The model id taken apart, None where it is none."""
    family: Family | None
    """The model's family, None where the model id does not tell or nobody has described it."""
    turns: tuple[Turn, ...]
    blocks: tuple[Block, ...]
    held: frozenset[str]
    """The members of all blocks, so that a rule about a member that is nowhere looks nowhere."""
    tools: tuple[Mapping[str, Any], ...]

    @property
    def claude(self) -> bool:
        """Whether the model is known to be one of Anthropic's."""
        return self.family is not None and self.family.native == "anthropic"

    @property
    def prompt(self) -> bool:
        """Whether the model id names a prompt of prompt management, which brings its own messages."""
        return self.model is not None and self.model.kind == "prompt"

    @property
    def streamed(self) -> bool:
        """Whether the reply is asked for as a stream."""
        return self.operation == "ConverseStream"

    @cached_property
    def cache_points(self) -> tuple[CachePoint, ...]:
        """The cache points among the tools, in the system prompt and in the messages."""
        lists: list[tuple[str, Iterable[tuple[int, Mapping[str, Any]]]]]
        lists = [("toolConfig.tools", enumerate(self.tools)), ("system", objects(self.body.get("system")))]
        if _CACHE_POINT in self.held:
            lists += [
                (f"{turn.path}.content", [(block.index, block.value) for block in turn.blocks]) for turn in self.turns
            ]
        return tuple(
            CachePoint(path, place, item[_CACHE_POINT])
            for path, items in lists
            for place, item in items
            if item.get(_CACHE_POINT) is not None
        )

    def holding(self, member: str) -> Iterator[tuple[Block, Any]]:
        """The blocks with this member, and the member."""
        if member not in self.held:
            return iter(())
        return ((block, block.value[member]) for block in self.blocks if block.value.get(member) is not None)


def read(body: Mapping[str, Any], model: str, operation: str = "Converse") -> Request:
    """Look at a body, the decoded model id that it was sent to, and the operation that it is for."""
    turns = tuple(
        Turn(index, message["role"], _blocks(index, message))
        for index, message in objects(body.get("messages"))
        if message.get("role") in ("user", "assistant")
    )
    tool_config = body.get("toolConfig")
    tools = tool_config.get("tools") if isinstance(tool_config, dict) else None
    blocks = tuple(block for turn in turns for block in turn.blocks)
    return Request(
        body=body,
        operation=operation,
        model=_model(model),
        family=family_of(model),
        turns=turns,
        blocks=blocks,
        held=frozenset(member for block in blocks for member in block.value),
        tools=tuple(tool for _, tool in objects(tools)),
    )


@lru_cache(maxsize=256)
def _model(model: str) -> ModelId | None:
    try:
        return parse(model)
    except ModelIdError:
        return None


def _blocks(turn: int, message: Mapping[str, Any]) -> tuple[Block, ...]:
    return tuple(Block(turn, place, message["role"], block) for place, block in objects(message.get("content")))


def objects(value: object) -> list[tuple[int, Mapping[str, Any]]]:
    """The objects of a JSON list with their places; nothing where the shape is wrong."""
    if not isinstance(value, list):
        return []
    return [(place, item) for place, item in enumerate(value) if isinstance(item, dict)]


def inside(value: object, *names: str) -> Any:
    """The value at the end of these member names, None where the way breaks off."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value
