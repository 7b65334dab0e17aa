"""Frames as typed events: everything modelled, nothing lost, botocore's laxities not ours."""

import json

import pytest

from bedrock_harness.wire.errors import EventHeaderError, EventPayloadError
from bedrock_harness.wire.events import (
    ContentBlockDelta,
    ContentBlockStart,
    ContentBlockStop,
    Delta,
    ImageDelta,
    ImageSource,
    MessageStart,
    MessageStop,
    Metadata,
    ReasoningDelta,
    Start,
    Thrown,
    ToolResultDelta,
    ToolUseDelta,
    ToolUseStart,
    UnknownEvent,
    read_event,
)
from bedrock_harness.wire.frames import Frame
from tests.wire.made import decode, delta, event, event_frame, start, stop, stream


def exception_frame(name, payload):
    headers = {":exception-type": name, ":content-type": "application/json", ":message-type": "exception"}
    return Frame(headers, payload)


def test_the_events_of_a_message_are_typed():
    """Each modelled event is read into its own type."""
    assert event("messageStart", role="assistant").role == "assistant"
    assert isinstance(event("messageStart", role="assistant"), MessageStart)
    assert isinstance(stop(3), ContentBlockStop)
    assert stop(3).content_block_index == 3
    stopped = event("messageStop", stopReason="tool_use", additionalModelResponseFields={"delta": None})
    assert isinstance(stopped, MessageStop)
    assert (stopped.stop_reason, stopped.additional_model_response_fields) == ("tool_use", {"delta": None})


def test_a_stop_reason_unheard_of_is_read():
    """A stop reason that no model knows is passed on as it is."""
    assert event("messageStop", stopReason="bored").stop_reason == "bored"


HEADS = [
    (
        {"toolUse": {"toolUseId": "t1", "name": "weather", "type": "server_tool_use"}},
        Start(tool_use=ToolUseStart("t1", "weather", "server_tool_use")),
    ),
    (
        {"toolResult": {"toolUseId": "t1", "status": "success"}},
        Start(tool_result={"toolUseId": "t1", "status": "success"}),
    ),
    ({"image": {"format": "png"}}, Start(image={"format": "png"})),
]


@pytest.mark.parametrize(("head", "read"), HEADS)
def test_each_kind_of_head_is_read(head, read):
    """The head of a block is one of three kinds."""
    begun = start(2, **head)
    assert isinstance(begun, ContentBlockStart)
    assert (begun.content_block_index, begun.start) == (2, read)


DELTAS = [
    ({"text": ""}, Delta(text="")),
    ({"toolUse": {"input": '{"a'}}, Delta(tool_use=ToolUseDelta('{"a'))),
    ({"reasoningContent": {"text": "Hm"}}, Delta(reasoning_content=ReasoningDelta(text="Hm"))),
    ({"reasoningContent": {"signature": "c2ln"}}, Delta(reasoning_content=ReasoningDelta(signature="c2ln"))),
    (
        {"reasoningContent": {"redactedContent": "YQ=="}},
        Delta(reasoning_content=ReasoningDelta(redacted_content="YQ==")),
    ),
    ({"citation": {"title": "Report"}}, Delta(citation={"title": "Report"})),
    (
        {"toolResult": [{"text": "a"}, {"json": {"b": 1}}]},
        Delta(tool_result=[ToolResultDelta("a"), ToolResultDelta(json={"b": 1})]),
    ),
    ({"image": {"source": {"bytes": "YQ=="}}}, Delta(image=ImageDelta(ImageSource("YQ==")))),
]


@pytest.mark.parametrize(("member", "read"), DELTAS)
def test_each_kind_of_delta_is_read(member, read):
    """A delta is one of six kinds, and its other members are None."""
    read_delta = delta(0, **member)
    assert isinstance(read_delta, ContentBlockDelta)
    assert read_delta.delta == read


def test_metadata_keeps_what_the_model_does_not_know():
    """Members of usage that the service model does not have are in the usage."""
    read = event("metadata", usage={"inputTokens": 1, "serverToolUsage": {}}, metrics={"latencyMs": 5})
    assert isinstance(read, Metadata)
    assert read.usage == {"inputTokens": 1, "serverToolUsage": {}}
    assert (read.metrics, read.trace, read.service_tier) == ({"latencyMs": 5}, None, None)


def test_padding_is_kept_out_of_the_way():
    """The padding of real traffic is found in `extra`, and the frame it came in is kept."""
    frame = event_frame("messageStart", role="assistant", padding=5)
    read = read_event(frame)
    assert read.extra == {"p": "abcde"}
    assert read.frame is frame
    assert "padding" not in repr(read)
    assert repr(read) == "MessageStart(role='assistant')"


def test_unknown_members_survive_at_any_depth():
    """Members that no field holds are in `extra`, in their places, and modelled ones are not."""
    read = delta(0, text="a", audio={"bytes": "YQ=="}, reasoningContent={"text": "b", "mood": "calm"})
    extra = read.extra
    del extra["p"]
    assert extra == {"delta": {"audio": {"bytes": "YQ=="}, "reasoningContent": {"mood": "calm"}}}


def test_a_delta_of_an_unknown_kind_survives():
    """A delta of a kind that is not modelled has no member with a value, and is whole in `extra`."""
    read = delta(0, audio={"bytes": "YQ=="})
    assert read.delta == Delta()
    assert read.extra["delta"] == {"audio": {"bytes": "YQ=="}}


