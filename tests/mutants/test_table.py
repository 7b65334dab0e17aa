"""The table of mutants: each is named, reasoned and aimed, and its patch fits the client as it is."""

from __future__ import annotations

import re
import types

import pytest

from bedrock_harness.client import retrying
from bedrock_harness.conformance.catalogue import CASES
from bedrock_harness.mutants import (
    AREAS,
    CONTROL,
    MUTANTS,
    Mutant,
    StaleMutant,
    UnknownMutant,
    applied,
    find,
    mutants_for,
)
from bedrock_harness.mutants.mutant import Mutants, Patch

IDS = {case.id for case in CASES}


def breaking(change: types.FunctionType) -> Mutant:
    return Mutant(name="made-up", defect="Made up.", because=("acme/acme#1",), fails=(), change=change)


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_is_named_and_reasoned(mutant: Mutant) -> None:
    """A mutant has a name in kebab case, a defect in one sentence, and providers that had it."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", mutant.name)
    assert mutant.defect.endswith(".")
    assert mutant.because
    assert all(reason.strip() for reason in mutant.because)


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_patch_fits_the_client(mutant: Mutant) -> None:
    """What a mutant breaks is there, and takes what its replacement takes."""
    with applied(mutant):
        pass


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_a_mutant_is_meant_for_cases_that_there_are(mutant: Mutant) -> None:
    """The cases that are to find a mutant are in the catalogue, each named once."""
    assert mutant.fails
    assert set(mutant.fails) <= IDS
    assert len(set(mutant.fails)) == len(mutant.fails)


@pytest.mark.parametrize("case", sorted(IDS))
def test_a_case_is_there_to_find_a_mutant(case: str) -> None:
    """No case is without a defect that it is to find."""
    assert mutants_for(case)


def test_every_mutant_stands_in_one_area() -> None:
    """The areas hold all mutants, none twice."""
    assert [name for mutants in AREAS.values() for name in mutants] == list(MUTANTS)


def test_a_patch_is_taken_back() -> None:
    """After a mutant the client is as it was."""
    before = retrying.may_retry
    with applied(find("everything-sent-again")):
        assert retrying.may_retry is not before
    assert retrying.may_retry is before


def test_a_patch_of_what_is_not_there_is_an_error() -> None:
    """A mutant whose function was renamed is stale, and says of which module."""

    def change(patch: Patch) -> None:
        patch(retrying, "should_retry", lambda _: True)

    said = r"should_retry in bedrock_harness\.client\.retrying.*nothing of that name"
    with pytest.raises(StaleMutant, match=said), applied(breaking(change)):
        pass


@pytest.mark.parametrize("replacement", [lambda: True, lambda error, attempt: True, True])
def test_a_replacement_that_takes_something_else_is_an_error(replacement: object) -> None:
    """A mutant whose function takes other arguments by now is stale, and changes nothing."""
    before = retrying.may_retry

    def change(patch: Patch) -> None:
        patch(retrying, "may_retry", replacement)

    with pytest.raises(StaleMutant, match="may_retry"), applied(breaking(change)):
        pass
    assert retrying.may_retry is before


def test_two_mutants_of_one_name_are_an_error() -> None:
    """A name stands for one defect."""
    mutant = Mutants()
    mutant("twice", "Once.", because=("acme/acme#1",), fails=())(lambda _: None)
    with pytest.raises(ValueError, match="two mutants named twice"):
        mutant("twice", "Again.", because=("acme/acme#1",), fails=())(lambda _: None)


def test_an_unknown_name_gives_the_nearest() -> None:
    """Who misspells a mutant is told what was meant."""
    with pytest.raises(UnknownMutant, match="no mutant 'stop-reason-lots'") as caught:
        find("stop-reason-lots")
    assert "stop-reason-lost" in caught.value.hint


def test_the_control_has_no_defect() -> None:
    """`none` is the reference client, and no mutant."""
    assert find("none") is CONTROL
    assert "none" not in MUTANTS
