"""Tool calls out of events, each as soon as it is whole.

Knows that a call is whole when its block stops (P14), and folds it as a whole reply is folded.
"""

from __future__ import annotations

from bedrock_harness.client import reading
from bedrock_harness.client.replies import Reply, ToolCall
from bedrock_harness.wire import events
from bedrock_harness.wire.errors import WireError
from bedrock_harness.wire.fold import Folder

__all__ = ["ToolCallReader"]


class ToolCallReader:
    """Feed it a stream's events; it gives the tool calls. Blocks may be interleaved."""

    def __init__(self) -> None:
        self._open: dict[int, Folder] = {}

    def feed(self, event: events.Event, request_id: str | None = None) -> ToolCall | None:
        """The call that this event completes. Raises ProtocolError where its input is no JSON, such as a part of one."""
        if isinstance(event, events.ContentBlockStart) and event.start.tool_use is not None:
            self._open[event.content_block_index] = Folder()
        if not isinstance(event, events.ContentBlockStart | events.ContentBlockDelta | events.ContentBlockStop):
            return None
        folder = self._open.get(event.content_block_index)
        if folder is None:
            return None
        folder.add(event)
        if not isinstance(event, events.ContentBlockStop):
            return None
        del self._open[event.content_block_index]
        try:
            calls = Reply(folder.reply()).tool_calls
        except WireError as error:
            raise reading.broken(error, request_id) from error
        return calls[0] if calls else None
