"""Where a conversation breaks each rule: one function a rule, named after what must be so.

Each takes a request and yields the places where it is not so. What the service says of it, and who saw it say so, stands in the
table of `rules`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from bedrock_harness.service.conversation import Block, Request, Turn, inside, objects

__all__ = [
    "Breach",
    "alternates",
    "cache_points_are_few",
    "cache_points_do_not_follow_reasoning",
    "cache_points_follow_something",
    "content_is_there",
    "document_has_company",
    "document_name_is_plain",
    "document_names_are_unique",
    "document_text_is_cited",
    "failed_tool_result_says_why",
    "prefill_without_trailing_space",
    "reasoning_is_signed",
    "reasoning_is_the_assistants",
    "stop_sequences_are_more_than_space",
    "text_is_more_than_space",
    "text_is_there",
    "there_is_a_message",
    "tool_choice_is_a_tool",
    "tool_config_is_there",
    "tool_input_is_an_object",
    "tool_input_is_there",
    "tool_properties_are_an_object",
    "tool_result_json_is_an_object",
    "tool_results_are_asked_for",
    "tool_results_are_there",
    "tool_schema_is_an_object",
    "tool_uses_are_unique",
]

Breach: TypeAlias = tuple[str, Mapping[str, str]]
"""Where a rule is broken, and what its message is filled in with; `path` is filled in by itself."""

_NOTHING: Mapping[str, str] = {}
_MOST_CACHE_POINTS = 4


# ------------------------------------------------------------------------------------------------- turns


def there_is_a_message(request: Request) -> Iterator[Breach]:
    """There is a message, unless a stored prompt brings its own."""
    if not request.turns and not request.prompt and not request.body.get("messages"):
        yield "messages", _NOTHING


def alternates(request: Request) -> Iterator[Breach]:
    """No two neighbouring messages have the same role."""
    for before, turn in zip(request.turns, request.turns[1:], strict=False):
        if before.role == turn.role and before.index + 1 == turn.index:
            yield turn.path, _NOTHING


def prefill_without_trailing_space(request: Request) -> Iterator[Breach]:
    """What Claude is to continue does not end in white space."""
    if request.claude and request.turns and request.turns[-1].role == "assistant" and request.turns[-1].blocks:
        last = request.turns[-1].blocks[-1]
        text = last.value.get("text")
        if isinstance(text, str) and text.strip() and text[-1].isspace():
            yield last.path, _NOTHING


def content_is_there(request: Request) -> Iterator[Breach]:
    """Every message has a content block."""
    for turn, message in objects(request.body.get("messages")):
        if message.get("content") == []:
            yield f"messages.{turn}", _NOTHING


# ------------------------------------------------------------------------------------------------- text


def text_is_there(request: Request) -> Iterator[Breach]:
    """No text is empty, nor, where the model is not Claude, mere white space."""
    for block, text in request.holding("text"):
        if text == "" or (isinstance(text, str) and not request.claude and not text.strip()):
            yield block.path, _NOTHING
    for block, result in request.holding("toolResult"):
        # Only what is empty: no thread shows white space refused here.
        for place, item in objects(inside(result, "content")):
            if item.get("text") == "":
                yield f"{block.path}.toolResult.content.{place}", _NOTHING


def text_is_more_than_space(request: Request) -> Iterator[Breach]:
    """No text is mere white space for Claude, which is told so by the model and not by the service."""
    if request.claude:
        for block, text in request.holding("text"):
            if isinstance(text, str) and text and not text.strip():
                yield block.path, _NOTHING


def stop_sequences_are_more_than_space(request: Request) -> Iterator[Breach]:
    """No stop sequence is mere white space for Claude."""
    sequences = inside(request.body, "inferenceConfig", "stopSequences")
    if request.claude and isinstance(sequences, list):
        for place, sequence in enumerate(sequences):
            if isinstance(sequence, str) and sequence and not sequence.strip():
                yield f"inferenceConfig.stopSequences.{place}", _NOTHING


# ------------------------------------------------------------------------------------------------- tools


def tool_config_is_there(request: Request) -> Iterator[Breach]:
    """There is a toolConfig wherever the history holds a tool call or result."""
    if request.body.get("toolConfig") is None and not request.prompt:
        for member in ("toolUse", "toolResult"):
            for _ in request.holding(member):
                yield "toolConfig", _NOTHING
                return


def _ids(turn: Turn, member: str) -> list[str]:
    """The tool use ids of a turn's blocks. What the service's own tools do needs no answer from the client."""
    blocks = [value for block in turn.blocks if isinstance(value := block.value.get(member), dict)]
    return [str(block.get("toolUseId")) for block in blocks if block.get("type") != "server_tool_use"]


def tool_uses_are_unique(request: Request) -> Iterator[Breach]:
    """The tool calls of one turn have ids of their own."""
    for turn in request.turns if "toolUse" in request.held else ():
        ids = _ids(turn, "toolUse")
        if len(ids) != len(set(ids)):
            yield f"{turn.path}.content", {"ids": ", ".join(id_ for id_, times in Counter(ids).items() if times > 1)}


def tool_results_are_there(request: Request) -> Iterator[Breach]:
    """The user's turn after tool calls has a result for each."""
    for before, turn in zip(request.turns, request.turns[1:], strict=False):
        if (before.role, turn.role) == ("assistant", "user"):
            results = set(_ids(turn, "toolResult"))
            missing = dict.fromkeys(id_ for id_ in _ids(before, "toolUse") if id_ not in results)
            if missing:
                yield f"{turn.path}.content", {"ids": ", ".join(missing)}


