"""Results that no run made: one of each kind, for the reports to show."""

from __future__ import annotations

from bedrock_harness.conformance.grades import Cost, Grade, Outcome
from bedrock_harness.conformance.verdict import Evidence, Finding, Finished, Provider, Started, Verdict

STARTED = Started(
    harness="0.1.0",
    started="2026-11-20T23:30:00Z",
    python="3.11.7",
    platform="linux",
    seed=7,
    cases=5,
    providers=(
        Provider(spec="reference", name="bedrock-harness", version="0.1.0", language="python"),
        Provider(spec="boto3", name="boto3", version="1.43.11", language="python"),
    ),
)

FRAMES = Evidence(
    title="frames as sent (412 bytes)",
    lines=(
        '#0   messageStart                       {"role":"assistant","p":"abcdefghij"}',
        '#1   contentBlockDelta                  {"contentBlockIndex":0,"delta":{"text":"こん"},"p":"abcdefghijklmnopq"}',
        '#2   contentBlockDelta                  {"contentBlockIndex":0,"delta":{"text":"にちは 👋"},"p":"abcdefg"}',
        "then: 61 bytes of an unfinished frame",
    ),
)


def finding(check: str = "answer", grade: Grade = Grade.MUST, known: str | None = None) -> Finding:
    """A finding about a cut stream."""
    return Finding(
        check=check,
        grade=grade,
        requirement="The caller is told that it failed, and nothing looks like success.",
        expected="an error",
        actual="success, with text 'こんにちは 👋', stop reason none",
        costs=Cost.DATA_LOSS,
        evidence=(FRAMES,),
        known=known,
    )


def verdict(
    case: str = "framing/cut-in-a-frame",
    provider: str = "boto3",
    outcome: Outcome = Outcome.PASSED,
    findings: tuple[Finding, ...] = (),
    note: str | None = None,
) -> Verdict:
    """A verdict on one case."""
    return Verdict(
        case=case,
        provider=provider,
        outcome=outcome,
        must="A stream that ends inside a frame is an error, whatever came before.",
        costs=Cost.DATA_LOSS,
        because=("boto/botocore#3421", "BerriAI/litellm#32686", "recording langchain-aws/stream-tools"),
        findings=findings,
        note=note,
        milliseconds=12.5,
        replay=f"bedrock-harness check {provider} --only {case} --trace",
    )


VERDICTS = (
    *(verdict(case, "reference") for case in ("conversation/merges-roles", "framing/cut-in-a-frame", "signing/colon")),
    verdict("signing/session-token", "reference"),
    verdict("signing/bearer", "reference"),
    verdict("framing/cut-in-a-frame", outcome=Outcome.FAILED, findings=(finding("error"),)),
    verdict(
        "framing/cut-between", outcome=Outcome.FAILED, findings=(finding("error", known="botocore ends in silence"),)
    ),
    verdict("conversation/merges-roles", outcome=Outcome.UNSUPPORTED, note="boto3 sends what it is given"),
    verdict("signing/colon", outcome=Outcome.WARNED, findings=(finding("headers", Grade.SHOULD),)),
    verdict("signing/bearer", outcome=Outcome.NOT_TESTABLE, note="no request arrived"),
)

FINISHED = Finished(
    seconds=8.24,
    outcomes={
        "reference": {Outcome.PASSED: 5},
        "boto3": {Outcome.FAILED: 2, Outcome.WARNED: 1, Outcome.UNSUPPORTED: 1, Outcome.NOT_TESTABLE: 1},
    },
    exit=1,
)

ALL = (STARTED, *VERDICTS, FINISHED)
