"""Gathers the ratios and figures that the benchmarks tell, and at the end prints them and writes them to reports/latest."""

import json
from pathlib import Path

import pytest

from tests.benchmarks.contest import as_data, as_markdown, surroundings

LATEST = Path(__file__).parents[2] / "reports" / "latest"
TOLD = pytest.StashKey()
SHOWN = pytest.StashKey()
NOISE = pytest.StashKey()
WHERE = pytest.StashKey()


@pytest.fixture
def tell(request):
    """Call it with a ratio to have it in the table; with `noise=True` where both sides did the same."""
    stash = request.config.stash
    stash.setdefault(WHERE, surroundings())

    def tell(ratio, *, noise=False):
        if noise:
            stash[NOISE] = ratio
        else:
            stash.setdefault(TOLD, []).append(ratio)

    return tell


@pytest.fixture
def show(request):
    """Call it with a figure to have it in the table below that of the ratios."""
    stash = request.config.stash
    stash.setdefault(WHERE, surroundings())
    return stash.setdefault(SHOWN, []).append


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter, config):
    """Print the tables last of all, behind the absolute times of pytest-benchmark."""
    ratios, figures = config.stash.get(TOLD, []), config.stash.get(SHOWN, [])
    if not ratios and not figures:
        return
    everything = ratios, config.stash.get(NOISE, None), config.stash[WHERE], figures
    page = as_markdown(*everything)
    LATEST.mkdir(parents=True, exist_ok=True)
    (LATEST / "bench.md").write_text(page, encoding="utf-8")
    (LATEST / "bench.json").write_text(json.dumps(as_data(*everything), indent=2) + "\n", encoding="utf-8")
    terminalreporter.write(f"\n{page}\nWritten to reports/latest/bench.md and bench.json.\n")
