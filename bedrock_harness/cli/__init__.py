"""The command line: one small module a command, and the machinery they share.

What the other modules of this room may lean on: `Exit`, `CommandError` (a line and an exit code, raised), `common` (the
options every command has), `out()` and `err()` (consoles that honour `--color`).
"""

from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.faults import CommandError
from bedrock_harness.cli.main import main, run
from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import err, out

__all__ = ["CommandError", "Exit", "common", "err", "main", "out", "run"]
