"""Cohere's own format for Command R and R+: the last words apart from the history, as its chat API has them.

Knows "Cohere Command R and Command R+ models" in the Bedrock user guide, its text part: tools go by Converse.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from bedrock_harness.client.native.shared import (
    TextChunks,
    Written,
    check_text_only,
    converse_reply,
    inference,
    lost,
    texts,
    unfit,
    unreadable,
)

__all__ = ["CohereChunks", "read", "write"]

_FAMILY = "Cohere"
_INFERENCE = {"maxTokens": "max_tokens", "temperature": "temperature", "topP": "p", "stopSequences": "stop_sequences"}
_ROLES = {"user": "USER", "assistant": "CHATBOT"}
_STOPS = {
    "COMPLETE": "end_turn",
    "MAX_TOKENS": "max_tokens",
    "STOP_SEQUENCE": "stop_sequence",
    "ERROR_TOXIC": "content_filtered",
    "ERROR_LIMIT": "model_context_window_exceeded",
}


def write(body: Mapping[str, Any]) -> Written:
    """The body for InvokeModel. Raises InvalidRequest for what is no text, and where the last word is not the user's."""
    check_text_only(body, _FAMILY)
    *history, last = body["messages"]
    if last["role"] != "user":
        unfit("a conversation that ends with the assistant", _FAMILY)
    written: dict[str, Any] = {"message": texts(last["content"], _FAMILY)}
    if history:
        written["chat_history"] = [
            {"role": _ROLES[message["role"]], "message": texts(message["content"], _FAMILY)} for message in history
        ]
    if body.get("system"):
        written["preamble"] = texts(body["system"], _FAMILY)
    written |= inference(body, _INFERENCE)
    return {**written, **(body.get("additionalModelRequestFields") or {})}, lost(body, _FAMILY)


def read(body: Mapping[str, Any], counts: dict[str, int] | None) -> dict[str, Any]:
    """The Converse reply of a whole reply. Raises ProtocolError for a body that is none. Its usage stands in the headers."""
    if not isinstance(text := body.get("text"), str):
        unreadable(_FAMILY, "it has no text")
    return converse_reply([{"text": text}] if text else [], _stop(body.get("finish_reason")), counts)


def _stop(reason: Any) -> str:
    return _STOPS.get(reason, str(reason or "end_turn").lower())


def _piece(chunk: Mapping[str, Any]) -> tuple[str, str | None]:
    """A chunk's text, and why the text stops with it, if it does."""
    kind = chunk.get("event_type")
    text = chunk.get("text") if kind == "text-generation" else None
    return text or "", _stop(chunk.get("finish_reason")) if kind == "stream-end" else None


CohereChunks = partial(TextChunks, _piece)
"""Events of Cohere's chat as Converse's: one block of text."""
