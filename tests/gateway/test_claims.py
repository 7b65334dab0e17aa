"""What LangWatch's gateway, and bifrost under it, say of their fronts: each claim holds here, in the test of its id.

The claims are those of LangWatch's page on Bedrock and of bifrost's changelog (docs/providers.md). L05, L06 and L07 speak of
endpoints and credentials: they are the client's.
"""

from __future__ import annotations

import re
from typing import Any

import anthropic
import httpx
import openai
import pytest

from bedrock_harness.gateway import Gateway
from bedrock_harness.simulator import Reasoning, Simulator, Text, ToolUse, answer, stream
from bedrock_harness.simulator.script import Delivery, Event, HttpError, Thrown, Usage, cut

HI: list[Any] = [{"role": "user", "content": "Hi"}]
CACHED = {"cache_control": {"type": "ephemeral"}}
POINT = {"cachePoint": {"type": "default"}}
LANES = pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])


def text(words: str, **marks: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **marks}


@LANES
@pytest.mark.parametrize(("streamed", "operation"), [(True, "ConverseStream"), (False, "Converse")])
def test_l01_both_fronts_speak_converse(
    bedrock: Simulator, gateway: Gateway, path: str, streamed: bool, operation: str
) -> None:
    """L01: messages and chat completions are both dispatched to Converse, streamed or not."""
    body = {"model": "claude", "messages": HI, "max_tokens": 9, "stream": streamed}
    assert httpx.post(gateway.url + path, json=body).status_code == 200
    exchange = bedrock.journal[-1]
    assert (exchange.operation, exchange.refused) == (operation, None)


@LANES
def test_l02_cache_control_becomes_cache_points(bedrock: Simulator, gateway: Gateway, path: str) -> None:
    """L02: `cache_control` on tools, instructions and messages is a cache point behind each."""
    function = {"name": "f", "parameters": {"type": "object"}}
    system = [text("A", **CACHED)]
    members: dict[str, Any] = {
        "/v1/chat/completions": {"tools": [{"type": "function", "function": function, **CACHED}]},
        "/v1/messages": {"tools": [{"name": "f", "input_schema": {"type": "object"}, **CACHED}], "system": system},
    }[path]
    first = [{"role": "system", "content": system}] if path == "/v1/chat/completions" else []
    said = {"role": "user", "content": [text("long"), text("longer", **CACHED), text("Hi")]}
    body = {"model": "claude", "max_tokens": 9, "messages": [*first, said], **members}
    assert httpx.post(gateway.url + path, json=body).status_code == 200
    sent = bedrock.journal[-1].body
    assert sent["toolConfig"]["tools"][1:] == [POINT]
    assert sent["system"] == [{"text": "A"}, POINT]
    assert sent["messages"][0]["content"] == [{"text": "long"}, {"text": "longer"}, POINT, {"text": "Hi"}]


