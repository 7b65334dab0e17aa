"""Tools and the choice among them, as both fronts have them and as Converse takes them."""

from __future__ import annotations

from typing import Any

from bedrock_harness.gateway.fields import Fields

__all__ = ["NO_PARAMETERS", "config", "without_nulls"]

NO_PARAMETERS = {"type": "object", "properties": {}}
"""The schema of a tool without parameters. Converse requires one, and that it is an object's."""


def config(
    fields: Fields, tools: list[dict[str, Any]], choice: dict[str, Any] | None, messages: list[dict[str, Any]]
) -> dict[str, Any]:
    """Converse's toolConfig. `choice` is in Converse's words, or `{"none": {}}`, for which Converse has no word.

    With that choice the tools are left out, so that none can be called. A history with tool calls brings their
    declarations back, since Converse demands them; the model could then call one, so the choice is noted as not carried.
    """
    if choice is not None and not tools and choice.keys() - {"none", "auto"}:
        raise fields.refuse("tool_choice", "needs tools to choose from")
    if choice == {"none": {}}:
        if any("toolUse" in block for message in messages for block in message["content"]):
            fields.note("tool_choice")
        return {}
    if not tools:
        return {}
    return {"tools": tools, **({"toolChoice": choice} if choice else {})}


def without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in members.items() if value is not None}
