"""The control as a test in another language uses it: plain HTTP, JSON in and out."""

import json
from base64 import b64decode
from datetime import UTC, datetime

import boto3
import httpx
import jsonschema
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bedrock_harness.simulator import Simulator, Text, answer
from bedrock_harness.simulator.openapi import PREFIX
from tests.generated import OPENAPI
from tests.simulator.raw import Peer

HELLO = {
    "modelId": "anthropic.claude-sonnet-4-20250514-v1:0",
    "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
}


@pytest.fixture
def simulator():
    with Simulator(control=True) as running:
        yield running


@pytest.fixture
def control(simulator):
    with httpx.Client(base_url=simulator.url + PREFIX) as client:
        yield client


@pytest.fixture
def bedrock(simulator):
    login = simulator.credentials
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=simulator.url,
        region_name=simulator.region,
        aws_access_key_id=login["access_key_id"],
        aws_secret_access_key=login["secret_access_key"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def said(bedrock):
    return bedrock.converse(**HELLO)["output"]["message"]["content"][0]["text"]


def test_a_script_is_set(control, bedrock):
    """Replies put as JSON answer the next requests, in their order."""
    script = [
        {"is": "Answer", "blocks": [{"is": "Text", "text": "One."}]},
        {"is": "HttpError", "code": "ThrottlingException", "message": "Too many tokens."},
    ]
    assert control.put("script", json=script).json() == {"position": 0}
    assert said(bedrock) == "One."
    with pytest.raises(ClientError, match="Too many tokens"):
        bedrock.converse(**HELLO)


def test_an_answer_is_set_by_model(control, bedrock):
    """A canned answer is given to the model that it names, and to no other."""
    canned = [
        {"when": {"model": "anthropic.*"}, "reply": {"is": "Answer", "blocks": [{"is": "Text", "text": "Canned."}]}}
    ]
    assert control.put("answers", json=canned).status_code == 200
    assert said(bedrock) == "Canned."
    other = bedrock.converse(**HELLO | {"modelId": "amazon.nova-micro-v1:0"})
    assert other["output"]["message"]["content"][0]["text"] != "Canned."


def test_an_answer_is_found_by_words_in_a_native_body(control, bedrock):
    """A canned answer looks for its words in what was said, whichever way a model was asked."""
    control.put("answers", json=[{"when": {"words": ["order"]}, "reply": _TOLD}])
    asked = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": [_ORDER]}
    reply = bedrock.invoke_model(modelId=HELLO["modelId"], body=json.dumps(asked))
    assert json.loads(reply["body"].read())["content"] == [{"type": "text", "text": "Canned."}]
    assert said(bedrock) != "Canned."


def test_a_canned_answer_is_a_models(control, bedrock):
    """An answer for every request is for those to a model: others, and what asks a model to count, get their own reply."""
    control.put("answers", json=[{"when": {}, "reply": _TOLD}])
    assert said(bedrock) == "Canned."
    counted = bedrock.count_tokens(modelId=HELLO["modelId"], input={"converse": {"messages": HELLO["messages"]}})
    assert counted["inputTokens"] > 0
    content = [{"text": {"text": "Hello"}}]
    applied = bedrock.apply_guardrail(guardrailIdentifier="g1", guardrailVersion="1", source="INPUT", content=content)
    assert applied["action"] == "NONE"


_TOLD = {"is": "Answer", "blocks": [{"is": "Text", "text": "Canned."}]}
_ORDER = {"role": "user", "content": "Where is my order?"}


def test_the_journal_is_read(control, bedrock, simulator):
    """Each request is told with its verdict; the control's own requests are not among them."""
    bedrock.converse(**HELLO)
    with pytest.raises(ClientError):
        bedrock.converse(**HELLO | {"messages": HELLO["messages"] * 2})
    told = control.get("journal").json()
    assert [one["status"] for one in told["exchanges"]] == [200, 400]
    assert told["exchanges"][0]["signature"]["valid"]
    assert told["exchanges"][1]["broken_rules"][0]["rule"] == "roles-alternate"
    assert (told["next"], told["total"]) == (2, 2)
    later = control.get("journal", params={"since": 1}).json()
    assert [one["number"] for one in later["exchanges"]] == [1]


def test_the_whole_exchange_is_told_without_credentials(control, simulator):
    """With `full` headers, body, canonical request and writes are told, and no secret in any form."""
    login = simulator.session_credentials
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=simulator.url,
        region_name=simulator.region,
        aws_access_key_id=login["access_key_id"],
        aws_secret_access_key=login["secret_access_key"],
        aws_session_token=login["session_token"],
    )
    simulator.play(answer(Text("Hello")))
    client.converse(**HELLO)
    reply = control.get("journal", params={"full": True})
    told = reply.json()["exchanges"][0]
    assert told["body"]["messages"] == HELLO["messages"]
    assert told["canonical_request"].startswith("POST\n/model/")
    assert told["reply"]["blocks"] == [{"is": "Text", "text": "Hello"}]
    assert told["writes"]
    assert told["over"]
    for secret in (
        login["secret_access_key"],
        login["session_token"],
        simulator.journal[0].authorization.claim.signature,
    ):
        assert secret not in reply.text


