"""Content blocks of Anthropic's messages as content blocks of Converse, and citations the other way.

A row a block type. A block that asks to be cached is followed by a cache point, which is how Converse says it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["cache_point", "citation", "converse_blocks"]


def converse_blocks(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The Converse blocks of a message's or a system prompt's content, which may be bare text."""
    if isinstance(content, str):
        return [{"text": content}]
    blocks: list[dict[str, Any]] = []
    for block in content:
        blocks.append(_BLOCKS[block["type"]](block))
        if block.get("cache_control"):
            blocks.append(cache_point(block["cache_control"]))
    return blocks


def cache_point(control: dict[str, Any]) -> dict[str, Any]:
    """The cache point that stands after what is to be cached."""
    return {"cachePoint": {"type": "default", **({"ttl": control["ttl"]} if control.get("ttl") else {})}}


def citation(converse: dict[str, Any]) -> dict[str, Any]:
    """A citation of Converse in Anthropic's shape: the place's kind becomes the citation's type."""
    location: dict[str, Any] = converse.get("location") or {}
    kind = next((kind for kind in location if kind in _PLACES), "documentChar")
    place = location.get(kind) or {}
    name, members, titled = _PLACES[kind]
    cited = "".join(part.get("text", "") for part in converse.get("sourceContent") or ())
    numbers = {ours: place.get(theirs) for ours, theirs in members.items()}
    more = {"source": converse.get("source", "")} if kind == "searchResultLocation" else {}
    return {"type": name, "cited_text": cited, titled: converse.get("title"), **more, **numbers}


_PLACES: Mapping[str, tuple[str, Mapping[str, str], str]] = {
    "documentChar": (
        "char_location",
        {"document_index": "documentIndex", "start_char_index": "start", "end_char_index": "end"},
        "document_title",
    ),
    "documentChunk": (
        "content_block_location",
        {"document_index": "documentIndex", "start_block_index": "start", "end_block_index": "end"},
        "document_title",
    ),
    "documentPage": (
        "page_location",
        {"document_index": "documentIndex", "start_page_number": "start", "end_page_number": "end"},
        "document_title",
    ),
    "searchResultLocation": (
        "search_result_location",
        {"search_result_index": "searchResultIndex", "start_block_index": "start", "end_block_index": "end"},
        "title",
    ),
}
"""Converse's kinds of place: Anthropic's type, its members for theirs, and what the title is called."""


def _text(block: dict[str, Any]) -> dict[str, Any]:
    return {"text": block["text"]}


def _image(block: dict[str, Any]) -> dict[str, Any]:
    source = block["source"]
    return {"image": {"format": source["media_type"].rpartition("/")[2], "source": {"bytes": source["data"]}}}


def _document(block: dict[str, Any]) -> dict[str, Any]:
    source = block["source"]
    if source["type"] == "base64":
        form, inner = "pdf", {"bytes": source["data"]}
    elif source["type"] == "text":
        form, inner = "txt", {"text": source["data"]}
    else:
        form, inner = "txt", {"content": [_text(part) for part in _parts(source["content"]) if part["type"] == "text"]}
    document = {"format": form, "name": block.get("title") or "document", "source": inner}
    if block.get("context"):
        document["context"] = block["context"]
    if (block.get("citations") or {}).get("enabled"):
        document["citations"] = {"enabled": True}
    return {"document": document}


def _search_result(block: dict[str, Any]) -> dict[str, Any]:
    enabled = {"enabled": bool((block.get("citations") or {}).get("enabled"))}
    content = [_text(part) for part in block["content"]]
    return {
        "searchResult": {
            "source": block["source"],
            "title": block["title"],
            "content": content,
            "citations": enabled,
        }
    }


def _thinking(block: dict[str, Any]) -> dict[str, Any]:
    return {"reasoningContent": {"reasoningText": {"text": block["thinking"], "signature": block["signature"]}}}


def _redacted_thinking(block: dict[str, Any]) -> dict[str, Any]:
    return {"reasoningContent": {"redactedContent": b64encode(block["data"].encode()).decode("ascii")}}


def _tool_use(block: dict[str, Any]) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": block["id"], "name": block["name"], "input": block["input"]}}


def _tool_result(block: dict[str, Any]) -> dict[str, Any]:
    """A cache point inside of a result is left out: Converse has none there."""
    status = {"status": "error"} if block.get("is_error") else {}
    content = [_BLOCKS[part["type"]](part) for part in _parts(block.get("content") or [])]
    return {"toolResult": {"toolUseId": block["tool_use_id"], "content": content, **status}}


def _parts(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


_BLOCKS: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "document": _document,
    "image": _image,
    "redacted_thinking": _redacted_thinking,
    "search_result": _search_result,
    "text": _text,
    "thinking": _thinking,
    "tool_result": _tool_result,
    "tool_use": _tool_use,
}
