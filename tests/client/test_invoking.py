"""InvokeModel, embeddings and token counts, asked of the simulator by both clients."""

import asyncio
import json

import pytest

from bedrock_harness.client import AsyncClient, Client, Options, ServiceError, Thinking
from bedrock_harness.simulator import Reasoning, Text, ToolUse, answer

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
GPT_OSS = "openai.gpt-oss-120b-1:0"
LLAMA = "us.meta.llama3-1-70b-instruct-v1:0"
COMMAND_R = "cohere.command-r-plus-v1:0"
TITAN = "amazon.titan-embed-text-v2:0"
HELLO = [{"role": "user", "content": [{"text": "Hello"}]}]
NATIVE = Options(use_converse=False, max_tokens=100)
UNASKED = Options(use_converse=None, max_tokens=100)
TOOLS = {"tools": [{"toolSpec": {"name": "t", "inputSchema": {"json": {"type": "object"}}}}]}


def paths(bedrock):
    """The operation that each request asked for, by its path."""
    return [exchange.request.target.rpartition("/")[2] for exchange in bedrock.journal]


@pytest.fixture
def plain(bedrock):
    """A blocking client."""
    with Client(region=bedrock.region, endpoint=bedrock.url, credentials=bedrock.credentials) as client:
        yield client


@pytest.mark.parametrize("model", [CLAUDE, GPT_OSS, LLAMA, COMMAND_R])
def test_the_same_answer_comes_by_both_ways(bedrock, connect, model):
    """An answer asked for in the family's own format is the one that Converse gives, whole and streamed."""
    bedrock.play(*[answer(Text("こんにちは 👋 "), Text("Bo."))] * 4)
    client = connect(options=NATIVE)
    whole, streamed = client.converse(model, HELLO), client.streamed(model, HELLO)
    text = "".join(client.text(model, HELLO))
    assert paths(bedrock) == ["invoke", "invoke-with-response-stream", "invoke-with-response-stream"]
    assert whole.text == streamed.text == text == "こんにちは 👋 Bo."
    assert whole.stop_reason == streamed.stop_reason == "end_turn"
    assert (whole.usage["inputTokens"], whole.usage["outputTokens"]) == (12, 9)
    assert streamed.usage == whole.usage
    assert client.converse(model, HELLO, options=Options()).text == whole.text
    assert all(exchange.authorization.valid for exchange in bedrock.journal)


def test_a_conversation_with_tools_and_thinking_goes_natively(bedrock, connect):
    """Claude's signed reasoning and its call come back as Converse has them, and go out again."""
    bedrock.play(
        answer(Reasoning("Hm.", "c2ln"), ToolUse("toolu_1", "get_weather", {"city": "Oslo"}), stop="tool_use"),
        answer(Text("Rain.")),
    )
    tools = {"tools": [{"toolSpec": {"name": "get.weather", "inputSchema": {"json": {"type": "object"}}}}]}
    client = connect(options=Options(use_converse=False, max_tokens=4000, thinking=Thinking(budget=1024)))
    reply = client.streamed(CLAUDE, HELLO, toolConfig=tools)
    assert [(call.id, call.name, call.input) for call in reply.tool_calls] == [
        ("toolu_1", "get.weather", {"city": "Oslo"})
    ]
    result = {"toolResult": {"toolUseId": "toolu_1", "content": [{"text": "Rain"}]}}
    history = [*HELLO, reply.message, {"role": "user", "content": [result]}]
    assert client.converse(CLAUDE, history, toolConfig=tools).text == "Rain."
    sent = json.loads(bedrock.journal[1].request.body)
    assert sent["messages"][1]["content"][0] == {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"}
    assert sent["messages"][1]["content"][1]["name"] == "get_weather"


def test_tools_choose_the_way_where_nobody_chose(bedrock, plain):
    """Unasked, Claude is invoked without tools and conversed with them; Cohere is conversed with."""
    plain.converse(CLAUDE, HELLO, options=UNASKED)
    plain.converse(CLAUDE, HELLO, options=UNASKED, toolConfig=TOOLS)
    plain.converse(COMMAND_R, HELLO, options=UNASKED)
    with plain.converse_stream(GPT_OSS, HELLO, options=UNASKED) as stream:
        stream.reply()
    assert paths(bedrock) == ["invoke", "converse", "converse", "invoke-with-response-stream"]


@pytest.mark.parametrize("model", [CLAUDE, LLAMA])
def test_a_guardrail_that_intervened_says_so(bedrock, connect, model):
    """Stop reason and trace are Converse's own, whole and streamed."""
    trace = {"guardrail": {"inputAssessment": {}}}
    bedrock.play(*[answer(Text("Blocked."), stop="guardrail_intervened", trace=trace)] * 2)
    client = connect(options=NATIVE)
    for reply in (client.converse(model, HELLO), client.streamed(model, HELLO)):
        assert (reply.text, reply.stop_reason) == ("Blocked.", "guardrail_intervened")
        assert reply["trace"] == trace


def test_guardrails_are_sent_beside_a_body_and_signed(bedrock, plain):
    """What Converse has as members arrives as headers that the signature covers."""
    config = {"guardrailIdentifier": "abc123", "guardrailVersion": "1"}
    plain.converse(CLAUDE, HELLO, options=NATIVE, guardrailConfig=config, performanceConfig={"latency": "optimized"})
    headers = dict(bedrock.journal[0].request.headers)
    assert headers["x-amzn-bedrock-guardrailidentifier"] == "abc123"
    assert "x-amzn-bedrock-guardrailidentifier" in bedrock.journal[0].authorization.canonical.signed_headers
    assert bedrock.journal[0].authorization.valid


BODY = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": "Hello"}],
}


