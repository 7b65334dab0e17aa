"""One simulator for all claims, and clients of the system that a test module is about, pointed at it."""

import os
from contextlib import ExitStack

import pytest

from bedrock_harness.client import Client
from bedrock_harness.profiles import client_arguments, find
from bedrock_harness.simulator import Simulator, Text, answer
from tests.profiles.talking import HELLO, MODEL, Asked


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


@pytest.fixture(scope="session")
def running():
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def bedrock(running):
    """The simulator, saying hello. Its journal goes on from test to test: a test looks at its end."""
    running.play(answer(Text("Hello.")))
    return running


@pytest.fixture
def profile(request):
    """The system that the test's module is about: its `PROFILE`."""
    return find(request.module.PROFILE)


@pytest.fixture
def connect(bedrock, profile):
    """Make clients as the system's callers have them, pointed at the simulator; arguments come before the profile's."""
    with ExitStack() as clients:

        def make(**given):
            return clients.enter_context(Client(**{**client_arguments(profile), "endpoint": bedrock.url, **given}))

        yield make


@pytest.fixture
def client(bedrock, connect):
    """The system's client with the simulator's plain key pair, whatever order its sources have."""
    return connect(region=bedrock.region, credentials=bedrock.credentials, precedence=None)


@pytest.fixture
def ask(bedrock, client):
    """Have a conversation, and see what was sent for it and what was told."""

    def asked(messages=HELLO, *, model=MODEL, streamed=False, by=client, **members):
        position = len(bedrock.journal)
        if streamed:
            with by.converse_stream(model, messages, **members) as stream:
                reply = stream.reply()
        else:
            reply = by.converse(model, messages, **members)
        return Asked(reply, bedrock.journal[position:])

    return asked
