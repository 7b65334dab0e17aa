"""The pytest plugin: one fixture. Loading it costs an import of pytest, which is there already, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedrock_harness.simulator import Simulator

__all__ = ["bedrock"]


@pytest.fixture
def bedrock() -> Iterator[Simulator]:
    """A simulated Bedrock on loopback: `.url`, `.credentials`, `.play(...)`, `.journal`. One a test."""
    from bedrock_harness.simulator import Simulator  # here, so that suites which don't use the fixture don't pay for it

    with Simulator() as simulator:
        yield simulator
