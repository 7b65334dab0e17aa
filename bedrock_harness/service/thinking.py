"""Where a request to Claude asks for thinking in a way that the model refuses. One function a rule.

Thinking is asked for in `additionalModelRequestFields`. What is said here is of the type `enabled`, with a budget; of
adaptive thinking nobody has seen any of it refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bedrock_harness.service.breaches import Breach
from bedrock_harness.service.conversation import Request, inside

__all__ = [
    "budget_fits",
    "budget_is_enough",
    "no_tool_is_forced",
    "temperature_is_one",
    "tool_turn_begins_with_thought",
]

_NOTHING: Mapping[str, str] = {}
_THINKING = "additionalModelRequestFields.thinking"
_LEAST = 1024
_THEIR_NAMES = {"text": "text", "toolUse": "tool_use"}
"""Content blocks as Anthropic's API calls them; the messages were seen with these two."""


def _thinking(request: Request) -> Mapping[str, object] | None:
    if "additionalModelRequestFields" not in request.body:
        return None
    given = inside(request.body, "additionalModelRequestFields", "thinking")
    return given if request.claude and inside(given, "type") == "enabled" else None


def budget_is_enough(request: Request) -> Iterator[Breach]:
    """The budget is 1,024 tokens at least."""
    budget = inside(_thinking(request), "budget_tokens")
    if isinstance(budget, int) and budget < _LEAST:
        yield f"{_THINKING}.budget_tokens", _NOTHING


def budget_fits(request: Request) -> Iterator[Breach]:
    """The budget is less than maxTokens, where that is given; a recording has 10,000 with none."""
    budget = inside(_thinking(request), "budget_tokens")
    most = inside(request.body, "inferenceConfig", "maxTokens")
    if isinstance(budget, int) and isinstance(most, int) and most <= budget:
        yield "inferenceConfig.maxTokens", _NOTHING


def temperature_is_one(request: Request) -> Iterator[Breach]:
    """A temperature given along with thinking is 1."""
    if _thinking(request) and inside(request.body, "inferenceConfig", "temperature") not in (None, 1):
        yield "inferenceConfig.temperature", _NOTHING


def no_tool_is_forced(request: Request) -> Iterator[Breach]:
    """A model that thinks is not forced to call a tool."""
    for kind in ("any", "tool") if _thinking(request) else ():
        if inside(request.body, "toolConfig", "toolChoice", kind) is not None:
            yield f"toolConfig.toolChoice.{kind}", _NOTHING


def tool_turn_begins_with_thought(request: Request) -> Iterator[Breach]:
    """The assistant's turn whose tool calls are being answered begins with its reasoning."""
    if not _thinking(request) or len(request.turns) < 2:
        return
    calls, results = request.turns[-2:]
    if (calls.role, results.role) != ("assistant", "user") or not calls.blocks:
        return
    if any("toolResult" in block.value for block in results.blocks):
        found = next((_THEIR_NAMES[member] for member in calls.blocks[0].value if member in _THEIR_NAMES), None)
        if found:
            yield calls.blocks[0].path, {"found": found}
