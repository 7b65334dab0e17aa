"""Whether a failed request is sent again, and when.

Knows attempts, error and chance as values; sleeps for nobody. What has been yielded to the caller is never asked for again:
the client calls this only before the first event (maximhq/bifrost#2480).
"""

from __future__ import annotations

from bedrock_harness.client.errors import BedrockError, ServiceError

__all__ = ["backoff", "may_retry", "pause_before_retry"]

_FIRST = 0.5
_LONGEST = 20.0
"""Seconds: botocore's standard mode doubles up to 20 s as well, and starts at up to 1 s."""

_PATIENCE = 60.0
"""Seconds of Retry-After that are waited. A caller who is to wait longer had better know at once."""


def pause_before_retry(error: BedrockError, attempt: int, attempts: int, roll: float) -> float | None:
    """Seconds to wait before the next attempt, or None to give up. `attempt` counts from 1, `roll` is chance from 0 to 1."""
    if attempt >= attempts or not may_retry(error):
        return None
    asked = error.retry_after if isinstance(error, ServiceError) else None
    if asked is None:
        return backoff(attempt, roll)
    return max(asked, backoff(attempt, roll)) if asked <= _PATIENCE else None


def may_retry(error: BedrockError) -> bool:
    """Whether the same request may succeed later: as the exception table says, never by the words of a message."""
    return error.retryable


def backoff(attempt: int, roll: float) -> float:
    """Full jitter: anything from nothing to the doubled pause (AWS Architecture Blog, "Exponential Backoff And Jitter")."""
    return roll * min(_LONGEST, _FIRST * 2.0 ** (attempt - 1))
