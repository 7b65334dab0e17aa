"""Hypothesis over one property for as long as there is time, with a database of examples that is kept.

Knows Hypothesis. A failure is shrunk by it, kept in the database, tried first the next time, and comes with a blob by
which it can be replayed anywhere.
"""

from __future__ import annotations

import re
from ast import literal_eval
from time import monotonic
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase
from msgspec import Struct

from bedrock_harness.fuzzing.findings import Finding
from bedrock_harness.fuzzing.promises import limited

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bedrock_harness.fuzzing.properties import Property

__all__ = ["NotReplayable", "Search", "replay", "search"]

_BATCH = 100
_BLOB = re.compile(r"@reproduce_failure\('([^']+)', (b'[^']*'|b\"[^\"]*\")\)")


class NotReplayable(Exception):
    """A finding whose example cannot be had again from its file."""


class Search(Struct, frozen=True):
    """What came of a search: how many examples were tried, and what was found."""

    executions: int
    finding: Finding | None = None


def search(wanted: Property, *, seconds: float, database: Path, batch: int = _BATCH) -> Search:
    """Try examples in batches for so many seconds, at least one batch, until one fails."""
    end = monotonic() + seconds
    executions, last = 0, None

    def tried(value: Any) -> None:
        nonlocal executions, last
        executions += 1
        try:
            with limited():
                wanted.check(value)
        except Exception:
            last = value
            raise

    # Hypothesis goes by the function in its database: each property has a folder of its own.
    kept = DirectoryBasedExampleDatabase(database / wanted.name)
    chosen = settings(
        max_examples=batch,
        database=kept,
        deadline=None,
        derandomize=False,
        print_blob=True,
        phases=(Phase.reuse, Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    run: Callable[[], None] = chosen(given(wanted.strategy)(tried))
    while True:
        try:
            run()
        except Exception as error:  # noqa: BLE001 - whatever leaves a property is a finding
            return Search(executions, _finding(wanted, error, last))
        if monotonic() >= end:
            return Search(executions)


def _finding(wanted: Property, error: Exception, example: Any) -> Finding:
    notes = "\n".join(getattr(error, "__notes__", ()))
    found = _BLOB.search(notes)
    return Finding(
        kind="property",
        name=wanted.name,
        error=f"{type(error).__name__}: {error}"[:1000],
        example=repr(example)[:10_000],
        blob=literal_eval(found[2]).decode() if found else "",
        hypothesis=hypothesis.__version__,
    )


def replay(wanted: Property, finding: Finding) -> None:
    """Run the property on the very example of the finding: raises what it raised then, or returns where it is mended.

    Raises `NotReplayable` without a blob, and where it was made by another version of Hypothesis.
    """
    if not finding.blob or finding.hypothesis != hypothesis.__version__:
        made = finding.hypothesis or "none"
        raise NotReplayable(
            f"the finding's blob is for Hypothesis {made}, installed is {hypothesis.__version__}: search again, the database "
            f"has the example, which is {finding.example}"
        )

    def tried(value: Any) -> None:
        with limited():
            wanted.check(value)

    reproduced = hypothesis.reproduce_failure(finding.hypothesis, finding.blob.encode())
    run: Callable[[], None] = reproduced(settings(deadline=None, database=None)(given(wanted.strategy)(tried)))
    try:
        run()
    except hypothesis.errors.DidNotReproduce:
        return
