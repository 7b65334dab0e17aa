"""`cases`: the catalogue, an area at a time."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

import click
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import out
from bedrock_harness.reporting import counted, show

if TYPE_CHECKING:
    from rich.console import RenderableType

    from bedrock_harness.conformance.case import Case

__all__ = ["cases", "described"]


@click.command()
@click.argument("globs", nargs=-1, metavar="[GLOB]...")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@common
def cases(globs: tuple[str, ...], *, as_json: bool) -> None:
    """List the cases: all, or those that match a GLOB or belong to an area.

    \b
    Examples:
      bedrock-harness cases
      bedrock-harness cases signing 'framing/cut-*'
      bedrock-harness cases --json | jq -r '.[].id'
    """
    from bedrock_harness.conformance.catalogue import select

    found = select(globs, ())
    if as_json:
        click.echo(json.dumps([described(case) for case in found], ensure_ascii=False, indent=2))
        return
    width = max(len(case.id) for case in found)
    parts: list[RenderableType] = []
    for area, members in groupby(sorted(found, key=lambda case: case.id), key=lambda case: case.area):
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, min_width=width)
        table.add_column(style="faint", overflow="fold")
        for case in members:
            table.add_row(Text(case.id), Text(case.must))
        parts += [Text(area, style="name"), Padding(table, (0, 0, 1, 2))]
    advice = Text(f"{counted(len(found), 'case')}. `bedrock-harness explain CASE` tells all about one.")
    show(out(), *parts, advice)


def described(case: Case) -> dict[str, Any]:
    """What there is to say about a case besides its conversation."""
    return {
        "id": case.id,
        "area": case.area,
        "must": case.must,
        "grade": case.grade,
        "costs": case.costs,
        "because": list(case.because),
        "needs": sorted(case.capabilities),
        "turns": len(case.turns),
    }
