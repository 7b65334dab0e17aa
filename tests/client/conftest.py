"""A simulator a test, and both clients pointed at it."""

import os
import threading
from contextlib import ExitStack, closing

import pytest

from bedrock_harness.client import Pauses
from bedrock_harness.simulator import Simulator
from tests.client.driving import DRIVERS


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch, tmp_path_factory):
    """No variable of the machine's takes part, nor its files, nor what it might be running on."""
    for name in os.environ:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    nowhere = tmp_path_factory.getbasetemp() / "nowhere"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(nowhere))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def bedrock():
    """A simulator in a thread of its own."""
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(params=DRIVERS)
def connect(request, bedrock):
    """Make a client, blocking or in a loop, pointed at the simulator. It leaves no thread, task or socket behind."""
    before = threading.active_count()
    with ExitStack() as clients:

        def make(**settings):
            found = {"region": bedrock.region, "endpoint": bedrock.url, "credentials": bedrock.credentials} | settings
            found.setdefault("pauses", Pauses(first=0.005))
            return clients.enter_context(closing(DRIVERS[request.param](**found)))

        yield make
    assert bedrock.wait_until_idle()
    assert threading.active_count() == before


@pytest.fixture
def client(connect):
    """A client with the simulator's plain key pair."""
    return connect()
