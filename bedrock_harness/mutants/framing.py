"""Defects of framing: bytes cut in unexpected places, damaged, cut off, or not an event stream at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from bedrock_harness.client import reading
from bedrock_harness.client.errors import IncompleteStream, ProtocolError
from bedrock_harness.client.event_source import EventSource
from bedrock_harness.mutants.decoders import PRELUDE, PlainDecoder
from bedrock_harness.mutants.mutant import Mutants, Patch
from bedrock_harness.mutants.places import chunk_by_chunk, on_event
from bedrock_harness.wire import events, frames
from bedrock_harness.wire.errors import EventPayloadError, FrameError, IncompleteFrameError
from bedrock_harness.wire.events import Event, UnknownEvent
from bedrock_harness.wire.frames import Frame

__all__ = ["mutant"]

mutant = Mutants()


@mutant(
    "braces-scanned",
    "JSON objects are found by counting braces in the bytes, and nothing else of a frame is read.",
    because=("Kuberwastaken/claurst#238",),
    fails=("framing/bad-message-checksum", "framing/bad-prelude-checksum", "framing/text-like-frames"),
)
def braces_scanned(patch: Patch) -> None:
    """Look for braces."""
    kinds = {
        "role": "messageStart",
        "start": "contentBlockStart",
        "delta": "contentBlockDelta",
        "stopReason": "messageStop",
        "usage": "metadata",
    }

    class Scanner(PlainDecoder):
        def take(self) -> Frame | None:
            begin = self.buffer.find(b"{")
            depth = 0
            for position in range(max(begin, 0), len(self.buffer)):
                depth += {0x7B: 1, 0x7D: -1}.get(self.buffer[position], 0)
                if depth == 0 and begin >= 0:
                    payload, self.buffer = self.buffer[begin : position + 1], self.buffer[position + 1 :]
                    return self.guess(payload)
            return None

        def guess(self, payload: bytes) -> Frame:
            try:
                members = json.loads(payload)
            except ValueError:
                members = {}
            kind = next((name for member, name in kinds.items() if member in members), "contentBlockStop")
            return Frame({":message-type": "event", ":event-type": kind}, payload)

        def close(self) -> None:
            """What is left holds no braces."""

    patch(frames, "FrameDecoder", Scanner)


@mutant(
    "broken-connection-is-the-end",
    "A connection that breaks is taken for the end of the stream, and that for success.",
    because=("cline/cline#8091", "NousResearch/hermes-agent#109988"),
    fails=("framing/cut-connection", "framing/reset"),
)
def broken_connection_is_the_end(patch: Patch) -> None:
    """Forgive a cut."""
    original = reading.finish

    def finish(*, cut: BaseException | None, **others: Any) -> IncompleteStream | None:
        return None if cut is not None else original(cut=cut, **others)

    patch(reading, "finish", finish)


@mutant(
    "characters-decoded-by-chunk",
    "Each chunk is decoded as UTF-8 by itself, so that a character cut by its end becomes two replacement characters.",
    because=("vercel/ai#19992", "braintrustdata/braintrust-sdk-javascript#2091", "BasedHardware/omi#9638"),
    fails=("framing/cuts-in-characters", "framing/every-byte-apart"),
)
def characters_decoded_by_chunk(patch: Patch) -> None:
    """Decode in pieces."""

    class ByChunk(PlainDecoder):
        def __init__(self, *, max_frame: int = frames.MAX_FRAME) -> None:
            super().__init__(max_frame=max_frame)
            self.cuts: list[int] = []

        def feed(self, data: bytes) -> list[Frame]:
            self.cuts.append(self.offset + len(self.buffer))
            return super().feed(data)

        def read_payload(self, payload: bytes, start: int) -> bytes:
            begin = self.offset + start
            inside = [cut - begin for cut in self.cuts if begin < cut < begin + len(payload)]
            edges = [0, *inside, len(payload)]
            pieces = [payload[one:other] for one, other in pairwise(edges)]
            return "".join(piece.decode(errors="replace") for piece in pieces).encode()

    chunk_by_chunk(patch)
    patch(frames, "FrameDecoder", ByChunk)


@mutant(
    "chunk-is-whole",
    "A chunk is taken to hold whole frames: what is left at its end is thrown away.",
    because=("smithy-lang/smithy-rs#736", "tensorzero/tensorzero#5677"),
    fails=("framing/every-byte-apart", "framing/large-frame"),
)
def chunk_is_whole(patch: Patch) -> None:
    """Keep nothing."""

    class Forgetful(PlainDecoder):
        def feed(self, data: bytes) -> list[Frame]:
            self.buffer = b""
            return super().feed(data)

    chunk_by_chunk(patch)
    patch(frames, "FrameDecoder", Forgetful)


@mutant(
    "frame-is-chunk",
    "Of each chunk one frame is read, and those behind it are lost.",
    because=("jeremychone/rust-genai#297", "smithy-lang/smithy-rs#736"),
    fails=("framing/many-frames", "framing/one-chunk"),
)
def frame_is_chunk(patch: Patch) -> None:
    """Stop at the first frame."""

    class First(PlainDecoder):
        def feed(self, data: bytes) -> list[Frame]:
            return super().feed(data)[:1]

    chunk_by_chunk(patch)
    patch(frames, "FrameDecoder", First)


@mutant(
    "frame-limit-of-64-kib",
    "A frame of more than 64 KiB is refused.",
    because=("agentgateway/agentgateway#2113", "Amazon event stream encoding: payloads of up to 24 MiB"),
    fails=("framing/large-frame",),
)
def frame_limit_of_64_kib(patch: Patch) -> None:
    """Set a low limit."""
    original = frames.FrameDecoder
    patch(frames, "FrameDecoder", lambda: original(max_frame=65_536))


@mutant(
    "headers-by-position",
    "The first header is taken for the event's type, whatever its name.",
    because=("Kuberwastaken/claurst#238",),
    fails=("framing/header-order",),
)
def headers_by_position(patch: Patch) -> None:
    """Read by place."""
    original = events.read_event

    def read_event(frame: Frame) -> Event:
        first = next(iter(frame.headers.values()), "")
        thrown = frame.message_type == "exception"
        return original(frame if thrown else Frame({**frame.headers, ":event-type": first}, frame.payload))

    patch(events, "read_event", read_event)


@mutant(
    "incomplete-frame-forgiven",
    "Bytes of an unfinished frame at the end of the body are thrown away.",
    because=("vercel/ai#19035", "vercel/ai CHANGELOG 1ac9af8"),
    fails=("framing/cut-in-metadata",),
)
def incomplete_frame_forgiven(patch: Patch) -> None:
    """Look away."""
    original = reading.finish

    def finish(*, leftover: IncompleteFrameError | None, **others: Any) -> IncompleteStream | None:  # noqa: ARG001
        return original(leftover=None, **others)

    patch(reading, "finish", finish)


@mutant(
    "message-checksum-unchecked",
    "The checksum of a frame is not looked at.",
    because=("vercel/ai#18994", "Amazon event stream encoding: message CRC"),
    fails=("framing/bad-message-checksum",),
)
def message_checksum_unchecked(patch: Patch) -> None:
    """Check the lengths alone."""

    class Trusting(PlainDecoder):
        def check_message(self, message: bytes) -> None:
            """Believe it."""

    patch(frames, "FrameDecoder", Trusting)


@mutant(
    "prelude-checksum-unchecked",
    "The checksum of a frame's lengths is not looked at.",
    because=("anomalyco/opencode#44630", "Amazon event stream encoding: prelude CRC"),
    fails=("framing/bad-prelude-checksum",),
)
def prelude_checksum_unchecked(patch: Patch) -> None:
    """Check the frame alone."""

    class Trusting(PlainDecoder):
        def check_prelude(self) -> None:
            """Believe it."""

    patch(frames, "FrameDecoder", Trusting)


@mutant(
    "missing-event-type-passed-over",
    "A frame without an event type is passed over.",
    because=("vercel/ai#19034", "botocore: unparsed events are dropped"),
    fails=("framing/missing-event-type",),
)
def missing_event_type_passed_over(patch: Patch) -> None:
    """Call it unknown."""
    original = events.read_event

    def read_event(frame: Frame) -> Event:
        nameless = frame.message_type == "event" and frame.event_type is None
        return UnknownEvent("", frame.payload) if nameless else original(frame)

    patch(events, "read_event", read_event)


@mutant(
    "missing-message-type-is-event",
    "A frame that does not say what kind of message it is, is taken for an event.",
    because=("vercel/ai#19034", "botocore: a missing :message-type is accepted"),
    fails=("framing/missing-message-type",),
)
def missing_message_type_is_event(patch: Patch) -> None:
    """Assume the best."""
    original = events.read_event
    patch(
        events, "read_event", lambda frame: original(Frame({":message-type": "event", **frame.headers}, frame.payload))
    )


@mutant(
    "other-body-is-empty-answer",
    "A reply under 200 that is no event stream is read as one without events.",
    because=("vercel/ai#17523", "BerriAI/litellm#3805"),
    fails=("framing/not-an-event-stream", "framing/unknown-operation-streamed"),
)
def other_body_is_empty_answer(patch: Patch) -> None:
    """Find no events in it."""
    original = EventSource._begin  # noqa: SLF001

    async def begin(self: EventSource) -> Sequence[Event]:
        try:
            return await original(self)
        except ProtocolError:
            self._over = True
            return ()

    patch(EventSource, "_begin", begin)


@mutant(
    "split-prelude-misread",
    "A prelude that comes in two pieces is begun anew with the second: the size is read from the middle of the frame.",
    because=("agentgateway/agentgateway#2113",),
    fails=("framing/cuts-in-every-prelude", "framing/cuts-in-prelude"),
)
def split_prelude_misread(patch: Patch) -> None:
    """Forget the first piece of a prelude."""

    class Misreading(PlainDecoder):
        def feed(self, data: bytes) -> list[Frame]:
            if len(self.buffer) < PRELUDE:
                self.buffer = b""
            return super().feed(data)

    chunk_by_chunk(patch)
    patch(frames, "FrameDecoder", Misreading)


@mutant(
    "undecodable-rest-is-the-end",
    "A frame that cannot be decoded ends the stream, as if it had been complete.",
    because=("vercel/ai#18994", "vercel/ai#19117", "aaif-goose/goose#9579"),
    fails=("framing/absurd-length", "framing/bad-message-checksum", "framing/bad-prelude-checksum"),
)
def undecodable_rest_is_the_end(patch: Patch) -> None:
    """Close in peace after a fault."""
    original = reading.StreamReader.close

    def close(self: reading.StreamReader, *, cut: BaseException | None = None) -> None:
        if self.fault is None or not isinstance(self.fault.__cause__, FrameError):
            original(self, cut=cut)

    patch(reading.StreamReader, "close", close)


@mutant(
    "unknown-event-refused",
    "An event of a type that is not known is an error.",
    because=("agentgateway/agentgateway#3235", "langchain-ai/langchainjs#10942"),
    fails=("framing/unknown-event",),
)
def unknown_event_refused(patch: Patch) -> None:
    """Close the union."""

    def refused(event: Event) -> Event:
        if isinstance(event, UnknownEvent):
            raise EventPayloadError(f"there is no event {event.type}", frame=event.frame)
        return event

    on_event(patch, refused)


@mutant(
    "unknown-members-refused",
    "An event with a member that is not known is an error.",
    because=("agentgateway/agentgateway#3235", "vercel/ai#15501"),
    fails=("framing/unknown-members",),
)
def unknown_members_refused(patch: Patch) -> None:
    """Close the schema, padding excepted."""

    def refused(event: Event) -> Event:
        if type(event) in events.EVENT_TYPES.values() and event.extra.keys() - {"p"}:
            raise EventPayloadError(f"unknown members: {', '.join(event.extra)}", frame=event.frame)
        return event

    on_event(patch, refused)


@mutant(
    "unreadable-event-passed-over",
    "An event whose JSON is broken is passed over.",
    because=("vercel/ai#18994", "ortus-boxlang/bx-ai#273"),
    fails=("framing/payload-not-json",),
)
def unreadable_event_passed_over(patch: Patch) -> None:
    """Log it and go on."""
    original = events.read_event

    def read_event(frame: Frame) -> Event:
        try:
            return original(frame)
        except EventPayloadError:
            return UnknownEvent(str(frame.event_type), frame.payload)

    patch(events, "read_event", read_event)
