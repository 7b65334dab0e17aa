"""Frames broken on purpose: exceptions in their place, wrong checksums, absurd lengths."""

import struct
from contextlib import closing
from zlib import crc32

import boto3
import pytest
from botocore.config import Config
from botocore.eventstream import ChecksumMismatch, InvalidPayloadLength
from botocore.exceptions import ClientError, EventStreamError

from bedrock_harness.service.exceptions import EXCEPTIONS
from bedrock_harness.simulator import Text, answer, stream
from bedrock_harness.simulator.script import Delivery, ErrorFrame, Event, Fault, Http, RawBytes, Thrown, cut
from bedrock_harness.wire.errors import FrameError, FrameTooLongError, MessageChecksumError, PreludeChecksumError
from bedrock_harness.wire.frames import FrameDecoder
from tests.simulator.raw import HELLO, MODEL, Peer

SAID = Text("a b c d e")
EVENTS = 9
"""Frames of SAID as a stream."""
IN_STREAM = sorted(row.stream_name for row in EXCEPTIONS.values() if row.stream_name)
THROWN = Thrown("throttlingException", "Too many tokens, please wait before trying again.")


def ask(simulator, reply, operation="ConverseStream"):
    simulator.play(reply)
    with Peer(simulator) as peer:
        return peer.ask(simulator, operation)


def decoded(body):
    return FrameDecoder().feed(body)


def read(client, into):
    """Put the events of a stream into a list, up to where it breaks."""
    with closing(client.converse_stream(modelId=MODEL, **HELLO)["stream"]) as events:
        into.extend(events)


