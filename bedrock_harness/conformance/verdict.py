"""Verdicts and findings, and the stream of results that every report reads.

A results file is JSON lines: `Started`, one `Verdict` a case and provider, `Finished`. docs/results.schema.json is
generated from these structs.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct, field

from bedrock_harness.conformance.grades import Cost, Grade, Outcome

__all__ = ["RESULTS", "Evidence", "Finding", "Finished", "Provider", "Result", "Started", "Verdict"]

RESULTS = 1
"""The version of the results format."""


class _Value(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A frozen value; members left at their default are not written."""


class Evidence(_Value, frozen=True, kw_only=True):
    """Something to look at: frames around the fault, canonical requests side by side, the adapter's standard error."""

    title: str
    lines: tuple[str, ...]


class Finding(_Value, frozen=True, kw_only=True):
    """A failed check in words."""

    check: str
    """With the case's id, what a baseline names: `case:check`."""
    grade: Grade
    requirement: str
    expected: str
    actual: str
    costs: Cost
    evidence: tuple[Evidence, ...] = ()
    known: str | None = None
    """The reason in the baseline, where an entry there covers this finding."""


class Provider(_Value, frozen=True, kw_only=True):
    """Who was judged."""

    spec: str
    """As named on the command line: `boto3`, `boto3@1.43.0`, `mutant:NAME`; a command or a path by its program's own name."""
    name: str
    version: str
    language: str | None = None


class Verdict(_Value, frozen=True, kw_only=True, tag="verdict", tag_field="is"):
    """What came of one case for one provider."""

    case: str
    provider: str
    """The provider's spec."""
    outcome: Outcome
    must: str
    costs: Cost
    because: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    note: str | None = None
    """Why it is unsupported, not testable, or a harness error."""
    milliseconds: float = 0.0
    replay: str = ""
    """The line that runs this case again and shows the traffic."""

    @property
    def good(self) -> bool:
        """Whether it counts as good: nothing failed but what the baseline knows."""
        if self.outcome in {Outcome.NOT_TESTABLE, Outcome.HARNESS_ERROR}:
            return False
        return all(finding.known is not None for finding in self.findings if finding.grade is Grade.MUST)


class Started(_Value, frozen=True, kw_only=True, omit_defaults=False, tag="started", tag_field="is"):
    """The first line of a results file."""

    version: int = RESULTS
    harness: str
    started: str
    """RFC 3339, UTC."""
    python: str
    platform: str
    seed: int
    cases: int
    providers: tuple[Provider, ...]


class Finished(_Value, frozen=True, kw_only=True, tag="finished", tag_field="is"):
    """The last line of a results file."""

    seconds: float
    outcomes: dict[str, dict[Outcome, int]] = field(default_factory=dict)
    """Provider to outcome to count."""
    stale: tuple[str, ...] = ()
    """Baseline entries that no longer fail: each is an error."""
    exit: int = 0


Result: TypeAlias = Started | Verdict | Finished
