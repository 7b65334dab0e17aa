"""Where the material lies that tests read and the repository does not carry: vectors and recordings."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("BEDROCK_HARNESS_SHARED", Path(__file__).parents[2] / "shared"))


def shared(name: str) -> Path:
    """Return a path below the shared material, or skip the test with a sentence that says how to have it."""
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"{name} is not here: set BEDROCK_HARNESS_SHARED to the folder that holds it")
    return path
