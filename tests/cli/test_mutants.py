"""`mutants`: what it lists, what it judges, what it says of a mutant that survives."""

from __future__ import annotations

import json
from collections.abc import Callable

from rich.console import Console

from bedrock_harness.cli import Exit
from bedrock_harness.cli.mutants import _report
from bedrock_harness.mutants import MUTANTS
from bedrock_harness.mutants.matrix import Matrix, Missed
from tests.cli.conftest import Ran

NAME = "stop-reason-lost"


def test_list(bh: Callable[..., Ran]) -> None:
    """`--list` tells every mutant's name and defect and judges nothing."""
    text = " ".join(bh("mutants", "--list").out.split())
    assert all(f"{mutant.name} {mutant.defect}" in text for mutant in MUTANTS.values())


def test_list_as_json(bh: Callable[..., Ran]) -> None:
    """`--list --json` is an array with what each mutant is there for."""
    found = json.loads(bh("mutants", "--list", "--json").out)
    assert [mutant["mutant"] for mutant in found] == list(MUTANTS)
    assert all(mutant["defect"] and mutant["fails"] for mutant in found)


def test_one(bh: Callable[..., Ran]) -> None:
    """One mutant is judged by the cases that are there to find it, each of which does."""
    ran = bh("mutants", NAME)
    count = len(MUTANTS[NAME].fails)
    assert ran.code == Exit.GOOD
    assert f"{NAME}  {count}/{count}  {MUTANTS[NAME].defect}" in ran.out
    assert ran.out.splitlines()[-1].startswith(f"Good: 1 mutant, {count} cases.")


def test_json(bh: Callable[..., Ran]) -> None:
    """`--json` tells for each case which mutants it finds, and for each mutant by which checks."""
    ran = bh("mutants", NAME, "--json")
    told = json.loads(ran.out)
    assert told["sound"] is True
    assert set(told["cases"]) == set(MUTANTS[NAME].fails)
    assert all(killers == [NAME] for killers in told["cases"].values())
    assert all("stop-reason" in checks for checks in told["mutants"][0]["kills"].values())


def test_unknown(bh: Callable[..., Ran]) -> None:
    """A mutant that does not exist is one line with the nearest names, and exit 2; the control is none."""
    ran = bh("mutants", "stop-reason-los")
    assert (ran.code, ran.err.count("\n")) == (Exit.USAGE, 1)
    assert NAME in ran.err
    assert bh("mutants", "none").code == Exit.USAGE


def test_survivors_are_told() -> None:
    """A mutant that survives, and a case that finds nothing, are named."""
    mutant = MUTANTS[NAME]
    cases = (*mutant.fails, "stream/text")
    matrix = Matrix(
        kills={NAME: dict.fromkeys(mutant.fails[1:], ("stop-reason",))},
        missed=(Missed(NAME, mutant.fails[0]),),
        idle=("stream/text",),
        control=(),
        troubled=(),
    )
    console = Console(width=100, color_system=None)
    with console.capture() as capture:
        console.print(*_report(matrix, (mutant,), cases, whole=False), sep="\n")
    text = capture.get()
    assert f"{len(mutant.fails) - 1}/{len(mutant.fails)}" in text
    assert f"  {NAME}  {mutant.fails[0]}" in text
    assert "stream/text  failed by none" in text
    assert "1 survived a case that is there to find it, 1 cases that no mutant is meant for." in text
