"""Counting recordings: what is a figure of what."""

import json

import yaml

from bedrock_harness.cli import run
from bedrock_harness.recordings.cassette import read
from bedrock_harness.recordings.census import take_census
from bedrock_harness.wire.frames import Frame, encode

URI = "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.amazon.nova-micro-v1%3A0/converse"


def event(name, **payload):
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return encode(Frame(headers, json.dumps(payload).encode()))


START = event("messageStart", p="abc", role="assistant")
DELTAS = [event("contentBlockDelta", contentBlockIndex=0, delta={"text": "x"}, p="ab") for _ in range(3)]
STOP = event("messageStop", stopReason="end_turn")
STREAM = b"".join((START, *DELTAS, STOP))


def census(tmp_path, *replies, **recorded):
    path = tmp_path / "a.yaml"
    interactions = [
        {
            "request": {"method": "POST", "uri": URI + kind, "headers": {}, "body": "{}"},
            "response": {"status": {"code": status}, "headers": {"A": "b"}, "body": {"string": body}},
            **recorded,
        }
        for kind, status, body in replies
    ]
    path.write_text(yaml.dump({"version": 1, "interactions": interactions}), "utf-8")
    return take_census(read(path), files=1)


def test_streams_are_counted(tmp_path):
    """Events, their order, keys, padding and sizes are counted over all streams."""
    streams = census(tmp_path, ("-stream", 200, STREAM), ("-stream", 200, STREAM)).streams
    assert (streams.count, streams.bytes, streams.undecodable) == (2, 2 * len(STREAM), 0)
    assert streams.events == {"contentBlockDelta": 6, "messageStart": 2, "messageStop": 2}
    assert streams.orders == {"messageStart contentBlockDelta+ messageStop": 2}
    assert streams.keys["contentBlockDelta"] == {"contentBlockIndex, delta, p": 6}
    assert (streams.padding.padded, streams.padding.bare, streams.padding.alphabet) == (8, 2, "abc")
    assert streams.padding.beginnings == 8
    sizes = [len(START), *map(len, DELTAS), len(STOP)]
    assert (streams.frames.count, streams.frames.smallest, streams.frames.largest) == (10, min(sizes), max(sizes))


def test_padding_of_another_alphabet_shows(tmp_path):
    """A padding that is no beginning of the longest one is not counted as one."""
    odd = event("messageStart", p="xyz1", role="assistant")
    padding = census(tmp_path, ("-stream", 200, odd + STREAM)).streams.padding
    assert (padding.alphabet, padding.padded, padding.beginnings) == ("xyz1", 5, 1)


def test_chunks_are_counted_where_they_are_known(tmp_path):
    """How many frames end in a chunk, and how many chunks end with one; times in milliseconds."""
    ends = [len(START) + len(DELTAS[0]), len(START) + len(DELTAS[0]) + 5, len(STREAM)]
    recorded = {
        "at": "2026-11-21T00:00:00+00:00",
        "origin": "https://x",
        "head": 1,
        "chunks": [[end, 10_000_000 * number] for number, end in enumerate(ends, 1)],
    }
    chunking = census(tmp_path, ("-stream", 200, STREAM), recorded=recorded).streams.chunking
    assert chunking.frames == {"0": 1, "2": 1, "3": 1}
    assert (chunking.streams, chunking.with_frame) == (1, 2)
    assert chunking.sizes.smallest == 5
    assert (chunking.first_ms.median, chunking.gaps_ms.largest) == (10, 10)


def test_a_cut_stream_is_counted_up_to_the_cut(tmp_path):
    """Frames before the place where a body breaks off count, and the stream counts as undecodable."""
    streams = census(tmp_path, ("-stream", 200, STREAM[:-3])).streams
    assert (streams.undecodable, streams.events) == (1, {"contentBlockDelta": 3, "messageStart": 1})


def test_refusals_are_counted_by_status(tmp_path):
    """A refused request has a status and headers, and no reply to count."""
    found = census(tmp_path, ("", 400, '{"message": "no"}'), ("", 200, '{"stopReason": "end_turn", "usage": {}}'))
    assert (found.statuses, found.reply_headers) == ({"200": 1, "400": 1}, {"a": 2})
    assert (found.stop_reasons, found.reply_keys) == ({"end_turn": 1}, {"stopReason, usage": 1})


def test_a_new_member_is_reported(tmp_path, capsys):
    """A member that neither the service model nor any known recording has is told by its path."""
    stream = START + event(
        "metadata", usage={"inputTokens": 1, "outputTokens": 1, "totalTokens": 2, "serverToolUsage": {}, "moonPhase": 3}
    )
    found = census(tmp_path, ("-stream", 200, stream))
    assert found.unmodelled == {"metadata.usage.moonPhase": 1, "metadata.usage.serverToolUsage": 1}
    assert found.new == {"metadata.usage.moonPhase": 1}
    assert run(["replay", str(tmp_path), "--census"]) == 0
    shown = capsys.readouterr().out
    assert "New: 1 member that no recording known to the harness has:\n  metadata.usage.moonPhase, 1 times" in shown


def test_json_has_all_figures(tmp_path, capsys):
    """The same census as JSON, and an unreadable file as exit code 2."""
    census(tmp_path, ("-stream", 200, STREAM))
    (tmp_path / "broken.yaml").write_text("[")
    assert run(["replay", str(tmp_path), "--census", "--json"]) == 2
    printed, complaints = capsys.readouterr()
    found = json.loads(printed)
    assert (found["files"], found["streams"]["events"]["messageStop"]) == (1, 1)
    assert "broken.yaml" in found["unreadable"][0]
    assert "broken.yaml" in complaints


def test_any_recording_can_be_counted(tmp_path):
    """Replies that are no JSON, or JSON of another shape, are counted as what they are."""
    replies = ["", "null", "[]", '"x"', '{"output": [], "usage": 7}', '{"output": {"message": {"content": {"a": 1}}}}']
    frames = [encode(Frame({}, payload)) for payload in (b"", b"[]", b'{"delta": 1, "p": 2, "stopReason": []}')]
    found = census(tmp_path, *(("", 200, reply) for reply in replies), ("-stream", 200, b"".join(frames)))
    assert found.exchanges == 7
    assert found.streams.frames.count == 3
