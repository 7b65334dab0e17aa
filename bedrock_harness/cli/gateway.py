"""`gateway`: OpenAI's and Anthropic's shapes in front of Bedrock. Prints what to paste, then a line for each request."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins
from rich.text import Text

from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.exports import echo_exports
from bedrock_harness.cli.faults import CommandError
from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import err, out, printable

if TYPE_CHECKING:
    from bedrock_harness.gateway import Handled

__all__ = ["gateway"]

OVERRIDING = ("ANTHROPIC_AUTH_TOKEN",)
"""What the Anthropic client of the user would send along: a key of somebody else's."""


def _aliases(_context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """`NAME=MODEL` pairs. An ARN holds no equals sign, so that the first one divides."""
    aliases = {}
    for value in values:
        name, divides, model = value.partition("=")
        if not (name and divides and model):
            message = f"{value!r} is no NAME=MODEL, such as gpt-4o=us.anthropic.claude-sonnet-4-6."
            raise click.BadParameter(message, param=parameter)
        aliases[name] = model
    return aliases


@click.command()
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    metavar="NAME=MODEL",
    callback=_aliases,
    help="Let callers say NAME for a model id or ARN of Bedrock's. Repeatable.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on.  [default: any free one]"
)
@click.option(
    "--expose-to-the-network",
    "exposed",
    is_flag=True,
    help="Allow a --host that others reach. The gateway asks for no key: THEY CAN SPEND YOUR AWS ACCOUNT.",
)
@click.option("--region", help="Bedrock's region.  [default: as the client finds it]")
@click.option("--endpoint", metavar="URL", help="Where Bedrock is, if not at AWS.  [default: as the client finds it]")
@click.option("--max-body", type=click.IntRange(min=1), default=32, show_default=True, help="MiB of a request.")
@click.option("--max-requests", type=click.IntRange(min=1), default=64, show_default=True, help="Requests at a time.")
@click.option("--max-seconds", type=click.IntRange(min=1), default=600, show_default=True, help="For one answer.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines: the address, then each request.")
@common
def gateway(
    *,
    aliases: dict[str, str],
    host: str,
    port: int,
    exposed: bool,
    region: str | None,
    endpoint: str | None,
    max_body: int,
    max_requests: int,
    max_seconds: int,
    as_json: bool,
) -> int:
    """Let OpenAI and Anthropic clients speak to Bedrock, until Ctrl-C.

    It calls Converse with the reference client, with the credentials of this environment. What a request holds and Converse
    has no place for is refused, or named in the reply; docs/gateway.md has the tables.

    \b
    Examples:
      bedrock-harness gateway --alias gpt-4o=us.anthropic.claude-sonnet-4-6
      bedrock-harness gateway --port 8080 --region eu-central-1
      bedrock-harness gateway --endpoint http://127.0.0.1:8790 --json
    """
    try:
        from bedrock_harness import gateway as room
    except ModuleNotFoundError as missing:
        raise CommandError(str(missing), Exit.USAGE) from missing
    from bedrock_harness.client import AsyncClient, BedrockError
    from bedrock_harness.gateway.serving import bind, server, url_of

    over: Counter[str] = Counter()

    def report(handled: Handled) -> None:
        over["requests"] += 1
        over["failed"] += handled.error is not None
        _report(handled, over["requests"], as_json=as_json)

    try:
        client = AsyncClient(region=region, endpoint=endpoint)
        listening = bind(host, port, exposed=exposed)
    except (BedrockError, room.GatewayError) as error:
        raise CommandError(f"{error} {error.hint}" if error.hint not in str(error) else str(error)) from error
    limits = room.Limits(body=max_body * 1024 * 1024, requests=max_requests, seconds=float(max_seconds))
    app = room.application(lambda: client, models=room.Models(aliases), limits=limits, observer=report, exposed=exposed)
    _introduce(url_of(listening), as_json=as_json, exposed=exposed)
    try:
        server(app).run(sockets=[listening])
    except KeyboardInterrupt:
        requests, failed = over["requests"], over["failed"]
        err().print(f"\nEnded after {requests} request{'s' * (requests != 1)}, {failed} of them failed.")
    return Exit.GOOD


def _introduce(url: str, *, as_json: bool, exposed: bool) -> None:
    environment = {
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": "unused",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": "unused",
    }
    if exposed:
        err().print("[bad]EXPOSED:[/bad] whoever reaches this address can spend your AWS account.", soft_wrap=True)
    if as_json:
        _echo_json({"url": url, "environment": environment})
        return
    out().print(f"OpenAI's and Anthropic's APIs on [bold]{url}[/bold]. Ctrl-C ends it.\n", soft_wrap=True)
    echo_exports(environment, OVERRIDING)
    click.echo()


def _report(handled: Handled, number: int, *, as_json: bool) -> None:
    if as_json:
        _echo_json({"number": number, **to_builtins(handled)})
        return
    renamed = f" -> {handled.model}" if handled.model != handled.name else ""
    line = Text.assemble(
        (f"{number:>4}  ", "faint"),
        (f"{handled.status}", "good" if handled.error is None else "bad"),
        f"  {handled.path}",
        f"  {printable(f'{handled.name}{renamed}')}" if handled.name else "",
        "  stream" if handled.stream else "",
        (f"  {handled.milliseconds:.1f} ms", "faint"),
        (f"  {printable(handled.error)}" if handled.error else "", "uneasy"),
        (f"  not as asked: {', '.join(handled.notes)}" if handled.notes else "", "uneasy"),
    )
    out().print(line, soft_wrap=True)


def _echo_json(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value))
