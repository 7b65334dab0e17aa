"""The kill matrix out of made-up verdicts: what was missed, what is idle, what the reference client fails."""

from __future__ import annotations

from typing import Any

import pytest

from bedrock_harness.conformance.grades import Cost, Grade, Outcome
from bedrock_harness.conformance.verdict import Finding, Verdict
from bedrock_harness.mutants import CONTROL, Mutant
from bedrock_harness.mutants.matrix import Matrix, Missed, kill_matrix

DEAF = Mutant(
    name="deaf", defect="Hears nothing.", because=("acme/acme#1",), fails=("ear/hears",), change=lambda _: None
)
MUTE = Mutant(
    name="mute", defect="Says nothing.", because=("acme/acme#2",), fails=("mouth/says",), change=lambda _: None
)
CASES = ("ear/hears", "mouth/says")


def finding(check: str, grade: Grade = Grade.MUST) -> Finding:
    return Finding(check=check, grade=grade, requirement="r", expected="e", actual="a", costs=Cost.CRASH)


def verdict(provider: str, case: str, *findings: Finding, outcome: Outcome | None = None) -> Verdict:
    told = Outcome.FAILED if findings else Outcome.PASSED
    return Verdict(
        case=case, provider=provider, outcome=outcome or told, must="m", costs=Cost.CRASH, findings=tuple(findings)
    )


def passed(provider: str) -> list[Verdict]:
    return [verdict(provider, case) for case in CASES]


SOUND = [
    *passed("mutant:none"),
    verdict("mutant:deaf", "ear/hears", finding("text")),
    verdict("mutant:deaf", "mouth/says"),
    verdict("mutant:mute", "ear/hears"),
    verdict("mutant:mute", "mouth/says", finding("text"), finding("stop-reason")),
]


def matrix(*changed: Verdict, mutants: tuple[Mutant, ...] = (DEAF, MUTE), **options: Any) -> Matrix:
    """The sound matrix with some verdicts replaced."""
    replaced = {(each.provider, each.case): each for each in (*SOUND, *changed)}
    return kill_matrix(mutants, CASES, replaced.values(), **options)


def test_a_matrix_is_sound_where_every_case_finds_its_mutant() -> None:
    """Each mutant is killed by the case that is meant for it, with the checks that found something."""
    found = matrix()
    assert found.sound
    assert found.kills == {"deaf": {"ear/hears": ("text",)}, "mute": {"mouth/says": ("text", "stop-reason")}}
    assert found.killers("ear/hears") == ("deaf",)


def test_a_warning_kills() -> None:
    """A SHOULD that does not hold shows the defect as well."""
    warned = verdict("mutant:deaf", "ear/hears", finding("text", Grade.SHOULD), outcome=Outcome.WARNED)
    assert matrix(warned).sound


def test_information_does_not_kill() -> None:
    """What the specification leaves open shows no defect."""
    informed = verdict("mutant:deaf", "ear/hears", finding("text", Grade.INFO), outcome=Outcome.INFORMED)
    assert matrix(informed).missed == (Missed("deaf", "ear/hears"),)


def test_a_mutant_that_survives_is_reported() -> None:
    """A case that does not find what it is there to find makes the matrix unsound, whatever another case finds."""
    survived = matrix(verdict("mutant:deaf", "ear/hears"), verdict("mutant:deaf", "mouth/says", finding("text")))
    assert not survived.sound
    assert survived.missed == (Missed("deaf", "ear/hears"),)
    assert survived.killers("mouth/says") == ("deaf", "mute")


def test_a_mutant_that_was_not_judged_is_reported() -> None:
    """No verdict is no kill."""
    only = [each for each in SOUND if each.provider != "mutant:deaf"]
    assert kill_matrix((DEAF, MUTE), CASES, only).missed == (Missed("deaf", "ear/hears"),)


def test_a_case_that_no_mutant_is_meant_for_is_reported() -> None:
    """A case that fails mutants in passing only proves nothing of its own."""
    idle = matrix(mutants=(MUTE,))
    assert not idle.sound
    assert idle.idle == ("ear/hears",)


def test_a_few_mutants_leave_other_cases_alone() -> None:
    """Where some mutants are named, the cases that are meant for others are not idle."""
    assert matrix(mutants=(MUTE,), every_mutant=False).sound


def test_what_the_reference_client_fails_too_kills_nothing() -> None:
    """A finding that is there without a defect does not come from one, and is an error by itself."""
    found = matrix(verdict("mutant:none", "ear/hears", finding("text")))
    assert found.missed == (Missed("deaf", "ear/hears"),)
    assert [each.case for each in found.control] == ["ear/hears"]


def test_another_check_than_the_reference_client_fails_does_kill() -> None:
    """Findings are compared check by check."""
    found = matrix(verdict("mutant:none", "mouth/says", finding("text")))
    assert found.kills["mute"] == {"mouth/says": ("stop-reason",)}
    assert not found.missed
    assert not found.sound


@pytest.mark.parametrize("outcome", [Outcome.HARNESS_ERROR, Outcome.NOT_TESTABLE, Outcome.UNSUPPORTED])
def test_what_could_not_be_judged_is_no_proof(outcome: Outcome) -> None:
    """A verdict that says nothing of the mutant is shown as trouble."""
    found = matrix(verdict("mutant:mute", "ear/hears", outcome=outcome))
    assert not found.sound
    assert [each.provider for each in found.troubled] == ["mutant:mute"]


def test_the_control_is_no_mutant() -> None:
    """The reference client without a defect stands in no row."""
    assert CONTROL.name not in matrix().kills
