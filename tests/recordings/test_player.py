"""Playing a cassette: which reply answers what, in which pieces, at what time."""

import http.client
import json
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bedrock_harness.recordings.cassette import Recorded
from bedrock_harness.recordings.chunks import Chunk, Timing
from bedrock_harness.recordings.meaning import differences, same
from bedrock_harness.recordings.player import Player, delivery, reply
from bedrock_harness.service.model_ids import OPERATIONS
from bedrock_harness.simulator import Simulator, Text, answer
from bedrock_harness.simulator.rendering.answers import answer_events, encode_frames
from bedrock_harness.simulator.rendering.padding import seeded

MODEL = "amazon.nova-micro-v1:0"
FRAMES = encode_frames(answer_events(answer(Text("Hello there world"))), seeded("player"))
STREAM = b"".join(FRAMES)


def asking(text="Hello", **more):
    return {"messages": [{"role": "user", "content": [{"text": text}]}], **more}


def recorded(
    number=1, *, operation="Converse", model=MODEL, asked=None, said=b'{"said": 1}', status=200, headers=(), timing=None
):
    return Recorded(
        file=Path("a.yaml"),
        number=number,
        method="POST",
        uri="https://bedrock-runtime.us-east-1.amazonaws.com/",
        operation=operation,
        model=model,
        request_headers=(),
        request_body=asking() if asked is None else asked,
        status=status,
        reply_headers=headers,
        reply_body=said,
        timing=timing,
    )


def call(bedrock, body, *, operation="Converse", model=MODEL):
    """Status and body of a reply, and the pieces in which it was read with their times."""
    connection = http.client.HTTPConnection(urlsplit(bedrock.url).netloc, timeout=10)
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {bedrock.bearer_token}", "Content-Type": "application/json"}
    connection.request("POST", f"/model/{model.replace(':', '%3A')}/{OPERATIONS[operation]}", body=raw, headers=headers)
    got = connection.getresponse()
    data = got.read()
    connection.close()
    return got.status, data


def said(word):
    return json.dumps({"said": word}).encode()


# ------------------------------------------------------------------------------------------------------- which reply


def test_a_request_is_known_by_what_it_means():
    """Another order of keys, other white space and another way to write a number are the same request."""
    asked = asking(inferenceConfig={"maxTokens": 10, "temperature": 1})
    other = (
        b'{ "inferenceConfig": {"temperature":1.0,"maxTokens":10},\n'
        b'"messages":[{"content":[{"text":"Hel\\u006co"}],"role":"user"}]}'
    )
    with Simulator(chooser=Player([recorded(asked=asked)])) as bedrock:
        assert call(bedrock, other) == (200, b'{"said": 1}')


def test_operation_model_and_body_choose_the_reply():
    """Each request gets its own recorded reply, in whatever order they come."""
    tape = [
        recorded(1, said=said("converse")),
        recorded(2, operation="ConverseStream", said=STREAM),
        recorded(3, model="other.model", said=said("other")),
        recorded(4, asked=asking("Bye"), said=said("bye")),
        recorded(5, operation="CountTokens", asked={"input": {}}, said=said("count")),
    ]
    with Simulator(chooser=Player(tape)) as bedrock:
        assert call(bedrock, {"input": {}}, operation="CountTokens") == (200, said("count"))
        assert call(bedrock, asking("Bye")) == (200, said("bye"))
        assert call(bedrock, asking(), model="other.model") == (200, said("other"))
        assert call(bedrock, asking(), operation="ConverseStream") == (200, STREAM)
        assert call(bedrock, asking()) == (200, said("converse"))


def test_the_same_request_gets_its_replies_in_order():
    """A request that was recorded twice is answered in that order, and the last reply stays."""
    with Simulator(chooser=Player([recorded(1, said=said(1)), recorded(2, said=said(2))])) as bedrock:
        assert [call(bedrock, asking())[1] for _ in range(3)] == [said(1), said(2), said(2)]


def test_what_the_service_refused_is_refused_in_its_words():
    """A recorded refusal comes before the simulator's own, with its status, headers and body."""
    asked = asking(messages=[])
    headers = (("x-amzn-ErrorType", "ValidationException:http://x/"), ("X-Twice", "a"), ("X-Twice", "b"))
    tape = [recorded(asked=asked, status=400, said=b'{"message":"As recorded."}', headers=headers)]
    with Simulator(chooser=Player(tape)) as bedrock:
        assert call(bedrock, asked) == (400, b'{"message":"As recorded."}')
    assert reply(tape[0]).headers == {"x-amzn-ErrorType": "ValidationException:http://x/", "X-Twice": "a, b"}


def test_account_ids_do_not_matter():
    """The cassette has no account ids, and a request that has one is known all the same."""
    arn = "arn:aws:bedrock:us-east-1:{}:inference-profile/us.amazon.nova-micro-v1:0"
    guarded = asking(
        guardrailConfig={"guardrailIdentifier": "arn:aws:bedrock:us-east-1:{}:guardrail/a", "guardrailVersion": "1"}
    )
    text = json.dumps(guarded)
    tape = [recorded(model=arn.format("123456789012"), asked=json.loads(text.replace("{}", "123456789012")))]
    with Simulator(chooser=Player(tape)) as bedrock:
        model = arn.format("998877665544").replace("/", "%2F")
        assert call(bedrock, text.replace("{}", "998877665544").encode(), model=model)[0] == 200


NEAREST = f"No recorded Converse on {MODEL} has this body. The nearest is a.yaml, exchange 2:"


