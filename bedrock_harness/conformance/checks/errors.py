"""Checks on what the provider told its caller when it reported failure, and on what it had told before."""

from __future__ import annotations

from typing import ClassVar

from bedrock_harness.conformance.checks.base import Check, Seen, Shortfall, brief
from bedrock_harness.service.exceptions import find

__all__ = ["Fails", "Kept", "NoToolCall", "Raised", "Says", "Status"]


class Fails(Check, frozen=True):
    """The caller is told that it failed; that alone is what the case is about."""

    about: ClassVar = "error"
    name: ClassVar = "fails"
    requirement: ClassVar = "The caller is told of the failure."

    def judge(self, seen: Seen) -> Shortfall | None:  # noqa: ARG002 - that there is an error at all is judged before
        """Nothing more to ask: the standing check has seen the error."""
        return None


class Raised(Check, frozen=True, kw_only=False):
    """The error bears the service's name for it; either spelling, `ThrottlingException` or `throttlingException`.

    A provider with names of its own, that shows none of the service's, may tell it by the HTTP status instead.
    """

    code: str

    about: ClassVar = "error"
    name: ClassVar = "error-code"
    requirement: ClassVar = "The caller can tell which error it is, by the service's own name or by its status."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the names; where the provider shows none, the status."""
        error = seen.observation.error
        assert error is not None
        known = find(self.code)
        if error.code is None and known is not None and error.status == known.status:
            return None
        if error.code is not None and _spelled(error.code) == _spelled(self.code):
            return None
        expected = f"{self.code}, or status {known.status}" if known else self.code
        status = f"status {error.status}" if error.status else None
        told = ", ".join(filter(None, (error.code, error.native, status))) or "an error without a name"
        return Shortfall(expected, f"{told}: {brief(error.message, 200)}")


def _spelled(code: str) -> str:
    """A name as HTTP spells it, with a capital at its start; nothing else is made right for the provider."""
    return code[:1].upper() + code[1:]


class Says(Check, frozen=True, kw_only=False):
    """The error's message holds this text."""

    text: str

    about: ClassVar = "error"
    name: ClassVar = "error-message"
    requirement: ClassVar = "The caller gets the service's message."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Look for the text in the message."""
        error = seen.observation.error
        assert error is not None
        return None if self.text in error.message else Shortfall(brief(self.text), brief(error.message) or "no message")


class Status(Check, frozen=True, kw_only=False):
    """The error bears the HTTP status."""

    status: int

    about: ClassVar = "error"
    name: ClassVar = "error-status"
    requirement: ClassVar = "The caller gets the HTTP status of the refusal."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the status."""
        error = seen.observation.error
        assert error is not None
        return None if error.status == self.status else Shortfall(str(self.status), str(error.status or "no status"))


class Kept(Check, frozen=True, kw_only=False):
    """What came before the failure was told, and is not told again."""

    text: str

    about: ClassVar = "error"
    name: ClassVar = "partial-text"
    requirement: ClassVar = "Text that arrived before the failure reaches the caller once."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Compare the text so far."""
        said = seen.observation.text
        return None if said == self.text else Shortfall(brief(self.text), brief(said) if said else "no text")


class NoToolCall(Check, frozen=True):
    """No tool call is handed over, since none was complete."""

    about: ClassVar = "error"
    name: ClassVar = "no-tool-call"
    requirement: ClassVar = "A tool call that did not arrive whole is never handed to the caller."

    def judge(self, seen: Seen) -> Shortfall | None:
        """Look for any tool call."""
        calls = seen.observation.tool_calls
        return (
            Shortfall("no tool call", brief([{"name": call.name, "input": call.input} for call in calls]))
            if calls
            else None
        )
