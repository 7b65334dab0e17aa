"""A dissected event stream as a reader sees it: a line a frame, a frame in full, what is wrong, and the same as JSON.

Knows how pieces, faults and events are told. Does not know where the bytes came from.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct as MsgspecStruct
from rich.padding import Padding
from rich.text import Text

from bedrock_harness.cli.hexed import STYLES, WRONG, hex_rows, one_line, pretty
from bedrock_harness.reporting import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from bedrock_harness.wire.dissection import Dissection, Piece
    from bedrock_harness.wire.events import Event
    from bedrock_harness.wire.layout import Kind, Span

__all__ = ["as_json", "lines", "piece_in_full", "problems"]

WIDE = 110
"""Columns from which a line has room for both checksums."""

LINES = 2000
"""Frames shown as a line each; a long answer has some hundred."""

_INDENT = (0, 0, 0, 2)
_GAP = 2
# Columns that what an event says has at least, however narrow the terminal.
_LEAST = 12
# A block has one kind, so the last name of a member's path says enough, save where two kinds share it.
_SHORT: dict[tuple[str, ...], str] = {("reasoningContent", "text"): "reasoning"}


# --------------------------------------------------------------------------------------------------------- a line a frame


def lines(dissection: Dissection, width: int) -> Iterator[Text]:
    """One line a frame: its number, offset, lengths, checksums where there is room, event, and what the event says."""
    wide = width >= WIDE
    crc = ("CRC",) if wide else ()
    headings = ("", "at", "bytes", "headers", *crc, "payload", *crc, "event", "says")
    pieces = dissection.pieces[:LINES]
    rows = [[Text(heading, style="faint") for heading in headings]]
    rows += [list(_cells(piece, number, wide=wide)) for number, piece in enumerate(pieces, 1)]
    # Laid out by hand: a table of rich's takes a millisecond a row.
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = max(width - sum(widths[:-1]) - _GAP * len(widths[:-1]), _LEAST)
    for row in rows:
        for cell, size in zip(row[:-2], widths, strict=False):
            cell.pad_left(size - len(cell))
        row[-2].pad_right(widths[-2] - len(row[-2]))
        row[-1].truncate(room, overflow="ellipsis")
        yield Text(" " * _GAP).join(row)
    if len(pieces) < len(dissection.pieces):
        yield Text(f"{len(dissection.pieces) - len(pieces)} frames more: --json has them all.", style="faint")


def _cells(piece: Piece, number: int, *, wide: bool) -> Iterator[Text]:
    yield Text(str(number), style="faint")
    yield Text(str(piece.span.start))
    yield Text(str(piece.span.end - piece.span.start), style=STYLES["total length"])
    yield Text(_size(piece, "headers"), style=STYLES["headers length"])
    if wide:
        yield _checksum(piece, "prelude checksum")
    yield Text(_size(piece, "payload"))
    if wide:
        yield _checksum(piece, "checksum")
    yield Text(_title(piece) or "?", style="default" if piece.sound else "bad")
    yield Text(_said(piece))


def _said(piece: Piece) -> str:
    if piece.fault is not None:
        return piece.fault.error
    return one_line(says(piece.event)) if piece.event else ""


def says(event: Event) -> str:
    """What an event says, on one line: its block, then each member that has a value."""
    return "  ".join(_members(event, ()))


def _members(part: MsgspecStruct, path: tuple[str, ...]) -> Iterator[str]:
    for name, field in zip(part.__struct_encode_fields__, part.__struct_fields__, strict=True):
        value = getattr(part, field)
        if field == "_frame" or value is None or value == {}:
            continue
        if field == "content_block_index":
            yield f"block {value}"
        elif isinstance(value, MsgspecStruct):
            yield from _members(value, (*path, name))
        else:
            yield f"{_SHORT.get((*path, name)[-2:], name)} {_compact(value)}"


def _compact(value: Any) -> str:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, MsgspecStruct):
        fields = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        return {name: member for name, field in fields if (member := getattr(value, field)) is not None}
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


def _title(piece: Piece) -> str:
    if piece.frame is None:
        return ""
    name = piece.frame.event_type or piece.frame.exception_type or piece.frame.headers.get(":error-code", "")
    return one_line(str(name))


def _size(piece: Piece, kind: Kind) -> str:
    found = next(piece.span.find(kind), None)
    return "" if found is None else str(found.end - found.start)


def _checksum(piece: Piece, kind: Kind) -> Text:
    found = next(piece.span.find(kind), None)
    if found is None or not isinstance(found.value, int):
        return Text()
    return Text(f"{found.value:08x}", style=STYLES[kind] if found.should_be is None else WRONG)


# ----------------------------------------------------------------------------------------------------------------- wrong


def problems(dissection: Dissection) -> Iterator[tuple[str, str, str]]:
    """Everything that is wrong, in order: where, what, and what to make of it."""
    for number, piece in enumerate(dissection.pieces, 1):
        place = f"frame {number}, at byte {piece.span.start}"
        if piece.fault is not None:
            fault = piece.fault
            found = f"{fault.error} at byte {fault.offset}: {fault.message}."
            yield place, one_line(found), f"{fault.hint} {_goes_on(dissection, piece)}"
        if piece.disorder is not None:
            yield place, f"Out of order: {one_line(piece.disorder.message)}.", ""
    if dissection.end is not None:
        yield "the end", f"Out of order: {dissection.end.message}.", ""


def _goes_on(dissection: Dissection, piece: Piece) -> str:
    following, unread = piece.span.end, _unread(piece)
    if following == dissection.size:
        left = f": the last {counted(unread, 'byte')} are not read" if unread else ""
        return f"No frame follows{left}."
    if not piece.lost:
        return f"Its lengths hold: reading goes on behind it, at byte {following}."
    left = f" after {counted(unread, 'byte')} not read" if unread else ", before this one should end"
    return f"The next plausible prelude is at byte {following}{left}: reading goes on there."


def _unread(piece: Piece) -> int:
    last = piece.span.parts[-1]
    return last.end - last.start if last.kind == "unread" else 0


# --------------------------------------------------------------------------------------------------------------- in full


def piece_in_full(
    data: bytes, piece: Piece, number: int, width: int, *, bounded: bool = False
) -> Iterator[RenderableType]:
    """A frame byte by byte, then its payload as JSON and its event. `bounded` leaves out the middle of long fields."""
    heading = f"frame {number}", "name" if piece.sound else WRONG
    size = piece.span.end - piece.span.start
    yield Text.assemble(heading, f"  at byte {piece.span.start}, {counted(size, 'byte')}  ", _title(piece))
    yield from hex_rows(data, piece.span, width, bounded=bounded)
    for payload in piece.span.find("payload"):
        if (text := pretty(data[payload.start : payload.end])) is not None:
            yield Padding(text, _INDENT)
    if piece.event is not None:
        event = f"{type(piece.event).__name__}  {one_line(says(piece.event))}"
        yield Padding(Text(event, style="label", no_wrap=True, overflow="ellipsis"), _INDENT)


# ------------------------------------------------------------------------------------------------------------------ JSON


def as_json(data: bytes, dissection: Dissection) -> dict[str, Any]:
    """Everything there is to say of a stream, as JSON has it: bytes are base64, other values plain."""
    frames = [_piece_as_json(data, piece, number) for number, piece in enumerate(dissection.pieces, 1)]
    last = dissection.pieces[-1] if dissection.pieces else None
    return {
        "size": dissection.size,
        "sound": dissection.sound,
        "ordered": dissection.ordered,
        "frames": frames,
        "left": last.span.end - last.span.start if last is not None and last.lost else 0,
        "problems": [{"where": where, "what": what, "hint": hint} for where, what, hint in problems(dissection)],
    }


def _piece_as_json(data: bytes, piece: Piece, number: int) -> dict[str, Any]:
    span, fault = piece.span, piece.fault
    values = {leaf.kind: leaf.value for leaf in span.leaves}
    payload = next(span.find("payload"), None)
    return {
        "number": number,
        "offset": span.start,
        "bytes": span.end - span.start,
        "total_length": values.get("total length"),
        "headers_length": values.get("headers length"),
        "prelude_checksum": _checksum_as_json(span.find("prelude checksum")),
        "headers": [_header_as_json(header) for header in span.find("header")],
        "payload": None if payload is None else _payload_as_json(payload, data[payload.start : payload.end]),
        "checksum": _checksum_as_json(span.find("checksum")),
        "event": None if piece.event is None else {"type": _title(piece), "says": says(piece.event)},
        "fault": None
        if fault is None
        else {"offset": fault.offset, "error": fault.error, "message": fault.message, "hint": fault.hint},
        "out_of_order": piece.disorder.message if piece.disorder else None,
        "unread": _unread(piece),
    }


def _checksum_as_json(found: Iterable[Span]) -> dict[str, Any] | None:
    leaf = next(iter(found), None)
    if leaf is None:
        return None
    should_be = leaf.value if leaf.should_be is None else leaf.should_be
    return {"offset": leaf.start, "value": leaf.value, "right": leaf.should_be is None, "should_be": should_be}


def _header_as_json(header: Span) -> dict[str, Any]:
    values = {leaf.kind: leaf.value for leaf in header.parts}
    value = values.get("value")
    plain = b64encode(value).decode() if isinstance(value, bytes) else str(value) if isinstance(value, UUID) else value
    return {"offset": header.start, "name": values.get("name"), "type": values.get("type"), "value": plain}


def _payload_as_json(span: Span, payload: bytes) -> dict[str, Any]:
    described: dict[str, Any] = {"offset": span.start, "length": len(payload)}
    try:
        return {**described, "json": json.loads(payload)}
    except (ValueError, RecursionError):
        return {**described, "base64": b64encode(payload).decode()}
