"""Requests are signed as they are sent, and the simulator verifies them as AWS does."""

from datetime import timedelta

import pytest

from bedrock_harness.client import InvalidRequest, ServiceError, signing
from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.script import HttpError, Text, answer
from tests.client.driving import DRIVERS, HELLO, MODEL

ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456"


@pytest.mark.parametrize("ask", ["converse", "events"])
@pytest.mark.parametrize("model", [MODEL, ARN, "us.amazon.nova-micro-v1:0", "plain"])
def test_the_signature_of_any_model_id_verifies(bedrock, client, ask, model):
    """A colon and an ARN's slashes are escaped once on the wire and once more in the canonical request."""
    getattr(client, ask)(model)
    exchange = bedrock.journal[-1]
    assert exchange.authorization.valid, exchange.authorization.reason
    assert exchange.model == model
    assert exchange.authorization.canonical.path.count("%25") == exchange.request.target.count("%")


@pytest.mark.parametrize("text", ["こんにちは 👋", "a\u2028b\x00c", "\ud83d", "x" * 1_000_000])
def test_the_signature_is_over_the_bytes_sent(bedrock, client, text):
    """Emoji, control characters, half characters and megabytes are signed as sent."""
    client.converse(messages=[{"role": "user", "content": [{"text": text}]}])
    exchange = bedrock.journal[-1]
    assert exchange.authorization.valid
    assert dict(exchange.request.headers)["Content-Length"] == str(len(exchange.request.body))


def test_few_headers_are_sent_and_fewer_signed(bedrock, client):
    """Signed are host, content type and date: what a proxy leaves alone. Nothing of httpx's own is sent."""
    client.events()
    exchange = bedrock.journal[-1]
    headers = {name.lower(): value for name, value in exchange.request.headers}
    assert set(headers) == {
        "accept",
        "accept-encoding",
        "authorization",
        "content-length",
        "content-type",
        "host",
        "user-agent",
        "x-amz-date",
    }
    assert (headers["accept"], headers["accept-encoding"]) == ("application/vnd.amazon.eventstream", "identity")
    assert headers["host"] == bedrock.url.removeprefix("http://")
    assert headers["user-agent"].startswith("bedrock-harness/")
    assert exchange.authorization.canonical.signed_headers == "content-type;host;x-amz-date"
    assert exchange.authorization.claim.service == "bedrock"


def test_a_session_token_is_sent_and_signed(bedrock, connect):
    """Temporary credentials send their token, as a signed header."""
    connect(credentials=bedrock.session_credentials).converse()
    exchange = bedrock.journal[-1]
    assert exchange.authorization.valid
    assert "x-amz-security-token" in exchange.authorization.canonical.signed_headers


def test_explicit_keys_do_not_meet_a_foreign_token(bedrock, connect, monkeypatch):
    """The environment's session token is not sent with keys that the caller gave."""
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-other-keys")
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "of-somebody-else")
    connect().converse()
    exchange = bedrock.journal[-1]
    assert exchange.authorization.valid
    assert "x-amz-security-token" not in {name.lower() for name, _ in exchange.request.headers}


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_environment_is_enough(bedrock, monkeypatch, driver):
    """What the simulator says to export is all that a client needs."""
    for name, value in bedrock.environment().items():
        monkeypatch.setenv(name, value)
    client = DRIVERS[driver]()
    client.converse()
    client.close()
    assert bedrock.journal[-1].authorization.valid


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_environment_names_the_authority(monkeypatch, driver):
    """AWS_CA_BUNDLE is trusted, as it is by the SDKs."""
    with Simulator(tls=True) as bedrock:
        for name, value in bedrock.environment().items():
            monkeypatch.setenv(name, value)
        client = DRIVERS[driver]()
        client.converse()
        client.close()


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_bearer_token_travels_alone(bedrock, monkeypatch, driver):
    """With a bearer token nothing is signed, and the keys beside it in the environment are not used."""
    for name, value in bedrock.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", bedrock.bearer_token)
    client = DRIVERS[driver]()
    client.events()
    client.close()
    exchange = bedrock.journal[-1]
    assert (exchange.authorization.scheme, exchange.authorization.valid) == ("bearer", True)
    assert not [name for name, _ in exchange.request.headers if name.lower().startswith("x-amz-")]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("endpoint", ["http://bedrock.example", "http://localhost.example:80", "http://10.0.0.1"])
