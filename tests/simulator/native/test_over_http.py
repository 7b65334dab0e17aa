"""InvokeModel over HTTP, asked by clients that are not ours: every family's sound body has an answer, with no script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bedrock_harness.simulator import Simulator
from tests.simulator.native import bodies


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture(scope="module")
def bedrock(simulator: Simulator) -> Any:
    login = simulator.credentials
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=simulator.url,
        region_name=simulator.region,
        aws_access_key_id=login["access_key_id"],
        aws_secret_access_key=login["secret_access_key"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def text_of(body: dict[str, Any]) -> str:
    """The text in a whole body or a chunk: that under any member that a family has for it, and under no other."""
    found = []
    for name, value in body.items():
        if name in {"text", "outputText", "generation", "content"} and isinstance(value, str):
            found.append(value)
        elif name not in {"chat_history", "response", "input"}:
            inner = value if isinstance(value, list) else [value]
            found += [text_of(one) for one in inner if isinstance(one, dict)]
    return "".join(found)


@pytest.mark.parametrize("model", bodies.CONVERSATIONS)
def test_boto3_is_answered(bedrock: Any, model: str) -> None:
    """Whole and in chunks, with the same text: the speaker says the same to the same request. The headers count tokens."""
    asked = {"modelId": model, "body": json.dumps(bodies.CONVERSATIONS[model])}
    reply = bedrock.invoke_model(**asked)
    whole = json.loads(reply["body"].read())
    streamed = bedrock.invoke_model_with_response_stream(**asked)
    told = [json.loads(event["chunk"]["bytes"]) for event in streamed["body"]]
    assert text_of(whole) == "".join(map(text_of, told)).replace("</reasoning><reasoning>", "")
    counts = told[-1]["amazon-bedrock-invocationMetrics"]
    headers = reply["ResponseMetadata"]["HTTPHeaders"]
    assert int(headers["x-amzn-bedrock-input-token-count"]) == counts["inputTokenCount"] > 0
    assert int(headers["x-amzn-bedrock-output-token-count"]) == counts["outputTokenCount"] > 0


@pytest.mark.parametrize("model", bodies.EMBEDDINGS)
def test_boto3_is_given_embeddings(bedrock: Any, model: str) -> None:
    """Of the size that was asked for; a stream of them is refused."""
    asked = {"modelId": model, "body": json.dumps(bodies.EMBEDDINGS[model])}
    assert json.loads(bedrock.invoke_model(**asked)["body"].read()).keys() & {"embedding", "embeddings"}
    with pytest.raises(ClientError, match=r"The model is unsupported for streaming\."):
        bedrock.invoke_model_with_response_stream(**asked)


@pytest.mark.parametrize("body", ["{ no JSON", "[]"])
def test_a_body_that_is_no_object_is_refused_as_recorded(bedrock: Any, body: str) -> None:
    """With a ValidationException, and not by the framework as Converse's bodies are (newrelic-python-agent)."""
    with pytest.raises(ClientError) as refused:
        bedrock.invoke_model(modelId=bodies.TITAN, body=body)
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Malformed input request, please reformat your input and try again.",
    }


def claude(simulator: Simulator) -> Any:
    """Anthropic's own client for Bedrock, where it is installed."""
    anthropic = pytest.importorskip("anthropic")
    login = simulator.credentials
    return anthropic.AnthropicBedrock(
        aws_access_key=login["access_key_id"],
        aws_secret_key=login["secret_access_key"],
        aws_region=simulator.region,
        base_url=simulator.url,
        max_retries=0,
    )


def test_anthropics_client_is_answered(simulator: Simulator) -> None:
    """The stream adds up to the message that the whole reply is, tool call included."""
    body = bodies.CONVERSATIONS[bodies.CLAUDE]
    asked = {"model": bodies.CLAUDE, "max_tokens": 50, "messages": body["messages"][:1], "tools": body["tools"]}
    simulator.play(bodies.CALLED)
    with claude(simulator) as client:
        whole = client.messages.create(**asked)
        with client.messages.stream(**asked) as stream:
            final = stream.get_final_message()
    simulator.play()
    assert [block.type for block in final.content] == ["thinking", "text", "tool_use"]
    assert [block.model_dump() for block in final.content] == [block.model_dump() for block in whole.content]
    assert (final.stop_reason, final.usage.output_tokens) == (whole.stop_reason, whole.usage.output_tokens)


def test_what_anthropics_client_sends_is_read(simulator: Simulator) -> None:
    """A bad request becomes the error that the SDK has for it, with the model's words."""
    anthropic = pytest.importorskip("anthropic")
    with (
        claude(simulator) as client,
        pytest.raises(anthropic.BadRequestError, match="at least one message is required"),
    ):
        client.messages.create(model=bodies.CLAUDE, max_tokens=5, messages=[])
