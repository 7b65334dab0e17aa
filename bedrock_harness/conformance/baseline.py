"""The baseline: what is known to fail, and why.

A TOML file with one `[[known]]` table an entry:

    [[known]]
    provider = "boto3"                      # a glob over provider names
    case = "framing/cut-*:error"            # a glob over case ids, perhaps with a check
    reason = "botocore does not look at what is left in its buffer when the stream ends."
    issue = "https://github.com/..."        # optional
    until = 2027-06-30                      # optional: after this day the entry no longer counts

It is two-sided: an entry that covers no finding any more is stale, and an error. An entry is held against the cases that ran.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from msgspec import Struct, ValidationError, convert, structs

from bedrock_harness.conformance.grades import Grade, Outcome
from bedrock_harness.conformance.verdict import Verdict

__all__ = ["Baseline", "BaselineError", "Known", "written"]

BUNDLED = Path(__file__).with_name("baseline.toml")
"""What is known of the SDKs that the harness bundles adapters for."""


class BaselineError(Exception):
    """A baseline that can't be read, or that says something impossible."""


class Known(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry: findings that are known, and the reason."""

    provider: str
    case: str
    reason: str
    issue: str | None = None
    until: date | None = None

    def covers(self, provider: str, case: str, check: str) -> bool:
        """Whether it speaks of this finding."""
        wanted_case, _, wanted_check = self.case.partition(":")
        return (
            fnmatchcase(provider.partition("@")[0], self.provider)
            and fnmatchcase(case, wanted_case)
            and (not wanted_check or fnmatchcase(check, wanted_check))
        )

    def label(self) -> str:
        """How a message names it."""
        return f"{self.provider} {self.case}"


class Baseline(Struct, frozen=True):
    """All entries, and where they stand."""

    known: tuple[Known, ...] = ()

    @classmethod
    def read(cls, *paths: Path, today: date) -> Baseline:
        """Read the files; entries past their day are left out, so that what they covered fails again."""
        entries = [entry for path in paths for entry in _entries(path)]
        return cls(tuple(entry for entry in entries if entry.until is None or entry.until >= today))

    def mark(self, verdict: Verdict) -> Verdict:
        """The verdict with the reason on each finding that is known."""
        findings = tuple(
            structs.replace(finding, known=entry.reason) if entry else finding
            for finding in verdict.findings
            for entry in [self._find(verdict, finding.check)]
        )
        return structs.replace(verdict, findings=findings)

    def stale(self, verdicts: Sequence[Verdict]) -> tuple[str, ...]:
        """Entries that name a case which ran and cover nothing in it."""
        return tuple(
            entry.label()
            for entry in self.known
            if any(_names(entry, verdict) for verdict in verdicts)
            and not any(
                entry.covers(verdict.provider, verdict.case, finding.check)
                for verdict in verdicts
                for finding in verdict.findings
            )
        )

    def _find(self, verdict: Verdict, check: str) -> Known | None:
        return next((entry for entry in self.known if entry.covers(verdict.provider, verdict.case, check)), None)


def written(verdicts: Iterable[Verdict], reason: str = "TODO: say why this is known to fail") -> str:
    """A baseline file that covers each failed MUST of these verdicts."""
    lines = ["# Written by bedrock-harness check --write-baseline. Give each entry its reason.\n"]
    for verdict in verdicts:
        for finding in verdict.findings:
            if finding.grade is Grade.MUST:
                entry = {
                    "provider": verdict.provider.partition("@")[0],
                    "case": f"{verdict.case}:{finding.check}",
                    "reason": finding.known or f"{reason} ({finding.actual})",
                }
                # A JSON string is also a TOML basic string.
                lines.append("[[known]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in entry.items()))
    return "\n".join(lines)


def _names(entry: Known, verdict: Verdict) -> bool:
    ran = verdict.outcome not in {Outcome.UNSUPPORTED, Outcome.HARNESS_ERROR}
    return ran and entry.covers(verdict.provider, verdict.case, entry.case.partition(":")[2])


def _entries(path: Path) -> list[Known]:
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BaselineError(
            f"{path}: {error.strerror}. Give another --baseline, or write one with --write-baseline."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BaselineError(f"{path} is not TOML: {error}.") from error
    try:
        return convert(content, dict[str, list[Known]], strict=True).get("known", [])
    except ValidationError as error:
        raise BaselineError(
            f"{path}: {error}. Each entry is a [[known]] table with provider, case and reason."
        ) from error
