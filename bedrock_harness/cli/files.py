"""The files that a run leaves: opened before anything is judged, so that a wrong path costs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct
from rich.console import Console

from bedrock_harness.cli.screen import PIPE_WIDTH
from bedrock_harness.reporting import THEME, encode, junit, print_run

if TYPE_CHECKING:
    from contextlib import ExitStack

    from bedrock_harness.conformance.verdict import Result
    from bedrock_harness.reporting import Run

__all__ = ["Files"]


class Files(Struct, frozen=True):
    """Results are written as they come, the other reports when the run is over, however it ended."""

    results: tuple[BinaryIO, ...]
    junit: tuple[BinaryIO, ...]
    report: tuple[Path, ...]

    @classmethod
    def open(cls, stack: ExitStack, *, out: Path | None, results: Path | None, junit: Path | None) -> Files:
        """Open what was asked for, making folders on the way; OSError, with its file name, where that can't be."""

        def opened(*paths: Path | None) -> tuple[BinaryIO, ...]:
            return tuple(stack.enter_context(_create(path)) for path in paths if path is not None)

        return cls(
            opened(results, out and out / "results.jsonl"),
            opened(junit, out and out / "junit.xml"),
            () if out is None else (out / "report.txt",),
        )

    def take(self, result: Result) -> None:
        """Write one result, at once: a run that is killed leaves what it had."""
        for file in self.results:
            file.write(encode(result))
            file.flush()

    def finish(self, run: Run, *, strict: bool) -> None:
        """Write the reports on the whole run."""
        for file in self.junit:
            file.write(junit(run, strict=strict))
        for path in self.report:
            with path.open("w", encoding="utf-8") as text:
                print_run(run, Console(file=text, width=PIPE_WIDTH, theme=THEME, color_system=None, highlight=False))


def _create(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("wb")
