"""HTTP/2 as clients really speak it, and as they should not."""

import json
import logging
import socket
import ssl

import pytest
from h2.errors import ErrorCodes
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_harness.simulator import Limits, Simulator, Text, answer
from bedrock_harness.simulator.script import Fault, Http, cut, frame_by_frame
from bedrock_harness.wire.frames import FrameDecoder
from bedrock_harness.wire.sigv4 import Credentials, Request, sign
from tests.simulator.h2peer import H2Peer
from tests.simulator.raw import HELLO, Peer, signed

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = bytes.fromhex("000000 04 00 00000000")
LONG = answer(Text("word " * 500))


@pytest.mark.parametrize("operation", ["Converse", "ConverseStream"])
def test_http_2_without_asking(simulator, operation):
    """A client that begins with the preface of HTTP/2 gets the reply that HTTP/1.1 gets, without what is HTTP/1.1's."""
    simulator.play(answer(Text("Hello there")))
    with H2Peer(simulator) as peer, Peer(simulator) as other:
        reply, same = peer.ask(simulator, operation), other.ask(simulator, operation)
    assert (reply.status, reply.ended, reply.body) == (same.status, "properly", same.body)
    assert reply.headers["content-type"] == same.header("Content-Type")
    assert reply.headers.keys() & {"connection", "transfer-encoding"} == set()
    assert simulator.journal[0].authorization.valid
    assert simulator.journal[0].body == HELLO


def test_the_preface_may_come_in_pieces(simulator):
    """A preface that arrives byte by byte is one all the same."""
    with H2Peer(simulator, begin=False) as peer:
        for byte in peer.h2.data_to_send():
            peer.socket.send(bytes((byte,)))
        assert peer.ask(simulator).status == 200


def test_http_2_by_agreement():
    """Over TLS the client offers HTTP/2 among others and gets it."""
    with Simulator(tls=True) as simulator:
        context = ssl.create_default_context(cafile=simulator.ca_file)
        context.set_alpn_protocols(["h2", "http/1.1"])
        with H2Peer(simulator, wrap=lambda raw: context.wrap_socket(raw, server_hostname="localhost")) as peer:
            assert peer.socket.selected_alpn_protocol() == "h2"
            assert peer.ask(simulator).status == 200


def test_the_request_is_kept_as_received(simulator):
    """The journal has the headers in their order, `:authority` first, and `host` made of it."""
    with H2Peer(simulator) as peer:
        peer.reply(peer.begin(signed(simulator), extra=[("cookie", "b=1"), ("x-a", "2"), ("cookie", "c=3")]))
    headers = simulator.journal[0].request.headers
    authority = simulator.url.partition("//")[2]
    assert headers[:2] == ((":authority", authority), ("host", authority))
    assert headers[-3:] == (("cookie", "b=1"), ("x-a", "2"), ("cookie", "c=3"))


@pytest.mark.parametrize("honest", [True, False])
def test_authority_may_be_signed_for_host(simulator, honest):
    """A signature over `:authority` in place of `host`, as the SDK for JavaScript makes it, holds; over another name it fails."""
    plain = signed(simulator)
    authority = simulator.url.partition("//")[2] if honest else "elsewhere.example"
    headers = ((":authority", authority), ("host", authority), ("content-type", "application/json"))
    login = simulator.credentials
    keys = Credentials(login["access_key_id"], login["secret_access_key"])
    request = sign(
        Request("POST", plain.target, headers, plain.body),
        keys,
        region=simulator.region,
        at=simulator.clock.now(),
        signed_headers=(":authority", "content-type", "x-amz-date"),
    ).request
    shown = Request(
        "POST", plain.target, ((":authority", simulator.url.partition("//")[2]), *request.headers[2:]), plain.body
    )
    with H2Peer(simulator) as peer:
        assert peer.reply(peer.begin(shown)).status == (200 if honest else 403)


