"""`journal`: what a running `serve` has been asked, read over its control."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click
import httpx

from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.faults import CommandError
from bedrock_harness.cli.options import common
from bedrock_harness.cli.requested import line
from bedrock_harness.cli.screen import out
from bedrock_harness.simulator.openapi import PREFIX

__all__ = ["journal"]


@click.command()
@click.argument("url", envvar="AWS_ENDPOINT_URL_BEDROCK_RUNTIME", metavar="URL")
@click.option(
    "--since", type=click.IntRange(min=0), default=0, metavar="N", help="Begin at this exchange, counted from 0."
)
@click.option("--full", is_flag=True, help="Headers, bodies, canonical requests and times as well, as JSON.")
@click.option(
    "--ca-file", envvar="AWS_CA_BUNDLE", type=click.Path(exists=True), help="The authority to trust, of serve --tls."
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each exchange.")
@common
def journal(*, url: str, since: int, full: bool, ca_file: str | None, as_json: bool) -> int:
    """Show what a running `serve` was asked, and what was wrong with it.

    URL is the address that `serve` printed; where its variables are exported, it is known.

    \b
    Examples:
      bedrock-harness journal http://127.0.0.1:8790
      bedrock-harness journal --since 12 --json | jq .signature
      bedrock-harness journal --full | jq -r .canonical_request

    Exit codes: 0 every request was accepted, 1 some were refused, 2 there is no simulator at URL.
    """
    refused = False
    for told in _exchanges(url, since, full=full, ca_file=ca_file):
        refused = refused or told["refused"] is not None
        if as_json or full:
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            out().print(line(told), soft_wrap=True)
    return Exit.FINDINGS if refused else Exit.GOOD


def _exchanges(url: str, since: int, *, full: bool, ca_file: str | None) -> Iterator[dict[str, Any]]:
    """Page after page, until there is no more."""
    import ssl

    verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
    with httpx.Client(base_url=url, verify=verify, trust_env=False) as client:
        while True:
            try:
                reply = client.get(f"{PREFIX}journal", params={"since": since, "full": full})
                page = reply.raise_for_status().json()
                exchanges, since = page["exchanges"], page["next"]
            except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
                hint = "Give the address that a running `bedrock-harness serve` printed."
                raise CommandError(f"There is no simulator's journal at {url}: {error}. {hint}", Exit.USAGE) from error
            if not exchanges:
                return
            yield from exchanges
