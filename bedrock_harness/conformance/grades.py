"""How much a requirement weighs, and what it costs when it does not hold."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Cost", "Grade", "Outcome"]


class Grade(StrEnum):
    """RFC 2119 in three words: a MUST that fails is a failure, a SHOULD is a warning, what is left open is information."""

    MUST = "must"
    SHOULD = "should"
    INFO = "info"


class Cost(StrEnum):
    """What the user of a provider loses."""

    DATA_LOSS = "data loss"
    CRASH = "crash"
    WRONG_ANSWER = "wrong answer"
    MONEY = "money"
    SECURITY = "security"


class Outcome(StrEnum):
    """What came of a case, from best to worst."""

    PASSED = "passed"
    INFORMED = "informed"
    """Something the specification leaves open is otherwise than most do it."""
    WARNED = "warned"
    """A SHOULD does not hold."""
    UNSUPPORTED = "unsupported"
    """The provider declared that it can't do this."""
    FAILED = "failed"
    """A MUST does not hold."""
    NOT_TESTABLE = "not testable"
    """A prerequisite failed; counts as a failure, since skipping reads as green."""
    HARNESS_ERROR = "harness error"
    """The harness is to blame, and never the provider."""
