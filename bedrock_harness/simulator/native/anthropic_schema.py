"""What an Anthropic body must look like, and the sentence the model refuses it with.

What the model refuses of Converse as well is not said again here: `objections` has it from `service.rules`.
The members are those that AWS documents for the messages API on Bedrock: `model` and `stream`, which Anthropic's own API
has in the body, are extra here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bedrock_harness.simulator.native.request import Refused
from bedrock_harness.simulator.native.schema import Field, Fields, check, refuse_by_model

__all__ = ["built_in", "examine"]

_VERSION = re.compile(r"bedrock-2023-05-31|20\d\d-\d\d-\d\d")
"""The version that AWS documents, and the dates of Anthropic's own API: its SDK puts the newest there (anthropic 2.11)."""

_MOST_LISTED = 20
"""Tool use ids named in one refusal: a hostile body could hold millions."""


def examine(body: dict[str, Any]) -> None:
    """Raise Refused where the model would."""
    refuse_by_model(check(_BODY, body, null_is_absent=True))
    if not _VERSION.fullmatch(body["anthropic_version"]):
        # boto/boto3#4218
        raise _refused(f"Invalid API version: {body['anthropic_version']}")
    if not body["messages"]:
        raise _refused("messages: at least one message is required")
    _examine_tools(body)
    _examine_tool_results(body["messages"])


def built_in(kind: str) -> dict[str, Any]:
    """The input schema of a tool that Anthropic defines and the client runs, by the tool's type without its date."""
    properties = next((inputs for name, inputs in _BUILT_IN.items() if kind.startswith(name)), {})
    return {"type": "object", "properties": properties, "required": list(properties)}


def _refused(message: str) -> Refused:
    return Refused("ValidationException", message)


def _examine_tools(body: dict[str, Any]) -> None:
    tools = body.get("tools") or []
    choice = body.get("tool_choice") or {}
    if choice and not tools:
        raise _refused("tool_choice: tool_choice may only be specified while providing tools")
    names = [tool["name"] for tool in tools]
    if len(set(names)) != len(names):
        raise _refused("tools: Tool names must be unique.")


