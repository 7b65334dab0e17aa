"""The recorder between real clients and the simulator: what it passes on, what it keeps, and what it keeps to itself."""

import http.client
import json
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import boto3
import pytest
import vcr
from botocore.config import Config
from botocore.exceptions import ClientError

from bedrock_harness.client import Client
from bedrock_harness.recordings import (
    CassetteError,
    Player,
    Recorder,
    Tape,
    UpstreamError,
    examine,
    make_upstream,
    read,
)
from bedrock_harness.recordings.upstream import Token, find_identity, outgoing, region_of
from bedrock_harness.simulator import Simulator, Text, answer
from bedrock_harness.simulator.script import HttpError, cut, every, frame_by_frame
from bedrock_harness.wire.sigv4 import Credentials, Request
from tests.recordings.searching import in_file

ACCOUNT_ID = "998877665544"
MODEL = f"arn:aws:bedrock:us-east-1:{ACCOUNT_ID}:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0"
HELLO = [{"role": "user", "content": [{"text": "Hello"}]}]
SCRIPT = (
    answer(Text("Good day. 👋")),
    answer(Text("One two three four."), deliver=frame_by_frame(gap=0.01)),
    HttpError("ThrottlingException", f"Too many requests for account {ACCOUNT_ID}."),
)


def upstream(bedrock, credentials=None):
    login = credentials or bedrock.session_credentials
    keys = Credentials(login["access_key_id"], login["secret_access_key"], login["session_token"])
    return make_upstream(bedrock.url, region=bedrock.region, identity=lambda: keys, ca_file=bedrock.ca_file)


def boto(endpoint, environment):
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def ask(client, model=MODEL):
    """What boto3 was told by the three replies of SCRIPT."""
    whole = client.converse(modelId=model, messages=HELLO, system=[{"text": "Be brief."}])
    reply = client.converse_stream(modelId=model, messages=HELLO)
    streamed = "".join(
        event["contentBlockDelta"]["delta"]["text"] for event in reply["stream"] if "contentBlockDelta" in event
    )
    with pytest.raises(ClientError) as refused:
        client.converse(modelId=model, messages=HELLO)
    return whole["output"]["message"]["content"][0]["text"], streamed, refused.value.response["Error"]["Code"]


TOLD = ("Good day. 👋", "One two three four.", "ThrottlingException")


@contextmanager
def recording(path, service):
    tape, outcomes = Tape(path), []
    with Recorder(service, keep=tape.keep, observer=outcomes.append) as recorder:
        yield recorder, outcomes
    tape.close()


@pytest.fixture(scope="module", params=[False, True], ids=["http", "https"])
def taken(request, tmp_path_factory):
    """A cassette of boto3's, and all that was secret while it was recorded."""
    path = tmp_path_factory.mktemp("taken") / "boto3.yaml"
    with (
        Simulator(script=SCRIPT, tls=request.param) as bedrock,
        recording(path, upstream(bedrock)) as (recorder, outcomes),
    ):
        environment = recorder.environment()
        told = ask(boto(recorder.url, environment))
        called = [exchange for exchange in bedrock.journal if exchange.request.method == "POST"]
        sent = [dict(exchange.request.headers) for exchange in called]
        assert all(exchange.authorization.valid for exchange in called)
        login = bedrock.session_credentials
        secrets = [login["access_key_id"], login["secret_access_key"], login["session_token"], ACCOUNT_ID]
        secrets += [environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], recorder.bearer_token]
        for headers in sent:
            secrets += [headers["X-Amz-Date"], headers["Authorization"].rpartition("=")[2]]
    return path, told, secrets, outcomes


def test_the_client_is_told_what_the_service_said(taken):
    """Through the recorder, signed anew, over http and https, boto3 hears every word and every error."""
    _, told, _, outcomes = taken
    assert told == TOLD
    assert [(outcome.status, outcome.problem) for outcome in outcomes] == [(200, None), (200, None), (429, None)]


def test_no_secret_is_in_the_file(taken):
    """Keys, tokens, signatures, their dates and the account id are nowhere in the cassette, in no encoding."""
    path, _, secrets, _ = taken
    found = in_file(path)
    assert len(set(secrets)) > 8
    assert "Good day." in found
    assert [secret for secret in secrets if secret in found] == []


