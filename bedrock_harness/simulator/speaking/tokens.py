"""Tokens: what a text is cut into, and how many of them anything in a prompt counts.

No model's own vocabulary is known here. A token is about a word with the white space ahead of it, which is what streams of
real models mostly carry in one delta. What matters is that there is one way of counting: a text that is cut between two
tokens counts what its pieces count, so that usage, CountTokens, limits and deltas always agree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from bedrock_harness.service.conversation import inside, objects

__all__ = [
    "A_CALL",
    "PLAIN_FORMATS",
    "count_block",
    "count_bytes",
    "count_json",
    "count_text",
    "count_tool",
    "pieces",
    "size_of",
]

_TOKEN = re.compile(r"\s{0,8}(?:[^\W\d_⺀-\U0010ffff]{1,12}|\d{1,3}|\S)|\s{1,8}")
"""Up to 12 letters, up to 3 digits, or one sign of any other kind, such as a Chinese character; at most 8 spaces ahead."""

A_CALL = 1
"""Tokens of a tool call beside its input."""

_PER_TOKEN = 4
"""Bytes of what is not known as text that count one token."""

PLAIN_FORMATS = frozenset({"csv", "html", "md", "txt"})
"""Formats of documents whose bytes are text as it stands."""

_PACKED = 8
"""How much less text a document of any other format holds than it has bytes; a recorded PDF has even less."""

_IMAGE = (750, 1_600)
"""Bytes of an image a token, and the most tokens that one image counts. Anthropic's vision guide has about 1,600 tokens for
the largest image that is not scaled down, and a token for 750 pixels; pixels are not counted here, so bytes stand for them."""

_UNSEEN = 1_600
"""Tokens of something that lies in S3, whose size the request does not tell."""


def pieces(text: str) -> tuple[str, ...]:
    """The tokens of a text. Joined they are the text; the empty text is one empty piece, since a delta must carry it."""
    return tuple(_TOKEN.findall(text)) or ("",)


def count_text(text: str) -> int:
    """How many tokens a text has; the empty text has none."""
    return sum(1 for _ in _TOKEN.finditer(text))


def count_json(value: object) -> int:
    """How many tokens a JSON value has, written as models write it."""
    return count_text(json.dumps(value, ensure_ascii=False))


def count_bytes(size: int) -> int:
    """How many tokens that many bytes count, where nothing is known of them but their number."""
    return -(-size // _PER_TOKEN)


def size_of(blob: object) -> int:
    """How many bytes a base64 string stands for; 0 for what is no string."""
    return len(blob.rstrip("=")) * 3 // 4 if isinstance(blob, str) else 0


def count_tool(tool: Mapping[str, Any]) -> int:
    """How many tokens one entry of `toolConfig.tools` counts. A cache point counts none."""
    spec = tool.get("toolSpec") or tool.get("systemTool")
    return 0 if spec is None else count_json(spec)


def count_block(block: Mapping[str, Any]) -> int:
    """How many tokens one block of a message or of the system prompt counts. A cache point counts none."""
    return sum(_COUNTS.get(member, count_json)(value) for member, value in block.items() if value is not None)


# ----------------------------------------------------------------------------------------------- by member of a block


def _string(value: object) -> int:
    return count_text(value) if isinstance(value, str) else 0


def _strings(*names: str) -> Callable[[Any], int]:
    """Counts the strings at these members and nothing else."""
    return lambda value: sum(_string(inside(value, name)) for name in names)


def _image(value: object) -> int:
    data = inside(value, "source", "bytes")
    if data is None:
        return _UNSEEN
    per_token, most = _IMAGE
    return max(1, min(most, size_of(data) // per_token))


def _document(value: object) -> int:
    source = inside(value, "source")
    counted = _string(inside(value, "name")) + _string(inside(value, "context"))
    counted += _string(inside(source, "text")) + _blocks(inside(source, "content"))
    if inside(source, "s3Location") is not None:
        return counted + _UNSEEN
    size = size_of(inside(source, "bytes"))
    return counted + count_bytes(size if inside(value, "format") in PLAIN_FORMATS else size // _PACKED)


def _media(value: object) -> int:
    data = inside(value, "source", "bytes")
    return _UNSEEN if data is None else max(1, size_of(data) // 1_024)


def _blocks(value: object) -> int:
    return sum(count_block(block) for _, block in objects(value))


def _tool_use(value: object) -> int:
    return A_CALL + count_json(inside(value, "input"))


def _search_result(value: object) -> int:
    return _strings("source", "title")(value) + _blocks(inside(value, "content"))


_COUNTS: Mapping[str, Callable[[Any], int]] = {
    "audio": _media,
    "cachePoint": lambda _: 0,
    "citationsContent": lambda value: _blocks(inside(value, "content")),
    "document": _document,
    "guardContent": lambda value: count_block(value) if isinstance(value, dict) else 0,
    "image": _image,
    "json": count_json,
    "reasoningContent": lambda value: count_block(value) if isinstance(value, dict) else 0,
    "reasoningText": _strings("text"),
    "redactedContent": lambda value: count_bytes(size_of(value)),
    "searchResult": _search_result,
    "text": lambda value: _strings("text")(value) if isinstance(value, dict) else _string(value),
    "toolResult": lambda value: _blocks(inside(value, "content")),
    "toolUse": _tool_use,
    "video": _media,
}
"""What counts in each member of a block. A member that is not here counts what its JSON counts."""
