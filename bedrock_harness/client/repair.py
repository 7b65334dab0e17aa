"""Conversations as callers hold them, made into conversations as Bedrock takes them.

Each function knows one rule of the service and mends one breach of it; `options.Repairs` says which are wanted, and a note
is left of each that changed something. What the service said itself (signed reasoning, redacted reasoning, tool calls) goes
back untouched. None changes the value it is given. Nothing is invented but the two placeholders that the service makes
unavoidable: a tool's stub and the text of a tool that returned nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from bedrock_harness.client.options import DEFAULT_REPAIRS, Code, Note, Repairs

__all__ = [
    "BLANK_LINE",
    "NO_OUTPUT",
    "drop_blank_text",
    "drop_empty_messages",
    "drop_unsigned_reasoning",
    "fill_empty_results",
    "is_blank_text",
    "lift_system",
    "mend_tool_inputs",
    "merge_results",
    "merge_roles",
    "order_blocks",
    "read_tool_inputs",
    "repaired",
    "restore_tool_config",
    "results_first",
]

Block: TypeAlias = dict[str, Any]
Message: TypeAlias = dict[str, Any]

BLANK_LINE: Block = {"text": "\n\n"}
"""What ReqLLM puts between system messages."""

NO_OUTPUT = "(no output)"
"""What a tool that returned nothing is made to say: a toolResult's content must not be empty (pydantic/pydantic-ai#6115),
and a text block must hold more than white space (NousResearch/hermes-agent#39829)."""


def repaired(
    body: dict[str, Any], model: str, repairs: Repairs = DEFAULT_REPAIRS
) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """A request body with the chosen repairs made, in the order in which one makes work for the next, and what they were."""
    messages, system = body.get("messages") or [], body.get("system") or []
    done: dict[Code, None] = {}
    if repairs.drop_blank_text and (filled := _all_but_blank(system)) != system:
        system, done["blank-text-dropped"] = filled, None
    if repairs.lift_system and any(message["role"] == "system" for message in messages):
        messages, system = lift_system(messages, system, separate=repairs.separate_system)
        done["system-lifted"] = None
    for chosen, repair, code in _steps(model, repairs):
        if chosen and (changed := repair(messages)) != messages:
            messages, done[code] = changed, None
    mended = {**body, "messages": messages, "system": system}
    if repairs.restore_tools and (restored := restore_tool_config(mended)) != mended:
        mended, done["tools-restored"] = restored, None
    return mended, tuple(Note(code, _SAID[code]) for code in done)


Repair: TypeAlias = Callable[[list[Message]], list[Message]]


def _steps(model: str, repairs: Repairs) -> tuple[tuple[bool, Repair, Code], ...]:
    """Whether a repair was chosen, the repair, and its code. Put together for each request, so that each can be replaced."""
    return (
        (repairs.drop_unsigned_reasoning, partial(drop_unsigned_reasoning, model=model), "unsigned-reasoning-dropped"),
        (repairs.tool_inputs == "empty", mend_tool_inputs, "tool-input-replaced"),
        (repairs.tool_inputs == "lenient", read_tool_inputs, "tool-input-replaced"),
        (repairs.drop_blank_text, drop_blank_text, "blank-text-dropped"),
        (repairs.empty_results == "sentence", fill_empty_results, "empty-result-filled"),
        (repairs.empty_results == "json", partial(fill_empty_results, filling={"json": {}}), "empty-result-filled"),
        (repairs.drop_empty_messages, drop_empty_messages, "empty-message-dropped"),
        (repairs.merge == "roles", merge_roles, "messages-merged"),
        (repairs.merge == "results", merge_results, "messages-merged"),
        (repairs.results_first, results_first, "results-moved"),
        (repairs.order_blocks, order_blocks, "blocks-ordered"),
    )


_SAID: Mapping[Code, str] = {
    "blank-text-dropped": "Text of white space alone was left out.",
    "blocks-ordered": "Reasoning was put before text, and text before tool calls.",
    "empty-message-dropped": "A message without content was left out.",
    "empty-result-filled": "A tool result with nothing in it was filled.",
    "messages-merged": "Neighbouring messages of one role became one.",
    "results-moved": "Tool results were put before the rest of their message.",
    "system-lifted": "Messages of the role system were put among the system blocks.",
    "tool-input-replaced": "A tool call's input that was no object became one.",
    "tools-restored": "The tools of the history were declared again, or a choice without tools dropped.",
    "unsigned-reasoning-dropped": "Reasoning without a signature was left out: Claude refuses it.",
}
"""What the note of each repair says."""


def lift_system(
    messages: list[Message], system: list[Block], *, separate: bool = False
) -> tuple[list[Message], list[Block]]:
    """Messages of the role system, out of the list and behind the system blocks, where every model looks for them.

    `separate` puts a blank line between what stood apart; blank blocks are left out (R09).
    """
    apart = [system, *(message["content"] for message in messages if message["role"] == "system")]
    filled = [blocks for group in apart if (blocks := _all_but_blank(group))]
    lifted = filled[0] if filled else []
    for group in filled[1:]:
        lifted = [*lifted, *([dict(BLANK_LINE)] if separate else []), *group]
    return [message for message in messages if message["role"] != "system"], lifted


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


def read_tool_inputs(messages: list[Message]) -> list[Message]:
    """A tool call's input that is the text of an object is that object; whatever else is no object is `{}` (D12)."""

    def read(block: Block) -> list[Block]:
        call = block.get("toolUse")
        return [block] if call is None else [{**block, "toolUse": {**call, "input": _object(call.get("input"))}}]

    return _each_block(messages, read)


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


def fill_empty_results(messages: list[Message], filling: Block | None = None) -> list[Message]:
    """A tool result with nothing in it says so in words, or holds the filling."""
    content = filling or {"text": NO_OUTPUT}

    def filled(block: Block) -> list[Block]:
        result = block.get("toolResult")
        if result is None or result.get("content"):
            return [block]
        return [{**block, "toolResult": {**result, "content": [content]}}]

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


def merge_results(messages: list[Message]) -> list[Message]:
    """Adjacent messages of tool results alone become one: parallel calls are answered in one message (D09, R12)."""
    merged: list[Message] = []
    for message in messages:
        if merged and _holds_results_only(merged[-1]) and _holds_results_only(message):
            merged[-1] = {**merged[-1], "content": [*merged[-1]["content"], *message["content"]]}
        else:
            merged.append(message)
    return merged


def results_first(messages: list[Message]) -> list[Message]:
    """Tool results stand at the head of their message: Claude looks for them immediately after the calls (bifrost#3688)."""
    return _sorted(messages, lambda block: "toolResult" not in block)


def order_blocks(messages: list[Message]) -> list[Message]:
    """What the assistant said, in the order in which it says it: reasoning, text, tool calls (B12)."""
    return _sorted(messages, lambda block: 2 if "toolUse" in block else 1 if "reasoningContent" not in block else 0)


def restore_tool_config(body: dict[str, Any]) -> dict[str, Any]:
    """Tools that the history speaks of and the caller no longer offers are declared by their names.

    "The toolConfig field must be defined when using toolUse and toolResult content blocks." A tool choice without tools goes
    out with the configuration that held it.
    """
    if (body.get("toolConfig") or {}).get("tools"):
        return body
    names = {
        block["toolUse"]["name"]: None
        for message in body["messages"]
        for block in message["content"]
        if "name" in block.get("toolUse", {})
    }
    rest = {member: value for member, value in body.items() if member != "toolConfig"}
    return {**rest, "toolConfig": {"tools": [_stub(name) for name in names]}} if names else rest


def is_blank_text(block: Block) -> bool:
    """Whether a block is text, and the text white space or nothing."""
    return set(block) == {"text"} and isinstance(block["text"], str) and not block["text"].strip()


def _each_block(messages: list[Message], change: Callable[[Block], list[Block]]) -> list[Message]:
    return [
        {**message, "content": [changed for block in message["content"] for changed in change(block)]}
        for message in messages
    ]


def _sorted(messages: list[Message], rank: Callable[[Block], int]) -> list[Message]:
    """Messages with their blocks by rank, and otherwise in their order. A cache point goes with the block before it."""

    def ordered(content: list[Block]) -> list[Block]:
        ranked: list[tuple[int, Block]] = []
        for block in content:
            ranked.append((ranked[-1][0] if ranked and "cachePoint" in block else rank(block), block))
        return [block for _, block in sorted(ranked, key=lambda pair: pair[0])]

    return [{**message, "content": ordered(message["content"])} for message in messages]


def _holds_results_only(message: Message) -> bool:
    return message["role"] == "user" and all(
        block.keys() & {"cachePoint", "toolResult"} for block in message["content"]
    )


def _all_but_blank(blocks: list[Block]) -> list[Block]:
    return [block for block in blocks if not is_blank_text(block)]


def _object(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return {}
    return given if isinstance(given, dict) else {}


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
