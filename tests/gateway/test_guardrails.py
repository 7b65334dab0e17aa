"""What is asked of Bedrock in headers: guardrails above all, on both fronts, and what comes back of them."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx
import openai
import pytest

from bedrock_harness.gateway import Gateway
from bedrock_harness.simulator import Simulator, Text, answer

ASKED: dict[str, Any] = {"model": "claude", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 9}
GUARDRAIL = {"X-Amzn-Bedrock-GuardrailIdentifier": "abc123", "X-Amzn-Bedrock-GuardrailVersion": "DRAFT"}
TRACE = {"guardrail": {"actionReason": "Guardrail blocked."}}
PATHS = pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])


@PATHS
@pytest.mark.parametrize(
    ("headers", "member", "expected"),
    [
        (GUARDRAIL, "guardrailConfig", {"guardrailIdentifier": "abc123", "guardrailVersion": "DRAFT"}),
        (
            {**GUARDRAIL, "X-Amzn-Bedrock-Trace": "ENABLED_FULL"},
            "guardrailConfig",
            {"guardrailIdentifier": "abc123", "guardrailVersion": "DRAFT", "trace": "enabled_full"},
        ),
        ({"X-Amzn-Bedrock-PerformanceConfig-Latency": "optimized"}, "performanceConfig", {"latency": "optimized"}),
        ({"X-Amzn-Bedrock-Service-Tier": "reserved"}, "serviceTier", {"type": "reserved"}),
    ],
    ids=["guardrail", "trace", "latency", "tier"],
)
def test_headers_have_their_members(
    bedrock: Simulator, gateway: Gateway, path: str, headers: dict[str, str], member: str, expected: dict[str, str]
) -> None:
    """Each of Bedrock's own headers is the member of Converse that says the same."""
    assert httpx.post(gateway.url + path, json=ASKED, headers=headers).status_code == 200
    assert bedrock.journal[-1].body[member] == expected


@PATHS
@pytest.mark.parametrize("missing", GUARDRAIL)
def test_half_a_guardrail_is_refused(gateway: Gateway, path: str, missing: str) -> None:
    """A guardrail without its version, or the other way round, would guard nobody: it is refused by the header's name."""
    headers = {name: value for name, value in GUARDRAIL.items() if name != missing}
    reply = httpx.post(gateway.url + path, json=ASKED, headers=headers)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"].startswith(f"{missing.lower()}: is required")


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
def test_what_a_guardrail_found_comes_back(
    bedrock: Simulator, openai_client: openai.OpenAI, anthropic_client: anthropic.Anthropic, streamed: bool
) -> None:
    """Each front has its word for an answer that was withheld; the trace is there whole, in Converse's shape."""
    bedrock.play(answer(Text("I cannot say."), stop="guardrail_intervened", trace=TRACE))
    by_openai = openai_client.chat.completions.create(**ASKED, stream=streamed)
    by_anthropic = anthropic_client.messages.create(**ASKED, stream=streamed)
    last = list(by_openai)[-1] if streamed else by_openai
    delta = next(event for event in by_anthropic if event.type == "message_delta") if streamed else by_anthropic
    assert last.choices[0].finish_reason == "content_filter"
    assert (delta.delta if streamed else delta).stop_reason == "refusal"
    for told in (last, delta):
        assert told.model_extra["bedrock"]["stopReason"] == "guardrail_intervened"
        assert told.model_extra["bedrock"]["trace"] == TRACE
