"""How a reply leaves: in how many writes, framed how, and what becomes of the connection."""

import gzip
import time
import zlib
from threading import Thread

import boto3
import httpx
import pytest
from botocore.config import Config

from bedrock_harness.simulator import Simulator, Text, answer
from bedrock_harness.simulator.script import Delivery, Fault, Http, HttpError, cut, each_byte, frame_by_frame
from bedrock_harness.wire.frames import FrameDecoder
from tests.simulator.raw import HELLO, MODEL, Peer, octets, signed

SAID = Text("a b c d e")


def streamed(simulator, reply):
    simulator.play(reply)
    with Peer(simulator) as peer:
        return peer.ask(simulator, "ConverseStream")


def until_closed(simulator, *arguments, **keywords):
    """The head of a reply whose end is the connection's, what followed, and how that ended."""
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator, *arguments, **keywords)))
        status, headers = peer.read_head()
        return status, dict(headers), *peer.rest()


def decoded(body):
    return FrameDecoder().feed(body)


# -------------------------------------------------------------------------------------------------------------- writes


def test_pieces_due_at_once_share_a_write(simulator):
    """A hundred frames without pauses go out in one write, and the peer still finds a hundred chunks."""
    reply = streamed(simulator, answer(Text("", deltas=("word ",) * 96)))
    assert [len(decoded(chunk)) for chunk in reply.chunks] == [1] * 100
    simulator.wait_until_idle()
    writes = simulator.journal[-1].writes
    assert [write.size for write in writes] == [len(chunk) for chunk in reply.chunks]
    assert len({write.at for write in writes}) == 1


def test_a_gap_parts_the_writes(simulator):
    """Pieces with a gap between them are written apart."""
    streamed(simulator, answer(SAID, deliver=frame_by_frame(gap=0.01)))
    simulator.wait_until_idle()
    assert len({write.at for write in simulator.journal[-1].writes}) > 1


def test_a_long_body_takes_turns(simulator):
    """A body in a great many chunks of a byte is written in many turns of the loop, so that others are served between them."""
    simulator.play(Http(200, {}, bytes(60_000), deliver=Delivery(pieces=1, framing="chunked")), answer(SAID))
    with Peer(simulator, timeout=30) as greedy, Peer(simulator) as modest:
        reader = Thread(target=lambda: (greedy.send(octets(signed(simulator))), greedy.read_reply()))
        reader.start()
        while not len(simulator.journal):
            time.sleep(0.001)
        assert modest.ask(simulator).ended == "properly"
        reader.join(timeout=30)
    simulator.wait_until_idle()
    long = simulator.journal[0]
    assert len(long.writes) == 60_000
    assert len({write.at for write in long.writes}) >= 60_000 * len(b"1\r\n0\r\n") // (64 * 1024)


def test_without_chunks_each_piece_is_a_write(simulator):
    """Where HTTP has no chunks to tell pieces apart, each is written by itself."""
    simulator.play(answer(SAID, deliver=each_byte()))
    with Peer(simulator) as peer:
        reply = peer.ask(simulator)
    simulator.wait_until_idle()
    assert len({write.at for write in simulator.journal[0].writes}) == len(reply.body)


def test_pieces_that_are_late_go_out_together(simulator):
    """Pieces whose times have passed by are caught up with in one write, in order."""
    reply = streamed(simulator, answer(SAID, deliver=Delivery(times=(0.01, 0.01, 0.01, 0.15))))
    assert len(reply.chunks) == 9
    simulator.wait_until_idle()
    at = [write.at for write in simulator.journal[-1].writes]
    assert (len(set(at[:3])), len(set(at[3:]))) == (1, 1)
    assert at[3] > at[2]


# ------------------------------------------------------------------------------------------------------------- framing


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
def test_a_body_with_a_length(simulator, operation):
    """Framed by Content-Length a reply has no chunks, and the connection is kept."""
    simulator.play(answer(SAID), answer(SAID, deliver=Delivery(framing="content-length")), answer(SAID))
    with Peer(simulator) as peer:
        _, framed, after = (peer.ask(simulator, operation) for _ in range(3))
    assert framed.header("Content-Length") == str(len(framed.body))
    assert framed.header("Transfer-Encoding") is None
    assert framed.body == simulator.journal[1].sent
    assert after.ended == "properly"


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
def test_a_body_until_the_close(simulator, operation):
    """Framed by the close a reply has neither length nor chunks, announces the close, and ends with the connection."""
    simulator.play(answer(SAID, deliver=Delivery(framing="close")))
    status, headers, body, ended = until_closed(simulator, operation)
    assert (status, ended, headers["Connection"]) == (200, "closed", "close")
    assert not headers.keys() & {"Content-Length", "Transfer-Encoding"}
    assert body == simulator.journal[0].sent
    assert body


