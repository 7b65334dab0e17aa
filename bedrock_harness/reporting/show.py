"""Printing without the blanks that fill each line up to the width: in a file they are noise in every diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

__all__ = ["show"]


def show(console: Console, *parts: RenderableType) -> None:
    """Print each part on lines of its own; where it is not to a terminal, lines end with their last character."""
    if console.is_terminal:
        console.print(*parts, sep="\n")
        return
    with console.capture() as capture:
        console.print(*parts, sep="\n")
    console.file.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))
