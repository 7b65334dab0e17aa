"""Streams of InvokeModel: chunks in frames, read to their proper end."""

import base64
import json

import pytest

from bedrock_harness.client import IncompleteStream, ProtocolError, StreamError
from bedrock_harness.client.native import FORMATS, InvocationReader, TranslatingReader, chunk_of
from bedrock_harness.wire import events, frames

METRICS = {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 3, "outputTokenCount": 2, "invocationLatency": 9}}
LLAMA = [{"generation": "Hel"}, {"generation": "lo"}, {"generation": "", "stop_reason": "stop", **METRICS}]


def frame(payload, event_type="chunk"):
    headers = {":event-type": event_type, ":content-type": "application/json", ":message-type": "event"}
    return frames.encode(frames.Frame(headers, payload))


def chunk(value):
    return frame(json.dumps({"bytes": base64.b64encode(json.dumps(value).encode()).decode(), "p": "ab"}).encode())


def llama():
    """A reader that makes Converse's events of Llama's chunks."""
    chunks = FORMATS["llama"].chunks()
    return TranslatingReader(
        "id-1", lambda event: [event] if (given := chunk_of(event)) is None else chunks.events(given)
    )


def read(reader, data, size):
    given = [event for at in range(0, len(data), size) for event in reader.feed(data[at : at + size])]
    reader.close()
    return given


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_chunks_become_events_however_they_are_cut(size):
    """Bytes in pieces of any size give the same events, in Converse's order."""
    given = read(llama(), b"".join(map(chunk, LLAMA)), size)
    assert [type(event).__name__ for event in given] == [
        "MessageStart",
        "ContentBlockDelta",
        "ContentBlockDelta",
        "ContentBlockStop",
        "MessageStop",
        "Metadata",
    ]
    assert given[-1].usage == {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}
    assert given[-1].metrics == {"latencyMs": 9}


def test_a_stream_that_ends_early_is_incomplete():
    """Without its stop, what was said may be half of the answer."""
    with pytest.raises(IncompleteStream, match="before messageStop"):
        read(llama(), b"".join(map(chunk, LLAMA[:2])), 100)


def test_chunks_can_be_read_as_they_are():
    """The model's own chunks come out untouched, up to the one with the service's metrics."""
    given = read(InvocationReader("id-1"), b"".join(map(chunk, LLAMA)), 13)
    assert [chunk_of(event) for event in given] == LLAMA
    with pytest.raises(IncompleteStream):
        read(InvocationReader("id-1"), b"".join(map(chunk, LLAMA[:2])), 100)


@pytest.mark.parametrize("make", [llama, lambda: InvocationReader("id-1")])
def test_an_exception_in_the_stream_is_raised_behind_what_came_before(make):
    """A throttling exception among chunks has its name, and the chunks before it were given."""
    headers = {":exception-type": "throttlingException", ":message-type": "exception"}
    thrown = frames.encode(frames.Frame(headers, b'{"message": "Too many tokens"}'))
    reader = make()
    given = reader.feed(chunk(LLAMA[0]) + thrown)
    assert given
    with pytest.raises(StreamError, match="Too many tokens") as raised:
        reader.close()
    assert raised.value.code == "ThrottlingException"


@pytest.mark.parametrize("make", [llama, lambda: InvocationReader("id-1")])
@pytest.mark.parametrize(
    "payload",
    [b"{}", b'{"bytes": 3}', b'{"bytes": "???"}', b'{"bytes": "bm8="}', b'{"bytes": "WzFd"}', b"no JSON"],
)
def test_a_chunk_without_json_is_a_broken_stream(make, payload):
    """A chunk that is no base64 of a JSON object is a ProtocolError, told once everything before it was given."""
    reader = make()
    assert len(reader.feed(chunk(LLAMA[0]) + frame(payload))) > 0
    with pytest.raises(ProtocolError, match="no JSON object"):
        reader.close()


def test_other_events_among_chunks_are_passed_on():
    """What is no chunk is nobody's business here."""
    given = llama().feed(frame(b"{}", "initial-response"))
    assert [type(event) for event in given] == [events.UnknownEvent]
