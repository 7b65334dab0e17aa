"""When the pieces of a reply are due: deliveries worked out into absolute times, in seconds after the reply began.

Pure: what a distribution leaves open is drawn from a seed, so that the same seed gives the same times. No clock is read.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from math import log
from random import Random

from bedrock_harness.simulator.script import Constant, Delivery, Knots, Lognormal, Pace, Spread

__all__ = ["draw", "fixed"]

_P99 = 2.3263478740408408
"""The 99th percentile of the normal distribution with mean 0 and deviation 1."""


def fixed(deliver: Delivery, pieces: int) -> tuple[float, ...]:
    """The times of a delivery without a pace, rising; pieces beyond the last time go out with it.

    Empty where nothing has to be waited for. Times that a recording has out of order are put off, never brought forward.
    """
    if deliver.times:
        return tuple(accumulate(deliver.times, max))
    if deliver.gap > 0:
        return tuple(deliver.delay + piece * deliver.gap for piece in range(max(pieces, 1)))
    return (deliver.delay,) if deliver.delay > 0 else ()


def draw(pace: Pace, pieces: int, seed: str) -> tuple[float, ...]:
    """The times of so many pieces at this pace, rising. A reply without pieces has one time: its head's."""
    random = Random(f"pace/{seed}")  # noqa: S311 - the same for the same seed
    return tuple(islice(accumulate(_waits(pace, random)), max(pieces, 1)))


def _waits(pace: Pace, random: Random) -> Iterator[float]:
    yield _sampler(pace.first, random)()
    gap = _sampler(pace.gap, random)
    while True:
        yield gap()


def _sampler(spread: Spread, random: Random) -> Callable[[], float]:
    match spread:
        case Constant(seconds):
            return lambda: seconds
        case Lognormal(median, p99):
            mu, sigma = log(median), log(p99 / median) / _P99
            return lambda: random.lognormvariate(mu, sigma)
        case Knots(knots):
            return lambda: _at(knots, random.uniform(0, 100))


def _at(knots: tuple[tuple[float, float], ...], percentile: float) -> float:
    """The seconds at a percentile. Below the first knot they are the first's, above the last the last's."""
    after = bisect_left(knots, percentile, key=lambda knot: knot[0])
    (low, less), (high, more) = knots[max(after - 1, 0)], knots[min(after, len(knots) - 1)]
    return less + (more - less) * (percentile - low) / (high - low) if high > low else less
