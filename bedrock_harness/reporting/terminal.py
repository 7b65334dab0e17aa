"""The report in a terminal: the table of counts, the findings, what is known, and a last line to act on.

A pure rendering of a finished or interrupted run. Progress while it lasts is `progress`'s business.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bedrock_harness.reporting.findings import blocks, compact
from bedrock_harness.reporting.run import BAD, Run, Standing
from bedrock_harness.reporting.show import show
from bedrock_harness.reporting.text import counted, escape, span
from bedrock_harness.reporting.theme import STANDING_STYLE

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from bedrock_harness.conformance.verdict import Provider

__all__ = ["print_run"]

_INDENT = (0, 0, 0, 2)


def print_run(run: Run, console: Console, *, trace: bool = False) -> None:
    """Print a run. It fits the console's width down to 60 columns; case ids are never cut off."""
    show(console, Text(), _counts(run, console))
    for title, verdicts in (("findings", run.standing(*BAD)), ("warnings", run.standing(Standing.WARNED))):
        if verdicts:
            show(console, Text(), Text(title, style="name"))
            for block in blocks(verdicts, trace=trace):
                show(console, Text(), block)
    known = tuple(v for v in run.standing(*Standing) if any(finding.known is not None for finding in v.findings))
    if known:
        _section(console, "known, and in the baseline", compact(known, frozenset({Standing.KNOWN}), trace=trace))
    informed = run.standing(Standing.INFORMED)
    if informed:
        seen = compact(informed, frozenset({Standing.INFORMED}), trace=trace)
        _section(console, "left open by the specification", seen)
    if run.standing(Standing.UNSUPPORTED):
        _section(console, "unsupported, as declared", _unsupported(run))
    if run.finished is not None and run.finished.stale:
        _section(console, "baseline entries that no longer fail", _stale(run.finished.stale))
    show(console, Text(), _closing(run))


def _section(console: Console, title: str, content: RenderableType) -> None:
    show(console, Text(), Text(title, style="name"), Text(), Padding(content, _INDENT))


def _counts(run: Run, console: Console) -> RenderableType:
    side_by_side = _table(run, run.providers)
    if console.measure(side_by_side, options=console.options.update(max_width=10_000)).maximum <= console.width:
        return side_by_side
    tables: list[RenderableType] = [_table(run, (provider,)) for provider in run.providers]
    return Group(tables[0], *(part for table in tables[1:] for part in (Text(), table)))


def _table(run: Run, providers: tuple[Provider, ...]) -> Table:
    table = Table(box=None, padding=(0, 3, 0, 0), pad_edge=False, header_style="")
    table.add_column(no_wrap=True)
    for provider in providers:
        table.add_column(_who(provider))
    totals = {provider.spec: run.counts(provider.spec) for provider in providers}
    digits = len(str(max((count for counts in totals.values() for count in counts.values()), default=0)))
    for area in run.areas:
        table.add_row(area, *(_cell(run.counts(provider.spec, area), digits) for provider in providers))
    if len(run.areas) > 1:
        table.add_row(Text("all", style="name"), *(_cell(totals[provider.spec], digits) for provider in providers))
    return table


def _who(provider: Provider) -> Text:
    version = "" if provider.version in provider.spec else f" {provider.version}"
    return Text.assemble((provider.spec, "name"), (version, "faint"))


def _cell(counts: Counter[Standing], digits: int) -> Text:
    told = ((f"{counts[s]:>{digits}} {s}", STANDING_STYLE[s]) for s in Standing if counts[s])
    return Text("  ").join(Text(words, style=style) for words, style in told)


def _unsupported(run: Run) -> Table:
    reasons = Counter((v.provider, v.note or "no reason given") for v in run.standing(Standing.UNSUPPORTED))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="faint", overflow="fold")
    for (provider, reason), count in reasons.items():
        table.add_row(Text(provider), counted(count, "case"), Text(escape(reason)))
    return table


def _stale(entries: tuple[str, ...]) -> RenderableType:
    return Text("\n").join(Text(escape(entry), style="bad") for entry in entries)


def _closing(run: Run) -> RenderableType:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, style="name")
    table.add_column(overflow="fold")
    for provider in run.providers:
        counts = run.counts(provider.spec)
        told = [Text(f"{counts[s]} {s}", style=STANDING_STYLE[s]) for s in Standing if counts[s]]
        table.add_row(Text(provider.spec), Text(", ").join(told) if told else Text("nothing judged", style="faint"))
    return Group(table, Text(), _last_line(run))


def _last_line(run: Run) -> Text:
    judged = f"{counted(run.started.cases, 'case')} a provider, seed {run.started.seed}"
    expected = run.started.cases * len(run.providers)
    if run.finished is None or len(run.verdicts) < expected:
        return Text(f"Ended early, {len(run.verdicts)} of {expected} verdicts in: {judged}.", style="uneasy")
    told = f"{judged}, {span(run.finished.seconds)}.\n"
    bad, stale = len(run.standing(*BAD)), len(run.finished.stale)
    if bad:
        advice = ": `bedrock-harness explain CASE` tells about one, its `$` line runs it again."
        return Text.assemble((told, "faint"), (f"{counted(bad, 'case')} to look into", "bad"), advice)
    if stale:
        entries = counted(stale, "baseline entry", "baseline entries")
        return Text.assemble((told, "faint"), (f"{entries} to remove", "bad"), ": what they excuse no longer fails.")
    return Text.assemble(("Good", "good"), f": {told.rstrip()}")
