"""A streamed reply from its request to its end: written once, as coroutines over a transport.

Knows when it is open, how long it may be tried again, and what is left when its reader leaves. What bytes mean `reading`
knows, how a request is sent `exchanges`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from itertools import chain

import httpx

from bedrock_harness.client import exchanges, reading, refusals, replies
from bedrock_harness.client.errors import BedrockError
from bedrock_harness.client.network import NO_DEADLINE, Deadline, Transport, transport
from bedrock_harness.client.settings import Settings
from bedrock_harness.client.signing import Call
from bedrock_harness.wire.errors import WireError
from bedrock_harness.wire.events import Event
from bedrock_harness.wire.fold import fold

__all__ = ["EventSource"]


class EventSource:
    """The events of one streamed reply, in batches as they arrive. `reader` makes what reads them, for each attempt anew.

    It is open when the first event is there: until then a failure may be tried again, from then on it may not. Events are
    kept for `reply`, whatever has been taken of them.
    """

    def __init__(
        self,
        network: Transport,
        settings: Settings,
        call: Call,
        reader: Callable[[str | None], reading.StreamReader] = reading.StreamReader,
    ) -> None:
        self._network = network
        self._settings = settings
        self._call = call
        self._new_reader = reader
        self._response: httpx.Response | None = None
        self._pieces: AsyncGenerator[bytes]
        self._arriving: AsyncGenerator[Sequence[Event]]
        self._first: Sequence[Event] = ()
        self._seen: list[Sequence[Event]] = []
        self._deadline = NO_DEADLINE
        self._opened = False
        self._over = False
        self._error: BedrockError | None = None

    @property
    def request_id(self) -> str | None:
        """The service's id of the request, None before the stream is open."""
        return exchanges.request_id_of(self._response) if self._response is not None else None

    async def open(self) -> None:
        """Send the request and wait for the first event. Does nothing the second time."""
        if self._opened:
            return
        self._opened = True
        self._deadline = Deadline(self._settings.total_timeout)
        try:
            self._first = await exchanges.with_retries(self._network, self._settings, self._begin, self._deadline)
        except BaseException as error:
            self._fail(error)
            raise

    async def more(self) -> Sequence[Event]:
        """The next events, none at the end. Raises an error that ended the stream each time it is asked."""
        if not self._opened:
            await self.open()
        if self._error is not None:
            raise self._error
        if self._over:
            return ()
        batch, self._first = self._first, ()
        if not batch:
            batch = await self._read()
        self._seen.append(batch)
        return batch

    async def reply(self) -> replies.Reply:
        """Read to the end and fold all events, the ones taken before included."""
        while await self.more():
            pass
        try:
            return replies.Reply(fold(chain.from_iterable(self._seen)), self.request_id)
        except WireError as error:
            raise reading.broken(error, self.request_id) from error

    async def close(self) -> None:
        """Leave: a stream that is not at its end is cut off, its connection closed."""
        if not self._over:
            self._fail(None)
            await self._leave()

    async def _begin(self) -> Sequence[Event]:
        self._response = response = await exchanges.post(self._network, self._settings, self._call)
        content_type = response.headers.get("content-type", "")
        if not reading.is_event_stream(content_type):
            body = await exchanges.read_body(self._network, response, refusals.MAX_REFUSAL, cut=True)
            raise reading.not_a_stream(content_type, body, self.request_id)
        self._over, self._error = False, None
        self._pieces = self._network.pieces(response)
        self._arriving = self._events(response, self._pieces)
        return await self._read()

    async def _read(self) -> Sequence[Event]:
        """The next events, none at the end. Whatever goes wrong, cancellation included, the connection is let go of."""
        try:
            with self._deadline:
                batch = await anext(self._arriving, None) or ()
        except BaseException as error:
            self._fail(error)
            await self._leave()
            raise
        if not batch:
            self._over = True
            await self._leave()
        return batch

    async def _events(self, response: httpx.Response, pieces: AsyncGenerator[bytes]) -> AsyncGenerator[Sequence[Event]]:
        """The events in a body's pieces, in batches, up to its proper end; raises what makes it another."""
        reader = self._new_reader(self.request_id)
        cut: httpx.HTTPError | None = None
        size = 0
        try:
            async for piece in pieces:
                size += len(piece)
                if size > exchanges.MAX_BODY:
                    raise exchanges.too_long(exchanges.MAX_BODY, self.request_id)
                if self._deadline.is_over():
                    raise transport.out_of_time(response.url.netloc.decode())
                if batch := reader.feed(piece):
                    yield batch
                if reader.fault is not None:
                    break
        except httpx.TimeoutException as error:
            raise transport.translate(error) from error
        except httpx.HTTPError as error:
            cut = error
        reader.close(cut=cut)

    async def _leave(self) -> None:
        """Close the reply, then the reading of it. Who still reads, in another thread or task, notices by the connection."""
        if self._response is None:
            return
        await self._network.close(self._response)
        for reading_of_it in (self._arriving, self._pieces):
            with suppress(RuntimeError):  # It is being read.
                await reading_of_it.aclose()

    def _fail(self, error: BaseException | None) -> None:
        """Remember why there is no more. A reader who left, or was interrupted, has half a reply and no error of ours."""
        self._over = True
        self._error = error if isinstance(error, BedrockError) else reading.left_early(self.request_id)
