"""What the user of a provider says, as content blocks in Converse's shape. Small words for the catalogue."""

from __future__ import annotations

from typing import Any, Literal

__all__ = ["result", "tool", "user"]


def user(text: str) -> tuple[dict[str, Any], ...]:
    """The user says one text."""
    return ({"text": text},)


def result(tool_use_id: str, *content: Any, status: Literal["success", "error"] | None = None) -> dict[str, Any]:
    """The result of one tool call: strings become text blocks, other values json blocks."""
    blocks = [{"text": part} if isinstance(part, str) else {"json": part} for part in content]
    block: dict[str, Any] = {"toolUseId": tool_use_id, "content": blocks}
    if status is not None:
        block["status"] = status
    return {"toolResult": block}


def tool(name: str, description: str, **properties: Any) -> dict[str, Any]:
    """A tool that is offered to the model; each property is required and given as a JSON schema or a type's name."""
    schema = {key: {"type": value} if isinstance(value, str) else value for key, value in properties.items()}
    return {
        "name": name,
        "description": description,
        "schema": {"type": "object", "properties": schema, "required": sorted(properties)},
    }
