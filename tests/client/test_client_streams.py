"""What a stream gives its reader: tool calls as they are finished, the unary reply, and an end within the time it may take."""

import asyncio
import threading

import pytest

from bedrock_harness.client import AsyncClient, Client, ProtocolError, RequestTimeout, ToolCall
from bedrock_harness.simulator import script
from bedrock_harness.simulator.script import Delivery, HttpError, Text, ToolUse, answer, stream
from tests.client.driving import HELLO, MODEL

CALLS = (ToolUse("t1", "one", {"city": "Oslo"}), ToolUse("t2", "two", {}))
SLOW = answer(Text("word " * 100), deliver=Delivery(gap=0.05))


def start(index, name):
    return script.Event(
        "contentBlockStart",
        {"contentBlockIndex": index, "start": {"toolUse": {"toolUseId": f"t{index}", "name": name}}},
    )


def piece(index, text):
    return script.Event("contentBlockDelta", {"contentBlockIndex": index, "delta": {"toolUse": {"input": text}}})


def stop(index):
    return script.Event("contentBlockStop", {"contentBlockIndex": index})


START = script.Event("messageStart", {"role": "assistant"})
END = script.Event("messageStop", {"stopReason": "tool_use"})


@pytest.fixture(params=["blocking", "in-a-loop"])
def calls_of(request, bedrock):
    """The tool calls of the stream that the simulator plays."""

    async def read():
        async with (
            AsyncClient(bedrock.region, bedrock.credentials, endpoint=bedrock.url) as client,
            client.converse_stream(MODEL, HELLO) as told,
        ):
            return [call async for call in told.tools()]

    def calls():
        if request.param == "in-a-loop":
            return asyncio.run(read())
        with (
            Client(bedrock.region, bedrock.credentials, endpoint=bedrock.url) as client,
            client.converse_stream(MODEL, HELLO) as told,
        ):
            return list(told.tools())

    return calls


def test_p14_each_call_is_given_when_its_block_stops(bedrock, calls_of):
    """Calls come in the order in which they are finished, interleaved or not, with their input parsed."""
    bedrock.play(
        stream(
            START, start(0, "a"), start(1, "b"), piece(1, '{"x":'), piece(0, ""), piece(1, "1}"), stop(1), stop(0), END
        )
    )
    assert calls_of() == [ToolCall("t1", "b", {"x": 1}), ToolCall("t0", "a", {})]


def test_a_call_that_was_cut_is_an_error(bedrock, calls_of):
    """Half an input is not given as a call, even where its block has stopped."""
    bedrock.play(stream(START, start(0, "a"), piece(0, '{"x":'), stop(0), END))
    with pytest.raises(ProtocolError, match="no JSON"):
        calls_of()


def test_text_is_no_call(bedrock, calls_of):
    """Blocks of text and reasoning give nothing."""
    bedrock.play(answer(Text("Hello"), *CALLS, stop="tool_use"))
    assert [call.name for call in calls_of()] == ["one", "two"]


def test_a_streamed_reply_is_the_unary_one(bedrock, client):
    """Folded to the end, a stream gives the message that converse gives for the same answer."""
    bedrock.play(answer(Text("Hello"), *CALLS, stop="tool_use"))
    assert client.streamed().message == client.converse().message


@pytest.mark.parametrize("ask", ["converse", "events"])
def test_a_call_ends_when_its_time_is_over(bedrock, connect, ask):
    """Whatever keeps arriving, the whole call takes no longer than total_timeout, and the client is good for more."""
    bedrock.play(answer(Text("word " * 100), deliver=Delivery(gap=0.05, pieces=20)))
    client = connect(total_timeout=0.2)
    with pytest.raises(RequestTimeout, match=r"not done within 0\.2 s") as caught:
        getattr(client, ask)()
    assert (caught.value.phase, caught.value.seconds) == ("total", 0.2)
    bedrock.play(answer(Text("Hello")))
    assert client.converse().text == "Hello"


def test_a_silent_stream_ends_as_well(bedrock, connect):
    """A stall is noticed when the time is over, long before the read timeout."""
    bedrock.play(answer(Text("Hello"), deliver=Delivery(delay=20.0)))
    with pytest.raises(RequestTimeout, match="not done"):
        connect(total_timeout=0.2, read_timeout=60).events()


def test_pauses_are_within_the_time_too(bedrock, connect):
    """Where the service asks for a longer pause than is left, its refusal is told at once."""
    bedrock.play(HttpError("ThrottlingException", "Slow down.", headers={"retry-after": "30"}))
    with pytest.raises(Exception, match="Slow down"):
        connect(total_timeout=5, attempts=3).converse()
    assert len(bedrock.journal) == 1


def test_time_within_bounds_changes_nothing(bedrock, connect):
    """A call that is done in time is done."""
    bedrock.play(answer(Text("Hello")))
    client = connect(total_timeout=30)
    assert client.streamed().text == client.converse().text == "Hello"


def test_no_thread_is_left_by_streams_that_end_in_any_way(bedrock, connect):
    """Read to the end, left early, or out of time: a stream leaves no thread."""
    before = threading.active_count()
    bedrock.play(SLOW)
    client = connect(total_timeout=0.1)
    client.events(stop_after=1)
    with pytest.raises(RequestTimeout):
        client.events()
    assert threading.active_count() == before
