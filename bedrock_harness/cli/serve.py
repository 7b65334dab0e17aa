"""`serve`: the simulator alone, for any client in any language. Prints what to paste, then a line for each request."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import click
from rich.text import Text

from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.exports import echo_exports
from bedrock_harness.cli.faults import CommandError
from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import err, out, printable
from bedrock_harness.simulator import Exchange, Refused, Simulator, SimulatorError
from bedrock_harness.simulator.requests import HTTP_VERSION_NOT_SUPPORTED
from bedrock_harness.simulator.script import HttpError

__all__ = ["attend", "serve"]

EXAMPLE_MODEL = "us.anthropic.claude-sonnet-4-6"
"""A model id with no colon: curl signs `%3A` in a path once less than Bedrock wants it (seen in 7.88)."""

_EXAMPLE_BODY = '{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}'
_HTTP_2_HINT = "Give the AWS SDK for JavaScript `requestHandler: new NodeHttpHandler()`, of @smithy/node-http-handler."
_NANOSECONDS_A_MILLISECOND = 1e6
_SHOWN_FINDINGS = 3


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on.  [default: any free one]"
)
@click.option("--region", default="us-east-1", show_default=True, help="The region that signatures must name.")
@click.option("--tls", is_flag=True, help="Speak https, with a certificate made up for this run.")
@click.option("--seed", type=int, default=0, show_default=True, help="What keys, ids and padding are drawn from.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines: the address and the keys, then each request.")
@common
def serve(*, host: str, port: int, region: str, tls: bool, seed: int, as_json: bool) -> int:
    """Run Bedrock on loopback until Ctrl-C, for a client that you start yourself.

    Every request gets a greeting, once its signature, its shape and its conversation have been found sound. A line for each
    says what was found. The keys that are printed are made up and open nothing else.

    \b
    Examples:
      bedrock-harness serve
      bedrock-harness serve --port 8790 --region eu-central-1
      bedrock-harness serve --tls --json
    """
    over: SimpleQueue[Exchange | Refused] = SimpleQueue()
    simulator = Simulator(host=host, port=port, region=region, tls=tls, seed=seed, observer=over.put)
    return attend(simulator, over, _introduce, as_json=as_json)


def attend(
    simulator: Simulator,
    over: SimpleQueue[Exchange | Refused],
    introduce: Callable[[Simulator], None],
    *,
    as_json: bool,
) -> int:
    """Run a simulator until Ctrl-C: say how it is called, then a line for each exchange that its observer puts into `over`."""
    counts: Counter[str] = Counter()
    try:
        with simulator:
            if as_json:
                environment = simulator.environment()
                _echo_json({"url": simulator.url, "region": simulator.region, "environment": environment})
            else:
                introduce(simulator)
            while True:
                seen = over.get()
                counts["requests"] += 1
                if isinstance(seen, Refused):
                    counts["refused"] += 1
                    _report_refused(seen, as_json=as_json)
                else:
                    counts["refused"] += seen.refused is not None
                    _report(seen, as_json=as_json)
    except SimulatorError as error:
        raise CommandError(str(error), Exit.USAGE) from error
    except KeyboardInterrupt:
        requests, refused = counts["requests"], counts["refused"]
        err().print(f"\nEnded after {requests} request{'s' * (requests != 1)}, {refused} of them refused.")
    return Exit.GOOD


def _introduce(simulator: Simulator) -> None:
    out().print(
        f"Bedrock Runtime, {simulator.region}, on [bold]{simulator.url}[/bold]. Ctrl-C ends it.\n", soft_wrap=True
    )
    echo_exports(simulator.environment())
    click.echo("\nOr call it with curl, as it stands:\n")
    click.echo(f"  {_curl(simulator)}\n")


def _curl(simulator: Simulator) -> str:
    """A command that signs and sends one Converse request, with all that it needs."""
    login = simulator.credentials
    trust = f" --cacert {shlex.quote(simulator.ca_file)}" if simulator.ca_file else ""
    return " \\\n    ".join(
        (
            f"curl -sS --aws-sigv4 aws:amz:{simulator.region}:bedrock{trust}",
            f"--user {shlex.quote(f'{login.access_key_id}:{login.secret_access_key}')}",
            f"-H 'content-type: application/json' -d {shlex.quote(_EXAMPLE_BODY)}",
            f"{simulator.url}/model/{EXAMPLE_MODEL}/converse",
        )
    )


# ----------------------------------------------------------------------------------------------------- a line a request


def _report(exchange: Exchange, *, as_json: bool) -> None:
    if as_json:
        _echo_json(_as_json(exchange))
        return
    style = "good" if exchange.refused is None else "bad"
    line = Text.assemble(
        (f"{exchange.number + 1:>4}  ", "faint"),
        (f"{exchange.status}", style),
        f"  {printable(exchange.operation or exchange.request.target)}",
        f"  {printable(exchange.model or '')}",
        f"  {_signature(exchange)}",
        (f"  {_milliseconds(exchange):.1f} ms", "faint"),
        ("".join(f"  {finding}" for finding in _findings(exchange)), "uneasy"),
    )
    out().print(line, soft_wrap=True)


def _report_refused(refused: Refused, *, as_json: bool) -> None:
    """Bytes that were no request. Their number is a dash, since the journal has no exchange for them."""
    if as_json:
        _echo_json({"number": None, "status": refused.status, "reason": refused.reason})
        return
    hint = f" {_HTTP_2_HINT}" if refused.status == HTTP_VERSION_NOT_SUPPORTED else ""
    line = Text.assemble(("   -  ", "faint"), (f"{refused.status}", "bad"), f"  {printable(refused.reason)}{hint}")
    out().print(line, soft_wrap=True)


def _signature(exchange: Exchange) -> str:
    verdict = exchange.authorization
    if verdict.valid:
        return "signature good" if verdict.scheme == "sigv4" else "token good"
    return printable(f"{verdict.problem}: {exchange.fault}")


def _findings(exchange: Exchange) -> list[str]:
    """What is wrong beside the signature, in the service's words; what the service lets pass is named as unknown."""
    found = [
        f"unknown member {violation.path}" if violation.constraint == "unknown" else violation.message
        for violation in exchange.violations
    ]
    found += [broken.message for broken in exchange.broken_rules]
    if not found and exchange.refused is not None and exchange.authorization.valid:
        found = [exchange.refused]
    if isinstance(exchange.reply, HttpError):
        found.append(exchange.reply.message)
    if exchange.closed_by_peer is not None:
        found.append("the client left before the reply was over")
    more = len(found) - _SHOWN_FINDINGS
    return [printable(text) for text in found[:_SHOWN_FINDINGS]] + ([f"and {more} more"] if more > 0 else [])


def _as_json(exchange: Exchange) -> dict[str, Any]:
    verdict = exchange.authorization
    return {
        "number": exchange.number,
        "operation": exchange.operation,
        "model": exchange.model,
        "target": exchange.request.target,
        "status": exchange.status,
        "refused": exchange.refused,
        "answer": exchange.reply.message if isinstance(exchange.reply, HttpError) else None,
        "signature": {
            "valid": verdict.valid,
            "scheme": verdict.scheme,
            "problem": verdict.problem,
            "reason": exchange.fault,
        },
        "violations": [{"path": found.path, "message": found.message} for found in exchange.violations],
        "broken_rules": [{"rule": broken.rule, "message": broken.message} for broken in exchange.broken_rules],
        "closed_by_peer": exchange.closed_by_peer is not None,
        "ms": round(_milliseconds(exchange), 3),
    }


def _milliseconds(exchange: Exchange) -> float:
    """From the request's last byte to the end of the exchange."""
    end = exchange.finished or exchange.closed_by_peer or exchange.received
    return (end - exchange.received) / _NANOSECONDS_A_MILLISECOND


def _echo_json(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value))
