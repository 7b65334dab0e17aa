"""Which tools an answer calls, and with what.

What an application's author expects of `auto` is that a request about the weather calls `get_weather`, and that "hello"
calls nothing. So a tool is called if the request shares a word with its name, its description or its parameters; the tool
that shares most, or all those that the request names. A tool counts as named if it is written out, or if every word of its
name is there. `any` calls the first tool where none shares a word; `tool` calls the one that it names. After a tool's
result a forced choice calls again, as the service does, and `auto` answers in words.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from random import Random
from typing import Any

from bedrock_harness.simulator.script import ToolUse
from bedrock_harness.simulator.speaking.asked import Asked, Tool
from bedrock_harness.simulator.speaking.values import value_for
from bedrock_harness.simulator.speaking.wording import hints_of, stems_of

__all__ = ["calls", "tool_use_id"]

_MOST = 8
"""Calls side by side in one answer."""

_ALPHABET = string.ascii_letters + string.digits + "-_"


def calls(asked: Asked, random: Random) -> tuple[ToolUse, ...]:
    """The calls that answer a request; none where it is answered in words."""
    return tuple(ToolUse(tool_use_id(random), tool.name, _arguments(tool, asked, random)) for tool in _chosen(asked))


def tool_use_id(random: Random) -> str:
    """An id like the service's, such as `tooluse_W9DaUFg4Tj2cRPpndqxWSg`: 22 characters of base64 for URLs."""
    return f"tooluse_{''.join(random.choices(_ALPHABET, k=22))}"


def _arguments(tool: Tool, asked: Asked, random: Random) -> dict[str, Any]:
    """Arguments that fit the tool's schema. A schema that allows no object, which none should, gets an empty one."""
    schema = tool.schema if isinstance(tool.schema, dict) else {}
    made = value_for({"type": "object", **schema}, random, hints_of(asked.text))
    return made if isinstance(made, dict) else {}


def _chosen(asked: Asked) -> list[Tool]:
    if asked.choice == "tool":
        return [tool for tool in asked.tools if tool.name == asked.forced][:1]
    if asked.choice == "auto" and asked.results:
        return []
    return _meant(asked) or (list(asked.tools[:1]) if asked.choice == "any" else [])


def _meant(asked: Asked) -> list[Tool]:
    """The tools that a request names, in the order in which it does; else the one that shares most words with it."""
    stems = stems_of(asked.text)
    named = [(place, tool) for tool in asked.tools if (place := _named_at(tool, asked.text, stems)) >= 0]
    if named:
        return [tool for _, tool in sorted(named, key=lambda one: one[0])][:_MOST]
    shared = {tool.name: len(stems.keys() & _about(tool).keys()) for tool in asked.tools}
    best = max(asked.tools, key=lambda tool: shared[tool.name], default=None)
    return [best] if best is not None and shared[best.name] else []


def _named_at(tool: Tool, text: str, stems: Mapping[str, int]) -> int:
    """Where a request names a tool, -1 where it does not."""
    telling = stems_of(tool.name)
    if telling and telling.keys() <= stems.keys():
        return min(stems[stem] for stem in telling)
    return text.lower().find(tool.name.lower())


def _about(tool: Tool) -> dict[str, int]:
    """The words that say what a tool is about: of its name, its description and its parameters' names."""
    properties = tool.schema.get("properties") if isinstance(tool.schema, dict) else None
    names = " ".join(properties) if isinstance(properties, dict) else ""
    return stems_of(f"{tool.name} {tool.description} {names}")
