"""The proxy that stands in for the service's own hosts, and for no other."""

import json
import socket
import ssl
import subprocess
import sys
import time

import pytest

from bedrock_harness.service.model_ids import operation_path
from bedrock_harness.simulator import Limits, Simulator, SimulatorError, Text, answer
from bedrock_harness.simulator.script import frame_by_frame
from bedrock_harness.wire.sigv4 import Credentials, Request, sign
from tests.simulator.h2peer import H2Peer
from tests.simulator.raw import HELLO, MODEL, Peer, octets

HOST = "bedrock-runtime.us-east-1.amazonaws.com"


@pytest.fixture
def proxy(on_each_loop):
    with Simulator(proxy=True, script=(answer(Text("Hello")),)) as running:
        yield running


def asked_for(simulator, host=HOST, region="us-east-1"):
    """A request for the service's own host, signed with the simulator's key pair."""
    login = simulator.credentials
    headers = (("Host", host), ("Content-Type", "application/json"))
    request = Request("POST", operation_path(MODEL, "Converse"), headers, json.dumps(HELLO).encode())
    keys = Credentials(login["access_key_id"], login["secret_access_key"])
    return sign(request, keys, region=region, at=simulator.clock.now()).request


def connect(peer, target=f"{HOST}:443"):
    """Ask for a tunnel, and return the status."""
    peer.send(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    return peer.read_head()[0]


def secure(simulator, raw, host=HOST, protocols=("http/1.1",)):
    """TLS inside the tunnel, as a client that trusts the simulator's authority makes it."""
    context = ssl.create_default_context(cafile=simulator.ca_file)
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return context.wrap_socket(raw, server_hostname=host)


def test_a_tunnel_leads_here(proxy):
    """In a tunnel to the service's own host there is TLS for that host, and a simulator that answers."""
    with Peer(proxy) as peer:
        assert connect(peer) == 200
        peer.socket = secure(proxy, peer.socket)
        assert ("DNS", HOST) in peer.socket.getpeercert()["subjectAltName"]
        peer.send(octets(asked_for(proxy)))
        reply = peer.read_reply()
        peer.send(octets(asked_for(proxy)))
        assert peer.read_reply().status == reply.status == 200
    assert proxy.journal[0].authorization.valid
    assert ("Host", HOST) in proxy.journal[0].request.headers


def test_a_request_may_come_with_the_end_of_the_handshake(proxy):
    """A client that sends its request together with the last of TLS's own messages is answered."""
    context = ssl.create_default_context(cafile=proxy.ca_file)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    secured = context.wrap_bio(incoming, outgoing, server_hostname=HOST)
    with Peer(proxy) as peer:
        connect(peer)
        while True:
            try:
                secured.do_handshake()
                break
            except ssl.SSLWantReadError:
                peer.send(outgoing.read())
                incoming.write(peer.socket.recv(65536))
        secured.write(octets(asked_for(proxy)))
        peer.send(outgoing.read())
        while b"Hello" not in (said := _heard(secured)):
            incoming.write(peer.socket.recv(65536))
    assert said.startswith(b"HTTP/1.1 200 ")


def _heard(secured):
    try:
        return secured.read()
    except ssl.SSLWantReadError:
        return b""


def test_there_is_no_tunnel_in_a_tunnel(proxy):
    """CONNECT inside a tunnel is refused, as by any host that is no proxy."""
    with Peer(proxy) as peer:
        connect(peer)
        peer.socket = secure(proxy, peer.socket, protocols=())
        assert connect(peer) == 400


def test_http_2_in_a_tunnel(proxy):
    """What is in a tunnel may as well be HTTP/2."""

    def tunnel(raw):
        raw.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode())
        assert raw.recv(1000).startswith(b"HTTP/1.1 200 ")
        return secure(proxy, raw, protocols=("h2", "http/1.1"))

    with H2Peer(proxy, wrap=tunnel) as peer:
        assert peer.socket.selected_alpn_protocol() == "h2"
        assert peer.reply(peer.begin(asked_for(proxy))).status == 200


@pytest.mark.parametrize(("region", "status"), [("eu-west-3", 200), ("us-east-1", 403)])
def test_the_host_says_the_region(proxy, region, status):
    """A request is to be signed for the region of the host that it was sent to, whatever the simulator's own."""
    host = "bedrock-runtime.eu-west-3.amazonaws.com"
    with Peer(proxy) as peer:
        connect(peer, f"{host}:443")
        peer.socket = secure(proxy, peer.socket, host)
        peer.send(octets(asked_for(proxy, host, region)))
        assert peer.read_reply().status == status


