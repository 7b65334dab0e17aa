"""What goes wrong reaches the caller as what it is."""

import socket
import threading
import time

import pytest

from bedrock_harness.client import (
    ConnectionFailed,
    MissingCredentials,
    ProtocolError,
    RequestTimeout,
    ServiceError,
    StreamError,
)
from bedrock_harness.service.exceptions import EXCEPTIONS
from bedrock_harness.simulator import script
from bedrock_harness.simulator.script import Delivery, Http, HttpError, Text, answer, cut, stream
from tests.client.driving import DRIVERS, MODEL

ASKING = ["converse", "events"]
START = script.Event("messageStart", {"role": "assistant"})
DELTA = script.Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello"}})


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("name", sorted(name for name, row in EXCEPTIONS.items() if row.status >= 400))
def test_every_exception_over_http_is_itself(bedrock, client, ask, name):
    """Each exception of the table arrives with its name, message, status and request id, and says whether to retry."""
    message = "Invocation of model ID x with on-demand throughput isn’t supported."
    bedrock.play(HttpError(name, message))
    with pytest.raises(ServiceError) as caught:
        getattr(client, ask)()
    error, row = caught.value, EXCEPTIONS[name]
    assert (error.code, error.message, error.status, error.retryable) == (name, message, row.status, row.retryable)
    assert error.request_id
    assert not isinstance(error, StreamError)
    assert str(error) == f"{name} (HTTP {row.status}): {message}"
    assert len(bedrock.journal) == 1


STREAMED = sorted(row.stream_name for row in EXCEPTIONS.values() if row.stream_name)


@pytest.mark.parametrize("name", STREAMED)
@pytest.mark.parametrize("before", [(), (START, DELTA)])
def test_every_exception_in_a_stream_is_raised_behind_what_was_said(bedrock, client, name, before):
    """An exception frame is the same error as over HTTP, and the events ahead of it are given first."""
    bedrock.play(stream(*before, script.Thrown(name, "No.", {"originalStatusCode": 500})))
    got = []
    with pytest.raises(StreamError) as caught:
        client.events(into=got)
    row = EXCEPTIONS[name[0].upper() + name[1:]]
    error = caught.value
    assert (error.code, error.message, error.status, error.retryable) == (row.name, "No.", row.status, row.retryable)
    assert error.members == {"originalStatusCode": 500}
    assert error.request_id
    assert len(got) == len(before)


@pytest.mark.parametrize("ask", ["text", "streamed"])
def test_an_exception_in_a_stream_reaches_every_reader(bedrock, client, ask):
    """Whoever reads only text, or only the reply, meets the exception too."""
    bedrock.play(stream(START, DELTA, script.Thrown("throttlingException", "Slow down.")))
    with pytest.raises(StreamError, match="Slow down"):
        getattr(client, ask)()


def test_an_error_frame_is_raised(bedrock, client):
    """A message of type error is an error with its code and message; an unknown code has no status."""
    bedrock.play(stream(START, script.ErrorFrame("InternalFailure", "Something broke.")))
    with pytest.raises(StreamError) as caught:
        client.events()
    assert (caught.value.code, caught.value.message, caught.value.status) == (
        "InternalFailure",
        "Something broke.",
        None,
    )


def test_a_whole_reply_cut_off_is_no_reply(bedrock, client):
    """Half of a reply is a failed connection, or half of its JSON is no reply; neither is an answer."""
    bedrock.play(answer(Text("Hello there"), fault=cut(byte=40, ending="close")))
    with pytest.raises(ConnectionFailed, match="complete message body"):
        client.converse()
    bedrock.play(Http(200, {"content-type": "application/json"}, b'{"output":{"message":{"role":"ass'))
    with pytest.raises(ProtocolError, match='"role":"ass'):
        client.converse()


@pytest.mark.parametrize("ask", ASKING)
def test_a_refusal_cut_off_keeps_what_arrived(bedrock, client, ask):
    """An error whose body breaks off has its code, and of its message what there is."""
    bedrock.play(HttpError("ThrottlingException", "Too many tokens", fault=cut(byte=20, ending="close")))
    with pytest.raises(ServiceError, match="Too many") as caught:
        getattr(client, ask)()
    assert caught.value.code == "ThrottlingException"


UNKNOWN_OPERATION = b'{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}'


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize(
    ("content_type", "body", "shown"),
    [
        ("application/json", UNKNOWN_OPERATION, "UnknownOperationException"),
        ("text/html", b"<html>\n<h1>Log in</h1></html>", "<h1>Log in</h1>"),
        ("application/json", b"", "empty"),
        ("application/json", b"[1]", r"\[1\]|event stream"),
        ("application/json", b"{" * 100_000, r"\{\{"),
    ],
)
def test_http_200_with_something_else_is_an_error_that_shows_it(bedrock, client, ask, content_type, body, shown):
    """A 200 that is no reply of Bedrock's is a ProtocolError with the beginning of the body."""
    bedrock.play(Http(200, {"content-type": content_type}, body))
    with pytest.raises(ProtocolError, match=shown) as caught:
        getattr(client, ask)()
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize(
    ("status", "content_type", "body", "shown", "retryable"),
    [
        (502, "text/html", b"<html><title>502 Bad Gateway</title></html>", "502 Bad Gateway", True),
        (503, "text/plain", b"", "Service Unavailable", True),
        (403, "application/json", b'{"Message":"Authentication failed"}', "Authentication failed", False),
        (407, "text/html", b"proxy", "proxy", False),
        (307, "text/html", b"", "Temporary Redirect", False),
        (400, "application/json", b'{"error":{"message":"nested"}}', "nested", False),
        (599, "text/plain", b"x" * 200_000, "xxx", True),
    ],
)
def test_replies_of_others_are_errors_by_their_status(
    bedrock, client, ask, status, content_type, body, shown, retryable
):
    """What a proxy or a gateway says is an error with its status and words; a redirect is never followed."""
    bedrock.play(Http(status, {"content-type": content_type, "location": "http://127.0.0.1:1/"}, body))
    with pytest.raises(ServiceError, match=shown) as caught:
        getattr(client, ask)()
    assert (caught.value.status, caught.value.retryable, caught.value.code) == (status, retryable, None)
    assert len(str(caught.value)) < 700


