"""Anthropic's messages on InvokeModel: bodies read, replies and stream events written.

Shapes as AWS documents them for `anthropic_version` bedrock-2023-05-31 and as recorded by opentelemetry-python-contrib and
traceloop/openllmetry; the sentences of a refusal are the model's own (`schema`).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from bedrock_harness.simulator.native import anthropic_schema, converse
from bedrock_harness.simulator.native.anthropic_blocks import cache_point, citation, converse_blocks
from bedrock_harness.simulator.native.replies import METRICS, base62, digest, metrics, pieces, stop_sequence
from bedrock_harness.simulator.native.request import Native
from bedrock_harness.simulator.script import Answer, Block, Cited, Reasoning, Redacted, Text, ToolUse, Usage

__all__ = ["chunks", "read", "reply"]

_STOPS = {
    "content_filtered": "refusal",
    "guardrail_intervened": "end_turn",
    "malformed_model_output": "end_turn",
    "malformed_tool_use": "tool_use",
}
"""Converse's stop reasons in Anthropic's words, where they differ."""

_ADDITIONAL = ("anthropic_beta", "context_management", "metadata", "thinking", "top_k")
"""Members that Converse carries in additionalModelRequestFields."""

_VERSION = re.compile(r"-v\d+(:\d+)*$")
_TOOL_USE_ID = re.compile(r"tooluse_(\w{22})")


# ------------------------------------------------------------------------------------------------------------ the request


def read(body: dict[str, Any], _model: str) -> dict[str, Any]:
    """The Converse body of an Anthropic body. Raises Refused."""
    anthropic_schema.examine(body)
    config = body.get("output_config") or {}
    wanted = config.get("format") or body.get("output_format") or {}
    effort = converse.picked(config, "effort")
    return converse.body(
        [converse.message(one["role"], converse_blocks(one["content"])) for one in body["messages"]],
        system=converse_blocks(body.get("system") or []),
        inference=converse.limits(
            body["max_tokens"], body.get("temperature"), body.get("top_p"), body.get("stop_sequences")
        ),
        tools=_tools(body),
        additional={
            **converse.picked(body, *_ADDITIONAL),
            **({"output_config": effort} if effort else {}),
        },
        output=converse.schema_format(wanted["schema"]) if "schema" in wanted else None,
    )


def _tools(body: dict[str, Any]) -> dict[str, Any]:
    """The tools, a cache point after each that asks for one. The choice `none` is said by offering no tools."""
    choice = body.get("tool_choice") or {"type": "auto"}
    if choice["type"] == "none":
        return {}
    tools: list[dict[str, Any]] = []
    for tool in body.get("tools") or []:
        schema = tool.get("input_schema") or anthropic_schema.built_in(tool.get("type", ""))
        tools.append(converse.tool(tool["name"], tool.get("description"), schema, **converse.picked(tool, "strict")))
        if tool.get("cache_control"):
            tools.append(cache_point(tool["cache_control"]))
    name = converse.picked(choice, "name") if choice["type"] == "tool" else {}
    return converse.tool_config(tools, {choice["type"]: name} if "tool_choice" in body else None)


# -------------------------------------------------------------------------------------------------------------- the reply


def reply(answer: Answer, native: Native) -> dict[str, Any]:
    """The body of a whole reply."""
    return {
        **_message(answer, native),
        "content": [_block(block) for block in answer.blocks],
        "stop_reason": _stop(answer),
        "stop_sequence": stop_sequence(answer, native),
        "usage": _usage(answer.usage, answer.usage.output),
    }


def chunks(answer: Answer, native: Native) -> Iterator[dict[str, Any]]:
    """The events of a streamed reply: the service leaves out the `ping` of Anthropic's own API."""
    empty: dict[str, Any] = {
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _usage(answer.usage, 1),
    }
    yield {"type": "message_start", "message": {**_message(answer, native), **empty}}
    started = -1
    for kind, payload in pieces(answer):
        index = payload.get("contentBlockIndex", -1)
        if index > started:
            started = index
            yield {"type": "content_block_start", "index": index, "content_block": _start(answer.blocks[index])}
        if kind == "contentBlockDelta":
            yield from ({"type": "content_block_delta", "index": index, "delta": delta} for delta in _deltas(payload))
        elif kind == "contentBlockStop":
            yield {"type": "content_block_stop", "index": index}
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": _stop(answer), "stop_sequence": stop_sequence(answer, native)},
        "usage": {"output_tokens": answer.usage.output},
    }
    yield {"type": "message_stop", METRICS: metrics(answer)}


