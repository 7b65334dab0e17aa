"""A simulator, the gateway in front of it, and the official clients: once for all tests of the gateway."""

from __future__ import annotations

import os
from collections.abc import Iterator

import anthropic
import openai
import pytest

from bedrock_harness.client import AsyncClient
from bedrock_harness.gateway import Gateway, Handled, Models
from bedrock_harness.simulator import Simulator

CLAUDE = "us.anthropic.claude-sonnet-4-20250514-v1:0"
NOVA = "amazon.nova-lite-v1:0"


@pytest.fixture(scope="session", autouse=True)
def _no_environment() -> Iterator[None]:
    """No variable of the machine's takes part."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("AWS_", "OPENAI_", "ANTHROPIC_")) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def bedrock(running: Simulator) -> Simulator:
    """The simulator, its script forgotten. `journal` goes on from test to test: a test looks at its end."""
    running.play()
    return running


@pytest.fixture(scope="session")
def handled() -> list[Handled]:
    """What the gateway told its observer, from test to test."""
    return []


@pytest.fixture(scope="session")
def gateway(running: Simulator, handled: list[Handled]) -> Iterator[Gateway]:
    def connect() -> AsyncClient:
        return AsyncClient(region=running.region, endpoint=running.url, credentials=running.credentials)

    models = Models({"claude": CLAUDE, "nova": NOVA})
    with Gateway(connect, models=models, observer=handled.append) as gateway:
        yield gateway


@pytest.fixture(scope="session")
def openai_client(gateway: Gateway) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="unused", max_retries=0, timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def anthropic_client(gateway: Gateway) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=gateway.url, api_key="unused", max_retries=0, timeout=10) as client:
        yield client
