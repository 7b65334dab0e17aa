"""Errors as a user meets them: one line that says what happened and what to do, and the exit code that fits.

The package's own errors carry their message and, most of them, a hint. Anything else is a defect of the harness: its
traceback goes to a file that the line names.
"""

from __future__ import annotations

import tempfile
import traceback
from importlib import import_module
from pathlib import Path

import click

from bedrock_harness.cli.exits import Exit

__all__ = ["CommandError", "complain"]

_USAGE = (
    "bedrock_harness.conformance.baseline:BaselineError",
    "bedrock_harness.conformance.catalogue:NoSuchCase",
    "bedrock_harness.mutants:UnknownMutant",
    "bedrock_harness.providers:ManifestError",
    "bedrock_harness.providers:UnknownProvider",
    "bedrock_harness.recordings.captures:CaptureError",
    "bedrock_harness.recordings.cassette:CassetteError",
    "bedrock_harness.reporting:ResultsError",
)
"""Errors in what the user wrote or named. Every other error of ours counts as the harness's."""


class CommandError(Exception):
    """A command's own complaint: the line to show, and the exit code."""

    def __init__(self, message: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.code = code


def complain(error: Exception) -> tuple[str, Exit]:
    """The line to show for an error, and the exit code."""
    if isinstance(error, CommandError):
        return str(error), error.code
    if isinstance(error, click.UsageError):
        where = error.ctx.command_path if error.ctx else "bedrock-harness"
        return f"{_sentence(error.format_message())} See `{where} --help`.", Exit.USAGE
    if isinstance(error, click.ClickException):
        return error.format_message(), Exit.USAGE
    if type(error).__module__.partition(".")[0] == "bedrock_harness":
        return _own(error), Exit.USAGE if _is_usage(error) else Exit.HARNESS
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}.", Exit.USAGE
    what = _sentence(" ".join(f"unexpected {type(error).__name__}: {error}".split()))
    return f"{what} This is a defect of the harness; its traceback is in {_keep(error)}", Exit.HARNESS


def _own(error: Exception) -> str:
    """The message, what a provider's program said last before it failed, and the hint."""
    message, hint = " ".join(str(error).split()), str(getattr(error, "hint", "") or "")
    last_words = next((line for line in reversed(getattr(error, "stderr", ())) if line.strip()), "")
    message = f"{message}: {last_words.strip()}" if last_words else message
    return message if not hint or hint in message else f"{_sentence(message)} {_sentence(hint[:1].upper() + hint[1:])}"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _is_usage(error: Exception) -> bool:
    for module, _, name in (entry.partition(":") for entry in _USAGE):
        if isinstance(error, getattr(import_module(module), name)):
            return True
    return False


def _keep(error: Exception) -> Path:
    with tempfile.NamedTemporaryFile(
        "w", prefix="bedrock-harness-", suffix=".traceback", encoding="utf-8", delete=False
    ) as file:
        file.writelines(traceback.format_exception(error))
    return Path(file.name)
