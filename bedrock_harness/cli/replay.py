"""`replay`: recorded traffic, read from cassettes: held against what the harness knows of Bedrock, counted, or served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import to_builtins
from rich.padding import Padding
from rich.progress import track
from rich.table import Table
from rich.text import Text

from bedrock_harness.cli.counting import count
from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.faults import CommandError
from bedrock_harness.cli.options import common
from bedrock_harness.cli.playing import pieces_of, play
from bedrock_harness.cli.screen import err, out
from bedrock_harness.recordings import CassetteError, Player, examine, find, read, summarize
from bedrock_harness.reporting import counted, escape, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from bedrock_harness.recordings import Problem, Recorded, Summary
    from bedrock_harness.recordings.player import Pieces

__all__ = ["replay"]

_INDENT = (0, 0, 0, 2)

SHOWN = 50
"""Problems shown; more of them mostly repeat themselves, and `--json` has all."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--census", "mode", flag_value="census", help="Count events, members, sizes and pieces; judge nothing.")
@click.option("--serve", "mode", flag_value="serve", help="Serve the recorded replies on loopback until Ctrl-C.")
@click.option("--host", default="127.0.0.1", show_default=True, help="With --serve: a loopback address.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="With --serve: the port.  [default: any free one]"
)
@click.option("--region", default="us-east-1", show_default=True, help="With --serve: the region of signatures.")
@click.option(
    "--pieces",
    callback=pieces_of,
    default="recorded",
    show_default=True,
    metavar="recorded|frames|whole|N",
    help="With --serve: in which pieces a body goes out; N is bytes.",
)
@click.option("--fast", is_flag=True, help="With --serve: without the recorded pauses.")
@common
def replay(
    paths: tuple[Path, ...],
    *,
    as_json: bool,
    mode: str | None,
    host: str,
    port: int,
    region: str,
    pieces: Pieces,
    fast: bool,
) -> int:
    """Judge the recorded exchanges of vcrpy cassettes: files, or folders with .yaml files in them.

    Every request that the service accepted must be accepted by the service model and the conversation rules, every frame must
    decode, every event be known and in order, and every reply fit its shape.

    With --census they are counted instead. With --serve they are played: a request gets the reply recorded for the same
    operation, model and meaning of the body, in the recorded pieces and at the recorded times.

    \b
    Examples:
      bedrock-harness replay tests/cassettes
      bedrock-harness replay one.yaml two.yaml
      bedrock-harness replay recordings --json | jq '.problems[]'
      bedrock-harness replay recordings --census
      bedrock-harness replay hello.yaml --serve --pieces 1 --fast

    Exit codes: 0 good, 1 something does not hold, 2 a file cannot be read, or there is nothing to judge.
    """
    try:
        files = find(paths)
    except CassetteError as error:
        raise CommandError(str(error)) from error
    if not files:
        looked = ", ".join(map(str, paths))
        raise CommandError(
            f"No cassette in {looked}: a folder's cassettes end in .yaml or .yml; name a file to have it read."
        )
    unreadable: list[CassetteError] = []
    recorded = _read(files, unreadable)
    if mode == "serve":
        player = Player(_whole(recorded, unreadable), pieces=pieces, fast=fast)
        return play(player, host=host, port=port, region=region, as_json=as_json)
    if mode == "census":
        code = count(recorded, len(files), unreadable, as_json=as_json)
    else:
        code = _judge(recorded, len(files), unreadable, as_json=as_json)
    for complaint in unreadable:
        click.echo(f"bedrock-harness: {escape(str(complaint))}", err=True)
    return Exit.USAGE if unreadable else code


def _judge(recorded: Iterator[Recorded], files: int, unreadable: list[CassetteError], *, as_json: bool) -> Exit:
    examinations = tuple(map(examine, recorded))
    summary = summarize(examinations, files=files - len(unreadable))
    broken = tuple(str(error) for error in unreadable)
    if as_json:
        click.echo(json.dumps({**to_builtins(summary), "unreadable": broken}, ensure_ascii=False, indent=2))
    elif summary.files:
        show(out(), *_report(summary))
    if summary.judged == 0:
        return Exit.USAGE
    return Exit.FINDINGS if summary.problems else Exit.GOOD


def _read(files: tuple[Path, ...], unreadable: list[CassetteError]) -> Iterator[Recorded]:
    """The exchanges of each file in turn; what cannot be read is kept for the end."""
    console = err()
    animated = console.is_terminal and console.file.isatty()
    for file in track(files, "cassettes", console=console, transient=True, disable=not animated):
        try:
            yield from read(file)
        except CassetteError as error:
            unreadable.append(error)


def _whole(recorded: Iterator[Recorded], unreadable: list[CassetteError]) -> tuple[Recorded, ...]:
    """All exchanges. What is to be served must be there whole."""
    found = tuple(recorded)
    if unreadable:
        raise CommandError(str(unreadable[0]))
    if not any(one.operation for one in found):
        raise CommandError("Nothing to serve: no exchange is an operation on a model.")
    return found


def _report(summary: Summary) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="faint", overflow="fold")
    for label, number, remark in _rows(summary):
        table.add_row(label, str(number), remark)
    yield table
    if summary.news:
        yield Text("\nin replies, and not in the service model of the installed botocore", style="name")
        yield Padding(_table((escape(path), f"{count} times") for path, count in summary.news.items()), _INDENT)
    if summary.problems:
        yield Text("\nproblems", style="name")
        for problem in summary.problems[:SHOWN]:
            yield Padding(_told(problem), _INDENT)
        if len(summary.problems) > SHOWN:
            yield Padding(Text(f"{len(summary.problems) - SHOWN} more: --json has them all.", style="faint"), _INDENT)
        yield Text.assemble(
            "\n", (counted(len(summary.problems), "problem"), "bad"), ": something above does not hold."
        )
    elif summary.judged:
        yield Text.assemble(
            "\n", ("Good", "good"), ": every frame decoded, every event typed, every accepted request accepted."
        )
    else:
        yield Text("\nNothing to judge: no exchange is an operation on a model.", style="uneasy")


def _rows(summary: Summary) -> Iterator[tuple[str, int, str]]:
    yield "cassettes", summary.files, ""
    yield "exchanges", summary.exchanges, ", ".join(f"{count} {name}" for name, count in summary.operations.items())
    if summary.other:
        yield "other traffic", summary.other, "no operation on a model; not judged"
    yield "accepted", summary.accepted, ""
    yield "refused", summary.refused, f"{summary.foreseen} of them by our rules as well" if summary.refused else ""
    yield "frames", summary.frames, ""
    yield "events", summary.events, ""
    yield "problems", len(summary.problems), ""


def _table(rows: Iterator[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(style="faint", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    return table


def _told(problem: Problem) -> Text:
    place = f"{problem.file}, exchange {problem.exchange}, {problem.where}"
    return Text.assemble((escape(place), "bad"), f"\n  {escape(problem.what)}")