def test_credentials_that_are_handed_out_are_not_told(control, simulator):
    """The journal tells that a role was assumed, and not the keys that came of it."""
    login = simulator.credentials
    sts = boto3.client(
        "sts",
        endpoint_url=simulator.url,
        region_name=simulator.region,
        aws_access_key_id=login["access_key_id"],
        aws_secret_access_key=login["secret_access_key"],
    )
    keys = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/reader", RoleSessionName="one")["Credentials"]
    sts.close()
    told = control.get("journal", params={"full": True}).json()["exchanges"][-1]
    assert told["reply"]["members"]["Credentials"]["AccessKeyId"] == keys["AccessKeyId"]
    sent = b64decode(told["sent"]).decode()
    assert len(sent) == sum(piece["size"] for piece in told["writes"])
    assert keys["AccessKeyId"] in sent
    for secret in (keys["SecretAccessKey"], keys["SessionToken"]):
        assert secret not in json.dumps(told) + sent


def test_a_refusal_that_quotes_a_session_token_is_told_without(control, simulator):
    """The canonical string of a wrong signature has the session token; the client reads it, the journal's reader does not."""
    login = {**simulator.session_credentials, "secret_access_key": "wrong"}
    with Peer(simulator) as peer:
        reply = peer.ask(simulator, login=login)
    assert login["session_token"] in reply.json["message"]
    told = control.get("journal", params={"full": True}).json()["exchanges"][-1]
    sent = b64decode(told["sent"]).decode()
    assert "The Canonical String for this request should have been" in sent
    assert login["session_token"] not in json.dumps(told) + sent


def test_the_query_of_a_presigned_request_is_told_without_its_token(control, simulator):
    """A token in the path's query is a credential as one in a header is."""
    httpx.post(f"{simulator.url}/model/m/converse?X-Amz-Security-Token=abcdefghij&X-Amz-Expires=60", json={})
    told = control.get("journal", params={"full": True})
    assert told.json()["exchanges"][-1]["target"] == "/model/m/converse?X-Amz-Security-Token=...&X-Amz-Expires=60"
    assert "abcdefghij" not in told.text


def test_the_clock_is_moved(control, bedrock, simulator):
    """The clock is shifted, stopped and hurried, and the service judges by it."""
    control.post("clock", json={"shift": 301})
    with pytest.raises(ClientError, match="Signature expired"):
        bedrock.converse(**HELLO)
    control.post("clock", json={"freeze": "2026-08-18T12:00:00Z"})
    assert simulator.clock.now() == datetime(2026, 8, 18, 12, tzinfo=UTC)
    assert control.post("clock", json={"step": 10}).json() == {"now": "2026-08-18T12:00:10Z", "rate": 0.0}
    assert control.post("clock", json={"run": 60}).json()["rate"] == 60
    assert control.get("clock").json()["rate"] == 60


def test_the_weather_is_changed(control, bedrock):
    """A rate limit put on the server throttles what comes beyond it, until the time it is for is over."""
    limit = {"is": "RateLimit", "requests": 1, "seconds": 60, "retry_after": 7}
    assert control.put("weather", json=[limit]).json() == {"conditions": 1}
    assert said(bedrock)
    with pytest.raises(ClientError, match="Too many requests") as caught:
        bedrock.converse(**HELLO)
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["retry-after"] == "7"
    control.post("clock", json={"shift": 61})
    assert said(bedrock)