def test_a_refusal_that_quotes_the_signature_tells_nothing(tmp_path):
    """What the service says of a wrong signature holds the whole canonical request, token and dates; the cassette does not."""
    path = tmp_path / "a.yaml"
    with Simulator() as bedrock:
        login = dict(bedrock.session_credentials) | {"secret_access_key": "wrong" * 8}
        with recording(path, upstream(bedrock, login)) as (recorder, _):
            reply = raw(recorder).getresponse()
            quoted = reply.read().decode()
        sent = dict(bedrock.journal[-1].request.headers)
    secrets = [sent["X-Amz-Date"], login["session_token"], login["access_key_id"], login["secret_access_key"]]
    found = in_file(path)
    assert reply.status == 403
    assert sent["X-Amz-Date"] in quoted
    assert [secret for secret in secrets if secret in found] == []


def test_the_cassette_says_where_it_comes_from(taken):
    """Origin, date, model, operation, chunks and times of each exchange are kept, and the exchange holds."""
    path, _, _, _ = taken
    exchanges = read(path)
    assert [one.operation for one in exchanges] == ["Converse", "ConverseStream", "Converse"]
    for one in exchanges:
        assert one.timing.origin == one.uri.partition("/model/")[0]
        assert one.timing.operation == one.operation
        assert one.timing.model == one.model == MODEL.replace(ACCOUNT_ID, "123456789012")
        assert one.timing.at.startswith("20")
        assert examine(one).problems == ()
    stream = exchanges[1].timing
    assert len(stream.chunks) == 8
    # Seven gaps of 10 ms, counted from the first by absolute deadlines.
    assert stream.chunks[-1].at - stream.chunks[0].at > 40_000_000


def test_vcrpy_replays_it(taken):
    """vcrpy, told never to record, answers boto3 from the file alone."""
    path, told, secrets, _ = taken
    origin = read(path)[0].timing.origin
    client = boto(origin, {"AWS_ACCESS_KEY_ID": secrets[0], "AWS_SECRET_ACCESS_KEY": secrets[1]})
    model = MODEL.replace(ACCOUNT_ID, "123456789012")
    with vcr.use_cassette(str(path), record_mode="none") as cassette:
        # vcrpy goes by method and address: the two calls of Converse differ in neither, and come in their order.
        assert ask(client, model) == told
        assert cassette.all_played


@pytest.mark.parametrize("pieces", ["recorded", "frames", "whole", 1])
def test_the_reference_client_is_served(taken, pieces):
    """Another client, that writes the same requests in another way, hears the same words, in whichever pieces."""
    path, told, _, _ = taken
    with Simulator(chooser=Player(read(path), pieces=pieces, fast=True)) as bedrock:
        client = Client(region="us-east-1", endpoint=bedrock.url, credentials=dict(bedrock.credentials))
        whole = client.converse(MODEL, HELLO, system="Be brief.")
        with client.converse_stream(MODEL, HELLO) as stream:
            streamed = "".join(stream.text())
        assert (whole.text, streamed) == told[:2]
        assert bedrock.journal[0].request.body != bedrock.journal[1].request.body
        client.close()


# ------------------------------------------------------------------------------------------------- as a proxy


OPEN = []


@pytest.fixture(autouse=True)
def _closed():
    yield
    while OPEN:
        OPEN.pop().close()


def raw(recorder, path="/model/amazon.nova-micro-v1%3A0/converse-stream", **headers):
    """A connection with a request sent, signed by a bearer token."""
    connection = http.client.HTTPConnection(urlsplit(recorder.url).netloc, timeout=10)
    headers = {"Authorization": f"Bearer {recorder.bearer_token}", "Content-Type": "application/json"} | headers
    connection.request("POST", path, body=json.dumps({"messages": HELLO}), headers=headers)
    OPEN.append(connection)
    return connection


def test_nothing_waits_until_it_is_whole(tmp_path):
    """The first event is with the client long before the upstream has sent the last."""
    script = (answer(Text("x", deltas=("x",) * 20), deliver=frame_by_frame(gap=0.03)),)
    with Simulator(script=script) as bedrock, recording(tmp_path / "a.yaml", upstream(bedrock)) as (recorder, outcomes):
        start = time.monotonic()
        reply = raw(recorder).getresponse()
        reply.read1(16)
        first = time.monotonic() - start
        reply.read()
        last = time.monotonic() - start
    assert first < 0.3 < 0.6 < last
    assert outcomes[0].first < 0.3 < 0.6 < outcomes[0].last


