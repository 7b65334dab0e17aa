"""What a user pastes into the shell of a client, so that it calls us."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["OVERRIDING", "echo_exports"]

OVERRIDING = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK")
"""Variables of the user's own that an SDK would put above, or send beside, the credentials that are given."""


def echo_exports(environment: Mapping[str, str], overriding: tuple[str, ...] = OVERRIDING) -> None:
    """Print the lines that set this environment and unset what would override it."""
    click.echo("Paste this into the shell that runs your client:\n")
    for name, value in environment.items():
        click.echo(f"  export {name}={shlex.quote(value)}")
    click.echo(f"  unset {' '.join(name for name in overriding if name not in environment)}")
