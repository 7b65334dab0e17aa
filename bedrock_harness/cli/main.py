"""The entry point: runs a command and turns whatever comes of it into one line and an exit code."""

from __future__ import annotations

import signal
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

import click

from bedrock_harness.cli.exits import Exit, Terminated, exit_of
from bedrock_harness.cli.faults import complain
from bedrock_harness.cli.root import root
from bedrock_harness.cli.screen import tolerate_any_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

__all__ = ["main", "run"]


def main() -> NoReturn:
    """The console script."""
    signal.signal(signal.SIGTERM, _terminate)
    tolerate_any_text()
    sys.exit(run())


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; arguments default to the process's own."""
    state = {"debug": False}
    try:
        code = root.main(arguments, prog_name="bedrock-harness", standalone_mode=False, obj=state)
    except click.Abort as abort:  # click's name for Ctrl-C
        return exit_of(abort.__cause__ or abort)
    except Exception as error:  # noqa: BLE001 - the last handler there is
        if state["debug"]:
            traceback.print_exc()
        message, exit_code = complain(error)
        click.echo(f"bedrock-harness: {message}", err=True)
        return exit_code
    return int(code or Exit.GOOD)


def _terminate(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated
