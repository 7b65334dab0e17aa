"""The ratios of the benchmarks: how they are taken and told. Nothing is timed here."""

import pytest

from tests.benchmarks.contest import Contest, Figure, Ratio, as_data, as_markdown, told

WHERE = {"made": "today", "machine": "2 x some processor", "python": "CPython", "packages": {"isal": None}}


def test_sides_alternate_and_neither_is_always_first():
    """Turns go A B B A and then B A A B, and the ratio is that of the times."""
    now, order = [0], []

    def side(name, cost):
        def work():
            order.append(name)
            now[0] += cost

        return work

    contest = Contest(side("A", 2), side("B", 7), clock=lambda: now[0])
    for _ in range(3):
        contest.round()
    assert "".join(order) == "ABBABAABABBA"
    ratio = contest.result("work", "theirs", 2, at_least=3.5)
    assert (ratio.ratio, ratio.low, ratio.high, ratio.met) == (3.5, 3.5, 3.5, True)
    assert (ratio.ours, ratio.theirs) == (1e9, 3.5e9)


def test_one_slow_round_does_not_decide():
    """The ratio is the median of the rounds, the times are the best."""
    ratio = told("work", "theirs", [[1.0], [1.0], [100.0]], [[2.0], [3.0], [2.0]], 1)
    assert (ratio.ratio, ratio.ours, ratio.theirs) == (2.0, 1e9, 2e9)


@pytest.mark.parametrize(("at_least", "cells", "met"), [(9, "| 9 | yes |", True), (9.1, "| 9.1 | no |", False)])
def test_the_table_says_whether_a_ratio_is_as_required(at_least, cells, met):
    """A ratio is told beside what is required, and whether it is met."""
    ratio = Ratio("frames", "botocore", 700.0, 6300.0, 9.0, 8.9, 9.3, at_least)
    row = next(line for line in as_markdown([ratio], None, WHERE).splitlines() if "frames" in line)
    assert cells in " ".join(row.split())
    assert "| 700 ns | 6,300 ns | botocore | 9.00 | 8.90 to 9.30 |" in " ".join(row.split())
    assert as_data([ratio], None, WHERE)["ratios"][0]["met"] is met


def test_the_noise_is_told():
    """What came of the same work on both sides is told under the table."""
    same = Ratio("", "", 1.0, 1.0, 1.0, 0.98, 1.03)
    assert "came out at 0.98 to 1.03" in as_markdown([], same, WHERE)
    assert "isal missing" in as_markdown([], None, WHERE)


@pytest.mark.parametrize(("at_most", "cells", "met"), [(2, "2 ms | yes", True), (1.8, "1.8 ms | no", False)])
def test_figures_have_a_table_of_their_own(at_most, cells, met):
    """A figure is shown with its unit beside what is required, and whether it is met; one that is not met is not hidden."""
    figure = Figure("write lag, p99", 1.894, "ms", at_most)
    assert f"| write lag, p99 | 1.894 ms | {cells} |" in " ".join(as_markdown([], None, WHERE, [figure]).split())
    assert as_data([], None, WHERE, [figure])["figures"][0]["met"] is met
