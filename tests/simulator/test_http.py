"""HTTP/1.1 as clients really speak it, and as they should not."""

import json
import time

import pytest

from bedrock_harness.simulator import Limits, Simulator, Text, answer
from bedrock_harness.simulator.script import frame_by_frame
from tests.simulator.raw import HELLO, Peer, octets, signed


def test_one_connection_serves_many_requests(simulator):
    """A connection is kept: a second request on it is answered as the first."""
    with Peer(simulator) as peer:
        replies = [peer.ask(simulator) for _ in range(3)]
    assert [reply.status for reply in replies] == [200, 200, 200]
    assert [exchange.connection for exchange in simulator.journal] == [0, 0, 0]


def test_pipelined_requests_are_answered_in_order(simulator):
    """Requests in one write get their replies in order, each one whole before the next begins."""
    simulator.play(*(answer(Text(str(number))) for number in range(40)))
    with Peer(simulator) as peer:
        peer.send(
            b"".join(octets(signed(simulator, "ConverseStream" if number % 2 else "Converse")) for number in range(40))
        )
        replies = [peer.read_reply() for _ in range(40)]
    for number, reply in enumerate(replies):
        kind = "application/vnd.amazon.eventstream" if number % 2 else "application/json"
        assert reply.header("content-type") == kind
        assert f'"text":"{number}"'.encode() in reply.body


def test_a_slow_reply_is_over_before_the_next(simulator):
    """While a paced reply is under way, the pipelined request behind it is not answered."""
    slow = answer(Text("a b c"), deliver=frame_by_frame(gap=0.01))
    simulator.play(slow, answer(Text("next")))
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator, "ConverseStream")))
        time.sleep(0.02)
        peer.send(octets(signed(simulator)))
        assert len(peer.read_reply().chunks) == 7
        assert peer.read_reply().json["output"]["message"]["content"] == [{"text": "next"}]
    first, second = simulator.journal
    assert first.finished <= second.writes[0].at


def test_a_chunked_request_is_read(simulator):
    """A body in chunks is the body that was signed."""
    request = signed(simulator)
    pieces = [request.body[at : at + 7] for at in range(0, len(request.body), 7)]
    with Peer(simulator) as peer:
        peer.send(octets(request, length=False, extra=[("Transfer-Encoding", "chunked")])[: -len(request.body)])
        for piece in pieces:
            peer.send(b"%x;why=not\r\n%b\r\n" % (len(piece), piece))
        peer.send(b"0\r\nTrailer: ignored\r\n\r\n")
        assert peer.read_reply().status == 200
    assert simulator.journal[0].request.body == request.body
    assert "Trailer" not in dict(simulator.journal[0].request.headers)


def test_a_client_that_waits_is_told_to_go_on(simulator):
    """`Expect: 100-continue` is answered before the body is sent, and once."""
    request = signed(simulator)
    head = octets(request, extra=[("Expect", "100-continue")])[: -len(request.body)]
    with Peer(simulator) as peer:
        peer.send(head)
        assert peer.read_head() == (100, [])
        peer.send(request.body)
        assert peer.read_reply().status == 200
        assert not peer.buffer


def test_the_client_is_told_once(simulator):
    """A chunked body that dribbles in after the 100 gets no second one."""
    request = signed(simulator)
    extra = [("Expect", "100-continue"), ("Transfer-Encoding", "chunked")]
    with Peer(simulator) as peer:
        peer.send(octets(request, length=False, extra=extra)[: -len(request.body)])
        assert peer.read_head() == (100, [])
        for piece in (b"%x" % len(request.body), b"\r", b"\n", request.body, b"\r\n0\r\n\r\n"):
            peer.send(piece)
            time.sleep(0.02)
        assert peer.read_reply().status == 200


def test_a_client_that_does_not_wait_is_not_told(simulator):
    """With the body already there, `Expect: 100-continue` needs no answer."""
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator), extra=[("Expect", "100-continue")]))
        assert peer.read_reply().status == 200


def test_go_on_waits_for_the_reply_before(simulator):
    """The 100 for a pipelined request does not come in the middle of the reply before it."""
    simulator.play(answer(Text("a b c d e"), deliver=frame_by_frame(gap=0.02)), answer(Text("next")))
    first, second = signed(simulator, "ConverseStream"), signed(simulator)
    head = octets(second, extra=[("Expect", "100-continue")])[: -len(second.body)]
    with Peer(simulator) as peer:
        peer.send(octets(first) + head)
        assert peer.read_reply().ended == "properly"
        assert peer.read_head() == (100, [])
        peer.send(second.body)
        assert peer.read_reply().status == 200


def test_an_upgrade_is_ignored(simulator):
    """A request that asks for h2c, as Java's client does, is answered in HTTP/1.1, its body and headers as sent."""
    upgrade = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAEAAEAA")]
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator), extra=upgrade) + octets(signed(simulator)))
        assert [peer.read_reply().status, peer.read_reply().status] == [200, 200]
    assert ("Upgrade", "h2c") in simulator.journal[0].request.headers
    assert simulator.journal[0].body == HELLO


