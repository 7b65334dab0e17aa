"""How results are coloured: a few named styles, and which outcome wears which. Colour never says what words do not."""

from __future__ import annotations

from rich.theme import Theme

__all__ = ["STANDING_STYLE", "THEME"]

THEME = Theme(
    {
        "bad": "red",
        "blame": "magenta",
        "faint": "bright_black",
        "good": "green",
        "label": "cyan",
        "name": "bold",
        "quiet": "default",
        "uneasy": "yellow",
    },
    inherit=True,
)

STANDING_STYLE = {
    "passed": "good",
    "known": "faint",
    "informed": "faint",
    "unsupported": "faint",
    "warned": "uneasy",
    "failed": "bad",
    "not testable": "bad",
    "harness error": "blame",
}
