"""Progress: bars on a terminal that leave nothing behind, plain lines elsewhere."""

from __future__ import annotations

import io

from rich.console import Console

from bedrock_harness.reporting import THEME, Live
from tests.reporting.made_up import ALL


def test_sparse_without_a_terminal() -> None:
    """Without a terminal only what takes long is told, a line each, with no escape sequence."""
    file = io.StringIO()
    with Live(Console(file=file, theme=THEME, width=100)) as live:
        live.say("boto3: making an environment\x1b[2J")
        for result in ALL:
            live.take(result)
    assert file.getvalue() == "boto3: making an environment\\x1b[2J\n"
