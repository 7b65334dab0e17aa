"""What a request asks for, as far as an answer depends on it.

Reads a Converse body that has been judged before. Null members are absent, and what has no shape to be read is passed
over: whether the service would refuse it is not decided here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from bedrock_harness.service.conversation import inside, objects
from bedrock_harness.simulator.depth import is_deeper

__all__ = ["Asked", "Attachment", "Result", "Tool", "read"]


class Tool(Struct, frozen=True):
    """A tool that the model may call."""

    name: str
    description: str
    schema: Any


class Result(Struct, frozen=True):
    """What a tool gave back: its name where the conversation tells it, its words, and whether it failed."""

    name: str
    text: str
    failed: bool


class Attachment(Struct, frozen=True):
    """Something that came with the user's words: an image, a document, a video, sound, a search result."""

    kind: Literal["audio", "document", "image", "searchResult", "video"]
    format: str
    name: str


class Asked(Struct, frozen=True, kw_only=True):
    """A request, read.

    `text` is what the user said last. `prefill` is the beginning of the answer, where the request brings it. `results` are
    the tool results of the last turn. `choice` is `auto`, `any` or `tool`, with `forced` the tool's name. `schema` is what
    the answer's JSON must fit; `structured` tells whether there is one, since a schema can be anything. `fields` are the
    model's own parameters.
    """

    text: str
    prefill: str
    results: tuple[Result, ...]
    attachments: tuple[Attachment, ...]
    tools: tuple[Tool, ...]
    choice: Literal["any", "auto", "tool"]
    forced: str
    structured: bool
    schema: Any
    most_tokens: int | None
    stop_sequences: tuple[str, ...]
    fields: Mapping[str, Any]


def read(body: Mapping[str, Any]) -> Asked:
    """Read what a Converse body asks for."""
    messages = [message for _, message in objects(body.get("messages"))]
    prefill = _text(messages[-1]) if messages and messages[-1].get("role") == "assistant" else ""
    last: Mapping[str, Any] = next((message for message in reversed(messages) if message.get("role") == "user"), {})
    choice, forced = _choice(inside(body, "toolConfig", "toolChoice"))
    format_ = inside(body, "outputConfig", "textFormat")
    most = inside(body, "inferenceConfig", "maxTokens")
    fields = body.get("additionalModelRequestFields")
    return Asked(
        text=_text(last),
        prefill=prefill,
        results=tuple(_results(last, _tool_names(messages))),
        attachments=tuple(_attachments(last)),
        tools=tuple(_tools(inside(body, "toolConfig", "tools"))),
        choice=choice,
        forced=forced,
        structured=format_ is not None,
        schema=_schema(inside(format_, "structure", "jsonSchema", "schema")),
        most_tokens=most if isinstance(most, int) else None,
        stop_sequences=tuple(_strings(inside(body, "inferenceConfig", "stopSequences"))),
        fields=fields if isinstance(fields, dict) else {},
    )


def _text(message: Mapping[str, Any]) -> str:
    """The text of a message, that which is marked for a guardrail included."""
    found = (
        inside(block, "text") or inside(block, "guardContent", "text", "text")
        for _, block in objects(message.get("content"))
    )
    return "\n".join(text for text in found if isinstance(text, str))


def _tool_names(messages: list[Mapping[str, Any]]) -> dict[object, str]:
    """The names of the tools that were called so far, by the ids of the calls."""
    calls = (inside(block, "toolUse") for message in messages for _, block in objects(message.get("content")))
    return {str(inside(call, "toolUseId")): str(inside(call, "name")) for call in calls if call is not None}


def _results(message: Mapping[str, Any], names: Mapping[object, str]) -> Iterator[Result]:
    for _, block in objects(message.get("content")):
        result = inside(block, "toolResult")
        if isinstance(result, dict):
            content = "; ".join(_told(part) for _, part in objects(result.get("content")))
            name = names.get(str(result.get("toolUseId")), "")
            yield Result(name, content, result.get("status") == "error")


def _told(part: Mapping[str, Any]) -> str:
    """A piece of a tool's result in words: its text, its JSON, or what kind of thing it is."""
    text = part.get("text")
    if isinstance(text, str):
        return text
    if "json" in part:
        return json.dumps(part["json"], ensure_ascii=False)
    title = inside(part, "searchResult", "title") or inside(part, "document", "name")
    kind = next(iter(part), "nothing")
    return f"{kind} {title}" if isinstance(title, str) else kind


def _attachments(message: Mapping[str, Any]) -> Iterator[Attachment]:
    kinds: tuple[Literal["audio", "document", "image", "searchResult", "video"], ...]
    kinds = ("audio", "document", "image", "searchResult", "video")
    for _, block in objects(message.get("content")):
        for kind in kinds:
            value = block.get(kind)
            if isinstance(value, dict):
                name = value.get("name") or value.get("title") or ""
                yield Attachment(kind, str(value.get("format") or ""), str(name))


def _tools(tools: object) -> Iterator[Tool]:
    for _, tool in objects(tools):
        name = inside(tool, "toolSpec", "name")
        if isinstance(name, str):
            description = inside(tool, "toolSpec", "description")
            yield Tool(name, str(description or ""), inside(tool, "toolSpec", "inputSchema", "json"))


def _choice(choice: object) -> tuple[Literal["any", "auto", "tool"], str]:
    if inside(choice, "tool") is not None:
        return "tool", str(inside(choice, "tool", "name"))
    return ("auto" if inside(choice, "any") is None else "any"), ""


def _schema(text: object) -> Any:
    """The schema of structured output, which comes as a string of JSON. One that cannot be read allows anything."""
    try:
        schema = json.loads(text) if isinstance(text, str) else True
    except (ValueError, RecursionError):
        return True
    return True if is_deeper(schema) else schema


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
