"""The simulator on each event loop it may run in."""

import sys

import pytest

from bedrock_harness.simulator import Simulator


@pytest.fixture(params=["uvloop", "asyncio"])
def on_each_loop(request, monkeypatch):
    """Have simulators run in uvloop's loop, then in asyncio's own."""
    if request.param == "uvloop":
        pytest.importorskip("uvloop")
    else:
        monkeypatch.setitem(sys.modules, "uvloop", None)
    return request.param


@pytest.fixture
def simulator(on_each_loop):
    with Simulator() as running:
        yield running
