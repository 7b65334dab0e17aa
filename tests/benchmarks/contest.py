"""Two ways to do the same work, timed in turn, and what came of it: a ratio, its spread, and whether it is as required.

Knows nothing of what is timed. A busy machine must not favour whoever ran in a quiet minute, so that the two alternate, A B
B A and then B A A B, and a round is a ratio by itself. The ratio told is the median of the rounds', the spread their
middle half.
"""

import gc
import os
import platform
import ssl
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median, quantiles
from time import process_time

from msgspec import Struct, to_builtins

HOW = (
    "Made by `tox -e bench`, which writes it to reports/latest; those beside it are kept from runs of "
    "`tox -e bench -- tests/benchmarks/test_NAME.py`. Each pair did the same work in one process, in turn: A B B A, "
    "then B A A B; clients one after another; servers in processes of their own on one core, with their load on another. "
    "A ratio is the median of the rounds, the spread their middle half. Times are those of the best turn, for one piece of "
    "the work, in processor time where nothing else is said."
)
PACKAGES = ("awscrt", "boto3", "botocore", "isal", "msgspec", "uvloop")


class Ratio(Struct, frozen=True):
    """How many times as fast as `against` ours is. Times are in nanoseconds for one piece of the work."""

    what: str
    against: str
    ours: float
    theirs: float
    ratio: float
    low: float
    high: float
    at_least: float | None = None

    @property
    def met(self):
        """Whether the ratio is as high as required, None where nothing is."""
        return None if self.at_least is None else self.ratio >= self.at_least


class Figure(Struct, frozen=True):
    """Something measured by itself, with nobody to compare it with."""

    what: str
    value: float
    unit: str
    at_most: float | None = None

    @property
    def met(self):
        """Whether the figure is as low as required, None where nothing is."""
        return None if self.at_most is None else self.value <= self.at_most


class Contest:
    """Ours and theirs, each a function without arguments."""

    def __init__(self, ours, theirs, clock=process_time):
        self.sides = (ours, theirs)
        self.clock = clock
        self.rounds = []

    def round(self):
        """Let each side have two turns."""
        gc.collect()
        first = len(self.rounds) % 2
        spent = ([], [])
        for side in (first, 1 - first, 1 - first, first):
            begun = self.clock()
            self.sides[side]()
            spent[side].append(self.clock() - begun)
        self.rounds.append(spent)

    def result(self, what, against, pieces, at_least=None):
        """The ratio, for work of so many pieces."""
        return told(what, against, *zip(*self.rounds, strict=True), pieces, at_least)


def told(what, against, ours, theirs, pieces, at_least=None):
    """The ratio of rounds, each a list of times in seconds for either side."""
    ratios = [sum(other) / sum(own) for own, other in zip(ours, theirs, strict=True)]
    low, _, high = quantiles(ratios, n=4)
    best = [min(map(min, side)) / pieces * 1e9 for side in (ours, theirs)]
    return Ratio(what, against, *best, median(ratios), low, high, at_least)


def surroundings():
    """When, where and with what: no name of a machine or a user."""
    packages = {}
    for name in PACKAGES:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = None
    return {
        "made": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{os.cpu_count()} x {_processor()}, {platform.system()}, load {_load()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}, {ssl.OPENSSL_VERSION}",
        "packages": packages,
    }


def as_data(ratios, noise, where, figures=()):
    """Everything as JSON can hold it."""
    ratios, figures = ([{**to_builtins(row), "met": row.met} for row in rows] for rows in (ratios, figures))
    return {"how": HOW, **where, "noise": noise and to_builtins(noise), "ratios": ratios, "figures": figures}


def as_markdown(ratios, noise, where, figures=()):
    """Everything as a page with a table of ratios and one of figures, good to read as plain text too."""
    packages = ", ".join(f"{name} {number or 'missing'}" for name, number in where["packages"].items())
    page = ["# Speed", "", HOW, "", f"{where['made']}. {where['machine']}. {where['python']}, {packages}."]
    if ratios:
        page += ["", *_ratios(ratios)]
    if figures:
        page += ["", *_figures(figures)]
    if noise:
        page += ["", f"Noise: the same work on both sides came out at {noise.low:.2f} to {noise.high:.2f}."]
    return "\n".join(page) + "\n"


def _ratios(ratios):
    rows = [("What", "Ours", "Theirs", "Against", "Ratio", "Spread", "At least", "Met")]
    for row in ratios:
        required = ("", "") if row.at_least is None else (f"{row.at_least:g}", "yes" if row.met else "no")
        spread = f"{row.low:.2f} to {row.high:.2f}"
        rows.append((row.what, _time(row.ours), _time(row.theirs), row.against, f"{row.ratio:.2f}", spread, *required))
    return _table(rows)


def _figures(figures):
    rows = [("What", "Measured", "At most", "Met")]
    for row in figures:
        required = ("", "") if row.at_most is None else (f"{row.at_most:g} {row.unit}", "yes" if row.met else "no")
        rows.append((row.what, f"{row.value:,.4g} {row.unit}", *required))
    return _table(rows)


def _table(rows):
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _time(nanoseconds):
    return f"{nanoseconds / 1e6:,.2f} ms" if nanoseconds >= 1e6 else f"{nanoseconds:,.0f} ns"


def _processor():
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _load():
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
