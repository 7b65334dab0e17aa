"""Conversations as callers hold them, made into conversations as Bedrock takes them.

Each function knows one rule of the service and mends one breach of it; what the service said itself (signed reasoning,
redacted reasoning, tool calls) goes back untouched. None changes the value it is given. Nothing is invented but the two
placeholders that the service makes unavoidable: a tool's stub and the text of a tool that returned nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

__all__ = [
    "drop_blank_text",
    "drop_empty_messages",
    "drop_unsigned_reasoning",
    "fill_empty_results",
    "is_blank_text",
    "lift_system",
    "mend_tool_inputs",
    "merge_roles",
    "repaired",
    "restore_tool_config",
    "results_first",
]

Block: TypeAlias = dict[str, Any]
Message: TypeAlias = dict[str, Any]

NO_OUTPUT = "(no output)"
"""What a tool that returned nothing is made to say: a toolResult's content must not be empty (pydantic/pydantic-ai#6115),
and a text block must hold more than white space (NousResearch/hermes-agent#39829)."""


def repaired(body: dict[str, Any], model: str) -> dict[str, Any]:
    """A request body with every repair made, in the order in which one makes work for the next."""
    messages, system = lift_system(body.get("messages") or [], body.get("system") or [])
    messages = drop_unsigned_reasoning(messages, model)
    messages = mend_tool_inputs(messages)
    messages = drop_blank_text(messages)
    messages = fill_empty_results(messages)
    messages = drop_empty_messages(messages)
    messages = merge_roles(messages)
    messages = results_first(messages)
    system = [block for block in system if not is_blank_text(block)]
    return restore_tool_config({**body, "messages": messages, "system": system})


def lift_system(messages: list[Message], system: list[Block]) -> tuple[list[Message], list[Block]]:
    """Messages of the role system, out of the list and behind the system blocks, where every model looks for them."""
    lifted = [block for message in messages if message["role"] == "system" for block in message["content"]]
    return [message for message in messages if message["role"] != "system"], [*system, *lifted]


def drop_unsigned_reasoning(messages: list[Message], model: str) -> list[Message]:
    """Reasoning without a signature is not shown to Claude, which refuses it: `thinking.signature: Field required`.

    Other models give no signatures and are shown what they said. A signature on an empty text stays: it is Claude's own
    reasoning with its display off (crmne/ruby_llm#871).
    """
    if "claude" not in model:
        return messages
    return _each_block(messages, lambda block: [] if _is_unsigned(block) else [block])


def mend_tool_inputs(messages: list[Message]) -> list[Message]:
    """A tool call without input has the input `{}`: blank text or nothing in its place is refused as empty.

    An input that is no object and not empty stays as it is, to be refused: nobody knows what was meant.
    """
    return _each_block(messages, lambda block: [_with_input(block)])


def drop_blank_text(messages: list[Message]) -> list[Message]:
    """Text blocks of white space alone are dropped, also inside tool results. Bedrock returns some (boto/botocore#3525)."""

    def cleaned(block: Block) -> list[Block]:
        if is_blank_text(block):
            return []
        if "toolResult" not in block:
            return [block]
        result = block["toolResult"]
        content = [part for part in result.get("content") or [] if not is_blank_text(part)]
        return [{**block, "toolResult": {**result, "content": content}}]

    return _each_block(messages, cleaned)


def fill_empty_results(messages: list[Message]) -> list[Message]:
    """A tool result with nothing in it says so in words."""

    def filled(block: Block) -> list[Block]:
        result = block.get("toolResult")
        if result is None or result.get("content"):
            return [block]
        return [{**block, "toolResult": {**result, "content": [{"text": NO_OUTPUT}]}}]

    return _each_block(messages, filled)


def drop_empty_messages(messages: list[Message]) -> list[Message]:
    """Messages without content are dropped, and those of cache points alone: "There is nothing available to cache"."""
    return [message for message in messages if any("cachePoint" not in block for block in message["content"])]


def merge_roles(messages: list[Message]) -> list[Message]:
    """Adjacent messages of one role become one, their blocks in order: a conversation must alternate between the roles."""
    merged: list[Message] = []
    for message in messages:
        if merged and merged[-1]["role"] == message["role"]:
            merged[-1] = {**merged[-1], "content": [*merged[-1]["content"], *message["content"]]}
        else:
            merged.append(message)
    return merged


def results_first(messages: list[Message]) -> list[Message]:
    """Tool results stand at the head of their message: Claude looks for them immediately after the calls (bifrost#3688)."""

    def ordered(content: list[Block]) -> list[Block]:
        return sorted(content, key=lambda block: "toolResult" not in block)

    return [{**message, "content": ordered(message["content"])} for message in messages]


def restore_tool_config(body: dict[str, Any]) -> dict[str, Any]:
    """Tools that the history speaks of and the caller no longer offers are declared by their names.

    "The toolConfig field must be defined when using toolUse and toolResult content blocks." A tool choice without tools goes
    out with the configuration that held it.
    """
    if (body.get("toolConfig") or {}).get("tools"):
        return body
    names = {
        block["toolUse"].get("name"): None
        for message in body["messages"]
        for block in message["content"]
        if "toolUse" in block
    }
    rest = {member: value for member, value in body.items() if member != "toolConfig"}
    return {**rest, "toolConfig": {"tools": [_stub(name) for name in names if name]}} if any(names) else rest


def is_blank_text(block: Block) -> bool:
    """Whether a block is text, and the text white space or nothing."""
    return set(block) == {"text"} and isinstance(block["text"], str) and not block["text"].strip()


def _each_block(messages: list[Message], change: Callable[[Block], list[Block]]) -> list[Message]:
    return [
        {**message, "content": [changed for block in message["content"] for changed in change(block)]}
        for message in messages
    ]


def _is_unsigned(block: Block) -> bool:
    reasoning = block.get("reasoningContent", {}).get("reasoningText")
    return reasoning is not None and not reasoning.get("signature")


def _with_input(block: Block) -> Block:
    call = block.get("toolUse")
    if call is None or isinstance(given := call.get("input"), dict):
        return block
    empty = given is None or given == [] or (isinstance(given, str) and not given.strip())
    return {**block, "toolUse": {**call, "input": {}}} if empty else block


def _stub(name: str) -> dict[str, Any]:
    return {"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}}
