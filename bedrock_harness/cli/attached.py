"""The cases as `serve --cases` has them: a list of model ids to choose from, then a verdict on each request that chose one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click
import msgspec
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bedrock_harness.cli.screen import out
from bedrock_harness.conformance.attached import Attachment, model_of
from bedrock_harness.conformance.catalogue import AREAS, CASES, NoSuchCase, find
from bedrock_harness.reporting import show
from bedrock_harness.reporting.findings import blocks

if TYPE_CHECKING:
    from bedrock_harness.simulator import Exchange, Simulator
    from bedrock_harness.simulator.script import Reply

__all__ = ["Attended"]

_INDENT = (0, 0, 0, 6)


class Attended:
    """Every case of the catalogue, for whoever calls."""

    def __init__(self) -> None:
        self._attachment = Attachment(CASES)

    def choose(self, exchange: Exchange) -> Reply | None:
        """The chooser of the simulator."""
        return self._attachment.choose(exchange)

    def introduce(self) -> None:
        """Say which model id chooses which case."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(style="faint", overflow="fold")
        for case in CASES:
            table.add_row(Text(model_of(case)), Text(case.must))
        show(
            out(),
            Text("Call it with one of these model ids to be judged by the case; any other is answered as always.\n"),
        )
        show(out(), Padding(table, (0, 0, 0, 2)), Text())

    def report(self, exchange: Exchange, simulator: Simulator, *, as_json: bool) -> None:
        """The verdict on a request, if it chose a case."""
        logins = simulator.credentials, simulator.session_credentials
        given = (secret for login in logins for secret in (login.secret_access_key, login.session_token))
        secrets = tuple(filter(None, (*given, simulator.bearer_token)))
        found = self._attachment.judge(exchange, secrets)
        if found is None:
            if not as_json and (hint := _near(exchange.model or "")):
                show(out(), Padding(Text(hint, style="uneasy"), _INDENT))
            return
        if as_json:
            told = {"verdict": msgspec.to_builtins(found.verdict), "turn": found.turn, "turns": found.turns}
            click.echo(json.dumps({**told, "watch": found.watch}))
            return
        verdict = found.verdict
        if verdict.findings:
            show(out(), *(Padding(block, _INDENT) for block in blocks((verdict,))))
            return
        turns = f", turn {found.turn} of {found.turns}" if found.turns > 1 else ""
        show(out(), Padding(Text.assemble((verdict.outcome.value, "good"), f"  {verdict.case}{turns}"), _INDENT))
        for requirement in found.watch:
            show(out(), Padding(Text(f"to be seen in your client: {requirement}", style="faint"), _INDENT))


def _near(model: str) -> str | None:
    """What to say to a model id that looks like a case's and is none."""
    area, _, name = model.partition(".")
    if area not in AREAS:
        return None
    try:
        find(f"{area}/{name}")
    except NoSuchCase as error:
        return str(error)
    return None