def test_l03_cache_tokens_flow_back(
    bedrock: Simulator, openai_client: openai.OpenAI, anthropic_client: anthropic.Anthropic
) -> None:
    """L03: tokens read from the cache and written to it come back as they do from Anthropic, and as OpenAI counts them."""
    bedrock.play(answer(Text("Yes."), usage=Usage(input=10, output=7, cache_read=1000, cache_write=200)))
    with anthropic_client.messages.stream(model="claude", messages=HI, max_tokens=9) as events:
        usage = events.get_final_message().usage
    assert (usage.input_tokens, usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (10, 1000, 200)
    *_, last = openai_client.chat.completions.create(
        model="claude", messages=HI, stream=True, stream_options={"include_usage": True}
    )
    details = last.usage.prompt_tokens_details
    assert (last.usage.prompt_tokens, details.cached_tokens, details.cache_write_tokens) == (1210, 1000, 200)


@LANES
def test_l04_streams_are_server_sent_events(bedrock: Simulator, gateway: Gateway, path: str) -> None:
    """L04: the event stream of AWS comes out as server-sent events, to the byte the same however AWS cut it."""
    body = {"model": "claude", "messages": HI, "max_tokens": 9, "stream": True}
    told = []
    for pieces in ("frames", "whole", 7):
        bedrock.play(answer(Reasoning("Hm.", "c2ln"), Text("One, two."), deliver=Delivery(pieces=pieces)))
        reply = httpx.post(gateway.url + path, json=body)
        assert reply.headers["content-type"].startswith("text/event-stream")
        told.append(re.sub(r'"(chatcmpl-|msg_)[^"]+"|"created":\d+', "", reply.text))
    assert told[0] == told[1] == told[2]
    assert "One" in told[0]


@LANES
@pytest.mark.parametrize("named", [True, False], ids=["named", "any"])
def test_l08_tool_choice_is_forwarded(bedrock: Simulator, gateway: Gateway, path: str, named: bool) -> None:
    """L08: a tool choice goes out on both fronts, a tool's name included."""
    function = {"name": "f", "parameters": {"type": "object"}}
    members: dict[str, Any] = {
        "/v1/chat/completions": {
            "tools": [{"type": "function", "function": function}],
            "tool_choice": {"type": "function", "function": {"name": "f"}} if named else "required",
        },
        "/v1/messages": {
            "tools": [{"name": "f", "input_schema": {"type": "object"}}],
            "tool_choice": {"type": "tool", "name": "f"} if named else {"type": "any"},
        },
    }[path]
    body = {"model": "claude", "messages": HI, "max_tokens": 9, **members}
    assert httpx.post(gateway.url + path, json=body).status_code == 200
    assert bedrock.journal[-1].body["toolConfig"]["toolChoice"] == ({"tool": {"name": "f"}} if named else {"any": {}})


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("member", ["max_tokens", "max_completion_tokens"])
def test_l09_both_names_of_the_limit(bedrock: Simulator, gateway: Gateway, member: str, streamed: bool) -> None:
    """L09: `max_tokens` and `max_completion_tokens` mean the same, streamed or not."""
    body = {"model": "claude", "messages": HI, member: 9, "stream": streamed}
    assert httpx.post(f"{gateway.url}/v1/chat/completions", json=body).status_code == 200
    assert bedrock.journal[-1].body["inferenceConfig"] == {"maxTokens": 9}


@LANES
def test_l10_thinking_reaches_the_model(bedrock: Simulator, gateway: Gateway, path: str) -> None:
    """L10: `thinking` goes out whole, also where the endpoint is one's own, and what was thought comes back signed."""
    thinking = {"type": "enabled", "budget_tokens": 1024}
    bedrock.play(answer(Reasoning("Hm.", "c2ln"), Text("Yes.")))
    body = {"model": "claude", "messages": HI, "max_tokens": 2048, "thinking": thinking}
    reply = httpx.post(gateway.url + path, json=body)
    assert bedrock.journal[-1].body["additionalModelRequestFields"] == {"thinking": thinking}
    assert '"signature":"c2ln"' in reply.text


@LANES
@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
def test_l11_what_is_dropped_is_said(bedrock: Simulator, gateway: Gateway, path: str, streamed: bool) -> None:
    """L11: members that do not reach the model are named in the reply, and what was mended is as well."""
    tool = {"type": "custom", "name": "f", "input_schema": {"type": "object"}, "eager_input_streaming": True}
    passed_over = {"/v1/chat/completions": {"seed": 1, "user": "u"}, "/v1/messages": {"tools": [tool]}}
    said: list[Any] = [*HI, {"role": "assistant", "content": " "}, *HI]
    body = {"model": "claude", "messages": said, "max_tokens": 9, "stream": streamed, **passed_over[path]}
    reply = httpx.post(gateway.url + path, json=body)
    expected = "user, seed" if path == "/v1/chat/completions" else "tools.0.eager_input_streaming"
    assert sorted(reply.headers["x-not-carried"].split(", ")) == sorted(expected.split(", "))
    assert "blank-text-dropped" in reply.headers["x-changed"]


@pytest.mark.parametrize("early", [True, False], ids=["counts-first", "counts-last"])
def test_l12_the_reason_then_the_counts(bedrock: Simulator, openai_client: openai.OpenAI, early: bool) -> None:
    """L12: the reason to stop comes before the token counts, once each, whichever Bedrock told first."""
    stop = Event("messageStop", {"stopReason": "end_turn"})
    usage = {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}
    counts = Event("metadata", {"usage": usage, "metrics": {"latencyMs": 1}})
    begun = (
        Event("messageStart", {"role": "assistant"}),
        Event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Yes."}}),
        Event("contentBlockStop", {"contentBlockIndex": 0}),
    )
    bedrock.play(stream(*begun, *((counts, stop) if early else (stop, counts))))
    chunks = list(
        openai_client.chat.completions.create(
            model="claude", messages=HI, stream=True, stream_options={"include_usage": True}
        )
    )
    reasons = [choice.finish_reason for chunk in chunks for choice in chunk.choices if choice.finish_reason]
    assert reasons == ["stop"]
    assert [chunk.usage.total_tokens for chunk in chunks if chunk.usage] == [5]
    assert chunks[-1].usage
    assert not chunks[-1].choices


@LANES
def test_b07_the_last_four_cache_points_stay(bedrock: Simulator, gateway: Gateway, path: str) -> None:
    """B07: of more than four marks the last four become cache points, and the reply says so."""
    said = {"role": "user", "content": [text(str(number), **CACHED) for number in range(6)]}
    reply = httpx.post(gateway.url + path, json={"model": "claude", "messages": [said], "max_tokens": 9})
    assert reply.status_code == 200
    kinds = ["cachePoint" in block for block in bedrock.journal[-1].body["messages"][0]["content"]]
    assert kinds == [False, False, False, True, False, True, False, True, False, True]
    assert "cache-points-clamped" in reply.headers["x-changed"]


@LANES
def test_b08_a_mark_inside_a_result_stands_behind_it(bedrock: Simulator, gateway: Gateway, path: str) -> None:
    """B08: a tool result has no place for a cache point, which becomes its sibling."""
    parts = [text("rain", **CACHED)]
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages: list[Any] = {
        "/v1/chat/completions": [
            *HI,
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "t1", "content": parts},
        ],
        "/v1/messages": [
            *HI,
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": parts}]},
        ],
    }[path]
    body = {"model": "claude", "messages": messages, "max_tokens": 9}
    assert httpx.post(gateway.url + path, json=body).status_code == 200
    assert bedrock.journal[-1].body["messages"][2]["content"] == [
        {"toolResult": {"toolUseId": "t1", "content": [{"text": "rain"}]}},
        POINT,
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("throttlingException", "rate_limit_error"),
        ("validationException", "invalid_request_error"),
        ("internalServerException", "api_error"),
        ("modelStreamErrorException", "api_error"),
        ("serviceUnavailableException", "overloaded_error"),
    ],
)
def test_b13_exceptions_in_a_stream_keep_their_kind(
    bedrock: Simulator, anthropic_client: anthropic.Anthropic, name: str, kind: str
) -> None:
    """B13: an exception inside a stream is told as the same exception over HTTP would be."""
    bedrock.play(stream(Event("messageStart", {"role": "assistant"}), Thrown(name, "Because.")))
    with pytest.raises(anthropic.APIStatusError) as failed:
        list(anthropic_client.messages.create(model="claude", messages=HI, max_tokens=9, stream=True))
    assert failed.value.body["error"]["type"] == kind


