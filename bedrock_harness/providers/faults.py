"""What can go wrong with a provider as a program, and how a secret is kept out of the telling.

A provider that reports an error has done its duty: that is an observation. A fault is a program that breaks the
protocol, dies or says nothing. This module knows words only, no process.
"""

from collections.abc import Iterable

__all__ = ["CannotStart", "Crashed", "Hung", "ProviderFault", "Rubbish", "WrongAnswer", "mask"]


class ProviderFault(Exception):
    """A provider's program failed as a program. `message` is a line, `stderr` what it said last, `hint` what to do."""

    hint = "run the adapter's command by hand and type the line that `docs/adapters.md` begins with"

    def __init__(self, message: str, *, stderr: tuple[str, ...] = (), hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.stderr = stderr
        self.hint = hint or type(self).hint


class CannotStart(ProviderFault):
    """The program could not be started, or ended before it said who it is."""

    hint = "look at the command in the adapter's manifest, and at what it says on standard error"


class Crashed(ProviderFault):
    """The program ended in the middle of a conversation. `code` is its exit status, negative for a signal."""

    hint = "the last lines on standard error usually hold the reason"

    def __init__(
        self, message: str, *, code: int | None, stderr: tuple[str, ...] = (), hint: str | None = None
    ) -> None:
        super().__init__(message, stderr=stderr, hint=hint)
        self.code = code


class Hung(ProviderFault):
    """The program said nothing more and was killed. `patience` is how long it was waited for, in seconds."""

    hint = "the provider waits for something that does not come; a read timeout of its own would have ended this"

    def __init__(self, message: str, *, patience: float, stderr: tuple[str, ...] = (), hint: str | None = None) -> None:
        super().__init__(message, stderr=stderr, hint=hint)
        self.patience = patience


class Rubbish(ProviderFault):
    """The program wrote a line that is not of the protocol."""


class WrongAnswer(ProviderFault):
    """The program wrote a line of the protocol that does not answer what was asked: another id, or another kind."""


def mask(text: str, secrets: Iterable[str]) -> str:
    """The text with each secret replaced by `***`. Secrets shorter than four characters are words, and are left."""
    for secret in sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
