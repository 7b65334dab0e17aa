"""`record`: a proxy on loopback that keeps what goes by in a cassette, around a command or until Ctrl-C."""

from __future__ import annotations

import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

import click
from rich.text import Text

from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.exports import OVERRIDING, echo_exports
from bedrock_harness.cli.faults import CommandError
from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import err
from bedrock_harness.recordings import CassetteError, Outcome, Recorder, Tape, UpstreamError, make_upstream
from bedrock_harness.recordings.upstream import find_identity, region_of
from bedrock_harness.reporting import counted, escape
from bedrock_harness.simulator import SimulatorError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["record"]

_PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""Variables that some SDKs put above a key pair. A command that is recorded has no need of them."""
_PATIENCE = 5.0
"""Seconds for a command to end after it was asked to."""
_SIGNALLED = 128


@click.command()
@click.option("--upstream", required=True, metavar="URL", help="Where requests go: Bedrock, or a simulator.")
@click.option(
    "--cassette",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file to write.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on.  [default: any free one]"
)
@click.option("--region", help="The region to sign for.  [default: the one in the URL, then AWS_REGION]")
@click.option("--profile", help="A profile of yours to sign with.  [default: what the AWS SDKs would find]")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND...]")
@common
def record(
    *,
    upstream: str,
    cassette: Path,
    host: str,
    port: int,
    region: str | None,
    profile: str | None,
    command: tuple[str, ...],
) -> int:
    """Record what a client and Bedrock say to each other, as a cassette that vcrpy can replay too.

    Listens on loopback, takes requests that are signed with keys made up for this run, signs them anew with your own, and passes
    each piece of a reply on as it comes. Credentials, tokens, signatures and account ids are taken out before anything is
    written; what was said is kept, so look through a cassette before you publish it. With a command it runs that, with the
    environment set, and ends with it.

    \b
    Examples:
      bedrock-harness record --upstream https://bedrock-runtime.us-east-1.amazonaws.com --cassette hello.yaml
      bedrock-harness record --upstream http://127.0.0.1:8790 --cassette hello.yaml -- python hello.py

    Exit codes: 0 good, or the command's own; 2 no credentials, no such upstream, or the file cannot be written.
    """
    over: SimpleQueue[Outcome | None] = SimpleQueue()
    try:
        service = make_upstream(
            upstream,
            region=region or region_of(upstream, os.environ),
            identity=find_identity(profile, os.environ),
            ca_file=os.environ.get("AWS_CA_BUNDLE") or None,
        )
        tape = Tape(cassette)
        recorder = Recorder(service, keep=tape.keep, host=host, port=port, observer=over.put)
        try:
            with recorder:
                if command:
                    return _run(command, recorder.environment(), over)
                _introduce(recorder, service.origin)
                with suppress(KeyboardInterrupt):
                    while True:
                        _report(over.get())
        finally:
            tape.close()
            if recorder.began:
                _conclude(tape, over)
    except (CassetteError, SimulatorError, UpstreamError) as error:
        raise CommandError(str(error)) from error
    return Exit.GOOD


def _introduce(recorder: Recorder, origin: str) -> None:
    click.echo(f"Recording {origin} on {recorder.url}. Ctrl-C ends it.\n")
    echo_exports(recorder.environment())
    click.echo()


def _run(command: tuple[str, ...], environment: Mapping[str, str], over: SimpleQueue[Outcome | None]) -> int:
    """Run the command to its end, and return its exit code; as a shell has it where a signal ended it."""
    kept = {name: value for name, value in os.environ.items() if name not in (*OVERRIDING, *_PROFILES)}
    reporter = threading.Thread(target=_report_all, args=(over,), name="bedrock-record-report")
    try:
        process = subprocess.Popen(command, env={**kept, **environment})  # noqa: S603 - the user's own command
    except OSError as error:
        raise CommandError(f"{command[0]}: {error.strerror}. Give a command that can be run.") from error
    reporter.start()
    try:
        code = process.wait()
    except KeyboardInterrupt:
        _end(process)
        raise
    finally:
        over.put(None)
        reporter.join()
    return code if code >= 0 else _SIGNALLED - code


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command: on Ctrl-C the terminal has asked it already, on SIGTERM nobody has."""
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _report_all(over: SimpleQueue[Outcome | None]) -> None:
    while (outcome := over.get()) is not None:
        _report(outcome)


def _report(outcome: Outcome | None) -> None:
    """A line for an exchange, on standard error: standard output is the command's."""
    if outcome is None:
        return
    good = outcome.problem is None and not outcome.broken
    line = Text.assemble(
        (f"{outcome.status}", "good" if good else "bad"),
        f"  {escape(outcome.operation or outcome.target)}  {escape(outcome.model or '')}",
        (f"  {counted(outcome.chunks, 'chunk')}", "faint"),
        ("" if outcome.first is None or outcome.last is None else f"  {_times(outcome.first, outcome.last)}", "faint"),
        ("  the upstream broke off" if outcome.broken else "", "uneasy"),
        (f"  {escape(outcome.problem)}" if outcome.problem else "", "uneasy"),
    )
    err().print(line, soft_wrap=True)


def _times(first: float, last: float) -> str:
    return f"{first * 1000:.0f} ms to the first, {last * 1000:.0f} ms to the last"


def _conclude(tape: Tape, over: SimpleQueue[Outcome | None]) -> None:
    """What came while nobody looked, and what is in the file."""
    while not over.empty():
        _report(over.get())
    if tape.kept:
        what = f"{counted(tape.kept, 'exchange')} in {tape.path}."
    else:
        what = f"Nothing was recorded, and {tape.path} was not written."
    click.echo(what, err=True)
