"""Claude's blocks and tools reach the speaker as Converse's."""

from __future__ import annotations

from typing import Any

import pytest

from bedrock_harness.service import shapes
from bedrock_harness.simulator.native import read
from tests.simulator.native import bodies

CLAUDES_LEAST = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9}
TEXT = {"type": "text", "text": "x"}
CLAUDES_BLOCKS: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
    (
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "eA=="}},
        [{"document": {"format": "pdf", "name": "document", "source": {"bytes": "eA=="}}}],
    ),
    (
        {"type": "document", "source": {"type": "content", "content": [TEXT]}, "context": "c", "title": "t"},
        [{"document": {"format": "txt", "name": "t", "context": "c", "source": {"content": [{"text": "x"}]}}}],
    ),
    (
        {"type": "document", "source": {"type": "content", "content": "x"}, "citations": {"enabled": False}},
        [{"document": {"format": "txt", "name": "document", "source": {"content": [{"text": "x"}]}}}],
    ),
    (
        {
            "type": "search_result",
            "source": "s",
            "title": "t",
            "content": [TEXT],
            "citations": {"enabled": True},
            "cache_control": {"type": "ephemeral"},
        },
        [
            {
                "searchResult": {
                    "source": "s",
                    "title": "t",
                    "content": [{"text": "x"}],
                    "citations": {"enabled": True},
                }
            },
            {"cachePoint": {"type": "default"}},
        ],
    ),
    ({**TEXT, "citations": None, "cache_control": None}, [{"text": "x"}]),
]


@pytest.mark.parametrize(("block", "expected"), CLAUDES_BLOCKS)
def test_claudes_blocks_are_converses(block: dict[str, Any], expected: list[dict[str, Any]]) -> None:
    """Documents of each kind, search results, and what is cached."""
    body = {**CLAUDES_LEAST, "messages": [{"role": "user", "content": [block]}]}
    found = read(body, bodies.CLAUDE).converse
    assert found is not None
    assert found["messages"][0]["content"] == expected
    assert not shapes.validate("Converse", found)


def test_a_failed_tools_result_keeps_its_blocks() -> None:
    """Text and image stay apart, the failure is told, and a cache point inside of it is left out."""
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": "eA=="}}
    result = {
        "type": "tool_result",
        "tool_use_id": "t1",
        "content": [{**TEXT, "cache_control": {"type": "ephemeral"}}, image],
        "is_error": True,
    }
    call = {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}
    turns = [("user", [TEXT]), ("assistant", [call]), ("user", [result])]
    body = {**CLAUDES_LEAST, "messages": [{"role": role, "content": content} for role, content in turns]}
    found = read(body, bodies.CLAUDE).converse
    assert found is not None
    assert found["messages"][2]["content"] == [
        {
            "toolResult": {
                "toolUseId": "t1",
                "content": [{"text": "x"}, {"image": {"format": "webp", "source": {"bytes": "eA=="}}}],
                "status": "error",
            }
        }
    ]


def test_tools_that_anthropic_defines_have_a_schema() -> None:
    """The client runs them and sends no schema: the speaker is given one, so that it can call them."""
    tools = [
        {"type": "bash_20250124", "name": "bash", "cache_control": {"type": "ephemeral", "ttl": "5m"}},
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
        {"type": "custom", "name": "mine", "input_schema": bodies.SCHEMA, "strict": True},
    ]
    body = {**CLAUDES_LEAST, "messages": [{"role": "user", "content": "x"}], "tools": tools}
    found = read(body, bodies.CLAUDE).converse
    assert found is not None
    bash, point, editor, mine = found["toolConfig"]["tools"]
    assert bash["toolSpec"]["inputSchema"]["json"]["required"] == ["command"]
    assert point == {"cachePoint": {"type": "default", "ttl": "5m"}}
    schema = editor["toolSpec"]["inputSchema"]["json"]
    assert (schema["type"], list(schema["properties"]), schema["required"]) == (
        "object",
        ["command", "path"],
        ["command", "path"],
    )
    assert mine["toolSpec"] == {"name": "mine", "inputSchema": {"json": bodies.SCHEMA}, "strict": True}
