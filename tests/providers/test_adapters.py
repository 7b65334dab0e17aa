"""The bundled adapters, each in its own environment, against the simulator: what goes over the wire and what is told."""

import base64

import pytest

from bedrock_harness.providers import resolve, start
from bedrock_harness.providers.protocol import Credentials, Endpoint, Reasoning, Settings, ToolCall, Usage
from bedrock_harness.simulator import Simulator
from bedrock_harness.simulator.script import Event as EventFrame
from bedrock_harness.simulator.script import (
    HttpError,
    Redacted,
    Text,
    Thrown,
    ToolUse,
    answer,
    cut,
    frame_by_frame,
    stream,
)
from bedrock_harness.simulator.script import Reasoning as ReasoningBlock
from bedrock_harness.simulator.script import Usage as Tokens

pytestmark = pytest.mark.registry

MODEL = "anthropic.claude-sonnet-4-20250514-v1:0"
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n\x00\xff").decode()
WEATHER = {
    "name": "weather",
    "description": "Tell the weather.",
    "schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
THINKING = answer(
    ReasoningBlock("Let me look.", signature="c2lnbmVk+/=="),
    Redacted((b"\x00\x01secret", b"\xfftail")),
    Text("Looking. "),
    ToolUse("tooluse_1", "weather", {"city": "Zürich", "days": [1, 2]}),
    ToolUse("tooluse_2", "weather", {}),
    stop="tool_use",
    usage=Tokens(input=31, output=17, cache_read=5),
)


@pytest.fixture(scope="module", params=["reference", "reference-async", "boto3"])
def provider(request, environments_cache):
    """A bundled adapter, its environment built where this is the first use."""
    with start(resolve(request.param)) as running:
        yield running


@pytest.fixture
def bedrock():
    with Simulator() as simulator:
        yield simulator


def endpoint(bedrock: Simulator, **credentials) -> Endpoint:
    return Endpoint(
        url=bedrock.url,
        region=bedrock.region,
        credentials=Credentials(**(credentials or dict(bedrock.credentials))),
        ca_file=bedrock.ca_file,
    )


def opened(provider, bedrock, **members):
    return provider.open(endpoint=endpoint(bedrock), model=MODEL, **members)


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "unary"])
def test_a_conversation_with_reasoning_and_tools(provider, bedrock, streamed):
    """What Bedrock says is told part by part, and goes back to Bedrock as it was said."""
    bedrock.play(THINKING, answer(Text("It snows.")))
    conversation = opened(provider, bedrock, system=("Be brief.",), tools=(WEATHER,))
    first = conversation.send(({"text": "Weather?"},), stream=streamed)
    assert first.error is None
    assert first.text == "Looking. "
    assert first.reasoning == (
        Reasoning(text="Let me look.", signature="c2lnbmVk+/=="),
        Reasoning(redacted=base64.b64encode(b"\x00\x01secret\xfftail").decode()),
    )
    assert first.tool_calls == (
        ToolCall(id="tooluse_1", name="weather", input={"city": "Zürich", "days": [1, 2]}),
        ToolCall(id="tooluse_2", name="weather", input={}),
    )
    assert first.stop == "tool_use"
    assert first.usage == Usage(input=31, output=17, total=53, cache_read=5)
    results = tuple(
        {"toolResult": {"toolUseId": call.id, "content": [{"json": {"bytes": "AAAA"}}], "status": "success"}}
        for call in first.tool_calls
    )
    second = conversation.send(results, stream=streamed)
    assert (second.error, second.text, second.stop) == (None, "It snows.", "end_turn")
    exchange = bedrock.journal[-1]
    assert exchange.authorization.valid
    assert not exchange.violations
    assert not exchange.broken_rules
    assert exchange.body["messages"] == [
        {"role": "user", "content": [{"text": "Weather?"}]},
        {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "Let me look.", "signature": "c2lnbmVk+/=="}}},
                {"reasoningContent": {"redactedContent": base64.b64encode(b"\x00\x01secret\xfftail").decode()}},
                {"text": "Looking. "},
                {
                    "toolUse": {
                        "toolUseId": "tooluse_1",
                        "name": "weather",
                        "input": {"city": "Zürich", "days": [1, 2]},
                    }
                },
                {"toolUse": {"toolUseId": "tooluse_2", "name": "weather", "input": {}}},
            ],
        },
        {"role": "user", "content": list(results)},
    ]


def test_what_the_caller_asks_for_goes_over_the_wire(provider, bedrock):
    """Settings, tools, history and binary values arrive where Converse has them."""
    settings = Settings(
        max_tokens=100,
        temperature=0.5,
        top_p=0.9,
        stop_sequences=("END",),
        tool_choice="weather",
        cache=True,
        additional={"top_k": 5},
    )
    redacted = {"reasoningContent": {"redactedContent": PIXEL}}
    image = {"image": {"format": "png", "source": {"bytes": PIXEL}}}
    call = {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": {"redactedContent": "AAAA"}}}
    result = {
        "toolResult": {"toolUseId": "tooluse_1", "content": [image, {"json": {"image": {"source": {"bytes": "AA"}}}}]}
    }
    history = (
        {"role": "user", "content": [{"text": "Hi"}]},
        {"role": "assistant", "content": [redacted, {"text": "Hello"}, call]},
        {"role": "user", "content": [result]},
        {"role": "assistant", "content": [{"text": "Nice."}]},
    )
    conversation = opened(provider, bedrock, system=("A", "B"), tools=(WEATHER,), settings=settings, history=history)
    assert conversation.send((image, {"text": "What is it?"}), stream=False).error is None
    exchange = bedrock.journal[-1]
    assert exchange.body == {
        "system": [{"text": "A"}, {"text": "B"}, {"cachePoint": {"type": "default"}}],
        "inferenceConfig": {"maxTokens": 100, "temperature": 0.5, "topP": 0.9, "stopSequences": ["END"]},
        "additionalModelRequestFields": {"top_k": 5},
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "weather",
                        "description": "Tell the weather.",
                        "inputSchema": {"json": WEATHER["schema"]},
                    }
                }
            ],
            "toolChoice": {"tool": {"name": "weather"}},
        },
        "messages": [*history, {"role": "user", "content": [image, {"text": "What is it?"}]}],
    }


