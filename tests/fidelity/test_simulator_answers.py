"""Every answer the simulator can give is one that the service could give."""

import json
from statistics import mean

import pytest
from botocore.eventstream import EventStreamBuffer
from botocore.parsers import create_parser
from botocore.session import Session

from bedrock_harness.service import shapes
from bedrock_harness.simulator import Reasoning, Redacted, Text, ToolUse, answer
from bedrock_harness.simulator.rendering.answers import answer_body, answer_events, encode_frames
from bedrock_harness.simulator.rendering.padding import ALPHABET, seeded
from bedrock_harness.simulator.script import Cited, Usage
from bedrock_harness.wire.events import read_event
from bedrock_harness.wire.fold import fold
from bedrock_harness.wire.frames import FrameDecoder
from bedrock_harness.wire.grammar import violations
from tests.fidelity.recorded import keys_of, replies, split, streams

PLACE = {"location": {"documentPage": {"documentIndex": 0, "end": 2, "start": 1}}, "title": "Sea"}
ANSWERS = {
    "text": answer(Text("Hello, world! こんにちは 👋\n\nA second paragraph.  Two spaces, trailing one ")),
    "text with deltas": answer(Text("Hello", deltas=("Hel", "", "lo"))),
    "empty text": answer(Text("")),
    "white space": answer(Text(" \n ")),
    "reasoning": answer(Reasoning("I think so.", "c2ln"), Text("Yes.")),
    "reasoning without signature": answer(Reasoning("I think so."), Text("Yes.")),
    "signature alone": answer(Reasoning("", "c2ln"), Text("Yes.")),
    "redacted": answer(Redacted((b"a", b"bc", b"\xff" * 100)), Text("Yes.")),
    "tool": answer(ToolUse("tooluse_1", "get", {"city": "Zürich", "list": [1, 2.5, None, True]}), stop="tool_use"),
    "tool without input": answer(ToolUse("tooluse_1", "now", deltas=()), stop="tool_use"),
    "tool with deltas": answer(ToolUse("tooluse_1", "now", {"a": 1}, deltas=('{"a"', ":1}")), stop="tool_use"),
    "two tools": answer(Text("I look."), ToolUse("t1", "one", {"a": 1}), ToolUse("t2", "two"), stop="tool_use"),
    "cited": answer(Cited("The sea is deep.", (PLACE,)), Text(" So it is.")),
    "cache": answer(
        Text("Yes."), usage=Usage(input=3, output=227, cache_read=0, cache_write=1712, cache_details={"5m": 1712})
    ),
    "additional fields": answer(Text("Yes."), additionalModelResponseFields={"delta": {"stop_sequence": None}}),
    "trace": answer(Text("No."), stop="guardrail_intervened", trace={"guardrail": {"inputAssessment": {}}}),
    "service tier": answer(Text("Yes."), serviceTier={"type": "flex"}, performanceConfig={"latency": "standard"}),
}
NEWER_THAN_BOTOCORE = {"usage.serverToolUsage", "usage.cacheReadInputTokenCount", "usage.cacheWriteInputTokenCount"}
"""Members that recorded replies have and botocore 1.44's model does not."""

each_answer = pytest.mark.parametrize("said", ANSWERS.values(), ids=ANSWERS.keys())


def frames(said, seed="test"):
    return b"".join(encode_frames(answer_events(said), seeded(seed)))


def unexpected(found):
    return [violation for violation in found if violation.path not in NEWER_THAN_BOTOCORE]


@pytest.fixture(scope="module")
def service_model():
    return Session().get_service_model("bedrock-runtime")


@each_answer
def test_the_model_allows_every_reply(said):
    """A unary reply has the shape that botocore's model gives it, but for members that real replies have too."""
    assert not unexpected(shapes.validate_reply("Converse", json.loads(answer_body(said))))


@each_answer
def test_the_model_allows_every_event(said):
    """Each event's payload has the shape of its type, `p` aside."""
    for event in answer_events(said):
        assert not unexpected(shapes.validate_event(event.type, event.payload)), event


@each_answer
def test_every_stream_keeps_the_grammar(said):
    """Events come in the order that the service keeps."""
    assert violations([read_event(frame) for frame in FrameDecoder().feed(frames(said))]) == []


@each_answer
def test_a_stream_says_what_the_unary_reply_says(said):
    """Folded, a stream is the unary reply: content, stop reason, total of tokens, metrics."""
    folded = fold([read_event(frame) for frame in FrameDecoder().feed(frames(said))])
    unary = json.loads(answer_body(said))
    assert folded["output"] == unary["output"]
    assert folded["stopReason"] == unary["stopReason"]
    assert folded["usage"]["totalTokens"] == unary["usage"]["totalTokens"]
    assert folded["metrics"] == unary["metrics"]


@each_answer
def test_botocore_parses_every_stream(said, service_model):
    """botocore's own decoder and parser read every frame, each as one known event with its payload."""
    shape = service_model.operation_model("ConverseStream").output_shape.members["stream"]
    parser = create_parser("rest-json")._event_stream_parser
    buffer = EventStreamBuffer()
    buffer.add_data(frames(said))
    parsed = [parser.parse(message.to_response_dict(), shape) for message in buffer]
    assert [next(iter(event)) for event in parsed] == [event.type for event in answer_events(said)]
    assert all("SDK_UNKNOWN_MEMBER" not in event for event in parsed)


