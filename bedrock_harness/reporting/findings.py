"""A case that did not pass, as a person reads it: requirement, expected, actual, the wire, how to run it again.

Blocks for the terminal, and the same as plain text for a test's failure message. Which verdicts are shown, and in which
order, is `terminal`'s business.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bedrock_harness.reporting.run import Standing, standing
from bedrock_harness.reporting.text import escape, link
from bedrock_harness.reporting.theme import STANDING_STYLE, THEME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bedrock_harness.conformance.verdict import Evidence, Finding, Verdict

__all__ = ["as_text", "blocks", "compact"]

EVIDENCE_LINES = 14
"""Lines of one piece of evidence without `--trace`: a request's headers or a dozen frames, not a screenful."""

_INDENT = (0, 0, 0, 2)

MARKS = {
    Standing.FAILED: "×",
    Standing.HARNESS_ERROR: "?",
    Standing.INFORMED: "i",
    Standing.NOT_TESTABLE: "×",
    Standing.WARNED: "!",
}


def blocks(verdicts: Sequence[Verdict], *, trace: bool = False) -> Iterator[RenderableType]:
    """One block a case, with all its providers; `verdicts` sorted by case. With `trace` evidence is shown whole."""
    for _, group in groupby(verdicts, key=lambda verdict: verdict.case):
        same = tuple(group)
        parts: list[RenderableType] = [_heading(same), Padding(Text(same[0].must), _INDENT)]
        for verdict in same:
            parts += [Text(), Padding(_verdict(verdict, trace=trace), _INDENT)]
        if same[0].because:
            parts += [Text(), Padding(_rows([("because", _reasons(same[0].because))]), (0, 0, 0, 4))]
        yield Group(*parts)


def compact(verdicts: Iterable[Verdict], standings: frozenset[Standing], *, trace: bool = False) -> Table:
    """A row a finding: provider, `case:check`, and the first sentence of the baseline's reason, or what was seen.

    With `trace` the reason is whole, and what was seen is not cut.
    """
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(style="faint", overflow="fold")
    for verdict in verdicts:
        for finding in verdict.findings:
            if standing(verdict) in standings or finding.known is not None:
                name = Text(f"{verdict.case}:{finding.check}")
                words = " ".join((finding.known or finding.actual).split())
                told = _linked(words if trace or finding.known is None else _first_sentence(words))
                if not trace and finding.known is None:
                    told.no_wrap, told.overflow = True, "ellipsis"
                table.add_row(Text(verdict.provider), name, told)
    return table


def _first_sentence(text: str) -> str:
    head, stop, _ = text.partition(". ")
    return f"{head}{stop.strip()}"


def as_text(verdict: Verdict, *, width: int = 110) -> str:
    """One verdict's block as plain text."""
    console = Console(width=width, color_system=None, force_terminal=False, theme=THEME, highlight=False, emoji=False)
    with console.capture() as capture:
        for block in blocks([verdict]):
            console.print(block)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()).rstrip()


def _heading(verdicts: Sequence[Verdict]) -> RenderableType:
    worst = max((standing(verdict) for verdict in verdicts), key=list(Standing).index)
    style = STANDING_STYLE[worst]
    costs = ", ".join(dict.fromkeys(finding.costs for verdict in verdicts for finding in verdict.findings))
    line = Table.grid(expand=True, padding=(0, 1, 0, 0))
    line.add_column(width=1)
    line.add_column(overflow="fold", ratio=1)
    line.add_column(justify="right", no_wrap=True)
    said = "" if worst is Standing.HARNESS_ERROR else costs or verdicts[0].costs
    line.add_row(Text(MARKS.get(worst, ""), style=style), Text(verdicts[0].case, style="name"), Text(said, style=style))
    return line


def _verdict(verdict: Verdict, *, trace: bool) -> RenderableType:
    stands = standing(verdict)
    said = Text.assemble(verdict.provider, "  ", (stands, STANDING_STYLE[stands]))
    if verdict.note:
        said.append(f": {escape(verdict.note)}")
    parts: list[RenderableType] = [said]
    shown: set[Evidence] = set()
    for finding in verdict.findings:
        fresh = tuple(piece for piece in finding.evidence if piece not in shown)  # findings of one turn share it
        shown.update(fresh)
        parts += [Padding(_finding(finding, fresh, trace=trace), _INDENT), Text()]
    if verdict.replay:
        parts.append(Padding(Text.assemble(("$ ", "faint"), verdict.replay), _INDENT))
    return Group(*parts)


def _finding(finding: Finding, evidence: Iterable[Evidence], *, trace: bool) -> RenderableType:
    rows = [
        ("check", Text(finding.check)),
        ("requirement", Text(escape(finding.requirement))),
        ("expected", Text(escape(finding.expected), style="good")),
        ("actual", Text(escape(finding.actual), style="bad")),
    ]
    if finding.known is not None:
        rows.append(("known", _linked(finding.known)))
    shown = (part for piece in evidence for part in (Text(), _evidence(piece, trace=trace)))
    return Group(_rows(rows), *shown)


def _evidence(evidence: Evidence, *, trace: bool) -> RenderableType:
    shown = evidence.lines if trace else evidence.lines[:EVIDENCE_LINES]
    # Cut at the edge unless asked for whole: a frame's payload would fill the screen, and what tells is at its start.
    lines = [Text(escape(line), no_wrap=not trace, overflow="fold" if trace else "ellipsis") for line in shown]
    if hidden := len(evidence.lines) - len(shown):
        lines.append(Text(f"{hidden} more with --trace", style="faint"))
    return Group(Text(escape(evidence.title), style="label"), Padding(Group(*lines), _INDENT))


def _rows(rows: Iterable[tuple[str, Text]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="label", width=len("requirement"), no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in rows:
        table.add_row(label, value)
    return table


def _reasons(because: Iterable[str]) -> Text:
    return Text(", ").join(_linked(reason) for reason in because)


def _linked(reason: str) -> Text:
    target = link(reason)
    return Text(escape(reason), style=f"link {target}" if target else "")
