"""Strategies for streamed replies: what Converse would answer, and the frames of ConverseStream that say the same."""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import strategies as st

from bedrock_harness.fuzzing.strategies.frames import text
from bedrock_harness.wire.frames import Frame

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

__all__ = ["Replied", "disorders", "event_frame", "replies"]

_PADDING = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)


class Replied(NamedTuple):
    """A reply in Converse's shape, and the frames that it is streamed in."""

    reply: dict[str, Any]
    frames: list[Frame]


def event_frame(kind: str, *, padding: int = 0, **members: Any) -> Frame:
    """One event as the service sends it: three headers in its order, keys in alphabetical order, padding `p`."""
    payload = json.dumps({**members, "p": _PADDING[:padding]}, sort_keys=True, separators=(",", ":"))
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return Frame(headers, payload.encode())


@st.composite
def _split(draw: DrawFn, whole: str) -> list[str]:
    """A text in pieces, empty ones among them; half-characters where a cut falls into one."""
    units = whole.encode("utf-16-le")
    at = sorted(draw(st.lists(st.integers(0, len(units) // 2), max_size=4)))
    bounds = [0, *at, len(units) // 2]
    return [units[2 * begin : 2 * end].decode("utf-16-le", "surrogatepass") for begin, end in pairwise(bounds)]


@st.composite
def _blocks(draw: DrawFn, index: int) -> tuple[dict[str, Any], dict[str, Any] | None, list[dict[str, Any]]]:
    """A block of a reply, and the head and the deltas that it is streamed in."""
    kind = draw(st.sampled_from(["text", "reasoning", "redacted", "tool"]))
    if kind == "text":
        whole = draw(text)
        return {"text": whole}, None, [{"text": piece} for piece in draw(_split(whole))]
    if kind == "reasoning":
        whole, signature = draw(text), draw(st.none() | text)
        deltas = [{"reasoningContent": {"text": piece}} for piece in draw(_split(whole))]
        reasoning = {"text": whole}
        if signature is not None:
            reasoning["signature"] = signature
            deltas.append({"reasoningContent": {"signature": signature}})
        return {"reasoningContent": {"reasoningText": reasoning}}, None, deltas
    if kind == "redacted":
        blobs = draw(st.lists(st.binary(max_size=8), min_size=1, max_size=3))
        deltas = [{"reasoningContent": {"redactedContent": b64encode(blob).decode()}} for blob in blobs]
        return {"reasoningContent": {"redactedContent": b64encode(b"".join(blobs)).decode()}}, None, deltas
    head = {"toolUseId": f"tooluse_{index}", "name": draw(st.sampled_from(["weather", "time"]))}
    value = draw(st.dictionaries(text, _json, max_size=3))
    written = json.dumps(value, ensure_ascii=draw(st.booleans()))
    deltas = [{"toolUse": {"input": piece}} for piece in (draw(_split(written)) if value else [])]
    return {"toolUse": {**head, "input": value}}, {"toolUse": head}, deltas


@st.composite
def replies(draw: DrawFn) -> Replied:
    """A reply of one to four blocks of any kind, streamed with its blocks interleaved in any way that keeps the order."""
    content, queues, frames = [], [], []
    for index in range(draw(st.integers(1, 4))):
        block, head, deltas = draw(_blocks(index))
        content.append(block)
        at = {"contentBlockIndex": index}
        begun = [event_frame("contentBlockStart", start=head, **at)] if head else []
        padding = draw(st.integers(0, 62))
        moved = [event_frame("contentBlockDelta", padding=padding, delta=delta, **at) for delta in deltas]
        queue = [*begun, *moved, event_frame("contentBlockStop", **at)]
        # A block begins after those of a lower index.
        frames.append(queue.pop(0))
        queues.append(queue)
    while any(queues):
        frames.append(draw(st.sampled_from([queue for queue in queues if queue])).pop(0))
    usage, metrics = {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}, {"latencyMs": 4}
    stream = [
        event_frame("messageStart", role="assistant"),
        *frames,
        event_frame("messageStop", stopReason="end_turn"),
        event_frame("metadata", usage=usage, metrics=metrics),
    ]
    message = {"role": "assistant", "content": content}
    reply = {"output": {"message": message}, "stopReason": "end_turn", "usage": usage, "metrics": metrics}
    return Replied(reply, stream)


@st.composite
def disorders(draw: DrawFn) -> list[Frame]:
    """The frames of a reply with some left out, repeated or out of place."""
    frames = list(draw(replies()).frames)
    for _ in range(draw(st.integers(0, 4))):
        at, to = draw(st.integers(0, len(frames) - 1)), draw(st.integers(0, len(frames) - 1))
        moved = frames[at]
        way = draw(st.sampled_from(["move", "repeat", "drop"]))
        if way != "repeat" and len(frames) > 1:
            del frames[at]
        if way != "drop":
            frames.insert(to, moved)
    return frames
