"""`mutants`: the proof that every case can fail, since a client with a known defect fails it."""

from __future__ import annotations

import json
import os
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import click
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import err, out
from bedrock_harness.mutants import AREAS, CONTROL, MUTANTS, Mutant, UnknownMutant
from bedrock_harness.mutants import find as find_mutant
from bedrock_harness.reporting import Bar, counted, escape, show

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from rich.console import RenderableType

    from bedrock_harness.conformance.case import Case
    from bedrock_harness.conformance.verdict import Verdict
    from bedrock_harness.mutants.matrix import Matrix

__all__ = ["mutants"]


@click.command()
@click.argument("names", nargs=-1, metavar="[MUTANT]...")
@click.option("--list", "only_list", is_flag=True, help="List the mutants and judge nothing.")
@click.option("--whole", is_flag=True, help="Judge every mutant by every case, not by those that are there to find it.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=lambda: min(4, os.cpu_count() or 1),
    show_default="the processors, at most 4",
    help="Mutants judged at a time.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="What the simulator's chance is drawn from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
def mutants(names: tuple[str, ...], *, only_list: bool, whole: bool, jobs: int, seed: int, as_json: bool) -> int:
    """Prove that every case can fail: judge clients with one known defect each.

    Every defect has to be found by the cases that are there for it, and every case has to find one. The reference client
    is judged beside them, and has to pass.

    \b
    Examples:
      bedrock-harness mutants
      bedrock-harness mutants --list
      bedrock-harness mutants stop-reason-lost --whole
      bedrock-harness mutants --json | jq .missed

    Exit codes: 0 every case can fail, 1 a mutant survives or a case finds none, 3 the harness or a mutant failed.
    """
    chosen = tuple(find_mutant(name) for name in dict.fromkeys(names)) or tuple(MUTANTS.values())
    if CONTROL in chosen:
        raise UnknownMutant(CONTROL.name)
    if only_list:
        _list(chosen, as_json=as_json)
        return Exit.GOOD
    matrix, cases = _judge(chosen, everything=not names, whole=whole, jobs=jobs, seed=seed)
    if as_json:
        click.echo(json.dumps(_as_json(matrix, chosen, cases), ensure_ascii=False, indent=2))
    else:
        show(out(), *_report(matrix, chosen, cases))
    return Exit.HARNESS if matrix.troubled else Exit.GOOD if matrix.sound else Exit.FINDINGS


def _judge(
    chosen: Sequence[Mutant], *, everything: bool, whole: bool, jobs: int, seed: int
) -> tuple[Matrix, tuple[str, ...]]:
    from bedrock_harness.conformance.catalogue import CASES
    from bedrock_harness.mutants.matrix import judge_all, kill_matrix

    meant = {case for mutant in chosen for case in mutant.fails}
    cases: tuple[Case, ...] = CASES if whole or everything else tuple(case for case in CASES if case.id in meant)
    total = len(cases) + (len(cases) * len(chosen) if whole else sum(len(mutant.fails) for mutant in chosen))
    verdicts: list[Verdict] = []
    judged = judge_all(chosen, cases, jobs=jobs, seed=seed, aimed=not whole)
    with Bar(err(), "judging mutants", total) as bar, closing(cast("Generator[Verdict]", judged)):
        for verdict in judged:
            verdicts.append(verdict)
            bar.advance(f"{verdict.provider}  {verdict.case}")
    names = tuple(case.id for case in cases)
    return kill_matrix(chosen, names, verdicts, whole=everything), names


def _list(chosen: Sequence[Mutant], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_described(mutant) for mutant in chosen], ensure_ascii=False, indent=2))
        return
    parts = _by_area(chosen, lambda mutant: (Text(mutant.name), Text(mutant.defect, style="faint")))
    show(out(), *parts, Text(f"{counted(len(chosen), 'mutant')}. `bedrock-harness check mutant:NAME` judges one."))


def _report(matrix: Matrix, chosen: Sequence[Mutant], cases: Sequence[str]) -> list[RenderableType]:
    def row(mutant: Mutant) -> tuple[Text, Text, Text]:
        meant = [case for case in mutant.fails if case in cases]
        found = [case for case in meant if case in matrix.kills[mutant.name]]
        count = Text(f"{len(found)}/{len(meant)}", style="good" if found == meant else "bad")
        return Text(mutant.name), count, Text(mutant.defect, style="faint")

    parts = _by_area(chosen, row)
    troubles = (
        ("survived a case that is there to find it", [Text(f"{m.mutant}  {m.case}") for m in matrix.missed]),
        ("cases that no mutant fails", [Text(case) for case in matrix.idle]),
        ("the reference client does not pass", [_told(verdict) for verdict in matrix.control]),
        ("could not be judged", [_told(verdict) for verdict in matrix.troubled]),
    )
    for title, lines in troubles:
        if lines:
            parts += [Text(title, style="bad"), *(Padding(line, (0, 0, 0, 2)) for line in lines), Text()]
    judged = f"{counted(len(chosen), 'mutant')}, {counted(len(cases), 'case')}"
    if matrix.sound:
        parts.append(Text.assemble(("Good", "good"), f": {judged}. Every mutant is found, every case can fail."))
    else:
        unproven = sum(not matrix.killers(case) for case in cases)
        parts.append(
            Text(f"{judged}: {len(matrix.missed)} missed, {counted(unproven, 'case')} found nothing.", style="bad")
        )
    return parts


def _told(verdict: Verdict) -> Text:
    told = verdict.note or "; ".join(f"{finding.check}: {finding.actual}" for finding in verdict.findings)
    return Text(escape(f"{verdict.provider}  {verdict.case}  {verdict.outcome}: {told}"))


def _by_area(chosen: Sequence[Mutant], row: Any) -> list[RenderableType]:
    """A table an area, with columns as wide in each."""
    width = max(len(mutant.name) for mutant in chosen)
    parts: list[RenderableType] = []
    for area, members in AREAS.items():
        own = [mutant for mutant in chosen if mutant.name in members]
        if not own:
            continue
        table = Table.grid(padding=(0, 2, 0, 0))
        *firsts, _ = row(own[0])
        table.add_column(no_wrap=True, min_width=width)
        for _ in firsts[1:]:
            table.add_column(no_wrap=True, justify="right")
        table.add_column(overflow="fold")
        for mutant in own:
            table.add_row(*row(mutant))
        parts += [Text(area, style="name"), Padding(table, (0, 0, 1, 2))]
    return parts


def _described(mutant: Mutant) -> dict[str, Any]:
    return {
        "mutant": mutant.name,
        "defect": mutant.defect,
        "because": list(mutant.because),
        "fails": list(mutant.fails),
    }


def _as_json(matrix: Matrix, chosen: Sequence[Mutant], cases: Sequence[str]) -> dict[str, Any]:
    return {
        "sound": matrix.sound,
        "mutants": [{**_described(mutant), "kills": matrix.kills[mutant.name]} for mutant in chosen],
        "cases": {case: list(matrix.killers(case)) for case in cases},
        "missed": [{"mutant": missed.mutant, "case": missed.case} for missed in matrix.missed],
        "idle": list(matrix.idle),
        "control": [verdict.case for verdict in matrix.control],
        "troubled": [{"mutant": verdict.provider, "case": verdict.case} for verdict in matrix.troubled],
    }