@each_answer
def test_botocore_parses_every_reply(said, service_model):
    """botocore parses the unary reply into as many blocks as were scripted."""
    response = {"status_code": 200, "headers": {}, "body": answer_body(said)}
    parsed = create_parser("rest-json").parse(response, service_model.operation_model("Converse").output_shape)
    assert len(parsed["output"]["message"]["content"]) == len(said.blocks)
    assert parsed["stopReason"] == said.stop


# ----------------------------------------------------------------------------------------------------- as recorded


def test_headers_and_keys_are_in_recorded_order():
    """Frames have the recorded headers in the recorded order; payloads are compact, their keys alphabetical, as recorded."""
    recorded = [frame for stream in streams() for frame in stream]
    made = [frame for said in ANSWERS.values() for frame in split(frames(said))]
    assert recorded
    for headers, payload in (*recorded, *made):
        assert [name for name, _ in headers] == [":event-type", ":content-type", ":message-type"]
        assert [value for _, value in headers[1:]] == ["application/json", "event"]
        assert keys_of(payload) == sorted(keys_of(payload))
        assert payload == json.dumps(json.loads(payload), separators=(",", ":"), ensure_ascii=False).encode()


def test_every_kind_of_event_has_a_recorded_set_of_keys():
    """Where recordings have an event of a kind, ours has the same members, nested ones included."""
    recorded = {shape_of(*frame) for stream in streams() for frame in stream}
    plain = [ANSWERS[name] for name in ("text", "reasoning", "redacted")]
    made = {shape_of(*frame) for said in plain for frame in split(frames(said))}
    assert made <= recorded


def shape_of(headers, payload):
    """The event's type with the names of all its members, nested ones behind a dot."""

    def names(value, above=""):
        for key, inner in value.items():
            yield above + key
            if isinstance(inner, dict):
                yield from names(inner, f"{above}{key}.")

    return headers[0][1], frozenset(names(json.loads(payload)))


def test_reasoning_ends_with_an_empty_delta_and_its_signature():
    """Signed reasoning is text deltas, one empty one, then the signature."""
    deltas = [event.payload.get("delta") for event in answer_events(ANSWERS["reasoning"])][1:6]
    assert [delta["reasoningContent"] for delta in deltas] == [
        {"text": "I"},
        {"text": " think"},
        {"text": " so."},
        {"text": ""},
        {"signature": "c2ln"},
    ]


def test_a_citation_comes_ahead_of_its_text():
    """A cited block tells the places first, then the text that rests on them."""
    deltas = [event.payload.get("delta") for event in answer_events(ANSWERS["cited"])]
    assert [next(iter(delta)) for delta in deltas if delta][:3] == ["citation", "text", "text"]


def test_a_tool_begins_with_an_empty_delta():
    """A tool call's input begins with an empty delta, then JSON text with spaces, as models write it."""
    deltas = [event.payload.get("delta") for event in answer_events(ANSWERS["two tools"])]
    inputs = [delta["toolUse"]["input"] for delta in deltas if delta and "toolUse" in delta]
    assert inputs == ["", '{"a":', " 1}", "", "{}"]


def test_padding_is_as_recorded():
    """`p` is on every event, a beginning of the recorded alphabet, 2 to 61 long, and about as long as recorded on average."""
    recorded = [json.loads(payload)["p"] for stream in streams() for _, payload in stream]
    said = answer(Text("x", deltas=("x",) * 2000))
    made = [json.loads(payload)["p"] for _, payload in split(frames(said))]
    for padding in (*recorded, *made):
        assert ALPHABET.startswith(padding)
        assert 2 <= len(padding) <= 61
    assert {len(padding) for padding in made} == set(range(2, 62))
    assert abs(mean(map(len, made)) - mean(map(len, recorded))) < 8


def test_padding_is_the_same_for_the_same_seed():
    """The same seed pads alike, so that a fault at byte N is reproducible; another seed does not."""
    assert frames(ANSWERS["text"], "a") == frames(ANSWERS["text"], "a") != frames(ANSWERS["text"], "b")


def test_unary_replies_are_as_recorded():
    """The outer keys of a unary reply, those of its usage and those of each block are recorded ones, in recorded order."""
    bodies = [body for body, _ in replies()]
    assert bodies
    outer = {tuple(body) for body in bodies}
    usage = {tuple(body["usage"]) for body in bodies}
    blocks = {outline(block) for body in bodies for block in body["output"]["message"]["content"]}
    for name in ("text", "reasoning", "redacted", "tool", "cache"):
        made = json.loads(answer_body(ANSWERS[name]))
        assert tuple(made) in outer
        assert tuple(made["output"]["message"]) == ("content", "role")
        assert tuple(made["usage"]) in usage
        assert {outline(block) for block in made["output"]["message"]["content"]} <= blocks


def outline(block):
    """A content block's keys, down to where a tool's own input begins."""
    (kind, inner), *_ = block.items()
    if kind == "reasoningContent":
        return kind, tuple((key, tuple(value) if isinstance(value, dict) else None) for key, value in inner.items())
    return kind, tuple(inner) if isinstance(inner, dict) else None


def test_reply_headers_are_recorded_ones():
    """A unary reply states its length, as nearly all recorded ones do; `tests/simulator` looks at the order of headers."""
    framings = ["content-length" in headers for _, headers in replies()]
    assert mean(framings) > 0.9
