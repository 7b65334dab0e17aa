"""Events folded into the message that they make, in the very shape of a Converse reply.

Knows which delta belongs to which member of a reply. Does not judge the order of events: it takes blocks apart by index,
and by kind where one index is used twice. What is not modelled has no known shape in a reply, and is left out of it.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins

from bedrock_harness.wire.errors import FoldError, ToolInputError
from bedrock_harness.wire.events import (
    ContentBlockDelta,
    ContentBlockStart,
    ContentBlockStop,
    MessageStart,
    MessageStop,
    Metadata,
    Thrown,
    ToolUseStart,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bedrock_harness.wire.events import Event

__all__ = ["Folder", "fold"]

_PADDING = "p"


class _Block:
    """One content block as it grows: the pieces of each member, in order of arrival, and its head."""

    __slots__ = ("head", "index", "kind", "pieces")

    def __init__(self, index: int, kind: str, head: Any = None) -> None:
        self.index = index
        self.kind = kind
        self.head = head
        self.pieces: dict[str, list[Any]] = {}

    def add(self, member: str, piece: Any) -> None:
        self.pieces.setdefault(member, []).append(piece)

    def text(self, member: str) -> str:
        return _joined(self.pieces.get(member, ()))


class Folder:
    """Folds the events of one stream, as they come."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._blocks: list[_Block] = []
        self._open: dict[int, _Block] = {}
        self._end: dict[str, Any] = {}
        self._complete = False

    @property
    def complete(self) -> bool:
        """Whether messageStop was seen."""
        return self._complete

    def add(self, event: Event) -> None:
        """Take the next event. Raises `FoldError` for a `Thrown`: there is no reply then."""
        if isinstance(event, ContentBlockDelta):
            self._add_delta(event)
        elif isinstance(event, ContentBlockStart):
            self._add_start(event)
        elif isinstance(event, ContentBlockStop):
            self._open.pop(event.content_block_index, None)
        elif isinstance(event, MessageStart):
            self._message["role"] = event.role
        elif isinstance(event, MessageStop):
            self._complete = True
            self._keep(event)
        elif isinstance(event, Metadata):
            self._keep(event)
        elif isinstance(event, Thrown):
            raise FoldError(f"the stream ended with {event.name}, which makes no reply: {event.message}")

    def reply(self) -> dict[str, Any]:
        """Return what has arrived, as Converse would have sent it. Blobs are base64, as in JSON.

        Blocks are in order of their index. A stream that is not complete gives what there is of it: no `stopReason` then.
        Raises `ToolInputError` where a tool call's input is no JSON, and `FoldError` where a blob is no base64.
        """
        content = [_FINISHED[block.kind](block) for block in sorted(self._blocks, key=lambda block: block.index)]
        return {"output": {"message": {**self._message, "content": content}}, **self._end}

    def _add_start(self, event: ContentBlockStart) -> None:
        start = event.start
        kind, head = next(((name, head) for name in _HEADS if (head := getattr(start, name)) is not None), ("", None))
        if head is not None:
            self._begin(event.content_block_index, kind, head)

    def _add_delta(self, event: ContentBlockDelta) -> None:
        index, delta = event.content_block_index, event.delta
        if delta.text is not None:
            self._block(index, "text").add("text", delta.text)
        elif delta.tool_use is not None:
            self._block(index, "tool_use").add("input", delta.tool_use.input)
        elif delta.reasoning_content is not None:
            reasoning = delta.reasoning_content
            kind = "reasoning" if reasoning.redacted_content is None else "redacted"
            block = self._block(index, kind)
            for member in ("text", "signature", "redacted_content"):
                if (piece := getattr(reasoning, member)) is not None:
                    block.add(member, piece)
        elif delta.citation is not None:
            self._block(index, "text").add("citation", delta.citation)
        elif delta.tool_result is not None:
            self._block(index, "tool_result").add("content", delta.tool_result)
        elif delta.image is not None:
            self._block(index, "image").add("image", delta.image)

    def _block(self, index: int, kind: str) -> _Block:
        block = self._open.get(index)
        return block if block is not None and block.kind == kind else self._begin(index, kind)

    def _begin(self, index: int, kind: str, head: Any = None) -> _Block:
        block = self._open[index] = _Block(index, kind, head)
        self._blocks.append(block)
        return block

    def _keep(self, event: MessageStop | Metadata) -> None:
        """Take over every member of the event: a reply has them by the same names."""
        names = zip(event.__struct_encode_fields__, event.__struct_fields__, strict=True)
        members = {name: getattr(event, attribute) for name, attribute in names if attribute != "_frame"}
        members |= {name: member for name, member in event.extra.items() if name != _PADDING}
        self._end |= {name: member for name, member in members.items() if member is not None}


