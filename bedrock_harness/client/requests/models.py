"""What making a request needs to know of a model: the questions, and their answers until `service.families` has them.

A model whose id does not tell, such as an opaque ARN, gets the answer that nobody knows.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from bedrock_harness.service import model_ids

__all__ = ["Way", "caches", "has_output_config", "is_amazons", "knows_status", "takes_choice", "thinks_by"]

Way: TypeAlias = Literal["claude-adaptive", "claude-budget", "reasoning-config", "reasoning-effort"]
"""How a model is told to think, by the names of the members that tell it."""

_CLAUDE = re.compile(r"anthropic\.claude-(?:[a-z]+-)?(\d{1,2})(?:-(\d{1,2}))?(?!\d)")


def _base(model: str) -> str:
    try:
        return model_ids.parse(model).base or ""
    except model_ids.ModelIdError:
        return ""


def thinks_by(model: str) -> Way | None:
    """How the model is told to think; None where it cannot be told, or nobody knows."""
    base = _base(model)
    if base.startswith("openai.gpt-oss"):
        return "reasoning-effort"
    if base.startswith("amazon.nova-2"):
        return "reasoning-config"
    version = _CLAUDE.match(base)
    if version is None:
        return None
    number = (int(version[1]), int(version[2] or 0))
    return "claude-adaptive" if number >= (4, 6) else "claude-budget" if number >= (3, 7) else None


def caches(model: str) -> bool | None:
    """Whether the model caches prompts; None where nobody knows."""
    base = _base(model)
    return base.startswith(("anthropic.", "amazon.nova")) if base else None


def is_amazons(model: str) -> bool:
    """Whether the model is one of Amazon's own."""
    return _base(model).startswith("amazon.")


def takes_choice(model: str, kind: str) -> bool:
    """Whether the model takes this choice among tools: auto, any or tool."""
    return _base(model).startswith("anthropic.") or kind == "auto"


def knows_status(model: str) -> bool:
    """Whether the model takes the status of a tool result."""
    return _base(model).startswith(("anthropic.", "amazon."))


def has_output_config(model: str) -> bool:
    """Whether the model answers by a schema in outputConfig."""
    return _base(model).startswith("anthropic.") and thinks_by(model) is not None
