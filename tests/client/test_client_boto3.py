"""The client asks what boto3 asks, and hears what boto3 hears."""

import json

import boto3
import pytest
from botocore.config import Config

from bedrock_harness.simulator.script import Reasoning, Redacted, Text, ToolUse, answer
from tests.client.driving import HELLO, MODEL

ARN = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456"
TOOLS = {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object", "default": None}}}}]}
PNG = b"\x89PNG\r\n\x1a\n"
HISTORY = [
    {"role": "user", "content": [{"text": "こんにちは"}, {"image": {"format": "png", "source": {"bytes": PNG}}}]},
    {"role": "assistant", "content": [{"toolUse": {"toolUseId": "1", "name": "t", "input": {"a": [1.5, None]}}}]},
    {"role": "user", "content": [{"toolResult": {"toolUseId": "1", "content": [{"json": {"b": {}}}]}}]},
]
REQUESTS = [
    (MODEL, HELLO, {}),
    (ARN, HELLO, {"system": [{"text": "Be brief."}], "inferenceConfig": {"temperature": 0, "stopSequences": ["x"]}}),
    (
        "us.amazon.nova-lite-v1:0",
        HISTORY,
        {
            "toolConfig": {**TOOLS, "toolChoice": {"auto": {}}},
            "additionalModelRequestFields": {"top_k": None, "thinking": {"type": "enabled"}},
            "requestMetadata": {"a": "b"},
            "serviceTier": {"type": "default"},
        },
    ),
]


@pytest.fixture
def boto(bedrock):
    """AWS's own client, pointed at the same simulator."""
    login = bedrock.credentials
    client = boto3.client(
        "bedrock-runtime",
        region_name=bedrock.region,
        endpoint_url=bedrock.url,
        aws_access_key_id=login["access_key_id"],
        aws_secret_access_key=login["secret_access_key"],
        config=Config(retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("model", "messages", "members"), REQUESTS)
def test_requests_are_those_of_boto3(bedrock, client, boto, model, messages, members, streamed):
    """The same call is the same request target, the same JSON and the same signed headers as boto3's."""
    if streamed:
        list(boto.converse_stream(modelId=model, messages=messages, **members)["stream"])
        client.events(model, messages, **members)
    else:
        boto.converse(modelId=model, messages=messages, **members)
        client.converse(model, messages, **members)
    theirs, ours = bedrock.journal
    assert ours.request.target == theirs.request.target
    assert json.loads(ours.request.body) == json.loads(theirs.request.body)
    assert ours.authorization.claim.signed_headers == theirs.authorization.claim.signed_headers
    assert ours.refused is theirs.refused is None


def test_replies_are_those_of_boto3(bedrock, client, boto):
    """What boto3 returns is in the reply, but for what it adds of its own, and blobs, which it decodes."""
    bedrock.play(
        answer(Reasoning("Hm.", signature="c2ln"), Redacted((b"x",)), Text("Hello"), ToolUse("1", "t", {"a": 1.5}))
    )
    theirs = boto.converse(modelId=MODEL, messages=HELLO)
    ours = client.converse()
    assert ours.request_id != theirs["ResponseMetadata"]["RequestId"]
    assert theirs["output"]["message"]["content"][1]["reasoningContent"]["redactedContent"] == b"x"
    theirs["output"]["message"]["content"][1]["reasoningContent"]["redactedContent"] = "eA=="
    assert ours["output"] == theirs["output"]
    assert {name: ours[name] for name in ("stopReason", "metrics")} == {
        name: theirs[name] for name in ("stopReason", "metrics")
    }
    assert theirs["usage"].items() <= ours["usage"].items()
