"""What carries lines to a provider and back, as a contract: a process keeps it, and so does a thread.

It knows bytes, deadlines and ends; neither the protocol nor what is at the other end.
"""

from typing import Protocol

__all__ = ["Carrier", "Ended"]


class Ended(Exception):
    """The carrier is at its end: its exit status, or the reason, where there is one; `rest` is an unfinished line."""

    def __init__(self, code: int | None = None, rest: bytes = b"", reason: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.rest = rest
        self.reason = reason


class Carrier(Protocol):
    """What carries lines to a provider and back."""

    def write(self, line: bytes, until: float) -> None:
        """Send a line, until that monotonic time in seconds. Raises `Ended` or TimeoutError."""

    def read(self, until: float) -> bytes:
        """The next line. Raises `Ended`, TimeoutError or `lines.ProtocolFault`."""

    def more(self) -> bytes | None:
        """A whole line that is there already, without waiting."""

    def stderr(self) -> tuple[str, ...]:
        """The last lines on standard error."""

    def interrupt(self) -> None:
        """Make whoever is reading or writing in another thread see its end at once."""

    def close(self, *, kill: bool) -> None:
        """End it, at once where `kill`. Nothing of it is left afterwards."""
