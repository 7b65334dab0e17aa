"""The simulator's idea of the time, which can be moved.

Signatures are judged and the Date header is written by this clock, so that a signature's five minutes cost nothing. It is
not used for delivery: pauses between pieces are real ones.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

__all__ = ["Clock"]


class Clock:
    """The real time, moved by an offset or frozen. May be moved from any thread while the simulator runs."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def __repr__(self) -> str:
        return f"<Clock {self.now():%Y%m%dT%H%M%SZ}{' frozen' if self._frozen else ''}>"

    def now(self) -> datetime:
        """The time, in UTC."""
        return self._frozen or datetime.now(UTC) + self._offset

    def shift(self, seconds: float) -> None:
        """Move the clock, forwards or, with a negative number, backwards. A frozen clock stays frozen."""
        self._offset += timedelta(seconds=seconds)
        if self._frozen:
            self._frozen += timedelta(seconds=seconds)

    def freeze(self, at: datetime | None = None) -> None:
        """Stop the clock at a time with a zone, or where it stands."""
        if at is not None and at.tzinfo is None:
            raise ValueError("a clock needs a time with a zone, such as datetime(2026, 8, 18, tzinfo=UTC)")
        self._frozen = at.astimezone(UTC) if at else self.now()

    def step(self, seconds: float) -> None:
        """Stop the clock that many seconds from where it stands."""
        self._frozen = self.now() + timedelta(seconds=seconds)

    def thaw(self) -> None:
        """Let the clock run on from where it stands."""
        if self._frozen:
            self._offset = self._frozen - datetime.now(UTC)
            self._frozen = None
