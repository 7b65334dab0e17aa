"""The gateway judged as any provider is: its own program, its front's official client, the suite's own cases.

The whole catalogue takes a minute: `bedrock-harness check gateway-openai gateway-anthropic`. Here a few cases stand for it.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import bedrock_harness
from bedrock_harness.conformance.catalogue import CASES
from bedrock_harness.conformance.grades import Outcome
from bedrock_harness.conformance.judge import judge
from bedrock_harness.providers.inprocess import start
from bedrock_harness.providers.session import RunningProvider
from bedrock_harness.simulator import Simulator

ADAPTERS = Path(bedrock_harness.__file__).parent / "providers/adapters"
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


def loaded(folder: str) -> ModuleType:
    """An adapter's module, from its folder."""
    spec = importlib.util.spec_from_file_location(folder.replace("-", "_"), ADAPTERS / folder / "adapter.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(
    scope="module",
    params=[("gateway-openai", "OpenAIFront"), ("gateway-anthropic", "AnthropicFront")],
    ids=lambda one: one[0],
)
def provider(request: pytest.FixtureRequest) -> Iterator[RunningProvider]:
    folder, name = request.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["adapter.py"])
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
        with start(getattr(loaded(folder), name)) as running:
            yield running


@pytest.mark.parametrize("name", CHOSEN)
def test_a_case_passes(provider: RunningProvider, running: Simulator, name: str) -> None:
    """The front passes the case."""
    (case,) = (case for case in CASES if case.id == name)
    verdict = judge(case, provider, running)
    assert verdict.outcome is Outcome.PASSED, verdict.findings
