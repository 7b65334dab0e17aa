"""A cassette as the simulator plays it: which recorded reply answers a request, and in which pieces it goes out, when.

A request is known by its operation, its model and what its body means, never by its bytes: two SDKs write the same request in
two ways. Several recorded replies to the same request are given in their order, the last of them from then on. Where there is
none, the caller is told what the nearest recorded request had otherwise.

The player is a chooser of `simulator.Simulator`, which still verifies every signature. A recorded reply comes before the
simulator's own checks of a body: what the service said is on record.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from typing import Any, Literal, TypeAlias

from bedrock_harness.recordings.cassette import Recorded
from bedrock_harness.recordings.chunks import Timing, frame_ends
from bedrock_harness.recordings.meaning import differences, same
from bedrock_harness.recordings.scrub import Scrubber
from bedrock_harness.recordings.upstream import HOP_BY_HOP
from bedrock_harness.service.model_ids import parse_path
from bedrock_harness.simulator import Exchange
from bedrock_harness.simulator.script import Delivery, Fault, Http, HttpError, Reply

__all__ = ["Pieces", "Player", "delivery", "reply"]

Pieces: TypeAlias = Literal["recorded", "frames", "whole"] | int
"""How a body is cut: as recorded (by frames where nobody knows), a piece a frame, in one, or into so many bytes each."""

_MOST = 1000
"""Places counted in which a request differs, to find the nearest: beyond that it is far."""
_NANOSECONDS = 1e9
_NO_MATCH = "ValidationException"
"""A refusal that no client tries again."""


class Player:
    """Chooses the reply to each request out of recorded exchanges. Made for one simulator, in whose thread it is called."""

    def __init__(self, recorded: Iterable[Recorded], *, pieces: Pieces = "recorded", fast: bool = False) -> None:
        self._recorded = tuple(one for one in recorded if one.operation is not None)
        self._played: Counter[int] = Counter()
        self._pieces: Pieces = pieces
        self._fast = fast
        self._scrubber = Scrubber()

    def __len__(self) -> int:
        """How many exchanges can be played: those that are an operation on a model."""
        return len(self._recorded)

    def __call__(self, exchange: Exchange) -> Reply | None:
        """The reply to a request; a refusal that explains where nothing fits, None where the simulator has one itself."""
        called = parse_path(exchange.request.target)
        if called is None:
            return None
        operation, model = called[0], self._scrubber.text(called[1])
        body = self._scrubbed(exchange)
        rivals = [one for one in self._recorded if (one.operation, one.model) == (operation, model)]
        equal = [one for one in rivals if same(one.request_body, body)]
        if equal:
            return reply(self._next(equal), pieces=self._pieces, fast=self._fast)
        if exchange.refused is not None and exchange.operation is not None:
            return None
        return HttpError(_NO_MATCH, self._explain(operation, model, rivals, body))

    def _scrubbed(self, exchange: Exchange) -> Any:
        """The body, without what scrubbing would have taken out of it before it was kept."""
        scrubbed = self._scrubber.data(exchange.request.body)
        return exchange.body if scrubbed == exchange.request.body else _json(scrubbed)

    def _next(self, equal: list[Recorded]) -> Recorded:
        first = id(equal[0])
        chosen = equal[min(self._played[first], len(equal) - 1)]
        self._played[first] += 1
        return chosen

    def _explain(self, operation: str, model: str, rivals: list[Recorded], body: Any) -> str:
        if not rivals:
            known = ", ".join(sorted({f"{one.operation} on {one.model}" for one in self._recorded}))
            return f"No recorded exchange is {operation} on {model}. Recorded: {known or 'nothing'}."
        counted = ((list(islice(differences(one.request_body, body), _MOST)), one) for one in rivals)
        found, nearest = min(counted, key=lambda pair: len(pair[0]))
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        place = f"{nearest.file.name}, exchange {nearest.number}"
        return f"No recorded {operation} on {model} has this body. The nearest is {place}: {found[0]}{more}."


def reply(recorded: Recorded, *, pieces: Pieces = "recorded", fast: bool = False) -> Http:
    """A recorded reply as the simulator sends it: status, headers and body as they were, delivered as asked.

    Headers of the connection are the simulator's own, and so is the length: a cassette's body may stand parsed in it, with
    another length than it had. A reply that broke off does so again.
    """
    streamed = any(_is_chunked(name, value) for name, value in recorded.reply_headers)
    left_out = HOP_BY_HOP | {"content-length", "content-encoding"}
    headers: dict[str, str] = {"Transfer-Encoding": "chunked"} if streamed else {}
    for name, value in recorded.reply_headers:
        if name.lower() not in left_out and _is_safe(name + value):
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    fault = None
    if recorded.timing is not None and recorded.timing.ending == "break":
        fault = Fault(byte=len(recorded.reply_body), ending="close")
        if not streamed:
            headers["Content-Length"] = str(len(recorded.reply_body) + 1)
    return Http(recorded.status, headers, recorded.reply_body, delivery(recorded, pieces=pieces, fast=fast), fault)


def delivery(recorded: Recorded, *, pieces: Pieces = "recorded", fast: bool = False) -> Delivery:
    """In which pieces a recorded body goes out. Each waits until its last byte had come, unless it is to go fast."""
    body, timing = recorded.reply_body, recorded.timing
    ends = _ends(body, timing, pieces)
    if timing is None or fast:
        return Delivery(pieces=ends)
    return Delivery(pieces=ends, times=tuple(_arrival(timing, end) for end in ends or (0,)))


def _ends(body: bytes, timing: Timing | None, pieces: Pieces) -> tuple[int, ...]:
    """Where the pieces end, the last at the body's own end."""
    if not body:
        return ()
    match pieces:
        case "recorded" if timing is not None:
            return tuple(chunk.end for chunk in timing.chunks)
        case "recorded" | "frames":
            ends: Iterable[int] = frame_ends(body)
        case "whole":
            ends = ()
        case size:
            ends = range(size, len(body), size)
    return (*(end for end in ends if end < len(body)), len(body))


def _arrival(timing: Timing, offset: int) -> float:
    """Seconds after the request at which the bytes before this offset were there."""
    index = bisect_left([chunk.end for chunk in timing.chunks], offset)
    return (timing.chunks[index].at if timing.chunks else timing.head) / _NANOSECONDS


def _is_chunked(name: str, value: str) -> bool:
    """Whether a header says that the body came in chunks: by itself, or as the content type of a stream."""
    return (name.lower(), value.lower()) == ("transfer-encoding", "chunked") or (
        name.lower() == "content-type" and "vnd.amazon.eventstream" in value
    )


def _is_safe(text: str) -> bool:
    """Whether a head can hold it: a line break in a cassette would begin a header of its own."""
    return not any(ord(char) < 32 or ord(char) == 127 for char in text)


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
