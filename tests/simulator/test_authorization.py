"""What a client reads when its signature, its body or its path is not what the service wants."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from bedrock_harness.simulator import Login, Simulator, Text, answer
from bedrock_harness.wire.sigv4 import Request
from tests.simulator.raw import HELLO, Peer, octets, signed

NOW = datetime(2025, 1, 30, 20, 46, 31, tzinfo=UTC)


@pytest.fixture
def simulator():
    with Simulator(script=(answer(Text("The script has its say.")),)) as running:
        running.clock.freeze(NOW)
        yield running


def refusal(simulator, request, **keywords):
    """Send a request; return status, x-amzn-ErrorType and the body as JSON."""
    with Peer(simulator) as peer:
        peer.send(octets(request, **keywords))
        reply = peer.read_reply()
    assert reply.header("x-amzn-RequestId")
    assert reply.header("Content-Type") == "application/json"
    return reply.status, reply.header("x-amzn-ErrorType"), reply.json


def with_header(request, name, value):
    """The request with a header replaced, or left out where the value is None."""
    kept = [(key, old) for key, old in request.headers if key.lower() != name.lower()]
    return Request(request.method, request.target, (*kept, *([(name, value)] if value else ())), request.body)


def test_a_good_request_reaches_the_script(simulator):
    """Plain keys, session keys and the bearer token are all accepted."""
    plain, session = signed(simulator), signed(simulator, login=simulator.session_credentials)
    bearer = with_header(plain, "Authorization", f"Bearer {simulator.bearer_token}")
    with Peer(simulator) as peer:
        for request in (plain, session, bearer):
            peer.send(octets(request))
            assert b"The script has its say." in peer.read_reply().body
    assert [exchange.authorization.scheme for exchange in simulator.journal] == ["sigv4", "sigv4", "bearer"]
    assert all(exchange.refused is None for exchange in simulator.journal)


def test_no_authorization(simulator):
    """A request with no Authorization header is told all that it lacks."""
    assert refusal(simulator, with_header(signed(simulator), "Authorization", None)) == (
        403,
        "MissingAuthenticationTokenException",
        {
            "message": "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
            "parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of "
            "either a 'X-Amz-Date' or a 'Date' header."
        },
    )


def test_half_an_authorization(simulator):
    """A header without one of its parts is told which."""
    credential = "AWS4-HMAC-SHA256 Credential=a/20250130/us-east-1/bedrock/aws4_request"
    half = with_header(signed(simulator), "Authorization", credential)
    status, kind, body = refusal(simulator, half)
    assert (status, kind) == (403, "IncompleteSignatureException")
    assert body["message"] == (
        "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter."
    )


def test_an_unknown_key(simulator):
    """A key that the simulator does not know is an invalid token, as at AWS."""
    stranger = Login("AKIAIOSFODNN7EXAMPLE", "secret")
    assert refusal(simulator, signed(simulator, login=stranger)) == (
        403,
        "UnrecognizedClientException",
        {"message": "The security token included in the request is invalid."},
    )


@pytest.mark.parametrize("foreign", [None, "another token"])
def test_a_wrong_session_token(simulator, foreign):
    """Session keys without their token, or with another, are an invalid token."""
    session = simulator.session_credentials
    login = Login(session["access_key_id"], session["secret_access_key"], foreign)
    status, kind, _ = refusal(simulator, signed(simulator, login=login))
    assert (status, kind) == (403, "UnrecognizedClientException")


def test_a_wrong_secret(simulator):
    """A signature that does not match is told the canonical request and the string to sign that were expected."""
    login = Login(simulator.credentials["access_key_id"], "not the secret")
    status, kind, body = refusal(simulator, signed(simulator, login=login))
    exchange = simulator.journal[0]
    assert (status, kind, exchange.refused) == (403, "InvalidSignatureException", "InvalidSignatureException")
    assert exchange.authorization.problem == "mismatch"
    assert body["message"] == (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and "
        "signing method. Consult the service documentation for details.\n\n"
        f"The Canonical String for this request should have been\n'{exchange.authorization.canonical.text}'\n\n"
        f"The String-to-Sign should have been\n'{exchange.authorization.string_to_sign}'\n"
    )
    assert "/model/anthropic.claude-sonnet-4-20250514-v1%253A0/converse" in body["message"]


def test_a_changed_body(simulator):
    """A body changed on its way does not match, and the expected canonical request has the hash of what arrived."""
    request = signed(simulator)
    changed = Request(request.method, request.target, request.headers, request.body.replace(b"Hello", b"Hullo"))
    status, kind, body = refusal(simulator, changed)
    assert (status, kind) == (403, "InvalidSignatureException")
    assert simulator.journal[0].authorization.canonical.payload_hash in body["message"]


def test_a_wrong_payload_hash(simulator):
    """Where X-Amz-Content-SHA256 is not the body's, the canonical request that was expected has the body's."""
    extra = (("X-Amz-Content-SHA256", "0" * 64),)
    status, kind, body = refusal(simulator, signed(simulator, extra=extra))
    assert (status, kind) == (403, "InvalidSignatureException")
    assert simulator.journal[0].authorization.problem == "wrong-payload-hash"
    assert f"\n{sha256(simulator.journal[0].request.body).hexdigest()}'\n" in body["message"]


def test_an_old_signature(simulator):
    """A signature older than five minutes has expired, in the words of AWS."""
    late = signed(simulator, at=datetime(2025, 1, 30, 20, 38, 27, tzinfo=UTC))
    assert refusal(simulator, late) == (
        403,
        "InvalidSignatureException",
        {
            "message": "Signature expired: 20250130T203827Z is now earlier than 20250130T204131Z (20250130T204631Z - 5 min.)"
        },
    )


def test_a_clock_that_is_moved(simulator):
    """Moving the simulator's clock ages a signature: five minutes are accepted, a second more is not."""
    request = signed(simulator)
    simulator.clock.shift(300)
    assert refusal(simulator, request)[0] == 200
    simulator.clock.step(1)
    assert refusal(simulator, request)[0] == 403