def fold(events: Iterable[Event]) -> dict[str, Any]:
    """Fold a whole stream into a reply. Raises `FoldError` where it makes none, and `ToolInputError` as `Folder.reply`."""
    folder = Folder()
    for event in events:
        folder.add(event)
    return folder.reply()


def _text(block: _Block) -> dict[str, Any]:
    text = block.text("text")
    citations = block.pieces.get("citation")
    if citations is None:
        return {"text": text}
    return {"citationsContent": {"content": [{"text": text}], "citations": citations}}


def _reasoning(block: _Block) -> dict[str, Any]:
    reasoning = {"text": block.text("text")}
    if "signature" in block.pieces:
        reasoning["signature"] = block.text("signature")
    return {"reasoningContent": {"reasoningText": reasoning}}


def _redacted(block: _Block) -> dict[str, Any]:
    return {"reasoningContent": {"redactedContent": _joined_blobs(block.pieces["redacted_content"])}}


def _tool_use(block: _Block) -> dict[str, Any]:
    raw = block.text("input")
    head = block.head
    if not isinstance(head, ToolUseStart):
        raise ToolInputError(f"block {block.index} holds input of a tool call that never began", raw=raw)
    try:
        value = json.loads(raw, parse_constant=_refuse_constant) if raw else {}
    except (ValueError, RecursionError) as cause:
        message = f"the input of tool call {head.tool_use_id} ({head.name}) is no JSON: {cause}"
        raise ToolInputError(message, raw=raw, tool_use_id=head.tool_use_id) from cause
    members = {name: member for name, member in to_builtins(head).items() if member is not None}
    return {"toolUse": {**members, "input": value}}


def _tool_result(block: _Block) -> dict[str, Any]:
    """Fold the pieces of a result: neighbouring texts are one text, as one ToolResultContentBlock has it."""
    content: list[dict[str, Any]] = []
    for piece in (piece for pieces in block.pieces.get("content", ()) for piece in pieces):
        if piece.text is None:
            content.append({"json": piece.json})
        elif content and "text" in content[-1]:
            content[-1] = {"text": _joined((content[-1]["text"], piece.text))}
        else:
            content.append({"text": piece.text})
    return {"toolResult": {**(block.head or {}), "content": content}}


def _image(block: _Block) -> dict[str, Any]:
    image: dict[str, Any] = dict(block.head or {})
    pieces = block.pieces.get("image", ())
    blobs = [piece.source.bytes for piece in pieces if piece.source and piece.source.bytes is not None]
    if blobs:
        image["source"] = {"bytes": _joined_blobs(blobs)}
    for piece in pieces:
        if piece.source and piece.source.s3_location is not None:
            image["source"] = {"s3Location": piece.source.s3_location}
        if piece.error is not None:
            image["error"] = piece.error
    return {"image": image}


_HEADS = ("tool_use", "tool_result", "image")
_FINISHED: dict[str, Callable[[_Block], dict[str, Any]]] = {
    "text": _text,
    "reasoning": _reasoning,
    "redacted": _redacted,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "image": _image,
}


def _joined(pieces: Iterable[str]) -> str:
    """Join pieces of text. Two halves of a character that met are made one."""
    text = "".join(pieces)
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return text


def _joined_blobs(pieces: Iterable[str]) -> str:
    """Join blobs that are base64 each by itself: padded pieces must be decoded one by one."""
    try:
        return b64encode(b"".join([b64decode(piece, validate=True) for piece in pieces])).decode()
    except (Base64Error, ValueError) as cause:
        raise FoldError(f"a piece of a blob is no base64: {cause}") from cause


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
