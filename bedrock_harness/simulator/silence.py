"""Leaves a connection on which nothing has been heard for too long, unless a reply is due on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Silence"]


class Silence:
    """Calls `leave` after so many seconds without `heard`, while `busy` says no.

    One timer a connection, moved on when it rings rather than set anew with each byte.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, *, busy: Callable[[], bool], leave: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._busy = busy
        self._leave = leave
        self._last = loop.time()
        self._timer = loop.call_later(seconds, self._look)

    def heard(self) -> None:
        """There was a sign of life."""
        self._last = self._loop.time()

    def stop(self) -> None:
        """The connection is gone."""
        self._timer.cancel()

    def _look(self) -> None:
        busy = self._busy()
        silent = self._loop.time() - self._last
        if not busy and silent >= self._seconds:
            self._leave()
            return
        self._timer = self._loop.call_later(self._seconds - (0 if busy else silent), self._look)