def test_a_reset_takes_all_back(control, bedrock, simulator):
    """After a reset the simulator answers as it did at first, at the right time."""
    control.put("script", json=[{"is": "HttpError", "code": "ValidationException", "message": "No."}])
    control.post("clock", json={"shift": 3600})
    control.put("weather", json=[])
    assert control.post("reset", json={}).json() == {"position": 0}
    assert said(bedrock)
    assert abs((simulator.clock.now() - datetime.now(UTC)).total_seconds()) < 5


@pytest.mark.parametrize(
    ("method", "path", "options", "status", "message"),
    [
        ("GET", "nothing", {}, 404, "journal"),
        ("DELETE", "journal", {}, 405, "GET"),
        (
            "PUT",
            "answers",
            {"json": [{"when": {"pattern": "("}, "reply": {"is": "Http", "status": 200, "headers": {}, "body": ""}}]},
            400,
            "a regular expression",
        ),
        ("PUT", "script", {"content": "[]"}, 415, "application/json"),
        ("PUT", "script", {"json": {"is": "Answer"}}, 400, "array"),
        ("PUT", "script", {"json": [{"is": "Nonsense"}]}, 400, "Nonsense"),
        ("PUT", "script", {"content": b"[", "headers": {"content-type": "application/json"}}, 400, "JSON"),
        ("POST", "clock", {"json": {"freeze": "2026-08-18T12:00:00"}}, 400, "zone"),
        ("POST", "clock", {"json": {"run": -1}}, 400, "clock"),
        ("POST", "clock", {"json": {"shift": 1e300}}, 400, "clock"),
        ("POST", "clock", {"json": {"forward": 1}}, 400, "forward"),
        ("GET", "journal?since=-1", {}, 400, "since"),
        ("GET", "journal", {"headers": {"host": "evil.example"}}, 403, "loopback"),
    ],
)
def test_what_cannot_be_done_is_said(control, method, path, options, status, message):
    """What does not fit is refused with a sentence that helps, and changes nothing."""
    reply = control.request(method, path, **options)
    assert reply.status_code == status
    assert message in reply.json()["message"]


def test_it_is_off_unless_asked_for():
    """A simulator without control has no such path: it answers as Bedrock does."""
    with Simulator() as simulator:
        assert "UnknownOperationException" in httpx.get(f"{simulator.url}{PREFIX}journal").text
        assert len(simulator.journal) == 1


def test_a_connection_serves_both(simulator):
    """The control keeps the connection, as Bedrock does: one client may take turns."""
    with httpx.Client(base_url=simulator.url) as client:
        assert client.get(f"{PREFIX}clock").status_code == 200
        assert client.post("/model/x/converse").status_code == 403
        assert client.get(f"{PREFIX}journal").json()["total"] == 1
    assert {exchange.connection for exchange in simulator.journal} == {0}


def test_the_description_is_current(control):
    """The committed document is the one that the simulator gives; `python -m tests.generated` writes it."""
    assert json.loads(OPENAPI.read_text("utf-8")) == control.get("openapi.json").json()


def test_the_description_describes(control, simulator):
    """The OpenAPI document has every path, and its schemas take what the control takes."""
    document = control.get("openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        for method in methods:
            reply = control.request(method.upper(), path.removeprefix(PREFIX), json={} if method == "post" else None)
            assert reply.status_code in {200, 415}, (path, method, reply.text)
    body = document["paths"][f"{PREFIX}script"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    schema = {**body, "components": document["components"]}
    good = [{"is": "Answer", "blocks": [{"is": "Text", "text": "One."}], "deliver": {"is": "Delivery", "gap": 0.1}}]
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{"is": "Answer"}], schema)
    about = control.get("").json()
    assert about["environment"] == simulator.environment()
    assert about["environments"]["session"] == simulator.environment("session")
    assert about["environments"]["bearer"]["AWS_BEARER_TOKEN_BEDROCK"] == simulator.bearer_token
    assert about["environments"].keys() == {"bearer", "container", "keys", "session"}
    assert json.dumps(document)
