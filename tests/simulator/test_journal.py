"""The journal: bounded, append-only, indices for ever."""

import time
from threading import Timer

import pytest

from bedrock_harness.simulator import Exchange, Journal
from bedrock_harness.wire.sigv4 import Request, Verification


def exchange(number, size=10):
    return Exchange(
        number=number,
        connection=0,
        request=Request("POST", "/", (), b"x" * size),
        operation=None,
        model=None,
        authorization=Verification("none", "missing", ""),
    )


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(Journal, "MOST", 3)
    monkeypatch.setattr(Journal, "MOST_BYTES", 100)
    return Journal()


def test_positions_outlive_what_is_dropped(small):
    """A position taken earlier still means the same exchanges after older ones have been dropped."""
    for number in range(2):
        small.open(exchange(number))
    position = len(small)
    for number in range(2, 5):
        small.open(exchange(number))
    assert len(small) == 5
    assert [kept.number for kept in small] == [2, 3, 4]
    assert [kept.number for kept in small[position:]] == [2, 3, 4]
    assert [kept.number for kept in small[:]] == [2, 3, 4]
    assert (small[-1].number, small[3].number) == (4, 3)


def test_what_is_dropped_is_said(small):
    """The index of a dropped exchange is an IndexError that says so; one beyond the end is as of any list."""
    for number in range(4):
        small.open(exchange(number))
    with pytest.raises(IndexError, match="exchange 0 has been dropped"):
        small[0]
    with pytest.raises(IndexError):
        small[4]


def test_memory_is_bounded_by_bytes_too(small):
    """Large requests push out older ones, but the newest is kept whatever its size."""
    small.open(exchange(0, 60))
    small.open(exchange(1, 60))
    assert [kept.number for kept in small] == [1]
    small.open(exchange(2, 1000))
    assert [kept.number for kept in small] == [2]


def test_replies_count_once_they_are_sent(small):
    """What was sent counts when the exchange is over, and an exchange that is dropped by then counts for nothing."""
    first, second = exchange(0), exchange(1)
    small.open(first)
    small.open(second)
    first.sent = second.sent = b"x" * 70
    small.close(first)
    assert [kept.number for kept in small] == [0, 1]
    small.close(second)
    assert [kept.number for kept in small] == [1]
    late = exchange(2)
    small.open(late)
    for number in range(3, 6):
        small.open(exchange(number))
    late.sent = b"x" * 1000
    small.close(late)
    assert [kept.number for kept in small] == [3, 4, 5]


def test_idle_means_that_all_are_over(small):
    """Waiting ends when the last exchange under way is over, or with the time given."""
    assert small.wait_until_idle(0)
    first, second = exchange(0), exchange(1)
    small.open(first)
    small.open(second)
    small.close(first)
    assert not small.wait_until_idle(0.01)
    small.close(second)
    assert small.wait_until_idle(0)


def test_waiting_ends_at_once():
    """Who waits is woken by the last exchange's end, and not by the clock."""
    journal = Journal()
    last = exchange(0)
    journal.open(last)
    Timer(0.05, journal.close, (last,)).start()
    started = time.monotonic()
    assert journal.wait_until_idle(10)
    assert time.monotonic() - started < 5
