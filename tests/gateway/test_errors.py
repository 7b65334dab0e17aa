"""Errors in each front's own shape and status, before a reply and in the midst of one."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import httpx
import openai
import pytest

from bedrock_harness.client import AsyncClient, ConnectionFailed, MissingCredentials, RequestTimeout
from bedrock_harness.gateway import Gateway
from bedrock_harness.gateway.failures import anthropic_body, failure_of, openai_body
from bedrock_harness.gateway.fields import Refused
from bedrock_harness.service.exceptions import EXCEPTIONS
from bedrock_harness.simulator import Simulator, Text, ToolUse, answer, stream
from bedrock_harness.simulator.script import ErrorFrame, Event, Fault, Http, HttpError, Thrown, cut

HI = [{"role": "user", "content": "Hi"}]
ASKED: dict[str, Any] = {"model": "claude", "messages": HI, "max_tokens": 9}
BEGUN = (
    Event("messageStart", {"role": "assistant"}),
    Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Half an "}}),
)


@pytest.mark.parametrize("name", [name for name, row in EXCEPTIONS.items() if row.status >= 400])
@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
def test_the_service_s_refusals(
    bedrock: Simulator,
    openai_client: openai.OpenAI,
    anthropic_client: anthropic.Anthropic,
    name: str,
    streamed: bool,
) -> None:
    """A refusal has the service's status and message, its name as the code, and each front's type for such a status."""
    bedrock.play(HttpError(name, "Because."))
    status = EXCEPTIONS[name].status
    with pytest.raises(openai.APIStatusError) as by_openai:
        openai_client.chat.completions.create(**ASKED, stream=streamed)
    with pytest.raises(anthropic.APIStatusError) as by_anthropic:
        anthropic_client.messages.create(**ASKED, stream=streamed)
    assert (by_openai.value.status_code, by_anthropic.value.status_code) == (status, status)
    assert by_openai.value.code == by_anthropic.value.body["error"]["code"] == name
    assert by_openai.value.body["message"] == by_anthropic.value.body["error"]["message"] == "Because."


@pytest.mark.parametrize(
    ("code", "openai_type", "anthropic_type"),
    [
        ("AccessDeniedException", "permission_error", "permission_error"),
        ("ValidationException", "invalid_request_error", "invalid_request_error"),
        ("ResourceNotFoundException", "invalid_request_error", "not_found_error"),
        ("ThrottlingException", "rate_limit_error", "rate_limit_error"),
        ("ServiceUnavailableException", "server_error", "overloaded_error"),
        ("InternalServerException", "server_error", "api_error"),
        ("ModelTimeoutException", "timeout_error", "timeout_error"),
    ],
)
@pytest.mark.parametrize("behind", [0, 2], ids=["first-frame", "in-stream"])
def test_exceptions_in_streams(
    bedrock: Simulator,
    openai_client: openai.OpenAI,
    anthropic_client: anthropic.Anthropic,
    code: str,
    openai_type: str,
    anthropic_type: str,
    behind: int,
) -> None:
    """Ahead of all events it is a status of its own; behind some it ends the stream, in the front's shape for that."""
    bedrock.play(stream(*BEGUN[:behind], Thrown(code[:1].lower() + code[1:], "Because.")))
    chunks: list[Any] = []
    events: list[Any] = []
    with pytest.raises(openai.APIError) as by_openai:
        chunks.extend(openai_client.chat.completions.create(**ASKED, stream=True))
    with pytest.raises(anthropic.APIStatusError) as by_anthropic:
        events.extend(anthropic_client.messages.create(**ASKED, stream=True))
    told = ["Half an "] if behind else []
    assert [chunk.choices[0].delta.content for chunk in chunks[1:]] == told
    assert [event.delta.text for event in events if event.type == "content_block_delta"] == told
    assert (by_openai.value.code, by_openai.value.type) == (code, openai_type)
    error = by_anthropic.value.body["error"]
    assert (error["type"], error["message"], error["code"]) == (anthropic_type, "Because.", code)
    expected = 200 if behind else EXCEPTIONS[code].status
    assert by_anthropic.value.status_code == expected
    assert getattr(by_openai.value, "status_code", 200) == expected


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (answer(Text("Half an answer."), fault=cut(frame=3)), "IncompleteStream"),
        (answer(Text("Half an answer."), fault=cut(frame=3, ending="reset")), "IncompleteStream"),
        (answer(Text("Half an answer."), fault=Fault(flip=2000)), "ProtocolError"),
        (stream(*BEGUN, ErrorFrame("InternalFailure", "An internal server error occurred.")), "InternalFailure"),
        (stream(*BEGUN, Thrown("brandNewException", "Because.")), "brandNewException"),
    ],
    ids=["cut", "reset", "flipped", "error-frame", "unmodelled"],
)
def test_broken_streams(bedrock: Simulator, gateway: Gateway, reply: Any, code: str) -> None:
    """A stream that breaks ends with an error and nothing else: no reason to stop, no counts, no [DONE]."""
    bedrock.play(reply)
    for path, error_at in (("chat/completions", -1), ("messages", -1)):
        with httpx.stream("POST", f"{gateway.url}/v1/{path}", json={**ASKED, "stream": True}) as response:
            assert response.status_code == 200
            lines = [line for line in response.iter_lines() if line.startswith("data: ")]
        assert json.loads(lines[error_at].removeprefix("data: "))["error"]["code"] == code
        assert not any("DONE" in line or '"finish_reason":"' in line or "message_delta" in line for line in lines)


