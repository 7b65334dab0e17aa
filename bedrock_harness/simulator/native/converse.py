"""Converse bodies put together from pieces: what each family's reader writes.

Absent and empty members are left out, so that a body reads as a careful client would have sent it. Knows no family.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

__all__ = ["body", "json_object", "limits", "message", "picked", "schema_format", "text_message", "tool", "tool_config"]


def body(
    messages: Iterable[dict[str, Any]],
    *,
    system: list[dict[str, Any]] | None = None,
    inference: Mapping[str, Any] | None = None,
    tools: Mapping[str, Any] | None = None,
    additional: Mapping[str, Any] | None = None,
    output: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A Converse body. Messages of one role in a row become one, since Converse wants the roles to alternate."""
    members = {
        "messages": _alternating(messages),
        "system": system,
        "inferenceConfig": inference,
        "toolConfig": tools,
        "additionalModelRequestFields": additional,
        "outputConfig": output,
    }
    return {name: value for name, value in members.items() if value or name == "messages"}


def message(role: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    """One message."""
    return {"role": role, "content": content}


def text_message(role: str, text: str) -> dict[str, Any]:
    """A message of one text block."""
    return message(role, [{"text": text}])


def limits(max_tokens: Any, temperature: Any, top_p: Any, stop: Any) -> dict[str, Any]:
    """An inferenceConfig. A single stop sequence may be given bare, as OpenAI's API allows."""
    stops = [stop] if isinstance(stop, str) else stop
    members = {"maxTokens": max_tokens, "temperature": temperature, "topP": top_p, "stopSequences": stops or None}
    return {name: value for name, value in members.items() if value is not None}


def picked(source: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The members with these names, as far as they are there and not null."""
    return {name: source[name] for name in names if source.get(name) is not None}


def tool(name: str, description: str | None, schema: Any, **more: Any) -> dict[str, Any]:
    """A tool's specification. A tool without a schema takes an object of anything."""
    described = {"description": description} if description else {}
    return {"toolSpec": {"name": name, **described, "inputSchema": {"json": schema or {"type": "object"}}, **more}}


def tool_config(tools: list[dict[str, Any]], choice: dict[str, Any] | None = None) -> dict[str, Any]:
    """A toolConfig, empty where there are no tools."""
    if not tools:
        return {}
    return {"tools": tools, "toolChoice": choice} if choice else {"tools": tools}


def schema_format(schema: Any, name: str | None = None) -> dict[str, Any]:
    """An outputConfig that asks for JSON of this schema, which Converse carries as text."""
    named = {"name": name} if name else {}
    structure = {"jsonSchema": {"schema": json.dumps(schema), **named}}
    return {"textFormat": {"type": "json_schema", "structure": structure}}


def json_object(text: Any) -> Any:
    """The arguments of a tool call, which some families carry as JSON text. What is no object is kept under `value`."""
    if isinstance(text, dict):
        return text
    try:
        value = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        value = text
    return value if isinstance(value, dict) else {"value": value}


def _alternating(messages: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        message(role, [block for one in turn for block in one["content"]])
        for role, turn in groupby(messages, key=itemgetter("role"))
    ]
