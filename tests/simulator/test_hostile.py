"""Peers that mean no good, or do not know better: whatever they do, the next one is served."""

import errno
import logging
import socket
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bedrock_harness.simulator import Limits, Simulator
from tests.simulator.raw import Peer, octets, signed


def test_a_half_closed_socket_gets_its_reply(simulator):
    """A peer that has said all it will say is answered, and then left."""
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator)))
        peer.socket.shutdown(socket.SHUT_WR)
        assert peer.read_reply().status == 200


def test_half_a_request_and_a_half_closed_socket(simulator):
    """A peer that stops in mid-request is left, and nothing is journalled."""
    with Peer(simulator) as peer:
        peer.send(octets(signed(simulator))[:60])
        peer.socket.shutdown(socket.SHUT_WR)
        assert peer.rest() == (b"", "closed")
    assert len(simulator.journal) == 0


def test_a_dribble_has_an_end(on_each_loop):
    """A request that never falls silent and never ends is given up after its time."""
    with Simulator(limits=Limits(arrival=0.2)) as simulator, Peer(simulator) as peer:
        for byte in b"POST / HTTP/1.1\r\n":
            peer.send(bytes((byte,)))
        started = time.monotonic()
        while time.monotonic() - started < 5:
            try:
                peer.send(b"x: y\r\n")
            except (BrokenPipeError, ConnectionResetError):
                break
            time.sleep(0.02)
        else:
            pytest.fail("it was listened to for five seconds")


def test_a_connection_that_is_used_is_not_given_up(on_each_loop):
    """The time of a request is its own: a connection may live longer than one request may take."""
    with Simulator(limits=Limits(arrival=0.15)) as simulator, Peer(simulator) as peer:
        for _ in range(4):
            assert peer.ask(simulator).status == 200
            time.sleep(0.1)


def test_connections_are_counted(on_each_loop):
    """Beyond the bound a connection is closed at once; when one is gone, there is room again."""
    with Simulator(limits=Limits(connections=2)) as simulator, Peer(simulator) as first:
        assert first.ask(simulator).status == 200
        with Peer(simulator) as second:
            assert second.ask(simulator).status == 200
            with Peer(simulator) as third:
                assert third.rest()[0] == b""
        deadline = time.monotonic() + 5
        while not served(simulator):
            assert time.monotonic() < deadline, "there was no room again"
            time.sleep(0.01)


def served(simulator):
    """Whether a new connection is answered rather than closed."""
    host, port = simulator.url.partition("//")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=5) as peer:
        try:
            peer.sendall(octets(signed(simulator)))
            return peer.recv(12) == b"HTTP/1.1 200"
        except ConnectionError:
            return False


# ---------------------------------------------------------------------------------------------------------- anything at all


@pytest.fixture(scope="module")
def fuzzed():
    with Simulator(limits=Limits(body=2_000, head=2_000)) as running:
        yield running


@pytest.fixture(scope="module")
def complaints():
    """What the event loop has logged of exceptions in protocols."""
    records = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = records.append
    logging.getLogger("asyncio").addHandler(handler)
    yield records
    logging.getLogger("asyncio").removeHandler(handler)


_NAMES = st.sampled_from(
    [
        "Host",
        "Content-Length",
        "Transfer-Encoding",
        "Expect",
        "Connection",
        "Upgrade",
        "Authorization",
        "X-Amz-Date",
        "é",
        "",
    ]
)
_VALUES = st.one_of(
    st.sampled_from(
        [
            "0",
            "5",
            "-1",
            "99999999999999999999",
            "chunked",
            "gzip, chunked",
            "100-continue",
            "close",
            "keep-alive",
            "h2c",
        ]
    ),
    st.text(max_size=20),
)
_HEADERS = st.lists(
    st.builds(lambda name, value: f"{name}: {value}\r\n".encode("utf-8", "replace"), _NAMES, _VALUES), max_size=6
)
_LINES = st.builds(
    lambda method, target, version: f"{method} {target} HTTP/{version}\r\n".encode("utf-8", "replace"),
    st.sampled_from(["POST", "GET", "HEAD", "PUT", "CONNECT", "PRI", "post", ""]),
    st.one_of(
        st.sampled_from(["/", "*", "/model/m/converse", "/model/%ff/converse", "http://x/", "//", "?"]),
        st.text(max_size=12),
    ),
    st.sampled_from(["1.1", "1.0", "2.0", "0.9", "9"]),
)
_BODIES = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [b"5\r\nhello\r\n0\r\n\r\n", b"5;x=y\r\nhello\r\n", b"ffffffffffffffffff\r\n", b"0\r\nTrailer: x\r\n\r\n"]
    ),
)
_REQUESTS = st.builds(lambda line, headers, body: line + b"".join(headers) + b"\r\n" + body, _LINES, _HEADERS, _BODIES)


@settings(max_examples=150, deadline=None)
@given(
    data=st.lists(st.one_of(_REQUESTS, st.binary(max_size=30)), min_size=1, max_size=4).map(b"".join),
    cuts=st.lists(st.integers(1, 60), max_size=4),
)
def test_no_bytes_whatever_break_the_simulator(fuzzed, complaints, data, cuts):
    """Whatever is sent, in whatever pieces, the connection ends when its peer does, and nothing fails inside."""
    host, port = fuzzed.url.partition("//")[2].split(":")
    broken = None
    with socket.create_connection((host, int(port)), timeout=5) as peer:
        try:
            for cut in cuts:
                peer.sendall(data[:cut])
                data = data[cut:]
            peer.sendall(data)
            peer.shutdown(socket.SHUT_WR)
            while peer.recv(65536):
                pass
        except OSError as gone:
            broken = gone.errno
    assert broken in {None, errno.ECONNRESET, errno.EPIPE, errno.ENOTCONN}
    assert complaints == []
    assert not fuzzed.journal.failures


def test_after_all_that_it_serves(fuzzed):
    """The simulator that was sent all that answers the next good request, and nothing is left under way."""
    with Peer(fuzzed) as peer:
        assert peer.ask(fuzzed).status == 200
    assert fuzzed.wait_until_idle()