@pytest.mark.parametrize(
    "reply",
    [
        answer(SAID, deliver=Delivery(framing="chunked")),
        HttpError("ThrottlingException", "No.", deliver=Delivery(framing="chunked")),
        Http(502, {"Content-Type": "text/html"}, b"<html>", deliver=Delivery(framing="chunked")),
    ],
    ids=["answer", "error", "page"],
)
def test_any_body_in_chunks(simulator, reply):
    """Framed in chunks a whole reply is one chunk without a Content-Length."""
    simulator.play(reply)
    with Peer(simulator) as peer:
        replies = [peer.ask(simulator) for _ in range(2)]
    assert [(len(one.chunks), one.ended) for one in replies] == [(1, "properly")] * 2
    assert {one.header("Content-Length") for one in replies} == {None}


def test_a_proxys_own_framing_stands(simulator):
    """Headers of an `Http` that tell the body's end are not repeated where the delivery tells it too."""
    page = Http(200, {"Transfer-Encoding": "chunked"}, b"page", deliver=Delivery(framing="chunked"))
    reply = streamed(simulator, page)
    assert [name for name, _ in reply.headers] == ["Transfer-Encoding"]
    assert reply.body == b"page"


# ---------------------------------------------------------------------------------------------------------------- gzip


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
def test_a_compressed_body(simulator, operation):
    """A compressed reply says so and unpacks to what it would have been, whether it was asked for or not."""
    simulator.play(answer(SAID), answer(SAID, deliver=Delivery(gzip=True)))
    with Peer(simulator) as peer:
        peer.ask(simulator, operation)
        packed = peer.ask(simulator, operation)
    assert packed.header("Content-Encoding") == "gzip"
    plain = gzip.decompress(packed.body)
    assert (decoded(plain)[0].headers[":event-type"] == "messageStart") if operation == "ConverseStream" else plain


def test_a_compressed_frame_is_whole_in_its_piece(simulator):
    """Each chunk of a compressed stream unpacks to one frame, so that a reader need not wait for the next."""
    reply = streamed(simulator, answer(SAID, deliver=Delivery(gzip=True)))
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    assert [len(decoded(unpacker.decompress(chunk))) for chunk in reply.chunks] == [1] * 9
    assert unpacker.eof


@pytest.mark.parametrize("after", [0, 1, 30, 200])
def test_a_compressed_body_cut_short(simulator, after):
    """A cut counts the bytes that are sent: the compressed ones."""
    reply = streamed(simulator, answer(SAID, deliver=Delivery(gzip=True), fault=cut(byte=after, ending="close")))
    assert (len(reply.body), reply.ended) == (after, "closed")


def test_an_empty_body_compressed(simulator):
    """Nothing at all, compressed, is still a gzip file."""
    reply = streamed(simulator, Http(200, {}, b"", deliver=Delivery(gzip=True)))
    assert gzip.decompress(reply.body) == b""


def test_httpx_unpacks(simulator):
    """A client that knows gzip reads a compressed reply, in chunks or until the close."""
    for framing in ("service", "chunked", "content-length", "close"):
        simulator.play(answer(SAID, deliver=Delivery(gzip=True, framing=framing)))
        request = signed(simulator)
        url = f"{simulator.url}{request.target}"
        reply = httpx.post(url, headers=dict(request.headers), content=request.body)
        assert reply.json()["output"]["message"]["content"] == [{"text": "a b c d e"}]


# -------------------------------------------------------------------------------------------------- without a word, and after


