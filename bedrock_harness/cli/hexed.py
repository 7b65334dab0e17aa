"""A frame byte by byte: rows of hex, each byte in the colour of its field, with what they say beside them.

Knows how spans are coloured and told. What is wrong with them is told elsewhere.
"""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich.highlighter import JSONHighlighter
from rich.text import Text

from bedrock_harness.reporting import escape
from bedrock_harness.wire.headers import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedrock_harness.wire.layout import Kind, Span

__all__ = ["STYLES", "WRONG", "hex_rows", "legend", "one_line", "pretty"]

HEX_COLUMNS = {130: 24, 100: 16, 0: 12}
"""Bytes in a row of hex, from so many columns on. A prelude has 12, and is never cut."""

JSON_LINES = 40
"""Lines of a payload shown as JSON, each of at most JSON_COLUMNS characters: most events have ten."""

JSON_COLUMNS = 160

ROWS = 12
"""Rows of hex shown of one field where the whole of it was not asked for."""

# Columns that what stands beside has at least, however narrow the terminal.
_LEAST = 12

STYLES: dict[Kind, str] = {
    "total length": "cyan",
    "headers length": "cyan",
    "prelude checksum": "bright_blue",
    "name length": "yellow",
    "name": "bright_yellow",
    "type": "magenta",
    "value length": "green",
    "value": "bright_green",
    "payload": "default",
    "checksum": "bright_blue",
    "unread": "red",
}
WRONG = "bold red"
_WRONG_BYTES = "bold reverse red"


def legend() -> Text:
    """The colours of the hex and what they stand for."""
    kinds: dict[str, Kind] = {
        "lengths": "total length",
        "checksum": "checksum",
        "name": "name",
        "type": "type",
        "value": "value",
        "payload": "payload",
        "not read": "unread",
    }
    words = (Text(f"■ {word}", style=STYLES[kind]) for word, kind in kinds.items())
    return Text("  ").join([*words, Text(" wrong ", style=_WRONG_BYTES)])


def hex_rows(data: bytes, span: Span, width: int, *, bounded: bool) -> Iterator[Text]:
    """Rows of hex. Prelude, each header, payload and checksum begin a row of their own, with what they say beside it."""
    columns = next(count for least, count in HEX_COLUMNS.items() if width >= least)
    for part in (inner for outer in span.parts for inner in (outer.parts if outer.kind == "headers" else (outer,))):
        styles = [_style(leaf) for leaf in part.leaves for _ in range(leaf.end - leaf.start)]
        starts = range(part.start, part.end, columns)
        notes = _notes(data, part, columns)
        hidden = range(ROWS - 2, len(starts) - 1) if bounded and len(starts) > ROWS else range(0)
        for row, (start, note) in enumerate(zip_longest(starts, notes)):
            if row in hidden:
                if row == hidden.start:
                    yield Text(f"          {len(hidden) * columns} bytes more", style="faint")
                continue
            line = Text()
            line.append(f"{start:>8}  " if start is not None else " " * 10, style="faint")
            shown = range(start, min(start + columns, part.end)) if start is not None else range(0)
            for at in shown:
                line.append(f"{data[at]:02x}", style=styles[at - part.start])
                line.append(" ")
            if note:
                line.append("   " * (columns - len(shown)) + " ")
            beside = note or Text()
            beside.truncate(max(width - len(line), _LEAST), overflow="ellipsis")
            yield line.append_text(beside)


def _style(leaf: Span) -> str:
    return STYLES[leaf.kind] if leaf.should_be is None else _WRONG_BYTES


def _notes(data: bytes, part: Span, columns: int) -> list[Text]:
    """What stands beside the rows of hex of a part."""
    match part.kind:
        case "prelude":
            lengths = ", ".join(_length(leaf) for leaf in part.parts[:2])
            notes = [Text(lengths), *(_verdict(leaf) for leaf in part.parts[2:])]
            return [Text(", ").join(notes)] if columns > 12 else notes
        case "header":
            name, said = _header(part)
            notes = [Text(name, style=STYLES["name"]), Text(said, style=STYLES["value"])]
            return [Text("  ").join(notes)] if columns > 12 else notes
        case "checksum":
            return [_verdict(part)]
    style = STYLES[part.kind]
    starts = range(part.start, part.end, columns)
    return [Text(_ascii(data[at : min(at + columns, part.end)]), style=style) for at in starts]


def _length(leaf: Span) -> str:
    if not isinstance(leaf.value, int):
        return f"{leaf.kind} cut short"
    return f"{leaf.value} bytes" if leaf.kind == "total length" else f"{leaf.value} of headers"


def _verdict(leaf: Span) -> Text:
    if leaf.value is None:
        return Text("checksum cut short", style=WRONG)
    if leaf.should_be is None:
        return Text("checksum right", style=STYLES[leaf.kind])
    return Text(f"checksum should be {leaf.should_be:08x}", style=WRONG)


def _header(part: Span) -> tuple[str, str]:
    """The name of a header, and its type and value, as far as they can be read."""
    found = {leaf.kind: leaf for leaf in part.parts}
    name = one_line(str(found["name"].value)) if "name" in found else "not read"
    code = found["type"].value if "type" in found else None
    if not isinstance(code, int):
        return name, ""
    kind = TYPES[code].name if code < len(TYPES) else f"type {code}, which does not exist"
    if "value" not in found:
        length = found["value length"].value if "value length" in found else None
        return name, f"{kind} of {length} bytes, not read" if isinstance(length, int) else f"{kind}, not read"
    if code in {0, 1}:
        return name, kind
    return name, f"{kind} {_shown(found['value'].value)}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return one_line(value)
    return value.hex(" ") if isinstance(value, bytes) else str(int(value) if isinstance(value, int) else value)


def _ascii(data: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in data)


def pretty(payload: bytes) -> Text | None:
    """A payload as JSON, its long lines and many lines cut; None where it is none."""
    try:
        text = json.dumps(json.loads(payload), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return None
    found = text.splitlines()
    kept = [line if len(line) <= JSON_COLUMNS else f"{line[:JSON_COLUMNS]} ..." for line in found[:JSON_LINES]]
    if len(found) > JSON_LINES:
        kept.append(f"{len(found) - JSON_LINES} lines more")
    return JSONHighlighter()(Text(escape("\n".join(kept))))


def one_line(text: str) -> str:
    """Text that came from elsewhere, safe to show and on one line whatever it holds."""
    return escape(text).replace("\n", r"\n").replace("\t", r"\t")
