"""Bedrock without Converse: each family's own bodies on InvokeModel, written from Converse's shape and read back into it."""

from bedrock_harness.client.native.chunk_reader import InvocationReader, TranslatingReader, chunk_of
from bedrock_harness.client.native.embeddings import Embeddings
from bedrock_harness.client.native.guardrails import GuardedChunks, guarded
from bedrock_harness.client.native.routing import FORMATS, format_for
from bedrock_harness.client.native.shared import Chunks, Format, counted

__all__ = [
    "FORMATS",
    "Chunks",
    "Embeddings",
    "Format",
    "GuardedChunks",
    "InvocationReader",
    "TranslatingReader",
    "chunk_of",
    "counted",
    "format_for",
    "guarded",
]
