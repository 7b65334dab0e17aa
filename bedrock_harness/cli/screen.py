"""Where output goes: one console for results on standard output, one for progress and complaints on standard error.

Colour follows `--color`, then NO_COLOR, then FORCE_COLOR, then whether the stream is a terminal. A stream that is no
terminal is given a fixed width, since nobody is there to resize it, unless COLUMNS says otherwise.
"""

from __future__ import annotations

import os
import sys
from typing import Literal, TextIO

import click
from rich.console import Console

from bedrock_harness.reporting.theme import THEME

__all__ = ["PIPE_WIDTH", "Color", "color", "err", "out", "printable", "set_color", "tolerate_any_text"]

Color = Literal["auto", "always", "never"]

PIPE_WIDTH = 120
"""Columns where there is no terminal. Wide enough that a finding rarely wraps, narrow enough for a CI log's viewer."""

_KEY = "bedrock_harness.color"


def color() -> Color:
    """What `--color` said for the running command; "auto" outside any."""
    context = click.get_current_context(silent=True)
    found: Color = context.meta.get(_KEY, "auto") if context else "auto"
    return found


def set_color(context: click.Context, choice: Color) -> None:
    """Remember what `--color` said for this command and those below it."""
    context.meta[_KEY] = choice


def out() -> Console:
    """The console on standard output."""
    return _console(sys.stdout)


def err() -> Console:
    """The console on standard error."""
    return _console(sys.stderr)


def printable(text: str) -> str:
    """Text of a client's, with nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def tolerate_any_text() -> None:
    """Let text that a stream's encoding lacks come out escaped: a model's answer may hold any character."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # absent where a test or a notebook replaced the stream
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _console(stream: TextIO) -> Console:
    choice = color()
    forced = choice == "always" or (choice == "auto" and _set("FORCE_COLOR") and not _set("NO_COLOR"))
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPE_WIDTH
    return Console(
        file=stream,
        theme=THEME,
        highlight=False,
        emoji=False,
        width=width,
        # Sixteen colours, so that the reader's own palette decides what they look like.
        color_system="standard" if forced else None if choice == "never" else "auto",
        force_terminal=True if forced else stream.isatty(),
        no_color=False if choice == "always" else None,
    )


def _set(variable: str) -> bool:
    return os.environ.get(variable, "") != ""
