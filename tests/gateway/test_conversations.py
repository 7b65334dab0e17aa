"""Two turns with tools and reasoning, through the official clients: nothing of the first is missing from the second."""

from __future__ import annotations

import base64
import json
from typing import Any

import anthropic
import openai
import pytest

from bedrock_harness.simulator import Reasoning, Redacted, Simulator, Text, ToolUse, answer

THOUGHT = "\n  Cafe\u0301 first: \U0001f44b.\r\n\tThen the rain.  "
SIGNATURE = "EuYBCkQYAiJAk9Zt0Yc3mH4pQ7s+W2vBx/LrT1nDfG6jKoEaUi8qRwSyXlCzVbNhMeJdPgAt5u0oI3FvKxHsLm2TqYcZ7w=="
SECRET = (b"\x01encrypted thought, part one", b"end\xff")
FIRST = answer(
    Reasoning(THOUGHT, SIGNATURE),
    Redacted(SECRET),
    Text("Let me look. "),
    ToolUse("tooluse_1", "weather", {"city": "Zürich", "days": [1, 2], "big": 9_007_199_254_740_993}),
    ToolUse("tooluse_2", "weather", {}),
    stop="tool_use",
)
SECOND = answer(Text("It snows."))
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
REDACTED = base64.b64encode(b"".join(SECRET)).decode()
SAID = [
    {"reasoningContent": {"reasoningText": {"text": THOUGHT, "signature": SIGNATURE}}},
    {"reasoningContent": {"redactedContent": REDACTED}},
    {"text": "Let me look. "},
    {"toolUse": {"toolUseId": "tooluse_1", "name": "weather", "input": FIRST.blocks[3].input}},
    {"toolUse": {"toolUseId": "tooluse_2", "name": "weather", "input": {}}},
]
RESULTS = [
    {"toolResult": {"toolUseId": "tooluse_1", "content": [{"text": "-4 degrees"}]}},
    {"toolResult": {"toolUseId": "tooluse_2", "content": [{"text": "which city?"}], "status": "error"}},
]


def assert_nothing_lost(bedrock: Simulator) -> None:
    exchange = bedrock.journal[-1]
    assert (exchange.refused, exchange.violations, exchange.broken_rules) == (None, (), ())
    assert exchange.body["messages"] == [
        {"role": "user", "content": [{"text": "Do I need a coat?"}]},
        {"role": "assistant", "content": SAID},
        {"role": "user", "content": RESULTS},
    ]


def openai_message(client: openai.OpenAI, *, streamed: bool, **request: Any) -> dict[str, Any]:
    """The assistant's message as a user of OpenAI's client holds it: the stream helper's, or the reply's."""
    if not streamed:
        return client.chat.completions.create(**request).choices[0].message.model_dump()
    with client.chat.completions.stream(**request) as stream:
        for _ in stream:
            pass
        return stream.get_final_completion().choices[0].message.model_dump()


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
def test_openai(bedrock: Simulator, openai_client: openai.OpenAI, streamed: bool) -> None:
    """OpenAI's client sends back what it was told: text, calls, and reasoning with its signature byte for byte."""
    bedrock.play(FIRST, SECOND)
    function = {"name": "weather", "description": "The weather.", "parameters": SCHEMA}
    asked = {"model": "claude", "tools": [{"type": "function", "function": function}]}
    messages: list[Any] = [{"role": "user", "content": "Do I need a coat?"}]
    said = openai_message(openai_client, streamed=streamed, messages=messages, **asked)
    assert said["content"] == "Let me look. "
    assert said["reasoning_content"] == THOUGHT
    assert [json.loads(call["function"]["arguments"]) for call in said["tool_calls"]] == [
        FIRST.blocks[3].input,
        {},
    ]
    messages += [
        {name: value for name, value in said.items() if name != "parsed"},
        {"role": "tool", "tool_call_id": "tooluse_1", "content": "-4 degrees"},
        {"role": "tool", "tool_call_id": "tooluse_2", "content": "which city?", "is_error": True},
    ]
    for call in messages[1]["tool_calls"]:
        call["function"].pop("parsed_arguments", None)
    answered = openai_message(openai_client, streamed=streamed, messages=messages, **asked)
    assert answered["content"] == "It snows."
    assert_nothing_lost(bedrock)


def anthropic_message(client: anthropic.Anthropic, *, streamed: bool, **request: Any) -> anthropic.types.Message:
    if not streamed:
        return client.messages.create(**request)
    with client.messages.stream(**request) as stream:
        return stream.get_final_message()


@pytest.mark.parametrize("streamed", [True, False], ids=["stream", "whole"])
def test_anthropic(bedrock: Simulator, anthropic_client: anthropic.Anthropic, streamed: bool) -> None:
    """Anthropic's client sends back what it was told: blocks as they came, signatures and encrypted reasoning."""
    bedrock.play(FIRST, SECOND)
    tool = {"name": "weather", "description": "The weather.", "input_schema": SCHEMA}
    asked = {"model": "claude", "max_tokens": 2000, "tools": [tool]}
    messages: list[Any] = [{"role": "user", "content": "Do I need a coat?"}]
    said = anthropic_message(anthropic_client, streamed=streamed, messages=messages, **asked)
    assert [block.type for block in said.content] == ["thinking", "redacted_thinking", "text", "tool_use", "tool_use"]
    assert said.stop_reason == "tool_use"
    results = [
        {"type": "tool_result", "tool_use_id": "tooluse_1", "content": "-4 degrees"},
        {"type": "tool_result", "tool_use_id": "tooluse_2", "content": "which city?", "is_error": True},
    ]
    messages += [{"role": "assistant", "content": said.content}, {"role": "user", "content": results}]
    answered = anthropic_message(anthropic_client, streamed=streamed, messages=messages, **asked)
    assert answered.content[0].text == "It snows."
    assert_nothing_lost(bedrock)