@LANES
def test_b15_the_first_piece_comes_before_the_end(bedrock: Simulator, gateway: Gateway, path: str) -> None:
    """B15: the caller reads the first piece while Bedrock has not ended, and never will."""
    bedrock.play(answer(Text("", deltas=("wave ",) * 5), fault=cut(frame=3, ending="stall")))
    body = {"model": "claude", "messages": HI, "max_tokens": 9, "stream": True}
    with httpx.stream("POST", gateway.url + path, json=body) as reply:
        assert next(line for line in reply.iter_lines() if "wave" in line)
        assert bedrock.journal[-1].finished is None


def test_b16_bedrock_is_asked_for_plain_bytes(bedrock: Simulator, gateway: Gateway) -> None:
    """B16: whatever encodings the caller takes, Bedrock is asked for identity."""
    body = {"model": "claude", "messages": HI}
    httpx.post(f"{gateway.url}/v1/chat/completions", json=body, headers={"accept-encoding": "gzip"})
    headers = {name.lower(): value for name, value in bedrock.journal[-1].request.headers}
    assert headers["accept-encoding"] == "identity"


def test_b19_an_unknown_exception_keeps_its_status(bedrock: Simulator, gateway: Gateway) -> None:
    """B19: an exception that nobody knows has the status that it came with."""
    bedrock.play(HttpError("BrandNewException", "Because.", status=418))
    reply = httpx.post(f"{gateway.url}/v1/messages", json={"model": "claude", "messages": HI, "max_tokens": 9})
    assert (reply.status_code, reply.json()["error"]["code"]) == (418, "BrandNewException")


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
def test_b20_an_answer_cut_at_the_limit_is_incomplete(
    bedrock: Simulator, openai_client: openai.OpenAI, streamed: bool
) -> None:
    """B20: an answer that ended at the limit of tokens is told as such, a cut tool call too."""
    bedrock.play(answer(Text("Once upon a"), ToolUse("t1", "f", {"a": 1}), stop="max_tokens"))
    reply = openai_client.chat.completions.create(model="claude", messages=HI, stream=streamed)
    reasons = (
        [one.finish_reason for chunk in reply for one in chunk.choices]
        if streamed
        else [reply.choices[0].finish_reason]
    )
    assert reasons[-1] == "length"
