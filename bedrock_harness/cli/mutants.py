"""`mutants`: the proof that every case can fail, since a client with a known defect fails it."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import PIPE_WIDTH, err, out
from bedrock_harness.mutants import AREAS, CONTROL, MUTANTS, Mutant, UnknownMutant
from bedrock_harness.mutants import find as find_mutant
from bedrock_harness.reporting import THEME, Bar, counted, escape, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

    from bedrock_harness.conformance.case import Case
    from bedrock_harness.conformance.verdict import Verdict
    from bedrock_harness.mutants.matrix import Matrix

__all__ = ["mutants"]


@click.command()
@click.argument("names", nargs=-1, metavar="[MUTANT]...")
@click.option("--list", "only_list", is_flag=True, help="List the mutants and judge nothing.")
@click.option("--only", multiple=True, metavar="GLOB", help="Judge by these cases alone. Repeatable.")
@click.option("--whole", is_flag=True, help="Judge by every case, not only by those that are there to find a mutant.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=lambda: min(8, 2 * (os.cpu_count() or 1)),
    show_default="twice the processors, at most 8",
    help="Mutants judged at a time.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="What the simulator's chance is drawn from.")
@click.option(
    "--out",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write matrix.json and matrix.txt there.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
def mutants(
    names: tuple[str, ...],
    *,
    only_list: bool,
    only: tuple[str, ...],
    whole: bool,
    jobs: int,
    seed: int,
    folder: Path | None,
    as_json: bool,
) -> int:
    """Prove that every case can fail: judge clients with one known defect each.

    Every defect has to be found by the cases that are there for it, and every case has to find one. The reference client
    is judged beside them, and has to pass.

    \b
    Examples:
      bedrock-harness mutants
      bedrock-harness mutants --list
      bedrock-harness mutants --whole --out reports/latest
      bedrock-harness mutants stop-reason-lost --whole
      bedrock-harness mutants --only 'framing/*' --json | jq .missed

    Exit codes: 0 every case can fail, 1 a mutant survives or a case finds none, 2 wrong usage, 3 the harness failed.
    """
    chosen, cases = _choose(names, only, whole=whole)
    if only_list:
        _list(chosen, as_json=as_json)
        return Exit.GOOD
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    ids = tuple(case.id for case in cases)
    matrix = _judge(chosen, cases, every_mutant=not names, whole=whole, jobs=jobs, seed=seed)
    found = _as_json(matrix, chosen, ids)
    report = _report(matrix, chosen, ids, whole=whole)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(out(), *report)
    if folder is not None:
        (folder / "matrix.json").write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        with (folder / "matrix.txt").open("w", encoding="utf-8") as text:
            show(Console(file=text, width=PIPE_WIDTH, theme=THEME, color_system=None, highlight=False), *report)
    return Exit.HARNESS if matrix.troubled else Exit.GOOD if matrix.sound else Exit.FINDINGS


def _choose(
    names: tuple[str, ...], only: tuple[str, ...], *, whole: bool
) -> tuple[tuple[Mutant, ...], tuple[Case, ...]]:
    """The mutants that are named, else all that these cases are meant for; and the cases to judge them by."""
    from bedrock_harness.conformance.catalogue import select

    cases = select(only, ())
    if names:
        chosen = tuple(find_mutant(name) for name in dict.fromkeys(names))
        if CONTROL in chosen:
            raise UnknownMutant(CONTROL.name)
        meant = {case for mutant in chosen for case in mutant.fails}
        kept = cases if whole else tuple(case for case in cases if case.id in meant)
        if not kept:
            raise click.UsageError(
                "None of these cases is there to find these mutants; --whole judges by all the same."
            )
        return chosen, kept
    ids = {case.id for case in cases}
    return tuple(mutant for mutant in MUTANTS.values() if not only or ids.intersection(mutant.fails)), cases


def _judge(
    chosen: Sequence[Mutant], cases: Sequence[Case], *, every_mutant: bool, whole: bool, jobs: int, seed: int
) -> Matrix:
    from bedrock_harness.mutants.matrix import judge_all, kill_matrix

    ids = [case.id for case in cases]
    meant = sum(case in mutant.fails for mutant in chosen for case in ids)
    verdicts: list[Verdict] = []
    judged = judge_all(chosen, cases, jobs=jobs, seed=seed, meant_only=not whole)
    with (
        Bar(err(), "judging mutants", len(ids) + (len(ids) * len(chosen) if whole else meant)) as bar,
        closing(judged),
    ):
        for verdict in judged:
            verdicts.append(verdict)
            bar.advance(f"{verdict.provider}  {verdict.case}")
    return kill_matrix(chosen, ids, verdicts, every_mutant=every_mutant)


def _list(chosen: Sequence[Mutant], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([_described(mutant) for mutant in chosen], ensure_ascii=False, indent=2))
        return
    parts = _by_area(chosen, lambda mutant: (Text(mutant.name), Text(mutant.defect, style="faint")))
    show(out(), *parts, Text(f"{counted(len(chosen), 'mutant')}. `bedrock-harness check mutant:NAME` judges one."))


def _report(matrix: Matrix, chosen: Sequence[Mutant], cases: Sequence[str], *, whole: bool) -> list[RenderableType]:
    def row(mutant: Mutant) -> tuple[Text, ...]:
        meant = [case for case in mutant.fails if case in cases]
        found = [case for case in meant if case in matrix.kills[mutant.name]]
        count = Text(f"{len(found)}/{len(meant)}", style="good" if found == meant else "bad")
        return Text(mutant.name), count, Text(mutant.defect, style="faint")

    parts = [_grid(matrix, chosen, cases), Text()] if whole else _by_area(chosen, row)
    troubles = (
        ("survived a case that is there to find it", [Text(f"{m.mutant}  {m.case}") for m in matrix.missed]),
        ("cases that no mutant is meant for", [_passing(matrix, case) for case in matrix.idle]),
        ("the reference client does not pass", [_told(verdict) for verdict in matrix.control]),
        ("could not be judged", [_told(verdict) for verdict in matrix.troubled]),
    )
    for title, lines in troubles:
        if lines:
            parts += [Text(title, style="bad"), *(Padding(line, (0, 0, 0, 2)) for line in lines), Text()]
    judged = f"{counted(len(chosen), 'mutant')}, {counted(len(cases), 'case')}"
    if matrix.sound:
        return [*parts, Text.assemble(("Good", "good"), f": {judged}. Every mutant is found, every case can fail.")]
    wrong = ", ".join(f"{len(lines)} {title}" for title, lines in troubles if lines)
    return [*parts, Text(f"{judged}: {wrong}.", style="bad")]


def _passing(matrix: Matrix, case: str) -> Text:
    killers = matrix.killers(case)
    shown = ", ".join(killers[:3]) + (f" and {len(killers) - 3} more" if len(killers) > 3 else "")
    return Text.assemble(case, (f"  failed in passing by {shown}" if killers else "  failed by none", "faint"))


def _told(verdict: Verdict) -> Text:
    told = verdict.note or "; ".join(f"{finding.check}: {finding.actual}" for finding in verdict.findings)
    return Text(escape(f"{verdict.provider}  {verdict.case}  {verdict.outcome}: {told}"))


def _grid(matrix: Matrix, chosen: Sequence[Mutant], cases: Sequence[str]) -> Table:
    """Mutants down, areas of cases across: how many cases of the area each mutant fails."""
    areas = Counter(case.partition("/")[0] for case in cases)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="faint")
    table.add_column("", no_wrap=True)
    for area in areas:
        table.add_column(area[:4], justify="right", no_wrap=True)
    for mutant in chosen:
        killed = Counter(case.partition("/")[0] for case in matrix.kills[mutant.name])
        table.add_row(
            Text(mutant.name), *(Text(str(killed[area] or "·"), style=_weight(killed[area])) for area in areas)
        )
    table.add_row(Text("of", style="faint"), *(Text(str(count), style="faint") for count in areas.values()))
    return table


def _weight(count: int) -> str:
    return "default" if count else "faint"


def _by_area(chosen: Sequence[Mutant], row: Callable[[Mutant], tuple[Text, ...]]) -> list[RenderableType]:
    """A table an area, with columns as wide in each."""
    width = max((len(mutant.name) for mutant in chosen), default=0)
    parts: list[RenderableType] = []
    for area, members in AREAS.items():
        own = [mutant for mutant in chosen if mutant.name in members]
        if not own:
            continue
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, min_width=width)
        for _ in row(own[0])[1:-1]:
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
