"""Embedding bodies on InvokeModel: Titan's three models and Cohere's, read and answered.

Shapes: the pages of each model in the Bedrock user guide ("Amazon Titan Embeddings G1 - Text", "Amazon Titan Multimodal
Embeddings G1", "Cohere Embed v3", "Cohere Embed v4"). The numbers come from `vectors`, the token counts from the speaker's way
of counting. None of these models streams.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bedrock_harness.simulator.native.replies import digest, uuid
from bedrock_harness.simulator.native.request import Embedder, Embedding, Native, Piece
from bedrock_harness.simulator.native.schema import Field, Fields, check, malformed, refuse_by_schema
from bedrock_harness.simulator.native.vectors import encoded, vectors
from bedrock_harness.simulator.speaking.tokens import count_text

__all__ = ["COHERE", "TITAN", "tokens_of"]


def tokens_of(embedding: Embedding) -> int:
    """The input tokens of all texts; images count none."""
    return sum(count_text(piece.text or "") for piece in embedding.pieces)


# ------------------------------------------------------------------------------------------------------------------ Titan

_TITAN_TEXT = Field(("string",), required=True, least=1, most=50_000)
"""The longest text is 50,000 characters ("Amazon Titan Text Embeddings" in the Bedrock user guide)."""

_V1_DIMENSIONS = 1536
_V2_DIMENSIONS = (1024, 512, 256)
_IMAGE_DIMENSIONS = (1024, 384, 256)

_V1_BODY = Field(("object",), fields={"inputText": _TITAN_TEXT})
_V2_BODY = Field(
    ("object",),
    fields={
        "inputText": _TITAN_TEXT,
        "dimensions": Field(("integer",), allowed=_V2_DIMENSIONS),
        "normalize": Field(("boolean",)),
        "embeddingTypes": Field(("array",), items=Field(("string",), allowed=("float", "binary"))),
    },
)
_IMAGE_BODY = Field(
    ("object",),
    fields={
        "inputText": Field(("string",), least=1),
        "inputImage": Field(("string",), least=1, base64=True),
        "embeddingConfig": Field(
            ("object",),
            fields={"outputEmbeddingLength": Field(("integer",), allowed=_IMAGE_DIMENSIONS)},
        ),
    },
)


def _read_v1(body: dict[str, Any], _model: str) -> Embedding:
    refuse_by_schema(check(_V1_BODY, body))
    return Embedding((Piece(body["inputText"]),), _V1_DIMENSIONS, normalize=False)


def _read_v2(body: dict[str, Any], _model: str) -> Embedding:
    refuse_by_schema(check(_V2_BODY, body))
    return Embedding(
        (Piece(body["inputText"]),),
        body.get("dimensions", _V2_DIMENSIONS[0]),
        normalize=body.get("normalize", True),
        types=tuple(body.get("embeddingTypes") or ["float"]),
    )


def _read_image(body: dict[str, Any], _model: str) -> Embedding:
    refuse_by_schema(check(_IMAGE_BODY, body))
    text, image = body.get("inputText"), body.get("inputImage")
    if text is None and image is None:
        raise malformed("#: required key [inputText] not found, #: required key [inputImage] not found")
    dimensions = body.get("embeddingConfig", {}).get("outputEmbeddingLength", _IMAGE_DIMENSIONS[0])
    return Embedding((Piece(text, (image,) if image else ()),), dimensions)


def _titan_reply(_native: Native, embedding: Embedding) -> dict[str, Any]:
    numbers = encoded(vectors(embedding)[0], "float", packed=False)
    return {"embedding": numbers, "inputTextTokenCount": tokens_of(embedding)}


def _v2_reply(native: Native, embedding: Embedding) -> dict[str, Any]:
    """With the vector in each type asked for; `embedding` is always there, and always floats."""
    vector = vectors(embedding)[0]
    by_type = {kind: encoded(vector, kind, packed=False) for kind in embedding.types}
    return {**_titan_reply(native, embedding), "embeddingsByType": by_type}


def _image_reply(native: Native, embedding: Embedding) -> dict[str, Any]:
    return {**_titan_reply(native, embedding), "message": None}


_TITAN: Mapping[str, Embedder] = {
    "embed-image": Embedder(_read_image, _image_reply),
    "embed-text-v2": Embedder(_read_v2, _v2_reply),
    "": Embedder(_read_v1, _titan_reply),
}
"""Titan's models by a part of the model id: the first that is in it holds."""