def test_streams_go_side_by_side(simulator):
    """A quick reply overtakes a slow one on the same connection."""
    simulator.play(answer(Text("a b c"), deliver=frame_by_frame(gap=0.03)), answer(Text("quick")))
    with H2Peer(simulator) as peer:
        slow, quick = peer.begin(signed(simulator, "ConverseStream")), peer.begin(signed(simulator))
        assert b"quick" in peer.reply(quick).body
        assert peer.replies[slow].ended is None
        assert peer.reply(slow).ended == "properly"
    first, second = simulator.journal
    assert first.connection == second.connection
    assert second.finished < first.finished


def test_requests_that_come_together_are_all_answered(simulator):
    """Ten requests in one write get ten replies, though a connection has one answered in a turn of the loop."""
    with H2Peer(simulator) as peer:
        peer.flush, write = list, peer.flush
        streams = [peer.begin(signed(simulator)) for _ in range(10)]
        peer.flush = write
        peer.flush()
        assert [peer.reply(stream).status for stream in streams] == [200] * 10


def test_a_large_body_is_taken(simulator):
    """A body of more than any window comes whole, since what has been taken is given back to the window."""
    request = signed(simulator, body=json.dumps(HELLO).encode() + b" " * 6_000_000)
    with H2Peer(simulator) as peer:
        stream, rest = peer.begin(request, end=False), memoryview(request.body)
        while rest:
            room = min(peer.h2.local_flow_control_window(stream), peer.h2.max_outbound_frame_size)
            if room:
                peer.h2.send_data(stream, bytes(rest[:room]), end_stream=len(rest) <= room)
                rest = rest[room:]
                peer.flush()
            else:
                peer.read()
        assert peer.reply(stream).status == 200
    assert simulator.journal[0].request.body == request.body


def test_a_closed_window_holds_the_reply_back(simulator):
    """No more is sent than the peer's window allows; when it opens, the rest comes, whole and in order."""
    simulator.play(LONG)
    with H2Peer(simulator, window=1000) as peer:
        peer.credit = False
        stream = peer.begin(signed(simulator, "ConverseStream"))
        assert peer.until(lambda: len(peer.replies[stream].body) == 1000)
        assert not simulator.wait_until_idle(0.05)
        assert simulator.journal[0].finished is None
        peer.credit = True
        peer.h2.increment_flow_control_window(1_000_000)
        peer.h2.increment_flow_control_window(1_000_000, stream)
        peer.flush()
        reply = peer.reply(stream)
    assert reply.ended == "properly"
    assert simulator.wait_until_idle()
    assert reply.body == simulator.journal[0].sent
    FrameDecoder().feed(reply.body)


def test_a_peer_that_does_not_read_is_waited_for(simulator):
    """With windows wide open and a socket that is not read, the reply waits in the script and not in memory."""
    simulator.play(answer(Text("", deltas=("x" * 100_000,) * 70)))
    with H2Peer(simulator, window=2**31 - 1, buffer=65_536) as peer:
        peer.h2.increment_flow_control_window(2**31 - 1 - 65_535)
        stream = peer.begin(signed(simulator, "ConverseStream"))
        peer.until(lambda: peer.replies[stream].status is not None)
        assert not simulator.wait_until_idle(0.2)
        assert peer.reply(stream).ended == "properly"


def test_a_broken_reply_is_a_reset_of_its_stream(simulator):
    """A reply that breaks off is RST_STREAM; the connection lives on."""
    simulator.play(answer(Text("one two"), fault=cut(frame=2, ending="close")), answer(Text("next")))
    with H2Peer(simulator) as peer:
        broken = peer.ask(simulator, "ConverseStream")
        assert broken.ended == ErrorCodes.INTERNAL_ERROR
        assert len(FrameDecoder().feed(broken.body)) == 2
        assert peer.ask(simulator).ended == "properly"


