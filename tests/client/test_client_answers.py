"""What Bedrock says arrives as it was said, whole and in pieces."""

import base64

import pytest

from bedrock_harness.client import ProtocolError, ToolCall, assistant_message
from bedrock_harness.simulator import script
from bedrock_harness.simulator.script import Answer, Delivery, Reasoning, Redacted, Text, ToolUse, answer, stream
from bedrock_harness.wire import events
from tests.client.driving import HELLO

FULL = answer(
    Reasoning(" Let me\r\n see. ", signature="c2lnbmF0dXJl"),
    Text("こんにちは 👋 {:event-type}\r\n\r\ndata: \x00"),
    ToolUse("functions.weather:0", "weather", {"city": "Tōkyō", "days": 22.0, "big": 2**53 + 1, "none": None}),
    ToolUse("tooluse_2", "now", {}, deltas=()),
    stop="tool_use",
)


def test_an_answer_is_seen_through_its_views(bedrock, client):
    """Text, reasoning, tool calls, stop reason, usage and request id are each one attribute."""
    bedrock.play(FULL)
    reply = client.converse()
    assert reply.text == FULL.blocks[1].text
    assert reply.reasoning == " Let me\r\n see. "
    assert reply.tool_calls == (
        ToolCall("functions.weather:0", "weather", {"city": "Tōkyō", "days": 22.0, "big": 2**53 + 1, "none": None}),
        ToolCall("tooluse_2", "now", {}),
    )
    assert reply.stop_reason == "tool_use"
    assert reply.usage["inputTokens"] == 12
    assert reply.request_id
    assert reply["output"]["message"] is reply.message


@pytest.mark.parametrize(
    "blocks",
    [
        FULL.blocks,
        (Text("a"), Text("b")),
        (Reasoning("", signature="c2ln"), ToolUse("1", "t", {"a": [1, {"b": "\u2028"}]})),
        (Redacted((b"one", b"three", b"x")), Text("done")),
        (),
    ],
)
@pytest.mark.parametrize("pieces", ["frames", "whole", 1, 7])
def test_a_stream_folds_into_the_unary_reply(bedrock, client, blocks, pieces):
    """The same answer is the same reply, whichever way and in whatever pieces it came."""
    bedrock.play(Answer(blocks=blocks, deliver=Delivery(pieces=pieces)))
    whole = client.converse()
    assert client.streamed() == whole
    assert client.streamed(taken=2) == whole


def test_pieces_of_text_are_the_text(bedrock, client):
    """The pieces of a streamed text, joined, are the text; reasoning and tool calls are not among them."""
    bedrock.play(FULL)
    pieces = client.text()
    assert "".join(pieces) == FULL.blocks[1].text
    assert len(pieces) > 1


def frame(kind, payload):
    """A frame with exactly this JSON text, escapes and all."""
    headers = {":event-type": kind, ":content-type": "application/json", ":message-type": "event"}
    return script.Frame(headers, payload.encode())


def spoken(*escaped):
    """A stream whose text deltas are these JSON strings."""
    deltas = (f'{{"contentBlockIndex":0,"delta":{{"text":"{text}"}}}}' for text in escaped)
    return stream(
        frame("messageStart", '{"role":"assistant"}'),
        *(frame("contentBlockDelta", delta) for delta in deltas),
        frame("messageStop", '{"stopReason":"end_turn"}'),
    )


def test_two_deltas_may_share_a_character(bedrock, client):
    """An emoji cut into two escapes is whole in the text and in the reply."""
    bedrock.play(spoken(r"a\ud83d", r"\udc4bb"))
    assert client.text() == ["a", "👋b"]
    assert client.streamed().text == "a👋b"


def test_half_a_character_without_its_other_half_is_replaced(bedrock, client):
    """A half that is never completed is shown as U+FFFD."""
    bedrock.play(spoken(r"a\ud83d"))
    assert client.text() == ["a", "\ufffd"]


def test_redacted_reasoning_comes_in_pieces(bedrock, client):
    """Pieces of encrypted reasoning are decoded one by one and joined as bytes."""
    bedrock.play(answer(Redacted((b"one", b"three", b"x")), Text("done")))
    block = client.streamed().message["content"][0]
    assert base64.b64decode(block["reasoningContent"]["redactedContent"]) == b"onethreex"
    assert client.streamed().text == "done"


