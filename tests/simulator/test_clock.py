"""The clock that can be moved."""

import time
from datetime import UTC, datetime

import pytest

from bedrock_harness.simulator import Clock

THEN = datetime(2026, 8, 18, 12, tzinfo=UTC)


def off(clock):
    """How many seconds the clock is ahead of the real one."""
    return (clock.now() - datetime.now(UTC)).total_seconds()


def test_it_shows_the_real_time():
    """A new clock is right, and in UTC."""
    assert abs(off(Clock())) < 1
    assert Clock().now().tzinfo is UTC


def test_it_can_be_shifted_while_it_runs():
    """Shifts add up, in both directions."""
    clock = Clock()
    clock.shift(3600)
    clock.shift(-60)
    assert abs(off(clock) - 3540) < 1


def test_it_can_be_frozen_and_stepped():
    """A frozen clock stands still, moves when it is told to, and runs on from there."""
    clock = Clock()
    clock.freeze(THEN)
    assert clock.now() == clock.now() == THEN
    clock.step(300)
    clock.shift(1)
    assert (clock.now() - THEN).total_seconds() == 301
    clock.thaw()
    time.sleep(0.01)
    assert 301 < (clock.now() - THEN).total_seconds() < 302


def test_a_step_stops_a_running_clock():
    """Stepping freezes: what is stepped through does not run on by itself."""
    clock = Clock()
    clock.step(10)
    assert clock.now() == clock.now()
    assert abs(off(clock) - 10) < 1


def test_a_time_without_a_zone_is_refused():
    """Freezing at a naive time is an error, since nobody knows which time that is."""
    with pytest.raises(ValueError, match="zone"):
        Clock().freeze(datetime(2026, 8, 18))
