"""A run as reports look at it: who was judged, how each case stands with each of them, and how often.

Pure functions over results. How it is shown is the business of the modules beside this one.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from bedrock_harness.conformance.grades import Grade, Outcome
from bedrock_harness.conformance.verdict import Finished, Provider, Started, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedrock_harness.conformance.verdict import Result

__all__ = ["BAD", "Run", "Standing", "area", "collect", "standing"]


class Standing(StrEnum):
    """An outcome seen together with the baseline, in the order in which counts are told."""

    PASSED = "passed"
    KNOWN = "known"
    """Every finding is in the baseline."""
    INFORMED = "informed"
    UNSUPPORTED = "unsupported"
    WARNED = "warned"
    FAILED = "failed"
    NOT_TESTABLE = "not testable"
    HARNESS_ERROR = "harness error"


BAD = frozenset({Standing.FAILED, Standing.NOT_TESTABLE, Standing.HARNESS_ERROR})
"""What makes a run end with findings, whatever `--strict` says."""


class Run(Struct, frozen=True):
    """All of a run. `finished` is None while it lasts, or where it was cut short."""

    started: Started
    verdicts: tuple[Verdict, ...] = ()
    finished: Finished | None = None

    @property
    def providers(self) -> tuple[Provider, ...]:
        """Who was judged, in the order of the command line."""
        return self.started.providers

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas that were judged, sorted."""
        return tuple(sorted({area(verdict.case) for verdict in self.verdicts}))

    def of(self, provider: str) -> tuple[Verdict, ...]:
        """One provider's verdicts, sorted by case."""
        return tuple(sorted((v for v in self.verdicts if v.provider == provider), key=lambda verdict: verdict.case))

    def counts(self, provider: str, within: str | None = None) -> Counter[Standing]:
        """How often each standing came up for a provider, in one area or in all."""
        return Counter(standing(v) for v in self.verdicts if v.provider == provider and within in {None, area(v.case)})

    def standing(self, *which: Standing) -> tuple[Verdict, ...]:
        """The verdicts that stand so, sorted by case, then in the order of the providers."""
        order = {provider.spec: place for place, provider in enumerate(self.providers)}
        found = (verdict for verdict in self.verdicts if standing(verdict) in which)
        return tuple(sorted(found, key=lambda verdict: (verdict.case, order.get(verdict.provider, len(order)))))


def collect(results: Iterable[Result]) -> Run:
    """The results as one value. The first has to be `Started`, as `results.read` and the runner see to."""
    started: Started | None = None
    finished: Finished | None = None
    verdicts: list[Verdict] = []
    for result in results:
        match result:
            case Started():
                started = result
            case Verdict():
                verdicts.append(result)
            case Finished():
                finished = result
    assert started is not None
    return Run(started, tuple(verdicts), finished)


def standing(verdict: Verdict) -> Standing:
    """How a verdict stands once the findings that the baseline knows are left out."""
    if verdict.outcome not in {Outcome.FAILED, Outcome.WARNED} or not verdict.findings:
        return Standing(verdict.outcome.value)
    left = {finding.grade for finding in verdict.findings if finding.known is None}
    if Grade.MUST in left:
        return Standing.FAILED
    return Standing.WARNED if Grade.SHOULD in left else Standing.KNOWN


def area(case: str) -> str:
    """The part of a case's id before the slash."""
    return case.partition("/")[0]
