"""Chat completions requests as Converse requests: what each member becomes, is refused as, or is noted as."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bedrock_harness.gateway.asked import Asked
from bedrock_harness.gateway.fields import Refused
from bedrock_harness.gateway.models import Models
from bedrock_harness.gateway.openai_requests import ADVICE, NEUTRAL, read_chat

CLAUDE = "us.anthropic.claude-sonnet-4-20250514-v1:0"
PIXEL = "iVBORw0KGgo="
HI = {"role": "user", "content": "Hi"}
FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
SPEC = {"toolSpec": {"name": "f", "inputSchema": {"json": {"type": "object"}}}}
POINT = {"cachePoint": {"type": "default"}}


def read(*messages: Any, **members: Any) -> Asked:
    return read_chat({"model": "claude", "messages": list(messages or (HI,)), **members}, Models({"claude": CLAUDE}))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"max_tokens": 5}, {"inferenceConfig": {"maxTokens": 5}}),
        ({"max_completion_tokens": 5, "max_tokens": 5}, {"inferenceConfig": {"maxTokens": 5}}),
        ({"temperature": 0, "top_p": 0.5}, {"inferenceConfig": {"temperature": 0, "topP": 0.5}}),
        ({"stop": "END"}, {"inferenceConfig": {"stopSequences": ["END"]}}),
        ({"stop": ["A", "B"]}, {"inferenceConfig": {"stopSequences": ["A", "B"]}}),
        ({"tools": [FUNCTION]}, {"toolConfig": {"tools": [SPEC]}}),
        (
            {"tools": [FUNCTION], "tool_choice": "required"},
            {"toolConfig": {"tools": [SPEC], "toolChoice": {"any": {}}}},
        ),
        (
            {"tools": [FUNCTION], "tool_choice": {"type": "function", "function": {"name": "f"}}},
            {"toolConfig": {"tools": [SPEC], "toolChoice": {"tool": {"name": "f"}}}},
        ),
        ({"tools": [FUNCTION], "tool_choice": "none"}, {}),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "strict": True, "description": ""}}]},
            {
                "toolConfig": {
                    "tools": [
                        {
                            "toolSpec": {
                                "name": "f",
                                "strict": True,
                                "inputSchema": {"json": {"type": "object", "properties": {}}},
                            }
                        }
                    ]
                }
            },
        ),
        ({"metadata": {"team": "a"}}, {"requestMetadata": {"team": "a"}}),
        ({"service_tier": "flex"}, {"serviceTier": {"type": "flex"}}),
        ({"service_tier": "auto"}, {}),
        ({"reasoning_effort": "low"}, {"outputConfig": {"effort": "low"}}),
        ({"thinking": {"type": "adaptive"}}, {"additionalModelRequestFields": {"thinking": {"type": "adaptive"}}}),
        ({"top_k": 3}, {"additionalModelRequestFields": {"top_k": 3}}),
        ({"response_format": {"type": "text"}}, {}),
        ({"n": 1, "logprobs": False, "modalities": ["text"], "temperature": None}, {}),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_members_have_their_places(members: dict[str, Any], expected: dict[str, Any]) -> None:
    """Each member that Converse has a place for stands there, and nothing else does."""
    asked = read(**members)
    assert asked.members == expected
    assert (asked.name, asked.model, asked.notes) == ("claude", CLAUDE, ())


def test_a_schema_for_the_answer() -> None:
    """A JSON schema is Converse's text format, as the text that Converse wants, and never a field of the model's."""
    schema = {"type": "object", "properties": {"grüße": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "greeting", "schema": schema, "strict": True}}
    made = read(response_format=wanted).members["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert made["name"] == "greeting"
    assert json.loads(made["schema"]) == schema


def test_an_openai_model_takes_the_effort_itself() -> None:
    """gpt-oss on Bedrock reads `reasoning_effort` by its own name."""
    asked = read_chat({"model": "openai.gpt-oss-120b-1:0", "messages": [HI], "reasoning_effort": "low"}, Models())
    assert asked.members == {"additionalModelRequestFields": {"reasoning_effort": "low"}}


def test_a_whole_conversation() -> None:
    """Instructions go before the conversation, results of tools into it as the user's, with their error."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1.0}'}, "index": 0}
    asked = read(
        {"role": "system", "content": "A"},
        {"role": "developer", "content": [{"type": "text", "text": "B", "cache_control": {"type": "ephemeral"}}]},
        HI,
        {
            "role": "assistant",
            "content": "Looking.",
            "reasoning_content": "Hm.",
            "thinking_blocks": [
                {"type": "thinking", "thinking": "Hm.", "signature": "c2ln", "index": 0},
                {"type": "redacted_thinking", "data": "AAEC"},
            ],
            "tool_calls": [call],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "broken", "is_error": True},
    )
    assert asked.members == {"system": [{"text": "A"}, {"text": "B"}, POINT]}
    assert asked.messages == [
        {"role": "user", "content": [{"text": "Hi"}]},
        {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}},
                {"reasoningContent": {"redactedContent": "AAEC"}},
                {"text": "Looking."},
                {"toolUse": {"toolUseId": "c1", "name": "f", "input": {"a": 1.0}}},
            ],
        },
        {
            "role": "user",
            "content": [{"toolResult": {"toolUseId": "c1", "content": [{"text": "broken"}], "status": "error"}}],
        },
    ]


