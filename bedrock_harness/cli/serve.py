"""`serve`: the simulator alone, for any client in any language. Prints what to paste, then a line for each request."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import click
from rich.text import Text

from bedrock_harness.cli.attached import Attended
from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.exports import echo_exports
from bedrock_harness.cli.faults import CommandError
from bedrock_harness.cli.options import common
from bedrock_harness.cli.quantities import SecondsParam, SpreadParam
from bedrock_harness.cli.requested import line, refused_line
from bedrock_harness.cli.screen import err, out
from bedrock_harness.service.strictness import LATEST, LEVELS, StrictnessError
from bedrock_harness.simulator import Exchange, Refused, Simulator, SimulatorError
from bedrock_harness.simulator.background import spare_pauses
from bedrock_harness.simulator.identities import Means
from bedrock_harness.simulator.script import Constant, Delivery, Pace, Spread
from bedrock_harness.simulator.speaking import CannedError, read_canned
from bedrock_harness.simulator.telling import in_short

__all__ = ["attend", "serve"]

EXAMPLE_MODEL = "us.anthropic.claude-sonnet-4-6"
"""A model id with no colon: curl signs `%3A` in a path once less than Bedrock wants it (seen in 7.88)."""

_EXAMPLE_BODY = '{"messages":[{"role":"user","content":[{"text":"Hello"}]}]}'


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="A loopback address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port to listen on.  [default: any free one]"
)
@click.option("--expose", is_flag=True, help="Listen on any --host: whoever reaches the port can use and control it.")
@click.option("--tls", is_flag=True, help="Speak https, with a certificate made up for this run.")
@click.option("--proxy", is_flag=True, help="Be a proxy that answers for the service's own hosts, and for no other.")
@click.option("--region", default="us-east-1", show_default=True, help="The region that signatures must name.")
@click.option("--seed", type=int, default=0, show_default=True, help="What keys, answers, ids and padding come from.")
@click.option("--cases", is_flag=True, help="Serve the conformance cases, chosen by model id, and judge what arrives.")
@click.option(
    "--answers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Canned answers, in YAML or JSON.",
)
@click.option("--first", type=SpreadParam(), help="Time to the first event, such as 300 or 300~1200 (median~p99).")
@click.option("--gap", type=SpreadParam(), help="Time between events, in the same way.")
@click.option(
    "--strictness",
    default=LATEST,
    show_default=True,
    metavar="DATE",
    help=f"The rules in force at a date, such as {', '.join(level for level in LEVELS if level != LATEST)}.",
)
@click.option("--window", type=SecondsParam(), default="5m", show_default=True, help="How old a signature may be.")
@click.option(
    "--ages",
    type=click.Choice(["arrival", "reply"]),
    default="arrival",
    show_default=True,
    help="Whether that is judged when a request arrives, or when its reply begins.",
)
@click.option(
    "--by",
    "means",
    type=click.Choice(["keys", "session", "bearer", "container"]),
    default="keys",
    show_default=True,
    help="The credentials to print: a key pair, one with a token, an API key, an address that hands them out.",
)
@click.option("--lifetime", type=SecondsParam(), help="When session tokens and API keys expire.  [default: never]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines: the address and the keys, then each request.")
@common
def serve(
    *,
    host: str,
    port: int,
    expose: bool,
    tls: bool,
    proxy: bool,
    region: str,
    seed: int,
    cases: bool,
    answers: Path | None,
    first: Spread | None,
    gap: Spread | None,
    strictness: str,
    window: timedelta,
    ages: Any,
    means: Any,
    lifetime: timedelta | None,
    as_json: bool,
) -> int:
    """Run Bedrock on loopback until Ctrl-C, for a client that you start yourself.

    Every request gets an answer that a model might give, once its signature, its shape and its conversation have been found
    sound: text, tool calls, reasoning, JSON, as it asks for. A line for each says what was found. The keys that are printed
    are made up and open nothing else. docs/simulator.md has examples in Python, JavaScript and curl.

    \b
    Examples:
      bedrock-harness serve
      bedrock-harness serve --port 8790 --region eu-central-1
      bedrock-harness serve --first 300~1200 --gap 12~40
      bedrock-harness serve --by session --lifetime 15m
      bedrock-harness serve --answers answers.yaml --tls
      bedrock-harness serve --proxy
      bedrock-harness serve --cases
      bedrock-harness serve --json | jq -r .status
    """
    over: SimpleQueue[Exchange | Refused] = SimpleQueue()
    attended = Attended() if cases else None
    pace = Pace(first or Constant(0), gap or Constant(0)) if first or gap else None
    try:
        simulator = Simulator(
            host=host,
            port=port,
            exposed=expose,
            region=region,
            tls=tls,
            proxy=proxy,
            seed=seed,
            canned=read_canned(answers) if answers else (),
            deliver=Delivery(pace=pace),
            strictness=strictness,
            window=window,
            ages=ages,
            lifetime=lifetime,
            control=True,
            observer=over.put,
            chooser=attended.choose if attended else None,
        )
    except (CannedError, SimulatorError, StrictnessError) as error:
        raise CommandError(str(error), Exit.USAGE) from error
    return attend(simulator, over, partial(_introduce, means=means), means=means, as_json=as_json, attended=attended)


def attend(
    simulator: Simulator,
    over: SimpleQueue[Exchange | Refused],
    introduce: Callable[[Simulator], None],
    *,
    means: Means = "keys",
    as_json: bool,
    attended: Attended | None = None,
) -> int:
    """Run a simulator until Ctrl-C: say how it is called, by these `means`, then a line for each exchange that its observer puts
    into `over`."""
    counts: Counter[str] = Counter()
    try:
        with simulator:
            spare_pauses()
            if as_json:
                environment = simulator.environment(means)
                _echo_json({"url": simulator.url, "region": simulator.region, "environment": environment})
            else:
                introduce(simulator)
                if attended is not None:
                    attended.introduce()
            while True:
                seen = over.get()
                counts["requests"] += 1
                counts["refused"] += isinstance(seen, Refused) or seen.refused is not None
                _report(seen, as_json=as_json)
                if attended is not None and isinstance(seen, Exchange):
                    attended.report(seen, simulator, as_json=as_json)
    except SimulatorError as error:
        raise CommandError(str(error), Exit.USAGE) from error
    except KeyboardInterrupt:
        requests, refused = counts["requests"], counts["refused"]
        err().print(f"\nEnded after {requests} request{'s' * (requests != 1)}, {refused} of them refused.")
    return Exit.GOOD


def _introduce(simulator: Simulator, means: Means) -> None:
    out().print(f"Bedrock, {simulator.region}, on [bold]{simulator.url}[/bold]. Ctrl-C ends it.\n", soft_wrap=True)
    echo_exports(simulator.environment(means))
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


def _report(seen: Exchange | Refused, *, as_json: bool) -> None:
    if isinstance(seen, Refused):
        told: dict[str, Any] = {"number": None, "status": seen.status, "reason": seen.reason}
        shown: Text = refused_line(seen.status, seen.reason)
    else:
        told = in_short(seen)
        shown = line(told)
    if as_json:
        _echo_json(told)
    else:
        out().print(shown, soft_wrap=True)


def _echo_json(value: dict[str, Any]) -> None:
    click.echo(json.dumps(value))