def test_chunks_are_kept_as_they_came(tmp_path):
    """Chunks that cut frames are passed on and noted at the byte where they were cut."""
    deliver = every(50)
    script = (answer(Text("Hello"), deliver=type(deliver)(pieces=50, gap=0.003)),)
    with Simulator(script=script) as bedrock, recording(tmp_path / "a.yaml", upstream(bedrock)) as (recorder, _):
        raw(recorder).getresponse().read()
    (one,) = read(tmp_path / "a.yaml")
    size = len(one.reply_body)
    assert [chunk.end for chunk in one.timing.chunks] == [*range(50, size, 50), size]


def test_strangers_are_not_passed_on(tmp_path):
    """A request that is not signed with the recorder's own keys never reaches the upstream, and is not kept."""
    with Simulator() as bedrock, recording(tmp_path / "a.yaml", upstream(bedrock)) as (recorder, outcomes):
        before = len(bedrock.journal)
        reply = raw(recorder, Authorization=f"Bearer {bedrock.bearer_token}").getresponse()
        assert reply.status == 403
        assert len(bedrock.journal) == before
    assert "not passed on" in outcomes[0].problem
    assert not (tmp_path / "a.yaml").exists()


def test_a_reply_that_breaks_off_is_kept_as_such(tmp_path):
    """Where the upstream closes in the middle, so does the recorder, and so does the cassette when it is played."""
    script = (answer(Text("Hello world"), fault=cut(frame=2, ending="close")),)
    path = tmp_path / "a.yaml"
    with Simulator(script=script) as bedrock, recording(path, upstream(bedrock)) as (recorder, outcomes):
        reply = raw(recorder).getresponse()
        with pytest.raises(http.client.IncompleteRead):
            reply.read()
    assert outcomes[0].broken
    (one,) = read(path)
    assert one.timing.ending == "break"
    with Simulator(chooser=Player([one])) as bedrock, pytest.raises(http.client.IncompleteRead) as again:
        raw(bedrock).getresponse().read()
    assert again.value.partial.endswith(one.reply_body[-100:])


def test_a_client_that_leaves_does_not_spoil_the_recording(tmp_path):
    """The reply is read to its end and kept whole, though nobody listens any more."""
    script = (answer(Text("x", deltas=("x",) * 20), deliver=frame_by_frame(gap=0.01)),)
    with Simulator(script=script) as bedrock, recording(tmp_path / "a.yaml", upstream(bedrock)) as (recorder, outcomes):
        connection = raw(recorder)
        connection.getresponse().read1(16)
        connection.close()
    assert outcomes[0].problem is None
    (one,) = read(tmp_path / "a.yaml")
    assert examine(one).problems == ()
    assert one.timing.ending == "finish"


def test_leaving_it_does_not_wait_for_a_slow_reply(tmp_path):
    """A reply that is under way when the recorder is left is dropped, and those before it are in the file."""
    script = (answer(Text("Hello")), answer(Text("Hello"), deliver=frame_by_frame(gap=30)))
    with Simulator(script=script) as bedrock:
        start = time.monotonic()
        with recording(tmp_path / "a.yaml", upstream(bedrock)) as (recorder, outcomes):
            raw(recorder).getresponse().read()
            connection = raw(recorder)
            connection.getresponse().read1(16)
        assert time.monotonic() - start < 5
        connection.close()
    assert [outcome.problem for outcome in outcomes] == [None, "not kept: the recording was ended before the reply was"]
    assert len(read(tmp_path / "a.yaml")) == 1


def test_an_upstream_that_has_gone_is_a_502(tmp_path):
    """When the upstream is gone, the client is told so, and the recorder lives on."""
    bedrock = Simulator()
    with bedrock:
        service = upstream(bedrock)
        tape, outcomes = Tape(tmp_path / "a.yaml"), []
        recorder = Recorder(service, keep=tape.keep, observer=outcomes.append)
        recorder.__enter__()
    try:
        reply = raw(recorder).getresponse()
        assert reply.status == 502
        assert b"cannot be reached" in reply.read()
    finally:
        recorder.__exit__(None, None, None)
    assert "cannot be reached" in outcomes[0].problem


