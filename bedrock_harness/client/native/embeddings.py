"""Embeddings by InvokeModel: the bodies that ask for them, and the vectors in the replies.

Knows Titan's and Cohere's bodies as the Bedrock user guide has them. Titan takes one text a request, Cohere 96.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from bedrock_harness.client.errors import InvalidRequest, ProtocolError
from bedrock_harness.service.families import family_of

__all__ = ["COHERE_MOST", "Embeddings", "bodies", "vectors"]

COHERE_MOST = 96
"""Texts of one request to Cohere."""


class Embeddings(Struct, frozen=True):
    """A vector for each text, in the texts' order, and the tokens they had; None where no reply told."""

    vectors: tuple[tuple[float, ...], ...]
    input_tokens: int | None = None


def bodies(
    model: str, texts: Sequence[str], *, dimensions: int | None = None, kind: str = "search_document"
) -> list[dict[str, Any]]:
    """The bodies of the requests for these texts. `kind` is Cohere's input_type; Titan has none.

    Raises InvalidRequest for no text, and for a model that is not known to embed.
    """
    if isinstance(texts, str) or not texts:
        raise InvalidRequest("There is no list of texts to embed.", hint='It looks like ["a text", "another"].')
    family = family_of(model)
    write = None if family is None else _WRITERS.get(family.native or "")
    if write is None:
        raise InvalidRequest(
            f"{model} is not known to embed texts.", hint="Bedrock's own are amazon.titan-embed-* and cohere.embed-*."
        )
    return list(write(texts, dimensions, kind))


def _titan(texts: Sequence[str], dimensions: int | None, _kind: str) -> Iterator[dict[str, Any]]:
    """One body a text. The first Titan has no dimensions to choose."""
    for text in texts:
        yield {"inputText": text} | ({} if dimensions is None else {"dimensions": dimensions})


def _cohere(texts: Sequence[str], dimensions: int | None, kind: str) -> Iterator[dict[str, Any]]:
    for start in range(0, len(texts), COHERE_MOST):
        body = {"texts": list(texts[start : start + COHERE_MOST]), "input_type": kind}
        yield body | ({} if dimensions is None else {"output_dimension": dimensions})


_WRITERS: Mapping[str, Callable[[Sequence[str], int | None, str], Iterator[dict[str, Any]]]] = {
    "cohere-embed": _cohere,
    "titan-embed": _titan,
}


def vectors(replies: Sequence[tuple[Mapping[str, Any], Mapping[str, int] | None]], count: int) -> Embeddings:
    """The vectors of all replies, each with the token counts of its headers. Raises ProtocolError unless there are `count`."""
    found: list[tuple[float, ...]] = []
    tokens: list[int | None] = []
    for body, counts in replies:
        given = body.get("embeddings", [body["embedding"]] if "embedding" in body else None)
        # By the types that were asked for, where there are several: `{"float": [...]}`.
        rows = given.get("float") if isinstance(given, Mapping) else given
        if not (isinstance(rows, list) and all(isinstance(row, list) for row in rows)):
            raise ProtocolError("A reply holds no embeddings.", hint="Ask a model that embeds.")
        found += [tuple(map(float, row)) for row in rows]
        told = body.get("inputTextTokenCount")
        tokens.append(told if isinstance(told, int) else (counts or {}).get("inputTokens"))
    if len(found) != count:
        raise ProtocolError(f"{count} texts were sent, and {len(found)} embeddings came back.")
    return Embeddings(tuple(found), None if None in tokens else sum(filter(None, tokens)))