@pytest.mark.parametrize("reason", ["end_turn", "guardrail_intervened", "malformed_tool_use", "brand_new"])
def test_any_stop_reason_is_passed_on(bedrock, client, reason):
    """A stop reason is the service's word, also one that nobody has heard of."""
    bedrock.play(answer(Text("a"), stop=reason))
    assert client.converse().stop_reason == client.streamed().stop_reason == reason


def test_a_reply_without_content_is_a_reply(bedrock, client):
    """An answer with nothing in it is empty text with its stop reason, not an error."""
    bedrock.play(answer(stop="guardrail_intervened"))
    reply = client.converse()
    assert (reply.text, reply.tool_calls, reply.stop_reason) == ("", (), "guardrail_intervened")


def test_metadata_may_be_missing(bedrock, client):
    """A stream that ends behind messageStop is complete; what it cost is unknown, not zero."""
    bedrock.play(
        stream(
            script.Event("messageStart", {"role": "assistant"}),
            script.Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello"}}),
            script.Event("contentBlockStop", {"contentBlockIndex": 0}),
            script.Event("messageStop", {"stopReason": "end_turn"}),
        )
    )
    reply = client.streamed()
    assert (reply.text, reply.stop_reason, reply.usage) == ("Hello", "end_turn", None)


def test_unknown_events_are_passed_on_and_harm_nothing(bedrock, client):
    """An event that nobody has heard of is given to the caller, and the text around it is whole."""
    bedrock.play(
        stream(
            script.Event("messageStart", {"role": "assistant"}),
            script.Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hel"}}),
            script.Event("brandNew", {"a": 1}),
            script.Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"audio": {}}}),
            script.Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "lo"}}),
            script.Event("messageStop", {"stopReason": "end_turn"}),
        )
    )
    assert [event.type for event in client.events() if isinstance(event, events.UnknownEvent)] == ["brandNew"]
    assert client.streamed().text == "Hello"


def test_events_arrive_before_the_stream_is_over(bedrock, client):
    """The first event is there while the service is still speaking."""
    bedrock.play(answer(Text("a b c d e f"), deliver=Delivery(gap=0.1)))
    stream = client.stream()
    assert isinstance(client.step(stream), events.MessageStart)
    assert bedrock.journal[-1].finished is None
    client.leave(stream)


def test_a_tool_call_cut_off_is_not_handed_out(bedrock, client):
    """Tool input that is no JSON makes no reply; the error keeps the raw text."""
    bedrock.play(answer(ToolUse("1", "t", {}, deltas=('{"a": ',)), stop="max_tokens"))
    assert any(isinstance(event, events.MessageStop) for event in client.events())
    with pytest.raises(ProtocolError, match="no JSON") as caught:
        client.streamed()
    assert caught.value.__cause__.raw == '{"a": '


def test_what_bedrock_said_goes_back_byte_for_byte(bedrock, client):
    """Signed, silent and redacted reasoning, a tool call and text go back as they came, both ways; blank text does not."""
    blocks = (
        Reasoning(" Hm.\r\n", signature="c2lnbmF0dXJl"),
        Reasoning("", signature="c2lsZW50"),
        Redacted((b"sec", b"ret")),
        Text(""),
        Text(" hello "),
        ToolUse("tooluse_1", "now", {}),
    )
    bedrock.play(answer(*blocks, stop="tool_use"))
    tools = {"tools": [{"toolSpec": {"name": "now", "inputSchema": {"json": {"type": "object"}}}}]}
    result = {"toolResult": {"toolUseId": "tooluse_1", "content": [{"text": "noon"}]}}
    for ask in (client.converse, client.streamed):
        reply = ask(toolConfig=tools)
        ask(messages=[*HELLO, assistant_message(reply), {"role": "user", "content": [result]}], toolConfig=tools)
        said = [block for block in reply.message["content"] if block != {"text": ""}]
        assert bedrock.journal[-1].body["messages"][1] == {"role": "assistant", "content": said}
        assert bedrock.journal[-1].refused is None
