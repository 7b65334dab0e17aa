"""JUnit XML: well-formed whatever a provider says, and counting what the exit code means."""

from __future__ import annotations

from xml.etree import ElementTree

import msgspec

from bedrock_harness.conformance.grades import Outcome
from bedrock_harness.conformance.verdict import Finished
from bedrock_harness.reporting import collect, junit
from tests.reporting.made_up import ALL, FINISHED, STARTED, VERDICTS, finding, verdict


def parsed(*results: object, strict: bool = False) -> ElementTree.Element:
    return ElementTree.fromstring(junit(collect(results or ALL), strict=strict))


def case(root: ElementTree.Element, provider: str, name: str) -> ElementTree.Element:
    found = root.find(f"testsuite[@name='{provider}']/testcase[@name='{name}']")
    assert found is not None
    return found


def test_a_suite_a_provider() -> None:
    """Each provider is a suite with its own counts, and a case's classname is its provider and area."""
    root = parsed()
    suites = {suite.get("name"): suite for suite in root}
    assert list(suites) == ["reference", "boto3"]
    assert suites["reference"].attrib.items() >= {"tests": "5", "failures": "0", "errors": "0", "skipped": "0"}.items()
    assert suites["boto3"].attrib.items() >= {"tests": "5", "failures": "2", "errors": "0", "skipped": "2"}.items()
    assert root.attrib.items() >= {"tests": "10", "failures": "2", "skipped": "2"}.items()
    assert case(root, "boto3", "signing/colon").get("classname") == "boto3.signing"


def test_failure_has_the_text() -> None:
    """A failure holds the finding as the terminal shows it."""
    failure = case(parsed(), "boto3", "framing/cut-in-a-frame").find("failure")
    assert failure is not None
    assert failure.get("message") == "error: success, with text 'こんにちは 👋', stop reason none"
    assert "expected     an error" in (failure.text or "")


def test_known_is_skipped() -> None:
    """What the baseline knows is skipped with the reason."""
    skipped = case(parsed(), "boto3", "framing/cut-between").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "known: botocore ends in silence"


def test_unsupported_is_skipped() -> None:
    """What is unsupported is skipped with the provider's reason."""
    skipped = case(parsed(), "boto3", "conversation/merges-roles").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "boto3 sends what it is given"


def test_not_testable_fails() -> None:
    """A missing prerequisite is a failure, since skipping reads as green."""
    assert case(parsed(), "boto3", "signing/bearer").find("failure") is not None


def test_warning_fails_only_if_strict() -> None:
    """A SHOULD that does not hold passes with its text, and fails where the run was strict."""
    assert case(parsed(), "boto3", "signing/colon").find("failure") is None
    assert case(parsed(), "boto3", "signing/colon").find("system-out") is not None
    assert case(parsed(strict=True), "boto3", "signing/colon").find("failure") is not None


def test_harness_error_is_an_error() -> None:
    """A harness error is an error, not a failure."""
    broken = verdict(outcome=Outcome.HARNESS_ERROR, note="ValueError: frame")
    root = parsed(STARTED, broken, FINISHED)
    assert root.get("errors") == "1"
    assert root.get("failures") == "0"


def test_stale_entries_fail() -> None:
    """A baseline entry that no longer fails is a failure in a suite of its own."""
    root = parsed(STARTED, VERDICTS[0], Finished(seconds=1, stale=("boto3 framing/x",), exit=1))
    assert root.get("failures") == "1"
    assert case(root, "baseline", "boto3 framing/x").find("failure") is not None


def test_any_text_is_well_formed() -> None:
    """Control characters, half a surrogate pair and markup in a provider's words do not break the document."""
    nasty = "\x00\x1b[31m & <b> ]]> \ud83d \ufffe こ 👋\r\n\t'\""
    found = msgspec.structs.replace(finding(), actual=nasty, expected=nasty, requirement=nasty, known=None)
    root = parsed(STARTED, verdict(outcome=Outcome.FAILED, findings=(found,), note=nasty), FINISHED)
    failure = root.find(".//failure")
    assert failure is not None
    assert r"\x00\x1b[31m & <b> ]]> \ud83d \ufffe こ 👋" in (failure.get("message") or "")


def test_unfinished_run() -> None:
    """A run that was cut short is still a whole document."""
    assert parsed(STARTED, VERDICTS[0]).get("tests") == "1"