@pytest.mark.parametrize("ending", ["finish", "close"])
def test_a_reply_without_a_head_is_a_reset(simulator, ending):
    """Where not even the head is sent, the stream is reset before anything has come on it."""
    simulator.play(answer(Text("never"), fault=Fault(byte=0, head=False, ending=ending)), answer(Text("next")))
    with H2Peer(simulator) as peer:
        reply = peer.ask(simulator)
        assert (reply.status, reply.body, reply.ended) == (None, b"", ErrorCodes.INTERNAL_ERROR)
        assert peer.ask(simulator).status == 200


def test_a_reset_is_one_of_tcp(simulator):
    """The fault that resets takes the connection with it."""
    simulator.play(answer(Text("one two"), fault=cut(frame=2, ending="reset")))
    with H2Peer(simulator) as peer:
        stream = peer.begin(signed(simulator, "ConverseStream"))
        with pytest.raises(ConnectionResetError):
            peer.reply(stream)
    assert simulator.wait_until_idle()
    assert simulator.journal[0].closed_by_peer is None


def test_a_stalled_reply_stalls_alone(simulator):
    """While one stream has fallen silent, the next is answered."""
    simulator.play(answer(Text("one two"), fault=cut(frame=2, ending="stall")), answer(Text("next")))
    with H2Peer(simulator) as peer:
        silent = peer.begin(signed(simulator, "ConverseStream"))
        assert peer.ask(simulator).ended == "properly"
        assert peer.replies[silent].ended is None
        assert len(FrameDecoder().feed(peer.replies[silent].body)) == 2


def test_a_reply_that_ends_the_connection(simulator):
    """A scripted `Connection: close` is a goodbye after the streams under way, not a header."""
    simulator.play(Http(200, {"Connection": "close", "Content-Type": "text/plain"}, b"bye"))
    with H2Peer(simulator) as peer:
        reply = peer.ask(simulator)
        assert not peer.until(lambda: False)
    assert (reply.body, peer.goodbye) == (b"bye", ErrorCodes.NO_ERROR)
    assert "connection" not in reply.headers


def test_the_peer_may_give_a_stream_up(simulator):
    """A reset by the peer ends the reply, is told in the journal, and leaves the connection as it is."""
    simulator.play(answer(Text("one two three"), deliver=frame_by_frame(gap=0.05)), answer(Text("next")))
    with H2Peer(simulator) as peer:
        stream = peer.begin(signed(simulator, "ConverseStream"))
        peer.until(lambda: peer.replies[stream].body)
        peer.h2.reset_stream(stream, ErrorCodes.CANCEL)
        peer.flush()
        assert peer.ask(simulator).status == 200
    given_up = simulator.journal[0]
    assert given_up.closed_by_peer
    assert given_up.finished is None


def test_the_peer_may_say_goodbye_early(simulator):
    """After a GOAWAY by the peer the streams that have begun are answered to their end."""
    simulator.play(answer(Text("one two three"), deliver=frame_by_frame(gap=0.02)))
    with H2Peer(simulator) as peer:
        stream = peer.begin(signed(simulator, "ConverseStream"))
        peer.until(lambda: peer.replies[stream].body)
        peer.socket.sendall(bytes.fromhex("000008 07 00 00000000 00000000 00000000"))
        assert peer.reply(stream).ended == "properly"
        assert not peer.until(lambda: False)


def test_closing_the_simulator_is_not_the_peers_doing(on_each_loop):
    """A reply that is under way when the simulator closes is not put down to the peer."""
    with Simulator(script=(answer(Text("one two"), fault=cut(frame=2, ending="stall")),)) as simulator:
        peer = H2Peer(simulator)
        stream = peer.begin(signed(simulator, "ConverseStream"))
        peer.until(lambda: peer.replies[stream].body)
    peer.socket.close()
    assert simulator.journal[0].closed_by_peer is None
    assert simulator.journal.idle


def test_a_connection_that_waits_for_its_reply_is_not_idle(on_each_loop):
    """The idle time does not run while a reply is due."""
    slow = answer(Text("late"), deliver=frame_by_frame(gap=0.1))
    with Simulator(limits=Limits(idle=0.05), script=(slow,)) as simulator, H2Peer(simulator) as peer:
        assert peer.ask(simulator, "ConverseStream").ended == "properly"


