"""What Autobot promises about Bedrock: its documentation's claims and its code's, A01 to A13."""

from __future__ import annotations

import json

import pytest

from bedrock_harness.client import ServiceError
from bedrock_harness.client.config import client_arguments, read_config
from bedrock_harness.simulator import Text, answer
from bedrock_harness.simulator.script import HttpError
from tests.profiles.talking import (
    CALLED,
    HELLO,
    MODEL,
    PNG,
    TOOL,
    TOOLS,
    assistant,
    call,
    data_url,
    picture,
    result,
    text,
    user,
)

PROFILE = "autobot"


@pytest.fixture
def configured(bedrock, connect):
    """A client and a model out of Autobot's own config.yml, with these keys of providers.bedrock besides."""

    def made(keys=bedrock.credentials, **given):
        bedrock_keys = {name: value for name, value in dict(keys).items() if value} | given
        agents = {"defaults": {"model": f"bedrock/{MODEL}"}}
        config = read_config({"agents": agents, "providers": {"bedrock": bedrock_keys}}, {})
        return {"by": connect(**client_arguments(config)), "model": config.model}

    return made


@pytest.mark.parametrize("version", ["1", None])
def test_a01_guardrail_both_or_warn(configured, ask, version):
    """A guardrail needs its version: with both it is sent, and an id alone is warned about and leaves it off."""
    given = {"guardrail_id": "abc123def456"} | ({"guardrail_version": version} if version else {})
    asked = ask(**configured(**given))
    assert ("guardrailConfig" in asked.body) == bool(version)
    assert ("guardrail-off" in asked.notes) != bool(version)


def test_a02_guardrail_finish_reason_passthrough(bedrock, ask):
    """When a guardrail intervenes, the stop reason says so and the trace comes along."""
    trace = {"guardrail": {"actionReason": "Guardrail blocked."}}
    bedrock.play(answer(Text("No."), stop="guardrail_intervened", trace=trace))
    reply = ask().reply
    assert (reply.stop_reason, reply["trace"]) == ("guardrail_intervened", trace)


def test_a03_session_token_header(bedrock, configured, ask):
    """A session_token of the configuration is sent as x-amz-security-token."""
    asked = ask(**configured(bedrock.session_credentials))
    assert asked.headers["x-amz-security-token"] == bedrock.session_credentials["session_token"]


def test_a04_prefix_bedrock_stripped(ask):
    """The prefix bedrock/ is stripped before the model id is sent."""
    assert ask(model=f"bedrock/us.{MODEL}").exchange.model == f"us.{MODEL}"


def test_a05_same_role_merge(ask):
    """Neighbouring messages of one role are merged."""
    asked = ask([user("Hello"), user("Anybody?"), assistant("Yes."), assistant("Here."), user("Good.")])
    assert asked.said == [[text("Hello"), text("Anybody?")], [text("Yes."), text("Here.")], [text("Good.")]]


def test_a06_tool_choice_auto(ask):
    """With tools the choice is always auto."""
    asked = ask(toolConfig={"tools": [TOOL], "toolChoice": {"any": {}}})
    assert asked.body["toolConfig"]["toolChoice"] == {"auto": {}}


def test_a07_text_only(ask):
    """Pictures and documents are not converted, in messages and in tool results: only text is sent."""
    shown = picture(data_url("image/png", PNG))
    paper = {"document": {"name": "paper", "format": "txt", "source": {"bytes": b"words"}}}
    asked = ask([user("Look:", shown, paper), assistant(call()), user(result("t1", "a map", shown))], **TOOLS)
    assert asked.said == [[text("Look:")], [call()], [result("t1", "a map")]]
    assert "media-dropped" in asked.notes


def test_a08_no_streaming_endpoint_used(ask, profile):
    """Responses are asked for whole, by Converse; streaming is declared unsupported with the documentation's sentence."""
    assert ask(CALLED, **TOOLS).exchange.operation == "Converse"
    assert "Responses are returned in full" in profile.unsupported["stream"]


@pytest.mark.parametrize("reason", ["content_filtered"])
def test_a09_content_filtered_passthrough(bedrock, ask, reason):
    """The stop reason content_filtered is passed on."""
    bedrock.play(answer(Text(""), stop=reason))
    assert ask().reply.stop_reason == reason


def test_a10_unknown_stop_passthrough(bedrock, ask):
    """A stop reason that nobody knows is passed on."""
    bedrock.play(answer(Text("Hello."), stop="brand_new_reason"))
    assert ask().reply.stop_reason == "brand_new_reason"


def test_a12_http_error_message_extracted(bedrock, ask):
    """An error over HTTP is told with its status and the service's message."""
    bedrock.play(HttpError("AccessDeniedException", "You don't have access to the model."))
    with pytest.raises(ServiceError, match=r"HTTP 403.*You don't have access to the model") as refused:
        ask()
    assert json.loads(bedrock.journal[-1].sent)["message"] == refused.value.message


def test_a13_percent_encoded_model_path(ask):
    """The model id is percent-encoded in the path, and the signature is of that path."""
    exchange = ask(HELLO).exchange
    assert exchange.request.target == f"/model/{MODEL.replace(':', '%3A')}/converse"
    assert "%253A" in exchange.authorization.canonical.path
