"""What can go wrong with the simulator itself, as opposed to what it does to its clients on purpose."""

from __future__ import annotations

__all__ = ["SimulatorError"]


class SimulatorError(Exception):
    """The simulator cannot do what was asked of it. `hint` says what to do instead."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} {hint}")
        self.message = message
        self.hint = hint
