"""Defects of reading a stream: when it begins, when it is over, and what lies between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bedrock_harness.client import clients, reading
from bedrock_harness.client.event_source import EventSource
from bedrock_harness.client.network import transport
from bedrock_harness.client.network.transport import HttpOptions
from bedrock_harness.mutants.mutant import Mutants, Patch
from bedrock_harness.mutants.places import Parts, on_event, on_events, on_parts
from bedrock_harness.wire.errors import EventPayloadError
from bedrock_harness.wire.events import (
    ContentBlockDelta,
    ContentBlockStart,
    Delta,
    Event,
    MessageStop,
    Metadata,
)

__all__ = ["mutant"]

mutant = Mutants()


@mutant(
    "empty-delta-refused",
    "A piece of text without a character is an error.",
    because=("vercel/ai fixture issue-11409", "NousResearch/hermes-agent#60628"),
    fails=("stream/empty-delta",),
)
def empty_delta_refused(patch: Patch) -> None:
    """Demand text."""

    def refused(event: Event) -> Event:
        if isinstance(event, ContentBlockDelta) and event.delta.text == "":
            raise EventPayloadError("text has at least one character", frame=event.frame)
        return event

    on_event(patch, refused)


@mutant(
    "last-text-block-kept",
    "The text of each block takes the place of the text before it.",
    because=("janeapp/riffer#222",),
    fails=("stream/several-text-blocks",),
)
def last_text_block_kept(patch: Patch) -> None:
    """Overwrite."""

    def last(told: Iterator[Event]) -> Iterator[Event]:
        text: list[Event] = []
        index = -1
        for event in told:
            if isinstance(event, ContentBlockDelta) and event.delta.text is not None:
                if event.content_block_index != index:
                    text, index = [], event.content_block_index
                text.append(event)
            else:
                if isinstance(event, MessageStop):
                    yield from text
                yield event

    on_events(patch, last)


@mutant(
    "end-of-body-is-success",
    "However a body ends, its end is taken for the end of the message.",
    because=(
        "NousResearch/hermes-agent#109988",
        "BerriAI/litellm#32686",
        "earendil-works/pi#4210",
        "langchain-ai/langchain-aws#1287",
    ),
    fails=(
        "framing/cut-mid-frame",
        "stream/no-events",
        "stream/no-message-stop-after-block",
        "stream/no-message-stop-after-text",
    ),
)
def end_of_body_is_success(patch: Patch) -> None:
    """Miss nothing."""
    patch(reading, "finish", lambda **_: None)


@mutant(
    "metadata-before-stop-ignored",
    "Token counts are read only behind the end of the message.",
    because=("Effect-TS/effect#6160",),
    fails=("stream/metadata-before-stop",),
)
def metadata_before_stop_ignored(patch: Patch) -> None:
    """Look for them late."""

    def late(told: Iterator[Event]) -> Iterator[Event]:
        stopped = False
        for event in told:
            stopped = stopped or isinstance(event, MessageStop)
            if stopped or not isinstance(event, Metadata):
                yield event

    on_events(patch, late)


@mutant(
    "metadata-not-awaited",
    "Reading ends with the end of the message, ahead of the token counts.",
    because=("Effect-TS/effect#6272", "lastmile-ai/mcp-agent#634", "infiniflow/ragflow#17775"),
    fails=("stream/metadata-late",),
)
def metadata_not_awaited(patch: Patch) -> None:
    """Leave early."""

    def early(told: Iterator[Event]) -> Iterator[Event]:
        for event in told:
            yield event
            if isinstance(event, MessageStop):
                return

    on_events(patch, early)


@mutant(
    "missing-usage-is-zero",
    "Where no token counts came, zeros are told.",
    because=("BerriAI/litellm#32686", "aaif-goose/goose#9579"),
    fails=("stream/metadata-missing",),
)
def missing_usage_is_zero(patch: Patch) -> None:
    """Make counts up."""

    def counted(parts: Parts) -> Parts:
        told = False
        for part in parts:
            told = told or "usage" in part
            yield part
        if not told:
            yield {"usage": {"input": 0, "output": 0, "total": 0}}

    on_parts(patch, counted)


@mutant(
    "read-timeout-ignored",
    "The caller's read timeout is not passed on, so that a silent service is waited for.",
    because=("Graphify-Labs/graphify#2283", "Bike4Mind/bike4mind#2253"),
    fails=("stream/stall",),
)
def read_timeout_ignored(patch: Patch) -> None:
    """Forget the timeout."""
    original = transport.http_options

    def options(*, timeout: float | None, read_timeout: float | None, ca_file: str | None) -> HttpOptions:  # noqa: ARG001
        return original(timeout=timeout, read_timeout=None, ca_file=ca_file)

    patch(clients, "http_options", options)


@mutant(
    "stream-drained",
    "A stream that the caller leaves is read to its end.",
    because=("majiayu000/litellm-rs#346", "langchain-ai/langchain-aws#819", "aws/aws-sdk-java-v2#6876"),
    fails=("stream/abandoned",),
)
def stream_drained(patch: Patch) -> None:
    """Read on."""
    original = EventSource.close

    async def close(self: EventSource) -> None:
        if self._error is None:
            while await self.more():
                pass
        await original(self)

    patch(EventSource, "close", close)


@mutant(
    "text-needs-block-start",
    "Text is told only in a block that was started, and the service starts none for text.",
    because=("crmne/ruby_llm#813", "BerriAI/litellm#4098"),
    fails=("stream/text-without-block-start",),
)
def text_needs_block_start(patch: Patch) -> None:
    """Wait for a start."""

    def started(told: Iterator[Event]) -> Iterator[Event]:
        begun: set[int] = set()
        for event in told:
            if isinstance(event, ContentBlockStart):
                begun.add(event.content_block_index)
            elif isinstance(event, ContentBlockDelta) and event.content_block_index not in begun:
                continue
            yield event

    on_events(patch, started)


@mutant(
    "unknown-delta-refused",
    "A piece that is neither text nor a tool's input nor reasoning is an error.",
    because=("langchain-ai/langchainjs#10942", "vercel/ai#15501", "strands-agents/sdk-typescript#910"),
    fails=("stream/citation", "stream/unknown-delta"),
)
def unknown_delta_refused(patch: Patch) -> None:
    """Close the union."""

    def refused(event: Event) -> Event:
        if isinstance(event, ContentBlockDelta) and not _known(event.delta):
            raise EventPayloadError("unsupported content block type", frame=event.frame)
        return event

    on_event(patch, refused)


def _known(delta: Delta) -> bool:
    return any(kind is not None for kind in (delta.text, delta.tool_use, delta.reasoning_content))


@mutant(
    "whole-stream-buffered",
    "The stream is read to its end before anything of it is told.",
    because=("aaif-goose/goose#9577", "nearai/ironclaw#741", "floci-io/floci#3043"),
    fails=("stream/incremental",),
)
def whole_stream_buffered(patch: Patch) -> None:
    """Gather first."""

    def gathered(told: Iterator[Event]) -> Iterable[Event]:
        return list(told)

    on_events(patch, gathered)
