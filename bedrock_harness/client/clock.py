"""The service's time, as far as it is not this machine's.

Knows when a reply's Date is to be believed. A signature is good for five minutes around the service's time, so that a machine
whose clock is wrong is refused until it signs by the service's. Reads no clock: it is told the time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["Clock"]

_MATTERS = timedelta(minutes=4)
"""A smaller difference is no reason for a refusal: the window is five minutes (smithy-typescript corrects from five on)."""

_BELIEVED = timedelta(days=1)
"""A larger one is not believed: with such a clock TLS had found the service's certificate expired, or not yet valid."""


class Clock:
    """How far the service's clock is ahead of this machine's. Threads may share one.

    It is learnt from refusals alone and replaced by each that says otherwise, so that a wrong Date, or a clock that has been
    set right, poisons nothing (the `Date` of a reply that a cache has kept, aws-amplify/amplify-js#7913).
    """

    def __init__(self) -> None:
        self._ahead = timedelta()

    def corrected(self, at: datetime) -> datetime:
        """The service's time when this machine's is `at`."""
        return at + self._ahead

    def learn(self, served: datetime, at: datetime) -> bool:
        """Take the Date of a refusal that came at `at` by this machine. True where signing will be different from now on."""
        ahead = served - at
        if abs(ahead) > _BELIEVED or abs(ahead - self._ahead) < _MATTERS:
            return False
        self._ahead = ahead if abs(ahead) >= _MATTERS else timedelta()
        return True
