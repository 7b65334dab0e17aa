"""Where an answer ends: at its end, at a stop sequence, or at the limit of tokens.

Cuts blocks, counts them, and divides text into deltas of one token each. Stop sequences are looked for in text alone; a
call that does not fit under the limit is cut within its input, as the service does (spring-projects/spring-ai#4374), and
the whole call is then not told to those who did not stream.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from bedrock_harness.simulator.script import Block, Cited, Reasoning, Redacted, Text, ToolUse
from bedrock_harness.simulator.speaking.tokens import A_CALL, count_bytes, count_text, pieces

__all__ = ["Ended", "count_answer", "end"]

_BYTES = 4
"""Bytes of redacted content a token, as `count_bytes` has it."""


class Ended(Struct, frozen=True):
    """An answer's blocks as they are sent, the stop reason, and the stop sequence that was met, if any."""

    blocks: tuple[Block, ...]
    stop: str
    met: str | None = None


def end(blocks: Iterable[Block], *, stop: str, most: int | None, sequences: tuple[str, ...] = ()) -> Ended:
    """End an answer where the request says; `stop` is the reason where it ends by itself. An answer has a block at least."""
    kept: list[Block] = []
    left = most
    for block in blocks:
        met = _first_met(block.text, sequences) if isinstance(block, (Text, Cited)) else None
        whole = block if met is None else replace(block, text=met[0])
        kept.append(_divided(whole))
        cost = count_answer([whole])
        if left is not None and cost > left:
            kept[-1:] = _cut(whole, left)
            return Ended(tuple(kept) or _NOTHING, "max_tokens")
        if met is not None:
            return Ended(tuple(kept), "stop_sequence", met[1])
        left = None if left is None else left - cost
    return Ended(tuple(kept) or _NOTHING, stop)


def count_answer(blocks: Iterable[Block]) -> int:
    """How many tokens an answer has, as sent: of a call that was cut, those that were streamed."""
    return sum(_count(block) for block in blocks)


_NOTHING: tuple[Block, ...] = (Text("", deltas=("",)),)


def _first_met(text: str, sequences: tuple[str, ...]) -> tuple[str, str] | None:
    """The text ahead of the stop sequence that comes first, and that sequence; of two at one place, the longer."""
    found = [(text.find(sequence), -len(sequence), sequence) for sequence in sequences if sequence and sequence in text]
    if not found:
        return None
    at, _, sequence = min(found)
    return text[:at], sequence


def _count(block: Block) -> int:
    match block:
        case Text() | Cited() | Reasoning():
            return count_text(block.text)
        case Redacted():
            return sum(count_bytes(len(piece)) for piece in block.pieces)
        case ToolUse():
            said = _written(block) if block.deltas is None else "".join(block.deltas)
            return A_CALL + count_text(said)


def _divided(block: Block) -> Block:
    """The block with a delta for each of its tokens."""
    if isinstance(block, (Text, Cited)) or (isinstance(block, Reasoning) and block.text):
        return replace(block, deltas=pieces(block.text))
    return replace(block, deltas=("", *pieces(_written(block)))) if isinstance(block, ToolUse) else block


def _cut(block: Block, left: int) -> list[Block]:
    """As much of a block as that many tokens hold. Reasoning that is cut has no signature."""
    match block:
        case Text() | Cited():
            return [_shorter(block, left)] if left else []
        case Reasoning():
            return [_shorter(replace(block, signature=None), left)] if left else []
        case Redacted():
            joined = b"".join(block.pieces)[: left * _BYTES]
            return [Redacted((joined,))] if joined else []
        case ToolUse():
            kept = pieces(_written(block))[: max(0, left - A_CALL)]
            return [replace(block, input={}, deltas=("", *kept))] if left >= A_CALL else []


_Spoken: TypeAlias = Text | Cited | Reasoning


def _shorter(block: _Spoken, left: int) -> _Spoken:
    deltas = pieces(block.text)[:left]
    return replace(block, text="".join(deltas), deltas=deltas)


def _written(block: ToolUse) -> str:
    """The input as models write it."""
    return json.dumps(block.input, ensure_ascii=False)
