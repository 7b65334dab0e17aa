"""What a model says, in the service's two shapes: one JSON body, or a stream of event frames.

The shapes are those of recorded traffic, down to the order of headers and keys. Nothing here knows HTTP or a socket, and
nothing judges: a script may ask for frames that no service would send.

As recorded: keys in alphabetical order with no spaces; three headers a frame, in one order; `p` on every event; no
contentBlockStart before text or reasoning, one before a tool call; metadata after messageStop.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from bedrock_harness.simulator.rendering.padding import Padding
from bedrock_harness.simulator.script import (
    Answer,
    Block,
    Cited,
    ErrorFrame,
    Event,
    Frame,
    FrameScript,
    RawBytes,
    Reasoning,
    Redacted,
    Text,
    Thrown,
    ToolUse,
    Usage,
)
from bedrock_harness.wire import frames as wire

__all__ = ["answer_body", "answer_events", "encode_frames", "error_body"]

_JSON = "application/json"
_AT_STOP = "additionalModelResponseFields"
"""The one further member of a reply that a stream carries in messageStop; the others come with metadata."""


def answer_body(answer: Answer) -> bytes:
    """The body of a Converse reply."""
    content = [_unary_block(block) for block in answer.blocks]
    members = {
        "metrics": {"latencyMs": answer.latency_ms},
        "output": {"message": {"content": content, "role": "assistant"}},
        "stopReason": answer.stop,
        "usage": _usage(answer.usage, legacy=True),
    }
    return msgspec.json.encode(members | answer.extra)  # serviceTier is recorded behind the others


def answer_events(answer: Answer) -> Iterator[Event]:
    """The events of a ConverseStream reply, in the service's order."""
    yield Event("messageStart", {"role": "assistant"})
    for index, block in enumerate(answer.blocks):
        yield from _block_events(index, block)
    at_stop = {_AT_STOP: answer.extra[_AT_STOP]} if _AT_STOP in answer.extra else {}
    yield Event("messageStop", {"stopReason": answer.stop, **at_stop})
    more = {name: value for name, value in answer.extra.items() if name != _AT_STOP}
    yield Event(
        "metadata", {"metrics": {"latencyMs": answer.latency_ms}, "usage": _usage(answer.usage, legacy=False), **more}
    )


def encode_frames(frames: Iterable[FrameScript], padding: Padding) -> tuple[bytes, ...]:
    """The frames of a stream, each as bytes. `RawBytes` count as a frame of their own."""
    return tuple(_encode(frame, padding) for frame in frames)


def error_body(message: str, member: str = "message") -> bytes:
    """The body of a refusal: flat, with the exception's name in a header (envoyproxy/ai-gateway#1749)."""
    return _json({member: message})


# ---------------------------------------------------------------------------------------------------------------- unary


def _unary_block(block: Block) -> dict[str, Any]:
    match block:
        case Text():
            return {"text": block.text}
        case Reasoning():
            signature = {} if block.signature is None else {"signature": block.signature}
            return {"reasoningContent": {"reasoningText": {**signature, "text": block.text}}}
        case Redacted():
            return {"reasoningContent": {"redactedContent": _base64(b"".join(block.pieces))}}
        case ToolUse():
            return {"toolUse": {"input": block.input, "name": block.name, "toolUseId": block.id}}
        case Cited():
            return {"citationsContent": {"citations": list(block.citations), "content": [{"text": block.text}]}}


def _usage(usage: Usage, *, legacy: bool) -> dict[str, Any]:
    """Token counts. Only unary replies spell the cache's counts in two ways; both shapes bear an empty serverToolUsage."""
    counts: dict[str, Any] = {}
    if usage.cache_details:
        counts["cacheDetails"] = [{"inputTokens": count, "ttl": ttl} for ttl, count in usage.cache_details.items()]
    for name, count in (("cacheReadInputToken", usage.cache_read), ("cacheWriteInputToken", usage.cache_write)):
        if count is not None:
            if legacy:
                counts[f"{name}Count"] = count
            counts[f"{name}s"] = count
    total = usage.input + usage.output + (usage.cache_read or 0) + (usage.cache_write or 0)
    counts["inputTokens"] = usage.input
    counts["outputTokens"] = usage.output
    counts["serverToolUsage"] = {}
    counts["totalTokens"] = total if usage.total is None else usage.total
    return counts


# --------------------------------------------------------------------------------------------------------------- stream


def _block_events(index: int, block: Block) -> Iterator[Event]:
    if isinstance(block, ToolUse):
        start = {"toolUse": {"name": block.name, "toolUseId": block.id}}
        yield Event("contentBlockStart", {"contentBlockIndex": index, "start": start})
    for delta in _deltas(block):
        yield Event("contentBlockDelta", {"contentBlockIndex": index, "delta": delta})
    yield Event("contentBlockStop", {"contentBlockIndex": index})


def _deltas(block: Block) -> Iterator[dict[str, Any]]:
    match block:
        case Text() | Cited():
            for citation in block.citations if isinstance(block, Cited) else ():
                yield {"citation": citation}
            for piece in _words(block.text) if block.deltas is None else block.deltas:
                yield {"text": piece}
        case Reasoning():
            for piece in _reasoning_pieces(block):
                yield {"reasoningContent": {"text": piece}}
            if block.signature is not None:
                yield {"reasoningContent": {"signature": block.signature}}
        case Redacted():
            for encrypted in block.pieces:
                yield {"reasoningContent": {"redactedContent": _base64(encrypted)}}
        case ToolUse():
            for piece in _input_pieces(block) if block.deltas is None else block.deltas:
                yield {"toolUse": {"input": piece}}


def _reasoning_pieces(block: Reasoning) -> tuple[str, ...]:
    """Text deltas, then an empty one ahead of a signature. Signed reasoning with no text is the empty one alone."""
    words = _words(block.text) if block.text or block.signature is None else ()
    pieces = words if block.deltas is None else block.deltas
    return pieces if block.signature is None else (*pieces, "")


def _input_pieces(block: ToolUse) -> tuple[str, ...]:
    """An empty delta first, as Claude sends it, then the JSON text as models write it: with spaces, cut between words."""
    return "", *_words(json.dumps(block.input, ensure_ascii=False))


def _words(text: str) -> tuple[str, ...]:
    """Pieces of about a word, each with the white space ahead of it, as recorded. An empty text is one empty piece."""
    return tuple(re.findall(r"\s*\S+|\s+", text)) or ("",)


# --------------------------------------------------------------------------------------------------------------- frames


def _encode(frame: FrameScript, padding: Padding) -> bytes:
    match frame:
        case Event():
            payload = {**frame.payload, "p": padding()} if frame.padded else frame.payload
            return _frame({":event-type": frame.type, ":content-type": _JSON, ":message-type": "event"}, _json(payload))
        case Thrown():
            payload = {"message": frame.message, **frame.members}
            headers = {":exception-type": frame.name, ":content-type": _JSON, ":message-type": "exception"}
            return _frame(headers, _json(payload))
        case ErrorFrame():
            return _frame({":error-code": frame.code, ":error-message": frame.message, ":message-type": "error"})
        case Frame():
            return _frame(frame.headers, frame.payload)
        case RawBytes():
            return frame.data


def _frame(headers: dict[str, str], payload: bytes = b"") -> bytes:
    return wire.encode(wire.Frame(dict(headers), payload))


def _json(members: dict[str, Any]) -> bytes:
    """JSON with its outermost keys in alphabetical order. What a model or a script put inside keeps the order it has."""
    return msgspec.json.encode({name: members[name] for name in sorted(members)})


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
