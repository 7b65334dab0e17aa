"""Why a model stopped, in the words of each front.

Converse's nine words are botocore's enumeration. A word that a front has no equal for is passed on as it is: an answer that
was malformed, or that ended for a reason nobody has heard of, must not look like a finished one (mozilla-ai/any-llm#1358).
"""

from __future__ import annotations

__all__ = ["ANTHROPIC", "OPENAI", "finish_reason", "stop_reason"]

OPENAI = {
    "content_filtered": "content_filter",
    "end_turn": "stop",
    "guardrail_intervened": "content_filter",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
}
"""Converse's stop reasons to OpenAI's finish reasons."""

ANTHROPIC = {
    "content_filtered": "refusal",
    "end_turn": "end_turn",
    "guardrail_intervened": "refusal",
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "model_context_window_exceeded",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_use",
}
"""Converse's stop reasons to Anthropic's."""


def finish_reason(stop: str | None) -> str | None:
    """OpenAI's word for a stop reason."""
    return OPENAI.get(stop, stop) if stop else stop


def stop_reason(stop: str | None) -> str | None:
    """Anthropic's word for a stop reason."""
    return ANTHROPIC.get(stop, stop) if stop else stop
