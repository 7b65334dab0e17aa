"""Options that every command has: `--color` and `--debug`, before the command's name or after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from bedrock_harness.cli.screen import Color, set_color

__all__ = ["common"]

F = TypeVar("F", bound=Callable[..., Any])


def common(command: F) -> F:
    """Give a command `--color` and `--debug`; neither is passed to its function."""
    command = click.option(
        "--debug",
        is_flag=True,
        expose_value=False,
        callback=_remember_debug,
        help="Show the traceback of an unexpected error.",
    )(command)
    return click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        expose_value=False,
        callback=_remember_color,
        help="Colours: auto follows the terminal, NO_COLOR and FORCE_COLOR.",
    )(command)


def _remember_color(context: click.Context, _parameter: click.Parameter, value: Color | None) -> None:
    if value is not None:
        set_color(context, value)


def _remember_debug(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        context.find_root().obj["debug"] = True
