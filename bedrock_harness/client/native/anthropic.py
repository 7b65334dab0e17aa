"""Converse bodies as Anthropic's Messages API has them on InvokeModel.

Knows "Anthropic Claude Messages API" in the Bedrock user guide: `anthropic_version` stands in place of the model, and
`max_tokens` is required. A cache point becomes the `cache_control` of the block before it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bedrock_harness.client.native.shared import Written, inference, unfit
from bedrock_harness.client.options import Note

__all__ = ["DEFAULT_MAX_TOKENS", "VERSION", "write"]

VERSION = "bedrock-2023-05-31"

DEFAULT_MAX_TOKENS = 4096
"""What Converse takes for Claude where nothing is said (BerriAI/litellm#41529); here it must be said."""

_FAMILY = "Anthropic"
_INFERENCE = {
    "maxTokens": "max_tokens",
    "temperature": "temperature",
    "topP": "top_p",
    "stopSequences": "stop_sequences",
}
_DOCUMENTS = {
    "pdf": "application/pdf",
    "txt": "text/plain",
    "md": "text/plain",
    "csv": "text/plain",
    "html": "text/plain",
}
"""Media types of documents; Anthropic takes pdf and text."""


def write(body: Mapping[str, Any]) -> Written:
    """The body for InvokeModel. Raises InvalidRequest for blocks that the Messages API has not."""
    written: dict[str, Any] = {"anthropic_version": VERSION, "max_tokens": DEFAULT_MAX_TOKENS}
    written |= inference(body, _INFERENCE)
    notes = []
    if "maxTokens" not in (body.get("inferenceConfig") or {}):
        notes.append(Note("max-tokens-set", f"max_tokens is required and was set to {DEFAULT_MAX_TOKENS}."))
    if system := body.get("system"):
        written["system"] = _marked(system)
    written["messages"] = [
        {"role": message["role"], "content": _marked(message["content"])} for message in body["messages"]
    ]
    if tools := (body.get("toolConfig") or {}).get("tools"):
        written["tools"] = _marked(tools)
    if choice := (body.get("toolConfig") or {}).get("toolChoice"):
        kind, value = next(iter(choice.items()))
        written["tool_choice"] = {"type": kind, **value}
    if output := ((body.get("outputConfig") or {}).get("textFormat") or {}).get("structure"):
        schema = json.loads(output["jsonSchema"]["schema"])
        written["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
    for name, value in (body.get("additionalModelRequestFields") or {}).items():
        both = isinstance(value, dict) and isinstance(written.get(name), dict)
        written[name] = {**written[name], **value} if both else value
    return written, tuple(notes)


def _marked(blocks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Blocks or tools in Anthropic's shape, each cache point on what stands before it."""
    written: list[dict[str, Any]] = []
    for block in blocks:
        if (point := block.get("cachePoint")) is None:
            written.append(_block(block))
        elif written:
            ttl = {"ttl": point["ttl"]} if "ttl" in point else {}
            written[-1] = {**written[-1], "cache_control": {"type": "ephemeral", **ttl}}
    return written


def _block(block: Mapping[str, Any]) -> dict[str, Any]:
    kind, value = next(iter(block.items()), ("an empty block", None))
    if kind not in _BLOCKS:
        unfit(kind, _FAMILY)
    return _BLOCKS[kind](value)


def _image(image: Mapping[str, Any]) -> dict[str, Any]:
    if "bytes" not in image["source"]:
        unfit("a picture in S3", _FAMILY)
    source = {"type": "base64", "media_type": f"image/{image['format']}", "data": image["source"]["bytes"]}
    return {"type": "image", "source": source}


def _document(document: Mapping[str, Any]) -> dict[str, Any]:
    given, media_type = document["source"], _DOCUMENTS.get(document.get("format", "txt"))
    if media_type is None or not given.keys() & {"bytes", "text"}:
        unfit(f"a document of format {document.get('format')} or in S3", _FAMILY)
    if media_type == "text/plain":
        text = given["text"] if "text" in given else base64.b64decode(given["bytes"]).decode(errors="replace")
        source = {"type": "text", "media_type": media_type, "data": text}
    else:
        source = {"type": "base64", "media_type": media_type, "data": given["bytes"]}
    optional = {name: document[name] for name in ("context", "citations") if name in document}
    return {"type": "document", "source": source, "title": document["name"], **optional}


def _tool_use(call: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "tool_use", "id": call["toolUseId"], "name": call["name"], "input": call.get("input", {})}


def _tool_result(result: Mapping[str, Any]) -> dict[str, Any]:
    failed = {"is_error": True} if result.get("status") == "error" else {}
    content = [_block(part) for part in result.get("content", ())]
    return {"type": "tool_result", "tool_use_id": result["toolUseId"], "content": content, **failed}


def _reasoning(reasoning: Mapping[str, Any]) -> dict[str, Any]:
    """Encrypted reasoning is text to Anthropic and bytes to Converse."""
    if "redactedContent" in reasoning:
        data = base64.b64decode(reasoning["redactedContent"]).decode(errors="replace")
        return {"type": "redacted_thinking", "data": data}
    text = reasoning["reasoningText"]
    return {"type": "thinking", "thinking": text.get("text", ""), "signature": text.get("signature", "")}


def _cited(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": "".join(part.get("text", "") for part in value.get("content", ()))}


def _search_result(result: Mapping[str, Any]) -> dict[str, Any]:
    content = [{"type": "text", "text": part["text"]} for part in result["content"]]
    return {"type": "search_result", **result, "content": content}


def _tool(spec: Mapping[str, Any]) -> dict[str, Any]:
    described = {"description": spec["description"]} if "description" in spec else {}
    return {"name": spec["name"], **described, "input_schema": spec["inputSchema"]["json"]}


_BLOCKS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "citationsContent": _cited,
    "document": _document,
    "image": _image,
    "json": lambda value: {"type": "text", "text": json.dumps(value, ensure_ascii=False)},
    "reasoningContent": _reasoning,
    "searchResult": _search_result,
    "text": lambda text: {"type": "text", "text": text},
    "toolResult": _tool_result,
    "toolSpec": _tool,
    "toolUse": _tool_use,
}
