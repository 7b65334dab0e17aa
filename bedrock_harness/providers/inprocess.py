"""A provider in this very process, for a user's own pytest suite: a class of the kit, driven in a thread.

It has the same face as a provider in a process and goes through the same lines, so that nothing passes here that would not pass
there. What a process gives and a thread can't: a clean environment, a crash that costs one case, and a hang that can be ended.
A hanging thread is left behind as a daemon.
"""

import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable
from typing import Final

from bedrock_harness.providers.adapters.kit import Provider, Sessions, encode
from bedrock_harness.providers.carrier import Ended
from bedrock_harness.providers.session import RunningProvider

__all__ = ["ThreadCarrier", "start"]

WAITING: Final = 10_000
"""Lines that may wait to be read; a provider that tells more has to wait for its reader, as it would with a pipe."""

JOIN: Final = 2.0
"""Seconds for the thread to end by itself."""


def start(provider: Callable[[], Provider]) -> RunningProvider:
    """Drive a provider of the kit in a thread of its own, made by `provider()` there; a class will do.

    Raises:
        ProviderFault: the provider can't be made, or does not say who it is.
    """
    return RunningProvider(lambda: ThreadCarrier(provider))


class _Stopped(BaseException):
    """Nobody listens any more: the provider is stopped at its next part."""


class ThreadCarrier:
    """Lines to a provider in a thread, and back."""

    def __init__(self, provider: Callable[[], Provider]) -> None:
        self._commands: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._answers: queue.Queue[bytes | Exception] = queue.Queue(WAITING)
        self._closed = False
        self._thread = threading.Thread(target=self._run, args=(provider,), name="provider", daemon=True)
        self._thread.start()

    def write(self, line: bytes, until: float) -> None:  # noqa: ARG002 - a queue takes every line at once
        """Send a line."""
        self._commands.put(line)

    def read(self, until: float) -> bytes:
        """The next line."""
        try:
            answer = self._answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(answer, bytes):
            return answer
        raise Ended(reason=f"{type(answer).__name__}: {answer}") from answer

    def more(self) -> bytes | None:
        """A whole line that is there already; the kit never writes one."""
        return None

    def stderr(self) -> tuple[str, ...]:
        """Nothing: standard error is the test suite's own."""
        return ()

    def interrupt(self) -> None:
        """Tell whoever waits that this is the end."""
        with contextlib.suppress(queue.Full):
            self._answers.put_nowait(InterruptedError("interrupted"))

    def close(self, *, kill: bool) -> None:
        """End the thread; one that is busy is left to itself where `kill`, and joined for a moment otherwise."""
        self._closed = True
        self._commands.put(None)
        if not kill:
            self._thread.join(JOIN)

    def _run(self, provider: Callable[[], Provider]) -> None:
        try:
            sessions = Sessions(provider())
            while (line := self._commands.get()) is not None:
                for answer in sessions.answer(json.loads(line)):
                    self._say(encode(answer))
            sessions.close()
        except _Stopped:
            return
        except Exception as error:  # noqa: BLE001 - whatever an adapter raises ends it, as it would end a process
            self._say(error)

    def _say(self, answer: bytes | Exception) -> None:
        while not self._closed:
            try:
                return self._answers.put(answer, timeout=0.1)
            except queue.Full:
                continue
        raise _Stopped