@pytest.mark.parametrize(
    ("ending", "ended"), [("finish", "closed"), ("close", "closed"), ("reset", "reset"), ("stall", "silence")]
)
@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
def test_no_head_at_all(simulator, operation, ending, ended):
    """Without a head not a byte arrives: the connection is closed, reset or silent."""
    simulator.play(answer(SAID, fault=Fault(head=False, ending=ending)))
    with Peer(simulator, timeout=0.2) as peer:
        peer.send(octets(signed(simulator, operation)))
        assert peer.rest() == (b"", ended)
    assert simulator.wait_until_idle(2)
    assert (simulator.journal[0].sent, len(simulator.journal[0].writes)) == (b"", 0)
    assert (simulator.journal[0].closed_by_peer is not None) == (ending == "stall")


def test_no_head_after_a_while(simulator):
    """A delay holds before an ending with no head, too."""
    simulator.play(answer(SAID, deliver=frame_by_frame(delay=0.05), fault=Fault(head=False, ending="close")))
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator)))
        assert peer.rest() == (b"", "closed")
    simulator.wait_until_idle()
    assert simulator.journal[0].finished - simulator.journal[0].received >= 0.049e9


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
@pytest.mark.parametrize(("hang_up", "said"), [("announced", "close"), ("silently", "keep-alive")])
def test_a_connection_that_ends_after_the_reply(simulator, operation, hang_up, said):
    """The reply is whole; then the connection ends, as its head has announced or has not."""
    simulator.play(answer(SAID, deliver=Delivery(hang_up=hang_up)))
    with Peer(simulator) as peer:
        reply = peer.ask(simulator, operation)
        assert (reply.ended, reply.header("Connection")) == ("properly", said)
        assert peer.rest() == (b"", "closed")


def test_a_close_that_takes_its_time(simulator):
    """With a linger the connection ends that long after the last byte, and a request sent meanwhile is not answered."""
    simulator.play(answer(SAID, deliver=Delivery(hang_up="silently", linger=0.08)))
    with Peer(simulator) as peer:
        begun = time.monotonic()
        assert peer.ask(simulator, "ConverseStream").ended == "properly"
        peer.send(octets(signed(simulator)))
        assert peer.rest()[0] == b""
        assert time.monotonic() - begun >= 0.079
    simulator.wait_until_idle()
    assert len(simulator.journal) == 1


@pytest.mark.parametrize(("ending", "ended"), [("close", "closed"), ("reset", "reset")])
def test_a_broken_reply_lingers(simulator, ending, ended):
    """A cut reply ends that long after its last byte."""
    simulator.play(answer(SAID, deliver=Delivery(linger=0.08), fault=cut(frame=2, ending=ending)))
    with Peer(simulator) as peer:
        begun = time.monotonic()
        peer.send(octets(signed(simulator, "ConverseStream")))
        peer.read_head()
        assert peer.rest()[1] == ended
        assert time.monotonic() - begun >= 0.079


def test_a_client_that_leaves_in_time_has_not_left_early(simulator):
    """A client that goes while a finished reply's connection lingers has had its reply: the journal blames it for nothing."""
    simulator.play(answer(SAID, deliver=Delivery(hang_up="announced", linger=5)))
    with Peer(simulator) as peer:
        assert peer.ask(simulator).ended == "properly"
    assert simulator.wait_until_idle(2)
    assert simulator.journal[0].closed_by_peer is None
    assert simulator.journal[0].finished is not None


def test_a_lingering_connection_ends_with_the_simulator(on_each_loop):
    """Closing the simulator waits for no linger."""
    with Simulator(script=(answer(SAID, deliver=Delivery(framing="close", linger=60)),)) as simulator:
        peer = Peer(simulator)
        peer.send(octets(signed(simulator)))
        peer.read_head()
    with peer:
        assert peer.rest()[1] in {"closed", "reset"}


def test_boto3_gets_over_a_silent_hang_up(simulator):
    """A kept connection that the server has closed costs boto3 a connection and no error."""
    simulator.play(answer(SAID, deliver=Delivery(hang_up="silently")))
    keys = simulator.credentials
    client = boto3.client(
        "bedrock-runtime",
        region_name=simulator.region,
        endpoint_url=simulator.url,
        aws_access_key_id=keys["access_key_id"],
        aws_secret_access_key=keys["secret_access_key"],
        config=Config(retries={"total_max_attempts": 2}),
    )
    replies = [client.converse(modelId=MODEL, **HELLO) for _ in range(3)]
    assert {reply["stopReason"] for reply in replies} == {"end_turn"}
    assert len({exchange.connection for exchange in simulator.journal}) == 3
    client.close()
