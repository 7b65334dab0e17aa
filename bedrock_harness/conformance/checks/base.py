"""What a check is: a name, a requirement in words, and one function from what was seen to the shortfall, if any.

A check is a frozen value. It opens no socket and knows no provider. Its name is stable, since baselines use it (`case:check`).
It speaks of one of four things and is judged only where that thing exists: the answer (the provider reported success), the
error (it reported failure), the requests that arrived, or the turn, however it ended. So one defect gives one finding, not ten.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar, Literal, TypeVar

from msgspec import Struct, structs

from bedrock_harness.conformance.grades import Grade
from bedrock_harness.conformance.verdict import Evidence
from bedrock_harness.providers.observation import Observation
from bedrock_harness.simulator.journal import Exchange

__all__ = ["Check", "Seen", "Shortfall", "brief", "should"]


class Seen(Struct, frozen=True):
    """Both sides of the provider in one turn."""

    observation: Observation
    exchanges: tuple[Exchange, ...]


class Shortfall(Struct, frozen=True):
    """What a check expected and what it found instead."""

    expected: str
    actual: str
    evidence: tuple[Evidence, ...] = ()


class Check(Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """One expectation. A subclass names itself and defines `judge`."""

    grade: Grade = Grade.MUST

    about: ClassVar[Literal["answer", "error", "requests", "turn"]] = "answer"
    name: ClassVar[str]
    requirement: ClassVar[str]

    @property
    def id(self) -> str:
        """The name in findings and baselines."""
        return self.name

    def judge(self, seen: Seen) -> Shortfall | None:  # noqa: ARG002 - for subclasses
        """The shortfall, or None where the expectation holds."""
        raise TypeError(f"{type(self).__name__} defines no judge()")


AnyCheck = TypeVar("AnyCheck", bound=Check)


def should(check: AnyCheck) -> AnyCheck:
    """The same check as a SHOULD: where it does not hold, it warns."""
    return structs.replace(check, grade=Grade.SHOULD)


def brief(value: Any, limit: int = 400) -> str:
    """A value as compact JSON, cut in the middle so that both ends can be read."""
    text = value if isinstance(value, str) and not value.isspace() and value else json.dumps(value, ensure_ascii=False)
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]} ... {len(text) - 2 * half} characters more ... {text[-half:]}"
