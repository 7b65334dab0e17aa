"""The content of a messages request, block by block, as Converse's.

Each kind of block is one row of a table and one function. Kinds that are not in the table are refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bedrock_harness.gateway import caching, citations, media, thinking
from bedrock_harness.gateway.fields import Fields

__all__ = ["conversation", "system_blocks"]

Block = dict[str, Any]
Reader = Callable[[Fields], Block]


def system_blocks(fields: Fields) -> list[Block]:
    """The system prompt: a text, or blocks of text."""
    return _content(fields, "system", {"text": _text})


def conversation(fields: Fields) -> list[dict[str, Any]]:
    """The messages. The client puts instructions among them to the front, and notes it."""
    if not fields.holds("messages", list):
        raise fields.refuse("messages", "must be a list")
    return fields.each("messages", _message)


def _message(message: Fields) -> dict[str, Any]:
    role = message.required("role", {"assistant": "assistant", "system": "system", "user": "user"})
    return {"role": role, "content": _content(message, "content", _BLOCKS)}


def _content(fields: Fields, name: str, readers: Mapping[str, Reader]) -> list[Block]:
    if fields.holds(name, str):
        return [{"text": fields.need(name, str)}]

    def block(part: Fields) -> list[Block]:
        return [part.required("type", readers)(part), *caching.marker(part)]

    return [one for blocks in fields.each(name, block) for one in blocks]


def _text(block: Fields) -> Block:
    text, sources = block.need("text", str), block.each("citations", citations.read)
    return {"citationsContent": {"content": [{"text": text}], "citations": sources}} if sources else {"text": text}


def _image(block: Fields) -> Block:
    def located(source: Fields) -> Block:
        if source.required("type", {"base64": False, "url": True}):
            return media.image_from_url(source.need("url", str), source.at("url"))
        return media.image_block(source.need("media_type", str), source.need("data", str), source.at("data"))

    return block.inside("source", located)


def _document(block: Fields) -> Block:
    made = media.document_block(block.take("title", str), *block.inside("source", _document_source))
    more = {"context": block.take("context", str), "citations": block.nested("citations", _enabled)}
    return {"document": {**made["document"], **{name: value for name, value in more.items() if value is not None}}}


def _document_source(source: Fields) -> tuple[str | None, Block]:
    """The format and the source of a document. A PDF is the one file that Anthropic takes."""
    kind = source.required("type", {"base64": "bytes", "text": "text", "content": "content"})
    if kind == "content":
        return None, {"content": _content(source, "content", {"text": _text})}
    media_type, data = source.need("media_type", str), source.need("data", str)
    known = media.document_format(media_type, None, source.at("media_type"))
    return known, {"text": data} if kind == "text" else {"bytes": media.checked_base64(data, source.at("data"))}


def _search_result(block: Fields) -> Block:
    result = {
        "source": block.need("source", str),
        "title": block.need("title", str),
        "content": _content(block, "content", {"text": _text}),
    }
    cited = block.nested("citations", _enabled)
    return {"searchResult": {**result, "citations": cited} if cited else result}


def _enabled(citations_wanted: Fields) -> dict[str, bool]:
    return {"enabled": citations_wanted.take("enabled", bool) or False}


def _tool_use(block: Fields) -> Block:
    block.expect("caller", {"type": "direct"})
    call = {name: block.need(ours, str) for name, ours in (("toolUseId", "id"), ("name", "name"))}
    return {"toolUse": {**call, "input": block.need("input", dict)}}


def _tool_result(block: Fields) -> Block:
    content = _content(block, "content", _PARTS)
    status = {"status": "error"} if block.take("is_error", bool) else {}
    return {"toolResult": {"toolUseId": block.need("tool_use_id", str), "content": content, **status}}


_PARTS: dict[str, Reader] = {"document": _document, "image": _image, "search_result": _search_result, "text": _text}
"""What a tool's result may hold."""

_BLOCKS: dict[str, Reader] = {**_PARTS, **thinking.READERS, "tool_result": _tool_result, "tool_use": _tool_use}
"""What a message may hold."""
