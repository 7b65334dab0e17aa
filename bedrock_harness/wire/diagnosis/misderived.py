"""Wrong strings to sign and wrong keys: date, scope, secret, derivation.

Each function is given what was received and yields what a client with one mistake has in place of a right one.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import permutations
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, unquote_plus

from bedrock_harness.wire.canonical import octets
from bedrock_harness.wire.diagnosis.attempts import Variation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedrock_harness.wire.diagnosis.attempts import Received

__all__ = [
    "algorithm",
    "chain",
    "date_form",
    "date_twice",
    "date_zone",
    "hashing",
    "key_date",
    "key_region",
    "key_service",
    "prefix",
    "secret_blanks",
    "secret_spelling",
    "steps_order",
    "steps_skipped",
]

_STAMP = "%Y%m%dT%H%M%SZ"
_REGION = re.compile(r"\b[a-z]{2}(?:-[a-z]+)+-[0-9]\b")
_USUAL_REGIONS = ("us-east-1", "us-west-2", "us-east-2", "eu-west-1", "eu-central-1", "ap-southeast-2", "")
_SERVICES = (
    "bedrock",
    "bedrock-runtime",
    "execute-api",
    "bedrock-agent",
    "bedrock-agent-runtime",
    "bedrock-mantle",
    "amazonbedrock",
    "s3",
    "sts",
    "sagemaker",
    "lambda",
    "",
)
_ZONES = (
    *(60 * hours for hours in (1, 2, -5, -8, 8, 9, -7, -4)),
    *(330, 180, -360, 600),
    *(60 * hours for hours in (-1, -2, -3, -9, -10, -11, -12, 4, 5, 6, 7, 11, 12, 13, 14)),
    *(-570, -210, 210, 270, 345, 390, 525, 570, 630, 765),
)
"""Minutes by which the world's zones differ from UTC, those first in which most software runs."""
_STEPS = ("date", "region", "service", "terminator")


# ---------------------------------------------------------------------------------------------------------------- dates


def date_zone(received: Received) -> Iterator[Variation]:
    """Take the date of another zone."""
    if not _reckonable(received.claim.time):
        return
    for minutes in _ZONES:
        local = received.claim.time + timedelta(minutes=minutes)
        sign, distance = ("-" if minutes < 0 else "+"), abs(minutes)
        yield Variation(f"UTC{sign}{distance // 60:02}:{distance % 60:02}", {}, {"timestamp": f"{local:{_STAMP}}"})


def date_twice(received: Received) -> Iterator[Variation]:
    """Ask for the time twice, seconds apart."""
    if not _reckonable(received.claim.time):
        return
    for seconds in (1, 2, 3):
        for sign in (-1, 1):
            other = received.claim.time + timedelta(seconds=sign * seconds)
            yield Variation("", {}, {"timestamp": f"{other:{_STAMP}}"})


def date_form(received: Received) -> Iterator[Variation]:
    """Write the date in another form."""
    time = received.claim.time
    other = received.headers.get("date")
    forms = [
        f"{time:%Y-%m-%dT%H:%M:%SZ}",
        f"{time:%Y-%m-%dT%H:%M:%S}.000Z",
        format_datetime(time, usegmt=True),
        f"{time:%Y-%m-%dT%H:%M:%S}+00:00",
        f"{time:%Y-%m-%dT%H:%M:%S}",
        f"{time:%Y-%m-%d %H:%M:%S}",
        f"{time:%Y%m%dT%H%M%S}",
        f"{time:%Y%m%dT%H%MZ}",
        f"{time:%Y%m%dT%H%M%S}.000Z",
        f"{time:%Y%m%d}",
        f"{time:%Y-%m-%d}",
        f"{int(time.timestamp())}",
        f"{int(time.timestamp())}000",
        *([other] if other else []),
    ]
    for form in forms:
        yield Variation(repr(form), {}, {"timestamp": form})


