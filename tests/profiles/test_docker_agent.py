"""What docker-agent promises about Bedrock: its documentation's claims and its code's, D01 to D26."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest
from msgspec.structs import replace

from bedrock_harness.client import Role, Thinking
from bedrock_harness.client.config import client_arguments, read_config
from bedrock_harness.client.dialects.docker_agent import SESSION_NAME
from bedrock_harness.simulator import Reasoning, Redacted, Simulator, Text, answer, stream
from bedrock_harness.simulator.script import Event, Usage
from tests.profiles.talking import (
    CALLED,
    HELLO,
    LLAMA,
    MODEL,
    NOVA,
    PNG,
    POINT,
    TOOL,
    TOOLS,
    assistant,
    cache_points,
    call,
    data_url,
    headers_of,
    picture,
    result,
    text,
    user,
)

PROFILE = "docker-agent"


@pytest.fixture
def uncached(profile):
    """docker-agent's options without cache points, for claims about what else is sent."""
    return replace(profile.options, caching=type(profile.options.caching)())


def written(**provider_options):
    """A configuration in docker-agent's own words, as a Client's arguments."""
    model = {"provider": "amazon-bedrock", "model": MODEL, "provider_opts": provider_options}
    return client_arguments(read_config({"models": {"bedrock": model}}, {}))


def test_d01_bearer_env_default(bedrock, connect, ask, monkeypatch):
    """AWS_BEARER_TOKEN_BEDROCK is sent as the bearer token, without any header of a signature."""
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", bedrock.bearer_token)
    headers = ask(by=connect()).headers
    assert headers["authorization"] == f"Bearer {bedrock.bearer_token}"
    assert not [name for name in headers if name.startswith("x-amz")]


def test_d02_bearer_token_key(bedrock, connect, ask, monkeypatch):
    """token_key names the only variable that is read for a token; where that is empty, AWS's own chain is asked."""
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", "nobody's")
    for name, value in bedrock.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MINE", bedrock.bearer_token)
    assert ask(by=connect(token_key="MINE")).exchange.authorization.scheme == "bearer"
    monkeypatch.setenv("MINE", "")
    assert ask(by=connect(token_key="MINE")).exchange.authorization.scheme == "sigv4"


