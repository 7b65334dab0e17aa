"""Mutants in processes of their own, judged as any provider is."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing

import pytest

from bedrock_harness.cli import run
from bedrock_harness.conformance.catalogue import CASES, select
from bedrock_harness.conformance.grades import Outcome
from bedrock_harness.conformance.runner import run as judge
from bedrock_harness.conformance.verdict import Verdict
from bedrock_harness.mutants import MUTANTS
from bedrock_harness.mutants.matrix import judge_all, kill_matrix


def alone(*arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
    """The mutants' own program."""
    command = [sys.executable, "-m", "bedrock_harness.mutants", *arguments]
    return subprocess.run(
        command, input=said, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False
    )


def test_an_unknown_name_is_one_line() -> None:
    """A name that no mutant has is answered with the nearest, and exit code 2."""
    ran = alone("host-without-prot")
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.count("\n") == 1
    assert "did you mean host-without-port" in ran.stderr


def test_no_name_is_one_line() -> None:
    """Without a name there is nothing to serve."""
    ran = alone()
    assert (ran.returncode, ran.stderr.count("\n")) == (2, 1)


def test_a_mutant_says_who_it_is() -> None:
    """A mutant speaks the adapter protocol and ends with its input."""
    ran = alone("host-without-port", said='{"op": "hello", "id": 1}\n')
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["name"] == "mutant:host-without-port"


def test_the_reference_client_run_as_mutants_are_passes() -> None:
    """Without a defect every case passes, so that each kill is the defect's."""
    verdicts = [result for result in judge(["mutant:none"], CASES, jobs=2) if isinstance(result, Verdict)]
    assert len(verdicts) == len(CASES)
    assert [verdict.case for verdict in verdicts if verdict.outcome is not Outcome.PASSED] == []


def test_mutants_are_judged_side_by_side() -> None:
    """Each mutant meets the cases that are meant for it, the reference client all that are asked for."""
    mutants = [MUTANTS[name] for name in ("message-checksum-unchecked", "frame-is-chunk")]
    cases = select(["framing/bad-message-checksum", "framing/one-chunk"], ())
    verdicts = list(judge_all(mutants, cases, jobs=3, meant_only=True))
    assert sorted((verdict.provider, verdict.case) for verdict in verdicts) == [
        ("mutant:frame-is-chunk", "framing/one-chunk"),
        ("mutant:message-checksum-unchecked", "framing/bad-message-checksum"),
        ("mutant:none", "framing/bad-message-checksum"),
        ("mutant:none", "framing/one-chunk"),
    ]
    assert kill_matrix(mutants, [case.id for case in cases], verdicts, every_mutant=False).sound


def test_leaving_early_ends_the_rest() -> None:
    """Who stops listening waits for no mutant that was not begun: all of them would take a minute."""
    verdicts = judge_all(list(MUTANTS.values()), select(["retry/bad-request-once"], ()), jobs=1)
    with closing(verdicts):
        next(verdicts)
        left = time.monotonic()
    assert time.monotonic() - left < 15


def test_check_finds_a_mutant() -> None:
    """`check mutant:NAME` exits with 1."""
    assert run(["check", "mutant:stop-reason-lost", "--only", "stop/end-turn"]) == 1


def test_the_command_judges_the_mutants_that_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Named mutants are judged by the cases that are meant for them, and the line says that all were found."""
    assert run(["mutants", "error-body-is-latin-1", "capital-message-unread"]) == 0
    shown = capsys.readouterr().out
    assert "error-body-is-latin-1" in shown
    assert "2 mutants, 2 cases" in shown


def test_the_command_writes_the_matrix(capsys: pytest.CaptureFixture[str], tmp_path) -> None:
    """The matrix is written as JSON and as text, mutants down and areas across."""
    assert run(["mutants", "--only", "usage/whole", "--whole", "--out", str(tmp_path / "made"), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "made" / "matrix.json").read_text(encoding="utf-8"))
    assert printed["sound"] is True
    assert printed["cases"]["usage/whole"] == ["usage-of-streams-only"]
    heading, row, *_ = (tmp_path / "made" / "matrix.txt").read_text(encoding="utf-8").splitlines()
    assert heading.split() == ["usag"]
    assert row.split() == ["usage-of-streams-only", "1"]


def test_the_command_lists_without_judging(capsys: pytest.CaptureFixture[str]) -> None:
    """The list has every mutant with its defect."""
    assert run(["mutants", "--list", "--json"]) == 0
    assert [each["mutant"] for each in json.loads(capsys.readouterr().out)] == list(MUTANTS)


@pytest.mark.parametrize(
    "arguments",
    [
        ["host-without-prot"],
        ["none"],
        ["host-without-port", "--only", "usage/whole"],
        ["--only", "no/such"],
        ["--jobs", "0"],
    ],
)
def test_wrong_usage_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """What can't be meant is one line and exit code 2."""
    assert run(["mutants", *arguments]) == 2
    assert capsys.readouterr().err.count("\n") == 1
