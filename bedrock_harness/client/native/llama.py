"""Llama's own format: one prompt with the turns marked by headers, and the text that follows it.

Knows Meta's prompt format of Llama 3 and the members of "Meta Llama models" in the Bedrock user guide. It carries text only:
no tools, pictures or stop sequences. Marks in the conversation's own text are taken out, since they would end a turn.
"""

from __future__ import annotations

import re
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
    unreadable,
)
from bedrock_harness.client.options import Note

__all__ = ["LlamaChunks", "read", "write"]

_FAMILY = "Llama"
_MARK = re.compile(r"<\|[a-z_]+\|>")
_INFERENCE = {"maxTokens": "max_gen_len", "temperature": "temperature", "topP": "top_p"}
_STOPS = {"stop": "end_turn", "length": "max_tokens"}


def write(body: Mapping[str, Any]) -> Written:
    """The body for InvokeModel. Raises InvalidRequest for what is no text."""
    check_text_only(body, _FAMILY)
    turns = [("system", texts(body["system"], _FAMILY))] if body.get("system") else []
    turns += [(message["role"], texts(message["content"], _FAMILY)) for message in body["messages"]]
    prompt = "".join(f"{_header(role)}{_MARK.sub('', text)}<|eot_id|>" for role, text in turns)
    notes = [*lost(body, _FAMILY)]
    if any(_MARK.search(text) for _, text in turns):
        notes.append(
            Note("prompt-marks-dropped", "Marks of Llama's prompt format were taken out of the conversation's text.")
        )
    if (body.get("inferenceConfig") or {}).get("stopSequences"):
        notes.append(Note("stop-sequences-dropped", "Llama's own format has no stop sequences."))
    written = {"prompt": f"<|begin_of_text|>{prompt}{_header('assistant')}", **inference(body, _INFERENCE)}
    return {**written, **(body.get("additionalModelRequestFields") or {})}, tuple(notes)


def _header(role: str) -> str:
    return f"<|start_header_id|>{role}<|end_header_id|>\n\n"


def read(body: Mapping[str, Any], counts: dict[str, int] | None) -> dict[str, Any]:
    """The Converse reply of a whole reply. Raises ProtocolError for a body that is none."""
    if not isinstance(text := body.get("generation"), str):
        unreadable(_FAMILY, "it has no generation")
    given = body.get("prompt_token_count"), body.get("generation_token_count")
    if isinstance(given[0], int) and isinstance(given[1], int):
        counts = {"inputTokens": given[0], "outputTokens": given[1], "totalTokens": given[0] + given[1]}
    return converse_reply([{"text": text}] if text else [], _stop(body.get("stop_reason")), counts)


def _stop(reason: Any) -> str:
    return _STOPS.get(reason, str(reason or "end_turn"))


def _piece(chunk: Mapping[str, Any]) -> tuple[str, str | None]:
    """A chunk's text, and why the text stops with it, if it does."""
    reason = chunk.get("stop_reason")
    return chunk.get("generation") or "", None if reason is None else _stop(reason)


LlamaChunks = partial(TextChunks, _piece)
"""Pieces of the generated text as Converse's events: one block."""
