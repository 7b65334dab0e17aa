"""JUnit XML, as CI systems read it: a suite a provider, a test case a case, `classname` the provider and area.

What the baseline knows and what a provider declares unsupported is skipped with its reason; a harness error is an error;
stale baseline entries fail in a suite of their own, so that CI sees as many failures as the exit code means. The format
follows the schema of Jenkins' xUnit plugin (junit-10.xsd), which GitLab and GitHub actions read as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from bedrock_harness.reporting.findings import as_text
from bedrock_harness.reporting.run import Standing, area, standing
from bedrock_harness.reporting.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedrock_harness.conformance.verdict import Verdict
    from bedrock_harness.reporting.run import Run

__all__ = ["junit"]

_ELEMENT = {
    Standing.FAILED: "failure",
    Standing.HARNESS_ERROR: "error",
    Standing.KNOWN: "skipped",
    Standing.NOT_TESTABLE: "failure",
    Standing.UNSUPPORTED: "skipped",
}
"""Standing to the element that says so; the others count as passed, a warning with its text in system-out."""


def junit(run: Run, *, strict: bool = False) -> bytes:
    """A run as an XML document. With `strict` a warning is a failure, as it is for the exit code."""
    elements = {**_ELEMENT, Standing.WARNED: "failure"} if strict else _ELEMENT
    root = Element("testsuites", name="bedrock-harness")
    for provider in run.providers:
        suite = _suite(root, provider.spec, run.started.started, run.of(provider.spec), elements)
        properties = Element("properties")
        for name, value in {
            "harness": run.started.harness,
            "provider": f"{provider.name} {provider.version}",
            "python": run.started.python,
            "platform": run.started.platform,
            "seed": str(run.started.seed),
        }.items():
            SubElement(properties, "property", name=name, value=escape(value))
        suite.insert(0, properties)
    if run.finished is not None and run.finished.stale:
        _stale(root, run.finished.stale)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    if run.finished is not None:
        root.set("time", f"{run.finished.seconds:.3f}")
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _suite(
    root: Element, name: str, timestamp: str, verdicts: Iterable[Verdict], elements: dict[Standing, str]
) -> Element:
    suite = SubElement(root, "testsuite", name=escape(name), timestamp=timestamp)
    milliseconds = 0.0
    for verdict in verdicts:
        milliseconds += verdict.milliseconds
        case = SubElement(
            suite,
            "testcase",
            classname=escape(f"{name}.{area(verdict.case)}"),
            name=escape(verdict.case),
            time=f"{verdict.milliseconds / 1e3:.3f}",
        )
        element = elements.get(standing(verdict))
        if element is not None:
            SubElement(case, element, type=standing(verdict), message=_message(verdict)).text = _text(verdict)
        elif verdict.findings:
            SubElement(case, "system-out").text = _text(verdict)
    _count(suite)
    suite.set("time", f"{milliseconds / 1e3:.3f}")
    return suite


def _stale(root: Element, entries: Iterable[str]) -> None:
    suite = SubElement(root, "testsuite", name="baseline")
    for entry in entries:
        case = SubElement(suite, "testcase", classname="baseline", name=escape(entry), time="0")
        SubElement(case, "failure", type="stale", message="what this entry excuses no longer fails: remove it")
    _count(suite)


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite)))
    for count, element in {"failures": "failure", "errors": "error", "skipped": "skipped"}.items():
        suite.set(count, str(len(suite.findall(f"testcase/{element}"))))


def _message(verdict: Verdict) -> str:
    if standing(verdict) is Standing.KNOWN:
        return escape("known: " + "; ".join(dict.fromkeys(f.known for f in verdict.findings if f.known)))
    if verdict.findings:
        first = verdict.findings[0]
        return escape(f"{first.check}: {first.actual}")
    return escape(verdict.note or standing(verdict))


def _text(verdict: Verdict) -> str:
    return f"\n{as_text(verdict)}\n"