def key_date(received: Received) -> Iterator[Variation]:
    """Derive the key for another date than the scope's, or write another into the string to sign."""
    try:
        day = datetime.strptime(received.claim.date, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        day = received.claim.time
    stamp = received.claim.timestamp
    others = [f"{day + timedelta(days=days):%Y%m%d}" for days in (-1, 1) if _reckonable(day)]
    others += [stamp[:8], stamp, f"{day:%Y-%m-%d}", f"{day:%y%m%d}", f"{day:%d%m%Y}", f"{day:%m%d%Y}", ""]
    for other in others:
        yield from _scoped("date", other)


def _reckonable(time: datetime) -> bool:
    """Whether some days more or less are still a date."""
    return 1 < time.year < datetime.max.year


# ---------------------------------------------------------------------------------------------------------------- scope


def key_region(received: Received) -> Iterator[Variation]:
    """Derive the key for another region than the scope's, or write another into the string to sign."""
    named = _REGION.findall(f"{received.headers.get('host', '')} {unquote(received.request.target)}")
    for region in dict.fromkeys((received.region, *named[:4], *_USUAL_REGIONS)):
        yield from _scoped("region", region)


def key_service(received: Received) -> Iterator[Variation]:
    """Derive the key for another service than the scope's, or write another into the string to sign."""
    for service in dict.fromkeys((received.service, *_SERVICES)):
        yield from _scoped("service", service)


def _scoped(part: str, value: str) -> Iterator[Variation]:
    yield Variation(repr(value), {}, {part: value})
    yield Variation(repr(value), {}, {part: value, f"said_{part}": value})
    yield Variation(repr(value), {}, {f"said_{part}": value})


# --------------------------------------------------------------------------------------------------------------- secret


def prefix(received: Received) -> Iterator[Variation]:  # noqa: ARG001 - the same for every request
    """Put nothing before the secret, or something else."""
    yield Variation("AWS4 before it left out", {}, {"prefix": ""})
    for other in ("aws4", "AWS4 ", "AWS3", "AWS4-HMAC-SHA256", "AWS4AWS4"):
        yield Variation(f"{other!r} before it", {}, {"prefix": other})


def secret_blanks(received: Received) -> Iterator[Variation]:
    """Leave what stands around the secret in the file it was read from."""
    secret = received.credentials.secret_access_key
    for before, after, what in (
        ("", "\n", "a newline after it"),
        ("", "\r\n", "CR LF after it"),
        ("", "\r", "CR after it"),
        ("", " ", "a blank after it"),
        (" ", "", "a blank before it"),
        (" ", " ", "blanks around it"),
        ("", "\t", "a tab after it"),
        ("", "\0", "a zero byte after it"),
        ('"', '"', "double quotes around it"),
        ("'", "'", "single quotes around it"),
        ("\ufeff", "", "a byte order mark before it"),
        ("", ",", "a comma after it"),
        ("", ";", "a semicolon after it"),
    ):
        yield Variation(what, {}, {"secret": f"{before}{secret}{after}"})


def secret_spelling(received: Received) -> Iterator[Variation]:
    """Encode or decode the secret, or change its case."""
    secret = received.credentials.secret_access_key
    for changed, what in (
        (quote(octets(secret), safe=""), "percent-encoded"),
        (quote(octets(secret)), "percent-encoded"),
        (unquote_plus(secret), "read from a form, its plus signs as blanks"),
        (b64encode(octets(secret)).decode(), "in base64"),
        (secret.upper(), "in capitals"),
        (secret.lower(), "in small letters"),
        (secret.replace("/", "\\/"), "with its slashes escaped"),
        (received.claim.access_key_id, "replaced by the access key's id"),
        (secret[:-1], "without its last character"),
        (secret[1:], "without its first character"),
    ):
        yield Variation(what, {}, {"secret": changed})


# ------------------------------------------------------------------------------------------------------- key and hashes


def steps_skipped(received: Received) -> Iterator[Variation]:  # noqa: ARG001 - the same for every request
    """Leave out some steps of the derivation."""
    for lacking in _STEPS:
        yield Variation(lacking, {}, {"steps": tuple(step for step in _STEPS if step != lacking)})
    yield Variation("all", {}, {"steps": ()})
    yield Variation("all but the date", {}, {"steps": ("date",)})


def steps_order(received: Received) -> Iterator[Variation]:  # noqa: ARG001 - the same for every request
    """Derive in another order."""
    date, region, service, end = _STEPS
    usual = ((date, service, region, end), _STEPS[::-1], (region, date, service, end), (region, service, date, end))
    for order in dict.fromkeys((*usual, *permutations(_STEPS))):
        if order != _STEPS:
            yield Variation(", ".join(order), {}, {"steps": order})


def chain(received: Received) -> Iterator[Variation]:  # noqa: ARG001 - the same for every request
    """Hand derived keys on in another form."""
    yield Variation("as hexadecimal digits at each step", {}, {"chain": "hex"})
    yield Variation("as hexadecimal digits at the end", {}, {"chain": "hex at the end"})
    yield Variation("as the message, with the date, region and service as the key", {}, {"chain": "swapped"})


def hashing(received: Received) -> Iterator[Variation]:  # noqa: ARG001 - the same for every request
    """Put something other than the hash of the canonical request into the string to sign."""
    yield Variation("itself, not hashed", {}, {"hashed": "not"})
    yield Variation("hashed, in capitals", {}, {"hashed": "upper"})
    yield Variation("hashed, in base64", {}, {"hashed": "base64"})
    yield Variation("hashed twice", {}, {"hashed": "twice"})


def algorithm(received: Received) -> Iterator[Variation]:  # noqa: ARG001 - the same for every request
    """Write the string to sign otherwise."""
    for name in ("AWS4-HMAC-SHA-256", "AWS4-HMAC-SHA1", "HMAC-SHA256", "AWS4", "aws4-hmac-sha256"):
        yield Variation(f"{name} for its first line", {}, {"algorithm": name})
    yield Variation("a newline at its end", {}, {"tail": "\n"})
