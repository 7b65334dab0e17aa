"""Messages in the shape of OpenAI's chat completions, which Mistral's and the open models' bodies share.

Read into Converse: system and developer messages, text and images, tools, tool calls and their results. Knows no reply.
"""

from __future__ import annotations

import re
from typing import Any

from bedrock_harness.simulator.native import converse
from bedrock_harness.simulator.native.schema import Field, Fields, is_base64

__all__ = ["CHAT_FIELDS", "chat_body"]

_STRING = Field(("string",))
_SHARE = Field(("number",), least=0, most=1)
_CALL = Field(
    ("object",),
    closed=False,
    fields={
        "id": _STRING,
        "function": Field(
            ("object",),
            required=True,
            closed=False,
            fields={"name": Field(("string",), required=True), "arguments": Field(("string", "object"))},
        ),
    },
)
_PART = Field(
    ("object",),
    tags={
        "image_url": {
            "type": _STRING,
            "image_url": Field(("string", "object"), required=True, closed=False, fields={"url": _STRING}),
        },
        "text": {"type": _STRING, "text": Field(("string",), required=True)},
    },
)
_MESSAGE = Field(
    ("object",),
    closed=False,
    fields={
        "role": Field(("string",), required=True, allowed=("assistant", "developer", "system", "tool", "user")),
        "content": Field(("array", "string"), items=_PART),
        "tool_calls": Field(("array",), items=_CALL),
        "tool_call_id": _STRING,
    },
)
_TOOL = Field(
    ("object",),
    closed=False,
    fields={
        "function": Field(
            ("object",),
            required=True,
            closed=False,
            fields={
                "name": Field(("string",), required=True),
                "description": _STRING,
                "parameters": Field(("object",)),
            },
        )
    },
)

_FORMAT = Field(
    ("object",),
    closed=False,
    fields={
        "type": _STRING,
        "json_schema": Field(
            ("object",),
            closed=False,
            fields={"name": _STRING, "schema": Field(("object",))},
        ),
    },
)

CHAT_FIELDS: Fields = {
    "messages": Field(("array",), required=True, items=_MESSAGE, least=1),
    "max_tokens": Field(("integer",), least=1),
    "response_format": _FORMAT,
    "stop": Field(("array", "string"), items=_STRING),
    "temperature": Field(("number",), least=0, most=2),
    "tool_choice": Field(("object", "string")),
    "tools": Field(("array",), items=_TOOL),
    "top_p": _SHARE,
}
"""The members that all bodies of this shape have. A null stands for an absent member."""

_FORCED = frozenset({"any", "required"})
_DATA_URL = re.compile(r"data:image/(png|jpeg|gif|webp);base64,(.*)", re.DOTALL)


def chat_body(body: dict[str, Any], additional: dict[str, Any] | None = None) -> dict[str, Any]:
    """The Converse body of a body that has been held against CHAT_FIELDS."""
    system = [{"text": _text(message)} for message in body["messages"] if message["role"] in ("developer", "system")]
    turns = [_turn(message) for message in body["messages"] if message["role"] not in ("developer", "system")]
    wanted = (body.get("response_format") or {}).get("json_schema") or {}
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    return converse.body(
        [turn for turn in turns if turn["content"]],
        system=system,
        inference=converse.limits(limit, body.get("temperature"), body.get("top_p"), body.get("stop")),
        tools=_tools(body),
        additional=additional,
        output=converse.schema_format(wanted["schema"], wanted.get("name")) if "schema" in wanted else None,
    )


def _turn(message: dict[str, Any]) -> dict[str, Any]:
    if message["role"] == "tool":
        result = {"toolUseId": message.get("tool_call_id") or "", "content": [{"text": _text(message)}]}
        return converse.message("user", [{"toolResult": result}])
    calls = [_call(call, place) for place, call in enumerate(message.get("tool_calls") or ())]
    return converse.message(message["role"], _content(message.get("content")) + calls)


def _call(call: dict[str, Any], place: int) -> dict[str, Any]:
    function = call["function"]
    given = converse.json_object(function.get("arguments"))
    return {"toolUse": {"toolUseId": call.get("id") or f"call_{place}", "name": function["name"], "input": given}}


def _content(content: str | list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    if not content:
        return []
    return [{"text": content}] if isinstance(content, str) else [_part(part) for part in content]


def _part(part: dict[str, Any]) -> dict[str, Any]:
    """A part of a message. An image that is not sent along, but lies at some address, is seen as that address."""
    if part["type"] == "text":
        return {"text": part["text"]}
    given = part["image_url"]
    url = given if isinstance(given, str) else given.get("url", "")
    sent = _DATA_URL.fullmatch(url)
    if sent is None or not is_base64(sent[2]):
        return {"text": url}
    return {"image": {"format": sent[1], "source": {"bytes": sent[2]}}}


def _text(message: dict[str, Any]) -> str:
    return "".join(block.get("text", "") for block in _content(message.get("content")))


def _tools(body: dict[str, Any]) -> dict[str, Any]:
    """The tools, none where the choice is `none`."""
    choice = body.get("tool_choice")
    functions = [tool["function"] for tool in body.get("tools") or () if choice != "none"]
    tools = [
        converse.tool(function["name"], function.get("description"), function.get("parameters"))
        for function in functions
    ]
    if isinstance(choice, dict):
        return converse.tool_config(tools, {"tool": converse.picked(choice.get("function") or choice, "name")})
    return converse.tool_config(tools, {"any": {}} if choice in _FORCED else None)
