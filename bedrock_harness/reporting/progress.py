"""Progress while a run lasts: a bar a provider on a terminal, plain lines of what takes long elsewhere.

It writes to standard error and leaves no trace on a terminal once the run is over.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from bedrock_harness.conformance.verdict import Started, Verdict
from bedrock_harness.reporting.run import BAD, standing
from bedrock_harness.reporting.text import escape

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console

    from bedrock_harness.conformance.verdict import Result

__all__ = ["Bar", "Live"]


class Live:
    """A context manager: `say` shows a message, `take` moves a bar."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._tasks: dict[str, TaskID] = {}
        self._bad: dict[str, int] = {}
        self._progress = _progress(console)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def say(self, message: str) -> None:
        """A line that stays, such as an environment being made."""
        self._console.print(Text(escape(message), style="faint"))

    def take(self, result: Result) -> None:
        """Move along with one result."""
        match result:
            case Started():
                for provider in result.providers:
                    self._tasks[provider.spec] = self._progress.add_task(
                        provider.spec, total=result.cases, bad="", case=""
                    )
            case Verdict():
                self._bad[result.provider] = self._bad.get(result.provider, 0) + (standing(result) in BAD)
                bad = self._bad[result.provider]
                task = self._tasks[result.provider]
                self._progress.update(task, advance=1, bad=f"{bad} failed" if bad else "", case=result.case)


class Bar:
    """One bar for work that has no providers: a context manager; nothing at all where there is no terminal."""

    def __init__(self, console: Console, label: str, total: int) -> None:
        self._progress = _progress(console)
        self._task = self._progress.add_task(label, total=total, bad="", case="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def advance(self, doing: str) -> None:
        """One step is done; `doing` says which."""
        self._progress.update(self._task, advance=1, case=escape(doing))


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}", style="name", markup=False),
        BarColumn(bar_width=24, style="faint", complete_style="default", finished_style="default"),
        MofNCompleteColumn(),
        TextColumn("{task.fields[bad]}", style="bad", markup=False),
        TextColumn("{task.fields[case]}", style="faint", markup=False),
        console=console,
        transient=True,
        disable=not (console.is_terminal and console.file.isatty()),
    )