def test_headers_are_kept_as_received(simulator):
    """Order, spelling and duplicates of headers reach the journal unchanged, and the path undecoded."""
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator), extra=[("x-ODD", "one"), ("X-odd", "two"), ("X-Latin", "caf\u00e9")]))
        assert peer.read_reply().status == 200
    request = simulator.journal[0].request
    assert [pair for pair in request.headers if pair[0].lower() in {"x-odd", "x-latin"}] == [
        ("x-ODD", "one"),
        ("X-odd", "two"),
        ("X-Latin", "caf\u00e9"),
    ]
    assert request.target == "/model/anthropic.claude-sonnet-4-20250514-v1%3A0/converse"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"this is no HTTP\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"CONNECT bedrock:443 HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 26214401\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"POST /" + b"x" * 70_000, 431),
        (b"POST / HTTP/1.1\r\nX: " + b"x" * 500_000, 431),
        (b"POST / HTTP/1.1\r\n" + b"x: y\r\n" * 20_000, 431),
    ],
)
def test_bytes_that_are_no_request_are_refused(simulator, data, status):
    """Malformed or oversized HTTP gets its status and a sentence, and the connection ends."""
    with Peer(simulator) as peer:
        peer.send(data)
        reply = peer.read_reply()
        assert peer.rest() == (b"", "closed")
    assert reply.status == status
    assert reply.json["message"]
    assert reply.header("Connection") == "close"
    assert len(simulator.journal) == 0
    assert len(simulator.journal.malformed) == 1


def test_a_body_that_grows_past_the_limit_is_refused(on_each_loop):
    """A chunked body beyond the limit is refused with 413 even though nobody announced its size."""
    with Simulator(limits=Limits(body=1000)) as simulator, Peer(simulator) as peer:
        peer.send(octets(signed(simulator, body=b""), length=False, extra=[("Transfer-Encoding", "chunked")]))
        peer.send((b"190\r\n" + b"x" * 400 + b"\r\n") * 3)
        assert peer.read_reply().status == 413


def test_endless_chunk_extensions_are_refused(simulator):
    """A chunk extension without end does not fill the memory."""
    with Peer(simulator) as peer:
        peer.send(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;" + b"x" * 300_000)
        assert peer.read_reply().status == 431


def test_requests_before_a_malformed_one_are_answered(simulator):
    """What came before the rubbish on the same connection gets its reply first."""
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator)) + b"rubbish\r\n\r\n")
        assert [peer.read_reply().status, peer.read_reply().status] == [200, 400]


def test_rubbish_and_slow_senders_block_nobody(simulator):
    """While one client dribbles its request and another sends rubbish, a third is answered at once."""
    request = octets(signed(simulator))
    with Peer(simulator) as slow, Peer(simulator) as wild, Peer(simulator) as good:
        slow.send(request[:40])
        wild.send(b"\x00" * 100)
        started = time.monotonic()
        assert good.ask(simulator).status == 200
        assert time.monotonic() - started < 1
        for byte in request[40:]:
            slow.send(bytes((byte,)))
        assert slow.read_reply().status == 200


def test_a_thousand_idle_connections_block_nobody(simulator):
    """With a thousand connections open and silent, a new one is answered."""
    peers = [Peer(simulator) for _ in range(1000)]
    try:
        with Peer(simulator) as peer:
            assert peer.ask(simulator).status == 200
        assert peers[500].ask(simulator).status == 200
    finally:
        for peer in peers:
            peer.socket.close()


def test_a_silent_connection_is_closed(on_each_loop):
    """After the idle time a connection is closed, whether nothing came or half a request."""
    with Simulator(limits=Limits(idle=0.2)) as simulator, Peer(simulator) as silent, Peer(simulator) as halfway:
        halfway.send(b"POST / HTTP/1.1\r\nHo")
        assert silent.rest() == (b"", "closed")
        assert halfway.rest() == (b"", "closed")


def test_a_connection_that_waits_for_its_reply_is_not_idle(on_each_loop):
    """The idle time does not run while a reply is due."""
    with (
        Simulator(
            limits=Limits(idle=0.1), script=(answer(Text("late"), deliver=frame_by_frame(gap=0.1)),)
        ) as simulator,
        Peer(simulator) as peer,
    ):
        assert peer.ask(simulator, "ConverseStream").ended == "properly"


def test_the_peer_may_close_the_connection(simulator):
    """`Connection: close` is honoured, and what follows it is not answered."""
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator), extra=[("Connection", "close")]) + octets(signed(simulator)))
        reply = peer.read_reply()
        assert reply.header("Connection") == "close"
        assert peer.rest() == (b"", "closed")
    assert len(simulator.journal) == 1


@pytest.mark.parametrize("extra", [(), (("Connection", "keep-alive"),)])
def test_a_peer_of_http_1_0_gets_no_chunks(simulator, extra):
    """A stream to HTTP/1.0 ends with the connection, even where the peer would like to keep it."""
    data = octets(signed(simulator, "ConverseStream"), extra=extra).replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1)
    with Peer(simulator) as peer:
        peer.send(data)
        status, headers = peer.read_head()
        body, ended = peer.rest()
    assert status == 200
    assert {name for name, _ in headers}.isdisjoint({"Transfer-Encoding", "Content-Length"})
    assert (body, ended) == (simulator.journal[0].sent, "closed")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_other_methods_are_unknown_operations(simulator, method):
    """GET and its like are answered as a path with no route; HEAD with the same head and no body."""
    with Peer(simulator) as peer:
        peer.send(f"{method} /model/x/converse HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        status, headers = peer.read_head()
        length = int(dict(headers)["Content-Length"])
        body = peer.ask(simulator) if method == "HEAD" else json.loads(peer._exactly(length))
    assert status == 200
    assert body.status == 200 if method == "HEAD" else body["Output"]["__type"].endswith("#UnknownOperationException")
    assert simulator.journal[0].refused == "UnknownOperationException"
