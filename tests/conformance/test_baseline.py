"""The baseline: what it covers, when it is stale, and what is said of a file that can't be read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bedrock_harness.conformance.baseline import BUNDLED, Baseline, BaselineError, Known, written
from bedrock_harness.conformance.catalogue import CASES
from bedrock_harness.conformance.grades import Cost, Grade, Outcome
from bedrock_harness.conformance.verdict import Finding, Verdict

TODAY = date(2026, 11, 20)


def verdict(case: str, *failed: str, provider: str = "acme@2.1", outcome: Outcome = Outcome.FAILED) -> Verdict:
    findings = tuple(
        Finding(
            check=check, grade=Grade.MUST, requirement="R.", expected="e", actual='a "quoted" \\ é', costs=Cost.MONEY
        )
        for check in failed
    )
    return Verdict(
        case=case,
        provider=provider,
        outcome=outcome if failed else Outcome.PASSED,
        must="M.",
        costs=Cost.MONEY,
        findings=findings,
    )


def file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "baseline.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_entry_covers_one_check_whatever_the_version() -> None:
    """`case:check` covers that check and no other; a provider's version does not matter."""
    baseline = Baseline((Known(provider="acme", case="tools/parallel:tool-calls", reason="Only the last is kept."),))
    marked = baseline.mark(verdict("tools/parallel", "tool-calls", "usage"))
    assert [finding.known for finding in marked.findings] == ["Only the last is kept.", None]
    assert not marked.good


def test_an_entry_without_a_check_covers_the_case() -> None:
    """A bare glob covers every check of the cases that it names."""
    baseline = Baseline((Known(provider="a*", case="tools/*", reason="R."),))
    assert baseline.mark(verdict("tools/parallel", "tool-calls", "usage")).good
    assert not baseline.mark(verdict("stream/stall", "error")).good


def test_an_entry_that_covers_nothing_any_more_is_stale() -> None:
    """What was mended has to leave the baseline."""
    entry = Known(provider="acme", case="tools/parallel:tool-calls", reason="R.")
    baseline = Baseline((entry,))
    assert baseline.stale([verdict("tools/parallel")]) == ("acme tools/parallel:tool-calls",)
    assert baseline.stale([verdict("tools/parallel", "tool-calls")]) == ()


def test_an_entry_is_not_held_against_cases_that_did_not_run() -> None:
    """A run of a few cases, of other providers, or of what is unsupported makes no entry stale."""
    baseline = Baseline((Known(provider="acme", case="tools/parallel:tool-calls", reason="R."),))
    assert baseline.stale([verdict("tools/whole")]) == ()
    assert baseline.stale([verdict("tools/parallel", provider="other")]) == ()
    assert baseline.stale([verdict("tools/parallel", "x", outcome=Outcome.UNSUPPORTED)]) == ()


def test_an_entry_ends_on_its_day(tmp_path: Path) -> None:
    """The last day counts, the day after it fails again."""
    path = file(tmp_path, '[[known]]\nprovider = "a"\ncase = "b/c"\nreason = "r"\nuntil = 2026-11-20\n')
    assert len(Baseline.read(path, today=TODAY).known) == 1
    assert Baseline.read(path, today=date(2026, 11, 21)).known == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[known]", "is not TOML"),
        ('[[known]]\nprovider = "a"\n', "case"),
        ('[[known]]\nprovider = "a"\ncase = "b"\nreason = "r"\nreson = "r"\n', "reson"),
        ('[[known]]\nprovider = 1\ncase = "b"\nreason = "r"\n', "provider"),
    ],
)
def test_a_broken_file_is_named_with_its_fault(tmp_path: Path, text: str, said: str) -> None:
    """What can't be read is said in one line with the file's name."""
    with pytest.raises(BaselineError, match=said) as caught:
        Baseline.read(file(tmp_path, text), today=TODAY)
    assert "baseline.toml" in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The message says what to do."""
    with pytest.raises(BaselineError, match="--write-baseline"):
        Baseline.read(tmp_path / "none.toml", today=TODAY)


def test_what_is_written_covers_what_failed(tmp_path: Path) -> None:
    """A baseline written from a run makes that run good."""
    failed = verdict("tools/parallel", "tool-calls", "sent:messages.0.role")
    baseline = Baseline.read(file(tmp_path, written([failed])), today=TODAY)
    assert baseline.mark(failed).good
    assert baseline.stale([failed]) == ()


def test_the_bundled_baseline_names_cases_and_reasons() -> None:
    """Each entry names one provider, one check of one case in the catalogue, and a reason of a sentence or more."""
    ids = {case.id for case in CASES}
    entries = Baseline.read(BUNDLED, today=TODAY).known
    assert entries
    for entry in entries:
        case, _, check = entry.case.partition(":")
        assert case in ids
        assert check
        assert not set("*?[") & set(entry.provider + entry.case)
        assert len(entry.reason) > 60
