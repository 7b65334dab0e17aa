"""The gateway judged as any provider is: its own program, its front's official client, the suite's own cases.

The whole catalogue takes a minute: `bedrock-harness check gateway-openai gateway-anthropic`. Here a few cases stand for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from bedrock_harness.conformance.catalogue import CASES
from bedrock_harness.conformance.grades import Outcome
from bedrock_harness.conformance.judge import judge
from bedrock_harness.providers.adapters.anthropic_front import AnthropicFront
from bedrock_harness.providers.adapters.openai_front import OpenAIFront
from bedrock_harness.providers.inprocess import start
from bedrock_harness.providers.session import RunningProvider
from bedrock_harness.simulator import Simulator

CHOSEN = (
    "conversation/system-apart",
    "errors/throttling",
    "exceptions/error-frame",
    "reasoning/redacted-returns",
    "reasoning/signature-only",
    "stream/citation",
    "stop/guardrail-intervened",
    "tools/cut-by-end",
    "tools/error-result",
    "usage/cache-tokens",
)


@pytest.fixture(scope="module", params=[OpenAIFront, AnthropicFront], ids=["openai", "anthropic"])
def provider(request: pytest.FixtureRequest) -> Iterator[RunningProvider]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["adapter.py"])
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        with start(request.param) as running:
            yield running


@pytest.mark.parametrize("name", CHOSEN)
def test_a_case_passes(provider: RunningProvider, running: Simulator, name: str) -> None:
    """The front passes the case."""
    (case,) = (case for case in CASES if case.id == name)
    verdict = judge(case, provider, running)
    assert verdict.outcome is Outcome.PASSED, verdict.findings