def test_a_client_that_does_not_wait_is_not_told(simulator):
    """With a piece of the body already there, `Expect: 100-continue` needs no answer."""
    request = signed(simulator)
    with H2Peer(simulator) as peer:
        peer.flush, write = list, peer.flush
        stream = peer.begin(request, end=False, extra=[("expect", "100-continue")])
        peer.flush = write
        peer.h2.send_data(stream, request.body[:5])
        peer.flush()
        peer.h2.send_data(stream, request.body[5:], end_stream=True)
        peer.flush()
        reply = peer.reply(stream)
    assert (reply.status, reply.informed) == (200, False)


def test_a_client_that_waits_is_told_to_go_on(simulator):
    """`Expect: 100-continue` is answered before the body is sent."""
    request = signed(simulator)
    with H2Peer(simulator) as peer:
        stream = peer.begin(request, end=False, extra=[("expect", "100-continue")])
        peer.until(lambda: peer.replies[stream].informed)
        peer.h2.send_data(stream, request.body, end_stream=True)
        peer.flush()
        assert peer.reply(stream).status == 200


@pytest.mark.parametrize("extra", [(), (("content-length", "1001"),)])
def test_a_body_too_large_is_refused(on_each_loop, extra):
    """A body beyond the limit gets 413 before it is whole, announced or not, and the connection serves on."""
    with Simulator(limits=Limits(body=1000)) as simulator, H2Peer(simulator) as peer:
        stream = peer.begin(signed(simulator, body=b""), end=False, extra=extra)
        if not extra:
            peer.h2.send_data(stream, b"x" * 1001)
            peer.flush()
        reply = peer.reply(stream)
        assert (reply.status, reply.ended, reply.stop) == (413, "properly", True)
        assert "1000 bytes" in json.loads(reply.body)["message"]
        assert peer.ask(simulator).status == 200
        assert len(simulator.journal) == 1


def test_bodies_that_are_not_whole_are_bounded_together(on_each_loop):
    """Many streams of half a body each cannot hold more than a few bodies of the largest size."""
    with Simulator(limits=Limits(body=1000)) as simulator, H2Peer(simulator) as peer:
        streams = [peer.begin(signed(simulator, body=b""), end=False) for _ in range(5)]
        for stream in streams:
            peer.h2.send_data(stream, b"x" * 900)
        peer.flush()
        assert peer.reply(streams[-1]).status == 413
        assert all(peer.replies[stream].ended is None for stream in streams[:-1])


def test_a_header_bomb_is_refused(on_each_loop):
    """Headers that are small as sent and large when decompressed end the connection."""
    with Simulator(limits=Limits(head=2000)) as simulator, H2Peer(simulator) as peer:
        assert peer.ask(simulator).status == 200
        peer.begin(signed(simulator), extra=[("x-bomb", "y" * 300)] * 10)
        assert not peer.until(lambda: False)
    assert peer.goodbye == ErrorCodes.ENHANCE_YOUR_CALM
    assert len(simulator.journal) == 1
    assert "no HTTP/2" in simulator.journal.malformed[0]


def test_more_streams_than_allowed(on_each_loop):
    """A peer that opens more streams than it was allowed is left."""
    with Simulator(limits=Limits(streams=3)) as simulator, H2Peer(simulator) as peer:
        assert peer.until(lambda: peer.h2.remote_settings.max_concurrent_streams == 3)
        peer.h2.remote_settings.initial_values = {}
        peer.h2.remote_settings[3] = 100
        peer.h2.remote_settings.acknowledge()
        for _ in range(4):
            peer.begin(signed(simulator), end=False)
        assert not peer.until(lambda: False)
        assert peer.goodbye is not None


