"""`frames`: an event stream taken apart, out of a file of any of four forms: raw, base64, hex or a cassette."""

from __future__ import annotations

import json
import sys
from binascii import Error as Base64Error
from binascii import a2b_base64, unhexlify
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct
from rich.padding import Padding
from rich.text import Text

from bedrock_harness.cli.dissected import as_json, lines, piece_in_full, problems
from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.faults import CommandError
from bedrock_harness.cli.hexed import legend
from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import out
from bedrock_harness.recordings import CassetteError, read
from bedrock_harness.recordings.cassette import SUFFIXES
from bedrock_harness.reporting import counted, escape, show
from bedrock_harness.wire.dissection import dissect, next_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from bedrock_harness.recordings import Recorded
    from bedrock_harness.wire.dissection import Dissection

__all__ = ["frames"]

MAX_SIZE = 32 * 1024 * 1024
"""Bytes of a stream: room for the longest frame that the specification knows, and for an hour of text."""

EXPANDED = 5
"""Broken frames shown byte by byte unless all are asked for: behind the first, most are its consequences."""

SHOWN = 50
"""Problems shown; more of them mostly repeat themselves."""

_INDENT = (0, 0, 0, 2)
_DEEPER = (0, 0, 0, 4)


class _Source(Struct, frozen=True):
    """Bytes, where they came from, and in which form they were."""

    name: str
    form: str
    data: bytes
    part: str = ""
    """Which part of the file it is: an exchange of a cassette."""


@click.command()
@click.argument("file", metavar="FILE")
@click.option(
    "--number", type=click.IntRange(min=1), metavar="N", help="Exchange of a cassette; its first stream if not given."
)
@click.option("--hex", "in_hex", is_flag=True, help="Show every frame byte by byte.")
@click.option("--json", "in_json", is_flag=True, help="Print one JSON object.")
@common
def frames(file: str, *, number: int | None, in_hex: bool, in_json: bool) -> int:
    """Take an event stream apart: every frame, header, payload, checksum and event, and what is wrong where.

    FILE holds the bytes of a reply, raw, in base64 or in hex, or is a cassette; - is standard input. Frames that are wrong
    are shown byte by byte, and reading goes on behind them as far as can be told.

    \b
    Examples:
      bedrock-harness frames reply.bin
      bedrock-harness frames reply.bin --hex --color always | less -R
      bedrock-harness frames cassettes/converse-stream-tools.yaml --number 2
      curl -s ... | bedrock-harness frames -
      bedrock-harness frames reply.b64 --json | jq '.frames[].event'

    Exit codes: 0 sound, 1 something is wrong, 2 the file cannot be read, or has no stream.
    """
    source = _cassette(Path(file), number) if _is_cassette(file, number) else _plain(file)
    dissection = dissect(source.data)
    if in_json:
        described = {
            "source": ", ".join(filter(None, (source.name, source.part))),
            "form": source.form,
            **as_json(source.data, dissection),
        }
        click.echo(json.dumps(described, ensure_ascii=False, indent=2))
    else:
        console = out()
        show(console, *_report(source, dissection, console, in_hex=in_hex))
    return Exit.GOOD if dissection.sound else Exit.FINDINGS


# ---------------------------------------------------------------------------------------------------------- where from


def _is_cassette(file: str, number: int | None) -> bool:
    if file == "-" and number is not None:
        raise CommandError("--number needs a cassette in a file: standard input is one stream.")
    return number is not None or Path(file).suffix in SUFFIXES


def _plain(file: str) -> _Source:
    """Read a file, or standard input. Text is decoded where it makes a stream."""
    if file == "-":
        data = sys.stdin.buffer.read(2 * MAX_SIZE + 1)
    else:
        with Path(file).open("rb") as opened:
            data = opened.read(2 * MAX_SIZE + 1)
    name = "standard input" if file == "-" else file
    form, stream = next((reading for reading in _readings(data) if _streams(reading[1])), ("raw", data))
    if len(stream) > MAX_SIZE:
        raise CommandError(f"{name}: streams of at most {MAX_SIZE >> 20} MiB are read. Cut it between two frames.")
    return _Source(name, form, stream)


