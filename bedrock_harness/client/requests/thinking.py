"""Thinking: how each family is told to, and what may not be asked together with it.

Knows Claude's rules for budgets and what thinking excludes, by Anthropic's documentation of extended and adaptive thinking.
Which way a model is told, `models` knows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bedrock_harness.client.errors import InvalidRequest
from bedrock_harness.client.options import Effort, Note, Thinking
from bedrock_harness.client.requests.draft import Draft
from bedrock_harness.client.requests.models import Way, thinks_by

__all__ = ["BUDGETS", "INTERLEAVED", "SMALLEST", "think"]

SMALLEST = 1024
"""Tokens of Claude's smallest budget (Anthropic, extended thinking)."""

INTERLEAVED = "interleaved-thinking-2025-05-14"
"""The beta that lets Claude 4 think between tool calls; on Bedrock it stands in the body, not in a header (vercel/ai#10300)."""

BUDGETS: Mapping[Effort, int] = {
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16384,
    "xhigh": 24576,
    "max": 32000,
}
"""Tokens for an effort, for a model that takes budgets only. The first four are docker-agent's; the others go on from there."""


def think(draft: Draft) -> Draft:
    """What tells the model to think, in the way of its family. A caller's own fields of these names come first."""
    chosen, way = draft.options.thinking, thinks_by(draft.model)
    if chosen is None or (chosen.budget is None and chosen.effort is None):
        return draft
    if chosen.claude_only and not (way or "").startswith("claude"):
        return draft
    if way is None:
        return draft.noting(Note("thinking-unsupported", f"{draft.model} is not known to think when it is told to."))
    fields = _WAYS[way](chosen)
    given = draft.body.get("additionalModelRequestFields") or {}
    if given.keys() & fields.keys() - {"anthropic_beta"}:
        return draft
    if (reason := _excluded(draft, way, fields)) is not None:
        if chosen.unfit == "refuse":
            raise InvalidRequest(
                f"The model cannot think like this: {reason}.", hint="Change it, or ask for no thinking."
            )
        return draft.noting(Note("thinking-dropped", f"The model was not told to think: {reason}."))
    betas = [*_betas(given), *fields.get("anthropic_beta", ())]
    merged = {**fields, **given} | ({"anthropic_beta": list(dict.fromkeys(betas))} if betas else {})
    draft = draft.with_body(additionalModelRequestFields=merged)
    return _without_sampling(draft) if way.startswith("claude") else draft


def _betas(given: Mapping[str, Any]) -> list[Any]:
    """The betas that the caller asks for himself: a list, or the name of one."""
    betas = given.get("anthropic_beta") or []
    if isinstance(betas, str):
        return [betas]
    if not isinstance(betas, list):
        raise InvalidRequest(
            "anthropic_beta is no list of names.", hint='It looks like ["interleaved-thinking-2025-05-14"].'
        )
    return betas


def _by_budget(chosen: Thinking) -> dict[str, Any]:
    tokens = chosen.budget if chosen.budget is not None else BUDGETS[chosen.effort or "medium"]
    betas = {"anthropic_beta": [INTERLEAVED]} if chosen.interleaved else {}
    return {"thinking": {"type": "enabled", "budget_tokens": tokens}, **betas}


def _adaptive(chosen: Thinking) -> dict[str, Any]:
    effort = chosen.effort or _effort_of(chosen.budget or 0)
    return {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low" if effort == "minimal" else effort}}


_WAYS: Mapping[Way, Callable[[Thinking], dict[str, Any]]] = {
    "claude-adaptive": _adaptive,
    "claude-budget": _by_budget,
    "reasoning-config": lambda chosen: {
        "reasoningConfig": {"type": "enabled", "maxReasoningEffort": _three_steps(chosen)}
    },
    "reasoning-effort": lambda chosen: {"reasoning_effort": _three_steps(chosen)},
}


def _three_steps(chosen: Thinking) -> str:
    """The effort of a model that knows low, medium and high."""
    effort = chosen.effort or _effort_of(chosen.budget or 0)
    return {"minimal": "low", "xhigh": "high", "max": "high"}.get(effort, effort)


def _effort_of(budget: int) -> Effort:
    """The least effort whose budget is enough, for a model that takes efforts only."""
    return next((effort for effort, tokens in BUDGETS.items() if tokens >= budget), "max")


def _excluded(draft: Draft, way: Way, fields: Mapping[str, Any]) -> str | None:
    """Why the model cannot think like this, in words; None where nothing stands against it. The rules are Claude's."""
    if not way.startswith("claude"):
        return None
    sampling = draft.body.get("inferenceConfig") or {}
    tokens, limit = fields["thinking"].get("budget_tokens"), sampling.get("maxTokens")
    if tokens is not None and tokens < SMALLEST:
        return f"a budget of {tokens} tokens is below the smallest, {SMALLEST}"
    if tokens is not None and isinstance(limit, int) and tokens >= limit:
        return f"a budget of {tokens} tokens is not below max_tokens, {limit}"
    choice = (draft.body.get("toolConfig") or {}).get("toolChoice") or {}
    if choice.keys() & {"any", "tool"}:
        return "a tool is forced, and Claude thinks only where it may choose"
    if _answers_unthought_calls(draft.body["messages"]):
        return "the turn that called the tools did not begin with thinking"
    chosen = draft.options.thinking
    if chosen is not None and chosen.yields == "thinking" and sampling.get("temperature") not in (None, 1):
        return f"the temperature is {sampling['temperature']}, and Claude thinks at 1"
    return None


def _answers_unthought_calls(messages: list[dict[str, Any]]) -> bool:
    """Whether tools that were called without thinking are being answered: "Expected `thinking` or `redacted_thinking`, but
    found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block".
    """
    if len(messages) == 1 or not any("toolResult" in block for block in messages[-1]["content"]):
        return False
    called = messages[-2]["content"]
    return bool(called) and "reasoningContent" not in called[0]


def _without_sampling(draft: Draft) -> Draft:
    """The request without temperature, top_p and top_k, which Claude refuses while it thinks (D17)."""
    config = draft.body.get("inferenceConfig") or {}
    fields = draft.body["additionalModelRequestFields"]
    dropped = [name for name in ("temperature", "topP") if name in config] + (["top_k"] if "top_k" in fields else [])
    if not dropped:
        return draft
    note = Note("sampling-dropped", f"{', '.join(dropped)} went out: Claude takes none while it thinks.")
    return draft.with_body(
        note,
        inferenceConfig={name: value for name, value in config.items() if name not in dropped},
        additionalModelRequestFields={name: value for name, value in fields.items() if name not in dropped},
    )
