"""The simulator's idea of the time, which can be moved, stopped and hurried.

Signatures and tokens are judged and the Date header is written by this clock, so that a signature's five minutes cost
nothing. It is not used for delivery: pauses between pieces are real ones.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Struct

__all__ = ["Clock", "ClockMove"]


class ClockMove(Struct, frozen=True, forbid_unknown_fields=True):
    """How the clock is moved. All that is given is done, in this order."""

    freeze: datetime | bool | None = None
    """Stop it at this time, or with `true` where it stands."""
    shift: float | None = None
    """Move it by so many seconds."""
    step: float | None = None
    """Stop it so many seconds from where it stands."""
    run: float | None = None
    """Let it run at so many times the real speed: 1 is a clock as any other."""


class _State(Struct, frozen=True):
    """The clock showed `time` at the real moment `since`, and has run at `rate` times the real speed from there."""

    time: datetime
    since: datetime
    rate: float


class Clock:
    """The real time, until it is moved. May be moved from any thread while the simulator runs."""

    def __init__(self) -> None:
        self.reset()

    def __repr__(self) -> str:
        return f"<Clock {self.now():%Y%m%dT%H%M%SZ}{'' if self.rate else ' frozen'}>"

    @property
    def rate(self) -> float:
        """How many of its seconds pass in a real one: 1 as made, 0 while it is frozen."""
        return self._state.rate

    def now(self) -> datetime:
        """The time, in UTC."""
        state = self._state
        return state.time + (datetime.now(UTC) - state.since) * state.rate

    def after(self, seconds: float) -> datetime:
        """The time that it will show when so many real seconds have passed, if nobody moves it."""
        return self.now() + timedelta(seconds=seconds) * self.rate

    def shift(self, seconds: float) -> None:
        """Move the clock, forwards or, with a negative number, backwards. A frozen clock stays frozen."""
        self._set(self.now() + timedelta(seconds=seconds), self.rate)

    def freeze(self, at: datetime | None = None) -> None:
        """Stop the clock at a time with a zone, or where it stands."""
        if at is not None and at.tzinfo is None:
            raise ValueError("a clock needs a time with a zone, such as datetime(2026, 8, 18, tzinfo=UTC)")
        self._set(at.astimezone(UTC) if at else self.now(), 0.0)

    def step(self, seconds: float) -> None:
        """Stop the clock that many seconds from where it stands."""
        self._set(self.now() + timedelta(seconds=seconds), 0.0)

    def run(self, rate: float = 1.0) -> None:
        """Let the clock run on from where it stands, so many times as fast as real time."""
        if not 0 <= rate < float("inf"):
            raise ValueError(f"a clock cannot run at {rate} times the real speed: give 0 or more")
        self._set(self.now(), rate)

    def thaw(self) -> None:
        """Let a frozen clock run on from where it stands."""
        if not self.rate:
            self.run()

    def move(self, move: ClockMove) -> None:
        """Do all that a move says. Raises ValueError, or OverflowError for a time that no calendar has."""
        if move.freeze:
            self.freeze(None if move.freeze is True else move.freeze)
        if move.shift is not None:
            self.shift(move.shift)
        if move.step is not None:
            self.step(move.step)
        if move.run is not None:
            self.run(move.run)

    def reset(self) -> None:
        """Show the real time again."""
        self._set(datetime.now(UTC), 1.0)

    def _set(self, time: datetime, rate: float) -> None:
        self._state = _State(time, datetime.now(UTC), rate)
