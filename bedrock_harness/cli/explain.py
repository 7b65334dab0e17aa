"""`explain`: all about one case. Its requirement, why it is there, what is said and sent, what is checked, how to run it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins
from rich.console import Group
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from bedrock_harness.cli.cases import described
from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import out
from bedrock_harness.cli.scripted import delivered, lines, summary
from bedrock_harness.conformance.grades import Grade
from bedrock_harness.mutants import mutants_for
from bedrock_harness.reporting import escape, link, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

    from bedrock_harness.conformance.case import Case, Turn
    from bedrock_harness.conformance.checks import Check
    from bedrock_harness.simulator.script import Reply

__all__ = ["explain"]

ENDS_SHOWN = 12
"""Frames shown at either end of a long stream: a whole answer with a tool call has about twenty."""

LONG = 600
"""Characters of one value; some cases send a mebibyte."""

_INDENT = (0, 0, 0, 2)

_CREDENTIALS = {
    "bearer": "a bearer token",
    "keys": "access key and secret",
    "session": "access key, secret and session token",
}


@click.command()
@click.argument("name", metavar="CASE")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
def explain(name: str, *, as_json: bool) -> None:
    """Tell all about one CASE.

    \b
    Examples:
      bedrock-harness explain framing/every-byte-apart
      bedrock-harness explain framing/every-byte-apart --json | jq .turns
    """
    from bedrock_harness.conformance.catalogue import find

    case = find(name)
    if as_json:
        click.echo(json.dumps(_as_json(case), ensure_ascii=False, indent=2))
        return
    screen = out()
    show(screen, *_parts(case))


def _parts(case: Case) -> Iterator[RenderableType]:
    yield Text.assemble((case.id, "name"), (f"  {case.grade}, costs {case.costs}", "faint"))
    yield Text(case.must)
    yield Text()
    yield _rows(_facts(case))
    for number, turn in enumerate(case.turns, 1):
        yield Text(f"\nturn {number}" if len(case.turns) > 1 else "\nconversation", style="name")
        yield Padding(_turn(turn), _INDENT)
    yield Text("\nrun it", style="name")
    yield Padding(Text(_run(case)), _INDENT)
    mutants = mutants_for(case.id)
    if mutants:
        yield Text("\nsee it fail", style="name")
    for mutant in mutants:
        yield Padding(Text(f"bedrock-harness check mutant:{mutant.name} --only {case.id}"), _INDENT)
        yield Padding(Text(mutant.defect, style="faint"), (0, 0, 0, 4))


def _facts(case: Case) -> Iterator[tuple[str, RenderableType]]:
    if case.because:
        yield "because", Group(*map(_reason, case.because))
    yield "needs", Text(", ".join(sorted(case.capabilities)))
    yield "model", Text(case.model)
    yield "credentials", Text(_CREDENTIALS[case.credentials])
    for label, values in (("system", case.system), ("tools", tuple(_json(tool) for tool in case.tools))):
        if values:
            yield label, Group(*(Text(_cut(value)) for value in values))
    settings = to_builtins(case.settings)
    if settings:
        yield "settings", Text(_json(settings))
    if case.history:
        yield "history", Group(*(Text(_cut(_json(message))) for message in case.history))
    if case.environment:
        yield "environment", Group(*(Text(f"{name}={value}") for name, value in case.environment.items()))


def _reason(reason: str) -> Text:
    url = link(reason)
    if url is None or url in reason:
        return Text(reason)
    shown = Text.assemble(reason, "  ", (url, "faint"))
    shown.stylize(Style(link=url), len(reason))
    return shown


def _turn(turn: Turn) -> RenderableType:
    said = (_cut(block["text"] if set(block) == {"text"} else _json(block)) for block in turn.say)
    parts: list[RenderableType] = [_row("user says", Group(*map(Text, said)))]
    if turn.stop_after is not None:
        parts.append(_row("then", Text(f"abandons the stream after {turn.stop_after} parts")))
    operation = "ConverseStream" if turn.stream else "Converse"
    for number, reply in enumerate(turn.script, 1):
        last = "+" if number == len(turn.script) else ""  # the last reply answers every request after it
        label = operation if len(turn.script) == 1 else f"reply {number}{last}"
        what = Text.assemble(summary(reply, stream=turn.stream), *(f", {how}" for how in delivered(reply)))
        parts += [_row(label, what), Padding(_sent(reply, turn), _INDENT)]
    return Group(*parts, _row("must hold", _checks(turn.expect)))


def _sent(reply: Reply, turn: Turn) -> RenderableType:
    sent = [tuple(map(escape, line)) for line in lines(reply, stream=turn.stream)]
    hidden = len(sent) - 2 * ENDS_SHOWN
    if hidden > 1:
        sent[ENDS_SHOWN:-ENDS_SHOWN] = [("", f"{hidden} more", "")]
    table = Table.grid(padding=(0, 2, 0, 0))
    *names, _ = sent[0]
    for _ in names:
        table.add_column(style="faint", no_wrap=True)
    table.add_column(style="faint", overflow="fold")
    for line in sent:
        table.add_row(*(Text(_cut(cell)) for cell in line))
    return table


def _cut(text: str) -> str:
    """The beginning and the end of a long text."""
    if len(text) <= LONG:
        return text
    half = LONG // 2
    return f"{text[:half]} ... {len(text) - 2 * half} characters more ... {text[-half:]}"


def _checks(checks: Iterable[Check]) -> RenderableType:
    parts: list[RenderableType] = []
    for check in checks:
        grade = "" if check.grade is Grade.MUST else f" ({check.grade})"
        parts.append(Text.assemble(check.id, (grade, "faint"), f": {check.requirement}"))
        wanted = {name: value for name, value in to_builtins(check).items() if name not in {"type", "grade"}}
        if wanted:
            parts.append(Padding(Text(_cut(_json(wanted)), style="faint"), _INDENT))
    return Group(*parts)


def _row(label: str, value: RenderableType) -> Table:
    return _rows([(label, value)], width=len("ConverseStream"))


def _rows(rows: Iterable[tuple[str, RenderableType]], width: int = 0) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="label", no_wrap=True, min_width=width)
    table.add_column(overflow="fold")
    for label, value in rows:
        table.add_row(label, value)
    return table


def _as_json(case: Case) -> dict[str, Any]:
    turns = [
        {
            "say": list(turn.say),
            "operation": "ConverseStream" if turn.stream else "Converse",
            "bedrock": [
                {"reply": to_builtins(reply), "sent": [list(line) for line in lines(reply, stream=turn.stream)]}
                for reply in turn.script
            ],
            "expect": [
                {
                    "check": check.id,
                    "grade": check.grade,
                    "requirement": check.requirement,
                    "expected": to_builtins(check),
                }
                for check in turn.expect
            ],
        }
        for turn in case.turns
    ]
    failed_by = [{"mutant": mutant.name, "defect": mutant.defect} for mutant in mutants_for(case.id)]
    conversation = {
        "model": case.model,
        "credentials": case.credentials,
        "system": list(case.system),
        "tools": list(case.tools),
        "settings": to_builtins(case.settings),
        "history": list(case.history),
        "environment": case.environment,
    }
    return {**described(case), **conversation, "turns": turns, "run": _run(case), "failed_by": failed_by}


def _run(case: Case) -> str:
    return f"bedrock-harness check PROVIDER --only {case.id} --trace"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
