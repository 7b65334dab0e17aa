import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedrock_harness.recordings.cassette import Recorded
from bedrock_harness.recordings.replay import Problem, examine, summarize
from bedrock_harness.wire.frames import Frame, encode

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
ASK = {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}
USAGE = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
REPLY = {
    "output": {"message": {"role": "assistant", "content": [{"text": "hi"}]}},
    "stopReason": "end_turn",
    "usage": USAGE,
    "metrics": {"latencyMs": 5},
}
STREAM = [
    ("messageStart", {"role": "assistant", "p": "abc"}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "hi"}, "p": "a"}),
    ("contentBlockStop", {"contentBlockIndex": 0}),
    ("messageStop", {"stopReason": "end_turn"}),
    ("metadata", {"usage": USAGE, "metrics": {"latencyMs": 5}}),
]


def recorded(body=ASK, reply=b"", *, operation="Converse", status=200, model=MODEL):
    return Recorded(
        file=Path("some.yaml"),
        number=3,
        method="POST",
        uri="https://bedrock-runtime.us-east-1.amazonaws.com/",
        operation=operation,
        model=model,
        request_headers=(),
        request_body=body,
        status=status,
        reply_headers=(),
        reply_body=reply if isinstance(reply, bytes) else json.dumps(reply).encode(),
    )


def event(name, payload):
    headers = {":event-type": name, ":content-type": "application/json", ":message-type": "event"}
    return encode(Frame(headers, payload if isinstance(payload, bytes) else json.dumps(payload).encode()))


def exception(name, payload):
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return encode(Frame(headers, json.dumps(payload).encode()))


def stream(*frames):
    return recorded(reply=b"".join(frames), operation="ConverseStream")


def events(*changed):
    return [event(name, payload) for name, payload in (changed or STREAM)]


def told(examination):
    return [(problem.where, problem.what) for problem in examination.problems]


def test_a_sound_exchange_has_no_problem():
    """A good request and a reply that fits are accepted without a word."""
    examination = examine(recorded(reply=REPLY))
    assert examination.accepted
    assert told(examination) == []


def test_a_sound_stream_is_counted():
    """Every frame is decoded and every event typed; padding is no news."""
    examination = examine(stream(*events()))
    assert (examination.frames, examination.events, examination.news, told(examination)) == (5, 5, (), [])


def test_a_problem_names_file_and_exchange():
    """A problem can be looked up: file, number of the exchange, place in it, and what is wrong."""
    (problem,) = examine(recorded(reply=REPLY | {"usage": None})).problems
    assert (problem.file, problem.exchange, problem.where) == ("some.yaml", 3, "reply.usage")
    assert problem.what.endswith("Member must not be null")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"messages": [{"role": "tool", "content": []}]}, "Member must satisfy enum value set"),
        ({"messages": "hi"}, "Expected list or null"),
        (None, "Expected null"),
        ({"messages": [{"role": "user", "content": [{"text": ""}]}]}, "(messages.0.content.0, rule text-not-blank)"),
    ],
)
def test_an_accepted_request_that_we_refuse_is_a_problem(body, words):
    """The service's word stands against ours."""
    ((where, what),) = told(examine(recorded(body, REPLY)))
    assert where == "request"
    assert what.startswith("the service accepted what we refuse: ")
    assert words in what


def test_a_refused_request_is_foreseen_or_not():
    """A refusal is no problem; whether our rules know why is counted."""
    bad = {"messages": [{"role": "user", "content": []}]}
    ours = examine(recorded(bad, {"message": "no"}, status=400))
    theirs = examine(recorded(ASK, {"message": "no such model"}, status=400))
    assert (ours.accepted, ours.foreseen, told(ours)) == (False, True, [])
    assert (theirs.accepted, theirs.foreseen, told(theirs)) == (False, False, [])


@pytest.mark.parametrize(
    ("frames", "where", "words"),
    [
        ([*events()[:-1], events()[-1][:-1]], "frames", "IncompleteFrameError"),
        ([*events()[:2], b"garbage, and enough of it"], "frames", "PreludeChecksumError"),
        ([b'{"message": "not a stream at all"}'], "frames", "PreludeChecksumError"),
        (events()[:3], "event 4", "the stream ends in the message"),
        ([events()[0], *events()], "event 2", "messageStart in the message"),
        ([events()[0], event("brandNew", {"x": 1}), *events()[1:]], "frame 2", "'brandNew' is no event that we know"),
        ([events()[0], event("contentBlockStop", b"{"), *events()[1:]], "frame 2", "cannot be read"),
        ([events()[0], encode(Frame({}, b"{}")), *events()[1:]], "frame 2", "no :message-type"),
        (
            events(STREAM[0], ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {}}), *STREAM[1:]),
            "frame 2, contentBlockDelta.delta",
            "must set one of the following keys",
        ),
        (
            events(*STREAM[:4], ("metadata", {"usage": {"inputTokens": 1}, "metrics": {"latencyMs": 5}})),
            "folded reply.usage.outputTokens",
            "must not be null",
        ),
        (
            events(
                STREAM[0],
                ("contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": {"toolUseId": "a", "name": "n"}}}),
                ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": '{"x": '}}}),
                *STREAM[2:],
            ),
            "folded reply",
            "is no JSON",
        ),
    ],
    ids=[
        "cut",
        "garbage",
        "no stream",
        "no end",
        "two starts",
        "unknown event",
        "broken payload",
        "no headers",
        "empty delta",
        "half a usage",
        "half a tool call",
    ],
)
def test_a_broken_stream_says_where(frames, where, words):
    """A frame that does not decode, an event that is unknown or out of order, a fold that does not fit: each is named."""
    assert any(place == where and words in what for place, what in told(examine(stream(*frames))))