@pytest.mark.parametrize(
    ("part", "blocks"),
    [
        (
            {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{PIXEL}", "detail": "auto"}},
            [{"image": {"format": "jpeg", "source": {"bytes": PIXEL}}}],
        ),
        (
            {"type": "image_url", "image_url": {"url": "s3://bucket/cat.png"}},
            [{"image": {"format": "png", "source": {"s3Location": {"uri": "s3://bucket/cat.png"}}}}],
        ),
        (
            {
                "type": "file",
                "file": {"filename": "a.b.pdf", "file_data": f"data:application/pdf;charset=x;base64,{PIXEL}"},
            },
            [{"document": {"format": "pdf", "name": "a.b", "source": {"bytes": PIXEL}}}],
        ),
        (
            {
                "type": "file",
                "file": {"filename": "t.CSV", "file_data": f"data:application/octet-stream;base64,{PIXEL}"},
            },
            [{"document": {"format": "csv", "name": "t", "source": {"bytes": PIXEL}}}],
        ),
        (
            {"type": "input_audio", "input_audio": {"format": "wav", "data": PIXEL}},
            [{"audio": {"format": "wav", "source": {"bytes": PIXEL}}}],
        ),
        (
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
            [{"text": "a"}, {"cachePoint": {"type": "default", "ttl": "1h"}}],
        ),
        ({"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}}, [{"text": "a"}, POINT]),
    ],
    ids=["image", "image-in-s3", "file", "file-by-name", "audio", "cached", "breakpoint"],
)
def test_parts_of_a_message(part: dict[str, Any], blocks: list[dict[str, Any]]) -> None:
    """Images, files and sound are Converse's blocks, and a mark for the cache is a point behind its part."""
    assert read({"role": "user", "content": [part]}).messages[0]["content"] == blocks


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"parallel_tool_calls": False}, "parallel_tool_calls"),
        ({"frequency_penalty": 0.5}, "frequency_penalty"),
        ({"response_format": {"type": "json_object"}}, "response_format.type"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"a_member_of_next_year": 1}, "a_member_of_next_year"),
        ({"functions": []}, "functions"),
        ({"tools": [{"type": "custom", "custom": {}}]}, "tools.0.type"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens"),
        ({"max_tokens": True}, "max_tokens"),
        ({"temperature": "hot"}, "temperature"),
        ({"stop": [1]}, "stop.0"),
        ({"stop": 1}, "stop"),
        ({"stream_options": {"include_tea": True}}, "stream_options.include_tea"),
        ({"model": None}, "model"),
        ({"model": " "}, "model"),
        ({"messages": "Hi"}, "messages"),
        ({"messages": [{"role": "narrator", "content": "Hi"}]}, "messages.0.role"),
        ({"messages": [{"content": "Hi"}]}, "messages.0.role"),
        ({"messages": [1]}, "messages.0"),
        ({"messages": [{"role": "user", "content": [{"type": "video"}]}]}, "messages.0.content.0.type"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content.0.text"),
        ({"messages": [{"role": "user", "content": "Hi", "mood": "good"}]}, "messages.0.mood"),
        (
            {"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": ""}}]},
            "messages.0.function_call",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_carried_is_refused_by_name(members: dict[str, Any], field: str) -> None:
    """A member that Converse has no place for, that is not known, or that is out of shape is named in a refusal."""
    with pytest.raises(Refused) as refused:
        read(**members)
    assert (refused.value.field, refused.value.status) == (field, 400)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://example.org/cat.png", "the gateway fetches nothing"),
        ("data:image/png,plain", "the gateway fetches nothing"),
        ("data:image/bmp;base64,AAAA", "Converse takes no image of type image/bmp"),
        ("data:image/png;base64,*AA=", "is no base64"),
        ("s3://bucket/cat.tiff", "Converse takes no image of type image/tiff"),
    ],
)
def test_images_that_are_refused(url: str, says: str) -> None:
    """Nothing is fetched for a caller, and nothing is sent that Bedrock would not read."""
    with pytest.raises(Refused, match=says) as refused:
        read({"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]})
    assert refused.value.field == "messages.0.content.0.image_url.url"


@pytest.mark.parametrize("arguments", ["[1]", "{", "null", '"text"'])
def test_arguments_that_are_no_object(arguments: str) -> None:
    """A call's arguments are an object; nobody guesses what else was meant."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    with pytest.raises(Refused, match="must be the text of a JSON object") as refused:
        read(HI, {"role": "assistant", "tool_calls": [call]})
    assert refused.value.field == "messages.1.tool_calls.0.function.arguments"


def test_arguments_that_are_not_there() -> None:
    """A call without arguments has an empty object."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": " "}}
    asked = read(HI, {"role": "assistant", "content": None, "tool_calls": [call]})
    assert asked.messages[1]["content"] == [{"toolUse": {"toolUseId": "c1", "name": "f", "input": {}}}]


def test_advice_is_noted() -> None:
    """Members that change nothing about what is asked are passed over, and named."""
    late = {"role": "system", "content": "Be brief."}
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "high"}}
    asked = read(
        {**HI, "name": "Ann"},
        {"role": "user", "content": [image]},
        late,
        **dict.fromkeys(ADVICE, "x"),
        stream_options={"include_obfuscation": False},
    )
    assert sorted(asked.notes) == sorted(
        [
            *ADVICE,
            "messages.0.name",
            "messages.1.content.0.image_url.detail",
            "messages.2.role",
            "stream_options.include_obfuscation",
        ]
    )


def test_a_choice_that_a_history_overrules_is_noted() -> None:
    """Where the history holds tool calls, Converse lets nobody forbid the next one."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": "c1", "content": "1"}
    asked = read(HI, {"role": "assistant", "tool_calls": [call]}, result, tools=[FUNCTION], tool_choice="none")
    assert asked.notes == ("tool_choice",)
    assert "toolConfig" not in asked.members


def test_no_member_is_in_two_tables() -> None:
    """What is noted is not refused."""
    assert not set(ADVICE) & set(NEUTRAL)
