"""Starting, stopping, and what the simulator tells of itself."""

import asyncio
import gc
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bedrock_harness.simulator import Clock, Simulator, SimulatorError, Text, answer
from bedrock_harness.simulator.script import cut
from bedrock_harness.wire.sigv4 import Credentials
from tests.simulator.raw import Peer, octets, signed


def test_it_starts_quickly_and_leaves_nothing(on_each_loop):
    """From start to ready takes under 300 ms, and after closing there is no thread, no listener and no connection left."""
    with Simulator():
        pass
    before = threading.active_count()
    started = time.monotonic()
    with Simulator() as simulator:
        assert time.monotonic() - started < 0.3
        peer = Peer(simulator)
        assert peer.ask(simulator).status == 200
    with peer:
        assert peer.rest()[1] in {"closed", "reset"}
    assert threading.active_count() == before
    with pytest.raises(ConnectionRefusedError):
        Peer(simulator)
    gc.collect()  # an unclosed socket would warn here, and a warning is an error


def test_many_can_run_at_a_time(on_each_loop):
    """Simulators share nothing: each has its port, its script and its journal."""
    with Simulator(script=(answer(Text("one")),)) as one, Simulator(script=(answer(Text("two")),)) as two:
        for simulator, text in ((one, b"one"), (two, b"two")):
            with Peer(simulator) as peer:
                assert text in peer.ask(simulator).body
        assert (len(one.journal), len(two.journal)) == (1, 1)


def test_it_runs_in_a_loop_of_the_callers():
    """As an async context manager it serves from the running loop, starts no thread, and can be waited for."""

    async def main():
        before = threading.active_count()
        async with Simulator() as simulator:
            assert threading.active_count() == before
            reader, writer = await asyncio.open_connection(*simulator.url.rpartition("/")[2].split(":"))
            writer.write(octets(signed(simulator)))
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            assert await simulator.until_idle()
            with pytest.raises(SimulatorError, match="until_idle"):
                simulator.wait_until_idle()
            writer.close()
            await writer.wait_closed()
        return simulator

    assert asyncio.run(main()).journal[0].finished is not None


def test_a_port_in_use_is_said(simulator):
    """A port in use is a typed error with a hint, and starts no thread."""
    before = threading.active_count()
    with pytest.raises(SimulatorError, match=r"Port \d+ is in use\.") as caught, Simulator(port=port_of(simulator)):
        pass
    assert caught.value.hint == "Give another port, or 0 for any free one."
    assert threading.active_count() == before


def port_of(simulator):
    return int(simulator.url.rpartition(":")[2])


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "example.com", "::", ""])
def test_only_loopback_is_listened_on(host):
    """A host that others could reach is refused before anything is bound."""
    with pytest.raises(SimulatorError, match="loopback"), Simulator(host=host):
        pass


@pytest.mark.parametrize("host", ["localhost", "::1", "127.0.0.2"])
def test_every_name_of_loopback_will_do(host):
    """Loopback has several names, and the URL bears the one that was given."""
    with Simulator(host=host) as simulator, Peer(simulator) as peer:
        assert host in simulator.url
        assert peer.ask(simulator).status == 200


def test_it_is_entered_once(simulator):
    """A simulator that runs, or has run, cannot be entered again."""
    with pytest.raises(SimulatorError, match="entered before"), simulator:
        pass


def test_it_has_no_address_before_it_runs():
    """Asking for the URL too early is a typed error that says what to do."""
    with pytest.raises(SimulatorError, match="Enter it first"):
        _ = Simulator().url


def test_tls_is_trusted_through_its_file(on_each_loop):
    """With TLS a client that trusts `ca_file` is served, for each name of loopback; the file is gone afterwards."""
    with Simulator(tls=True) as simulator:
        assert simulator.url.startswith("https://127.0.0.1:")
        trust = ssl.create_default_context(cafile=simulator.ca_file)
        for name in ("127.0.0.1", "localhost"):
            with Peer(simulator) as peer:
                peer.socket = trust.wrap_socket(peer.socket, server_hostname=name)
                assert peer.ask(simulator).status == 200
        assert simulator.environment()["AWS_CA_BUNDLE"] == simulator.ca_file
    assert not Path(simulator.ca_file).exists()


