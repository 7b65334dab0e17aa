"""A stream's bytes read as events, to a proper end or to an error."""

import httpx
import pytest

from bedrock_harness.client import IncompleteStream, ProtocolError, StreamError
from bedrock_harness.client.reading import StreamReader, TextReader, is_event_stream
from bedrock_harness.wire import events
from bedrock_harness.wire.frames import Frame, encode


def event(kind, payload):
    return encode(Frame({":event-type": kind, ":content-type": "application/json", ":message-type": "event"}, payload))


START = event("messageStart", b'{"role":"assistant"}')
DELTA = event("contentBlockDelta", b'{"contentBlockIndex":0,"delta":{"text":"Hello"}}')
STOP = event("messageStop", b'{"stopReason":"end_turn"}')
METADATA = event("metadata", b'{"usage":{}}')
THROWN = encode(
    Frame({":exception-type": "throttlingException", ":message-type": "exception"}, b'{"message":"Slow down."}')
)
CUT = httpx.RemoteProtocolError("cut")


@pytest.mark.parametrize("tail", [b"", METADATA])
def test_a_stream_with_message_stop_is_complete(tail):
    """A body that ends between two frames, behind messageStop, is complete with metadata and without."""
    reader = StreamReader(None)
    assert len(reader.feed(START + DELTA + STOP + tail)) == 3 + bool(tail)
    reader.close()


@pytest.mark.parametrize(
    ("body", "cut", "reason"),
    [
        (b"", None, "ended before messageStop"),
        (START + DELTA, None, "ended before messageStop"),
        (START + METADATA, None, "ended before messageStop"),
        (START + DELTA, CUT, "broke before messageStop"),
        (START + STOP, CUT, "broke after messageStop and before metadata"),
        (START + STOP + METADATA[:-1], None, "in a frame's checksum"),
        (START + STOP + METADATA + b"\0", CUT, "in a frame's prelude"),
    ],
)
def test_any_other_end_is_incomplete(body, cut, reason):
    """An error says what is missing, keeps its cause, and may be tried again."""
    reader = StreamReader("id-1")
    reader.feed(body)
    with pytest.raises(IncompleteStream, match=reason) as caught:
        reader.close(cut=cut)
    assert (caught.value.request_id, caught.value.retryable) == ("id-1", True)
    assert (caught.value.__cause__ is None) == ("ended" in reason and "messageStop" in reason)


def test_a_connection_lost_behind_metadata_is_no_loss():
    """Nothing comes after metadata."""
    reader = StreamReader(None)
    reader.feed(START + STOP + METADATA)
    reader.close(cut=CUT)


@pytest.mark.parametrize(("fault", "error"), [(THROWN, StreamError), (b"\xff" * 16, ProtocolError)])
def test_what_follows_a_fault_is_not_read(fault, error):
    """Events ahead of a fault are given, those behind it are not, and the fault stays."""
    reader = StreamReader(None)
    assert [type(given) for given in reader.feed(START + DELTA + fault + STOP)] == [
        events.MessageStart,
        events.ContentBlockDelta,
    ]
    assert isinstance(reader.fault, error)
    assert not reader.feed(STOP)
    for _ in range(2):
        with pytest.raises(error):
            reader.close()


def test_an_exception_without_a_message_says_so():
    """An error has words, also where the service gave none."""
    reader = StreamReader(None)
    reader.feed(encode(Frame({":exception-type": "brandNewException", ":message-type": "exception"}, b"{}")))
    with pytest.raises(StreamError, match="no message") as caught:
        reader.close()
    assert (caught.value.code, caught.value.status, caught.value.retryable) == ("brandNewException", None, False)


def test_text_waits_for_the_other_half_of_a_character():
    """Text is given as soon as it can be shown, and never half a character."""
    reader = TextReader()
    halves = (
        events.ContentBlockDelta(content_block_index=0, delta=events.Delta(text=text))
        for text in ("a\ud83d", "\udc4b", "b")
    )
    assert [reader.feed(half) for half in halves] == ["a", "👋", "b"]
    assert reader.close() == ""


@pytest.mark.parametrize(
    ("content_type", "is_one"),
    [
        ("application/vnd.amazon.eventstream", True),
        ("Application/Vnd.Amazon.EventStream; charset=x", True),
        ("application/json", False),
        ("", False),
    ],
)
def test_an_event_stream_says_that_it_is_one(content_type, is_one):
    """The content type tells, in any case and with any parameter."""
    assert is_event_stream(content_type) is is_one
