"""Documents in a conversation: names that the service accepts, and the text that must stand beside them.

Knows the service's alphabet of document names, that no two of a request may be the same, and the sentence "A text block must
be included when using documents". A name depends on the document's own and its place alone, so that it is the same in
every turn (vercel/ai, changelog d546725: random names miss the cache).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.options import Note
from bedrock_harness.client.requests.draft import Draft

__all__ = ["PLACEHOLDER", "accompany", "legal_name", "name_documents"]

PLACEHOLDER = "The document is attached."
"""What is said beside a document where its sender said nothing."""

_ILLEGAL = re.compile(r"[^A-Za-z0-9 \-()\[\]_]+")
_SPACES = re.compile(r" {2,}")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_LONGEST = 200
"""Characters, by botocore's DocumentBlockNameString."""


def legal_name(name: str) -> str:
    """A document's name as the service takes it: without extension and odd characters, never empty.

    >>> legal_name("John's  report.pdf")
    'John s report'
    """
    stem = _EXTENSION.sub("", name.rpartition("/")[2])
    return _SPACES.sub(" ", _ILLEGAL.sub(" ", stem)).strip()[:_LONGEST].strip() or "document"


def name_documents(draft: Draft) -> Draft:
    """Names that are legal and differ. A legal name of its own stays; the second `report` is `report (2)`."""
    if not draft.options.repairs.document_names or not any(True for _ in _documents(draft.body["messages"])):
        return draft
    seen: set[str] = set()
    notes: list[Note] = []

    def named(block: dict[str, Any]) -> dict[str, Any]:
        if "toolResult" in block:
            result = block["toolResult"]
            return {**block, "toolResult": {**result, "content": [named(part) for part in result.get("content", ())]}}
        document = block.get("document")
        if not isinstance(document, dict):
            return block
        given = document.get("name")
        name = _unique(given if isinstance(given, str) and _is_legal(given) else legal_name(str(given or "")), seen)
        seen.add(name)
        if name == given:
            return block
        notes.append(Note("document-renamed", f"The document {str(given)[:100]!r} was sent as {name!r}."))
        return {**block, "document": {**document, "name": name}}

    messages = [
        {**message, "content": [named(block) for block in message["content"]]} for message in draft.body["messages"]
    ]
    return draft.with_body(*notes, messages=messages)


def accompany(draft: Draft) -> Draft:
    """A text for every message that has a document and none, behind reasoning and tool results, before the document (B09).

    Raises InvalidRequest where that is what was chosen (R21).
    """
    choice = draft.options.repairs.lone_documents
    if choice == "as-given":
        return draft
    notes: list[Note] = []
    messages = []
    for index, message in enumerate(draft.body["messages"]):
        content = message["content"]
        kinds = [next(iter(block), "") for block in content]
        if "document" in kinds and "text" not in kinds:
            if choice == "refuse":
                raise InvalidRequest(
                    f"messages.{index} holds a document and no text beside it.",
                    hint="Say what to do with the document.",
                )
            place = next(
                at for at, kind in enumerate(kinds) if kind not in {"reasoningContent", "toolResult", "cachePoint"}
            )
            message = {**message, "content": [*content[:place], {"text": PLACEHOLDER}, *content[place:]]}  # noqa: PLW2901
            notes.append(Note("document-accompanied", f"messages.{index}: a text was put beside the document."))
        messages.append(message)
    return draft.with_body(*notes, messages=messages)


def _documents(messages: list[dict[str, Any]]) -> Iterator[Any]:
    for message in messages:
        for block in message["content"]:
            yield from (block["document"],) if "document" in block else ()
            inner = block.get("toolResult", {}).get("content", ())
            yield from (part["document"] for part in inner if "document" in part)


def _is_legal(name: str) -> bool:
    return bool(name) and len(name) <= _LONGEST and not _ILLEGAL.search(name) and not _SPACES.search(name)


def _unique(name: str, seen: set[str]) -> str:
    number, wanted = 1, name
    while wanted in seen:
        number += 1
        suffix = f" ({number})"
        wanted = name[: _LONGEST - len(suffix)].rstrip() + suffix
    return wanted
