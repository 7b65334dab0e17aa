"""Answers in JSON by a schema: asked for by the family's own means, or by a tool that the model is forced to call.

Knows `outputConfig.textFormat`, whose schema is a string, and what Claude's schemas may not hold. Folding the forced tool's
call back into text is `restoring`'s.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from bedrock_harness.client.options import Note, Output
from bedrock_harness.client.requests.draft import Draft
from bedrock_harness.client.requests.models import has_output_config, takes_choice

__all__ = ["ask", "closed"]

_UNSUPPORTED = frozenset(
    {
        *("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"),
        *("maxItems", "maxLength", "maxProperties", "minItems", "minLength", "minProperties"),
    }
)
"""Keywords of JSON Schema that Claude's structured output refuses (vercel/ai#17597)."""

_MAPS = frozenset({"$defs", "definitions", "properties"})
_VALUES = frozenset({"const", "default", "enum", "examples"})
"""Members that hold schemas by names of the caller's, and members that hold values and no schema."""


def ask(draft: Draft) -> Draft:
    """Ask for the output that was chosen. A call with an outputConfig of its own is left alone."""
    output = draft.options.output
    if output is None or draft.body.get("outputConfig"):
        return draft
    if output.by == "config" or (output.by == "family" and has_output_config(draft.model)):
        schema, dropped = closed(output.schema)
        note = Note(
            "schema-loosened", f"The schema went without {', '.join(dropped)}, which structured output refuses."
        )
        optional = {} if output.description is None else {"description": output.description}
        definition = {"name": output.name, **optional, "schema": json.dumps(schema, separators=(",", ":"))}
        config = {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": definition}}}
        return draft.with_body(*((note,) if dropped else ()), outputConfig=config)
    return _forced(draft, output)


def _forced(draft: Draft, output: Output) -> Draft:
    config = draft.body.get("toolConfig") or {}
    spec = {
        "name": output.name,
        "description": output.description or "Give the answer, in the form that the schema describes.",
        "inputSchema": {"json": dict(output.schema)},
    }
    tools = [*(config.get("tools") or ()), {"toolSpec": spec}]
    draft = replace(draft, answer_tool=output.name)
    if takes_choice(draft.model, "tool"):
        return draft.with_body(toolConfig={**config, "tools": tools, "toolChoice": {"tool": {"name": output.name}}})
    note = Note("output-not-forced", f"{draft.model} cannot be made to call a tool: it may answer in words.")
    return draft.with_body(note, toolConfig={**config, "tools": tools})


def closed(schema: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The schema as structured output takes it: objects closed, unsupported keywords out. And which ones those were.

    "For 'object' type, 'additionalProperties' must be explicitly set to false" (future-agi/future-agi#412).
    """
    dropped: dict[str, None] = {}

    def fit(value: Any, *, names: bool = False) -> Any:
        """`names` is whether the members are a caller's own, as those of `properties` are."""
        if isinstance(value, list):
            return [fit(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        dropped.update({name: None for name in value if not names and name in _UNSUPPORTED})
        fitted = {
            name: member if not names and name in _VALUES else fit(member, names=not names and name in _MAPS)
            for name, member in value.items()
            if names or name not in _UNSUPPORTED
        }
        if not names and value.get("type") == "object":
            fitted["additionalProperties"] = False
        return fitted

    fitted: dict[str, Any] = fit(schema)
    return fitted, tuple(dropped)