@pytest.mark.parametrize("ending", ["finish", "close", "reset", "stall"])
def test_faults_reach_through_tls(on_each_loop, ending):
    """Each way to end a reply is seen by a TLS client as well."""
    with Simulator(tls=True, script=(answer(Text("a b c"), fault=cut(frame=2, ending=ending)),)) as simulator:
        trust = ssl.create_default_context(cafile=simulator.ca_file)
        with Peer(simulator, timeout=0.5) as peer:
            peer.socket = trust.wrap_socket(peer.socket, server_hostname="localhost", suppress_ragged_eofs=False)
            reply = peer.ask(simulator, "ConverseStream")
            # Which of its two words a reset gets depends on the version of OpenSSL.
            seen = {"finish": "properly", "close": "closed", "reset": ("no goodbye", "reset"), "stall": "silence"}
            assert reply.ended in seen[ending]


def test_secrets_stay_out_of_reprs(simulator):
    """No secret is in the repr of anything that the simulator hands out."""
    with Peer(simulator) as peer:
        peer.ask(simulator, login=simulator.session_credentials)
    shown = repr(
        (simulator, simulator.credentials, simulator.session_credentials, simulator.journal, simulator.journal[0])
    )
    for login in (simulator.credentials, simulator.session_credentials):
        for secret in (login["secret_access_key"], login["session_token"], simulator.bearer_token):
            assert secret is None or secret not in shown


def test_credentials_look_like_aws_ones(simulator):
    """Key ids have 20 characters and the prefix of their kind, secrets 40; the same seed makes the same ones."""
    plain, session = simulator.credentials, simulator.session_credentials
    assert (plain["access_key_id"][:4], session["access_key_id"][:4]) == ("AKIA", "ASIA")
    assert {len(login["access_key_id"]) for login in (plain, session)} == {20}
    assert {len(login["secret_access_key"]) for login in (plain, session)} == {40}
    assert (plain["session_token"], plain["bearer_token"]) == (None, None)
    assert session["session_token"]
    assert dict(**plain) == dict(**Simulator().credentials) != dict(**Simulator(seed=1).credentials)


def test_credentials_may_be_the_callers(on_each_loop):
    """A key pair of the caller's takes the place of the made-up one."""
    own = Credentials("AKIDEXAMPLE", "a secret")
    with Simulator(credentials=own, region="eu-north-1") as simulator, Peer(simulator) as peer:
        assert simulator.environment()["AWS_ACCESS_KEY_ID"] == "AKIDEXAMPLE"
        assert simulator.environment()["AWS_REGION"] == "eu-north-1"
        assert peer.ask(simulator).status == 200


def test_a_clock_may_be_shared():
    """Two simulators with one clock see the same time."""
    clock = Clock()
    with Simulator(clock=clock) as one, Simulator(clock=clock) as two:
        clock.shift(-86400)
        assert abs((one.clock.now() - two.clock.now()).total_seconds()) < 1
        with Peer(two) as peer:
            assert peer.ask(two).status == 200


def test_an_observer_sees_every_exchange(on_each_loop):
    """The observer gets each exchange once it is over, and bytes that were no request."""
    seen = []
    with Simulator(observer=seen.append) as simulator:
        with Peer(simulator) as peer:
            peer.ask(simulator)
            peer.send(b"rubbish\r\n\r\n")
            peer.read_reply()
        simulator.wait_until_idle()
    assert seen[0] is simulator.journal[0]
    assert seen[1].status == 400


def test_a_process_that_only_serves_is_spared_pauses():
    """What was loaded at the start is out of the garbage collector's sight, and cycles made later are still collected."""
    program = """
import gc, weakref
from bedrock_harness.simulator.background import spare_pauses
spare_pauses()
class Node: pass
node = Node(); node.itself = node; gone = weakref.ref(node); del node
gc.collect()
print(gc.get_freeze_count() > 10_000, gone() is None)
"""
    ran = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, timeout=30, check=False)
    assert ran.stdout == "True True\n", ran.stderr
