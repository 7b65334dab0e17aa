"""Tools as a family takes them: the choice among them, their schemas, their results, and calls without results.

Knows what the service says of each. Which family takes what `models` knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.options import Note
from bedrock_harness.client.requests.draft import Draft
from bedrock_harness.client.requests.models import knows_status, takes_choice
from bedrock_harness.client.requests.names import ID, NAME, Names, aliases, renamed, tool_names, tool_use_ids

__all__ = ["check_resolved", "choose", "describe", "keep_status", "map_names", "promote", "promoted"]


def choose(draft: Draft) -> Draft:
    """The choice among tools, as chosen in the options: as given, always auto, or what the family takes."""
    config = draft.body.get("toolConfig") or {}
    if draft.options.tool_choice == "as-given" or not config.get("tools"):
        return draft
    given: Mapping[str, Any] = config.get("toolChoice") or {}
    if draft.options.tool_choice == "auto":
        notes = () if not given or "auto" in given else (Note("tool-choice-replaced", f"{_kind(given)} became auto."),)
        return draft.with_body(*notes, toolConfig={**config, "toolChoice": {"auto": {}}})
    if not given or takes_choice(draft.model, _kind(given)):
        return draft
    rest = {name: value for name, value in config.items() if name != "toolChoice"}
    note = Note("tool-choice-dropped", f"{draft.model} does not take the tool choice {_kind(given)}: it was left out.")
    return draft.with_body(note, toolConfig=rest)


def _kind(choice: Mapping[str, Any]) -> str:
    return next(iter(choice), "auto")


def describe(draft: Draft) -> Draft:
    """Tool schemas that are schemas of an object, and descriptions with something in them.

    "The value at toolConfig.tools.7.toolSpec.inputSchema.json.type must be one of the following: object." A schema put
    together by oneOf, anyOf or allOf at its root has no type (earendil-works/pi#8279); properties that are null or a
    list come from languages without empty objects (prism-php/bedrock#24).
    """
    config = draft.body.get("toolConfig") or {}
    if not draft.options.repairs.schemas or not config.get("tools"):
        return draft
    tools = [_described(tool) for tool in config["tools"]]
    if tools == config["tools"]:
        return draft
    note = Note(
        "tool-schema-completed", "A tool's schema was made one of an object, or its empty description left out."
    )
    return draft.with_body(note, toolConfig={**config, "tools": tools})


def _described(tool: Any) -> Any:
    spec = tool.get("toolSpec") if isinstance(tool, dict) else None
    if not isinstance(spec, dict):
        return tool
    spec = {name: value for name, value in spec.items() if name != "description" or value != ""}
    if isinstance(wrapped := spec.get("inputSchema"), dict) and isinstance(schema := wrapped.get("json"), dict):
        root = dict(schema) if "type" in schema else {"type": "object", **schema}
        if "properties" in root and not root["properties"]:
            root["properties"] = {}
        spec["inputSchema"] = {**wrapped, "json": root}
    return {**tool, "toolSpec": spec}


def keep_status(draft: Draft) -> Draft:
    """The status of tool results, for families that know it; for others the text has to say that a tool failed."""
    if draft.options.error_status == "as-given" or knows_status(draft.model):
        return draft
    dropped = 0

    def block(value: dict[str, Any]) -> dict[str, Any]:
        nonlocal dropped
        result = value.get("toolResult")
        if not isinstance(result, dict) or "status" not in result:
            return value
        dropped += result["status"] == "error"
        return {**value, "toolResult": {name: member for name, member in result.items() if name != "status"}}

    messages = [{**message, "content": list(map(block, message["content"]))} for message in draft.body["messages"]]
    if not dropped:
        return draft.with_body(messages=messages)
    note = Note("error-status-dropped", f"{draft.model} knows no status of tool results: {dropped} were left out.")
    return draft.with_body(note, messages=messages)


def promote(draft: Draft) -> Draft:
    """Every tool result's JSON text as JSON (B04)."""
    if not draft.options.repairs.promote_results:
        return draft

    def block(value: dict[str, Any]) -> dict[str, Any]:
        result = value.get("toolResult")
        if result is None:
            return value
        return {**value, "toolResult": {**result, "content": list(map(promoted, result.get("content", ())))}}

    messages = [{**message, "content": list(map(block, message["content"]))} for message in draft.body["messages"]]
    if messages == draft.body["messages"]:
        return draft
    return draft.with_body(Note("results-promoted", "Tool results that are JSON were sent as JSON."), messages=messages)


def promoted(block: dict[str, Any]) -> dict[str, Any]:
    """A tool result's text as JSON, where it is JSON: an object as it is, a list as `results`, all else as `value`.

    One with a member `__type` below its root stays text: Smithy takes that for a type of its own and refuses the request,
    and every one after it (maximhq/bifrost#5762).
    """
    if set(block) != {"text"} or not isinstance(block["text"], str):
        return block
    try:
        value = json.loads(block["text"])
    except (ValueError, RecursionError):
        return block
    wrapped = value if isinstance(value, dict) else {"results" if isinstance(value, list) else "value": value}
    return block if any(_names_a_type(member) for member in wrapped.values()) else {"json": wrapped}


def _names_a_type(value: Any) -> bool:
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


def check_resolved(draft: Draft) -> Draft:
    """Refuse tool calls that nobody answered, before the service does: "Expected toolResult blocks at ...": (R11)."""
    if draft.options.unresolved_calls == "send":
        return draft
    messages = draft.body["messages"]
    for index, message in enumerate(messages):
        answered = set(_ids(messages[index + 1], "toolResult")) if index + 1 < len(messages) else set()
        missing = [id_ for id_ in _ids(message, "toolUse") if id_ not in answered]
        if missing:
            raise InvalidRequest(
                f"messages.{index} holds tool calls without a result: {', '.join(missing)}.",
                hint="Run the tools and give their results in the next message.",
            )
    return draft


def _ids(message: Mapping[str, Any], member: str) -> Iterator[str]:
    return (str(block[member].get("toolUseId")) for block in message["content"] if member in block)


def map_names(draft: Draft) -> Draft:
    """Tool names and ids in the service's alphabet. What they were is kept for the way back."""
    if not draft.options.repairs.map_names:
        return draft
    tools = aliases(tool_names(draft.body), NAME)
    ids = aliases(tool_use_ids(draft.body), ID)
    if not tools and not ids:
        return draft
    texts = [f"The tool {name[:100]!r} is {alias!r} on the wire." for name, alias in tools.items()]
    texts += [f"The tool use id {id_[:100]!r} is {alias!r} on the wire." for id_, alias in ids.items()]
    return replace(
        draft,
        body=renamed(draft.body, tools, ids),
        notes=(*draft.notes, *(Note("tool-renamed", text) for text in texts)),
        names=Names({alias: name for name, alias in tools.items()}),
        answer_tool=tools.get(draft.answer_tool or "", draft.answer_tool),
    )
