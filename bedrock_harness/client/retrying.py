"""Whether a failed request is sent again, and when.

Knows attempts, error and chance as values; sleeps for nobody. What has been yielded to the caller is never asked for again:
the client calls this only before the first event (maximhq/bifrost#2480).
"""

from __future__ import annotations

from msgspec import Struct

from bedrock_harness.client.errors import BedrockError, ServiceError

__all__ = ["PAUSES", "PAUSES_REQ_LLM", "Pauses", "backoff", "may_retry", "pause_before_retry"]


class Pauses(Struct, frozen=True):
    """How long is waited between attempts, in seconds.

    The pause before the second attempt is up to `first`, and twice as long each time up to `longest`. With `jitter` it is
    anything from nothing to that (AWS Architecture Blog, "Exponential Backoff And Jitter"). A service that asks for a longer
    pause gets it, up to `patience`: a caller who is to wait longer had better know at once.
    """

    first: float = 0.5
    longest: float = 20.0
    patience: float = 60.0
    jitter: bool = True


PAUSES = Pauses()
"""botocore's standard mode doubles up to 20 s as well, and starts at up to 1 s."""

PAUSES_REQ_LLM = Pauses(first=1.0, longest=1.0, jitter=False)
"""ReqLLM waits for what Retry-After says, and one second where it says nothing (R36)."""


def pause_before_retry(
    error: BedrockError, attempt: int, attempts: int, roll: float, pauses: Pauses = PAUSES
) -> float | None:
    """Seconds to wait before the next attempt, or None to give up. `attempt` counts from 1, `roll` is chance from 0 to 1."""
    if attempt >= attempts or not may_retry(error):
        return None
    asked = error.retry_after if isinstance(error, ServiceError) else None
    own = backoff(attempt, roll, pauses)
    if asked is None:
        return own
    return max(asked, own) if asked <= pauses.patience else None


def may_retry(error: BedrockError) -> bool:
    """Whether the same request may succeed later: as the exception table says, never by the words of a message."""
    return error.retryable


def backoff(attempt: int, roll: float, pauses: Pauses = PAUSES) -> float:
    """The client's own pause behind an attempt."""
    bound = min(pauses.longest, pauses.first * 2.0 ** (attempt - 1))
    return bound * roll if pauses.jitter else bound
