"""A whole run: every property by Hypothesis, every target under coverage guidance, in the minutes that are given.

Half of the time goes to each, in equal shares. What is learnt stays in a folder: Hypothesis's examples and libFuzzer's
corpora, so that the next run goes on from there, and the findings. Knows what the two ways of fuzzing print and leave
behind, and nothing of what is fuzzed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

from msgspec import Struct
from platformdirs import user_cache_path

from bedrock_harness.fuzzing.findings import Finding
from bedrock_harness.fuzzing.properties import PROPERTIES, Property
from bedrock_harness.fuzzing.searching import search
from bedrock_harness.fuzzing.targets import TARGETS, Target

__all__ = ["FuzzerFailed", "Leg", "home", "names", "run"]

_STATUS = re.compile(r"#(\d+)\s+([A-Z]+)\s+cov: (\d+)(?:.*?corp: (\d+)/)?")
_FINDING = re.compile(r"FINDING (.+)")
_LONGEST_INPUT = 4096
_HANGS_AFTER = 120
"""Seconds after which libFuzzer gives up an input that holds the interpreter. Python code is stopped long before."""
_MOST_MEMORY_MIB = 1024


class FuzzerFailed(Exception):
    """The process of a target ended with neither a finding nor the time that it was given."""


class Leg(Struct, frozen=True, kw_only=True):
    """What came of one property or target."""

    name: str
    executions: int
    seconds: float
    findings: tuple[Path, ...] = ()
    note: str = ""

    @property
    def line(self) -> str:
        """The leg in one line of a report."""
        rate = self.executions / self.seconds if self.seconds else 0.0
        found = f"  FOUND {', '.join(map(str, self.findings))}" if self.findings else ""
        return f"{self.name:<20} {self.executions:>11,} executions {rate:>9,.0f}/s  {self.note}{found}".rstrip()


def home() -> Path:
    """Where examples, corpora and findings are kept: BEDROCK_HARNESS_CACHE, else the user's cache, and in it `fuzzing`."""
    given = os.environ.get("BEDROCK_HARNESS_CACHE")
    return (Path(given) if given else user_cache_path("bedrock-harness")).absolute() / "fuzzing"


def names() -> tuple[str, ...]:
    """Everything that can be fuzzed."""
    return (*(each.name for each in PROPERTIES), *(each.name for each in TARGETS))


def run(*, minutes: float, folder: Path, only: Sequence[str] = (), say: Callable[[str], None]) -> list[Leg]:
    """Fuzz for so many minutes, tell each leg as it ends, and return them. `only` names what to fuzz, all where empty."""
    properties = [each for each in PROPERTIES if not only or each.name in only]
    targets = [each for each in TARGETS if not only or each.name in only]
    lacking = _unguided()
    if lacking and targets:
        say(f"coverage-guided fuzzing is left out: {lacking}")
        targets = []
    if not properties or not targets:
        share = minutes * 60 / max(len(properties) + len(targets), 1)
        shares = (share, share)
    else:
        shares = (minutes * 30 / len(properties), minutes * 30 / len(targets))
    legs = []
    for wanted in properties:
        legs.append(_searched(wanted, shares[0], folder))
        say(legs[-1].line)
    for target in targets:
        legs.append(_guided(target, shares[1], folder))
        say(legs[-1].line)
    return legs


def _unguided() -> str | None:
    if find_spec("atheris") is None:
        return "atheris is not installed; it has wheels for CPython 3.11 to 3.13 on Linux"
    return None


def _searched(wanted: Property, seconds: float, folder: Path) -> Leg:
    begun = monotonic()
    found = search(wanted, seconds=seconds, database=folder / "examples")
    return Leg(
        name=wanted.name,
        executions=found.executions,
        seconds=monotonic() - begun,
        findings=(found.finding.save(folder / "findings"),) if found.finding else (),
        note=wanted.about,
    )


def _guided(target: Target, seconds: float, folder: Path) -> Leg:
    corpus, findings = folder / "corpus" / target.name, folder / "findings"
    artifacts = folder / "artifacts" / target.name
    shutil.rmtree(artifacts, ignore_errors=True)
    for place in (corpus, findings, artifacts):
        place.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / sha256(seed).hexdigest()).write_bytes(seed)
    words = folder / f"{target.name}.dict"
    # libFuzzer takes no empty dictionary; a comment would not do.
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words or (b"%",)), encoding="ascii")
    command = [
        *(sys.executable, "-m", "bedrock_harness.fuzzing.guided", target.name, str(findings)),
        *(f"-max_total_time={max(round(seconds), 1)}", f"-max_len={_LONGEST_INPUT}", f"-timeout={_HANGS_AFTER}"),
        *(f"-rss_limit_mb={_MOST_MEMORY_MIB}", f"-artifact_prefix={artifacts}/", f"-dict={words}", str(corpus)),
    ]
    begun = monotonic()
    saved, status, last = [], None, ""
    with subprocess.Popen(  # noqa: S603 - ours
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as fuzzer:
        assert fuzzer.stderr is not None
        try:
            for line in fuzzer.stderr:
                status = _STATUS.match(line) or status
                if named := _FINDING.match(line):
                    saved.append(Path(named[1]))
                last = line.strip() or last
        except BaseException:
            fuzzer.kill()
            raise
    if fuzzer.returncode and not saved:
        saved = [_unshrunk(target, artifacts, last).save(findings)]
    executions, coverage, kept = (int(status[at] or 0) for at in (1, 3, 4)) if status else (0, 0, 0)
    return Leg(
        name=target.name,
        executions=executions,
        seconds=monotonic() - begun,
        findings=tuple(saved),
        note=f"{target.about}; {coverage} branches, corpus of {kept}",
    )


def _unshrunk(target: Target, artifacts: Path, last: str) -> Finding:
    """The finding of a process that could not tell it: libFuzzer's artifact. Raises `FuzzerFailed` where it left none."""
    left = sorted(artifacts.iterdir())
    if not left:
        raise FuzzerFailed(f"the fuzzer of {target.name} ended by itself: {last}")
    # "timeout-..." or "oom-...", or "crash-..." where the interpreter itself ended.
    return Finding(
        kind="target", name=target.name, error=left[0].name.partition("-")[0], data=left[0].read_bytes().hex()
    )


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02X}" for byte in word)
