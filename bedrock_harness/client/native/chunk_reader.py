"""Streams that are not what their caller is to see, read and translated: InvokeModel's chunks, and events to be restored.

Readers as `reading.StreamReader` is one. Knows the `chunk` event, the base64 and the JSON in it, and when a stream of chunks
is complete. What a chunk means, its format says.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any

from bedrock_harness.client.errors import BedrockError, ProtocolError
from bedrock_harness.client.native.shared import METRICS
from bedrock_harness.client.reading import StreamReader
from bedrock_harness.wire import events
from bedrock_harness.wire.events import Event

__all__ = ["InvocationReader", "TranslatingReader", "chunk_of"]


class TranslatingReader(StreamReader):
    """A reader that gives other events than arrive. It is over when a translated messageStop was seen."""

    def __init__(self, request_id: str | None, translate: Callable[[Event], Sequence[Event]]) -> None:
        super().__init__(request_id)
        self._translate = translate

    def feed(self, data: bytes) -> Sequence[Event]:
        """The events that these bytes complete, translated."""
        given: list[Event] = []
        try:
            for event in super().feed(data):
                for each in self._translate(event):
                    self._note(each)
                    given.append(each)
        except BedrockError as error:
            self._fault = error
        return given


class InvocationReader(StreamReader):
    """A reader of chunks that hands them on as they are. It is over with the chunk that has the service's metrics."""

    def _note(self, event: Event) -> None:
        super()._note(event)
        if isinstance(event, events.UnknownEvent) and METRICS in (chunk_of(event) or ()):
            self._stopped = self._metered = True


def chunk_of(event: Event) -> dict[str, Any] | None:
    """The JSON in a chunk, None for another event. Raises ProtocolError for a chunk that holds no JSON object."""
    if not isinstance(event, events.UnknownEvent) or event.type != "chunk":
        return None
    try:
        value = json.loads(base64.b64decode(json.loads(event.payload)["bytes"], validate=True))
        if isinstance(value, dict):
            return value
        reason = "it is no object"
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error) as error:
        reason = str(error) or type(error).__name__
    raise ProtocolError(f"A chunk of the stream holds no JSON object: {reason}.")
