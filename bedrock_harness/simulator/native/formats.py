"""Which bodies a model speaks on InvokeModel, and the one way into all of them.

A row a format; `service.families` tells which one a model id has. An opaque id, such as the ARN of an application inference
profile, does not tell its family, and there the body's own members do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from bedrock_harness.service.families import family_of
from bedrock_harness.service.model_ids import ModelIdError, parse
from bedrock_harness.simulator.native import (
    anthropic,
    cohere,
    cohere_chat,
    embeddings,
    llama,
    mistral,
    nova,
    openai,
    replies,
    titan,
)
from bedrock_harness.simulator.native.request import (
    UNKNOWN_MODEL,
    UNSTREAMED,
    Conversation,
    Embedder,
    Native,
    Refused,
)
from bedrock_harness.simulator.native.schema import malformed
from bedrock_harness.simulator.script import Answer

__all__ = [
    "FORMATS",
    "Format",
    "chunks",
    "embed",
    "embedding_headers",
    "native_format",
    "read",
    "reply_body",
    "reply_headers",
]

_GUARDRAIL_CONFIG = "amazon-bedrock-guardrailConfig"
"""What a body of any family may have beside its own members, for the guardrail that the headers name."""

_LATENCY = 45
"""Milliseconds that an embedding is said to have taken."""


class Format(Struct, frozen=True):
    """Bodies of one kind. `name` is what `service.families` calls it, `marks` are members that only its bodies have."""

    name: str
    marks: tuple[str, ...]
    does: Conversation | Embedder

    @property
    def streamed(self) -> bool:
        """Whether InvokeModelWithResponseStream takes it: no embedding model does."""
        return isinstance(self.does, Conversation)


_CHAT = Conversation(openai.read, openai.reply, openai.chunks)

FORMATS: tuple[Format, ...] = (
    Format("anthropic", ("anthropic_version",), Conversation(anthropic.read, anthropic.reply, anthropic.chunks)),
    Format("nova", ("inferenceConfig", "schemaVersion"), Conversation(nova.read, nova.reply, nova.chunks)),
    Format("titan-text", ("textGenerationConfig",), Conversation(titan.read, titan.reply, titan.chunks)),
    Format("titan-embed", ("inputText",), embeddings.TITAN),
    Format("llama", ("max_gen_len",), Conversation(llama.read, llama.reply, llama.chunks)),
    Format("cohere-command-r", ("message",), Conversation(cohere_chat.read, cohere_chat.reply, cohere_chat.chunks)),
    Format("cohere-command", ("p",), Conversation(cohere.read, cohere.reply, cohere.chunks)),
    Format("cohere-embed", ("input_type",), embeddings.COHERE),
    Format("mistral", ("prompt",), Conversation(mistral.read, mistral.reply, mistral.chunks)),
    Format("mistral-chat", (), _CHAT),
    Format("openai", ("messages",), _CHAT),
)
"""The formats. Where two could have a body, the one with the more telling mark comes first."""

_BY_NAME = {row.name: row for row in FORMATS}


def native_format(model: str) -> Format | None:
    """The format of a model id, None where the id does not tell or InvokeModel is not simulated for the family."""
    family = family_of(model)
    return _BY_NAME.get(family.native or "") if family else None


def read(body: Any, model: str, *, streamed: bool = False, at: int = 0) -> Native:
    """What an InvokeModel body asks of this model: the body as JSON, None where it cannot be read.

    `streamed` says that InvokeModelWithResponseStream was called, `at` when, in seconds since 1970. Raises Refused, in the
    service's words, for a body that the model does not take.
    """
    row = native_format(model) or _by_marks(body, model)
    if row is None:
        raise Refused("ValidationException", UNKNOWN_MODEL)
    if streamed and not row.streamed:
        raise Refused("ValidationException", UNSTREAMED)
    if not isinstance(body, dict):
        raise malformed()
    asked = {name: value for name, value in body.items() if name != _GUARDRAIL_CONFIG}
    digest = hashlib.sha256(msgspec.json.encode((model, asked))).digest()
    if isinstance(row.does, Embedder):
        return Native(row.name, model, asked, digest, embedding=row.does.read(asked, model), at=at)
    return Native(row.name, model, asked, digest, converse=row.does.read(asked, model), at=at)


def reply_body(answer: Answer, native: Native) -> dict[str, Any]:
    """The body of InvokeModel's reply to a conversation."""
    return _conversation(native).reply(answer, native) | _guardrail(answer)


def reply_headers(answer: Answer) -> dict[str, str]:
    """The headers that tell an InvokeModel reply's token counts and time. Streams have none of them."""
    usage = answer.usage
    return replies.headers(
        usage.input, usage.output, answer.latency_ms, cache_read=usage.cache_read, cache_write=usage.cache_write
    )


def chunks(answer: Answer, native: Native) -> Iterator[dict[str, Any]]:
    """The payloads of InvokeModelWithResponseStream's chunks."""
    return (
        chunk | _guardrail(answer) if replies.METRICS in chunk else chunk
        for chunk in _conversation(native).chunks(answer, native)
    )


def embed(native: Native) -> dict[str, Any]:
    """The body of InvokeModel's reply to an embedding request. The same content is given the same vector."""
    does = _BY_NAME[native.format].does
    assert isinstance(does, Embedder)
    assert native.embedding is not None
    return does.reply(native, native.embedding)


def embedding_headers(native: Native, *, latency_ms: int = _LATENCY) -> dict[str, str]:
    """The headers that tell an embedding's token count and time."""
    assert native.embedding is not None
    return replies.headers(embeddings.tokens_of(native.embedding), None, latency_ms)


def _conversation(native: Native) -> Conversation:
    does = _BY_NAME[native.format].does
    assert isinstance(does, Conversation)
    return does


def _by_marks(body: Any, model: str) -> Format | None:
    """The format of a body sent to an id that is a model's and does not say whose."""
    try:
        opaque = parse(model).base is None
    except ModelIdError:
        return None
    if not opaque or not isinstance(body, dict):
        return None
    return next((row for row in FORMATS if any(mark in body for mark in row.marks)), None)


def _guardrail(answer: Answer) -> dict[str, Any]:
    """What a guardrail that intervened adds to a body, as recorded by traceloop/openllmetry."""
    if answer.stop != replies.GUARDRAIL_INTERVENED:
        return {}
    trace = {"amazon-bedrock-trace": answer.extra["trace"]} if "trace" in answer.extra else {}
    return {"amazon-bedrock-guardrailAction": "INTERVENED", **trace}
