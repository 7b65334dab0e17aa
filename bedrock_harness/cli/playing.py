"""`replay --serve`: recorded replies on loopback, for a client that the user starts."""

from __future__ import annotations

from queue import SimpleQueue
from typing import TYPE_CHECKING

import click

from bedrock_harness.cli.exports import echo_exports
from bedrock_harness.cli.screen import out
from bedrock_harness.cli.serve import attend
from bedrock_harness.reporting import counted
from bedrock_harness.simulator import Exchange, Refused, Simulator

if TYPE_CHECKING:
    from bedrock_harness.recordings import Player
    from bedrock_harness.recordings.player import Pieces

__all__ = ["pieces_of", "play"]


def pieces_of(_context: click.Context, parameter: click.Parameter, value: str) -> Pieces:
    """What `--pieces` says: a word, or a number of bytes above 0."""
    match value:
        case "recorded" | "frames" | "whole":
            return value
        case number if number.isdecimal() and int(number) > 0:
            return int(number)
    message = f"{value!r} is neither recorded, frames or whole, nor a number of bytes."
    raise click.BadParameter(message, param=parameter)


def play(player: Player, *, host: str, port: int, region: str, as_json: bool) -> int:
    """Serve what a player has until Ctrl-C."""
    over: SimpleQueue[Exchange | Refused] = SimpleQueue()
    simulator = Simulator(host=host, port=port, region=region, chooser=player, observer=over.put)

    def introduce(simulator: Simulator) -> None:
        what = counted(len(player), "recorded exchange")
        out().print(f"{what} on [bold]{simulator.url}[/bold]. Ctrl-C ends it.\n", soft_wrap=True)
        echo_exports(simulator.environment())
        click.echo()

    return attend(simulator, over, introduce, as_json=as_json)