def test_a_bearer_token_is_not_sent_in_the_clear(driver, endpoint):
    """Over plain http a bearer token goes to this machine only."""
    client = DRIVERS[driver](region="us-east-1", endpoint=endpoint, bearer_token="token", timeout=0.1)
    with pytest.raises(InvalidRequest, match="plain http"):
        client.converse()
    client.close()


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("10.0.0.1", False)],
)
def test_what_this_machine_is(host, loopback):
    """Loopback addresses and localhost are this machine."""
    assert signing.is_loopback(host) is loopback


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("identity", ["keys", "bearer"])
def test_tls_is_verified_against_the_given_authority(driver, identity):
    """Over TLS the host with its port is signed, and only the given authority is trusted."""
    with Simulator(tls=True) as bedrock:
        who = {"credentials": bedrock.credentials} if identity == "keys" else {"bearer_token": bedrock.bearer_token}
        client = DRIVERS[driver](region=bedrock.region, endpoint=bedrock.url, ca_file=bedrock.ca_file, **who)
        assert client.converse().text == "".join(client.text())
        client.close()
        assert all(exchange.authorization.valid for exchange in bedrock.journal)
        stranger = DRIVERS[driver](region=bedrock.region, endpoint=bedrock.url, **who)
        with pytest.raises(Exception, match=r"(?i)certificate") as caught:
            stranger.converse()
        assert type(caught.value).__name__ == "ConnectionFailed"
        stranger.close()


def test_the_host_is_signed_as_httpx_spells_it(bedrock, connect):
    """A host in capitals is sent in small letters, with its port, and so it is signed."""
    connect(endpoint=bedrock.url.replace("127.0.0.1", "LOCALHOST")).converse()
    exchange = bedrock.journal[-1]
    assert dict(exchange.request.headers)["Host"] == bedrock.url.replace("http://127.0.0.1", "localhost")
    assert exchange.authorization.valid


def test_a_base_path_is_signed_and_sent_alike(bedrock, connect):
    """Behind a base path the service has no route, but what was signed is what was sent."""
    with pytest.raises(Exception, match="UnknownOperation"):
        connect(endpoint=f"{bedrock.url}/base%2Fpath/").converse()
    exchange = bedrock.journal[-1]
    assert exchange.request.target.startswith("/base%2Fpath/model/anthropic.")
    assert exchange.authorization.valid


def test_the_region_of_the_scope_is_the_clients(bedrock, connect):
    """A client of another region is refused by the service, in its words."""
    with pytest.raises(ServiceError) as caught:
        connect(region="eu-central-1").converse()
    assert caught.value.status == 403
    assert bedrock.journal[-1].authorization.problem == "wrong-scope"


def test_each_attempt_is_signed_afresh(bedrock, connect):
    """A second attempt has its own date, so that no signature ages while the client waits."""
    bedrock.play(HttpError("ThrottlingException", "x", headers={"retry-after": "1"}), answer(Text("Hello")))
    connect(attempts=2).converse()
    first, second = (exchange.authorization.claim.time for exchange in bedrock.journal)
    assert second - first >= timedelta(seconds=1)


def test_signatures_do_not_wait_for_a_connection(bedrock, connect):
    """Many requests at once each have a connection at once: none ages in a queue."""
    bedrock.play(answer(Text("Hello")))
    replies = connect().together(120)
    assert {reply.text for reply in replies} == {"Hello"}
    assert all(exchange.authorization.valid for exchange in bedrock.journal)


def test_the_callers_messages_are_the_same_afterwards(bedrock, client):
    """Sending changes nothing of the caller's."""
    before = repr(HELLO)
    client.converse(system="Be brief.")
    client.events(system="Be brief.")
    assert repr(HELLO) == before
    assert bedrock.journal[0].body == bedrock.journal[1].body == {"messages": HELLO, "system": [{"text": "Be brief."}]}
