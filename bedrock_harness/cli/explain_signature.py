"""`explain-signature`: which mistake a client made in signing a captured request."""

from __future__ import annotations

import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import to_builtins
from rich.padding import Padding
from rich.text import Text

from bedrock_harness.cli.exits import Exit
from bedrock_harness.cli.faults import CommandError
from bedrock_harness.cli.options import common
from bedrock_harness.cli.screen import out
from bedrock_harness.recordings.captures import MAX_CAPTURE, is_cassette, read_capture, read_cassette_request
from bedrock_harness.reporting import escape, show
from bedrock_harness.wire.canonical import fold_headers
from bedrock_harness.wire.sigv4 import Credentials, diagnose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from bedrock_harness.wire.sigv4 import Diagnosis, Difference, Request

__all__ = ["explain_signature"]

_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/[^/,\s]*/([^/,\s]*)/")
_HOST_REGION = re.compile(r"\b[a-z]{2}(?:-[a-z]+)+-[0-9]\b")
_INDENT = (0, 0, 0, 2)
_MARKS = {" ": "quiet", "-": "good", "+": "bad"}


@click.command("explain-signature")
@click.argument("file", metavar="FILE")
@click.option("--secret-from-env", metavar="NAME", help="Variable that holds the secret; without it, it is asked for.")
@click.option(
    "--token-from-env", metavar="NAME", help="Variable that holds the session token; without it, the one sent is right."
)
@click.option(
    "--access-key-id", metavar="ID", help="Whose secret it is; without it, that of the key that the request names."
)
@click.option(
    "--region", metavar="NAME", help="The endpoint's region; without it, what the host says, else the request."
)
@click.option("--service", metavar="NAME", default="bedrock", show_default=True, help="The endpoint's service.")
@click.option(
    "--at", metavar="TIME", help="When it arrived, as 2025-01-30T20:41:31Z, or `now`; without it, age does not matter."
)
@click.option(
    "--number", type=click.IntRange(min=1), metavar="N", help="Exchange of a cassette; the first if not given."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@common
def explain_signature(
    file: str,
    *,
    secret_from_env: str | None,
    token_from_env: str | None,
    access_key_id: str | None,
    region: str | None,
    service: str,
    at: str | None,
    number: int | None,
    as_json: bool,
) -> int:
    """Say whether a captured request is signed rightly, and if not, which mistake its client made.

    FILE holds a request as it was sent: raw HTTP text, a curl command line with its headers, or a cassette; - is standard
    input. The secret comes from a variable or is asked for, and is never shown; nothing is sent anywhere.

    \b
    Examples:
      bedrock-harness explain-signature request.http --secret-from-env AWS_SECRET_ACCESS_KEY
      bedrock-harness explain-signature request.http --region us-west-2 --at 2025-01-30T20:41:31Z
      pbpaste | bedrock-harness explain-signature - --secret-from-env SECRET
      bedrock-harness explain-signature cassette.yaml --number 2 --secret-from-env SECRET --json

    Exit codes: 0 valid, 1 not, 2 the file or the secret cannot be read.
    """
    request = _read(file, number)
    arrived = _time(at)
    headers = fold_headers(request.headers)
    claimed = _CREDENTIAL.search(headers.get("authorization", ""))
    secret = _secret(secret_from_env)
    token = _variable(token_from_env) if token_from_env else headers.get("x-amz-security-token")
    credentials = Credentials(access_key_id or (claimed[1] if claimed else ""), secret, token)
    named = _HOST_REGION.search(headers.get("host", ""))
    expected = region or (named[0] if named else claimed[2] if claimed else "us-east-1")
    found = diagnose(request, credentials, region=expected, service=service, at=arrived)
    if as_json:
        click.echo(json.dumps(_described(found), ensure_ascii=False, indent=2))
    else:
        show(out(), *_report(found, request, judged=arrived is not None))
    return Exit.GOOD if found.valid else Exit.FINDINGS


# --------------------------------------------------------------------------------------------------------------- input


def _read(file: str, number: int | None) -> Request:
    if file != "-" and (is_cassette(file) or number is not None):
        return read_cassette_request(Path(file), number)
    if number is not None:
        raise CommandError("--number needs a cassette in a file: standard input is one request.")
    if file == "-":
        return read_capture(sys.stdin.buffer.read(MAX_CAPTURE + 1))
    with Path(file).open("rb") as opened:
        return read_capture(opened.read(MAX_CAPTURE + 1))


def _secret(name: str | None) -> str:
    if name is not None:
        return _variable(name)
    if not sys.stdin.isatty():
        raise CommandError("Nobody can be asked for the secret here: name the variable with --secret-from-env NAME.")
    secret: str = click.prompt("Secret access key", hide_input=True, err=True)
    return secret.strip()


def _variable(name: str) -> str:
    """A variable's value. The name is not repeated: somebody may have put the secret itself there."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise CommandError("The variable that should hold the secret or the token is not set, or is empty.")
    return value


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    if text == "now":
        return datetime.now(UTC)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--at {text!r} is no time: write it as 2025-01-30T20:41:31Z.") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


# -------------------------------------------------------------------------------------------------------------- output


def _described(found: Diagnosis) -> dict[str, Any]:
    described: dict[str, Any] = to_builtins(found)
    return {"valid": found.valid, **described}


def _report(found: Diagnosis, request: Request, *, judged: bool) -> Iterator[RenderableType]:
    yield Text(escape(f"{request.method} {request.target}"), style="name")
    if found.valid:
        yield Text.assemble(("Valid", "good"), ": the request is signed as the service computes it.")
    else:
        yield Text.assemble(("Not valid", "bad"), f": {escape(found.causes[0].did)}")
        for cause in found.causes[1:]:
            yield Text.assemble(("And", "bad"), f": {escape(cause.did)}")
    for cause in found.causes:
        yield Text()
        yield Text.assemble(("instead  ", "label"), escape(cause.instead))
        if cause.source:
            yield Text.assemble(("source   ", "label"), escape(cause.source))
        if cause.alike:
            yield Text.assemble(("or       ", "label"), f"{', '.join(cause.alike)}: the same on this request")
    if not found.proven:
        yield Text("\nThe signature could not be reproduced: what is said of its cause is a guess.", style="uneasy")
    elif found.perhaps:
        yield Text()
    for line in found.perhaps:
        yield Text.assemble(("perhaps  ", "label"), escape(line))
    if not judged and found.scheme == "sigv4":
        yield Text("\nIts age was not judged: --at says when it arrived.", style="faint")
    known = found.signed is not None and not found.valid
    legend = ": - as the service computes it, + as the client signed it" if known else ", as the service computes it"
    for title, lines in (("canonical request", found.canonical), ("string to sign", found.strings_to_sign)):
        if lines:
            yield Text.assemble("\n", (title, "name"), legend)
            yield Padding(_lines(lines, marked=known), _INDENT)


def _lines(lines: tuple[Difference, ...], *, marked: bool) -> Text:
    shown = [(f"{line.mark} {escape(line.text)}" if marked else escape(line.text), _MARKS[line.mark]) for line in lines]
    return Text("\n").join(Text(line, style=style) for line, style in shown)
