"""Defects in what becomes of an exception inside a stream."""

from __future__ import annotations

from collections.abc import Sequence

from bedrock_harness.client import reading
from bedrock_harness.client.errors import BedrockError, ServiceError, StreamError
from bedrock_harness.client.event_source import EventSource
from bedrock_harness.mutants.mutant import Mutants, Patch
from bedrock_harness.mutants.places import Block, Parts, on_event, on_parts
from bedrock_harness.providers.adapters.reference import adapter
from bedrock_harness.service import exceptions
from bedrock_harness.wire.events import Event, MessageStop, Thrown, ToolUseStart, UnknownEvent

__all__ = ["mutant"]

mutant = Mutants()

MODELLED = (
    "exceptions/internal-server",
    "exceptions/model-stream-error",
    "exceptions/service-unavailable",
    "exceptions/throttling",
    "exceptions/validation",
)


@mutant(
    "error-frame-passed-over",
    "An error frame, which has no event type, is passed over.",
    because=("vercel/ai#19034", "BerriAI/litellm#4562"),
    fails=("exceptions/error-frame",),
)
def error_frame_passed_over(patch: Patch) -> None:
    """Know exceptions only."""
    on_event(
        patch,
        lambda event: UnknownEvent("", b"{}") if isinstance(event, Thrown) and event.category == "error" else event,
    )


@mutant(
    "exception-frame-passed-over",
    "An exception frame, which has no event type, is passed over.",
    because=("vercel/ai#19034", "agentjido/req_llm#1033", "aaif-goose/goose#9579"),
    fails=MODELLED,
)
def exception_frame_passed_over(patch: Patch) -> None:
    """Read event types only."""
    on_event(
        patch,
        lambda event: UnknownEvent("", b"{}") if isinstance(event, Thrown) and event.category == "exception" else event,
    )


@mutant(
    "exception-is-the-end",
    "An exception in a stream ends it, as if the message had been over.",
    because=("agentjido/req_llm#1033", "aaif-goose/goose#9579", "janeapp/riffer#222", "Portkey-AI/gateway#1047"),
    fails=(*MODELLED, "exceptions/error-frame", "exceptions/first-frame", "exceptions/unmodelled"),
)
def exception_is_the_end(patch: Patch) -> None:
    """End in peace."""
    on_event(patch, lambda event: MessageStop("end_turn") if isinstance(event, Thrown) else event)


@mutant(
    "exception-message-lost",
    "The message of an exception in a stream is lost; its name is told.",
    because=("vercel/ai#17124", "crmne/ruby_llm#871"),
    fails=MODELLED,
)
def exception_message_lost(patch: Patch) -> None:
    """Look for the message where it is not."""
    original = reading.to_error

    def to_error(thrown: Thrown, request_id: str | None) -> StreamError:
        return original(Thrown(thrown.name, "", thrown.members), request_id)

    patch(reading, "to_error", to_error)


@mutant(
    "exceptions-are-invalid-requests",
    "Every exception in a stream is told as a ValidationException with status 400.",
    because=("can1357/oh-my-pi#12449", "aws-samples/foundation-model-benchmarking-tool#247"),
    fails=MODELLED[:-1],
)
def exceptions_are_invalid_requests(patch: Patch) -> None:
    """Rename them all."""
    original = reading.to_error

    def to_error(thrown: Thrown, request_id: str | None) -> StreamError:
        return original(Thrown("validationException", thrown.message, thrown.members), request_id)

    patch(reading, "to_error", to_error)


@mutant(
    "first-frame-not-examined",
    "An exception in the first frame leaves a stream without events, and no error.",
    because=("Portkey-AI/gateway#1047", "maximhq/bifrost#2480"),
    fails=("exceptions/first-frame",),
)
def first_frame_not_examined(patch: Patch) -> None:
    """Take 200 for success."""
    original = EventSource._begin  # noqa: SLF001

    async def begin(self: EventSource) -> Sequence[Event]:
        try:
            return await original(self)
        except StreamError:
            self._error = None
            return ()

    patch(EventSource, "_begin", begin)


@mutant(
    "half-calls-told",
    "When a stream breaks, the tool call that was open is handed over with what there is of it.",
    because=("BerriAI/litellm#32686", "aaif-goose/goose#11838"),
    fails=("exceptions/after-tool-start", "tools/cut-by-end"),
)
def half_calls_told(patch: Patch) -> None:
    """Flush on the way out."""
    init, stop = adapter.Unfinished.__init__, adapter.Unfinished.stop
    still_open: list[ToolUseStart] = []

    def begin(self: adapter.Unfinished, call: ToolUseStart | None) -> None:
        init(self, call)
        still_open.extend(filter(None, [call]))

    def end(self: adapter.Unfinished) -> Parts:
        still_open.clear()
        return stop(self)

    def flushed(parts: Parts) -> Parts:
        still_open.clear()
        try:
            yield from parts
        except BedrockError:
            for call in still_open:
                yield {"tool_call": {"id": call.tool_use_id, "name": call.name, "input": {}}}
            raise

    patch(adapter.Unfinished, "__init__", begin)
    patch(adapter.Unfinished, "stop", end)
    on_parts(patch, flushed)


@mutant(
    "errors-told-as-text",
    "What the service refuses is told as the assistant's text.",
    because=("RooCodeInc/Roo-Code#5050", "danilop/multimodal-chat#20", "aws/aws-sdk-java#821"),
    fails=("errors/html-from-a-proxy", "errors/refused-before-streaming", "exceptions/first-frame"),
)
def errors_told_as_text(patch: Patch) -> None:
    """Make an answer of it."""
    original = adapter.ReferenceConversation.send

    def send(self: adapter.ReferenceConversation, content: list[Block], stream: bool) -> Parts:
        try:
            yield from original(self, content, stream)
        except ServiceError as error:
            yield {"text": f"Error: {error.message}"}
            yield {"stop": "end_turn"}

    patch(adapter.ReferenceConversation, "send", send)


@mutant(
    "sent-again-after-text",
    "A stream that breaks is begun anew, though some of its text was told.",
    because=("macanderson/stella#547", "HKUDS/nanobot#2760"),
    fails=("exceptions/no-blind-retry",),
)
def sent_again_after_text(patch: Patch) -> None:
    """Try again whatever was told."""
    original = adapter.ReferenceConversation.send

    def send(self: adapter.ReferenceConversation, content: list[Block], stream: bool) -> Parts:
        attempts = self._client._settings.attempts  # noqa: SLF001
        while attempts := attempts - 1:
            try:
                yield from original(self, content, stream)
            except StreamError:
                continue
            return
        yield from original(self, content, stream)

    patch(adapter.ReferenceConversation, "send", send)


@mutant(
    "unmodelled-exception-passed-over",
    "An exception of a name that is not known is passed over.",
    because=("aaif-goose/goose#9579", "vercel/ai#19034"),
    fails=("exceptions/unmodelled",),
)
def unmodelled_exception_passed_over(patch: Patch) -> None:
    """Have a default branch that does nothing."""

    def known(event: Event) -> Event:
        passed = isinstance(event, Thrown) and event.category == "exception" and exceptions.find(event.name) is None
        return UnknownEvent("", b"{}") if passed else event

    on_event(patch, known)