def _readings(data: bytes) -> Iterator[tuple[str, bytes]]:
    """What the bytes say as hex and as base64, where they can be that. Hex first: most of it is base64 as well."""
    text = b"".join(data.split())
    for form, decode in _DECODERS.items():
        with suppress(Base64Error, ValueError):
            yield form, decode(text)


def _from_base64(text: bytes) -> bytes:
    return a2b_base64(text, strict_mode=True)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {"hex": unhexlify, "base64": _from_base64}


def _streams(data: bytes) -> bool:
    """Whether decoded text makes a stream: a plausible frame anywhere, or a length below 16 MiB at the start."""
    return data[:1] == b"\0" or next_frame(data) is not None


def _cassette(path: Path, number: int | None) -> _Source:
    try:
        recorded = read(path)
    except CassetteError as error:
        raise CommandError(str(error)) from error
    if number is None:
        found = next((exchange for exchange in recorded if _is_stream(exchange)), None)
        if found is None:
            raise CommandError(f"{path}: no reply of its {counted(len(recorded), 'exchange')} is an event stream.")
    elif number > len(recorded):
        raise CommandError(f"{path}: there is no exchange {number}, it has {len(recorded)}.")
    else:
        found = recorded[number - 1]
        if not _is_stream(found):
            what = f"{found.operation or found.method} answered with status {found.status}"
            raise CommandError(f"{path}: the reply of exchange {number} is no event stream: {what}.")
    operation = f"{found.operation} on {found.model}" if found.operation else found.uri
    return _Source(str(path), "cassette", found.reply_body, f"exchange {found.number}, {operation}")


def _is_stream(recorded: Recorded) -> bool:
    types = (value for name, value in recorded.reply_headers if name.lower() == "content-type")
    return any("eventstream" in value for value in types) or (
        recorded.accepted and (recorded.operation or "").endswith("Stream")
    )


# -------------------------------------------------------------------------------------------------------------- report


def _report(source: _Source, dissection: Dissection, console: Console, *, in_hex: bool) -> Iterator[RenderableType]:
    what = f"\n{escape(source.part)}" if source.part else f", {source.form}"
    yield Text.assemble((escape(source.name), "name"), f"{what}, {counted(dissection.size, 'byte')}")
    pieces = tuple(enumerate(dissection.pieces, 1))
    broken = [(number, piece) for number, piece in pieces if piece.fault is not None][:EXPANDED]
    if pieces:
        yield Text()
        yield from lines(dissection, console.width)
    shown = pieces if in_hex else broken
    if shown and console.color_system is not None:
        yield Text("\n").append_text(legend())
    for number, piece in shown:
        yield Text()
        yield from piece_in_full(source.data, piece, number, console.width, bounded=not in_hex)
    yield from _verdict(dissection)


def _verdict(dissection: Dissection) -> Iterator[RenderableType]:
    found = tuple(problems(dissection))
    if not found:
        count = len(dissection.pieces)
        order = (
            "in order" if dissection.ordered else "of another operation than ConverseStream, whose order is not known"
        )
        frames = counted(count, "frame")
        yield Text.assemble("\n", ("Good", "good"), f": {frames}, every checksum right, {order}, nothing left over.")
        return
    yield Text("\nproblems", style="name")
    for where, what, hint in found[:SHOWN]:
        yield Padding(Text(where, style="bad"), _INDENT)
        yield Padding(Text(what), _DEEPER)
        if hint:
            yield Padding(Text(hint, style="faint"), _DEEPER)
    if len(found) > SHOWN:
        yield Padding(Text(f"{len(found) - SHOWN} more: --json has them all.", style="faint"), _INDENT)
    first = next((piece.fault for piece in dissection.pieces if piece.fault is not None), None)
    stop = f" A decoder stops at the first fault, at byte {first.offset}." if first else ""
    yield Text.assemble("\n", (counted(len(found), "problem"), "bad"), f": the stream is not sound.{stop}")
