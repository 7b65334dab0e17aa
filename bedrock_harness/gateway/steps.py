"""A stream's events as steps of blocks: one begins, grows, ends. What both fronts write their streams from.

Converse sends no start of a text block and two kinds of block may share an index; fronts want every block begun, ended and
numbered in order. Halves of a character that two deltas share are put together here, since no SSE client expects them.
A signature and encrypted reasoning are given when their block ends: fronts show them whole.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from msgspec import Struct, field

from bedrock_harness.client import ProtocolError
from bedrock_harness.client.reading import whole
from bedrock_harness.wire import events
from bedrock_harness.wire.fold import Folder

__all__ = ["Began", "Cited", "Ended", "Grew", "Kind", "Step", "Steps"]

Kind: TypeAlias = Literal["text", "reasoning", "redacted", "tool_use"]


class Began(Struct, frozen=True):
    """A block begins. `number` counts the stream's blocks from 0. A tool call has its id and the tool's name."""

    number: int
    kind: Kind
    id: str = ""
    name: str = ""


class Grew(Struct, frozen=True):
    """A block grows by a piece: of text, of reasoning, or of the JSON text of a tool call's input."""

    number: int
    kind: Kind
    piece: str


class Cited(Struct, frozen=True):
    """A text names a source, in Converse's shape."""

    number: int
    citation: dict[str, Any]


class Ended(Struct, frozen=True):
    """A block is whole. `signature` is a reasoning's, `data` the base64 of an encrypted one.

    `empty` says that nothing but white space was its content.
    """

    number: int
    kind: Kind
    signature: str = ""
    data: str = ""
    empty: bool = False


Step: TypeAlias = Began | Grew | Cited | Ended


class _Block(Struct):
    """A block that is not whole yet."""

    number: int
    kind: Kind
    half: str = ""
    signature: list[str] = field(default_factory=list)
    data: list[bytes] = field(default_factory=list)
    empty: bool = True


class Steps:
    """Takes a stream's events, gives steps. Keeps what the reply says beside its message."""

    def __init__(self) -> None:
        self._open: dict[int, _Block] = {}
        self._count = 0
        self._ending = Folder()
        self.kinds: set[str] = set()
        """Kinds of blocks that were passed over, by Converse's names for them."""

    def feed(self, event: events.Event) -> Iterator[Step]:
        """The steps of one event."""
        match event:
            case events.ContentBlockStart(content_block_index=index, start=start):
                yield from self._start(index, start)
            case events.ContentBlockDelta(content_block_index=index, delta=delta):
                yield from self._delta(index, delta)
                if delta == _NOTHING_KNOWN:
                    self.kinds.update(event.extra.get("delta", {}))
            case events.ContentBlockStop(content_block_index=index):
                yield from self._end(index)
            case events.MessageStop() | events.Metadata():
                self._ending.add(event)
            case events.UnknownEvent(type=name):
                self.kinds.add(name)

    def finish(self) -> Iterator[Step]:
        """The ends of blocks that the stream left open."""
        for index in list(self._open):
            yield from self._end(index)

    def reply(self) -> dict[str, Any]:
        """What the reply says beside its message: `stopReason`, `usage` and whatever else came with them."""
        return {name: member for name, member in self._ending.reply().items() if name != "output"}

    def _start(self, index: int, start: events.Start) -> Iterator[Step]:
        if (call := start.tool_use) is not None:
            yield from self._begin(index, "tool_use", call.tool_use_id, call.name)
        else:
            self.kinds.update({"image"} if start.image is not None else {"toolResult"} if start.tool_result else ())

    def _delta(self, index: int, delta: events.Delta) -> Iterator[Step]:
        if delta.text is not None:
            yield from self._grow(index, "text", delta.text)
        if delta.tool_use is not None:
            yield from self._grow(index, "tool_use", delta.tool_use.input)
        if delta.citation is not None:
            yield from self._needed(index, "text")
            yield Cited(self._open[index].number, delta.citation)
        if (reasoning := delta.reasoning_content) is not None:
            if reasoning.redacted_content is not None:
                yield from self._needed(index, "redacted")
                self._open[index].data.append(_decoded(reasoning.redacted_content))
            else:
                yield from self._grow(index, "reasoning", reasoning.text or "")
                if reasoning.signature is not None:
                    self._open[index].signature.append(reasoning.signature)

    def _grow(self, index: int, kind: Kind, piece: str) -> Iterator[Step]:
        yield from self._needed(index, kind)
        block = self._open[index]
        text = block.half + piece
        block.half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        shown = whole(text[:-1] if block.half else text)
        block.empty = block.empty and not shown.strip()
        # Blanks ahead of a call's JSON mean nothing, and readers of JSON that is on its way stumble over them.
        if shown and not (block.empty and kind == "tool_use"):
            yield Grew(block.number, kind, shown)

    def _needed(self, index: int, kind: Kind) -> Iterator[Step]:
        block = self._open.get(index)
        if block is None or block.kind != kind:
            yield from self._begin(index, kind)

    def _begin(self, index: int, kind: Kind, number: str = "", name: str = "") -> Iterator[Step]:
        yield from self._end(index)
        self._open[index] = _Block(self._count, kind)
        yield Began(self._count, kind, number, name)
        self._count += 1

    def _end(self, index: int) -> Iterator[Step]:
        block = self._open.pop(index, None)
        if block is None:
            return
        if block.half:
            yield Grew(block.number, block.kind, whole(block.half))
        data = b64encode(b"".join(block.data)).decode()
        yield Ended(block.number, block.kind, "".join(block.signature), data, block.empty)


_NOTHING_KNOWN = events.Delta()


def _decoded(blob: str) -> bytes:
    try:
        return b64decode(blob, validate=True)
    except ValueError as error:
        raise ProtocolError("The stream is broken: a piece of encrypted reasoning is no base64.") from error
