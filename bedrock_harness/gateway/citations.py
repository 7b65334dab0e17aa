"""Citations: Anthropic's types and Converse's locations, the same thing in two spellings.

Anthropic's shapes are those of its API reference, "Citations"; Converse's those of botocore's CitationLocation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from bedrock_harness.gateway.fields import Fields

__all__ = ["PLACES", "Place", "read", "show"]


class Place(Struct, frozen=True):
    """One kind of citation: its type at Anthropic's, its location at Converse's, and its members in both spellings."""

    type: str
    location: str
    members: tuple[tuple[str, str], ...]
    """Pairs of Anthropic's name and Converse's, for the numbers that say where."""
    title: str = "document_title"


PLACES = (
    Place(
        "char_location",
        "documentChar",
        (("document_index", "documentIndex"), ("start_char_index", "start"), ("end_char_index", "end")),
    ),
    Place(
        "page_location",
        "documentPage",
        (("document_index", "documentIndex"), ("start_page_number", "start"), ("end_page_number", "end")),
    ),
    Place(
        "content_block_location",
        "documentChunk",
        (("document_index", "documentIndex"), ("start_block_index", "start"), ("end_block_index", "end")),
    ),
    Place(
        "search_result_location",
        "searchResultLocation",
        (("search_result_index", "searchResultIndex"), ("start_block_index", "start"), ("end_block_index", "end")),
        title="title",
    ),
)
"""The kinds that both sides know. Converse's `web` belongs to tools that this gateway does not offer."""

_BY_TYPE = {place.type: place for place in PLACES}


def show(citation: Mapping[str, Any]) -> dict[str, Any] | None:
    """A citation of Converse's in Anthropic's shape; None for a kind that Anthropic does not have."""
    location = citation.get("location") or {}
    place = next((place for place in PLACES if place.location in location), None)
    if place is None:
        return None
    numbers = {ours: location[place.location].get(theirs) for ours, theirs in place.members}
    cited = "".join(piece.get("text", "") for piece in citation.get("sourceContent", ()))
    shown = {"type": place.type, "cited_text": cited, place.title: citation.get("title"), **numbers}
    return shown if place.title == "document_title" else {**shown, "source": citation.get("source", "")}


def read(fields: Fields) -> dict[str, Any]:
    """A citation that comes back in an assistant's text, in Converse's shape."""
    place = fields.required("type", _BY_TYPE)
    location = {theirs: number for ours, theirs in place.members if (number := fields.take(ours, int)) is not None}
    title, source = fields.take(place.title, str), fields.take("source", str)
    cited = fields.take("cited_text", str)
    fields.pass_over(("file_id",))
    citation = {
        "title": title,
        "source": source,
        "sourceContent": [{"text": cited}] if cited else None,
        "location": {place.location: location},
    }
    return {name: member for name, member in citation.items() if member is not None}
