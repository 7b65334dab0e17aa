"""Messages requests as Converse requests: what each member becomes, is refused as, or is noted as."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bedrock_harness.gateway.anthropic_requests import read_messages
from bedrock_harness.gateway.asked import Asked
from bedrock_harness.gateway.fields import Refused
from bedrock_harness.gateway.models import Models

CLAUDE = "us.anthropic.claude-sonnet-4-20250514-v1:0"
BYTES = "JVBERi0="
HI = {"role": "user", "content": "Hi"}
TOOL = {"name": "f", "input_schema": {"type": "object"}}
SPEC = {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}
CACHED = {"cache_control": {"type": "ephemeral"}}
POINT = {"cachePoint": {"type": "default"}}


def read(*messages: Any, headers: dict[str, str] | None = None, **members: Any) -> Asked:
    body = {"model": "claude", "max_tokens": 5, "messages": list(messages or (HI,)), **members}
    return read_messages(body, headers or {}, Models({"claude": CLAUDE}))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"system": "A"}, {"system": [{"text": "A"}]}),
        ({"system": [{"type": "text", "text": "A", **CACHED}]}, {"system": [{"text": "A"}, POINT]}),
        ({"tools": [{**TOOL, **CACHED}]}, {"toolConfig": {"tools": [SPEC, POINT]}}),
        (
            {"tools": [TOOL], "tool_choice": {"type": "any"}},
            {"toolConfig": {"tools": [SPEC], "toolChoice": {"any": {}}}},
        ),
        (
            {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "f"}},
            {"toolConfig": {"tools": [SPEC], "toolChoice": {"tool": {"name": "f"}}}},
        ),
        ({"tools": [TOOL], "tool_choice": {"type": "none"}}, {}),
        ({"top_k": 3}, {"additionalModelRequestFields": {"top_k": 3}}),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1024}},
            {"additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 1024}}},
        ),
        ({"metadata": {"user_id": "u1"}}, {"requestMetadata": {"user_id": "u1"}}),
        ({"service_tier": "standard_only"}, {"serviceTier": {"type": "default"}}),
        ({"output_config": {"effort": "low"}}, {"outputConfig": {"effort": "low"}}),
        ({"speed": "standard", "container": None}, {}),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_members_have_their_places(members: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each member that Converse has a place for stands there, and nothing else does."""
    asked = read(**members)
    assert asked.members == {"inferenceConfig": {"maxTokens": 5}, **expected}
    assert (asked.name, asked.model, asked.notes) == ("claude", CLAUDE, ())


def test_sampling() -> None:
    """Temperature, top_p and stop sequences are inference settings; Claude is asked at which sequence it stopped."""
    asked = read(temperature=0.5, top_p=1, stop_sequences=["END"])
    assert asked.members == {
        "inferenceConfig": {"maxTokens": 5, "temperature": 0.5, "topP": 1, "stopSequences": ["END"]},
        "additionalModelResponseFieldPaths": ["/stop_sequence"],
    }
    body = {"model": "amazon.nova-lite-v1:0", "max_tokens": 5, "messages": [HI], "stop_sequences": ["END"]}
    assert "additionalModelResponseFieldPaths" not in read_messages(body, {}, Models()).members


def test_betas_go_into_the_body() -> None:
    """Anthropic's header for betas is a member on Bedrock."""
    asked = read(headers={"anthropic-beta": "interleaved-thinking-2025-05-14, context-1m-2025-08-07"})
    betas = ["interleaved-thinking-2025-05-14", "context-1m-2025-08-07"]
    assert asked.members["additionalModelRequestFields"] == {"anthropic_beta": betas}


def test_a_schema_for_the_answer() -> None:
    """A JSON schema is Converse's text format, as the text that Converse wants."""
    schema = {"type": "object", "properties": {}}
    made = read(output_config={"format": {"type": "json_schema", "schema": schema}}).members["outputConfig"]
    assert json.loads(made["textFormat"]["structure"]["jsonSchema"]["schema"]) == schema


CITATION = {
    "type": "page_location",
    "cited_text": "It rains.",
    "document_index": 0,
    "document_title": "Weather",
    "start_page_number": 1,
    "end_page_number": 2,
    "file_id": None,
}


