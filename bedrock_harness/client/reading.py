"""A ConverseStream body read as typed events, to its proper end or to the error that it is.

Fed bytes, it yields events; it knows no socket. Knows which endings are complete: a stream is over when `messageStop` was
seen and the body ended between two frames. `metadata` may be missing. What is merely unknown is passed on, what is broken
is an error, and what came before the fault is yielded first.
"""

from __future__ import annotations

from collections.abc import Sequence

from bedrock_harness.client import service_errors
from bedrock_harness.client.errors import BedrockError, IncompleteStream, ProtocolError, StreamError
from bedrock_harness.client.refusals import excerpt
from bedrock_harness.service import exceptions
from bedrock_harness.wire import events, frames
from bedrock_harness.wire.errors import (
    FrameError,
    IncompleteFrameError,
    MessageChecksumError,
    PreludeChecksumError,
    WireError,
)

__all__ = [
    "EVENT_STREAM",
    "StreamReader",
    "TextReader",
    "broken",
    "finish",
    "is_event_stream",
    "left_early",
    "not_a_stream",
    "text_of",
    "to_error",
    "whole",
]

EVENT_STREAM = "application/vnd.amazon.eventstream"


class StreamReader:
    """Feed it a body's bytes; it gives events. An error is raised when all events ahead of it have been given."""

    def __init__(self, request_id: str | None) -> None:
        self._decoder = frames.FrameDecoder()
        self._request_id = request_id
        self._fault: BedrockError | None = None
        self._stopped = False
        self._metered = False

    @property
    def fault(self) -> BedrockError | None:
        """What ended the stream behind the events given so far."""
        return self._fault

    def feed(self, data: bytes) -> Sequence[events.Event]:
        """The events that these bytes complete. What follows a fault is not read: the format cannot be resumed."""
        if self._fault is not None:
            return ()
        try:
            arrived = self._decoder.feed(data)
        except FrameError as error:
            arrived, self._fault = error.before, broken(error, self._request_id)
        given: list[events.Event] = []
        # Nearly all events are deltas, which say nothing about the end. Names are looked up once for all of them.
        read, delta = events.read_event, events.ContentBlockDelta
        try:
            for frame in arrived:
                event = read(frame)
                if type(event) is not delta:
                    self._note(event)
                given.append(event)
        except WireError as error:
            self._fault = broken(error, self._request_id)
        except BedrockError as error:
            self._fault = error
        return given

    def _note(self, event: events.Event) -> None:
        """What an event says about the end; raises the error that it is."""
        if isinstance(event, events.Thrown):
            raise to_error(event, self._request_id)
        self._stopped |= isinstance(event, events.MessageStop)
        self._metered |= isinstance(event, events.Metadata)

    def close(self, *, cut: BaseException | None = None) -> None:
        """Say that the body has ended, by itself or cut off by the transport. Raises what makes it incomplete."""
        if self._fault is None:
            try:
                self._decoder.close()
                leftover = None
            except IncompleteFrameError as error:
                leftover = error
            self._fault = finish(
                leftover=leftover, cut=cut, stopped=self._stopped, metered=self._metered, request_id=self._request_id
            )
        if self._fault is not None:
            raise self._fault


def to_error(thrown: events.Thrown, request_id: str | None) -> StreamError:
    """The error of an exception frame or an error frame: named and numbered as the same exception over HTTP.

    An exception that the table does not know keeps its name and has no status: a guess would be believed
    (aws-samples/foundation-model-benchmarking-tool#247).
    """
    known = exceptions.find(thrown.name)
    code = known.name if known else thrown.name
    return service_errors.in_stream(service_errors.kind_of(code, thrown.message))(
        thrown.message or "the stream ended with this exception and no message",
        code=code,
        status=known.status if known else None,
        request_id=request_id,
        retryable=known.retryable if known else False,
        members=thrown.members,
    )


def broken(error: WireError, request_id: str | None) -> ProtocolError:
    """A fault of the wire as the client's own error, its cause kept. Bytes damaged on the way may arrive sound (B14)."""
    damaged = isinstance(error, MessageChecksumError | PreludeChecksumError)
    fault = ProtocolError(f"The stream is broken: {error}.", hint=error.hint, request_id=request_id, retryable=damaged)
    fault.__cause__ = error
    return fault


def finish(
    *,
    leftover: IncompleteFrameError | None,
    cut: BaseException | None,
    stopped: bool,
    metered: bool,
    request_id: str | None,
) -> IncompleteStream | None:
    """Decide at the end of a body: None for a complete stream, else what is missing.

    `leftover` is the frame it ended in, `cut` the transport's error, `stopped` whether messageStop was seen, `metered`
    whether metadata was. Nothing comes after metadata: a connection that breaks there has cost nothing.
    """
    cause: BaseException | None = leftover or cut
    if leftover is not None:
        reason = f"{leftover}"
    elif not stopped:
        reason = "the body ended before messageStop" if cut is None else "the connection broke before messageStop"
    elif cut is not None and not metered:
        reason = "the connection broke after messageStop and before metadata"
    else:
        return None
    error = IncompleteStream(
        f"The reply is incomplete: {reason}.",
        hint="Do not take what has arrived for the whole answer, and run no tool on it.",
        request_id=request_id,
        retryable=True,
    )
    error.__cause__ = cause
    return error


def left_early(request_id: str | None) -> IncompleteStream:
    """The error of a stream whose reader would hear no more, for whoever asks it for more."""
    return IncompleteStream("The stream was closed before its end, by its reader.", request_id=request_id)


class TextReader:
    """The answer's text out of events, never half a character: a half waits for the next event.

    JSON can cut an emoji into two escapes, and two deltas can share it (vercel/ai#19992).
    """

    def __init__(self) -> None:
        self._half = ""

    def feed(self, event: events.Event) -> str:
        """The text that can be shown after this event, often none."""
        text = self._half + text_of(event)
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return whole(text[:-1] if self._half else text)

    def close(self) -> str:
        """What is left at the end: a half without its other half is U+FFFD."""
        return whole(self._half)


def text_of(event: events.Event) -> str:
    """The piece of the answer's text that an event holds; reasoning and tool calls are none."""
    return (event.delta.text or "") if isinstance(event, events.ContentBlockDelta) else ""


def whole(text: str) -> str:
    """The text with the halves of its characters joined, and U+FFFD for a half by itself."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def is_event_stream(content_type: str) -> bool:
    """Whether a reply says that it is an event stream."""
    return content_type.partition(";")[0].strip().lower() == EVENT_STREAM


def not_a_stream(content_type: str, body: bytes, request_id: str | None) -> ProtocolError:
    """The error of a body under HTTP 200 that is something else, its beginning shown (vercel/ai#17523)."""
    return ProtocolError(
        f"HTTP 200 with {content_type or 'no content type'} in place of an event stream: "
        f"{excerpt(body) or 'the body is empty'}",
        hint="Check the endpoint and the model id: a proxy or another operation has answered.",
        request_id=request_id,
    )
