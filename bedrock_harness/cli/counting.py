"""`replay --census`: recordings in figures, as tables or as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
from msgspec import to_builtins
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.screen import out
from bedrock_harness.recordings.census import take_census
from bedrock_harness.reporting import counted, escape, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import RenderableType

    from bedrock_harness.recordings import CassetteError, Recorded
    from bedrock_harness.recordings.census import Census, Spread, Streams

__all__ = ["count"]

_SHOWN = 12
"""Rows of a table: `--json` has all."""
_INDENT = (0, 0, 0, 2)


def count(recorded: Iterable[Recorded], files: int, unreadable: list[CassetteError], *, as_json: bool) -> Exit:
    """Print the census of these exchanges, which `files` files had but for the unreadable ones."""
    exchanges = tuple(recorded)
    census = take_census(exchanges, files=files - len(unreadable))
    if as_json:
        click.echo(json.dumps({**to_builtins(census), "unreadable": [str(error) for error in unreadable]}, indent=2))
    else:
        show(out(), *_tables(census))
    return Exit.GOOD if census.exchanges else Exit.USAGE


def _tables(census: Census) -> Iterator[RenderableType]:
    found = f"{counted(census.exchanges, 'exchange')} in {counted(census.files, 'cassette')}"
    yield Text(f"{found}, {counted(census.streams.count, 'stream')} of {census.streams.bytes} bytes", style="name")
    for heading, counts in {
        "operations": census.operations,
        "statuses": census.statuses,
        "stop reasons": census.stop_reasons,
        "headers of replies": census.reply_headers,
        "blocks of whole replies": census.blocks,
        "keys of whole replies, in order": census.reply_keys,
        "keys of their usage, in order": census.usage_keys,
    }.items():
        yield from _counts(heading, counts)
    if census.streams.count:
        yield from _streams(census.streams)
    yield from _counts("not in the service model of the installed botocore", census.unmodelled)
    if census.new:
        yield Text.assemble(
            "\n", (f"New: {counted(len(census.new), 'member')}", "bad"), " that no recording known to the harness has:"
        )
        yield from (Text(f"  {escape(path)}, {count} times") for path, count in census.new.items())


def _streams(streams: Streams) -> Iterator[RenderableType]:
    for heading, counts in {
        "events": streams.events,
        "headers of frames, in order": streams.headers,
        "orders of events": streams.orders,
        "contentBlockStart of": streams.starts,
        "contentBlockDelta of": streams.deltas,
    }.items():
        yield from _counts(heading, counts)
    by_event = {f"{name}: {names}": count for name, keys in streams.keys.items() for names, count in keys.items()}
    yield from _counts("keys of events, in order", by_event)
    padding, chunking = streams.padding, streams.chunking
    yield Text("\nsizes", style="name")
    table = Table.grid(padding=(0, 2, 0, 0))
    for heading in ("", "count", "smallest", "median", "mean", "largest"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    table.add_row("", "count", "smallest", "median", "mean", "largest", style="faint")
    for label, spread in {
        "frame, bytes": streams.frames,
        "padding p, characters": padding.lengths,
        "chunk, bytes": chunking.sizes,
        "first chunk, ms": chunking.first_ms,
        "between chunks, ms": chunking.gaps_ms,
    }.items():
        if spread is not None:
            table.add_row(label, *_numbers(spread))
    yield Padding(table, _INDENT)
    yield Text("\npadding", style="name")
    bare = f", {padding.bare} events without" if padding.bare else ", on every event"
    yield Text(f"  {padding.beginnings} of {padding.padded} are beginnings of {escape(padding.alphabet)}{bare}")
    yield Text("\nchunks", style="name")
    if not chunking.streams:
        yield Text("  not known: vcrpy does not keep them", style="faint")
        return
    chunks = chunking.sizes.count if chunking.sizes else 0
    yield Text(f"  {chunks} in {counted(chunking.streams, 'stream')}, {chunking.with_frame} end where a frame does")
    yield from (Text(f"  {count} hold the end of {counted(int(n), 'frame')}") for n, count in chunking.frames.items())


def _counts(heading: str, counts: Mapping[str, int]) -> Iterator[RenderableType]:
    if not counts:
        return
    yield Text(f"\n{heading}", style="name")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for name, number in list(counts.items())[:_SHOWN]:
        table.add_row(str(number), escape(name))
    if len(counts) > _SHOWN:
        table.add_row("", f"and {len(counts) - _SHOWN} more", style="faint")
    yield Padding(table, _INDENT)


def _numbers(spread: Spread) -> Iterator[str]:
    yield str(spread.count)
    yield from (f"{number:g}" for number in (spread.smallest, spread.median, spread.mean, spread.largest))
