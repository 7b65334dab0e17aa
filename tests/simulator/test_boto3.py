"""boto3 as the first client: every delivery, every block, every error."""

from contextlib import closing

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError

from bedrock_harness.simulator import Reasoning, Redacted, Simulator, Text, ToolUse, answer, stream
from bedrock_harness.simulator.script import (
    Event,
    HttpError,
    Thrown,
    Usage,
    at,
    coalesced,
    each_byte,
    every,
    frame_by_frame,
)

HELLO = {
    "modelId": "anthropic.claude-sonnet-4-20250514-v1:0",
    "messages": [{"role": "user", "content": [{"text": "Hi"}]}],
}
SAID = answer(
    Reasoning("Let me think.", "c2lnbmF0dXJl"),
    Redacted((b"\x00\x01", b"secret\xff")),
    Text("こんにちは 👋 and hello"),
    ToolUse("tooluse_1", "get_weather", {"city": "München", "days": 3}),
    ToolUse("tooluse_2", "now"),
    stop="tool_use",
    usage=Usage(input=10, output=20, cache_read=5, cache_write=7),
    additionalModelResponseFields={"delta": {"stop_sequence": None}},
)


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def client(simulator):
    login = simulator.credentials
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=simulator.url,
        region_name=simulator.region,
        aws_access_key_id=login["access_key_id"],
        aws_secret_access_key=login["secret_access_key"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def events(client):
    reply = client.converse_stream(**HELLO)
    assert reply["ResponseMetadata"]["RequestId"]
    return list(reply["stream"])


def test_converse_is_parsed(simulator, client):
    """A unary reply comes out of botocore with every block as scripted, and the signature verified."""
    simulator.play(SAID)
    reply = client.converse(**HELLO)
    assert reply["output"]["message"] == {
        "role": "assistant",
        "content": [
            {"reasoningContent": {"reasoningText": {"text": "Let me think.", "signature": "c2lnbmF0dXJl"}}},
            {"reasoningContent": {"redactedContent": b"\x00\x01secret\xff"}},
            {"text": "こんにちは 👋 and hello"},
            {"toolUse": {"toolUseId": "tooluse_1", "name": "get_weather", "input": {"city": "München", "days": 3}}},
            {"toolUse": {"toolUseId": "tooluse_2", "name": "now", "input": {}}},
        ],
    }
    assert reply["stopReason"] == "tool_use"
    assert reply["usage"]["totalTokens"] == 42
    assert (reply["usage"]["cacheReadInputTokens"], reply["usage"]["cacheWriteInputTokens"]) == (5, 7)
    assert reply["additionalModelResponseFields"] == {"delta": {"stop_sequence": None}}
    assert simulator.journal[-1].authorization.valid


@pytest.mark.parametrize(
    "deliver",
    [coalesced(), each_byte(), every(7), every(4096), at(1, 2, 100), frame_by_frame(gap=0.001, delay=0.01)],
    ids=repr,
)
def test_every_delivery_is_parsed_alike(simulator, client, deliver):
    """In whatever pieces the bytes come, botocore reads the same events."""
    simulator.play(SAID)
    expected = events(client)
    assert "".join(event["contentBlockDelta"]["delta"]["toolUse"]["input"] for event in expected if tool(event, 3)) == (
        '{"city": "München", "days": 3}'
    )
    simulator.play(answer(*SAID.blocks, stop=SAID.stop, usage=SAID.usage, deliver=deliver, **SAID.extra))
    assert events(client) == expected


def tool(event, index):
    delta = event.get("contentBlockDelta", {})
    return delta.get("contentBlockIndex") == index and "toolUse" in delta["delta"]


@pytest.mark.parametrize("call", ["converse", "converse_stream"])
def test_a_refusal_is_a_client_error(simulator, client, call):
    """botocore finds name, message, status and request id of a scripted refusal."""
    simulator.play(HttpError("ThrottlingException", "Too many tokens, please wait before trying again."))
    with pytest.raises(ClientError) as caught:
        getattr(client, call)(**HELLO)
    response = caught.value.response
    assert response["Error"] == {
        "Message": "Too many tokens, please wait before trying again.",
        "Code": "ThrottlingException",
    }
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert response["ResponseMetadata"]["RequestId"]


def test_an_exception_in_the_stream_is_raised(simulator, client):
    """An exception frame after some text raises, with the text delivered before."""
    simulator.play(
        stream(
            Event("messageStart", {"role": "assistant"}),
            Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hel"}}),
            Thrown("throttlingException", "Too many tokens"),
        )
    )
    with closing(client.converse_stream(**HELLO)["stream"]) as told:
        arriving = iter(told)
        assert [list(event) for event in (next(arriving), next(arriving))] == [["messageStart"], ["contentBlockDelta"]]
        with pytest.raises(EventStreamError, match="Too many tokens"):
            next(arriving)


def test_a_connection_is_kept_for_the_next_call(simulator, client):
    """Calls one after another come over the same connection."""
    simulator.play(SAID)
    position = len(simulator.journal)
    for _ in range(3):
        client.converse(**HELLO)
        events(client)
    assert len({exchange.connection for exchange in simulator.journal[position:]}) == 1


def test_a_bearer_token_needs_tls():
    """botocore sends a bearer token over https only; with the simulator's authority trusted it is accepted."""
    with Simulator(tls=True) as simulator, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_BEARER_TOKEN_BEDROCK", simulator.bearer_token)
        client = boto3.client(
            "bedrock-runtime", endpoint_url=simulator.url, region_name="us-east-1", verify=simulator.ca_file
        )
        assert client.converse(**HELLO)["stopReason"] == "end_turn"
        assert simulator.journal[0].authorization.scheme == "bearer"
        client.close()
