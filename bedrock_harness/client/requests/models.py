"""What making a request needs to know of a model: the questions, answered from `service.families`.

Knows the questions, and by which members each family is told to think. A model whose id does not tell, such as an opaque
ARN, gets the answer that nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from bedrock_harness.service import model_ids
from bedrock_harness.service.families import Family, family_of
from bedrock_harness.service.limits import Feature

__all__ = [
    "Way",
    "caches",
    "has_output_config",
    "is_amazons",
    "knows_status",
    "native_format",
    "takes_choice",
    "thinks_by",
]

Way: TypeAlias = Literal["claude-adaptive", "claude-budget", "reasoning-config", "reasoning-effort"]
"""How a model is told to think, by the names of the members that tell it."""

_CLAUDE: Mapping[str, Way] = {"adaptive": "claude-adaptive", "budget": "claude-budget"}
_BY_EFFORT: Mapping[str, Way] = {
    "gpt": "reasoning-effort",
    "gpt-oss": "reasoning-effort",
    "nova-2": "reasoning-config",
}
_CHOICES: Mapping[str, Feature] = {"any": "tool-choice-any", "auto": "tools", "tool": "tool-choice-tool"}


def thinks_by(model: str) -> Way | None:
    """How the model is told to think; None where it cannot be told, or nobody knows."""
    family = family_of(model)
    return None if family is None else _CLAUDE.get(family.reasoning) or _BY_EFFORT.get(family.name)


def caches(model: str) -> bool | None:
    """Whether the model caches prompts; None where nobody knows."""
    return _can(family_of(model), "cache")


def is_amazons(model: str) -> bool:
    """Whether the model is one of Amazon's own."""
    try:
        return model_ids.parse(model).provider == "amazon"
    except model_ids.ModelIdError:
        return False


def takes_choice(model: str, kind: str) -> bool:
    """Whether the model is known to take this choice among tools: auto, any or tool."""
    return kind in _CHOICES and bool(_can(family_of(model), _CHOICES[kind]))


def knows_status(model: str) -> bool:
    """Whether the model is known to take the status of a tool result."""
    return bool(_can(family_of(model), "tool-result-status"))


def has_output_config(model: str) -> bool:
    """Whether the model is known to answer by a schema in outputConfig."""
    return bool(_can(family_of(model), "structured-output"))


def native_format(model: str) -> str | None:
    """The name of the format that the model's InvokeModel bodies have; None where nobody knows."""
    family = family_of(model)
    return None if family is None else family.native


def _can(family: Family | None, feature: Feature) -> bool | None:
    return None if family is None else family.can(feature)