@pytest.mark.parametrize(
    ("body", "model", "says"),
    [
        (
            asking("Hullo"),
            MODEL,
            f'{NEAREST} messages.0.content.0.text is "Hullo", and was "Hello".',
        ),
        (
            asking("Hullo", system=[{"text": "x"}]),
            MODEL,
            f'{NEAREST} messages.0.content.0.text is "Hullo", and was "Hello", and 1 more.',
        ),
        (asking(), "no.model", f"No recorded exchange is Converse on no.model. Recorded: Converse on {MODEL}."),
        (
            {"messages": []},
            MODEL,
            "A conversation must start with a user message. Try again with a conversation that starts with a user message.",
        ),
    ],
)
def test_what_was_not_recorded_is_explained(body, model, says):
    """The nearest recorded request is named with the first difference; a bad request is refused as ever."""
    far = asking("Hello", inferenceConfig={"maxTokens": 1, "topP": 0.5}, system=[{"text": "y"}, {"text": "z"}])
    with Simulator(chooser=Player([recorded(1, asked=far), recorded(2)])) as bedrock:
        status, got = call(bedrock, body, model=model)
        assert (status, json.loads(got)["message"]) == (400, says)


def test_a_bad_signature_is_no_request():
    """Playing changes nothing in who may call."""
    with Simulator(chooser=Player([recorded()])) as bedrock:
        connection = http.client.HTTPConnection(urlsplit(bedrock.url).netloc, timeout=10)
        connection.request("POST", f"/model/{MODEL}/converse", body=json.dumps(asking()))
        assert connection.getresponse().status == 403
        connection.close()


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ({"a": 1}, {"a": 1.0}, None),
        ({"a": 1}, {"a": True}, "a is true, and was 1"),
        ({"a": None}, {}, "a is not there, and was null"),
        ({}, {"a": 0}, "a is 0, and was not there"),
        ([1, 2], [2, 1], "0 is 2, and was 1"),
        ([1], [1, 2], "1 is 2, and was not there"),
        ({"a": []}, {"a": {}}, "a is {}, and was []"),
        ("x", "y", 'the body is "y", and was "x"'),
        ("x" * 100, None, f'the body is null, and was "{"x" * 58}…'),
    ],
)
def test_what_is_the_same(one, other, where):
    """Numbers are compared by value, lists by order, and a difference is told with its path."""
    found = [str(difference) for difference in differences(one, other)]
    assert (found[0] if found else None) == where
    assert same(one, other) == (where is None)


# ----------------------------------------------------------------------------------------------- pieces and times

TIMING = Timing(
    at="2026-11-21T00:00:00+00:00",
    origin="https://x",
    head=1_000_000,
    chunks=(Chunk(10, 20_000_000), Chunk(len(FRAMES[0]) + 5, 120_000_000), Chunk(len(STREAM), 250_000_000)),
)


def stream(**more):
    return recorded(
        operation="ConverseStream",
        said=STREAM,
        headers=(("Content-Type", "application/vnd.amazon.eventstream"),),
        **more,
    )


def test_recorded_pieces_go_out_at_recorded_times():
    """The body arrives in the recorded chunks, each at its time after the request."""
    with Simulator(chooser=Player([stream(timing=TIMING)])) as bedrock:
        start = time.monotonic()
        assert call(bedrock, asking(), operation="ConverseStream") == (200, STREAM)
        took = time.monotonic() - start
        exchange = bedrock.journal[0]
    assert [write.offset + write.size for write in exchange.writes] == [chunk.end for chunk in TIMING.chunks]
    at = [(write.at - exchange.received) / 1e6 for write in exchange.writes]
    # A loop's clock may run a little ahead of ours.
    assert all(came >= due - 3 for due, came in zip((20, 120, 250), at, strict=True)), at
    assert took >= 0.24


def test_other_pieces_wait_for_their_last_byte():
    """Cut otherwise, a piece goes out when the chunk with its last byte came."""
    ends = [sum(map(len, FRAMES[: n + 1])) for n in range(len(FRAMES))]
    framed = delivery(stream(timing=TIMING), pieces="frames")
    assert framed.pieces == tuple(ends)
    assert framed.times == (0.12, *(0.25,) * (len(FRAMES) - 1))
    whole = delivery(stream(timing=TIMING), pieces="whole")
    assert (whole.pieces, whole.times) == ((len(STREAM),), (0.25,))
    tens = delivery(stream(timing=TIMING), pieces=10)
    assert tens.times[:2] == (0.02, 0.12)
    assert len(tens.times) == len(tens.pieces) == -(-len(STREAM) // 10)


def test_fast_has_no_pauses_and_keeps_the_pieces():
    """Without pauses the recorded chunks stay."""
    fast = delivery(stream(timing=TIMING), fast=True)
    assert (fast.pieces, fast.times) == (tuple(chunk.end for chunk in TIMING.chunks), ())


def test_where_chunks_are_not_known_frames_are_chunks():
    """vcrpy's own cassettes are served frame by frame, as the service mostly does."""
    assert delivery(stream()).pieces == tuple(sum(map(len, FRAMES[: n + 1])) for n in range(len(FRAMES)))
    assert delivery(stream()).times == ()


def test_an_empty_body_is_late_too():
    """A reply with no body comes when its head came."""
    timing = Timing(at="", origin="", head=50_000_000, chunks=())
    assert delivery(recorded(said=b"", timing=timing)).times == (0.05,)


def test_headers_of_the_connection_are_our_own():
    """Length, framing and what could break a head are left out; a stream is chunked whatever was kept."""
    headers = (
        ("Content-Length", "7"),
        ("connection", "close"),
        ("Content-Encoding", "gzip"),
        ("Content-Type", "application/vnd.amazon.eventstream"),
        ("X-Evil", "a\r\nSet-Cookie: b"),
    )
    assert reply(recorded(headers=headers)).headers == {
        "Transfer-Encoding": "chunked",
        "Content-Type": "application/vnd.amazon.eventstream",
    }
