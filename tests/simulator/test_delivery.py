"""Bytes on the wire: in which pieces, when, and how they break off."""

import time

import pytest

from bedrock_harness.simulator import Simulator, Text, answer, stream
from bedrock_harness.simulator.rendering.delivery import make_plan
from bedrock_harness.simulator.script import (
    ErrorFrame,
    Event,
    Fault,
    Frame,
    Http,
    HttpError,
    RawBytes,
    Thrown,
    at,
    coalesced,
    cut,
    each_byte,
    every,
    flipped,
    frame_by_frame,
)
from bedrock_harness.wire.errors import FrameError
from bedrock_harness.wire.frames import FrameDecoder
from tests.simulator.raw import Peer, octets, signed

SAID = Text("a b c d e")


def streamed(simulator, *replies):
    """What a client gets of a ConverseStream reply."""
    simulator.play(*replies)
    with Peer(simulator) as peer:
        return peer.ask(simulator, "ConverseStream")


def frames(data):
    return FrameDecoder().feed(data)


# -------------------------------------------------------------------------------------------------------------- pieces


def test_a_frame_is_a_chunk(simulator):
    """Without a word about delivery each frame is one HTTP chunk."""
    reply = streamed(simulator, answer(SAID))
    assert [len(frames(chunk)) for chunk in reply.chunks] == [1] * 9
    assert reply.ended == "properly"


@pytest.mark.parametrize("deliver", [each_byte(), coalesced(), every(7), every(10_000), at(1, 5, 5, 13, 300, 10**9)])
def test_any_delivery_carries_the_same_bytes(simulator, deliver):
    """However a body is cut, its bytes are the same, in chunks of the sizes asked for."""
    whole = streamed(simulator, answer(SAID)).body
    reply = streamed(simulator, answer(SAID, deliver=deliver))
    assert reply.body == whole
    sizes = [len(chunk) for chunk in reply.chunks]
    match deliver.pieces:
        case "whole":
            assert sizes == [len(whole)]
        case int(size):
            assert set(sizes[:-1]) <= {size}
        case offsets:
            assert sizes[:4] == [1, 4, 8, 287]
            assert len(sizes) == len(set(offsets))


def test_no_piece_is_empty():
    """Cuts at either end of the body, twice at one place, or beyond it make no empty piece: an empty chunk ends a reply."""
    body = (b"ab", b"", b"c")
    assert make_plan(body, at(0, 1, 1, 3, 9), None).cuts == (1, 3)
    assert make_plan(body, frame_by_frame(), None).cuts == (2, 3)
    assert make_plan(body, every(3), None).cuts == (3,)
    assert make_plan((), frame_by_frame(), None).cuts == ()


def test_each_piece_is_journalled(simulator):
    """The journal has each write's time, offset and size, and the body as sent."""
    reply = streamed(simulator, answer(SAID, deliver=every(100)))
    simulator.wait_until_idle()
    exchange = simulator.journal[0]
    assert exchange.sent == reply.body
    assert [write.offset for write in exchange.writes] == list(range(0, len(reply.body), 100))
    assert sum(write.size for write in exchange.writes) == len(reply.body)
    assert exchange.received <= exchange.writes[0].at <= exchange.writes[-1].at <= exchange.finished
    assert exchange.closed_by_peer is None


def test_a_unary_reply_in_pieces_keeps_its_length(simulator):
    """A Converse reply has a Content-Length and no chunks, also when its bytes come one at a time."""
    simulator.play(answer(SAID, deliver=each_byte()))
    with Peer(simulator) as peer:
        reply = peer.ask(simulator)
    assert reply.header("Content-Length") == str(len(reply.body))
    assert reply.header("Transfer-Encoding") is None
    assert len(simulator.journal[0].writes) == len(reply.body)


def test_gaps_do_not_add_up(simulator):
    """Pieces come on absolute deadlines: 40 gaps of 5 ms take 200 ms, not 200 ms and 40 times the lateness."""
    simulator.play(answer(Text("x", deltas=("x",) * 36), deliver=frame_by_frame(gap=0.005, delay=0.1)))
    started = time.monotonic()
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator, "ConverseStream")))
        peer.read_head()
        assert time.monotonic() - started >= 0.099
    simulator.play(answer(Text("x", deltas=("x",) * 36), deliver=frame_by_frame(gap=0.005)))
    with Peer(simulator) as peer:
        assert len(peer.ask(simulator, "ConverseStream").chunks) == 40
    simulator.wait_until_idle()
    writes = simulator.journal[-1].writes
    assert 0.194 <= (writes[-1].at - writes[0].at) / 1e9 <= 0.35


def test_small_pieces_are_not_held_back(simulator):
    """A hundred small frames on a kept connection arrive at once: no waiting for acknowledgements of 40 ms."""
    simulator.play(answer(Text("x", deltas=("x",) * 96)))
    with Peer(simulator) as peer:
        peer.ask(simulator, "ConverseStream")
        started = time.monotonic()
        for _ in range(20):
            peer.ask(simulator, "ConverseStream")
        assert time.monotonic() - started < 20 * 0.03


