"""The pytest plugin: a simulator for any test, and no cost to suites that use none."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import bedrock_harness
from tests.end_to_end.test_pytest_suite import plugin

pytest_plugins = ["pytester"]

PACKAGE = Path(bedrock_harness.__file__).parent

SUITE = """
from bedrock_harness.client import Client
from bedrock_harness.simulator.script import Text, answer

def test_answer(bedrock):
    bedrock.play(answer(Text("salve")))
    client = Client(bedrock.region, bedrock.credentials, endpoint=bedrock.url)
    with client:
        reply = client.converse("amazon.nova-lite-v1:0", [{"role": "user", "content": [{"text": "hello"}]}])
    assert reply["output"]["message"]["content"] == [{"text": "salve"}]
    assert [exchange.model for exchange in bedrock.journal] == ["amazon.nova-lite-v1:0"]

def test_fresh(bedrock):
    assert len(bedrock.journal) == 0
"""


def test_fixture(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fixture `bedrock` is a started simulator, a fresh one for each test, gone without a warning afterwards."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    pytester.makepyfile(SUITE)
    ran = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *plugin())
    ran.assert_outcomes(passed=2)


def test_loading_costs_nothing() -> None:
    """Loading the plugin into a pytest that runs anyway loads nothing else of the package, and no library."""
    code = (
        "import json, sys, importlib.metadata, pytest; before = set(sys.modules); import bedrock_harness.pytest_plugin;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    loaded = json.loads(ran.stdout)
    assert [name for name in loaded if name.startswith("bedrock_harness")] == [
        "bedrock_harness",
        "bedrock_harness.pytest_plugin",
    ]
    assert not {"botocore", "click", "httpx", "msgspec", "rich"} & set(loaded)


def test_pytest_is_not_needed() -> None:
    """Nothing but the two modules for pytest imports it: the package works without."""
    importing = [
        str(path.relative_to(PACKAGE))
        for path in sorted(PACKAGE.rglob("*.py"))
        if any("pytest" in names(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    ]
    assert importing == ["pytest_plugin.py", "testing.py"]


def names(node: ast.AST) -> set[str]:
    """The top-level modules that a statement imports."""
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    return {(node.module or "").partition(".")[0]} if isinstance(node, ast.ImportFrom) else set()
