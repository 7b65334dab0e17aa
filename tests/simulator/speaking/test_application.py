"""An application on top of the simulator, with boto3 and no script: what a developer would write first."""

import os
from datetime import timedelta

import boto3
import jsonschema
import pytest
from botocore.config import Config

from bedrock_harness.simulator import Simulator
from tests.simulator.speaking.made import CLAUDE, TIME, WEATHER, document, user

SCHEMA = WEATHER["toolSpec"]["inputSchema"]["json"]
TOOLS = {"get_weather": lambda city, days: f"{city}: sun for {days} days", "get_time": lambda **_: "noon"}


@pytest.fixture(scope="module")
def simulator():
    with Simulator(window=timedelta(hours=1)) as running:
        yield running


@pytest.fixture(scope="module")
def client(simulator, tmp_path_factory):
    login = simulator.credentials
    nowhere = str(tmp_path_factory.mktemp("no-account") / "config")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", nowhere)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", nowhere)
        made = boto3.client(
            "bedrock-runtime",
            endpoint_url=simulator.url,
            region_name=simulator.region,
            aws_access_key_id=login["access_key_id"],
            aws_secret_access_key=login["secret_access_key"],
            config=Config(retries={"total_max_attempts": 1}),
        )
        yield made
        made.close()


def run(client, question, **members):
    """The loop that every agent has: call what is asked for, until there is nothing left to call."""
    messages = [user(question)]
    while True:
        reply = client.converse(modelId=CLAUDE, messages=messages, toolConfig={"tools": [WEATHER, TIME]}, **members)
        messages.append(reply["output"]["message"])
        if reply["stopReason"] != "tool_use":
            return messages
        calls = [block["toolUse"] for block in messages[-1]["content"] if "toolUse" in block]
        for call in calls:
            if call["name"] == "get_weather":
                jsonschema.validate(call["input"], SCHEMA)
        messages.append(user(*[result(call, TOOLS[call["name"]](**call["input"])) for call in calls]))


def result(call, text):
    return {"toolResult": {"toolUseId": call["toolUseId"], "content": [{"text": text}]}}


def test_an_agent_comes_to_an_end(client):
    """A question leads to calls, the calls to results, the results to an answer that tells them."""
    messages = run(client, "What is the weather in Oslo for 2 days, and what time is it?")
    assert len(messages) == 4
    words = messages[-1]["content"][0]["text"]
    assert "Oslo: sun for 2 days" in words
    assert "noon" in words


def test_an_agent_that_thinks_can_send_its_thoughts_back(client):
    """Signed reasoning goes back with the results as it came, and the simulator's own rules accept it."""
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    messages = run(
        client, "The weather in Rome?", additionalModelRequestFields=thinking, inferenceConfig={"maxTokens": 4096}
    )
    assert messages[1]["content"][0]["reasoningContent"]["reasoningText"]["signature"]
    assert messages[-1]["content"][0]["text"]


def test_a_stream_says_what_the_reply_says(client):
    """The same request, streamed, has the same text, token by token, and the same usage."""
    body = {"modelId": CLAUDE, "messages": [user("How deep is the sea?", document("The sea is deep."))]}
    reply = client.converse(**body)
    events = list(client.converse_stream(**body)["stream"])
    deltas = [event["contentBlockDelta"]["delta"] for event in events if "contentBlockDelta" in event]
    pieces = [delta["text"] for delta in deltas if "text" in delta]
    content = reply["output"]["message"]["content"]
    assert "".join(pieces) == content[0]["citationsContent"]["content"][0]["text"] + content[1]["text"]
    assert len(pieces) == reply["usage"]["outputTokens"]
    assert events[-1]["metadata"]["usage"]["totalTokens"] == reply["usage"]["totalTokens"]
    assert any("citation" in delta for delta in deltas)


def test_tokens_can_be_counted_beforehand(client):
    """CountTokens says what usage will say."""
    body = {"messages": [user("How deep is the sea?")], "system": [{"text": "Be brief."}]}
    counted = client.count_tokens(modelId="anthropic.claude-sonnet-4-20250514-v1:0", input={"converse": body})
    assert client.converse(modelId=CLAUDE, **body)["usage"]["inputTokens"] == counted["inputTokens"]


def test_a_cached_prompt_is_forgotten_as_time_goes_by(simulator, client):
    """Five minutes of the simulator's clock, moved in no time, empty the cache."""
    system = [{"text": "Be brief. " * 600}, {"cachePoint": {"type": "default"}}]

    def ask():
        usage = client.converse(modelId=CLAUDE, system=system, messages=[user("Hello.")])["usage"]
        return usage["cacheReadInputTokens"] > 0, usage["cacheWriteInputTokens"] > 0

    assert [ask(), ask()] == [(False, True), (True, False)]
    simulator.clock.shift(301)
    assert ask() == (False, True)


def test_a_guardrail_can_be_tried(client):
    """A blocked question is answered with the blocked message, and ApplyGuardrail says the same of it."""
    config = {"guardrailIdentifier": "abc123", "guardrailVersion": "1", "trace": "enabled"}
    text = "simulate-denied-topic, please"
    reply = client.converse(modelId=CLAUDE, messages=[user(text)], guardrailConfig=config)
    applied = client.apply_guardrail(
        guardrailIdentifier="abc123", guardrailVersion="1", source="INPUT", content=[{"text": {"text": text}}]
    )
    assert reply["stopReason"] == "guardrail_intervened"
    assert applied["action"] == "GUARDRAIL_INTERVENED"
    traced = reply["trace"]["guardrail"]["inputAssessment"]["abc123"]
    assert traced["topicPolicy"] == applied["assessments"][0]["topicPolicy"]