def test_a_call_that_was_cut_has_no_end(bedrock: Simulator, anthropic_client: anthropic.Anthropic) -> None:
    """A stream cut inside a tool call never says that the call is whole."""
    bedrock.play(answer(ToolUse("t1", "f", {}, deltas=('{"a": 1', ', "b": 2}')), stop="tool_use", fault=cut(frame=3)))
    seen: list[str] = []
    with pytest.raises(anthropic.APIStatusError):
        seen.extend(event.type for event in anthropic_client.messages.create(**ASKED, stream=True))
    assert seen == ["message_start", "content_block_start", "content_block_delta"]


def test_when_to_come_again(bedrock: Simulator, gateway: Gateway) -> None:
    """The service's Retry-After is passed on, for the clients that wait for it."""
    bedrock.play(HttpError("ThrottlingException", "Too many requests.", headers={"Retry-After": "7"}))
    reply = httpx.post(f"{gateway.url}/v1/messages", json=ASKED)
    assert (reply.status_code, reply.headers["retry-after"]) == (429, "7")


def test_an_unknown_exception_keeps_its_status(bedrock: Simulator, openai_client: openai.OpenAI) -> None:
    """What the table of exceptions does not know has the status and the name that it came with."""
    bedrock.play(HttpError("PaymentRequiredException", "Pay.", status=402))
    with pytest.raises(openai.APIStatusError) as refused:
        openai_client.chat.completions.create(**ASKED)
    assert (refused.value.status_code, refused.value.code) == (402, "PaymentRequiredException")


def test_a_reply_that_is_none_of_bedrock_s(bedrock: Simulator, openai_client: openai.OpenAI) -> None:
    """A proxy's page under 200 is a bad gateway, not an empty answer."""
    bedrock.play(Http(200, {"Content-Type": "text/html"}, b"<html>Log in</html>"))
    for streamed in (False, True):
        with pytest.raises(openai.InternalServerError) as refused:
            openai_client.chat.completions.create(**ASKED, stream=streamed)
        assert (refused.value.status_code, refused.value.code) == (502, "ProtocolError")


def test_a_refused_member_is_named(openai_client: openai.OpenAI, anthropic_client: anthropic.Anthropic) -> None:
    """Each front says where in the request the member stands that cannot be carried."""
    with pytest.raises(openai.BadRequestError) as by_openai:
        openai_client.chat.completions.create(**ASKED, n=3)
    assert by_openai.value.param == "n"
    with pytest.raises(anthropic.BadRequestError) as by_anthropic:
        anthropic_client.messages.create(**ASKED, extra_body={"mcp_servers": []})
    assert by_anthropic.value.body["error"]["message"].startswith("mcp_servers: ")


@pytest.mark.parametrize(
    ("error", "status", "openai_type", "anthropic_type"),
    [
        (Refused("n", "no"), 400, "invalid_request_error", "invalid_request_error"),
        (Refused("", "long", status=413), 413, "invalid_request_error", "request_too_large"),
        (MissingCredentials("None."), 500, "server_error", "api_error"),
        (ConnectionFailed("Refused."), 502, "server_error", "api_error"),
        (RequestTimeout("Silence."), 504, "timeout_error", "timeout_error"),
        (TimeoutError(), 504, "timeout_error", "timeout_error"),
        (KeyError("secret"), 500, "server_error", "api_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_errors_of_the_gateway_s_own(error: Exception, status: int, openai_type: str, anthropic_type: str) -> None:
    """What went wrong on this side has a status too, and shows nothing that was not meant to be shown."""
    failure = failure_of(error)
    assert failure.status == status
    assert openai_body(failure)["error"]["type"] == openai_type
    assert anthropic_body(failure)["error"]["type"] == anthropic_type
    assert "secret" not in failure.message


def test_bedrock_is_not_there(running: Simulator) -> None:
    """Where Bedrock cannot be reached, callers are told so in their front's shape."""

    def connect() -> AsyncClient:
        return AsyncClient(region="us-east-1", endpoint="http://127.0.0.1:9", credentials=running.credentials)

    with Gateway(connect) as gateway:
        for path in ("chat/completions", "messages"):
            reply = httpx.post(f"{gateway.url}/v1/{path}", json=ASKED)
            assert (reply.status_code, reply.json()["error"]["code"]) == (502, "ConnectionFailed")


def test_paths_that_are_not_there(gateway: Gateway) -> None:
    """A path or a method that there is not is an error that clients can read."""
    assert httpx.get(f"{gateway.url}/v1/engines").json()["error"]["message"] == "Not Found: GET /v1/engines"
    reply = httpx.get(f"{gateway.url}/v1/messages")
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")