@pytest.mark.parametrize(
    ("option", "variables", "region"),
    [
        ("eu-west-1", {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-1"),
        (None, {"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-2"),
        (None, {"AWS_DEFAULT_REGION": "eu-west-3"}, "eu-west-3"),
        (None, {}, "us-east-1"),
    ],
)
def test_d03_region_precedence(option, variables, region, monkeypatch, connect, ask):
    """The region is provider_opts.region, else AWS_REGION, else AWS_DEFAULT_REGION, else us-east-1."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with Simulator(region=region) as there:
        by = connect(region=option, endpoint=there.url, credentials=there.credentials)
        ask(by=by)
        assert there.journal[-1].authorization.valid


def test_d04_endpoint_url_http(bedrock, connect, ask, monkeypatch):
    """All traffic goes to endpoint_url, plain http too, whatever the environment says."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9")
    by = connect(**written(endpoint_url=bedrock.url), credentials=bedrock.credentials)
    assert ask(by=by).headers["host"] == bedrock.url.removeprefix("http://")


def test_d05_profile_selected(bedrock, connect, ask, monkeypatch, tmp_path):
    """`profile` names the keys to use, also where the environment has others."""
    keys = bedrock.credentials
    file = tmp_path / "credentials"
    file.write_text(
        f"[mine]\naws_access_key_id = {keys['access_key_id']}\naws_secret_access_key = {keys['secret_access_key']}\n"
    )
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOTHER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "other")
    by = connect(**written(profile="mine", endpoint_url=bedrock.url))
    assert ask(by=by).exchange.authorization.claim.access_key_id == keys["access_key_id"]


def test_d06_assume_role(bedrock, connect, ask, monkeypatch):
    """role_arn is assumed under the session name docker-agent-bedrock-session, and external_id is sent along."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", bedrock.url)
    arn = "arn:aws:iam::123456789012:role/reader"
    given = written(role_arn=arn, external_id="the-door", endpoint_url=bedrock.url)
    assert given["role"] == Role(arn, session_name=SESSION_NAME, external_id="the-door")
    assumed, conversed = ask(by=connect(**given, credentials=bedrock.credentials)).exchanges
    sent = parse_qs(assumed.request.body.decode())
    assert sent["RoleArn"] + sent["RoleSessionName"] + sent["ExternalId"] == [
        arn,
        "docker-agent-bedrock-session",
        "the-door",
    ]
    assert headers_of(conversed)["x-amz-security-token"]


def test_d07_system_extracted_in_order(ask, uncached):
    """System messages leave the conversation for the system blocks, in their order."""
    said = [user("Be brief.") | {"role": "system"}, *HELLO, user("Rhyme.") | {"role": "system"}]
    asked = ask(said, system="You are a poet.", options=uncached)
    assert asked.body["system"] == [text("You are a poet."), text("Be brief."), text("Rhyme.")]
    assert asked.said == [[text("Hello")]]


def test_d08_blank_dropped(ask, uncached):
    """Blank texts are dropped, and messages with nothing else in them."""
    asked = ask([user("Hello", " "), assistant("\n"), user("Still here")], options=uncached)
    assert asked.said == [[text("Hello"), text("Still here")]]


def test_d09_parallel_tool_results_one_message(ask, uncached):
    """Results of parallel tool calls, told one by one, go back in one message."""
    said = [user("Weather?"), assistant(call("a"), call("b")), user(result("a", "rain")), user(result("b", "sun"))]
    assert ask(said, options=uncached, **TOOLS).said[2] == [result("a", "rain"), result("b", "sun")]


@pytest.mark.parametrize("choice", [{}, {"toolChoice": {"any": {}}}, {"toolChoice": {"tool": {"name": "weather"}}}])
def test_d10_tool_choice_always_auto(ask, choice):
    """With tools the choice is auto, whatever was asked for."""
    assert ask(toolConfig={"tools": [TOOL], **choice}).body["toolConfig"]["toolChoice"] == {"auto": {}}


def test_d11_tools_absent_no_tool_config(ask):
    """Without tools there is no toolConfig."""
    assert "toolConfig" not in ask(toolConfig={"tools": []}).body


@pytest.mark.parametrize(
    ("given", "sent"), [('{"city": "Oslo"}', {"city": "Oslo"}), ("{broken", {}), ("[1]", {}), ("", {})]
)
def test_d12_bad_tool_args_become_empty(ask, given, sent):
    """Arguments that are the text of no object are sent as `{}`."""
    said = [user("Weather?"), assistant(call("t1", given)), user(result("t1", "rain"))]
    assert ask(said, **TOOLS).said[1] == [call("t1", sent), POINT]


@pytest.mark.parametrize(
    ("media_type", "data", "sent"),
    [
        ("image/jpeg", b"\xff\xd8\xff\x00", "jpeg"),
        ("image/png", PNG, "png"),
        ("image/gif", b"GIF89a\x00", "gif"),
        ("image/webp", b"RIFF\x00\x00\x00\x00WEBP", "webp"),
        ("image/x-unknown", b"no magic", "jpeg"),
    ],
)
def test_d13_image_data_url_formats(ask, media_type, data, sent):
    """A picture in a data URL is sent with its format; what is none of jpeg, png, gif and webp is called a jpeg."""
    assert ask([user("What is this?", picture(data_url(media_type, data)))]).said[0][1]["image"]["format"] == sent


def test_d14_remote_image_dropped(ask, uncached):
    """A picture on the web is left out, and that is noted."""
    asked = ask([user("What is this?", picture("https://example.org/a.png"))], options=uncached)
    assert asked.said == [[text("What is this?")]]
    assert "remote-media-dropped" in asked.notes


def thinking(profile, **chosen):
    return replace(profile.options, thinking=Thinking(**chosen))


@pytest.mark.parametrize(("budget", "sent"), [(1023, False), (1024, True)])
def test_d15_thinking_min_1024_ignored_with_warning(ask, profile, budget, sent):
    """A thinking budget below 1,024 tokens is ignored, with a warning."""
    asked = ask(options=thinking(profile, budget=budget))
    assert ("additionalModelRequestFields" in asked.body) == sent
    assert ("thinking-dropped" in asked.notes) != sent


@pytest.mark.parametrize(("most", "sent"), [(2000, False), (2001, True)])
def test_d16_thinking_lt_max_tokens(ask, profile, most, sent):
    """A thinking budget that is not below max_tokens is ignored."""
    asked = ask(options=thinking(profile, budget=2000), inferenceConfig={"maxTokens": most})
    assert ("additionalModelRequestFields" in asked.body) == sent


def test_d17_temp_topp_removed_with_thinking(ask, profile):
    """With thinking, temperature and top_p are left out; without it they are sent."""
    given = {"maxTokens": 4000, "temperature": 0.5, "topP": 0.5}
    asked = ask(options=thinking(profile, budget=2000), inferenceConfig=given)
    assert asked.body["inferenceConfig"] == {"maxTokens": 4000}
    assert ask(model=LLAMA, inferenceConfig=given).body["inferenceConfig"] == given


@pytest.mark.parametrize("interleaved", [True, False])
def test_d18_interleaved_beta_in_additional_fields(ask, profile, interleaved):
    """interleaved_thinking is the beta interleaved-thinking-2025-05-14 among the additional fields, not a header."""
    asked = ask(options=thinking(profile, budget=2000, interleaved=interleaved))
    beta = {"anthropic_beta": ["interleaved-thinking-2025-05-14"]} if interleaved else {}
    sent = {"thinking": {"type": "enabled", "budget_tokens": 2000}, **beta}
    assert asked.body["additionalModelRequestFields"] == sent
    assert "anthropic-beta" not in asked.headers


@pytest.mark.parametrize("model", [MODEL, NOVA, "openai.gpt-oss-120b-1:0"])
def test_d19_default_thinking_8192_for_claude(ask, model):
    """Claude thinks with 8,192 tokens where nothing was chosen; other models are not told to."""
    sent = ask(model=model).body.get("additionalModelRequestFields", {}).get("thinking")
    assert sent == ({"type": "enabled", "budget_tokens": 8192} if model == MODEL else None)


def test_d20_cache_points_system_tools_last2(ask):
    """Cache points stand after the system prompt, after the last tool, and behind the last two messages."""
    said = [user("1"), assistant("2"), user("3"), assistant("4"), user("5")]
    assert cache_points(
        ask(said, model="us.anthropic.claude-sonnet-4-5-20250929-v1:0", system="Be brief.", **TOOLS).body
    ) == [
        "tools",
        "system",
        "3",
        "4",
    ]


def test_d21_disable_prompt_caching(bedrock, connect, ask):
    """disable_prompt_caching leaves no cache point."""
    given = written(disable_prompt_caching=True, endpoint_url=bedrock.url)
    by = connect(**given, credentials=bedrock.credentials)
    assert cache_points(ask(by=by, system="Be brief.", **TOOLS).body) == []


def test_d22_cache_off_for_unpriced_model(ask):
    """A model that is not known to cache gets no cache point."""
    asked = ask(model=LLAMA, system="Be brief.")
    assert cache_points(asked.body) == []
    assert "caching-off" in asked.notes


@pytest.mark.parametrize("early", [True, False], ids=["usage-first", "usage-last"])
def test_d23_usage_before_finish_either_order(bedrock, ask, early):
    """The token counts are told whether they come before the stop reason or behind it."""
    stop = Event("messageStop", {"stopReason": "end_turn"})
    usage = Event(
        "metadata", {"usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}, "metrics": {"latencyMs": 1}}
    )
    begin = Event("messageStart", {"role": "assistant"})
    bedrock.play(stream(begin, *((usage, stop) if early else (stop, usage))))
    reply = ask(streamed=True).reply
    assert (reply.stop_reason, reply.usage["totalTokens"]) == ("end_turn", 5)


def test_d24_cache_tokens_reported(bedrock, ask):
    """Tokens read from the cache and written to it are told beside the input's."""
    bedrock.play(answer(Text("Yes."), usage=Usage(input=10, output=7, cache_read=1000, cache_write=200)))
    usage = ask(streamed=True).reply.usage
    assert [usage[name] for name in ("inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")] == [10, 1000, 200]


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
def test_d26_signature_and_redacted_deltas(bedrock, ask, streamed):
    """A signature is kept with its reasoning, and redacted reasoning is kept whole; both go back as they came."""
    bedrock.play(answer(Reasoning("Hm.", "c2lnbmVk"), Redacted((b"\x00\x01", b"\xff\xfe")), Text("Yes.")))
    message = ask(streamed=streamed).reply.message
    thought, hidden, said = message["content"]
    assert thought["reasoningContent"]["reasoningText"] == {"text": "Hm.", "signature": "c2lnbmVk"}
    assert hidden["reasoningContent"]["redactedContent"] == "AAH//g=="
    assert ask([*HELLO, message, user("Why?")]).said[1][:3] == [thought, hidden, said]


def test_thinking_is_dropped_where_the_calls_were_not_thought_about(ask):
    """Where tools that were called without thinking are answered, Claude is not told to think: it would refuse."""
    asked = ask(CALLED, **TOOLS)
    assert "additionalModelRequestFields" not in asked.body
    assert "thinking-dropped" in asked.notes
