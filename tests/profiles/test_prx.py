"""What PRX promises about Bedrock: its documentation's claims and its code's, P01 to P15."""

from __future__ import annotations

import pytest

from bedrock_harness.client import MissingCredentials, ProtocolError, ServiceError
from bedrock_harness.client.config import read_config
from bedrock_harness.simulator import Simulator, Text, ToolUse, answer, stream
from bedrock_harness.simulator.script import Event, HttpError, Json, each_byte, flipped
from bedrock_harness.wire import events
from tests.profiles.talking import CALLED, HELLO, MODEL, TOOL, TOOLS, assistant, cache_points, result, user

PROFILE = "prx"


def variables(keys):
    """Keys as the environment has them."""
    return {f"AWS_{name.upper()}": value for name, value in dict(keys).items() if value}


@pytest.fixture
def from_environment(bedrock, connect, monkeypatch):
    """PRX's own way: everything but the model stands in the environment."""
    for name, value in bedrock.environment().items():
        monkeypatch.setenv(name, value)
    return connect


def test_p01_env_creds_then_default_profile(bedrock, from_environment, ask, monkeypatch, tmp_path):
    """Keys are the environment's, else those of the profile default; a bearer token is not looked for."""
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "nobody's")
    keys = bedrock.session_credentials
    lines = [f"{name.lower()} = {value}" for name, value in variables(keys).items()]
    file = tmp_path / "credentials"
    file.write_text("\n".join(["[default]", *lines]))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))

    def used():
        return ask(by=from_environment()).exchange.authorization.claim.access_key_id

    assert used() == bedrock.credentials["access_key_id"]
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert used() == keys["access_key_id"]


def test_p02_raw_colon_url_encoded_canonical(ask):
    """A model id's colon is sent raw in the URL and encoded as %3A in the canonical request, and both agree."""
    exchange = ask().exchange
    assert exchange.request.target == f"/model/{MODEL}/converse"
    assert exchange.authorization.canonical.path == f"/model/{MODEL.replace(':', '%3A')}/converse"
    assert exchange.authorization.valid


def test_p03_security_token_signed(bedrock, connect, ask, monkeypatch):
    """AWS_SESSION_TOKEN is sent as x-amz-security-token, among the signed headers."""
    for name, value in variables(bedrock.session_credentials).items():
        monkeypatch.setenv(name, value)
    exchange = ask(by=connect()).exchange
    assert "x-amz-security-token" in exchange.authorization.claim.signed_headers
    assert exchange.authorization.valid