def test_a_peer_that_does_not_read_holds_nobody_up(simulator):
    """A body far beyond the socket's buffers waits for its reader, while others are served; then it arrives whole."""
    big = answer(Text("x", deltas=("x" * 100_000,) * 300))
    simulator.play(big, answer(SAID))
    with Peer(simulator, timeout=30) as slow, Peer(simulator) as quick:
        slow.send(octets(signed(simulator, "ConverseStream")))
        slow.read_head()
        assert quick.ask(simulator, "ConverseStream").ended == "properly"
        waiting = len(simulator.journal[0].writes)
        assert waiting < 304
        slow.buffer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + slow.buffer
        assert len(slow.read_reply().chunks) == 304


# -------------------------------------------------------------------------------------------------------------- faults

ENDINGS = {"finish": "properly", "close": "closed", "reset": "reset"}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("after", [0, 1, 100, 1000])
def test_a_body_cut_at_a_byte(simulator, ending, after):
    """The body ends after exactly that many bytes, and TCP or HTTP says so as scripted."""
    whole = streamed(simulator, answer(SAID)).body
    reply = streamed(simulator, answer(SAID, fault=cut(byte=after, ending=ending)))
    assert reply.ended == ENDINGS[ending]
    assert reply.body.startswith(whole[:after]) if ending == "reset" else reply.body == whole[:after]
    simulator.wait_until_idle()
    assert simulator.journal[-1].sent == whole[:after]
    assert simulator.journal[-1].closed_by_peer is None


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("count", [0, 3, 9, 50])
def test_a_body_cut_after_frames(simulator, ending, count):
    """The body ends after that many whole frames."""
    streamed(simulator, answer(SAID, fault=cut(frame=count, ending=ending)))
    simulator.wait_until_idle()
    assert len(frames(simulator.journal[-1].sent)) == min(count, 9)


def test_a_stall_lasts_until_the_client_leaves(simulator):
    """A stalled reply sends its bytes and then nothing, and the journal sees when the client gives up."""
    simulator.play(answer(SAID, fault=cut(frame=2, ending="stall")))
    with Peer(simulator, timeout=0.3) as peer:
        reply = peer.ask(simulator, "ConverseStream")
        assert (reply.ended, len(frames(reply.body))) == ("silence", 2)
        assert not simulator.wait_until_idle(0.05)
    assert simulator.wait_until_idle(2)
    exchange = simulator.journal[0]
    assert exchange.closed_by_peer is not None
    assert exchange.finished is None
    assert len(frames(exchange.sent)) == 2


def test_a_stall_ends_with_the_simulator(on_each_loop):
    """Closing the simulator ends a stalled reply, and blames no client for it."""
    with Simulator(script=(answer(SAID, fault=cut(byte=0, ending="stall")),)) as simulator:
        peer = Peer(simulator)
        peer.send(octets(signed(simulator)))
        peer.read_head()
    with peer:
        assert peer.rest()[1] in {"closed", "reset"}
    assert simulator.journal[0].closed_by_peer is None


def test_a_client_that_leaves_is_noticed(simulator):
    """A client that closes in the middle of a paced reply stops it, and the journal says when."""
    simulator.play(answer(Text("x", deltas=("x",) * 200), deliver=frame_by_frame(gap=0.02)))
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator, "ConverseStream")))
        peer.read_head()
    assert simulator.wait_until_idle(2)
    exchange = simulator.journal[0]
    assert exchange.closed_by_peer is not None
    assert len(exchange.writes) < 100
    assert len(exchange.sent) == sum(write.size for write in exchange.writes)


@pytest.mark.parametrize("bit", [0, 7, 100, 1500])
def test_a_flipped_bit(simulator, bit):
    """Exactly one bit differs, and a decoder that looks at checksums says so."""
    whole = streamed(simulator, answer(SAID)).body
    reply = streamed(simulator, answer(SAID, fault=flipped(bit)))
    assert int.from_bytes(whole) ^ int.from_bytes(reply.body) == 1 << (len(whole) * 8 - 1 - bit)
    assert reply.ended == "properly"
    with pytest.raises(FrameError):
        frames(reply.body)


def test_a_fault_hits_the_same_byte_each_time(on_each_loop):
    """The same seed and script give the same bytes, on every request and in every run; another seed does not."""
    bodies = []
    for seed in (1, 1, 2):
        with Simulator(seed=seed, script=(answer(SAID),)) as simulator, Peer(simulator) as peer:
            bodies += [peer.ask(simulator, "ConverseStream").body for _ in range(2)]
    assert bodies[0] == bodies[1] == bodies[2] == bodies[3] == bodies[3]
    assert bodies[4] != bodies[0]