def test_no_other_host_is_connected_to(proxy):
    """A tunnel to a host that is not the service's is refused in a sentence, and nobody is called."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere, Peer(proxy) as peer:
        target = f"127.0.0.1:{elsewhere.getsockname()[1]}"
        peer.send(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
        reply = peer.read_reply()
        peer.send(f"CONNECT {HOST}:443 HTTP/1.1\r\n\r\n".encode())
        assert peer.rest() == (b"", "closed")
        elsewhere.settimeout(0.05)
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    assert reply.status == 403
    assert reply.json["message"].startswith("The simulator stands in for ")
    assert ["'127.0.0.1'" in reason for reason in proxy.journal.malformed] == [True]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"CONNECT \r\n\r\n", 400),
        (b"CONNECT a b c\r\n\r\n", 400),
        (b"CONNECT " + HOST.encode() + b":443 HTTP/1.1\r\n\r\n\x16\x03\x01", 400),
        (b"CONNECT x HTTP/1.1\r\nX: " + b"x" * 70_000, 431),
    ],
)
def test_bytes_that_ask_for_no_tunnel(proxy, data, status):
    """A malformed or endless CONNECT, and one whose sender does not wait, is refused and ended."""
    with Peer(proxy) as peer:
        peer.send(data)
        assert peer.read_reply().status == status
        assert peer.rest() == (b"", "closed")


def test_a_client_that_does_not_trust_it_is_noted(proxy):
    """Where the client does not take the certificate, the journal says so and names the likely cause."""
    with Peer(proxy) as peer:
        assert connect(peer) == 200
        with pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(peer.socket, server_hostname=HOST)
    deadline = time.monotonic() + 5
    while not proxy.journal.malformed and time.monotonic() < deadline:
        time.sleep(0.005)
    assert "Does it trust the simulator's authority?" in proxy.journal.malformed[0]


def test_a_tunnel_with_nothing_in_it_keeps_nobody_waiting(on_each_loop):
    """The simulator closes with a tunnel half made, and with one that was only begun."""
    with Simulator(proxy=True) as simulator, Peer(simulator) as peer, Peer(simulator) as begun:
        assert connect(peer) == 200
        begun.send(b"CONNECT bed")
        with Peer(simulator) as other:
            assert connect(other) == 200


def test_a_silent_tunnel_is_closed(on_each_loop):
    """The idle time runs for half a CONNECT, and for a tunnel whose TLS is made and which says nothing."""
    with Simulator(proxy=True, limits=Limits(idle=0.1)) as simulator, Peer(simulator) as half, Peer(simulator) as whole:
        half.send(b"CONNECT " + HOST.encode())
        connect(whole)
        whole.socket = secure(simulator, whole.socket)
        assert half.rest() == (b"", "closed")
        assert whole.rest() == (b"", "closed")


def test_a_tunnel_in_use_outlives_the_idle_time(on_each_loop):
    """The time that a tunnel had to be made in does not end it while a reply is on its way."""
    slow = answer(Text("late"), deliver=frame_by_frame(delay=0.2))
    with Simulator(proxy=True, limits=Limits(idle=0.1), script=(slow,)) as simulator, Peer(simulator) as peer:
        connect(peer)
        peer.socket = secure(simulator, peer.socket)
        peer.send(octets(asked_for(simulator)))
        assert peer.read_reply().status == 200


def test_plain_requests_through_the_proxy(proxy):
    """A request in absolute form is answered where its host is the service's, and is then judged by its path alone."""
    for host, status in ((HOST, 200), ("example.com", 403)):
        data = octets(asked_for(proxy, host)).replace(b"POST /", f"POST http://{host}/".encode(), 1)
        with Peer(proxy) as peer:
            peer.send(data)
            assert peer.read_reply().status == status
    assert [exchange.request.target for exchange in proxy.journal] == [operation_path(MODEL, "Converse")]


def test_the_endpoint_is_still_there(proxy):
    """A port that is a proxy answers to its own address as well."""
    with Peer(proxy) as peer:
        assert peer.ask(proxy).status == 200


def test_without_proxy_there_is_none(simulator):
    """A simulator that was not told to be a proxy refuses CONNECT, and calls itself none."""
    with Peer(simulator) as peer:
        assert connect(peer) == 400
    assert "HTTPS_PROXY" not in simulator.environment()


def test_a_proxy_is_spoken_to_in_plain_http():
    """TLS around the proxy is refused at once, since few clients could use it."""
    with pytest.raises(SimulatorError, match="plain http"):
        Simulator(tls=True, proxy=True)


SCRIPT = """
import boto3
client = boto3.client("bedrock-runtime")
hello = {"modelId": "amazon.nova-lite-v1:0", "messages": [{"role": "user", "content": [{"text": "Hello"}]}]}
print(client.converse(**hello)["output"]["message"]["content"][0]["text"])
events = client.converse_stream(**hello)["stream"]
print("".join(event["contentBlockDelta"]["delta"]["text"] for event in events if "contentBlockDelta" in event))
"""


def test_boto3_needs_nothing_but_the_environment(tmp_path):
    """With the variables of `environment()`, which name no endpoint, boto3's calls to the real host name come here."""
    with Simulator(proxy=True, script=(answer(Text("Hello there")),)) as simulator:
        environment = {"HOME": str(tmp_path), "PATH": "", "PYTHONPATH": ":".join(sys.path)}
        environment |= simulator.environment()
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=30, check=False
        )
        assert (done.stdout, done.stderr) == ("Hello there\nHello there\n", "")
        hosts = [{name.lower(): value for name, value in each.request.headers}["host"] for each in simulator.journal]
        assert hosts == [HOST, HOST]
        assert all(exchange.authorization.valid for exchange in simulator.journal)