def test_an_unknown_event_survives():
    """An event of an unknown type keeps its type, its payload and its members."""
    read = event("contentBlockThought", depth=3)
    assert isinstance(read, UnknownEvent)
    assert read.type == "contentBlockThought"
    assert json.loads(read.payload)["depth"] == read.extra["depth"] == 3


def test_headers_that_change_are_read_anew():
    """A frame made by hand is read by its headers as they are, also where the same dict said something else before."""
    headers = {":message-type": "event", ":event-type": "messageStart"}
    assert isinstance(read_event(Frame(headers, b'{"role":"assistant"}')), MessageStart)
    headers[":event-type"] = "contentBlockStop"
    assert isinstance(read_event(Frame(headers, b'{"contentBlockIndex":0}')), ContentBlockStop)


def test_frames_in_turn_are_each_read_by_their_own_headers():
    """Decoded frames of different kinds, one after the other, are not taken for each other."""
    frames = [event_frame("messageStart", role="assistant"), event_frame("contentBlockStop", contentBlockIndex=0)] * 2
    read = [type(read_event(frame)) for frame in decode(stream(frames))]
    assert read == [MessageStart, ContentBlockStop] * 2


def test_an_unknown_event_need_not_be_json():
    """An event of an unknown type is read whatever its payload is."""
    frame = Frame({":message-type": "event", ":event-type": "audioChunk"}, b"\x00\xff")
    assert read_event(frame).payload == b"\x00\xff"
    assert read_event(frame).extra == {}


def test_a_payload_cannot_pass_itself_off_as_a_frame():
    """A member named like the event's own frame changes nothing."""
    frame = event_frame("messageStart", role="assistant", **{":frame": "forged"})
    read = read_event(frame)
    assert read.frame is frame
    assert read.extra[":frame"] == "forged"


def test_half_a_character_is_carried_over():
    """Half a character, sent as an escape, is read: the next delta has the other half."""
    frame = Frame(
        {":message-type": "event", ":event-type": "contentBlockDelta"},
        rb'{"contentBlockIndex":0,"delta":{"text":"\ud83d"}}',
    )
    assert read_event(frame).delta.text == "\ud83d"
    assert read_event(frame).frame is frame


def test_an_exception_is_a_value():
    """An exception in the stream has its name as on the wire, its message and its other members."""
    payload = b'{"message":"Overloaded","originalStatusCode":500,"originalMessage":"busy"}'
    thrown = read_event(exception_frame("modelStreamErrorException", payload))
    assert thrown == Thrown(
        "modelStreamErrorException",
        "Overloaded",
        {"originalStatusCode": 500, "originalMessage": "busy"},
        _frame=thrown.frame,
    )
    assert thrown.category == "exception"
    assert thrown.extra == {"originalStatusCode": 500, "originalMessage": "busy"}


@pytest.mark.parametrize(
    ("payload", "message"),
    [(b"", ""), (b"{}", ""), (b"oops", "oops"), (b'{"Message":"Big"}', "Big"), (b'{"message":7}', ""), (b"\xff", "�")],
)
def test_an_exception_surfaces_whatever_its_payload_is(payload, message):
    """An exception with an unreadable payload is still the exception that its header names."""
    thrown = read_event(exception_frame("NewException", payload))
    assert (thrown.name, thrown.message) == ("NewException", message)


def test_an_error_frame_is_a_value():
    """An unmodelled error has its code and message from headers, and no payload."""
    thrown = read_event(Frame({":message-type": "error", ":error-code": "InternalError", ":error-message": "Sorry"}))
    assert (thrown.name, thrown.message, thrown.category) == ("InternalError", "Sorry", "error")


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({":event-type": "messageStart"}, "no :message-type"),
        ({":message-type": "evnt", ":event-type": "messageStart"}, "'evnt'"),
        ({":message-type": 7, ":event-type": "messageStart"}, "7"),
        ({":message-type": "event"}, "no :event-type"),
        ({":message-type": "event", ":event-type": True}, "no :event-type"),
        ({":message-type": "exception"}, "no :exception-type"),
        ({":message-type": "error", ":error-message": "Sorry"}, "no :error-code"),
        ({}, "no :message-type"),
    ],
)
def test_a_frame_without_its_headers_is_refused(headers, said):
    """A frame without the headers of its category is refused, where botocore accepts or drops it."""
    frame = Frame(headers, b'{"role":"assistant"}')
    with pytest.raises(EventHeaderError, match=said) as caught:
        read_event(frame)
    assert caught.value.frame is frame
    assert caught.value.hint


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b'{"role":"assistant"',
        b"[]",
        b"null",
        b"{}",
        b'{"role":7}',
        b'{"role":"\xff"}',
        b'{"role":"assistant","deep":' + b"[" * 100_000,
        b'{"role":7,"half":"\\ud83d"}',
        b'{"messageStart":{"role":"assistant"}}',
    ],
    ids=lambda payload: repr(payload[:30]),
)
def test_a_payload_of_another_shape_is_refused(payload):
    """A modelled event whose payload is not JSON of its shape is refused, where botocore makes it an empty event."""
    frame = Frame({":message-type": "event", ":event-type": "messageStart"}, payload)
    with pytest.raises(EventPayloadError, match="messageStart") as caught:
        read_event(frame)
    assert caught.value.frame is frame
