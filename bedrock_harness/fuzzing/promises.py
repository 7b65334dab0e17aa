"""What fuzzing asserts: promises kept within a time and a memory, whatever the input.

Knows how a promise is broken and how long and how much an input may take. Does not know what is promised.

Time is the process's own, so that a busy machine is no finding. It is watched from Python: code that hangs in C is ended
by libFuzzer's own watchdog, and in a property not at all.
"""

from __future__ import annotations

import signal
import tracemalloc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SECONDS", "FuzzingUnavailable", "PromiseBroken", "limited", "promise", "within"]

SECONDS = 5.0
"""Processor time that one input may take. The slowest honest ones take some 50 ms, ten times that when instrumented."""


class FuzzingUnavailable(ImportError):
    """A library that this part of fuzzing rests on is not installed. The message says which, and how to have it."""


class PromiseBroken(AssertionError):
    """The code under test did something that it promises never to do."""


def promise(kept: bool, sentence: str, *values: object) -> None:
    """Raise `PromiseBroken` unless the promise is kept, with `sentence` and the values that its braces stand for.

    Unlike `assert` it is never compiled away, and the sentence is made only where it is needed: to write it for every
    input took longer than to check the input.
    """
    if not kept:
        raise PromiseBroken(sentence.format(*values))


@contextmanager
def limited(seconds: float = SECONDS) -> Iterator[None]:
    """Break off with `PromiseBroken` what takes longer than this. Needs a POSIX main thread; elsewhere it watches nothing."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(*_: object) -> None:
        raise PromiseBroken(f"the input took more than {seconds:g} seconds of processor time")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def within(memory: int, check: Callable[[Any], None], value: Any, *, seconds: float = SECONDS) -> None:
    """Call `check(value)`, and promise that it takes at most `memory` bytes more than there were, and these seconds.

    Memory is what tracemalloc sees: what Python allocates, the buffers of its C modules mostly included.
    """
    traced = tracemalloc.is_tracing()
    if not traced:
        tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        with limited(seconds):
            check(value)
        taken = tracemalloc.get_traced_memory()[1] - before
    finally:
        if not traced:
            tracemalloc.stop()
    promise(taken <= memory, "the input took {} bytes of memory, at most {} are declared", taken, memory)
