"""The recorder: a reverse proxy on loopback that signs anew, and keeps what goes by.

Between any client and an upstream. A request must be signed with the recorder's own keys, made up for one run: whoever else
is on this machine must not spend the upstream's. Each piece of a reply is passed on the moment it comes, and noted with its
time. What is done with an exchange that is over is the business of `keep`, which is called in a thread of its own, one
exchange after the other.

A client that leaves early does not end the recording of its reply. A reply that the upstream breaks off is kept as such.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import chain
from secrets import randbits
from time import monotonic, monotonic_ns
from types import TracebackType
from typing import Self
from uuid import uuid4

import httpx
from msgspec import Struct, structs

from bedrock_harness.recordings.passing import MAX_REPLY, Passing
from bedrock_harness.recordings.tape import Take
from bedrock_harness.recordings.upstream import Upstream, UpstreamError, outgoing, unreachable
from bedrock_harness.service.model_ids import parse_path
from bedrock_harness.simulator.background import LoopThread
from bedrock_harness.simulator.identities import Identities, make_identities
from bedrock_harness.simulator.judgement import Measure, authorize
from bedrock_harness.simulator.listening.listener import bind
from bedrock_harness.simulator.listening.requests import Limits, Received, Refused, RequestReader
from bedrock_harness.simulator.refusals import refuse_authorization
from bedrock_harness.simulator.rendering.encoding import (
    Encoded,
    encode_malformed,
    encode_refusal,
    encode_reply,
    make_head,
)
from bedrock_harness.simulator.rendering.form import Form
from bedrock_harness.simulator.script import Http
from bedrock_harness.wire.sigv4 import Request

__all__ = ["Outcome", "Recorder"]

_READ = 64 * 1024
_GRACE = 1.0
"""Seconds for replies to be over when the recorder is left: a client knows the end of its own a little earlier than we."""
_POLL = 0.001
_MOST_WAITING = 16
"""Exchanges that wait for the disk. With more of them the next replies wait as well, so that memory stays bounded."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of one request. `problem` says why nothing was kept, None where something was. Times are seconds."""

    operation: str | None
    model: str | None
    target: str
    status: int
    chunks: int = 0
    first: float | None = None
    """From the complete request to the first piece of the body."""
    last: float | None = None
    broken: bool = False
    problem: str | None = None