def test_what_was_decoded_ahead_of_a_fault_is_counted():
    """The frames in front of garbage are judged all the same."""
    examination = examine(stream(*events(), b"garbage, and enough of it"))
    assert (examination.frames, examination.events) == (5, 5)


@pytest.mark.parametrize(
    "frame",
    [
        exception("throttlingException", {"message": "slow down"}),
        encode(Frame({":message-type": "error", ":error-code": "Oops", ":error-message": "it broke"})),
    ],
)
def test_a_stream_that_ends_in_an_exception_is_whole(frame):
    """An exception or error is an event, and no reply is expected after it."""
    examination = examine(stream(*events()[:2], frame))
    assert (examination.frames, examination.events, told(examination)) == (3, 3, [])


def test_what_the_model_does_not_know_is_news():
    """New members and new values in replies are counted by their path, and are no problem."""
    content = [{"toolUse": {"toolUseId": "a", "name": "n", "input": {}, "type": "brand_new", "speed": 1}}]
    reply = REPLY | {"output": {"message": {"role": "assistant", "content": content}}}
    unary = examine(recorded(reply=reply))
    streamed = examine(
        stream(*events(*STREAM[:3], ("messageStop", {"stopReason": "brand_new", "mood": "good"}), STREAM[4]))
    )
    assert told(unary) == told(streamed) == []
    assert unary.news == (
        "Converse.output.message.content.toolUse.type, a value that the model does not list",
        "Converse.output.message.content.toolUse.speed",
    )
    assert streamed.news == ("messageStop.stopReason, a value that the model does not list", "messageStop.mood")


@pytest.mark.parametrize(
    ("operation", "body", "reply", "places"),
    [
        ("CountTokens", {"input": {"converse": ASK}}, {"inputTokens": 3}, []),
        ("CountTokens", {"input": {"converse": ASK}}, {"inputTokens": "3"}, ["reply.inputTokens"]),
        ("CountTokens", {}, {"inputTokens": 3}, ["request"]),
        ("InvokeModel", {"anything": 1}, {"anything": 1}, []),
        ("InvokeModel", None, b"no json", []),
        ("Converse", ASK, b"no json", ["reply"]),
    ],
)
def test_other_operations_are_judged_as_far_as_they_are_modelled(operation, body, reply, places):
    """CountTokens has shapes; what InvokeModel carries is the model's own affair."""
    assert [
        where for where, _ in told(examine(recorded(body, reply, operation=operation, model=MODEL.removeprefix("us."))))
    ] == places


def test_a_summary_counts():
    """Figures add up, other traffic is counted apart, and problems keep their order."""
    every = [
        examine(recorded(reply=REPLY)),
        examine(recorded(reply=REPLY | {"new": 1})),
        examine(stream(*events())),
        examine(stream(*events()[:-1])),
        examine(recorded(operation=None, model=None)),
        examine(recorded({}, {"message": "no"}, status=400)),
    ]
    summary = summarize(every, files=2)
    assert (summary.files, summary.exchanges, summary.other, summary.judged) == (2, 6, 1, 5)
    assert summary.operations == {"Converse": 3, "ConverseStream": 2}
    assert (summary.accepted, summary.refused, summary.foreseen) == (4, 1, 1)
    assert (summary.frames, summary.events) == (9, 9)
    assert summary.news == {"Converse.new": 1}
    assert summary.problems[0] == Problem(
        "some.yaml", 3, "event 5", "the stream ends after messageStop, where metadata must come"
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["delta", "text", "toolUse", "input", "contentBlockIndex", "start", "usage", "role", "stopReason"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
NAMES = st.sampled_from([name for name, _ in STREAM] + ["contentBlockStart", "throttlingException", "brandNew"])


@given(st.lists(st.tuples(NAMES, JSON, st.booleans()), max_size=6), st.binary(max_size=4))
def test_no_recording_is_too_strange_to_be_judged(parts, rest):
    """Whatever events a stream holds, examining it ends in an examination."""
    frames = [exception(name, payload) if thrown else event(name, payload) for name, payload, thrown in parts]
    assert examine(stream(*frames, rest)).frames == len(frames)


@given(JSON, JSON)
def test_no_body_is_too_strange_to_be_judged(body, reply):
    """Whatever JSON a request and a reply hold, examining them ends in an examination."""
    assert examine(recorded(body, reply)).accepted
