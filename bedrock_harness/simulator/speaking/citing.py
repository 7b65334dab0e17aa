"""Citations: what an answer quotes from the documents of a request, and where it stands there.

Only what allows it is cited: documents and search results with `citations.enabled`. Each kind of source has its own kind of
place: characters where the text is known, chunks where the document came in pieces, pages elsewhere (a recording of a PDF:
page 1 is start 1, end 2). Documents are counted from 0 through the whole request, and so are search results.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Set
from itertools import islice
from typing import Any

from msgspec import Struct

from bedrock_harness.service.conversation import inside, objects
from bedrock_harness.simulator.script import Cited
from bedrock_harness.simulator.speaking.tokens import PLAIN_FORMATS
from bedrock_harness.simulator.speaking.wording import stems_of

__all__ = ["cite"]

_MOST = 5
"""Sources that one answer cites."""

_SEARCHED = 20_000
"""Characters of a source that are searched for a passage."""

_SENTENCE = re.compile(r"[^\s.!?][^.!?\n]{0,399}[.!?]?")


class _Source(Struct, frozen=True):
    """Something that can be cited: its parts as texts, none where its text is not known."""

    kind: str
    index: int
    title: str
    origin: str | None
    parts: tuple[str, ...]


def cite(body: Mapping[str, Any], question: str) -> tuple[Cited, ...]:
    """A quotation from each source that may be cited; of its sentences, the one that shares most with the question."""
    topics = stems_of(question).keys()
    made = (_cited(source, topics) for source in _sources(body))
    return tuple(islice((cited for cited in made if cited is not None), _MOST))


def _cited(source: _Source, topics: Set[str]) -> Cited | None:
    if source.kind == "documentPage":
        return _quoted(source, f"{source.title} was read.", 1, 2, None)
    found = [
        (len(topics & stems_of(match[0]).keys()), -part, -match.start(), match)
        for part, text in enumerate(source.parts)
        for match in _SENTENCE.finditer(text[:_SEARCHED])
    ]
    if not found:
        return None
    _, part, _, match = max(found, key=lambda one: one[:3])
    passage = match[0].rstrip()
    start = match.start() if source.kind == "documentChar" else -part
    end = start + (len(passage) if source.kind == "documentChar" else 1)
    return _quoted(source, f"{source.title} says: “{passage}”", start, end, passage)


def _quoted(source: _Source, text: str, start: int, end: int, passage: str | None) -> Cited:
    """The block with its citation, keys in alphabetical order, as recorded. A place ends ahead of `end`."""
    counted = "searchResultIndex" if source.kind == "searchResultLocation" else "documentIndex"
    place = {source.kind: dict(sorted({counted: source.index, "end": end, "start": start}.items()))}
    origin = {} if source.origin is None else {"source": source.origin}
    quoted = {} if passage is None else {"sourceContent": [{"text": passage}]}
    return Cited(text, ({"location": place, **origin, **quoted, "title": source.title},))


def _sources(body: Mapping[str, Any]) -> Iterator[_Source]:
    documents = results = 0
    for block in _blocks(body):
        document, result = block.get("document"), block.get("searchResult")
        if isinstance(document, dict):
            if inside(document, "citations", "enabled") is True:
                yield _document(document, documents)
            documents += 1
        if isinstance(result, dict):
            if inside(result, "citations", "enabled") is True:
                parts = tuple(_texts(result.get("content")))
                yield _Source(
                    "searchResultLocation", results, str(result.get("title")), str(result.get("source")), parts
                )
            results += 1


def _blocks(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The blocks of all messages, those inside tool results among them."""
    for _, message in objects(body.get("messages")):
        for _, block in objects(message.get("content")):
            yield block
            yield from (part for _, part in objects(inside(block, "toolResult", "content")))


def _document(document: Mapping[str, Any], index: int) -> _Source:
    title, source = str(document.get("name")), document.get("source")
    text = inside(source, "text")
    if not isinstance(text, str):
        text = _decoded(inside(source, "bytes")) if document.get("format") in PLAIN_FORMATS else None
    if text is not None:
        return _Source("documentChar", index, title, None, (text,))
    if inside(source, "content") is not None:
        return _Source("documentChunk", index, title, None, tuple(_texts(inside(source, "content"))))
    return _Source("documentPage", index, title, None, ())


def _decoded(blob: object) -> str | None:
    try:
        return b64decode(blob).decode() if isinstance(blob, str) else None
    except ValueError:
        return None


def _texts(content: object) -> Iterator[str]:
    """The texts of a list of content, one a part; a part that has none keeps its place."""
    for _, part in objects(content):
        text = part.get("text")
        yield text if isinstance(text, str) else ""