def tool_results_are_asked_for(request: Request) -> Iterator[Breach]:
    """A turn has no more results than the turn before it had calls."""
    for place, turn in enumerate(request.turns):
        if turn.role == "user":
            uses = _ids(request.turns[place - 1], "toolUse") if place else []
            if len(_ids(turn, "toolResult")) > len(uses):
                yield f"{turn.path}.content", _NOTHING


def tool_input_is_there(request: Request) -> Iterator[Breach]:
    """A tool call's input is not an empty text."""
    for block, use in request.holding("toolUse"):
        if inside(use, "input") == "":
            yield f"{block.path}.toolUse.input", _NOTHING


def tool_input_is_an_object(request: Request) -> Iterator[Breach]:
    """A tool call's input is a JSON object, not the text of one."""
    for block, use in request.holding("toolUse"):
        given = inside(use, "input")
        if given not in (None, "") and not isinstance(given, dict):
            yield f"{block.path}.toolUse.input", _NOTHING


def tool_result_json_is_an_object(request: Request) -> Iterator[Breach]:
    """A json block of a result is an object, with no member `__type` below its root."""
    for block, result in request.holding("toolResult"):
        for place, item in objects(inside(result, "content")):
            given = item.get("json")
            if given is not None and (not isinstance(given, dict) or any(map(_names_a_type, given.values()))):
                yield f"{block.path}.toolResult.content.{place}.json", _NOTHING


def _names_a_type(value: object) -> bool:
    """Whether the reserved key `__type` stands somewhere in a JSON value, however deep."""
    rest = [value]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            if "__type" in value:
                return True
            rest += value.values()
        elif isinstance(value, list):
            rest += value
    return False


def failed_tool_result_says_why(request: Request) -> Iterator[Breach]:
    """A result with status error has content."""
    for block, result in request.holding("toolResult"):
        if inside(result, "status") == "error" and inside(result, "content") == []:
            yield f"{block.path}.toolResult", _NOTHING


def _schemas(request: Request) -> Iterator[tuple[str, dict[str, Any]]]:
    for place, tool in enumerate(request.tools):
        schema = inside(tool, "toolSpec", "inputSchema", "json")
        if isinstance(schema, dict):
            yield f"toolConfig.tools.{place}.toolSpec.inputSchema", schema


def tool_schema_is_an_object(request: Request) -> Iterator[Breach]:
    """A tool's schema says at its root that it is of type object."""
    for path, schema in _schemas(request):
        if schema.get("type") != "object":
            yield f"{path}.json.type", _NOTHING


_JSON_NAMES = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "number"}


