"""Recordings in figures: what kinds of replies, events, members, sizes and pieces there are, and how many of each.

Numbers and names of the protocol alone, nothing of what was said. Two censuses can be compared: one of recordings of the real
service says what is normal, and one of the simulator's replies must not leave that; a member that the service model lacks and
KNOWN_MEMBERS does not list is how a change of the service shows.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import fmean, median
from typing import Any

from msgspec import Struct

from bedrock_harness.recordings.cassette import Recorded
from bedrock_harness.recordings.chunks import Timing, frame_ends
from bedrock_harness.recordings.replay import examine
from bedrock_harness.wire.errors import FrameError
from bedrock_harness.wire.frames import Frame, FrameDecoder

__all__ = ["KNOWN_MEMBERS", "Census", "Chunking", "Padding", "Spread", "Streams", "take_census"]

KNOWN_MEMBERS = frozenset(
    {
        "Converse.usage.cacheReadInputTokenCount",
        "Converse.usage.cacheWriteInputTokenCount",
        "Converse.usage.serverToolUsage",
        "metadata.usage.serverToolUsage",
    }
)
"""Members of real replies that botocore 1.44 does not have, as the public recordings show them. `p` is told apart."""

_PADDING = "p"
_MILLION = 1e6


class Spread(Struct, frozen=True, kw_only=True):
    """Many numbers in five."""

    count: int
    smallest: float
    median: float
    mean: float
    largest: float


class Padding(Struct, frozen=True, kw_only=True):
    """The member `p`: how many events have it, how long it is, the longest one seen, and how many are beginnings of that."""

    padded: int
    bare: int
    lengths: Spread | None
    alphabet: str
    beginnings: int


class Chunking(Struct, frozen=True, kw_only=True):
    """Streams whose chunks are known: their sizes, how many frames end in a chunk, and how many chunks end with a frame.

    `first_ms` is the time from the request to the first chunk, `gaps_ms` the time between two.
    """

    streams: int
    sizes: Spread | None
    frames: Mapping[str, int]
    with_frame: int
    first_ms: Spread | None
    gaps_ms: Spread | None


class Streams(Struct, frozen=True, kw_only=True):
    """Replies of ConverseStream. `orders` are the sequences of events, a run of deltas as one, `+` behind it.

    `keys` are the members of an event in their order, `starts` and `deltas` the kinds of content in them.
    """

    count: int
    bytes: int
    undecodable: int
    frames: Spread | None
    events: Mapping[str, int]
    headers: Mapping[str, int]
    content_types: Mapping[str, int]
    keys: Mapping[str, Mapping[str, int]]
    starts: Mapping[str, int]
    deltas: Mapping[str, int]
    orders: Mapping[str, int]
    padding: Padding
    chunking: Chunking


class Census(Struct, frozen=True, kw_only=True):
    """All figures. `reply_keys` and `usage_keys` are those of whole replies, in their order.

    `unmodelled` are members and values of replies that the installed service model lacks, `new` those of them that
    KNOWN_MEMBERS lacks as well.
    """

    files: int
    exchanges: int
    operations: Mapping[str, int]
    statuses: Mapping[str, int]
    reply_headers: Mapping[str, int]
    stop_reasons: Mapping[str, int]
    blocks: Mapping[str, int]
    reply_keys: Mapping[str, int]
    usage_keys: Mapping[str, int]
    streams: Streams
    unmodelled: Mapping[str, int]
    new: Mapping[str, int]


def take_census(recorded: Iterable[Recorded], *, files: int) -> Census:
    """Count everything in these exchanges. Those that are no operation on a model are left out."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    streams = _Streams()
    exchanges = 0
    for one in recorded:
        if one.operation is None:
            continue
        exchanges += 1
        counts["operations"][one.operation] += 1
        counts["statuses"][str(one.status)] += 1
        counts["headers"].update({name.lower() for name, _ in one.reply_headers})
        counts["unmodelled"].update(examine(one).news)
        if not one.accepted:
            continue
        if one.operation == "ConverseStream":
            counts["stops"].update(streams.add(one))
        elif one.operation == "Converse":
            _count_reply(one, counts)
    unmodelled = _sorted(counts["unmodelled"])
    return Census(
        files=files,
        exchanges=exchanges,
        operations=_sorted(counts["operations"]),
        statuses=_sorted(counts["statuses"]),
        reply_headers=_sorted(counts["headers"]),
        stop_reasons=_sorted(counts["stops"]),
        blocks=_sorted(counts["blocks"]),
        reply_keys=_sorted(counts["reply"]),
        usage_keys=_sorted(counts["usage"]),
        streams=streams.figures(),
        unmodelled=unmodelled,
        new={path: count for path, count in unmodelled.items() if path not in KNOWN_MEMBERS},
    )


def _count_reply(one: Recorded, counts: Mapping[str, Counter[str]]) -> None:
    body = _json(one.reply_body)
    counts["reply"][_names(body)] += 1
    counts["usage"][_names(_dict(body.get("usage")))] += 1
    if isinstance(reason := body.get("stopReason"), str):
        counts["stops"][reason] += 1
    content = _dict(_dict(body.get("output")).get("message")).get("content")
    for block in content if isinstance(content, list) else ():
        counts["blocks"].update(_kinds(_dict(block)))


