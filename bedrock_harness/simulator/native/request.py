"""What an InvokeModel body asks, once its family's own shape has been read.

Everything a model can be asked becomes a Converse body, so that one speaker answers every family and one vocabulary is
learnt. What only the reply needs to know of the native body is kept beside it. A family's way with both, `Conversation` or
`Embedder`, is three functions or two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from bedrock_harness.simulator.script import Answer

__all__ = [
    "UNKNOWN_MODEL",
    "UNSTREAMED",
    "Conversation",
    "Embedder",
    "Embedding",
    "EmbeddingType",
    "Native",
    "Piece",
    "Refused",
]

UNKNOWN_MODEL = "The provided model identifier is invalid."
"""Recorded for an id that names no model (opentelemetry-python-contrib, botocore's cassettes)."""

UNSTREAMED = "The model is unsupported for streaming."
"""aws-samples/amazon-bedrock-client-for-mac#112, langchain-ai/langchainjs#2645."""

EmbeddingType: TypeAlias = Literal["float", "int8", "uint8", "binary", "ubinary"]
"""How the numbers of a vector are given; the binary ones are packed in Cohere's models and plain bits in Titan's."""


class Refused(Exception):
    """The service refuses the body: the exception's name over HTTP and its message."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class Piece(Struct, frozen=True):
    """One thing to embed: a text, and base64 data of images that are embedded along with it."""

    text: str | None = None
    images: tuple[str, ...] = ()


class Embedding(Struct, frozen=True):
    """An embedding request: one vector a piece, each of `dimensions` numbers in each of `types`."""

    pieces: tuple[Piece, ...]
    dimensions: int
    normalize: bool = True
    types: tuple[EmbeddingType, ...] = ("float",)


class Native(Struct, frozen=True):
    """A body that its family's reader has accepted. Exactly one of `converse` and `embedding` is there.

    `format` is the name of the row in `formats.FORMATS`, `body` the body without the service's own member, `digest` the SHA-256
    of model and body, and `at` the time in seconds since 1970, for the families whose replies say when they were made.
    """

    format: str
    model: str
    body: dict[str, Any]
    digest: bytes
    converse: dict[str, Any] | None = None
    embedding: Embedding | None = None
    at: int = 0


class Conversation(Struct, frozen=True):
    """How a family converses: its body read into Converse's, an answer written as a body and as chunks.

    `read` takes the body and the model id and raises Refused.
    """

    read: Callable[[dict[str, Any], str], dict[str, Any]]
    reply: Callable[[Answer, Native], dict[str, Any]]
    chunks: Callable[[Answer, Native], Iterator[dict[str, Any]]]


class Embedder(Struct, frozen=True):
    """How a family embeds: its body read, its reply written. `read` takes the body and the model id and raises Refused."""

    read: Callable[[dict[str, Any], str], Embedding]
    reply: Callable[[Native, Embedding], dict[str, Any]]
