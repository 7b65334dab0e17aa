"""What LangWatch's gateway promises about its connection to Bedrock: L05 to L07. tests/gateway/test_claims.py has its fronts'."""

from __future__ import annotations

import httpx
import pytest

from bedrock_harness.client import AsyncClient, InvalidRequest
from bedrock_harness.gateway import Gateway
from bedrock_harness.profiles import client_arguments
from bedrock_harness.service.endpoints import host_for
from bedrock_harness.simulator import Simulator
from tests.profiles.talking import MODEL, headers_of

PROFILE = "langwatch"

VPC_ENDPOINT = host_for("bedrock-runtime", "eu-west-1", vpc_endpoint="vpce-0123456789abcdef0-abcdefgh")


def test_l05_vpce_request_signed_for_endpoint_host(connect, ask, monkeypatch):
    """A request to a VPC endpoint is signed for that endpoint's own host and region."""
    with Simulator(region="eu-west-1", proxy=True) as there:
        for name, value in there.environment().items():
            if not name.startswith("AWS_"):
                monkeypatch.setenv(name, value)
        by = connect(endpoint=f"https://{VPC_ENDPOINT}", credentials=there.credentials, ca_file=there.ca_file)
        assert ask(by=by).reply.text
        exchange = there.journal[-1]
        assert headers_of(exchange)["host"] == VPC_ENDPOINT
        assert exchange.authorization.valid
        assert "host" in exchange.authorization.claim.signed_headers


@pytest.mark.parametrize(
    ("endpoint", "refused"),
    [
        (f"https://{VPC_ENDPOINT}", False),
        (f"http://{VPC_ENDPOINT}", False),
        ("https://bedrock-runtime.us-east-1.amazonaws.com", False),
        ("http://bedrock-runtime.us-east-1.amazonaws.com", True),
        ("https://bedrock-runtime.us-east-1.amazonaws.com.example.org", True),
        ("https://169.254.169.254", True),
        ("http://127.0.0.1:8080", True),
    ],
)
def test_l06_ssrf_guard(connect, endpoint, refused):
    """An endpoint of a caller's own must be AWS's, and plain http is for VPC endpoints alone."""
    if refused:
        with pytest.raises(InvalidRequest, match="The endpoint cannot be used"):
            connect(endpoint=endpoint, only_aws=True)
    else:
        connect(endpoint=endpoint, only_aws=True)


@pytest.mark.parametrize("spelling", ["access_key_id", "aws_access_key_id", "AWS_ACCESS_KEY_ID"])
def test_l07_aws_style_and_canonical_cred_keys(bedrock, connect, ask, spelling):
    """Credentials may be spelled in AWS's way or in the gateway's own."""
    spelled = {
        spelling.replace("access_key_id", name).replace("ACCESS_KEY_ID", name.upper()): value
        for name, value in dict(bedrock.credentials).items()
    }
    exchange = ask(by=connect(credentials=spelled)).exchange
    assert exchange.authorization.claim.access_key_id == bedrock.credentials["access_key_id"]


def test_the_gateway_speaks_with_the_profile(bedrock, profile):
    """A gateway on the profile's client makes LangWatch's requests: the id's colon raw, a tool's JSON text as JSON."""
    given = client_arguments(profile) | {"endpoint": bedrock.url, "credentials": bedrock.credentials}
    called = {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    said = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": [called]},
        {"role": "tool", "tool_call_id": "t1", "content": '{"sky": "grey"}'},
    ]
    with Gateway(lambda: AsyncClient(**given)) as gateway:
        reply = httpx.post(f"{gateway.url}/v1/chat/completions", json={"model": MODEL, "messages": said})
    assert reply.status_code == 200
    sent = bedrock.journal[-1]
    assert f"/model/{MODEL}/" in sent.request.target
    assert sent.body["messages"][2]["content"][0]["toolResult"]["content"] == [{"json": {"sky": "grey"}}]
