"""What the simulator keeps of each request and reply.

The journal is append-only and bounded. It keeps requests exactly as received, so that a verdict can be checked by hand. It
is written by the simulator's thread and may be read from any other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from threading import Condition
from typing import Any, overload

from msgspec import Struct

from bedrock_harness.service.rules import BrokenRule
from bedrock_harness.service.shapes import Violation
from bedrock_harness.simulator.script import Reply
from bedrock_harness.wire.sigv4 import Diagnosis, Request, Verification

__all__ = ["Exchange", "Journal", "Write", "Writes"]


class Write(Struct, frozen=True):
    """One piece of a body written: monotonic nanoseconds, offset in the body, and how many bytes of it."""

    at: int
    offset: int
    size: int


class Writes(Sequence[Write]):
    """The pieces of one body that have been written, each made when it is asked for.

    A journal of 10,000 replies of 100 pieces would else hold a million of them.
    """

    __slots__ = ("_at", "_cuts", "_written")

    def __init__(self, cuts: tuple[int, ...]) -> None:
        self._cuts = cuts
        self._at: list[int] = []
        self._written: list[int] = []

    def note(self, at: int, written: int) -> None:
        """So many pieces have been written by that time, those noted before among them."""
        self._at.append(at)
        self._written.append(written)

    def __len__(self) -> int:
        return self._written[-1] if self._written else 0

    @overload
    def __getitem__(self, index: int) -> Write: ...
    @overload
    def __getitem__(self, index: slice) -> list[Write]: ...
    def __getitem__(self, index: int | slice) -> Write | list[Write]:
        numbers = range(len(self))[index]
        return self._write(numbers) if isinstance(numbers, int) else [self._write(number) for number in numbers]

    def __repr__(self) -> str:
        return repr(list(self))

    def _write(self, number: int) -> Write:
        begin = self._cuts[number - 1] if number else 0
        return Write(self._at[bisect_right(self._written, number)], begin, self._cuts[number] - begin)


class Exchange(Struct, kw_only=True):
    """One request as received, what was found wrong with it, and the reply as sent."""

    number: int
    connection: int
    request: Request
    operation: str | None
    """`Converse`, `ConverseStream`, or None where the path names no operation."""
    model: str | None
    """The model id, decoded from the path."""
    body: Any = None
    """The body as JSON, None where it is not JSON."""
    authorization: Verification
    diagnosis: Diagnosis | None = None
    """Which mistake the client made, where the authorization is not valid."""
    violations: tuple[Violation, ...] = ()
    """Against the service model: what the service's first validation layer refuses."""
    broken_rules: tuple[BrokenRule, ...] = ()
    """Against the conversation rules: what the second layer refuses."""
    refused: str | None = None
    """The exception's name, where the request was refused before the script had a say."""
    reply: Reply | None = None
    """What the script answered."""
    status: int | None = None
    sent: bytes = b""
    """The reply's body as sent, up to the point where it broke off."""
    writes: Sequence[Write] = ()
    """Each piece of the reply's body; pieces that were due at once have the same time."""
    received: int = 0
    """Monotonic nanoseconds when the request's last byte arrived."""
    finished: int | None = None
    """Monotonic nanoseconds when the reply was over."""
    closed_by_peer: int | None = None
    """Monotonic nanoseconds when the peer closed the connection before the reply was over."""

    @property
    def fault(self) -> str:
        """What is wrong with the authorization, in words; empty where it is valid."""
        return self.diagnosis.sentence if self.diagnosis else self.authorization.reason


class Journal:
    """All exchanges so far, of which the latest are kept: `len` counts all, an index is for ever.

    `journal[position:]`, with a position taken earlier by `len`, is what came since, however much has been dropped. An index
    of a dropped exchange is an IndexError; slices and iteration leave it out.
    """

    MOST = 10_000
    """Exchanges kept."""
    MOST_BYTES = 64 * 1024 * 1024
    """Bytes of bodies kept, of requests and of replies. The newest exchange is kept whatever its size."""

    def __init__(self) -> None:
        self._kept: deque[Exchange] = deque()
        self._sizes: deque[int] = deque()
        self._dropped = self._bytes = self._open = 0
        self._changed = Condition()
        self.malformed: deque[str] = deque(maxlen=100)
        """Why the latest connections were refused whose bytes were no request, one sentence each."""
        self.failures: deque[str] = deque(maxlen=100)
        """What went wrong inside the simulator since the script was set: its own fault, and never a peer's."""

    def __len__(self) -> int:
        return self._dropped + len(self._kept)

    def __iter__(self) -> Iterator[Exchange]:
        with self._changed:
            return iter(tuple(self._kept))

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> list[Exchange]: ...
    def __getitem__(self, index: int | slice) -> Exchange | list[Exchange]:
        with self._changed:
            if isinstance(index, slice):
                numbers = range(*index.indices(len(self)))
                return [self._kept[number - self._dropped] for number in numbers if number >= self._dropped]
            number = range(len(self))[index]
            if number < self._dropped:
                raise IndexError(f"exchange {number} has been dropped; the journal keeps the latest {self.MOST}")
            return self._kept[number - self._dropped]

    def __repr__(self) -> str:
        return f"<Journal of {len(self)} exchanges, {self._open} under way>"

    def open(self, exchange: Exchange) -> None:
        """Append an exchange whose reply is about to be sent."""
        with self._changed:
            self._kept.append(exchange)
            self._sizes.append(0)
            self._weigh(exchange)
            self._open += 1

    def close(self, exchange: Exchange) -> None:
        """An exchange is over: what was sent of its reply is known."""
        with self._changed:
            self._weigh(exchange)
            self._open -= 1
            if not self._open:
                self._changed.notify_all()

    def _weigh(self, exchange: Exchange) -> None:
        """Count an exchange's bodies as they are by now, if it is still kept, and drop the oldest while there is too much."""
        number = exchange.number - self._dropped
        if number >= 0:
            size = len(exchange.request.body) + len(exchange.sent)
            self._bytes += size - self._sizes[number]
            self._sizes[number] = size
        while len(self._kept) > self.MOST or (self._bytes > self.MOST_BYTES and len(self._kept) > 1):
            self._kept.popleft()
            self._bytes -= self._sizes.popleft()
            self._dropped += 1

    @property
    def idle(self) -> bool:
        """Whether no exchange is under way."""
        return not self._open

    def wait_until_idle(self, timeout: float) -> bool:
        """Wait at most that many seconds until no exchange is under way, and say whether it came to that."""
        with self._changed:
            return self._changed.wait_for(lambda: self.idle, timeout)
