"""Amazon Nova on InvokeModel: Converse's own shapes, with a few names and habits of Nova's.

Shapes: the request schema in the Nova user guide and its section on streaming; streams as recorded by
opentelemetry-python-contrib, where every text delta is a block of its own and a tool's input comes in one piece.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from bedrock_harness.simulator.native import converse
from bedrock_harness.simulator.native.replies import METRICS, metrics, pieces
from bedrock_harness.simulator.native.request import Native
from bedrock_harness.simulator.native.schema import Field, check, refuse_by_schema
from bedrock_harness.simulator.rendering.answers import answer_body
from bedrock_harness.simulator.script import Answer, ToolUse, Usage

__all__ = ["chunks", "read", "reply"]

_STRING = Field(("string",))
_OBJECT = Field(("object",))
_BLOB = Field(("string",), base64=True)
_NEEDED_STRING = Field(("string",), required=True)
_CACHE_POINT = Field(("object",), closed=False, fields={"type": _NEEDED_STRING, "ttl": _STRING})
_NAMED = Field(("object",), closed=False, fields={"name": _NEEDED_STRING})
_REASONING = Field(("object",), fields={"text": _NEEDED_STRING, "signature": _STRING})
_NEEDED_OBJECT = Field(("object",), required=True)
_SOURCE = Field(
    ("object",),
    required=True,
    closed=False,
    fields={
        "bytes": _BLOB,
        "s3Location": Field(("object",), closed=False, fields={"uri": _NEEDED_STRING, "bucketOwner": _STRING}),
    },
)
_MEDIUM = Field(("object",), closed=False, fields={"format": _NEEDED_STRING, "name": _STRING, "source": _SOURCE})
_RESULT_BLOCK = Field(
    ("object",),
    fields={"json": _OBJECT, "text": _STRING, "document": _MEDIUM, "image": _MEDIUM, "video": _MEDIUM},
)
_BLOCK = Field(
    ("object",),
    fields={
        "audio": _MEDIUM,
        "cachePoint": _CACHE_POINT,
        "document": _MEDIUM,
        "image": _MEDIUM,
        "reasoningContent": Field(("object",), fields={"reasoningText": _REASONING, "redactedContent": _BLOB}),
        "text": _STRING,
        "toolResult": Field(
            ("object",),
            fields={
                "toolUseId": _NEEDED_STRING,
                "content": Field(("array",), required=True, items=_RESULT_BLOCK),
                "status": Field(("string",), allowed=("error", "success")),
            },
        ),
        "toolUse": Field(
            ("object",),
            fields={"toolUseId": _NEEDED_STRING, "name": _NEEDED_STRING, "input": _NEEDED_OBJECT},
        ),
        "video": _MEDIUM,
    },
)
_SYSTEM = Field(("object",), fields={"text": _STRING, "cachePoint": _CACHE_POINT})
_SPEC = Field(
    ("object",),
    closed=False,
    fields={
        "name": _NEEDED_STRING,
        "description": _STRING,
        "inputSchema": Field(("object",), required=True, closed=False, fields={"json": _NEEDED_OBJECT}),
        "strict": Field(("boolean",)),
    },
)
_TOOL = Field(
    ("object",),
    fields={
        "toolSpec": _SPEC,
        "systemTool": _NAMED,
        "cachePoint": _CACHE_POINT,
    },
)
_CHOICE = Field(("object",), fields={"any": _OBJECT, "auto": _OBJECT, "tool": _NAMED})
_COUNT = Field(("integer",), least=1)
_SHARE = Field(("number",), least=0, most=1)
_INFERENCE = Field(
    ("object",),
    fields={
        "maxTokens": _COUNT,
        "max_new_tokens": _COUNT,
        "temperature": _SHARE,
        "topP": _SHARE,
        "top_p": _SHARE,
        "topK": Field(("integer",), least=0),
        "top_k": Field(("integer",), least=0),
        "stopSequences": Field(("array",), items=_STRING),
        "reasoningConfig": _OBJECT,
    },
)
_MESSAGE = Field(
    ("object",),
    fields={
        "role": Field(("string",), required=True, allowed=("user", "assistant")),
        "content": Field(("array",), required=True, items=_BLOCK, least=1),
    },
)
_BODY = Field(
    ("object",),
    fields={
        "schemaVersion": Field(("string",), allowed=("messages-v1",)),
        "messages": Field(("array",), required=True, items=_MESSAGE, least=1),
        "system": Field(("array",), items=_SYSTEM),
        "inferenceConfig": _INFERENCE,
        "toolConfig": Field(
            ("object",),
            fields={"tools": Field(("array",), required=True, items=_TOOL), "toolChoice": _CHOICE},
        ),
        "additionalModelRequestFields": _OBJECT,
        "reasoningConfig": _OBJECT,
    },
)


def read(body: dict[str, Any], _model: str) -> dict[str, Any]:
    """The Converse body of a Nova body. Raises Refused."""
    refuse_by_schema(check(_BODY, body))
    given = body.get("inferenceConfig", {})
    top_k = given.get("topK", given.get("top_k"))
    reasoning = given.get("reasoningConfig", body.get("reasoningConfig"))
    return converse.body(
        body["messages"],
        system=body.get("system"),
        inference=converse.limits(
            given.get("maxTokens", given.get("max_new_tokens")),
            given.get("temperature"),
            given.get("topP", given.get("top_p")),
            given.get("stopSequences"),
        ),
        tools=body.get("toolConfig"),
        additional={
            **body.get("additionalModelRequestFields", {}),
            **({"inferenceConfig": {"topK": top_k}} if top_k is not None else {}),
            **({"reasoningConfig": reasoning} if reasoning is not None else {}),
        },
    )


def reply(answer: Answer, _native: Native) -> dict[str, Any]:
    """The body of a whole reply: Converse's without its metrics, and with the older names of the cache's counts."""
    whole = msgspec.json.decode(answer_body(answer))
    total = whole["usage"]["totalTokens"]
    return {
        "output": whole["output"],
        "stopReason": answer.stop,
        "usage": _usage(answer.usage, total),
    }


def chunks(answer: Answer, _native: Native) -> Iterator[dict[str, Any]]:
    """The chunks of a streamed reply, each an event of ConverseStream under its type."""
    yield {"messageStart": {"role": "assistant"}}
    block, index = -1, -1
    for kind, payload in pieces(answer):
        at = payload.get("contentBlockIndex", -1)
        if kind == "contentBlockStart":
            block, index = at, index + 1
            yield {kind: {"start": payload["start"], "contentBlockIndex": index}}
            yield from _input(answer.blocks[block], index)
        elif kind == "contentBlockDelta" and at != block:
            index += 1
            yield {kind: {"delta": payload["delta"], "contentBlockIndex": index}}
            yield {"contentBlockStop": {"contentBlockIndex": index}}
    yield {"messageStop": {"stopReason": answer.stop}}
    metadata = {"usage": _usage(answer.usage), "metrics": {}, "trace": {}}
    yield {"metadata": metadata, METRICS: metrics(answer)}


def _input(block: Any, index: int) -> Iterator[dict[str, Any]]:
    """A tool's input: in one piece, or in those that a script asks for."""
    assert isinstance(block, ToolUse)
    whole = msgspec.json.encode(block.input).decode()
    for piece in (whole,) if block.deltas is None else block.deltas:
        yield {"contentBlockDelta": {"delta": {"toolUse": {"input": piece}}, "contentBlockIndex": index}}
    yield {"contentBlockStop": {"contentBlockIndex": index}}


def _usage(usage: Usage, total: int | None = None) -> dict[str, int]:
    """Token counts; the total is told in whole replies only. The cache's counts are there even where they are 0."""
    return {
        "inputTokens": usage.input,
        "outputTokens": usage.output,
        **({"totalTokens": total} if total is not None else {}),
        "cacheReadInputTokenCount": usage.cache_read or 0,
        "cacheWriteInputTokenCount": usage.cache_write or 0,
    }