def tool_properties_are_an_object(request: Request) -> Iterator[Breach]:
    """The properties of a tool's schema, where there are any, are an object."""
    for path, schema in _schemas(request):
        found = schema.get("properties", {})
        if not isinstance(found, dict):
            yield path, {"found": _JSON_NAMES.get(type(found), "null")}


def tool_choice_is_a_tool(request: Request) -> Iterator[Breach]:
    """The tool that the model must call is one of those offered."""
    chosen = inside(request.body, "toolConfig", "toolChoice", "tool", "name")
    known = [inside(tool, kind, "name") for tool in request.tools for kind in ("toolSpec", "systemTool")]
    if isinstance(chosen, str) and chosen not in known:
        yield "toolConfig.toolChoice.tool.name", {"name": chosen}


# ------------------------------------------------------------------------------------------------- cache points


def cache_points_are_few(request: Request) -> Iterator[Breach]:
    """There are at most four cache points in tools, system and messages together."""
    found = request.cache_points
    if len(found) > _MOST_CACHE_POINTS:
        yield found[_MOST_CACHE_POINTS].path, {"count": str(len(found))}


def cache_points_follow_something(request: Request) -> Iterator[Breach]:
    """A cache point is not the first of its list."""
    for point in request.cache_points:
        if point.place == 0:
            yield point.path, _NOTHING


def cache_points_do_not_follow_reasoning(request: Request) -> Iterator[Breach]:
    """A cache point does not come right after reasoning."""
    for before, block in zip(request.blocks, request.blocks[1:], strict=False):
        if (
            before.turn == block.turn
            and "reasoningContent" in before.value
            and block.value.get("cachePoint") is not None
        ):
            yield block.path, _NOTHING


# ------------------------------------------------------------------------------------------------- documents


def _documents(request: Request) -> Iterator[tuple[Block, dict[str, Any]]]:
    return ((block, document) for block, document in request.holding("document") if isinstance(document, dict))


# "Alphanumeric" is taken to mean any script's letters; the underscore is accepted though no message names it, and of
# white space only the space (aws-samples/generative-ai-use-cases#1671).
_DOCUMENT_NAME = re.compile(r"(?:[\w\-()\[\]]| (?! ))+")


def document_name_is_plain(request: Request) -> Iterator[Breach]:
    """A document's name has only the characters that the service allows, and no two spaces together."""
    for block, document in _documents(request):
        name = document.get("name")
        if isinstance(name, str) and name and not _DOCUMENT_NAME.fullmatch(name):
            yield f"{block.path}.document.name", _NOTHING


def document_names_are_unique(request: Request) -> Iterator[Breach]:
    """No two documents of the whole conversation have the same name."""
    seen: set[str] = set()
    for block, document in _documents(request):
        name = str(document.get("name"))
        if name in seen:
            yield f"{block.path}.document.name", _NOTHING
        seen.add(name)


def document_has_company(request: Request) -> Iterator[Breach]:
    """A message with a document has a text as well."""
    for turn in request.turns:
        held = {member for block in turn.blocks for member in block.value}
        if "document" in held and "text" not in held:
            yield f"{turn.path}.content", _NOTHING


def document_text_is_cited(request: Request) -> Iterator[Breach]:
    """A document given as text has citations enabled; otherwise it is given as bytes."""
    for block, document in _documents(request):
        source = document.get("source")
        if (
            isinstance(source, dict)
            and source.keys() & {"text", "content"}
            and not inside(document, "citations", "enabled")
        ):
            yield f"{block.path}.document.source", _NOTHING


# ------------------------------------------------------------------------------------------------- reasoning


def reasoning_is_the_assistants(request: Request) -> Iterator[Breach]:
    """Only the assistant's turns hold reasoning."""
    for block, _ in request.holding("reasoningContent"):
        if block.role == "user":
            yield block.path, _NOTHING


def reasoning_is_signed(request: Request) -> Iterator[Breach]:
    """Reasoning text goes back to Claude with its signature."""
    if request.claude:
        for block, reasoning in request.holding("reasoningContent"):
            text = inside(reasoning, "reasoningText")
            if block.role == "assistant" and isinstance(text, dict) and not text.get("signature"):
                yield block.path, _NOTHING