@pytest.fixture
def client(simulator):
    keys = simulator.credentials
    made = boto3.client(
        "bedrock-runtime",
        region_name=simulator.region,
        endpoint_url=simulator.url,
        aws_access_key_id=keys["access_key_id"],
        aws_secret_access_key=keys["secret_access_key"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield made
    made.close()


# ---------------------------------------------------------------------------------------------------------- exceptions


@pytest.mark.parametrize("position", [None, *range(EVENTS), EVENTS + 5])
def test_an_exception_at_every_position(simulator, position):
    """The frames before the position, then the exception, then nothing; beyond the last frame it follows the last."""
    whole = ask(simulator, answer(SAID))
    reply = ask(simulator, answer(SAID, fault=Fault(frame=position, thrown=THROWN)))
    before = min(position or 0, EVENTS)
    assert reply.chunks[:-1] == whole.chunks[:before]
    (thrown,) = decoded(reply.chunks[-1])
    assert thrown.headers[":exception-type"] == "throttlingException"
    assert thrown.payload == b'{"message":"Too many tokens, please wait before trying again."}'
    assert reply.ended == "properly"


@pytest.mark.parametrize("name", IN_STREAM)
@pytest.mark.parametrize("position", [0, 1, 4, EVENTS - 1, EVENTS])
def test_boto3_raises_every_exception_wherever_it_comes(simulator, client, name, position):
    """boto3 yields the events before the exception, then raises it under its name."""
    simulator.play(answer(SAID, fault=Fault(frame=position, thrown=Thrown(name, "It broke."))))
    seen = []
    with pytest.raises(EventStreamError, match="It broke") as raised:
        read(client, seen)
    assert len(seen) == position
    assert raised.value.response["Error"]["Code"] == name
    simulator.wait_until_idle()
    assert len(decoded(simulator.journal[-1].sent)) == position + 1


def test_an_unmodelled_error_takes_a_place_too(simulator):
    """An error frame takes the place of what follows like an exception."""
    reply = ask(simulator, answer(SAID, fault=Fault(frame=2, thrown=ErrorFrame("InternalError", "It broke."))))
    assert decoded(reply.body)[2].headers[":error-code"] == "InternalError"
    assert len(decoded(reply.body)) == 3


def test_an_exception_may_be_cut_off(simulator):
    """A body that ends inside its exception has the beginning of it."""
    fault = Fault(frame=1, thrown=THROWN)
    whole = ask(simulator, answer(SAID, fault=fault)).body
    short = Fault(frame=1, thrown=THROWN, byte=len(whole) - 3, ending="close")
    reply = ask(simulator, answer(SAID, fault=short))
    assert (reply.body, reply.ended) == (whole[:-3], "closed")


@pytest.mark.parametrize("name", IN_STREAM)
def test_an_exception_of_a_stream_refuses_converse(simulator, client, name):
    """Called without a stream the same answer is refused over HTTP: the exception's own status and spelling."""
    simulator.play(answer(SAID, fault=Fault(frame=3, thrown=Thrown(name, "It broke."))))
    with pytest.raises(ClientError, match="It broke") as raised:
        client.converse(modelId=MODEL, **HELLO)
    expected = next(row for row in EXCEPTIONS.values() if row.stream_name == name)
    response = raised.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (
        expected.name,
        expected.status,
    )


# ------------------------------------------------------------------------------------------------------------ spoilt frames

SPOILT = {"prelude-crc": PreludeChecksumError, "message-crc": MessageChecksumError, "length": FrameTooLongError}


@pytest.mark.parametrize("spoil", SPOILT)
@pytest.mark.parametrize("position", [None, 0, 1, 4, EVENTS - 1])
def test_a_spoilt_frame(simulator, spoil, position):
    """The frame has that one thing wrong, in its own bytes and nowhere else, and a decoder names it behind the frames before."""
    whole = ask(simulator, answer(SAID))
    reply = ask(simulator, answer(SAID, fault=Fault(frame=position, spoil=spoil)))
    at = position or 0
    changed = [n for n, pair in enumerate(zip(whole.chunks, reply.chunks, strict=True)) if pair[0] != pair[1]]
    assert changed == [at]
    assert [len(chunk) for chunk in whole.chunks] == [len(chunk) for chunk in reply.chunks]
    with pytest.raises(FrameError) as raised:
        decoded(reply.body)
    assert type(raised.value) is SPOILT[spoil]
    assert len(raised.value.before) == at


def test_one_thing_is_wrong_with_a_spoilt_frame(simulator):
    """The checksums that are not spoilt agree with the bytes they cover, so that no reader is stopped by another mistake."""
    prelude = ask(simulator, answer(SAID, fault=Fault(spoil="prelude-crc"))).chunks[0]
    assert crc32(prelude[:-4]) == int.from_bytes(prelude[-4:])
    assert crc32(prelude[:8]) != int.from_bytes(prelude[8:12])
    length = ask(simulator, answer(SAID, fault=Fault(spoil="length"))).chunks[0]
    assert struct.unpack(">I", length[:4]) == (2**31,)
    assert crc32(length[:8]) == int.from_bytes(length[8:12])
    assert crc32(length[:-4]) == int.from_bytes(length[-4:])


@pytest.mark.parametrize("spoil", SPOILT)
def test_boto3_stumbles_over_a_spoilt_frame(simulator, client, spoil):
    """botocore's decoder refuses each spoilt frame."""
    simulator.play(answer(SAID, fault=Fault(frame=2, spoil=spoil)))
    with pytest.raises((ChecksumMismatch, InvalidPayloadLength)):
        read(client, [])


@pytest.mark.parametrize("spoil", SPOILT)
def test_what_is_no_frame_is_not_spoilt(simulator, spoil):
    """Frames that are not there stay away, and bytes too short for a frame break nothing here."""
    whole = ask(simulator, answer(SAID))
    assert ask(simulator, answer(SAID, fault=Fault(frame=EVENTS, spoil=spoil))).body == whole.body
    assert ask(simulator, stream(RawBytes(b"\x00"), fault=Fault(spoil=spoil))).ended == "properly"
    page = Http(200, {}, b"page", fault=Fault(spoil=spoil, thrown=THROWN))
    assert ask(simulator, page).body == b"page"


def test_a_spoilt_frame_in_any_delivery(simulator):
    """Spoiling goes before cutting: the bytes are the same in other pieces, and can be cut off as well."""
    spoilt = Fault(frame=2, spoil="message-crc")
    whole = ask(simulator, answer(SAID, fault=spoilt)).body
    assert ask(simulator, answer(SAID, fault=spoilt, deliver=Delivery(pieces=7))).body == whole
    both = Fault(frame=2, spoil="message-crc", byte=600, ending="reset")
    assert whole.startswith(ask(simulator, answer(SAID, fault=both)).body)


def test_a_cut_still_counts_frames(simulator):
    """Without an exception and with no frame spoilt, `frame` ends the body."""
    assert len(decoded(ask(simulator, answer(SAID, fault=cut(frame=2))).body)) == 2
    scripted = stream(*[Event("messageStart", {"role": "assistant"})] * 4, fault=cut(frame=3))
    assert len(decoded(ask(simulator, scripted).body)) == 3


@pytest.mark.parametrize("place", [{"byte": -1}, {"frame": -1}])
def test_faults_are_counted_from_0(place):
    """A fault before the first byte or frame is an error at once, in a sentence."""
    with pytest.raises(ValueError, match="counted from 0"):
        Fault(**place)
