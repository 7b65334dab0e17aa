"""The time that one call may take in all: its attempts, the pauses between them, and the whole of its reply.

Knows how much is left. Whoever waits, for the network above all, waits no longer than that.
"""

from __future__ import annotations

from contextvars import ContextVar, Token
from time import monotonic
from typing import Final, Self

__all__ = ["NO_DEADLINE", "Deadline", "current"]


class Deadline:
    """An end, so many seconds after it was made; None is never. Inside it as a context, `current` gives it."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds or 0.0
        self._end = None if seconds is None else monotonic() + seconds
        self._outer: list[Token[Deadline]] = []

    def left(self) -> float | None:
        """Seconds until the end, not below zero; None where there is none."""
        return None if self._end is None else max(0.0, self._end - monotonic())

    def is_over(self) -> bool:
        """Whether the end has come."""
        return self.left() == 0.0

    def shorten(self, timeout: float | None) -> float | None:
        """The shorter of a timeout and what is left, in seconds."""
        left = self.left()
        return timeout if left is None or (timeout is not None and timeout < left) else left

    def __enter__(self) -> Self:
        self._outer.append(_CURRENT.set(self))
        return self

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._outer.pop())


NO_DEADLINE: Final = Deadline(None)

_CURRENT: ContextVar[Deadline] = ContextVar("deadline", default=NO_DEADLINE)


def current() -> Deadline:
    """The deadline that this thread or task is inside."""
    return _CURRENT.get()