class _Streams:
    """Adds up streams."""

    def __init__(self) -> None:
        self._count = self._bytes = self._undecodable = self._known = self._with_frame = 0
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._keys: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._paddings: list[str] = []
        self._events = 0
        self._numbers: defaultdict[str, list[float]] = defaultdict(list)

    def add(self, one: Recorded) -> Iterator[str]:
        """Count one stream; its stop reasons are left to the caller."""
        body = one.reply_body
        self._count += 1
        self._bytes += len(body)
        ends = frame_ends(body)
        self._numbers["frames"] += [end - start for start, end in pairwise((0, *ends))]
        frames, whole = _decode(body)
        self._undecodable += not whole
        order: list[str] = []
        for frame in frames:
            name = _name(frame)
            if not (order and name == "contentBlockDelta" and order[-1].startswith(name)):
                order.append(name)
            elif not order[-1].endswith("+"):
                order[-1] += "+"
            yield from self._count_frame(name, frame)
        self._counts["orders"][" ".join(order)] += 1
        if one.timing is not None:
            self._count_chunks(one.timing, ends)

    def _count_frame(self, name: str, frame: Frame) -> Iterator[str]:
        payload = _json(frame.payload)
        self._events += 1
        self._counts["events"][name] += 1
        self._counts["headers"][", ".join(frame.headers)] += 1
        self._counts["types"][str(frame.headers.get(":content-type", ""))] += 1
        self._keys[name][_names(payload)] += 1
        self._counts["starts"].update(_kinds(_dict(payload.get("start"))))
        self._counts["deltas"].update(_kinds(_dict(payload.get("delta"))))
        if isinstance(padding := payload.get(_PADDING), str):
            self._paddings.append(padding)
        if isinstance(reason := payload.get("stopReason"), str):
            yield reason

    def _count_chunks(self, timing: Timing, frame_ends: Sequence[int]) -> None:
        ends, times = [chunk.end for chunk in timing.chunks], [round(chunk.at / _MILLION, 3) for chunk in timing.chunks]
        self._known += 1
        self._numbers["sizes"] += [end - start for start, end in pairwise((0, *ends))]
        self._numbers["first"] += times[:1]
        self._numbers["gaps"] += [round(after - before, 3) for before, after in pairwise(times)]
        for start, end in pairwise((0, *ends)):
            self._counts["frames in chunk"][str(sum(start < place <= end for place in frame_ends))] += 1
        self._with_frame += len(set(ends) & set(frame_ends))

    def figures(self) -> Streams:
        """The sums."""
        alphabet = max(self._paddings, key=len, default="")
        padding = Padding(
            padded=len(self._paddings),
            bare=self._events - len(self._paddings),
            lengths=_spread([len(padding) for padding in self._paddings]),
            alphabet=alphabet,
            beginnings=sum(alphabet.startswith(padding) for padding in self._paddings),
        )
        chunking = Chunking(
            streams=self._known,
            sizes=_spread(self._numbers["sizes"]),
            frames=_sorted(self._counts["frames in chunk"]),
            with_frame=self._with_frame,
            first_ms=_spread(self._numbers["first"]),
            gaps_ms=_spread(self._numbers["gaps"]),
        )
        return Streams(
            count=self._count,
            bytes=self._bytes,
            undecodable=self._undecodable,
            frames=_spread(self._numbers["frames"]),
            events=_sorted(self._counts["events"]),
            headers=_sorted(self._counts["headers"]),
            content_types=_sorted(self._counts["types"]),
            keys={name: _sorted(self._keys[name]) for name in sorted(self._keys)},
            starts=_sorted(self._counts["starts"]),
            deltas=_sorted(self._counts["deltas"]),
            orders=_sorted(self._counts["orders"]),
            padding=padding,
            chunking=chunking,
        )


def _decode(body: bytes) -> tuple[list[Frame], bool]:
    """The frames of a body, and whether that was all of it."""
    decoder = FrameDecoder()
    frames: list[Frame] = []
    try:
        frames = decoder.feed(body)
        decoder.close()
    except FrameError as error:
        return frames or list(error.before), False
    return frames, True


def _name(frame: Frame) -> str:
    return frame.event_type or frame.exception_type or str(frame.headers.get(":error-code", frame.message_type))


def _kinds(block: dict[str, Any]) -> Iterator[str]:
    """What a block or delta holds; of reasoning, which part of it."""
    for kind, inside in block.items():
        if kind == "reasoningContent":
            yield from (f"{kind}.{part}" for part in _dict(inside))
        else:
            yield kind


def _names(members: dict[str, Any]) -> str:
    return ", ".join(members)


def _json(data: bytes) -> dict[str, Any]:
    try:
        return _dict(json.loads(data))
    except (ValueError, RecursionError):
        return {}


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sorted(counter: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def _spread(numbers: Sequence[float]) -> Spread | None:
    """None of no numbers."""
    if not numbers:
        return None
    return Spread(
        count=len(numbers),
        smallest=min(numbers),
        median=round(median(numbers), 2),
        mean=round(fmean(numbers), 2),
        largest=max(numbers),
    )
