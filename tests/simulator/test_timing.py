"""When pieces are due: distributions drawn by seed, and the times of deliveries without one."""

import math
from itertools import pairwise

import msgspec
import pytest

from bedrock_harness.simulator import Simulator, Text, answer
from bedrock_harness.simulator.rendering.timing import draw, fixed
from bedrock_harness.simulator.script import (
    Constant,
    Delivery,
    Knots,
    Lognormal,
    Pace,
    Spread,
    coalesced,
    frame_by_frame,
)
from tests.simulator.raw import Peer

DRAWS = 10_000
KNOTS = Knots(((0, 0.1), (50, 0.3), (90, 0.4), (99, 2.0)))


def gaps(spread, seed="1"):
    """So many gaps of a reply, sorted."""
    times = draw(Pace(first=Constant(0), gap=spread), DRAWS + 1, seed)
    return sorted(later - earlier for earlier, later in pairwise(times))


def quantile(drawn, percent):
    return drawn[min(int(len(drawn) * percent / 100), len(drawn) - 1)]


@pytest.mark.parametrize("spread", [Lognormal(median=0.02, p99=0.2), Lognormal(median=0.5, p99=0.6)])
def test_a_lognormal_has_its_median_and_its_p99(spread):
    """Ten thousand draws lie by the distribution: the quantiles asked for, and those that follow from them."""
    drawn = gaps(spread)
    assert quantile(drawn, 50) == pytest.approx(spread.median, rel=0.04)
    assert quantile(drawn, 99) == pytest.approx(spread.p99, rel=0.12)
    # Symmetric on the scale of logarithms: the first percentile lies as far below the median as the 99th above.
    assert quantile(drawn, 1) == pytest.approx(spread.median**2 / spread.p99, rel=0.12)
    assert drawn[0] > 0


@pytest.mark.parametrize(("percent", "seconds"), [(25, 0.2), (50, 0.3), (70, 0.35), (90, 0.4), (94.5, 1.2)])
def test_knots_are_joined_by_straight_lines(percent, seconds):
    """Of ten thousand draws each knot's share is below it, and half of a stretch's share below its middle."""
    below = sum(gap <= seconds for gap in gaps(KNOTS)) / DRAWS * 100
    assert below == pytest.approx(percent, abs=1.5)


def test_knots_end_where_they_end():
    """Nothing is shorter than the first knot or longer than the last, and about as many are as long as lie beyond it."""
    drawn = gaps(KNOTS)
    assert drawn[0] == pytest.approx(0.1, abs=0.001)
    assert sum(gap >= 2.0 - 1e-6 for gap in drawn) == pytest.approx(DRAWS * 0.01, abs=35)
    assert drawn[-1] == pytest.approx(2.0, abs=1e-6)
    single = gaps(Knots(((50, 0.25),)))
    assert single[0] == pytest.approx(single[-1]) == pytest.approx(0.25)


def test_a_lognormal_may_be_narrow():
    """With the 99th percentile at the median there is one time only."""
    assert gaps(Lognormal(0.25, 0.25))[0] == pytest.approx(gaps(Lognormal(0.25, 0.25))[-1]) == pytest.approx(0.25)


def test_the_first_piece_has_a_spread_of_its_own():
    """The first time is the first spread's, each after it a gap later."""
    assert draw(Pace(Constant(0.5), Constant(0.25)), 4, "x") == (0.5, 0.75, 1.0, 1.25)
    assert draw(Pace(Constant(0.5), Constant(0.25)), 0, "x") == (0.5,)
    firsts = sorted(draw(Pace(Lognormal(0.4, 1.0), Constant(0)), 1, str(seed))[0] for seed in range(2000))
    assert quantile(firsts, 50) == pytest.approx(0.4, rel=0.08)


def test_times_are_by_seed():
    """The same seed draws the same times, another draws others."""
    pace = Pace(Lognormal(0.4, 1.0), KNOTS)
    assert draw(pace, 50, "7/1") == draw(pace, 50, "7/1") != draw(pace, 50, "7/2")


@pytest.mark.parametrize(
    ("deliver", "times"),
    [
        (Delivery(), ()),
        (coalesced(), ()),
        (frame_by_frame(delay=0.5), (0.5,)),
        (frame_by_frame(gap=0.25), (0.0, 0.25, 0.5)),
        (frame_by_frame(gap=0.25, delay=1), (1.0, 1.25, 1.5)),
        (Delivery(times=(0.1, 0.4), gap=9, delay=9), (0.1, 0.4)),
        (Delivery(times=(0.1, 0.4, 0.3, 0.5)), (0.1, 0.4, 0.4, 0.5)),
    ],
)
def test_times_without_a_pace(deliver, times):
    """Delays and gaps add up to times; recorded times stand, and a piece that was recorded too early waits for its turn."""
    assert fixed(deliver, 3) == times


@pytest.mark.parametrize(
    "make",
    [
        lambda: Constant(-0.1),
        lambda: Constant(math.inf),
        lambda: Constant(math.nan),
        lambda: Delivery(delay=-1),
        lambda: Delivery(gap=math.inf),
        lambda: Delivery(times=(0.1, math.nan)),
        lambda: Delivery(linger=-0.1),
        lambda: Lognormal(0, 1),
        lambda: Lognormal(1, math.inf),
        lambda: Lognormal(2, 1),
        lambda: Lognormal(math.nan, 1),
        lambda: Knots(()),
        lambda: Knots(((-1, 0.1),)),
        lambda: Knots(((50, 0.1), (101, 0.2))),
        lambda: Knots(((50, -0.1),)),
        lambda: Knots(((math.nan, 0.1),)),
        lambda: Knots(((50, 0.1), (50, 0.2))),
        lambda: Knots(((50, 0.2), (60, 0.1))),
    ],
)
def test_times_that_cannot_be_are_refused(make):
    """Times before the request or without end, and spreads that fall or have no knots, are an error at once, in a sentence."""
    with pytest.raises(ValueError, match=r"need|must"):
        make()


def test_a_bad_spread_in_json_is_a_validation_error():
    """From JSON the same mistake is the reader's own error, which says where."""
    with pytest.raises(msgspec.ValidationError, match="knots must rise"):
        msgspec.json.decode(b'{"is": "Knots", "knots": [[50, 0.2], [40, 0.3]]}', type=Spread)


def test_a_paced_stream_comes_at_its_times(on_each_loop):
    """Each piece goes out at the time drawn for it, none early; the next request has other times, another run the same."""
    pace = Pace(first=Lognormal(0.02, 0.04), gap=Lognormal(0.004, 0.02))
    planned = []
    for _ in range(2):
        script = (answer(Text("x", deltas=("x",) * 6), deliver=Delivery(pace=pace)),)
        with Simulator(seed=3, script=script) as simulator, Peer(simulator) as peer:
            for _ in range(2):
                peer.ask(simulator, "ConverseStream")
            simulator.wait_until_idle()
            for number, exchange in enumerate(simulator.journal):
                times = draw(pace, 10, f"3/{number}")
                planned.append(times)
                taken = [(write.at - exchange.received) / 1e9 for write in exchange.writes]
                assert all(late > -0.001 for late in (at - due for at, due in zip(taken, times, strict=True)))
    assert planned[:2] == planned[2:]
    assert planned[0] != planned[1]
