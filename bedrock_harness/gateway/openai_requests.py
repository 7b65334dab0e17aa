"""A chat completions request, read as a Converse request.

Field names and their meaning are those of OpenAI's API reference, "Create chat completion", and of its Python client's
types. Three members are not OpenAI's: `thinking`, `thinking_blocks` and `cache_control` are spelt as LiteLLM spells them,
so that a conversation can move between gateways. What has no place in Converse is refused or noted, by name.
"""

from __future__ import annotations

import json
from typing import Any

from bedrock_harness.gateway import caching, tooling
from bedrock_harness.gateway.asked import Asked
from bedrock_harness.gateway.fields import Fields, whole
from bedrock_harness.gateway.models import Models
from bedrock_harness.gateway.openai_messages import conversation

__all__ = ["ADVICE", "NEUTRAL", "read_chat"]

ADVICE = (
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "seed",
    "user",
)
"""Members that hint, count or identify, and change nothing about what is asked: passed over, and noted."""

NEUTRAL: dict[str, tuple[object, ...]] = {
    "frequency_penalty": (0,),
    "logit_bias": ({},),
    "logprobs": (False,),
    "modalities": (["text"],),
    "n": (1,),
    "parallel_tool_calls": (True,),
    "presence_penalty": (0,),
    "store": (False,),
    "top_logprobs": (0,),
    "verbosity": ("medium",),
}
"""Members that have no place in Converse, with the values that say what happens anyway; any other is refused."""

_TIERS: dict[str, dict[str, str]] = {
    "auto": {},
    "default": {"type": "default"},
    "flex": {"type": "flex"},
    "priority": {"type": "priority"},
}
"""OpenAI's service tiers in Converse's words; `auto` leaves it to the account."""

_CHOICES: dict[str, dict[str, Any]] = {"auto": {"auto": {}}, "none": {"none": {}}, "required": {"any": {}}}
"""OpenAI's tool choices as `tooling` takes them."""


def read_chat(body: object, models: Models) -> Asked:
    """The Converse request that a chat completions request means. Raises Refused for what cannot be carried."""
    return whole(body, lambda fields: _chat(fields, models), "", [])


def _chat(fields: Fields, models: Models) -> Asked:
    name = fields.need("model", str)
    model = models.resolve(name)
    system, messages = conversation(fields)
    members: dict[str, Any] = {
        "system": system,
        "inferenceConfig": _inference(fields),
        "toolConfig": _tool_config(fields, messages),
        "outputConfig": _output(fields, model),
        "additionalModelRequestFields": _additional(fields, model),
        "requestMetadata": fields.take("metadata", dict),
        "serviceTier": fields.choose("service_tier", _TIERS),
    }
    stream = fields.take("stream", bool) or False
    counted = fields.nested("stream_options", _stream_options) or False
    fields.pass_over(ADVICE)
    for member, neutral in NEUTRAL.items():
        fields.expect(member, *neutral)
    return Asked(
        name=name,
        model=model,
        messages=messages,
        members={member: value for member, value in members.items() if value},
        stream=stream,
        counted=counted,
        notes=tuple(fields.notes),
    )


def _stream_options(options: Fields) -> bool:
    options.pass_over(("include_obfuscation",))
    return options.take("include_usage", bool) or False


def _inference(fields: Fields) -> dict[str, Any]:
    """Converse's inferenceConfig. `max_completion_tokens` is the newer name of `max_tokens`; both are taken."""
    older, newer = fields.take("max_tokens", int), fields.take("max_completion_tokens", int)
    if older is not None and newer is not None and older != newer:
        raise fields.refuse("max_tokens", "differs from max_completion_tokens, which means the same")
    single = fields.take("stop", str) if fields.holds("stop", str) else None
    settings = {
        "maxTokens": older if newer is None else newer,
        "temperature": fields.take("temperature", float),
        "topP": fields.take("top_p", float),
        "stopSequences": [single] if single is not None else fields.texts("stop") or None,
    }
    return {name: value for name, value in settings.items() if value is not None}


# ------------------------------------------------------------------------------------------------------------------ tools


def _tool_config(fields: Fields, messages: list[dict[str, Any]]) -> dict[str, Any]:
    tools = [block for blocks in fields.each("tools", _tool) for block in blocks]
    if fields.holds("tool_choice", dict):
        choice = fields.nested("tool_choice", _named_choice)
    else:
        choice = fields.choose("tool_choice", _CHOICES)
    return tooling.config(fields, tools, choice, messages)


def _named_choice(choice: Fields) -> dict[str, Any]:
    choice.choose("type", {"function": True})
    return {"tool": {"name": choice.inside("function", lambda function: function.need("name", str))}}


def _tool(tool: Fields) -> list[dict[str, Any]]:
    tool.choose("type", {"function": True})
    return [{"toolSpec": tool.inside("function", _function)}, *caching.marker(tool)]


def _function(function: Fields) -> dict[str, Any]:
    schema = function.take("parameters", dict)
    return tooling.without_nulls(
        {
            "name": function.need("name", str),
            "description": function.take("description", str) or None,
            "inputSchema": {"json": tooling.NO_PARAMETERS if schema is None else schema},
            "strict": function.take("strict", bool),
        }
    )


# ----------------------------------------------------------------------------------------------- what the model is to do


def _output(fields: Fields, model: str) -> dict[str, Any]:
    """Converse's outputConfig: a schema for the answer, and how hard to think about it.

    OpenAI's own models on Bedrock take the effort as a field of theirs; see `_additional`.
    """
    text_format = fields.nested("response_format", _response_format)
    effort = None if _is_openai(model) else fields.take("reasoning_effort", str)
    return tooling.without_nulls({"textFormat": text_format or None, "effort": effort})


def _response_format(wanted: Fields) -> dict[str, Any]:
    if wanted.required("type", {"text": False, "json_schema": True}):
        return {"type": "json_schema", "structure": {"jsonSchema": wanted.inside("json_schema", _json_schema)}}
    return {}


def _json_schema(wanted: Fields) -> dict[str, Any]:
    """Converse's JsonSchemaDefinition, whose schema is a text. It is always enforced: what `strict` asks for is done."""
    wanted.take("strict", bool)
    return tooling.without_nulls(
        {
            "schema": json.dumps(wanted.need("schema", dict), ensure_ascii=False),
            "name": wanted.need("name", str),
            "description": wanted.take("description", str),
        }
    )


def _additional(fields: Fields, model: str) -> dict[str, Any]:
    """Members that a model family reads by itself."""
    return tooling.without_nulls(
        {
            "thinking": fields.take("thinking", dict),
            "top_k": fields.take("top_k", int),
            "reasoning_effort": fields.take("reasoning_effort", str) if _is_openai(model) else None,
        }
    )


def _is_openai(model: str) -> bool:
    return "openai." in model