@pytest.mark.parametrize("ending", ["close", "reset"])
def test_a_unary_reply_cut_short(simulator, ending):
    """A Converse reply that breaks off states the length it should have had."""
    simulator.play(answer(SAID), answer(SAID, fault=Fault(byte=20, ending=ending)))
    with Peer(simulator) as peer:
        whole, broken = peer.ask(simulator), peer.ask(simulator)
    assert broken.header("Content-Length") == str(len(whole.body))
    assert broken.ended == ENDINGS[ending]
    assert broken.body == whole.body[:20]


# ------------------------------------------------------------------------------------------------------- other replies


def test_scripted_frames_are_sent_as_they_are(simulator):
    """A stream has exactly its frames: events padded or not, exceptions, errors, odd frames, raw bytes."""
    reply = streamed(
        simulator,
        stream(
            Event("messageStart", {"role": "assistant"}, padded=False),
            Event("futureEvent", {"z": 1, "a": {"z": 2, "b": 3}}),
            Frame({":message-type": "event"}, b"no event type"),
            ErrorFrame("InternalError", "It broke."),
            Thrown("throttlingException", "Too many tokens", {"originalStatusCode": 429}),
            RawBytes(b"\x00\x01"),
        ),
    )
    first, future, odd, error, thrown = frames(reply.body)
    assert first.payload == b'{"role":"assistant"}'
    assert future.payload.startswith(b'{"a":{"z":2,"b":3},"p":"ab')
    assert (dict(odd.headers), odd.payload) == ({":message-type": "event"}, b"no event type")
    assert error.headers == {":error-code": "InternalError", ":error-message": "It broke.", ":message-type": "error"}
    assert list(thrown.headers) == [":exception-type", ":content-type", ":message-type"]
    assert thrown.payload == b'{"message":"Too many tokens","originalStatusCode":429}'
    assert reply.body.endswith(b"\x00\x01")


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
def test_a_refusal_has_the_services_headers(simulator, operation):
    """A scripted error has its status from the exception table, its name in a header, and its message in the body."""
    simulator.play(
        HttpError(
            "ThrottlingException", "Too many tokens, please wait before trying again.", headers={"Retry-After": "1"}
        ),
        HttpError(
            "ValidationException", "No.", status=422, headers={"X-Amzn-ErrorType": "ValidationException:http://x/"}
        ),
    )
    with Peer(simulator) as peer:
        throttled, invalid = peer.ask(simulator, operation), peer.ask(simulator, operation)
    assert [name for name, _ in throttled.headers] == [
        "Date",
        "Content-Type",
        "Content-Length",
        "Connection",
        "x-amzn-RequestId",
        "x-amzn-ErrorType",
        "Retry-After",
    ]
    assert (throttled.status, throttled.header("x-amzn-ErrorType")) == (429, "ThrottlingException")
    assert throttled.body == b'{"message":"Too many tokens, please wait before trying again."}'
    assert invalid.status == 422
    assert [value for name, value in invalid.headers if name.lower() == "x-amzn-errortype"] == [
        "ValidationException:http://x/"
    ]
    assert all(exchange.refused is None for exchange in simulator.journal)


def test_a_proxys_reply_is_sent_as_it_is(simulator):
    """An `Http` reply has its own headers and only the framing that it lacks."""
    page = b"<html>Bad gateway</html>"
    simulator.play(
        Http(502, {"Content-Type": "text/html"}, page),
        Http(200, {"Transfer-Encoding": "chunked"}, page),
        Http(200, {"Content-Length": "1000"}, page),
    )
    with Peer(simulator) as peer:
        gateway, chunked, lying = (peer.ask(simulator) for _ in range(3))
    assert gateway.headers == [("Content-Length", "24"), ("Content-Type", "text/html")]
    assert (gateway.status, gateway.body) == (502, page)
    assert (chunked.headers, chunked.body) == ([("Transfer-Encoding", "chunked")], page)
    assert (lying.ended, lying.body) == ("closed", page)


def test_replies_are_played_in_order_and_the_last_again(simulator):
    """Request n gets reply n, the last reply serves the rest, and a new script starts at its first."""
    simulator.play(answer(Text("one")), answer(Text("two")))
    with Peer(simulator) as peer:
        said = [peer.ask(simulator).json["output"]["message"]["content"][0]["text"] for _ in range(3)]
        position = simulator.play(answer(Text("three")))
        said.append(peer.ask(simulator).json["output"]["message"]["content"][0]["text"])
    assert said == ["one", "two", "two", "three"]
    assert [exchange.reply for exchange in simulator.journal[position:]] == [answer(Text("three"))]


def test_a_stream_cannot_answer_converse(simulator):
    """Converse where the script has a stream is an error that says so."""
    simulator.play(stream(Event("messageStart", {"role": "assistant"})))
    with Peer(simulator) as peer:
        reply = peer.ask(simulator)
    assert reply.status == 500
    assert "stream" in reply.json["message"]