@pytest.mark.parametrize(
    ("block", "blocks"),
    [
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": BYTES}},
            [{"image": {"format": "png", "source": {"bytes": BYTES}}}],
        ),
        (
            {
                "type": "document",
                "title": "T",
                "context": "C",
                "citations": {"enabled": True},
                "source": {"type": "base64", "media_type": "application/pdf", "data": BYTES},
            },
            [
                {
                    "document": {
                        "format": "pdf",
                        "name": "T",
                        "source": {"bytes": BYTES},
                        "context": "C",
                        "citations": {"enabled": True},
                    }
                }
            ],
        ),
        (
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "It rains."}},
            [{"document": {"format": "txt", "name": "document", "source": {"text": "It rains."}}}],
        ),
        (
            {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "It rains."}]}},
            [{"document": {"name": "document", "source": {"content": [{"text": "It rains."}]}}}],
        ),
        (
            {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]},
            [{"searchResult": {"source": "s", "title": "t", "content": [{"text": "x"}]}}],
        ),
        (
            {"type": "thinking", "thinking": "Hm.", "signature": "c2ln+/=="},
            [{"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln+/=="}}}],
        ),
        (
            {"type": "thinking", "thinking": "Hm.", "signature": ""},
            [{"reasoningContent": {"reasoningText": {"text": "Hm."}}}],
        ),
        ({"type": "redacted_thinking", "data": "AAEC"}, [{"reasoningContent": {"redactedContent": "AAEC"}}]),
        (
            {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": None}, "caller": {"type": "direct"}, **CACHED},
            [{"toolUse": {"toolUseId": "t1", "name": "f", "input": {"a": None}}}, POINT],
        ),
        (
            {
                "type": "tool_result",
                "tool_use_id": "t1",
                "is_error": True,
                "content": [
                    {"type": "text", "text": "no", **CACHED},
                    {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": BYTES}},
                ],
            },
            [
                {
                    "toolResult": {
                        "toolUseId": "t1",
                        "content": [
                            {"text": "no"},
                            POINT,
                            {"image": {"format": "webp", "source": {"bytes": BYTES}}},
                        ],
                        "status": "error",
                    }
                }
            ],
        ),
        (
            {"type": "text", "text": "It rains.", "citations": [CITATION]},
            [
                {
                    "citationsContent": {
                        "content": [{"text": "It rains."}],
                        "citations": [
                            {
                                "title": "Weather",
                                "sourceContent": [{"text": "It rains."}],
                                "location": {"documentPage": {"documentIndex": 0, "start": 1, "end": 2}},
                            }
                        ],
                    }
                }
            ],
        ),
        ({"type": "text", "text": "a", "citations": None, "cache_control": None}, [{"text": "a"}]),
    ],
    ids=[
        "image",
        "pdf",
        "plain-text",
        "content",
        "search-result",
        "thinking",
        "unsigned",
        "redacted",
        "call",
        "result",
        "citation",
        "nulls",
    ],
)
def test_blocks(block: dict[str, Any], blocks: list[dict[str, Any]]) -> None:
    """Each kind of block is Converse's, and a mark for the cache is a point behind it."""
    assert read({"role": "user", "content": [block]}).messages[0]["content"] == blocks


def test_a_mark_for_the_whole_conversation() -> None:
    """The request's own `cache_control` stands behind its last message."""
    asked = read(HI, cache_control={"type": "ephemeral", "ttl": "1h"})
    assert asked.messages[-1]["content"] == [{"text": "Hi"}, {"cachePoint": {"type": "default", "ttl": "1h"}}]


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools.0.type"),
        ({"tools": [{**TOOL, "defer_loading": True}]}, "tools.0.defer_loading"),
        ({"tools": [{**TOOL, "input_examples": [{}]}]}, "tools.0.input_examples"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
            "tool_choice.disable_parallel_tool_use",
        ),
        ({"tool_choice": {"type": "any"}}, "tool_choice"),
        ({"mcp_servers": []}, "mcp_servers"),
        ({"speed": "fast"}, "speed"),
        ({"container": {"id": "c"}}, "container"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"cache_control": {"type": "ephemeral", "ttl": "1d"}}, "cache_control.ttl"),
        ({"metadata": {"user_id": "u", "team": "a"}}, "metadata.team"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role"),
        ({"messages": [{"role": "user", "content": [{"type": "container_upload"}]}]}, "messages.0.content.0.type"),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "http://a"}}]}
                ]
            },
            "messages.0.content.0.source.url",
        ),
        (
            {
                "messages": [
                    {"role": "user", "content": [{"type": "document", "source": {"type": "file", "file_id": "f"}}]}
                ]
            },
            "messages.0.content.0.source.type",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "redacted_thinking", "data": "*"}]}]},
            "messages.0.content.0.data",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_carried_is_refused_by_name(members: dict[str, Any], field: str) -> None:
    """A member that Converse has no place for, that is not known, or that is out of shape is named in a refusal."""
    with pytest.raises(Refused) as refused:
        read(**members)
    assert (refused.value.field, refused.value.status) == (field, 400)


def test_advice_is_noted() -> None:
    """A member that changes nothing about what is asked is passed over, and named."""
    assert read(tools=[{**TOOL, "eager_input_streaming": True}]).notes == ("tools.0.eager_input_streaming",)