def test_bad_requests_are_answered(tmp_path):
    """Bytes that are no request get a 400, and an Expect gets its 100."""
    with Simulator() as bedrock, recording(tmp_path / "a.yaml", upstream(bedrock)) as (recorder, _):
        connection = http.client.HTTPConnection(urlsplit(recorder.url).netloc, timeout=10)
        connection.connect()
        connection.sock.sendall(b"nonsense\r\n\r\n")
        assert connection.sock.recv(100).startswith(b"HTTP/1.1 400")
        connection.close()
        connection = http.client.HTTPConnection(urlsplit(recorder.url).netloc, timeout=10)
        connection.putrequest("POST", "/model/m/converse")
        connection.putheader("Expect", "100-continue")
        connection.putheader("Content-Length", "2")
        connection.endheaders()
        assert connection.sock.recv(100).startswith(b"HTTP/1.1 100")
        connection.close()


# ------------------------------------------------------------------------------------------------- whose keys, where to


def test_a_bearer_token_is_passed_on_as_one(tmp_path):
    """With an API key for the upstream, that is what the upstream gets, whatever the client signed with."""
    with Simulator() as bedrock:
        service = make_upstream(bedrock.url, region="us-east-1", identity=lambda: Token(bedrock.bearer_token))
        with recording(tmp_path / "a.yaml", service) as (recorder, _):
            boto(recorder.url, recorder.environment()).converse(modelId="amazon.nova-micro-v1:0", messages=HELLO)
        assert bedrock.journal[-1].authorization.scheme == "bearer"
        assert bedrock.bearer_token not in in_file(tmp_path / "a.yaml")
        assert bedrock.bearer_token not in repr(service.identity())


def test_a_bearer_token_is_not_sent_in_the_clear():
    """Over plain http to another machine the token stays here."""
    request = Request("POST", "/model/m/converse", (), b"{}")
    now = datetime.now(UTC)
    far = make_upstream("http://bedrock.example", region="us-east-1", identity=lambda: Token("secret"))
    with pytest.raises(UpstreamError, match="not sent over plain http"):
        outgoing(far, request, now)
    for url in ("https://bedrock.example", "http://localhost:1", "http://[::1]:1"):
        near = make_upstream(url, region="us-east-1", identity=lambda: Token("secret"))
        assert outgoing(near, request, now)[0].headers["authorization"] == "Bearer secret"


def test_whose_keys(tmp_path, monkeypatch):
    """The environment's token comes before its keys, a profile that is named before both."""
    (tmp_path / "credentials").write_text("[work]\naws_access_key_id = AKIAPROFILE\naws_secret_access_key = s\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    assert find_identity(None, {})().access_key_id == "AKIAENVIRONMENT"
    assert find_identity(None, {"AWS_BEARER_TOKEN_BEDROCK": "t"})() == Token("t")
    assert find_identity("work", {"AWS_BEARER_TOKEN_BEDROCK": "t"})().access_key_id == "AKIAPROFILE"
    with pytest.raises(UpstreamError, match="nobody"):
        find_identity("nobody", {})


@pytest.mark.parametrize(
    "url", ["ftp://a", "bedrock", "http://", "http://u:p@host", "http://h/?q", "http://h:99999999"]
)
def test_what_is_no_upstream(url):
    """A URL that cannot be called is refused with the form of one that can."""
    with pytest.raises(UpstreamError, match="looks like https://bedrock-runtime"):
        make_upstream(url, region="us-east-1", identity=lambda: Token("t"))


def test_the_region_is_the_upstreams():
    """The host's region comes first, since a signature for another one is refused there."""
    assert (
        region_of("https://bedrock-runtime.eu-central-1.amazonaws.com", {"AWS_REGION": "us-west-2"}) == "eu-central-1"
    )
    assert region_of("http://127.0.0.1:1", {"AWS_DEFAULT_REGION": "us-west-2"}) == "us-west-2"
    assert region_of("http://127.0.0.1:1", {}) == "us-east-1"


def test_a_cassette_is_not_written_over(tmp_path):
    """A file that is there stays as it is."""
    (tmp_path / "a.yaml").write_text("mine")
    with pytest.raises(CassetteError, match="not written over"):
        Tape(tmp_path / "a.yaml")
    assert (tmp_path / "a.yaml").read_text() == "mine"