def test_a_signature_from_the_future(simulator):
    """A signature more than five minutes ahead is not yet current."""
    status, kind, body = refusal(simulator, signed(simulator, at=NOW + timedelta(minutes=6)))
    assert (status, kind) == (403, "InvalidSignatureException")
    assert body["message"] == (
        "Signature not yet current: 20250130T205231Z is still later than 20250130T205131Z (20250130T204631Z + 5 min.)"
    )


def test_another_region(simulator):
    """A scope with another region is refused with the region it names."""
    status, kind, body = refusal(simulator, signed(simulator, region="eu-west-1"))
    assert (status, kind) == (403, "InvalidSignatureException")
    assert body["message"] == "Credential should be scoped to a valid region, not 'eu-west-1'. "


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("sk-123", "Invalid API Key format: Must start with pre-defined prefix"),
        ("ABSKstranger", "Authentication failed: Please make sure your API Key is valid."),
    ],
)
def test_a_wrong_bearer_token(simulator, token, message):
    """A bearer token that is not the simulator's is refused with a capital M in `Message`."""
    request = with_header(signed(simulator), "Authorization", f"Bearer {token}")
    assert refusal(simulator, request) == (403, "AccessDeniedException", {"Message": message})


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/?Action=GetCallerIdentity",
        "/model/x",
        "/model/x/invocation",
        "/model/x/async-invoke",
        "/foundation-models/x",
        "/container-credentials",
        "/model/arn:aws:bedrock:us-east-1::foundation-model/x/converse",
        "/prefix/model/x/converse",
        "/model//converse",
    ],
)
def test_a_path_with_no_route(simulator, target):
    """A path that names no operation gets the framework's body under HTTP 200, as two clients saw it."""
    request = signed(simulator)
    status, _, body = refusal(simulator, Request("POST", target, request.headers, request.body))
    assert status == 200
    assert body == {"Output": {"__type": "com.amazon.coral.service#UnknownOperationException"}, "Version": "1.0"}
    assert simulator.journal[0].operation is None


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"{", "SerializationException", "JSON"),
        (b"\xff\xfe{}", "SerializationException", "JSON"),
        (b"[" * 100_000, "SerializationException", "JSON"),
        ({"messages": "Hello"}, "SerializationException", ""),
        ({"messages": [{"role": "user"}]}, "ValidationException", "1 validation error detected: "),
        ({"messages": []}, "ValidationException", "conversation"),
        (
            {"messages": [{"role": "user", "content": [{"text": "Hi"}]}] * 2},
            "ValidationException",
            "must alternate between user and assistant",
        ),
    ],
)
def test_a_body_that_the_service_refuses(simulator, body, kind, words):
    """A signed request with a bad body gets a 400 in the service's words, and the script keeps its reply."""
    status, error_type, said = refusal(simulator, signed(simulator, body=body))
    assert (status, error_type) == (400, kind)
    assert words in said["message"]
    assert refusal(simulator, signed(simulator))[0] == 200


@pytest.mark.parametrize(
    "model", ["anthropic.claude-sonnet-4-20250514-v1%3A0", "no model", "arn:aws:bedrock:us-east-1::x"]
)
def test_a_model_id_that_is_none(simulator, model):
    """A model id that the service could not know, such as one that was encoded twice, is called invalid."""
    status, kind, said = refusal(simulator, signed(simulator, model=model))
    assert (status, kind, said) == (
        400,
        "ValidationException",
        {"message": "The provided model identifier is invalid."},
    )


def test_deep_nesting_is_an_answer_and_no_crash(simulator):
    """A tool schema nested as deep as a peer likes is answered."""
    for depth in (100, 900, 20_000):
        schema = '{"a":' * depth + "1" + "}" * depth
        tools = '{"tools":[{"toolSpec":{"name":"t","inputSchema":{"json":' + schema + "}}}]}"
        body = f'{{"messages":{json.dumps(HELLO["messages"])},"toolConfig":{tools}}}'.encode()
        assert refusal(simulator, signed(simulator, body=body))[0] in {200, 400}


def test_every_finding_is_journalled(simulator):
    """An unsigned request with a bad body is refused for its signature, and the journal knows both."""
    body = {
        "messages": [{"role": "user", "content": [{"text": "Hi"}]}, {"role": "user", "content": [{"text": ""}]}],
        "x": 1,
    }
    request = with_header(signed(simulator, body=body), "Authorization", None)
    assert refusal(simulator, request)[0] == 403
    exchange = simulator.journal[0]
    assert exchange.authorization.problem == "missing"
    assert [violation.path for violation in exchange.violations] == ["x"]
    assert exchange.broken_rules
    assert exchange.body == body
