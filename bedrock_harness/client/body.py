"""The request's body: what may be left out of it, what a message is, and how JSON is written.

Leaves the rules of a conversation to `repair`, everything that is chosen about a request to `requests`, and whether the
members are ones that Bedrock knows to Bedrock. The caller's objects are never changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bedrock_harness.client import reading
from bedrock_harness.client.errors import InvalidRequest

__all__ = [
    "check_members",
    "check_messages",
    "check_something_is_said",
    "system_blocks",
    "to_json",
    "without_empties",
    "without_nulls",
]

_DOCUMENTS = frozenset({"additionalModelRequestFields", "input", "json"})
"""Members whose value is the caller's own JSON: nulls in there are data (the `document` shapes of botocore's model)."""


def system_blocks(system: str | Sequence[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    """System blocks out of a plain text, out of blocks, or out of nothing."""
    if system is None:
        return []
    return [{"text": system}] if isinstance(system, str) else list(system)


def check_messages(messages: object) -> None:
    """Hold messages to the shape that the repairs rely on. What is in the blocks is the service's to judge."""
    for index, message in enumerate(messages if isinstance(messages, list) else [messages]):
        if not (
            isinstance(message, dict)
            and isinstance(message.get("role"), str)
            and isinstance(message.get("content"), list)
            and all(map(_is_block, message["content"]))
        ):
            raise InvalidRequest(
                f"messages.{index} is no message of Converse's.",
                hint='One looks like {"role": "user", "content": [{"text": "Hello"}]}.',
            )


def _is_block(block: object) -> bool:
    if not isinstance(block, dict):
        return False
    call, result, reasoning = (block.get(name, {}) for name in ("toolUse", "toolResult", "reasoningContent"))
    if not (isinstance(call, dict) and isinstance(result, dict) and isinstance(reasoning, dict)):
        return False
    parts = result.get("content", [])
    return (
        isinstance(call.get("name", ""), str)
        and isinstance(reasoning.get("reasoningText", {}), dict)
        and isinstance(parts, list)
        and all(isinstance(part, dict) for part in parts)
    )


def check_members(body: Mapping[str, Any]) -> None:
    """Hold the members beside the messages to the shapes that are relied on: tables of members, and lists of blocks."""
    config = body.get("toolConfig")
    lists = {
        "system": body.get("system"),
        "toolConfig.tools": config.get("tools") if isinstance(config, dict) else None,
    }
    for name in _TABLES:
        if not isinstance(body.get(name, {}), dict):
            raise InvalidRequest(f"{name} is no table of members.", hint="It looks as the Converse API has it.")
    for name, blocks in lists.items():
        if blocks is not None and not (isinstance(blocks, list) and all(isinstance(block, dict) for block in blocks)):
            raise InvalidRequest(f"{name} is no list of blocks.", hint="It looks as the Converse API has it.")


_TABLES = (
    *("additionalModelRequestFields", "guardrailConfig", "inferenceConfig", "outputConfig"),
    *("performanceConfig", "requestMetadata", "serviceTier", "toolConfig"),
)
"""Members of Converse's that hold members of their own."""


def check_something_is_said(body: Mapping[str, Any], model: str) -> None:
    """Refuse a conversation without a message, unless the model is a prompt, which brings its own."""
    if not body["messages"] and ":prompt/" not in model:
        raise InvalidRequest(
            "The conversation holds no message with content.",
            hint="Say something as the user; system alone is refused.",
        )


def without_nulls(value: Any) -> Any:
    """A copy without members that are None: an absent member is absent, never null (aws/aws-sdk-php#3185).

    Documents are the caller's own JSON and are kept as they are, nulls included. Bytes are no sequence.
    """
    if isinstance(value, Mapping):
        return {
            name: member if name in _DOCUMENTS else without_nulls(member)
            for name, member in value.items()
            if member is not None
        }
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, memoryview)):
        return [without_nulls(item) for item in value if item is not None]
    return value


def without_empties(body: Mapping[str, Any]) -> dict[str, Any]:
    """A copy without optional members that are empty, at the top and one level below: `stopSequences: []` is refused.

    Deeper down an empty object means something: `{"toolChoice": {"auto": {}}}`.
    """

    def full(value: Any) -> bool:
        return value not in ({}, [])

    trimmed = {
        name: {inner: each for inner, each in member.items() if full(each)}
        if isinstance(member, dict) and name not in _DOCUMENTS
        else member
        for name, member in body.items()
    }
    return {name: member for name, member in trimmed.items() if full(member)}


def to_json(body: Mapping[str, Any]) -> bytes:
    """The body as UTF-8. Halves of surrogate pairs are joined, a lone half becomes U+FFFD: UTF-8 has neither.

    Tool outputs hold such halves (anomalyco/opencode#17758), and one of them would brick the session.
    """
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRequest(
            f"The request cannot be written as JSON: {error}.", hint="Bytes are taken where Converse has blobs."
        ) from error
    try:
        return text.encode()
    except UnicodeEncodeError:
        return reading.whole(text).encode()
