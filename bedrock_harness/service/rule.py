"""What one rule of a conversation is: where it is broken, what the service says of it, when, and who saw that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from msgspec import Struct

from bedrock_harness.service.breaches import Breach
from bedrock_harness.service.conversation import Request
from bedrock_harness.service.families import Family
from bedrock_harness.service.limits import Feature
from bedrock_harness.service.strictness import at, holds

__all__ = ["CONVERSES", "INVOKES", "MODEL_SAYS", "Broken", "Rule", "applies"]

MODEL_SAYS = "The model returned the following errors: "
"""How a message begins that Converse passes on from the model, which is asked when all else is in order."""

CONVERSES = frozenset({"Converse", "ConverseStream"})
INVOKES = CONVERSES | {"CountTokens", "InvokeModel", "InvokeModelWithResponseStream"}
"""Operations that a rule can be about: the conversations, and everything that is asked of a model."""

Broken: TypeAlias = Callable[[Request], Iterable[Breach]]


class Rule(Struct, frozen=True):
    """One rule: `message` is a format string, `source` names where the service was seen to say it.

    `since` and `until` are dates as in `strictness`. A rule with a `feature` holds for the families that have a limit of it,
    at the limit's dates. `exception` is the service's name of what it answers with.
    """

    id: str
    message: str
    source: str
    broken: Broken
    since: str = "2024-06"
    until: str | None = None
    feature: Feature | None = None
    exception: str = "ValidationException"
    operations: frozenset[str] = CONVERSES


def applies(rule: Rule, *, family: Family | None, operation: str, level: str) -> bool:
    """Whether a rule is held against an operation on a model of this family, at a level of strictness."""
    if operation not in rule.operations or not holds(rule.since, rule.until, at(level)):
        return False
    return rule.feature is None or (family is not None and family.limit(rule.feature, level) is not None)
