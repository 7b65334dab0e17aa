"""A messages request, read as a Converse request.

Field names and their meaning are those of Anthropic's API reference, "Create a Message", and of its Python client's types.
What has no place in Converse is refused or noted, by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bedrock_harness.gateway import caching, tooling
from bedrock_harness.gateway.anthropic_blocks import conversation, system_blocks
from bedrock_harness.gateway.asked import Asked
from bedrock_harness.gateway.fields import Fields, whole
from bedrock_harness.gateway.models import Models

__all__ = ["read_messages"]

_TIERS: dict[str, dict[str, str]] = {"auto": {}, "standard_only": {"type": "default"}}
"""Anthropic's service tiers in Converse's words; `auto` leaves it to the account."""

_CHOICES: dict[str, dict[str, Any]] = {"any": {"any": {}}, "auto": {"auto": {}}, "none": {"none": {}}, "tool": {}}
"""Anthropic's tool choices as `tooling` takes them; a tool's name is added."""

STOP_SEQUENCE = "/stop_sequence"
"""The field of Claude's own reply that says at which sequence it stopped; Converse gives it where it is asked for (the
example of `additionalModelResponseFieldPaths` in the Bedrock API reference)."""


def read_messages(body: object, headers: Mapping[str, str], models: Models) -> Asked:
    """The Converse request that a messages request means. Raises Refused for what cannot be carried."""
    betas = [beta.strip() for beta in headers.get("anthropic-beta", "").split(",") if beta.strip()]
    return whole(body, lambda fields: _messages(fields, betas, models), "", [])


def _messages(fields: Fields, betas: list[str], models: Models) -> Asked:
    name = fields.need("model", str)
    model = models.resolve(name)
    system, messages = system_blocks(fields), conversation(fields)
    inference = _inference(fields)
    stops_named = "stopSequences" in inference and "claude" in model
    members: dict[str, Any] = {
        "system": system,
        "inferenceConfig": inference,
        "toolConfig": _tool_config(fields, messages),
        "outputConfig": fields.nested("output_config", _output),
        "additionalModelRequestFields": _additional(fields, betas),
        "additionalModelResponseFieldPaths": [STOP_SEQUENCE] if stops_named else None,
        "requestMetadata": fields.nested("metadata", _metadata),
        "serviceTier": fields.choose("service_tier", _TIERS),
    }
    stream = fields.take("stream", bool) or False
    if points := caching.marker(fields):
        messages[-1:] = [{**message, "content": [*message["content"], *points]} for message in messages[-1:]]
    fields.expect("speed", "standard")
    return Asked(
        name=name,
        model=model,
        messages=messages,
        members={member: value for member, value in members.items() if value},
        stream=stream,
        notes=tuple(fields.notes),
    )


def _inference(fields: Fields) -> dict[str, Any]:
    return tooling.without_nulls(
        {
            "maxTokens": fields.need("max_tokens", int),
            "temperature": fields.take("temperature", float),
            "topP": fields.take("top_p", float),
            "stopSequences": fields.texts("stop_sequences") or None,
        }
    )


def _metadata(metadata: Fields) -> dict[str, Any]:
    return tooling.without_nulls({"user_id": metadata.take("user_id", str)})


def _output(output: Fields) -> dict[str, Any]:
    return tooling.without_nulls({"textFormat": output.nested("format", _format), "effort": output.take("effort", str)})


def _format(wanted: Fields) -> dict[str, Any]:
    """Converse's OutputFormat, whose schema is a text."""
    wanted.choose("type", {"json_schema": True})
    schema = json.dumps(wanted.need("schema", dict), ensure_ascii=False)
    return {"type": "json_schema", "structure": {"jsonSchema": {"schema": schema}}}


def _additional(fields: Fields, betas: list[str]) -> dict[str, Any]:
    """Members that Claude reads by itself. Betas are a header at Anthropic's and a member on Bedrock (vercel/ai#10300)."""
    return tooling.without_nulls(
        {
            "thinking": fields.take("thinking", dict),
            "top_k": fields.take("top_k", int),
            "anthropic_beta": betas or None,
        }
    )


def _tool_config(fields: Fields, messages: list[dict[str, Any]]) -> dict[str, Any]:
    tools = [block for blocks in fields.each("tools", _tool) for block in blocks]
    return tooling.config(fields, tools, fields.nested("tool_choice", _choice), messages)


def _choice(choice: Fields) -> dict[str, Any]:
    chosen = choice.required("type", _CHOICES)
    choice.expect("disable_parallel_tool_use", False)  # noqa: FBT003 - a value to compare with
    return chosen or {"tool": {"name": choice.need("name", str)}}


def _tool(tool: Fields) -> list[dict[str, Any]]:
    """A tool of the caller's own. Those that Anthropic's servers run are not there on Bedrock's Converse."""
    tool.choose("type", {"custom": True})
    spec = {
        "name": tool.need("name", str),
        "description": tool.take("description", str) or None,
        "inputSchema": {"json": tool.take("input_schema", dict) or tooling.NO_PARAMETERS},
        "strict": tool.take("strict", bool),
    }
    tool.expect("allowed_callers", ["direct"])
    tool.expect("defer_loading", False)  # noqa: FBT003 - a value to compare with
    tool.pass_over(("eager_input_streaming",))
    return [{"toolSpec": tooling.without_nulls(spec)}, *caching.marker(tool)]