class Recorder:
    """Runs in a thread of its own while it is entered.

    ```python
    tape = Tape(Path("hello.yaml"))
    with Recorder(upstream, keep=tape.keep) as recorder:
        client = boto3.client("bedrock-runtime", endpoint_url=recorder.url, ...)
    tape.close()
    ```

    `observer` is called with each Outcome, in the recorder's thread. Entering raises UpstreamError where the upstream
    cannot be reached, SimulatorError where the address cannot be listened on.
    """

    def __init__(
        self,
        upstream: Upstream,
        *,
        keep: Callable[[Take], None],
        host: str = "127.0.0.1",
        port: int = 0,
        observer: Callable[[Outcome], None] | None = None,
    ) -> None:
        self._upstream = upstream
        self._keep = keep
        self._host, self._port = host, port
        self._observer = observer
        self._identities = make_identities(randbits(128))
        self._secrets = _secrets(self._identities)
        self._limits = Limits()
        self._tasks: set[asyncio.Task[None]] = set()
        self._keeping: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self.began = False
        """Whether it has ever listened: where it has not, the upstream or the address was to blame."""
        self._keeper = ThreadPoolExecutor(1, "bedrock-recorder-keep")

    # ------------------------------------------------------------------------------------------------------ its address

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{f'[{self._host}]' if ':' in self._host else self._host}:{self._port}"

    @property
    def bearer_token(self) -> str:
        """The token accepted as `Authorization: Bearer`."""
        token = self._identities.bearer.bearer_token
        assert token is not None
        return token

    def environment(self) -> dict[str, str]:
        """What to export so that an AWS SDK calls the recorder."""
        return {
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": self.url,
            "AWS_ACCESS_KEY_ID": self._identities.keys.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self._identities.keys.secret_access_key,
            "AWS_REGION": self._upstream.region,
            "AWS_DEFAULT_REGION": self._upstream.region,
        }

    # --------------------------------------------------------------------------------------------------- start and stop

    def __enter__(self) -> Self:
        bound = bind(self._host, self._port)
        self._port = bound.getsockname()[1]
        self._thread = LoopThread("bedrock-recorder")
        try:
            self._thread.run(self._start(bound))
        except BaseException:
            bound.close()
            self._thread.stop()
            self._keeper.shutdown()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.run(self._stop())
        self._thread.stop()
        self._keeper.shutdown()

    async def _start(self, bound: socket.socket) -> None:
        await self._upstream.check()
        self._client = self._upstream.connect()
        self._server = await asyncio.start_server(self._connection, sock=bound, limit=_READ)
        self.began = True

    async def _stop(self) -> None:
        self._server.close()
        deadline = monotonic() + _GRACE
        while self._under_way and monotonic() < deadline:  # noqa: ASYNC110 - for a moment, once
            await asyncio.sleep(_POLL)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*self._keeping)
        await self._server.wait_closed()
        await self._client.aclose()

    # ----------------------------------------------------------------------------------------------------- a connection

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            # A peer that is gone, or silent for too long, is no event.
            with suppress(OSError, TimeoutError, asyncio.CancelledError):
                await self._converse(reader, writer)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests = RequestReader(self._limits)
        while True:
            async with asyncio.timeout(self._limits.idle):
                data = await reader.read(_READ)
            if not data:
                return
            for item in requests.feed(data):
                if isinstance(item, Refused):
                    await _answer(writer, encode_malformed(item.status, item.reason))
                    return
                if not await self._exchange(item, writer):
                    return
            if requests.awaits_continue:
                requests.continue_sent()
                writer.write(_CONTINUE)

    async def _exchange(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        """Pass one request on and its reply back, and say whether the connection can take another."""
        self._under_way += 1
        try:
            return await self._pass_on(received, writer)
        finally:
            self._under_way -= 1

    async def _pass_on(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        request, start, at = received.request, monotonic_ns(), datetime.now(UTC)
        verdict = authorize(request, self._identities, Measure(self._upstream.region), at=at)
        if not verdict.valid:
            refusal = refuse_authorization(request, verdict, region=self._upstream.region, at=at)
            return await self._fail(writer, request, encode_refusal(refusal), f"not passed on: {verdict.reason}")
        try:
            sent, secrets = outgoing(self._upstream, request, at)
            response = await self._client.send(sent, stream=True)
        except (UpstreamError, httpx.HTTPError) as error:
            cause = str(error if isinstance(error, UpstreamError) else unreachable(self._upstream.origin, error))
            body = Http(502, {"Content-Type": "text/plain"}, f"bedrock-harness record: {cause}".encode())
            return await self._fail(writer, request, encode_reply(body, Form(), seed=""), cause)
        passing = Passing(response, received, writer, start)
        try:
            await passing.run()
        except asyncio.CancelledError:
            problem = "not kept: the recording was ended before the reply was"
            self._tell(structs.replace(_outcome(request, response.status_code), problem=problem))
            raise
        finally:
            await response.aclose()
        if not passing.keep_alive:
            writer.close()  # at once: this is how the client learns of the reply's end
        take = passing.take(at, self._upstream.origin, secrets | self._secrets)
        while len(self._keeping) >= _MOST_WAITING:
            await asyncio.wait(self._keeping, return_when=asyncio.FIRST_COMPLETED)
        # In a task of its own: the client's next request must not wait for the disk.
        keeping = asyncio.create_task(self._keep_and_tell(take, passing))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)
        return passing.keep_alive

    async def _keep_and_tell(self, take: Take, passing: Passing) -> None:
        outcome = structs.replace(
            _outcome(take.request, take.status),
            chunks=len(passing.chunks),
            first=passing.chunks[0].at / 1e9 if passing.chunks else None,
            last=passing.chunks[-1].at / 1e9 if passing.chunks else None,
            broken=passing.broken,
        )
        if passing.too_long:
            outcome = structs.replace(outcome, problem=f"not kept: the reply has more than {MAX_REPLY >> 20} MiB")
        else:
            try:
                await asyncio.wrap_future(self._keeper.submit(self._keep, take))
            except Exception as error:  # noqa: BLE001 - the reply has been passed on, whatever became of keeping it
                outcome = structs.replace(outcome, problem=f"not kept: {error}")
        self._tell(outcome)

    async def _fail(self, writer: asyncio.StreamWriter, request: Request, reply: Encoded, problem: str) -> bool:
        """Answer in the upstream's place, and have done with the connection."""
        self._tell(structs.replace(_outcome(request, reply.status), problem=problem))
        await _answer(writer, reply)
        return False

    def _tell(self, outcome: Outcome) -> None:
        if self._observer is not None:
            self._observer(outcome)


async def _answer(writer: asyncio.StreamWriter, reply: Encoded) -> None:
    date, request_id = format_datetime(datetime.now(UTC), usegmt=True), str(uuid4())
    head = make_head(reply, date=date, request_id=request_id, chunked=False, keep_alive=False)
    writer.write(head + reply.plan.body)
    await writer.drain()


def _outcome(request: Request, status: int) -> Outcome:
    operation, model = parse_path(request.target) or (None, None)
    return Outcome(operation=operation, model=model, target=request.target, status=status)


def _secrets(identities: Identities) -> frozenset[str]:
    """Every key and token there is. These open nothing, but what looks like a key in a file makes people ask."""
    pairs = (identities.keys, identities.session)
    given = [(pair.access_key_id, pair.secret_access_key, pair.session_token) for pair in pairs]
    return frozenset(filter(None, (*chain.from_iterable(given), identities.bearer.bearer_token)))
