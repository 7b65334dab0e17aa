"""The `bedrock-harness` command: its commands in groups, each imported only when it is called for.

A command lives in the module of its own name and is the attribute of that name there; a dash is an underscore.
"""

from __future__ import annotations

from importlib import import_module

import click

from bedrock_harness import __version__
from bedrock_harness.cli.options import common

__all__ = ["GROUPS", "root"]

GROUPS: dict[str, tuple[str, ...]] = {
    "Judge a provider": ("check", "cases", "explain"),
    "Bedrock on loopback": ("serve", "journal", "record", "replay"),
    "Bedrock for other clients": ("gateway",),
    "Look at the wire": ("frames", "explain-signature"),
    "Judge the harness": ("mutants",),
}
"""Heading to the commands below it, in the order in which `--help` shows them."""


class _Grouped(click.Group):
    """A group that knows its commands' names and nothing else about them until one is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """All names, in the order of `GROUPS`."""
        return [name for names in GROUPS.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name out of the module of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(import_module(f"bedrock_harness.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One section a group, the help texts aligned across all of them."""
        commands = {name: self.get_command(ctx, name) for name in self.list_commands(ctx)}
        column = max(map(len, commands))
        for heading, names in GROUPS.items():
            with formatter.section(heading):
                texts = ((name, command.get_short_help_str(100)) for name in names if (command := commands[name]))
                formatter.write_dl([(name.ljust(column), text) for name, text in texts])


@click.group(cls=_Grouped, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="bedrock-harness", message="%(prog)s %(version)s")
@common
def root() -> None:
    """Point a Bedrock Converse provider at a simulated Bedrock and learn which behaviours are wrong, and why.

    \b
    Examples:
      bedrock-harness check                        judge the reference client and boto3
      bedrock-harness check boto3 --only 'stream/*'
      bedrock-harness explain framing/every-byte-apart
      bedrock-harness serve                        Bedrock on loopback, for any client

    Exit codes: 0 good, 1 findings, 2 wrong usage, 3 the harness or an adapter failed, 130 interrupted.
    """