def _titan(model: str) -> Embedder:
    return next(embedder for part, embedder in _TITAN.items() if part in model)


TITAN = Embedder(
    lambda body, model: _titan(model).read(body, model),
    lambda native, embedding: _titan(native.model).reply(native, embedding),
)

# ----------------------------------------------------------------------------------------------------------------- Cohere

_MOST_PIECES = 96
_TYPES = ("float", "int8", "uint8", "binary", "ubinary")
_STRING = Field(("string",))
_IMAGES = Field(("array",), items=_STRING, least=1, most=_MOST_PIECES)
_COMMON: Fields = {
    "embedding_types": Field(("array",), items=Field(("string",), allowed=_TYPES)),
    "input_type": Field(
        ("string",),
        required=True,
        allowed=("search_document", "search_query", "classification", "clustering", "image"),
    ),
}
_V3_BODY = Field(
    ("object",),
    fields={
        **_COMMON,
        "images": Field(("array",), items=_STRING, least=1, most=1),
        "texts": Field(("array",), items=Field(("string",), least=1, most=2048), least=1, most=_MOST_PIECES),
        "truncate": Field(("string",), allowed=("NONE", "START", "END")),
    },
)
_PART = Field(
    ("object",),
    tags={
        "image_url": {"type": _STRING, "image_url": Field(("string", "object"), required=True)},
        "text": {"type": _STRING, "text": Field(("string",), required=True)},
    },
)
_V4_BODY = Field(
    ("object",),
    fields={
        **_COMMON,
        "images": _IMAGES,
        "inputs": Field(
            ("array",),
            items=Field(("object",), fields={"content": Field(("array",), required=True, items=_PART, least=1)}),
            least=1,
            most=_MOST_PIECES,
        ),
        "max_tokens": Field(("integer",), least=1),
        "output_dimension": Field(("integer",), allowed=(256, 512, 1024, 1536)),
        "texts": Field(("array",), items=Field(("string",), least=1), least=1, most=_MOST_PIECES),
        "truncate": Field(("string",), allowed=("NONE", "LEFT", "RIGHT", "START", "END")),
    },
)
_DIMENSIONS: Mapping[str, int] = {"embed-v4": 1536, "light": 384, "": 1024}
"""Numbers of a vector by a part of the model id: the first that is in it holds."""

_DATA_URL = re.compile(r"data:image/\w+;base64,")


def _read_cohere(body: dict[str, Any], model: str) -> Embedding:
    newer = "embed-v4" in model
    refuse_by_schema(check(_V4_BODY if newer else _V3_BODY, body))
    given = [name for name in ("texts", "images", "inputs") if name in body]
    if not given:
        raise malformed("#: required key [texts] not found")
    if len(given) > 1:
        raise malformed(f"#: extraneous key [{given[1]}] is not permitted")
    dimensions = next(count for part, count in _DIMENSIONS.items() if part in model)
    types = tuple(dict.fromkeys(body.get("embedding_types") or ["float"]))
    return Embedding(tuple(_pieces(body)), body.get("output_dimension", dimensions), types=types)


def _pieces(body: dict[str, Any]) -> list[Piece]:
    return [
        *(Piece(text) for text in body.get("texts", ())),
        *(Piece(None, (_image(image),)) for image in body.get("images", ())),
        *(_mixed(one["content"]) for one in body.get("inputs", ())),
    ]


def _mixed(content: list[dict[str, Any]]) -> Piece:
    texts = [part["text"] for part in content if part["type"] == "text"]
    images = [part["image_url"] for part in content if part["type"] == "image_url"]
    return Piece("\n".join(texts) if texts else None, tuple(_image(image) for image in images))


def _image(image: str | dict[str, Any]) -> str:
    url = image if isinstance(image, str) else str(image.get("url", ""))
    return _DATA_URL.sub("", url, count=1)


def _cohere_reply(native: Native, embedding: Embedding) -> dict[str, Any]:
    """By type where types were asked for, else bare vectors."""
    found = vectors(embedding)
    by_type = {kind: [encoded(vector, kind, packed=True) for vector in found] for kind in embedding.types}
    typed = bool(native.body.get("embedding_types"))
    return {
        "embeddings": by_type if typed else by_type["float"],
        "id": uuid(digest(native)),
        "response_type": "embeddings_by_type" if typed else "embeddings_floats",
        "texts": [piece.text for piece in embedding.pieces if piece.text is not None],
    }


COHERE = Embedder(_read_cohere, _cohere_reply)
