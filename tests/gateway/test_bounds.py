"""What a caller may use of the gateway, and what becomes of callers who leave."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from bedrock_harness.client import AsyncClient
from bedrock_harness.gateway import Gateway, GatewayError, Handled, Limits
from bedrock_harness.gateway.serving import bind, url_of
from bedrock_harness.simulator import Simulator, Text, answer
from bedrock_harness.simulator.script import Delivery, cut, frame_by_frame

ASKED: dict[str, Any] = {
    "model": "amazon.nova-lite-v1:0",
    "messages": [{"role": "user", "content": "Hi"}],
    "max_tokens": 9,
}
WAVES = Text("", deltas=("wave ",) * 40)
PATHS = pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])


@contextmanager
def bounded(running: Simulator, **limits: Any) -> Iterator[tuple[str, list[Handled]]]:
    """A gateway with these limits, and what it tells its observer."""
    handled: list[Handled] = []

    def connect() -> AsyncClient:
        return AsyncClient(region=running.region, endpoint=running.url, credentials=running.credentials)

    with Gateway(connect, limits=Limits(**limits), observer=handled.append) as gateway:
        yield gateway.url, handled


def soon(happened: Callable[[], object]) -> bool:
    """Whether something happens within two seconds."""
    deadline = time.monotonic() + 2
    while not happened() and time.monotonic() < deadline:
        time.sleep(0.01)
    return bool(happened())


@PATHS
def test_a_caller_who_leaves_a_stream_ends_it(
    bedrock: Simulator, gateway: Gateway, handled: list[Handled], path: str
) -> None:
    """When the caller closes the connection, the one to Bedrock is closed too: nothing more is paid for."""
    bedrock.play(answer(WAVES, deliver=frame_by_frame(gap=0.1)))
    with httpx.stream("POST", gateway.url + path, json={**ASKED, "stream": True}) as reply:
        assert next(line for line in reply.iter_lines() if "wave" in line)
    assert soon(lambda: bedrock.journal[-1].closed_by_peer)
    assert soon(lambda: handled[-1].path == path and handled[-1].status == 499)
    assert handled[-1].error == "the connection ended before the reply did"


@PATHS
@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
def test_a_caller_who_does_not_wait_for_an_answer(
    bedrock: Simulator, gateway: Gateway, handled: list[Handled], path: str, streamed: bool
) -> None:
    """A caller who leaves before anything has come is not asked for either."""
    bedrock.play(answer(WAVES, deliver=Delivery(delay=20)))
    mark = len(bedrock.journal)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(gateway.url + path, json={**ASKED, "stream": streamed}, timeout=httpx.Timeout(5, read=0.1))
    assert soon(lambda: bedrock.journal[mark:] and bedrock.journal[mark].closed_by_peer)
    assert soon(lambda: (handled[-1].status, handled[-1].stream) == (499, streamed))


def test_a_caller_who_stops_reading_and_leaves(bedrock: Simulator, gateway: Gateway) -> None:
    """A stream that waits for its reader holds Bedrock back, and lets go of it when the reader is gone."""
    bedrock.play(answer(Text("", deltas=("wave " * 20_000,) * 200)))
    body = json.dumps({**ASKED, "stream": True}).encode()
    head = f"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    with socket.socket() as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        caller.connect(("127.0.0.1", int(gateway.url.rpartition(":")[2])))
        mark = len(bedrock.journal)
        caller.sendall(head.encode() + b"\r\n\r\n" + body)
        assert b"event-stream" in caller.recv(4096)
        assert soon(lambda: len(bedrock.journal) > mark)
        assert bedrock.journal[mark].finished is None
    assert soon(lambda: bedrock.journal[mark].closed_by_peer)


@PATHS
def test_a_body_has_a_length(running: Simulator, path: str) -> None:
    """A body beyond the limit is refused as soon as it shows, whether its length was announced or not."""
    with bounded(running, body=1000) as (url, _):
        announced = httpx.post(url + path, json={**ASKED, "user": "x" * 1000})
        chunked = httpx.post(
            url + path, content=(b"x" * 600 for _ in range(2)), headers={"content-type": "application/json"}
        )
    for reply in (announced, chunked):
        assert reply.status_code == 413
        assert "the body is longer than 1000 bytes" in reply.json()["error"]["message"]


@PATHS
def test_an_answer_has_a_time(running: Simulator, bedrock: Simulator, path: str) -> None:
    """An answer that takes too long ends with an error, in the midst of a stream too, and Bedrock is let go of."""
    with bounded(running, seconds=0.25) as (url, handled):
        bedrock.play(answer(WAVES, fault=cut(frame=3, ending="stall")))
        streamed = httpx.post(url + path, json={**ASKED, "stream": True})
        bedrock.play(answer(WAVES, deliver=Delivery(delay=20)))
        whole = httpx.post(url + path, json=ASKED)
        assert soon(lambda: bedrock.journal[-1].closed_by_peer)
        assert soon(lambda: len(handled) == 2)
    assert (streamed.status_code, whole.status_code) == (200, 504)
    assert "wave" in streamed.text
    assert "The reply took longer than this gateway waits." in streamed.text
    assert [one.status for one in handled] == [504, 504]


def test_there_are_so_many_places(running: Simulator, bedrock: Simulator) -> None:
    """A request beyond the limit is told to come again; when one is over there is a place."""
    bedrock.play(answer(WAVES, deliver=frame_by_frame(gap=0.1)))
    with bounded(running, requests=1) as (url, handled):
        with httpx.stream("POST", f"{url}/v1/messages", json={**ASKED, "stream": True}):
            refused = httpx.post(f"{url}/v1/messages", json=ASKED)
            full = httpx.get(f"{url}/readyz")
        assert soon(lambda: len(handled) == 2)
        free = httpx.get(f"{url}/readyz")
        alive = httpx.get(f"{url}/healthz")
    assert (refused.status_code, refused.json()["error"]["type"]) == (429, "rate_limit_error")
    assert (full.status_code, free.status_code, alive.status_code) == (503, 200, 200)


@PATHS
@pytest.mark.parametrize(
    ("headers", "content", "status", "says"),
    [
        ({"content-type": "text/plain"}, b"{}", 415, "the content type must be application/json"),
        ({"content-type": "application/json"}, b"{", 400, "the body is not JSON"),
        ({"content-type": "application/json"}, b"[" * 100_000, 400, "the body is not JSON"),
        ({"content-type": "application/json"}, b"[]", 400, "body: must be an object"),
        ({"content-type": "application/json", "host": "evil.example"}, b"{}", 403, "host: is not this machine"),
    ],
    ids=["a-browser's-form", "no-json", "deep", "a-list", "a-rebound-name"],
)
def test_what_is_no_request(
    gateway: Gateway, path: str, headers: dict[str, str], content: bytes, status: int, says: str
) -> None:
    """What a page in a browser could send here unasked, and what is no JSON, goes no further."""
    reply = httpx.post(gateway.url + path, headers=headers, content=content)
    assert reply.status_code == status
    assert reply.json()["error"]["message"].startswith(says)


def test_it_listens_on_this_machine_alone() -> None:
    """Any other address has to be asked for in so many words."""
    with pytest.raises(GatewayError, match="could spend your AWS account") as refused:
        bind("0.0.0.0", 0)
    assert "--expose-to-the-network" in refused.value.hint
    with bind("0.0.0.0", 0, exposed=True) as listening:
        assert url_of(listening).startswith("http://0.0.0.0:")


def test_a_port_that_is_taken() -> None:
    """An address that is in use is said to be, in a sentence."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(GatewayError, match=f"127.0.0.1:{port} cannot be listened on"):
            bind("127.0.0.1", port)


def test_it_leaves_no_thread_behind(running: Simulator) -> None:
    """What the gateway started ends with it, and its address with it."""
    before = threading.active_count()
    with bounded(running) as (url, _):
        assert httpx.get(f"{url}/healthz").json() == {"status": "ok"}
    assert threading.active_count() == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/healthz")


def test_it_has_no_address_before_it_is_entered() -> None:
    """A gateway that was not entered says so."""
    with pytest.raises(GatewayError, match="no address yet"):
        _ = Gateway(AsyncClient).url