def _examine_tool_results(messages: list[dict[str, Any]]) -> None:
    """Each tool call is answered in the next message, and nothing else is (Anthropic's words)."""
    asked: set[str] = set()
    for place, message in enumerate(messages):
        blocks = message["content"] if isinstance(message["content"], list) else []
        results = {block["tool_use_id"]: at for at, block in enumerate(blocks) if block["type"] == "tool_result"}
        if missing := sorted(asked - results.keys()):
            raise _refused(
                f"messages.{place - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: "
                f"{_listed(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in the next message."
            )
        if stray := [identifier for identifier in results if identifier not in asked]:
            raise _refused(
                f"messages.{place}.content.{results[stray[0]]}: unexpected `tool_use_id` found in `tool_result` blocks: "
                f"{_listed(stray)}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )
        asked = {block["id"] for block in blocks if block["type"] == "tool_use"}


def _listed(identifiers: list[str]) -> str:
    return ", ".join(identifiers[:_MOST_LISTED])


# ----------------------------------------------------------------------------------------------------------- the fields

_STRING = Field(("string",))
_NEEDED_STRING = Field(("string",), required=True)
_BLOB = Field(("string",), required=True, base64=True)
_OBJECT = Field(("object",))
_NEEDED_OBJECT = Field(("object",), required=True)
_FLAG = Field(("boolean",))
_CACHE: Fields = {"cache_control": Field(("object",), fields={"type": _NEEDED_STRING, "ttl": _STRING})}
_CITATIONS = Field(("object",), fields={"enabled": _FLAG})
_TYPE = _NEEDED_STRING

_TEXT: Fields = {"type": _TYPE, "text": _NEEDED_STRING, "citations": Field(("array",)), **_CACHE}

_IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_IMAGE: Fields = {
    "type": _TYPE,
    "source": Field(
        ("object",),
        required=True,
        tags={
            "base64": {
                "type": _TYPE,
                "media_type": Field(("string",), required=True, allowed=_IMAGE_TYPES),
                "data": _BLOB,
            }
        },
    ),
    **_CACHE,
}

_PARTS = Field(("array",), items=Field(("object",), tags={"text": _TEXT, "image": _IMAGE}))
_DOCUMENT: Fields = {
    "type": _TYPE,
    "source": Field(
        ("object",),
        required=True,
        tags={
            "base64": {"type": _TYPE, "media_type": _NEEDED_STRING, "data": _BLOB},
            "text": {"type": _TYPE, "media_type": _NEEDED_STRING, "data": _NEEDED_STRING},
            "content": {
                "type": _TYPE,
                "content": Field(("string", "array"), required=True, items=_PARTS.items),
            },
        },
    ),
    "title": _STRING,
    "context": _STRING,
    "citations": _CITATIONS,
    **_CACHE,
}

_SEARCH_RESULT: Fields = {
    "type": _TYPE,
    "source": _NEEDED_STRING,
    "title": _NEEDED_STRING,
    "content": Field(("array",), required=True, items=Field(("object",), tags={"text": _TEXT})),
    "citations": _CITATIONS,
    **_CACHE,
}

_RESULT_BLOCKS = {"document": _DOCUMENT, "image": _IMAGE, "search_result": _SEARCH_RESULT, "text": _TEXT}

_BLOCKS: Mapping[str, Fields] = {
    **_RESULT_BLOCKS,
    "redacted_thinking": {"type": _TYPE, "data": _NEEDED_STRING},
    "thinking": {"type": _TYPE, "thinking": _NEEDED_STRING, "signature": _NEEDED_STRING},
    "tool_result": {
        "type": _TYPE,
        "tool_use_id": _NEEDED_STRING,
        "content": Field(("string", "array"), items=Field(("object",), tags=_RESULT_BLOCKS)),
        "is_error": _FLAG,
        **_CACHE,
    },
    "tool_use": {
        "type": _TYPE,
        "id": _NEEDED_STRING,
        "name": _NEEDED_STRING,
        "input": _NEEDED_OBJECT,
        "caller": _OBJECT,
        **_CACHE,
    },
}

_MESSAGE = Field(
    ("object",),
    fields={
        "role": Field(("string",), required=True, allowed=("user", "assistant")),
        "content": Field(("string", "array"), required=True, items=Field(("object",), tags=_BLOCKS)),
    },
)

_BUILT_IN: Mapping[str, dict[str, Any]] = {
    "bash_": {"command": {"type": "string"}},
    "computer_": {"action": {"type": "string", "enum": ["screenshot", "mouse_move", "left_click", "type", "key"]}},
    "memory_": {"command": {"type": "string", "enum": ["view"]}, "path": {"type": "string"}},
    "text_editor_": {"command": {"type": "string", "enum": ["view"]}, "path": {"type": "string"}},
}
"""Inputs of the tools that Anthropic defines: as much of each schema as makes a call that can be carried out."""

_FORMAT = Field(("object",), fields={"type": _NEEDED_STRING, "schema": _NEEDED_OBJECT})

_TOOL = Field(
    ("object",),
    closed=False,
    fields={
        "name": _NEEDED_STRING,
        "description": _STRING,
        "input_schema": _OBJECT,
        "strict": _FLAG,
        "type": _STRING,
        **_CACHE,
    },
)

_BODY = Field(
    ("object",),
    fields={
        "anthropic_version": _NEEDED_STRING,
        "max_tokens": Field(("integer",), required=True, least=1),
        "messages": Field(("array",), required=True, items=_MESSAGE),
        "anthropic_beta": Field(("array",), items=_STRING),
        "context_management": _OBJECT,
        "metadata": _OBJECT,
        "output_config": Field(("object",), closed=False, fields={"format": _FORMAT, "effort": _STRING}),
        "output_format": _FORMAT,
        "stop_sequences": Field(("array",), items=_STRING),
        "system": Field(("string", "array"), items=Field(("object",), tags={"text": _TEXT})),
        "temperature": Field(("number",), least=0, most=1),
        "thinking": Field(
            ("object",),
            tags={
                "adaptive": {"type": _TYPE, "display": _STRING},
                "disabled": {"type": _TYPE},
                "enabled": {
                    "type": _TYPE,
                    "budget_tokens": Field(("integer",), required=True),
                    "display": _STRING,
                },
            },
        ),
        "tool_choice": Field(
            ("object",),
            tags={
                "any": {"type": _TYPE, "disable_parallel_tool_use": _FLAG},
                "auto": {"type": _TYPE, "disable_parallel_tool_use": _FLAG},
                "none": {"type": _TYPE},
                "tool": {"type": _TYPE, "name": _NEEDED_STRING, "disable_parallel_tool_use": _FLAG},
            },
        ),
        "tools": Field(("array",), items=_TOOL),
        "top_k": Field(("integer",), least=0),
        "top_p": Field(("number",), least=0, most=1),
    },
)
