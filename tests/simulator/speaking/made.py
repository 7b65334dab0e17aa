"""Requests for the tests of what the simulator says, and what every answer must pass."""

from __future__ import annotations

import base64
import json
from typing import Any

from botocore.eventstream import EventStreamBuffer
from botocore.model import ServiceModel
from botocore.parsers import create_parser

from bedrock_harness.service import shapes
from bedrock_harness.service.model import bedrock_runtime
from bedrock_harness.simulator.rendering.answers import answer_body, answer_events, encode_frames
from bedrock_harness.simulator.rendering.padding import seeded
from bedrock_harness.simulator.script import Answer, ToolUse
from bedrock_harness.wire.events import read_event
from bedrock_harness.wire.fold import fold
from bedrock_harness.wire.frames import FrameDecoder
from bedrock_harness.wire.grammar import violations

CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
NOVA = "us.amazon.nova-lite-v1:0"
GPT_OSS = "openai.gpt-oss-120b-1:0"

WEATHER = {
    "toolSpec": {
        "name": "get_weather",
        "description": "Tells the weather of a city.",
        "inputSchema": {
            "json": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 7}},
                "required": ["city", "days"],
                "additionalProperties": False,
            }
        },
    }
}
TIME = {"toolSpec": {"name": "get_time", "inputSchema": {"json": {"type": "object", "properties": {}}}}}

NEWER_THAN_BOTOCORE = {"usage.serverToolUsage", "usage.cacheReadInputTokenCount", "usage.cacheWriteInputTokenCount"}

RUNTIME = ServiceModel(bedrock_runtime(), "bedrock-runtime")
"""Bedrock Runtime as botocore's own parsers want it."""


def user(*content: Any) -> dict[str, Any]:
    """A user's message; a string is a block of text."""
    return {"role": "user", "content": [{"text": block} if isinstance(block, str) else block for block in content]}


def assistant(*content: Any) -> dict[str, Any]:
    return {**user(*content), "role": "assistant"}


def asking(*messages: Any, **members: Any) -> dict[str, Any]:
    """A Converse body; a string is a user's message."""
    return {"messages": [user(message) if isinstance(message, str) else message for message in messages], **members}


def offering(*tools: Any, choice: dict[str, Any] | None = None) -> dict[str, Any]:
    """A body's toolConfig, as a member."""
    return {"toolConfig": {"tools": list(tools), **({} if choice is None else {"toolChoice": choice})}}


def structured(schema: Any) -> dict[str, Any]:
    """A body's outputConfig, as a member."""
    text = {"type": "json_schema", "structure": {"jsonSchema": {"name": "answer", "schema": json.dumps(schema)}}}
    return {"outputConfig": {"textFormat": text}}


def document(text: str, name: str = "Report", **members: Any) -> dict[str, Any]:
    """A text document that may be cited."""
    source = {"bytes": base64.b64encode(text.encode()).decode()}
    return {"document": {"name": name, "format": "txt", "source": source, "citations": {"enabled": True}, **members}}


def said(answer: Answer) -> str:
    """All the text of an answer."""
    return "".join(getattr(block, "text", "") for block in answer.blocks)


def called(answer: Answer) -> list[ToolUse]:
    return [block for block in answer.blocks if isinstance(block, ToolUse)]


def assert_sendable(answer: Answer) -> None:
    """The answer is one that the service could give: by the model, the grammar, botocore's parser, whole and streamed."""
    body = answer_body(answer)
    unary = json.loads(body)
    assert not _unexpected(shapes.validate_reply("Converse", unary))
    events = list(answer_events(answer))
    for event in events:
        assert not _unexpected(shapes.validate_event(event.type, event.payload))
    data = b"".join(encode_frames(answer_events(answer), seeded("test")))
    typed = [read_event(frame) for frame in FrameDecoder().feed(data)]
    assert violations(typed) == []
    if answer.stop != "max_tokens":
        assert fold(typed)["output"] == unary["output"]
    shape = RUNTIME.operation_model("ConverseStream").output_shape.members["stream"]
    parser = create_parser("rest-json")._event_stream_parser
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    parsed = [parser.parse(message.to_response_dict(), shape) for message in buffer]
    assert [next(iter(event)) for event in parsed] == [event.type for event in events]
    response = {"status_code": 200, "headers": {}, "body": body}
    whole = create_parser("rest-json").parse(response, RUNTIME.operation_model("Converse").output_shape)
    assert len(whole["output"]["message"]["content"]) == len(answer.blocks)


def _unexpected(found: Any) -> list[Any]:
    return [violation for violation in found if violation.path not in NEWER_THAN_BOTOCORE]
