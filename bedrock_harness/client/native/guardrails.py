"""What a guardrail did to an InvokeModel reply, said as Converse says it: in the stop reason, and in the trace.

Knows the two members that the service adds around a family's own (traceloop/openllmetry recorded them): to a whole body, and
to the last chunk of a stream. So a stream's stop waits for that chunk, which the service sends in every stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from bedrock_harness.client.native.shared import Chunks
from bedrock_harness.wire import events
from bedrock_harness.wire.events import Event

__all__ = ["GuardedChunks", "guarded"]

_INTERVENED = "guardrail_intervened"


def guarded(reply: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """A Converse reply with what the guardrail did, by the body that it was read from."""
    trace = body.get("amazon-bedrock-trace")
    stopped = {"stopReason": _INTERVENED} if _intervened(body) else {}
    return {**reply, **stopped} | ({"trace": trace} if isinstance(trace, dict) else {})


def _intervened(body: Mapping[str, Any]) -> bool:
    return body.get("amazon-bedrock-guardrailAction") == "INTERVENED"


class GuardedChunks:
    """A format's chunks, with what the guardrail did."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._stop: events.MessageStop | None = None

    def events(self, chunk: Mapping[str, Any]) -> list[Event]:
        """The events that this chunk brings; the stop comes with the metadata."""
        found: list[Event] = []
        metadata: list[Event] = []
        for event in self._chunks.events(chunk):
            if isinstance(event, events.MessageStop):
                self._stop = event
            elif isinstance(event, events.Metadata):
                trace = chunk.get("amazon-bedrock-trace")
                metadata.append(replace(event, trace=trace) if isinstance(trace, dict) else event)
            else:
                found.append(event)
        if metadata and self._stop is not None:
            found.append(replace(self._stop, stop_reason=_INTERVENED) if _intervened(chunk) else self._stop)
        return found + metadata
