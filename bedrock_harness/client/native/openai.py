"""OpenAI's own format for gpt-oss on InvokeModel: chat completions, with the reasoning inside the text.

Knows "OpenAI models" in the Bedrock user guide. What the model thought stands in front of its answer between `<reasoning>`
and `</reasoning>` (promptfoo/promptfoo#9587); it becomes reasoning again, also where the marks are cut across chunks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bedrock_harness.client.native.shared import Written, inference, lost, unfit

__all__ = ["write"]

_FAMILY = "OpenAI"
_INFERENCE = {
    "maxTokens": "max_completion_tokens",
    "temperature": "temperature",
    "topP": "top_p",
    "stopSequences": "stop",
}
_CHOICES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "any": lambda _: "required",
    "auto": lambda _: "auto",
    "tool": lambda value: {"type": "function", "function": {"name": value["name"]}},
}


def write(body: Mapping[str, Any]) -> Written:
    """The body for InvokeModel. Raises InvalidRequest for blocks that a chat completion has no place for."""
    messages = [{"role": "system", "content": _text(body["system"])}] if body.get("system") else []
    for message in body["messages"]:
        messages += _messages(message)
    written: dict[str, Any] = {"messages": messages, **inference(body, _INFERENCE)}
    config = body.get("toolConfig") or {}
    if tools := [_tool(tool["toolSpec"]) for tool in config.get("tools", ()) if "toolSpec" in tool]:
        written["tools"] = tools
    if choice := config.get("toolChoice"):
        kind, value = next(iter(choice.items()))
        written["tool_choice"] = _CHOICES[kind](value)
    if output := ((body.get("outputConfig") or {}).get("textFormat") or {}).get("structure"):
        definition = {**output["jsonSchema"], "schema": json.loads(output["jsonSchema"]["schema"])}
        written["response_format"] = {"type": "json_schema", "json_schema": definition}
    return {**written, **(body.get("additionalModelRequestFields") or {})}, lost(body, _FAMILY)


def _messages(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One message, after those of its tool results."""
    results = [block["toolResult"] for block in message["content"] if "toolResult" in block]
    for result in results:
        yield {"role": "tool", "tool_call_id": result["toolUseId"], "content": _text(result.get("content", ()))}
    calls = [_call(block["toolUse"]) for block in message["content"] if "toolUse" in block]
    rest = [block for block in message["content"] if not block.keys() & _ELSEWHERE]
    if calls:
        yield {"role": message["role"], "content": _text(rest) or None, "tool_calls": calls}
    elif all("text" in block for block in rest):
        yield from [{"role": message["role"], "content": _text(rest)}] if rest else []
    else:
        yield {"role": message["role"], "content": [_part(block) for block in rest]}


_ELSEWHERE = frozenset({"cachePoint", "reasoningContent", "toolResult", "toolUse"})


def _part(block: Mapping[str, Any]) -> dict[str, Any]:
    if "text" in block:
        return {"type": "text", "text": block["text"]}
    if "bytes" in block.get("image", {}).get("source", {}):
        image = block["image"]
        url = f"data:image/{image['format']};base64,{image['source']['bytes']}"
        return {"type": "image_url", "image_url": {"url": url}}
    return unfit(next(iter(block), "an empty block"), _FAMILY)


def _text(content: Any) -> str:
    found = []
    for block in content:
        if "json" in block:
            found.append(json.dumps(block["json"], ensure_ascii=False))
        elif "citationsContent" in block:
            found += [part.get("text", "") for part in block["citationsContent"].get("content", ())]
        elif "text" in block:
            found.append(block["text"])
        elif "cachePoint" not in block:
            unfit(next(iter(block), "an empty block"), _FAMILY)
    return "\n".join(found)


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    arguments = json.dumps(call.get("input", {}), ensure_ascii=False)
    return {"id": call["toolUseId"], "type": "function", "function": {"name": call["name"], "arguments": arguments}}


def _tool(spec: Mapping[str, Any]) -> dict[str, Any]:
    described = {"description": spec["description"]} if "description" in spec else {}
    function = {"name": spec["name"], **described, "parameters": spec["inputSchema"]["json"]}
    return {"type": "function", "function": function}
