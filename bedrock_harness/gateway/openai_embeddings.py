"""An embeddings request of OpenAI's, and the client's embeddings in OpenAI's shape (API reference, "Create embeddings")."""

from __future__ import annotations

import struct
from base64 import b64encode
from typing import Any

from msgspec import Struct

from bedrock_harness.client.native import Embeddings
from bedrock_harness.gateway.fields import Fields, whole
from bedrock_harness.gateway.models import Models

__all__ = ["EmbeddingsAsked", "embeddings_reply", "read_embeddings"]


class EmbeddingsAsked(Struct, frozen=True, kw_only=True):
    """What is to be embedded, and how the vectors are to be written."""

    name: str
    model: str
    texts: list[str]
    dimensions: int | None
    packed: bool
    """Whether vectors are base64 of 32-bit floats, as OpenAI's own clients ask by default."""
    stream: bool = False
    notes: tuple[str, ...] = ()


def read_embeddings(body: object, models: Models) -> EmbeddingsAsked:
    """What an embeddings request means. Raises Refused for tokens in place of texts: each model has tokens of its own."""

    def read(fields: Fields) -> EmbeddingsAsked:
        name = fields.need("model", str)
        single = fields.take("input", str) if fields.holds("input", str) else None
        texts = fields.texts("input") if single is None else [single]
        if not texts:
            raise fields.refuse("input", "must hold a text")
        fields.pass_over(("user",))
        return EmbeddingsAsked(
            name=name,
            model=models.resolve(name),
            texts=texts,
            dimensions=fields.take("dimensions", int),
            packed=fields.choose("encoding_format", {"float": False, "base64": True}) or False,
            notes=tuple(fields.notes),
        )

    return whole(body, read, "", [])


def embeddings_reply(embeddings: Embeddings, asked: EmbeddingsAsked) -> dict[str, Any]:
    """The vectors in OpenAI's shape. Tokens that the model did not count are null, against the type: they are not 0."""
    data = [
        {"object": "embedding", "index": index, "embedding": _packed(vector) if asked.packed else vector}
        for index, vector in enumerate(embeddings.vectors)
    ]
    tokens = embeddings.input_tokens
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "data": data, "model": asked.name, "usage": usage}


def _packed(vector: tuple[float, ...]) -> str:
    return b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
