"""Leaves a connection on which nothing has been heard for too long, or no whole request, unless a reply is due on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from math import inf

__all__ = ["Silence"]


class Silence:
    """Calls `leave` after so many seconds without `heard`, or so many of a request that is still `unfinished`, while `busy`
    says no.

    One timer a connection, moved on when it rings rather than set anew with each byte.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        seconds: float,
        *,
        unfinished: float = inf,
        busy: Callable[[], bool],
        leave: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._busy = busy
        self._leave = leave
        self._unfinished = unfinished
        self._last = self._whole = loop.time()
        self._timer = loop.call_later(min(seconds, unfinished), self._look)

    def heard(self, *, whole: bool = True) -> None:
        """There was a sign of life, and with `whole` nothing that is still to be finished."""
        self._last = self._loop.time()
        if whole:
            self._whole = self._last

    def stop(self) -> None:
        """The connection is gone."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        if self._busy():
            self._last = self._whole = now
        left = min(self._last + self._seconds, self._whole + self._unfinished) - now
        if left <= 0:
            self._leave()
        else:
            self._timer = self._loop.call_later(left, self._look)