@pytest.mark.parametrize("body", [BODY, json.dumps(BODY).encode()])
def test_any_body_can_be_invoked(bedrock, plain, body):
    """Members and their JSON are sent as they are, and the model's own reply comes back with its counts."""
    bedrock.play(answer(Text("Hi.")))
    invoked = plain.invoke(CLAUDE, body)
    assert invoked.body["content"] == [{"type": "text", "text": "Hi."}]
    assert invoked.usage == {"inputTokens": 12, "outputTokens": 9, "totalTokens": 21}
    assert invoked.request_id
    assert json.loads(bedrock.journal[0].request.body) == BODY


def test_any_body_can_be_invoked_as_a_stream(bedrock, plain):
    """The model's own chunks come one by one, and nothing is left open."""
    bedrock.play(answer(Text("Hello there.")))
    with plain.invoke_stream(CLAUDE, BODY) as chunks:
        seen = list(chunks)
    assert [chunk["type"] for chunk in seen][:1] == ["message_start"]
    assert "amazon-bedrock-invocationMetrics" in seen[-1]


def test_a_reader_of_chunks_may_come_back(bedrock, plain):
    """Who stops at a chunk and goes on later misses none, and a stream that was opened knows its request's id."""
    bedrock.play(*[answer(Text("Hello there."))] * 2)
    with plain.invoke_stream(CLAUDE, BODY) as chunks:
        whole = list(chunks)
    with plain.invoke_stream(CLAUDE, BODY) as chunks:
        assert chunks.request_id
        seen = [next(iter(chunks)), next(iter(chunks)), *chunks]
    assert [chunk["type"] for chunk in seen] == [chunk["type"] for chunk in whole]


def test_a_refusal_has_the_services_name(plain):
    """A body that the model does not take is the service's error, whole and streamed."""
    with pytest.raises(ServiceError) as refused:
        plain.invoke(CLAUDE, {"messages": []})
    assert refused.value.code == "ValidationException"
    with pytest.raises(ServiceError), plain.invoke_stream(CLAUDE, {"messages": []}):
        pass


def test_texts_are_embedded(bedrock, plain):
    """Each text has a vector, the same text the same one, and the tokens are counted."""
    found = plain.embed(TITAN, ["rain", "sun", "rain"], dimensions=256)
    assert [len(vector) for vector in found.vectors] == [256] * 3
    assert found.vectors[0] == found.vectors[2] != found.vectors[1]
    assert found.input_tokens > 0
    assert paths(bedrock) == ["invoke"] * 3
    assert len(plain.embed("cohere.embed-english-v3", ["rain", "sun"]).vectors) == 2


def test_tokens_are_counted_without_an_answer(bedrock, plain):
    """The count grows with the conversation, and the same conversation counts the same natively or not at all."""
    short = plain.count_tokens(CLAUDE, HELLO)
    assert 0 < short < plain.count_tokens(CLAUDE, HELLO, system="Be brief. " * 20, toolConfig=TOOLS)
    assert plain.count_tokens(CLAUDE, HELLO, options=NATIVE) > 0
    asked = [json.loads(exchange.request.body)["input"] for exchange in bedrock.journal]
    assert [list(given) for given in asked] == [["converse"], ["converse"], ["invokeModel"]]
    assert paths(bedrock) == ["count-tokens"] * 3


def test_the_client_of_an_event_loop_does_the_same(bedrock):
    """invoke, invoke_stream, embed and count_tokens await what the blocking client waits for."""

    async def ask():
        async with AsyncClient(region=bedrock.region, endpoint=bedrock.url, credentials=bedrock.credentials) as client:
            invoked = await client.invoke(CLAUDE, BODY)
            async with client.invoke_stream(CLAUDE, BODY) as chunks:
                seen = [chunk async for chunk in chunks]
            embedded = await client.embed(TITAN, ["rain"])
            return invoked, seen, embedded, await client.count_tokens(CLAUDE, HELLO)

    invoked, seen, embedded, tokens = asyncio.run(ask())
    assert invoked.body["role"] == "assistant"
    assert "amazon-bedrock-invocationMetrics" in seen[-1]
    assert len(embedded.vectors) == 1
    assert tokens > 0