@pytest.mark.parametrize("ask", ASKING)
def test_silence_before_the_reply_is_a_timeout(bedrock, connect, ask):
    """A service that says nothing is given up after the read timeout, and is not asked again."""
    bedrock.play(answer(Text("late"), deliver=Delivery(delay=5)))
    started = time.monotonic()
    with pytest.raises(RequestTimeout, match=r"within 0\.2 s") as caught:
        getattr(connect(read_timeout=0.2, attempts=3), ask)()
    assert time.monotonic() - started < 2
    assert (caught.value.phase, caught.value.seconds, caught.value.retryable) == ("read", 0.2, False)


def test_silence_within_a_stream_is_a_timeout(bedrock, connect):
    """A stream that stalls is given up after the read timeout; what it said is given first."""
    bedrock.play(answer(Text("Hello there"), fault=cut(frame=2, ending="stall")))
    got = []
    with pytest.raises(RequestTimeout):
        connect(read_timeout=0.2).events(into=got)
    assert len(got) == 2


def test_a_long_stream_is_no_timeout(bedrock, connect):
    """The read timeout bounds each silence and not the whole."""
    bedrock.play(answer(Text("a b c d e f"), deliver=Delivery(gap=0.1)))
    assert connect(read_timeout=0.4).streamed().text == "a b c d e f"


@pytest.mark.parametrize("ask", ASKING)
def test_a_reset_before_the_reply_is_a_failed_connection(bedrock, client, ask):
    """A connection closed in place of a reply is a ConnectionFailed that may be tried again."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up():
            peer, _ = server.accept()
            peer.recv(1)
            peer.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        port = server.getsockname()[1]
        with pytest.raises(ConnectionFailed, match=f"127.0.0.1:{port}") as caught:
            ask_elsewhere(client, f"http://127.0.0.1:{port}", ask)
        thread.join()
    assert caught.value.retryable


@pytest.mark.parametrize("ask", ASKING)
def test_nobody_there_is_a_failed_connection(client, ask):
    """An endpoint where nobody listens is a ConnectionFailed that names it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(ConnectionFailed, match=f"127.0.0.1:{port}"):
        ask_elsewhere(client, f"http://127.0.0.1:{port}", ask)


def ask_elsewhere(client, endpoint, ask):
    other = type(client)(region="us-east-1", endpoint=endpoint, bearer_token="token", timeout=5)
    try:
        getattr(other, ask)()
    finally:
        other.close()


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("driver", DRIVERS)
def test_no_credentials_is_an_error_before_sending(bedrock, driver, ask):
    """Without credentials nothing is sent, and the error says how to give them."""
    client = DRIVERS[driver](region="us-east-1", endpoint=bedrock.url)
    with pytest.raises(MissingCredentials, match=r"AWS_ACCESS_KEY_ID.*AWS_BEARER_TOKEN_BEDROCK"):
        getattr(client, ask)()
    client.close()
    assert len(bedrock.journal) == 0


def test_a_stream_keeps_failing_the_same_way(bedrock, client):
    """Whoever asks a failed stream again gets the same error, and the service is not asked again."""
    bedrock.play(HttpError("ThrottlingException", "Slow down."))
    stream = client.stream()
    for _ in range(2):
        with pytest.raises(ServiceError, match="Slow down"):
            client.step(stream)
    client.leave(stream)
    assert len(bedrock.journal) == 1


def test_a_stream_longer_than_any_answer_is_given_up(bedrock, client, monkeypatch):
    """Memory is bounded: a stream without end becomes an error."""
    monkeypatch.setattr("bedrock_harness.client.exchanges.MAX_BODY", 1000)
    bedrock.play(answer(Text("word " * 100)))
    for ask in ("converse", "events"):
        bedrock.play(answer(Text("word " * 400)))
        with pytest.raises(ProtocolError, match="longer than 1000 bytes"):
            getattr(client, ask)()


@pytest.mark.parametrize("secret", ["secret_access_key", "session_token"])
def test_errors_hold_no_credential(bedrock, connect, secret):
    """A message that repeats a secret, as the one about signatures repeats the token, reaches the caller without it."""
    login = bedrock.session_credentials
    bedrock.play(HttpError("InvalidSignatureException", f"x-amz-security-token:{login[secret]}\n"))
    with pytest.raises(ServiceError, match=r"x-amz-security-token:\[redacted\]") as caught:
        connect(credentials=login).converse()
    assert login[secret] not in repr(caught.value) + str(caught.value)


def test_a_token_with_a_newline_is_not_shown(bedrock, connect):
    """A token that no header can carry is refused before sending, without being shown."""
    with pytest.raises(Exception, match="newline") as caught:
        connect(credentials=None, bearer_token="ABSKsecret\n").converse(MODEL)
    assert "ABSKsecret" not in str(caught.value)
    assert len(bedrock.journal) == 0


def test_logs_hold_no_credential(bedrock, connect, caplog):
    """At the most talkative level the logs of httpx and ours hold no secret and no signature."""
    login = bedrock.session_credentials
    caplog.set_level("DEBUG")
    connect(credentials=login).events()
    assert caplog.text
    assert not [name for name in ("secret_access_key", "session_token") if login[name] in caplog.text]
    assert "Signature=" not in caplog.text
