"""Every operation, as boto3 calls it and reads its reply."""

import json
from base64 import b64encode

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from bedrock_harness.service.model import routes
from bedrock_harness.simulator import Simulator, Text, ToolUse, answer, stream
from bedrock_harness.simulator.operations import OPERATIONS
from bedrock_harness.simulator.script import Event, HttpError, Json

CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"
SAY = [{"role": "user", "content": [{"text": "Name three rivers, please."}]}]
NATIVE = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture(scope="module")
def simulator():
    with Simulator() as running:
        yield running


@pytest.fixture
def call(simulator):
    """A client of a service, at the simulator."""
    simulator.play()

    def client(service):
        login = simulator.credentials
        return boto3.client(
            service,
            endpoint_url=simulator.url,
            region_name=simulator.region,
            aws_access_key_id=login["access_key_id"],
            aws_secret_access_key=login["secret_access_key"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    return client


@pytest.fixture
def bedrock(call):
    return call("bedrock-runtime")


def chunks(reply):
    return [json.loads(event["chunk"]["bytes"]) for event in reply["body"]]


def test_every_operation_is_botocores():
    """What is served has the name and the route that botocore knows; what is no operation of AWS's says so."""
    for name, operation in OPERATIONS.items():
        if operation.service != "container":
            assert name in routes(operation.service)


def test_the_same_question_is_counted_and_answered_alike(bedrock):
    """CountTokens says what the usage of the answer then says, whole and streamed."""
    counted = bedrock.count_tokens(modelId=CLAUDE, input={"converse": {"messages": SAY}})["inputTokens"]
    assert counted > 0
    whole = bedrock.converse(modelId=CLAUDE, messages=SAY)
    streamed = list(bedrock.converse_stream(modelId=CLAUDE, messages=SAY)["stream"])
    assert whole["usage"]["inputTokens"] == counted
    assert streamed[-1]["metadata"]["usage"] == whole["usage"]
    told = "".join(event["contentBlockDelta"]["delta"]["text"] for event in streamed if "contentBlockDelta" in event)
    assert told == whole["output"]["message"]["content"][0]["text"]


def test_a_native_body_is_counted(bedrock):
    """CountTokens takes the body of InvokeModel as well."""
    body = {"invokeModel": {"body": json.dumps(NATIVE)}}
    assert bedrock.count_tokens(modelId=CLAUDE, input=body)["inputTokens"] > 0


def test_a_native_body_is_answered(bedrock):
    """InvokeModel answers in the family's own words, with the counts in its headers."""
    reply = bedrock.invoke_model(modelId=CLAUDE, body=json.dumps(NATIVE))
    said = json.loads(reply["body"].read())
    assert said["role"] == "assistant"
    assert said["content"][0]["text"]
    headers = reply["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-amzn-bedrock-input-token-count"] == str(said["usage"]["input_tokens"])
    assert headers["x-amzn-bedrock-output-token-count"] == str(said["usage"]["output_tokens"])


def test_a_native_body_is_streamed(bedrock):
    """InvokeModelWithResponseStream sends the family's own events, and metrics with the last."""
    told = chunks(bedrock.invoke_model_with_response_stream(modelId=CLAUDE, body=json.dumps(NATIVE)))
    assert [one["type"] for one in told][:2] == ["message_start", "content_block_start"]
    assert told[-1]["type"] == "message_stop"
    assert told[-1]["amazon-bedrock-invocationMetrics"]["inputTokenCount"] > 0


def test_a_script_serves_every_way_of_asking(simulator, bedrock):
    """One scripted answer is told by Converse and by InvokeModel; a tool call is one in both."""
    simulator.play(answer(Text("Rhine."), ToolUse("tooluse_1", "look", {"up": 1}), stop="tool_use"))
    body = json.dumps({**NATIVE, "tools": [{"name": "look", "input_schema": {"type": "object"}}]})
    said = json.loads(bedrock.invoke_model(modelId=CLAUDE, body=body)["body"].read())
    assert [block["type"] for block in said["content"]] == ["text", "tool_use"]
    assert said["content"][1]["input"] == {"up": 1}
    assert said["stop_reason"] == "tool_use"


def test_a_stream_of_exact_frames_serves_invocation(simulator, bedrock):
    """Exactly scripted frames go out as they are, whatever the operation that streams."""
    simulator.play(stream(Event("chunk", {"bytes": b64encode(b'{"n": 1}').decode()})))
    assert chunks(bedrock.invoke_model_with_response_stream(modelId=CLAUDE, body=json.dumps(NATIVE))) == [{"n": 1}]


@pytest.mark.parametrize(
    ("body", "message"),
    [(b"{", "Malformed input request"), (json.dumps({"messages": []}).encode(), "anthropic_version"), (b"[1]", "")],
)
def test_a_native_body_that_is_none(bedrock, body, message):
    """What is no body of the family is refused before any model is asked."""
    with pytest.raises(ClientError) as caught:
        bedrock.invoke_model(modelId=CLAUDE, body=body)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert message in caught.value.response["Error"]["Message"]


def test_a_json_reply_is_no_conversation(simulator, bedrock):
    """A scripted JSON body answers what asks for one, and is an error that says so where a stream was asked for."""
    simulator.play(Json({"inputTokens": 77}))
    assert bedrock.count_tokens(modelId=CLAUDE, input={"converse": {"messages": SAY}})["inputTokens"] == 77
    with pytest.raises(ClientError, match="a JSON body"):
        bedrock.converse_stream(modelId=CLAUDE, messages=SAY)


def test_an_error_is_any_operations(simulator, bedrock):
    """A scripted refusal reaches the caller of whichever operation."""
    simulator.play(HttpError("ThrottlingException", "Too many tokens, please wait before trying again."))
    for ask in (
        lambda: bedrock.invoke_model(modelId=CLAUDE, body=json.dumps(NATIVE)),
        lambda: bedrock.count_tokens(modelId=CLAUDE, input={"converse": {"messages": SAY}}),
        lambda: bedrock.apply_guardrail(
            guardrailIdentifier="gr", guardrailVersion="1", source="INPUT", content=[{"text": {"text": "Hi"}}]
        ),
    ):
        with pytest.raises(ClientError) as caught:
            ask()
        assert caught.value.response["Error"]["Code"] == "ThrottlingException"


def test_embeddings(bedrock):
    """Titan's embeddings have the length that was asked for."""
    reply = bedrock.invoke_model(
        modelId="amazon.titan-embed-text-v2:0", body=json.dumps({"inputText": "river", "dimensions": 256})
    )
    assert len(json.loads(reply["body"].read())["embedding"]) == 256


def test_a_guardrail_is_applied(bedrock):
    """ApplyGuardrail judges a text by itself."""
    reply = bedrock.apply_guardrail(
        guardrailIdentifier="gr", guardrailVersion="1", source="INPUT", content=[{"text": {"text": "Good morning."}}]
    )
    assert reply["action"] == "NONE"


def test_the_control_plane_lists_models(call):
    """Foundation models and inference profiles are listed and found by id; what is in no list is not found."""
    control = call("bedrock")
    models = {model["modelId"] for model in control.list_foundation_models()["modelSummaries"]}
    assert CLAUDE in models
    titles = control.list_foundation_models(byProvider="amazon")["modelSummaries"]
    assert {model["providerName"] for model in titles} == {"Amazon"}
    assert control.get_foundation_model(modelIdentifier=CLAUDE)["modelDetails"]["modelId"] == CLAUDE
    profiles = control.list_inference_profiles()["inferenceProfileSummaries"]
    assert {profile["type"] for profile in profiles} == {"SYSTEM_DEFINED"}
    first = profiles[0]["inferenceProfileId"]
    assert control.get_inference_profile(inferenceProfileIdentifier=first)["inferenceProfileId"] == first
    with pytest.raises(ClientError) as caught:
        control.get_foundation_model(modelIdentifier="nobody.knows-v1:0")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 404}


def test_an_unknown_operation_may_be_404():
    """The status of an unknown operation is an option: one list has it as 404."""
    with Simulator(unknown_status=404) as simulator:
        login = simulator.credentials
        bedrock = boto3.client(
            "bedrock-runtime",
            endpoint_url=simulator.url,
            region_name=simulator.region,
            aws_access_key_id=login["access_key_id"],
            aws_secret_access_key=login["secret_access_key"],
        )
        with pytest.raises(ClientError) as caught:
            bedrock.list_async_invokes()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
        assert simulator.journal[0].operation is None
        assert simulator.journal[0].authorization.valid
