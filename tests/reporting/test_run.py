"""How verdicts stand with the baseline, and how they are counted."""

from __future__ import annotations

import pytest

from bedrock_harness.conformance.grades import Grade, Outcome
from bedrock_harness.reporting import Standing, collect, standing
from tests.reporting.made_up import ALL, finding, verdict


@pytest.mark.parametrize(
    ("outcome", "findings", "stands"),
    [
        (Outcome.PASSED, (), Standing.PASSED),
        (Outcome.FAILED, (finding(),), Standing.FAILED),
        (Outcome.FAILED, (finding(known="so"),), Standing.KNOWN),
        (Outcome.FAILED, (finding(known="so"), finding("stop-reason")), Standing.FAILED),
        (Outcome.FAILED, (finding(known="so"), finding("headers", Grade.SHOULD)), Standing.WARNED),
        (Outcome.FAILED, (finding(known="so"), finding("timing", Grade.INFO)), Standing.KNOWN),
        (Outcome.WARNED, (finding("headers", Grade.SHOULD),), Standing.WARNED),
        (Outcome.WARNED, (finding("headers", Grade.SHOULD, "so"),), Standing.KNOWN),
        (Outcome.INFORMED, (finding("timing", Grade.INFO),), Standing.INFORMED),
        (Outcome.NOT_TESTABLE, (finding(known="so"),), Standing.NOT_TESTABLE),
        (Outcome.HARNESS_ERROR, (), Standing.HARNESS_ERROR),
    ],
)
def test_standing(outcome: Outcome, findings: tuple[object, ...], stands: Standing) -> None:
    """The baseline excuses the findings it names and no others; a missing prerequisite is never excused."""
    assert standing(verdict(outcome=outcome, findings=findings)) is stands


def test_counts() -> None:
    """Counts are told by provider, and by area within."""
    run = collect(ALL)
    assert run.areas == ("conversation", "framing", "signing")
    assert run.counts("reference") == {Standing.PASSED: 5}
    assert run.counts("boto3", "framing") == {Standing.FAILED: 1, Standing.KNOWN: 1}


def test_order() -> None:
    """Verdicts come sorted by case and in the order of the providers, however the run had them finish."""
    run = collect((ALL[0], *reversed(ALL[1:-1]), ALL[-1]))
    found = run.standing(Standing.PASSED, Standing.FAILED)
    assert [(v.case, v.provider) for v in found if v.case.startswith("framing")] == [
        ("framing/cut-in-a-frame", "reference"),
        ("framing/cut-in-a-frame", "boto3"),
    ]
