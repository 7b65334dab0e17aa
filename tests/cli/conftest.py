"""How the tests of the command line run it: in this process where that shows the same, in one of its own where not."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from bedrock_harness.cli import run

HERE = Path(__file__).parent


class Ran(NamedTuple):
    """What a command line left: its exit code and its two streams."""

    code: int
    out: str
    err: str


@pytest.fixture
def bh(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run a command line in this process."""
    monkeypatch.syspath_prepend(HERE)
    for variable in ("COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)

    def call(*arguments: object) -> Ran:
        code = run([str(argument) for argument in arguments])
        return Ran(code, *capsys.readouterr())

    return call


def command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-c", "from bedrock_harness.cli import main; main()", *arguments]


def outside(more: dict[str, str]) -> dict[str, str]:
    """This process's environment without what colours, with this process's import path."""
    kept = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "FORCE_COLOR", "NO_COLOR"}}
    return {**kept, "PYTHONPATH": os.pathsep.join((str(HERE), *filter(None, sys.path))), **more}