def test_a_rapid_reset_is_stopped(simulator):
    """A peer that does nothing but give up streams is told to calm down, and its requests are not worked on."""
    with H2Peer(simulator) as peer:
        path = signed(simulator).target
        pseudo = [(":method", "POST"), (":path", path), (":scheme", "http"), (":authority", "x")]
        for _ in range(300):
            stream = peer.h2.get_next_available_stream_id()
            peer.h2.send_headers(stream, pseudo)
            peer.h2.reset_stream(stream)
        peer.flush()
        assert not peer.until(lambda: False)
    assert peer.goodbye == ErrorCodes.ENHANCE_YOUR_CALM
    assert len(simulator.journal) == 0


@pytest.mark.parametrize(
    "rest", ["000003 00 00 00000000 616263", "000005 01 05 00000001 ffffffffff", "000000 09 04 00000001"]
)
def test_rubbish_after_the_preface(simulator, rest):
    """Data on no stream, headers that do not decompress and a stray end of headers each get a goodbye and are noted."""
    with H2Peer(simulator, begin=False) as peer, H2Peer(simulator) as other:
        peer.socket.sendall(PREFACE + SETTINGS + bytes.fromhex(rest))
        assert not peer.until(lambda: False)
        assert other.ask(simulator).status == 200
    assert peer.goodbye
    assert len(simulator.journal.malformed) == 1


def test_a_silent_connection_is_left(on_each_loop):
    """After the idle time a connection is closed with a goodbye, and one that has sent half a preface without."""
    with Simulator(limits=Limits(idle=0.1)) as simulator, H2Peer(simulator) as peer, Peer(simulator) as halfway:
        halfway.send(PREFACE[:10])
        assert not peer.until(lambda: False)
        assert halfway.rest() == (b"", "closed")
    assert peer.goodbye == ErrorCodes.NO_ERROR


def test_pings_keep_no_connection_alive(on_each_loop):
    """A peer that sends nothing but pings is silent all the same."""
    with Simulator(limits=Limits(idle=0.1)) as simulator, H2Peer(simulator) as peer:
        peer.socket.settimeout(0.02)
        for _ in range(50):
            try:
                if not peer.read():
                    break
            except TimeoutError:
                peer.h2.ping(b"lifelike")
                peer.flush()
    assert peer.goodbye == ErrorCodes.NO_ERROR


def test_head_has_no_body(simulator):
    """HEAD is answered with a head alone."""
    with H2Peer(simulator) as peer:
        reply = peer.reply(peer.begin(Request("HEAD", "/model/x/converse", (("host", "x"),))))
    assert (reply.status, reply.body, reply.ended) == (200, b"", "properly")


_FRAMES = st.builds(
    lambda kind, flags, stream, payload: (
        len(payload).to_bytes(3, "big") + bytes((kind, flags)) + stream.to_bytes(4, "big") + payload
    ),
    st.integers(0, 11),
    st.integers(0, 255),
    st.integers(0, 9),
    st.binary(max_size=40),
)


@settings(max_examples=100, deadline=None)
@given(data=st.lists(st.one_of(_FRAMES, st.binary(max_size=30)), max_size=12).map(b"".join))
def test_no_frames_whatever_break_the_simulator(fuzzed, complaints, data):
    """Whatever follows the preface, the connection ends when its peer does, nothing fails inside, and others are served."""
    host, port = fuzzed.url.partition("//")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=5) as peer:
        peer.sendall(PREFACE + SETTINGS + data)
        peer.shutdown(socket.SHUT_WR)
        try:
            while peer.recv(65536):
                pass
        except ConnectionResetError:
            pass
    assert complaints == []


@pytest.fixture(scope="module")
def complaints():
    """What the event loop has logged of exceptions in protocols."""
    records = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = records.append
    logging.getLogger("asyncio").addHandler(handler)
    yield records
    logging.getLogger("asyncio").removeHandler(handler)


@pytest.fixture(scope="module")
def fuzzed():
    with Simulator() as running:
        yield running
        with H2Peer(running) as peer:
            assert peer.ask(running).status == 200