@pytest.mark.parametrize(
    ("given", "region"),
    [
        ({"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-2"),
        ({"AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3"),
        ({}, "us-east-1"),
    ],
)
def test_p04_region_fallback(connect, ask, monkeypatch, given, region):
    """The region is AWS_REGION's, else AWS_DEFAULT_REGION's, else us-east-1."""
    with Simulator(region=region) as there:
        for name, value in {**variables(there.credentials), **given}.items():
            monkeypatch.setenv(name, value)
        ask(by=connect(endpoint=there.url))
        assert there.journal[-1].authorization.valid


@pytest.mark.parametrize(("prompt", "cached"), [("x" * 3072, []), ("x" * 3073, ["system"]), ("ü" * 1537, ["system"])])
def test_p05_system_cache_gt_3072_bytes(ask, prompt, cached):
    """A system prompt of more than 3,072 bytes gets a cache point."""
    assert cache_points(ask(system=prompt).body) == cached


@pytest.mark.parametrize(("count", "cached"), [(4, []), (5, ["4"])])
def test_p06_conversation_cache_gt_4(ask, count, cached):
    """In a conversation of more than 4 messages, those of the system not counted, the last one gets a cache point."""
    said = [(user, assistant)[number % 2](f"{number}") for number in range(count)]
    assert cache_points(ask([user("Be brief.") | {"role": "system"}, *said]).body) == cached


def test_p07_tool_spec_shape(ask):
    """Tools are sent as toolSpec with name, description and inputSchema."""
    spec = {"name": "weather", "description": "Of a city.", "inputSchema": {"json": {"type": "object"}}}
    assert ask(toolConfig={"tools": [{"toolSpec": spec}]}).body["toolConfig"]["tools"] == [{"toolSpec": spec}]


def test_p08_tool_result_in_user_message(ask):
    """Tool results are toolResult blocks of a user message."""
    last = ask(CALLED, **TOOLS).body["messages"][-1]
    assert last == {"role": "user", "content": [result("t1", "rain")]}


@pytest.mark.parametrize("bit", [8 * 8, 8 * 60], ids=["prelude-crc", "payload"])
def test_p09_crc_rejects(bedrock, ask, bit):
    """A frame whose checksum is wrong is refused."""
    bedrock.play(answer(Text("Hello."), fault=flipped(bit)))
    with pytest.raises(ProtocolError):
        ask(streamed=True)


def test_p10_partial_frame_waits(bedrock, ask):
    """Part of a frame waits for the rest of it."""
    bedrock.play(answer(Text("Hello."), deliver=each_byte()))
    assert ask(streamed=True).reply.text == "Hello."


def test_p11_unknown_block_ignored(bedrock, ask):
    """A block, and an event, of a kind that nobody knows does no harm to the rest."""
    content = [{"hologram": {"depth": 3}}, {"text": "Hello."}]
    usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
    whole = {"output": {"message": {"role": "assistant", "content": content}}, "stopReason": "end_turn", "usage": usage}
    bedrock.play(Json({**whole, "metrics": {"latencyMs": 1}}))
    assert ask().reply.text == "Hello."
    bedrock.play(
        stream(
            Event("messageStart", {"role": "assistant"}),
            Event("hologramDelta", {"depth": 3}),
            Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello."}}),
            Event("contentBlockStop", {"contentBlockIndex": 0}),
            Event("messageStop", {"stopReason": "end_turn"}),
        )
    )
    assert ask(streamed=True).reply.text == "Hello."


@pytest.mark.parametrize(("name", "status"), [("ThrottlingException", 429), ("ServiceUnavailableException", 503)])
def test_p12_retry_after_structured_429_503(bedrock, ask, name, status):
    """A 429 or 503 is told with its status and with the seconds of Retry-After, as members of the error."""
    bedrock.play(HttpError(name, "Later.", headers={"retry-after": "7"}))
    with pytest.raises(ServiceError) as refused:
        ask()
    assert (refused.value.status, refused.value.retry_after, refused.value.retryable) == (status, 7.0, True)


@pytest.mark.parametrize("alias", ["bedrock", "aws-bedrock"])
def test_p13_alias_aws_bedrock(ask, alias):
    """`bedrock` and `aws-bedrock` are the same provider, in the configuration and before a model id."""
    config = read_config({"default": {"provider": alias, "model": MODEL}}, {})
    assert ask(model=config.model).exchange.model == MODEL
    assert ask(model=f"{alias}/{MODEL}").exchange.model == MODEL


def test_p14_tool_call_completed_on_block_stop(bedrock, client):
    """A tool call is told when its block stops, before the message does."""
    bedrock.play(answer(ToolUse("t1", "weather", {"city": "Oslo"}), ToolUse("t2", "weather", {}), stop="tool_use"))
    with client.converse_stream(MODEL, HELLO, toolConfig={"tools": [TOOL]}) as told:
        first = next(told.tools())
        rest = list(told)
    assert (first.id, first.input) == ("t1", {"city": "Oslo"})
    assert [event.start.tool_use.tool_use_id for event in rest if isinstance(event, events.ContentBlockStart)] == ["t2"]


def test_p15_missing_credentials_message(bedrock, connect, ask):
    """Without credentials nothing is sent, and the error names the variables to set."""
    position = len(bedrock.journal)
    with pytest.raises(MissingCredentials, match=r"AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY"):
        ask(by=connect())
    assert len(bedrock.journal) == position
