"""The service's second validation layer: what the shapes do not say of a conversation.

The rules stand in two tables, those for every conversation and those for some families of models, each with the message that
the service answers with, where it was seen and since when. A rule accuses only where the service is known to refuse: what
depends on a model is judged where the model id tells the model, and an opaque ARN is given the benefit of the doubt. Nothing
is said about a body that is so far out of shape that a rule cannot be read from it; `shapes` has refused it.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

from msgspec import Struct

from bedrock_harness.service.conversation import read
from bedrock_harness.service.conversation_rules import CONVERSATION_RULES
from bedrock_harness.service.families import Family
from bedrock_harness.service.family_rules import FAMILY_RULES
from bedrock_harness.service.rule import MODEL_SAYS, Rule, applies
from bedrock_harness.service.strictness import LATEST

__all__ = ["RULES", "BrokenRule", "Rule", "check"]

RULES: tuple[Rule, ...] = tuple(
    sorted((*CONVERSATION_RULES, *FAMILY_RULES), key=lambda rule: rule.message.startswith(MODEL_SAYS))
)
"""All rules in the order in which the service is taken to check them: the model is asked when the service has no objection."""


class BrokenRule(Struct, frozen=True):
    """A rule that a request breaks: the rule's id, where in the body (zero-based), and what the service says of it.

    `exception` is the name of what the service answers with, `ValidationException` but for a few.
    """

    rule: str
    path: str
    message: str
    exception: str = "ValidationException"


_MOST = 100
"""Broken rules reported of one request: the first decides, and a hostile body could break millions."""


def check(body: object, *, model: str, operation: str = "Converse", strictness: str = LATEST) -> tuple[BrokenRule, ...]:
    """The rules that a request breaks, in the order in which RULES lists them.

    `model` is the model id, decoded. Of InvokeModel and CountTokens only the model id is judged. `strictness` is a date or
    `latest`; StrictnessError is raised for anything else. The service names one broken rule at a time: the first is what it
    would answer, with the rule's exception.
    """
    if not isinstance(body, dict):
        return ()
    request = read(body, model, operation)
    broken = (
        BrokenRule(rule.id, path, rule.message.format(path=path, **filled), rule.exception)
        for rule in _rules(request.family, operation, strictness)
        for path, filled in rule.broken(request)
    )
    return tuple(islice(broken, _MOST))


@lru_cache(maxsize=256)
def _rules(family: Family | None, operation: str, level: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES if applies(rule, family=family, operation=operation, level=level))