def _message(answer: Answer, native: Native) -> dict[str, Any]:
    identifier = f"msg_bdrk_01{base62(digest(native, answer), 22)}"
    return {"id": identifier, "type": "message", "role": "assistant", "model": _model_name(native.model)}


def _model_name(model: str) -> str:
    """The name by which Anthropic knows the model: claude-3-5-haiku-20241022 for anthropic.claude-3-5-haiku-20241022-v1:0.

    What does not hold the name, such as the ARN of an application inference profile, is given as it is.
    """
    _, found, name = model.rpartition("anthropic.")
    return _VERSION.sub("", name) if found else model


def _stop(answer: Answer) -> str:
    return _STOPS.get(answer.stop, answer.stop)


def _usage(usage: Usage, output: int) -> dict[str, Any]:
    """Token counts; what was written to the cache is told by time to live as well (a stream of Claude Sonnet 4.5 in litellm)."""
    written = None if usage.cache_write is None else {"5m": usage.cache_write, "1h": 0}
    if usage.cache_details:
        written = {ttl: usage.cache_details.get(ttl, 0) for ttl in ("5m", "1h")}
    counts = {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": written and {f"ephemeral_{ttl}_input_tokens": count for ttl, count in written.items()},
        "output_tokens": output,
    }
    return {name: count for name, count in counts.items() if count is not None}


def _tool_use_id(identifier: str) -> str:
    """The id as InvokeModel shows it: toolu_bdrk_01 where Converse says tooluse_, and as long. Others are kept."""
    return _TOOL_USE_ID.sub(r"toolu_bdrk_01\1", identifier)


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Text():
            return {"type": "text", "text": block.text}
        case Cited():
            return {"type": "text", "text": block.text, "citations": [citation(one) for one in block.citations]}
        case Reasoning():
            return {"type": "thinking", "thinking": block.text, "signature": block.signature or ""}
        case Redacted():
            return {"type": "redacted_thinking", "data": _redacted(b"".join(block.pieces))}
        case ToolUse():
            return {"type": "tool_use", "id": _tool_use_id(block.id), "name": block.name, "input": block.input}


def _start(block: Block) -> dict[str, Any]:
    """A block at its start: what deltas bring is empty, what they do not bring is there."""
    empty: dict[str, Any] = {"text": "", "thinking": "", "signature": "", "input": {}, "citations": []}
    return {name: empty.get(name, value) for name, value in _block(block).items()}


def _deltas(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Anthropic's deltas for one of Converse's. Redacted reasoning has none: it stands in the block's start."""
    for name, value in payload["delta"].items():
        if name == "text":
            yield {"type": "text_delta", "text": value}
        elif name == "toolUse":
            yield {"type": "input_json_delta", "partial_json": value["input"]}
        elif name == "citation":
            yield {"type": "citations_delta", "citation": citation(value)}
        elif value.get("text"):
            yield {"type": "thinking_delta", "thinking": value["text"]}
        elif "signature" in value:
            yield {"type": "signature_delta", "signature": value["signature"]}


def _redacted(data: bytes) -> str:
    """Encrypted reasoning is text to Anthropic and bytes to Converse: `anthropic_blocks` does the opposite."""
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        return b64encode(data).decode("ascii")
