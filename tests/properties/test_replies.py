"""What holds for every reply that is streamed: it keeps the order, and folds back into itself."""

import base64
import itertools
import json

from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.wire.events import read_event
from bedrock_harness.wire.fold import fold
from bedrock_harness.wire.frames import FrameDecoder, encode
from bedrock_harness.wire.grammar import violations
from tests.wire.made import event_frame

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner) | st.dictionaries(text, inner),
    max_leaves=6,
)


@st.composite
def split(draw, whole):
    """A text in pieces, empty ones among them; half-characters where a cut falls into one."""
    units = whole.encode("utf-16-le")
    cuts = sorted(draw(st.lists(st.integers(0, len(units) // 2), max_size=4)))
    bounds = [0, *cuts, len(units) // 2]
    return [units[2 * a : 2 * b].decode("utf-16-le", "surrogatepass") for a, b in itertools.pairwise(bounds)]


@st.composite
def blocks(draw, index):
    """A block of a reply, and the start and the deltas that it is streamed in."""
    kind = draw(st.sampled_from(["text", "reasoning", "redacted", "tool"]))
    if kind == "text":
        whole = draw(text)
        return {"text": whole}, None, [{"text": piece} for piece in draw(split(whole))]
    if kind == "reasoning":
        whole, signature = draw(text), draw(st.none() | text)
        deltas = [{"reasoningContent": {"text": piece}} for piece in draw(split(whole))]
        reasoning = {"text": whole}
        if signature is not None:
            reasoning["signature"] = signature
            deltas.append({"reasoningContent": {"signature": signature}})
        return {"reasoningContent": {"reasoningText": reasoning}}, None, deltas
    if kind == "redacted":
        pieces = draw(st.lists(st.binary(max_size=8), min_size=1, max_size=3))
        deltas = [{"reasoningContent": {"redactedContent": base64.b64encode(piece).decode()}} for piece in pieces]
        return {"reasoningContent": {"redactedContent": base64.b64encode(b"".join(pieces)).decode()}}, None, deltas
    head = {"toolUseId": f"tooluse_{index}", "name": draw(st.sampled_from(["weather", "time"]))}
    value = draw(st.dictionaries(text, values, max_size=3))
    written = json.dumps(value, ensure_ascii=draw(st.booleans()))
    deltas = [{"toolUse": {"input": piece}} for piece in (draw(split(written)) if value else [])]
    return {"toolUse": {**head, "input": value}}, {"toolUse": head}, deltas


@st.composite
def replies(draw):
    """A reply, and the frames that it is streamed in, its blocks interleaved as they may be."""
    content, queues, frames = [], [], []
    for index in range(draw(st.integers(1, 4))):
        block, head, deltas = draw(blocks(index))
        content.append(block)
        at = {"contentBlockIndex": index}
        begun = [event_frame("contentBlockStart", start=head, **at)] if head else []
        queue = [*begun, *(event_frame("contentBlockDelta", delta=delta, **at) for delta in deltas)]
        queues.append([*queue, event_frame("contentBlockStop", **at)])
        frames.append(queues[-1].pop(0))
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
    return {"output": {"message": message}, "stopReason": "end_turn", "usage": usage, "metrics": metrics}, stream


@given(replies(), st.integers(1, 300))
def test_a_streamed_reply_folds_into_itself(made, size):
    """A reply streamed block by block or interleaved, in chunks of any size, keeps the order and folds into itself."""
    reply, frames = made
    data = b"".join(map(encode, frames))
    decoder = FrameDecoder()
    events = [read_event(frame) for at in range(0, len(data), size) for frame in decoder.feed(data[at : at + size])]
    decoder.close()
    assert violations(events) == []
    assert fold(events) == reply


@given(replies(), st.integers(0, 10**6))
def test_a_stream_with_an_event_missing_is_noticed(made, number):
    """A stream that lacks one event other than a delta breaks the order."""
    _, frames = made
    vital = [at for at, frame in enumerate(frames) if frame.event_type != "contentBlockDelta"]
    missing = vital[number % len(vital)]
    assert violations([read_event(frame) for at, frame in enumerate(frames) if at != missing])
