"""A stream that breaks is an error behind what it said, and never an answer."""

import pytest

from bedrock_harness.client import IncompleteStream, ProtocolError
from bedrock_harness.simulator import script
from bedrock_harness.simulator.script import Text, answer, cut, flipped, stream
from bedrock_harness.wire import errors as wire

SAID = answer(Text("Hello there, how are you today?"))
START = script.Event("messageStart", {"role": "assistant"})


@pytest.mark.parametrize("frame", [0, 1, 3])
@pytest.mark.parametrize("ending", ["finish", "close", "reset"])
def test_a_stream_without_message_stop_is_incomplete(bedrock, client, frame, ending):
    """A stream that ends before messageStop is an error, however politely it ends, and what it said is given first."""
    bedrock.play(answer(Text("Hello there"), fault=cut(frame=frame, ending=ending)))
    got = []
    with pytest.raises(IncompleteStream) as caught:
        client.events(into=got)
    assert caught.value.request_id
    if ending != "reset":  # a reset may overtake what was sent
        assert len(got) == frame


@pytest.mark.parametrize("ending", ["finish", "close"])
def test_a_stream_cut_inside_a_frame_is_incomplete(bedrock, client, ending):
    """Bytes of an unfinished frame at the end are never swallowed."""
    bedrock.play(answer(Text("Hello there"), fault=cut(byte=200, ending=ending)))
    with pytest.raises(IncompleteStream, match="frame"):
        client.events()


def test_a_cut_inside_metadata_is_incomplete(bedrock, client):
    """Also behind messageStop half a frame is half a reply."""
    bedrock.play(SAID)
    client.events()
    size = len(bedrock.journal[-1].sent)
    bedrock.play(answer(*SAID.blocks, fault=cut(byte=size - 1)))
    with pytest.raises(IncompleteStream, match="frame"):
        client.streamed()


def test_a_connection_lost_behind_metadata_has_lost_nothing(bedrock, client):
    """A reply is whole when its last event is, though HTTP never says goodbye."""
    bedrock.play(SAID)
    whole = client.streamed()
    size = len(bedrock.journal[-1].sent)
    bedrock.play(answer(*SAID.blocks, fault=cut(byte=size, ending="close")))
    assert client.streamed() == whole


def test_a_flipped_bit_is_found(bedrock, client):
    """Corrupted bytes are a ProtocolError that keeps the wire's own, and the events ahead of them are given first."""
    bedrock.play(answer(Text("Hello there"), fault=flipped(8 * 320)))
    got = []
    with pytest.raises(ProtocolError, match="byte") as caught:
        client.events(into=got)
    assert isinstance(caught.value.__cause__, wire.FrameError)
    assert len(got) > 0


@pytest.mark.parametrize(
    "frame",
    [
        script.Frame({":event-type": "contentBlockDelta", ":message-type": "event"}, b'{"contentBlockIndex":'),
        script.Frame({":message-type": "event"}, b"{}"),
        script.Frame({":event-type": "messageStart"}, b"{}"),
        script.RawBytes(b"\xff\xff\xff\xff" * 4),
    ],
)
def test_a_frame_that_is_no_event_is_an_error(bedrock, client, frame):
    """Broken JSON, missing headers and rubbish end the stream with a ProtocolError behind what came before."""
    bedrock.play(stream(START, frame))
    got = []
    with pytest.raises(ProtocolError):
        client.events(into=got)
    assert len(got) == 1