def test_what_is_not_asked_for_is_not_sent(provider, bedrock):
    """A bare turn is messages and nothing else; the choice `none` gives no tools."""
    conversation = opened(provider, bedrock, tools=(WEATHER,), settings=Settings(tool_choice="none"))
    assert conversation.send(({"text": "Hi"},)).error is None
    assert bedrock.journal[-1].body == {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "unary"])
def test_an_error_over_http_is_told_as_the_caller_sees_it(provider, bedrock, streamed):
    """Code, status, message and request id come through; the failed turn leaves no message behind."""
    bedrock.play(HttpError("ThrottlingException", "Slow down."), answer(Text("Now.")))
    conversation = opened(provider, bedrock)
    error = conversation.send(({"text": "one"},), stream=streamed).error
    assert error is not None
    assert (error.code, error.status, error.message) == ("ThrottlingException", 429, "Slow down.")
    assert error.request_id
    assert conversation.send(({"text": "two"},), stream=streamed).text == "Now."
    assert bedrock.journal[-1].body["messages"] == [{"role": "user", "content": [{"text": "two"}]}]


def test_an_error_in_a_stream_is_told_after_what_came_before(provider, bedrock):
    """Text before an exception in the stream is told, then the error with the service's name for it."""
    bedrock.play(
        stream(
            EventFrame("messageStart", {"role": "assistant"}),
            EventFrame("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "so f"}}),
            Thrown("throttlingException", "Slow down."),
        )
    )
    observation = opened(provider, bedrock).send(({"text": "Hi"},))
    assert observation.text == "so f"
    assert observation.stop is None
    assert observation.error is not None
    assert observation.error.code in {"ThrottlingException", "throttlingException"}
    assert "Slow down." in observation.error.message


def test_stopping_lets_go_of_the_stream(provider, bedrock):
    """A user who presses stop gets the parts so far, the connection is let go of, and the conversation goes on."""
    words = tuple(f"word{number} " for number in range(200))
    bedrock.play(answer(Text("".join(words), deltas=words), deliver=frame_by_frame(gap=0.05)), answer(Text("Yes.")))
    conversation = opened(provider, bedrock)
    observation = conversation.send(({"text": "Talk"},), stop_after=2)
    assert (observation.text, observation.error) == ("word0 word1 ", None)
    assert bedrock.wait_until_idle(5.0)
    assert bedrock.journal[-1].closed_by_peer is not None
    assert conversation.send(({"text": "Still there?"},)).text == "Yes."


def test_parts_are_told_when_they_come(provider, bedrock):
    """Each part bears the time when the provider yielded it, not when the turn was over."""
    bedrock.play(answer(Text("a b", deltas=("a ", "b")), deliver=frame_by_frame(gap=0.1)))
    observation = opened(provider, bedrock).send(({"text": "Hi"},))
    a, b = (part.at for part in observation.parts if isinstance(part.text, str))
    assert 50e6 < b - a < 1000e6
    assert observation.started < a < observation.ended


def test_retries_are_as_many_as_asked_for(provider, bedrock):
    """`attempts` counts every sending of a request."""
    bedrock.play(HttpError("ThrottlingException", "Slow down."), answer(Text("Now.")))
    conversation = opened(provider, bedrock, settings=Settings(attempts=2))
    assert conversation.send(({"text": "Hi"},), patience=30).text == "Now."
    assert len(bedrock.journal) == 2


def test_silence_ends_with_the_read_timeout(provider, bedrock):
    """A stream that stalls ends as an error after the seconds asked for."""
    bedrock.play(answer(Text("one two three"), fault=cut(frame=2, ending="stall")))
    observation = opened(provider, bedrock, settings=Settings(read_timeout=0.3)).send(({"text": "Hi"},), patience=15)
    assert observation.error is not None


def test_a_session_token_is_signed(provider, bedrock):
    """Temporary credentials are sent whole."""
    conversation = provider.open(endpoint=endpoint(bedrock, **bedrock.session_credentials), model=MODEL)
    assert conversation.send(({"text": "Hi"},)).error is None
    assert bedrock.journal[-1].authorization.scheme == "sigv4"


def test_a_bearer_token_is_sent_and_forgotten(provider, bedrock):
    """A token is used over TLS with the CA file given, and the next conversation with keys is signed."""
    with Simulator(tls=True) as secure:
        conversation = provider.open(endpoint=endpoint(secure, bearer_token=secure.bearer_token), model=MODEL)
        assert conversation.send(({"text": "Hi"},)).error is None
        assert secure.journal[-1].authorization.scheme == "bearer"
    assert opened(provider, bedrock).send(({"text": "Hi"},)).error is None
    assert bedrock.journal[-1].authorization.scheme == "sigv4"


def test_the_version_is_the_providers(provider):
    """An adapter tells the version of the package it adapts."""
    assert provider.welcome.version == {"boto3": "1.44.5"}.get(provider.welcome.name, "0.1.0")
