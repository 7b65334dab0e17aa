"""What a command's exit code says. The one place where these numbers stand."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Exit", "Terminated", "exit_of"]


class Exit(IntEnum):
    """0 to 3 are ours; 130 and 143 are what a shell reports after a signal (128 + its number)."""

    GOOD = 0
    """Nothing to complain about."""
    FINDINGS = 1
    """Something judged does not hold, or a baseline entry is stale."""
    USAGE = 2
    """The command line, or a file it names, is wrong: nothing was judged."""
    HARNESS = 3
    """The harness, an environment or an adapter is to blame, never the provider."""
    INTERRUPTED = 130
    """Ctrl-C: what was judged so far has been printed, and nothing is left running."""
    TERMINATED = 143
    """SIGTERM: as with Ctrl-C."""


class Terminated(KeyboardInterrupt):
    """SIGTERM, raised where the program stands so that everything it started is ended as with Ctrl-C."""


def exit_of(error: BaseException) -> Exit:
    """The exit code of a run that this error ended."""
    if isinstance(error, KeyboardInterrupt):
        return Exit.TERMINATED if isinstance(error, Terminated) else Exit.INTERRUPTED
    return Exit.HARNESS
