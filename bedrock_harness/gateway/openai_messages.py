"""The messages of a chat completions request, read as Converse's system blocks and messages.

Instructions come out of the conversation wherever they stand, since Converse keeps them apart. Results of tools become the
user's. Merging what then stands side by side is the client's work (`client.repair`).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from bedrock_harness.gateway import caching, media, thinking
from bedrock_harness.gateway.fields import Fields

__all__ = ["conversation"]

Block = dict[str, Any]


def conversation(fields: Fields) -> tuple[list[Block], list[dict[str, Any]]]:
    """System blocks and messages. An instruction behind the first message is noted: it moves to the front."""
    system: list[Block] = []
    messages: list[dict[str, Any]] = []
    if not fields.holds("messages", list):
        raise fields.refuse("messages", "must be a list")
    for role, path, content in fields.each("messages", _message):
        if role == "system":
            system += content
            if messages:
                fields.notes.append(f"{path}.role")
        else:
            messages.append({"role": role, "content": content})
    return system, messages


def _message(message: Fields) -> tuple[str, str, list[Block]]:
    to, read = message.required("role", _READERS)
    content = read(message)
    message.pass_over(("name",))
    return to, message.path, [*content, *caching.marker(message)]


def _plain(message: Fields) -> list[Block]:
    return _content(message, {"text": _text})


def _user(message: Fields) -> list[Block]:
    return _content(message, {"text": _text, "image_url": _image, "file": _file, "input_audio": _audio})


def _assistant(message: Fields) -> list[Block]:
    """Reasoning, text, tool calls, in the order in which a model says them (maximhq/bifrost#3688)."""
    reasoning = thinking.read_back(message)
    said = _content(message, {"text": _text, "refusal": _refusal})
    refusal = message.take("refusal", str)
    calls = message.each("tool_calls", _call)
    message.pass_over(("annotations", "citations"))
    return [*reasoning, *said, *([{"text": refusal}] if refusal else []), *calls]


def _tool(message: Fields) -> list[Block]:
    """A tool's result. OpenAI has no word for a tool that failed; `is_error` is Anthropic's, and taken here too."""
    content = _content(message, {"text": _text, "image_url": _image, "file": _file})
    status = {"status": "error"} if message.take("is_error", bool) else {}
    return [{"toolResult": {"toolUseId": message.need("tool_call_id", str), "content": content, **status}}]


_READERS: dict[str, tuple[str, Callable[[Fields], list[Block]]]] = {
    "assistant": ("assistant", _assistant),
    "developer": ("system", _plain),
    "system": ("system", _plain),
    "tool": ("user", _tool),
    "user": ("user", _user),
}
"""OpenAI's roles: whose words they are in Converse, and how their content is read."""


# ------------------------------------------------------------------------------------------------------------------ parts


def _content(message: Fields, readers: dict[str, Callable[[Fields], Block]]) -> list[Block]:
    if message.holds("content", str):
        return [{"text": message.need("content", str)}]

    def part(fields: Fields) -> list[Block]:
        return [fields.required("type", readers)(fields), *caching.marker(fields)]

    return [block for blocks in message.each("content", part) for block in blocks]


def _text(part: Fields) -> Block:
    return {"text": part.need("text", str)}


def _refusal(part: Fields) -> Block:
    return {"text": part.need("refusal", str)}


def _image(part: Fields) -> Block:
    def located(image: Fields) -> Block:
        if image.take("detail", str) not in {None, "auto"}:
            image.note("detail")
        return media.image_from_url(image.need("url", str), image.at("url"))

    return part.inside("image_url", located)


def _file(part: Fields) -> Block:
    def given(file: Fields) -> Block:
        name = file.take("filename", str)
        media_type, data = media.parse_data_url(file.need("file_data", str), file.at("file_data"))
        kind = media.document_format(media_type, name, file.at("file_data"))
        stem = name.rpartition(".")[0] or name if name else None
        return media.document_block(stem, kind, {"bytes": data})

    return part.inside("file", given)


def _audio(part: Fields) -> Block:
    def given(audio: Fields) -> Block:
        kind = audio.required("format", media.AUDIO_FORMATS)
        return media.audio_block(kind, audio.need("data", str), audio.at("data"))

    return part.inside("input_audio", given)


def _call(call: Fields) -> Block:
    call.choose("type", {"function": True})
    call.take("index", int)  # its place among the calls, which streaming clients leave in it
    number = call.need("id", str)
    made = call.inside("function", _made)
    return {"toolUse": {"toolUseId": number, **made}}


def _made(function: Fields) -> Block:
    """The call's name and input. Arguments are JSON in a text; no arguments are an empty object."""
    name, arguments = function.need("name", str), function.take("arguments", str) or ""
    try:
        value = json.loads(arguments) if arguments.strip() else {}
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise function.refuse("arguments", "must be the text of a JSON object")
    return {"name": name, "input": value}
